/*
** health_slots.c - slots, and the one server they share; see health.h and
** health_state.h.
*/
#include <string.h>

#include "alloc.h"
#include "at_fork.h"
#include "health_state.h"
#include "utf8.h"

static struct wats_mutex life = WATS_MUTEX_INIT;
static struct wats_mutex lock = WATS_MUTEX_INIT;
static struct wats_health_server *current; /* under lock; NULL: none runs */
static struct wats_once once = WATS_ONCE_INIT;

void wats_health_lock(void)
{
  wats_mutex_lock(&lock);
}

void wats_health_unlock(void)
{
  wats_mutex_unlock(&lock);
}

static int64_t now(void)
{
  return wats_clock_monotonic(&wats_system_clock);
}

/* ---- figures ------------------------------------------------------------- */

/* Heartbeats age by themselves. Called before each read-out, with no lock. */
static void collect(void *context)
{
  struct wats_health *health;
  int64_t time = now();
  (void)context;
  wats_mutex_lock(&lock);
  for (health = current ? current->slots : NULL; health; health = health->next)
    if (health->age)
      wats_gauge_set(health->age,
                     (double)wats_health_beat_age(health, time) / 1e9);
  wats_mutex_unlock(&lock);
}

/* ---- fork --------------------------------------------------------------- */

static void before_fork(void)
{
  wats_mutex_lock(&life);
  wats_health_server_pause();
  wats_mutex_lock(&lock);
}

static void in_parent(void)
{
  wats_mutex_unlock(&lock);
  wats_health_server_resume();
  wats_mutex_unlock(&life);
}

/* The threads are the parent's, and what they had in hand is lost with them:
** the server stays where it is, for a leak checker to see. */
static void in_child(void)
{
  static struct wats_health_server *inherited;
  struct wats_health *health;
  if (current) {
    wats_health_server_abandon(current);
    for (health = current->slots; health; health = health->next) {
      health->server = NULL;
      wats_health_figures_end(health);
    }
  }
  inherited = current;
  current = NULL;
  (void)inherited;
  in_parent();
}

static void start(void)
{
  (void)wats_at_fork(WATS_FORK_HEALTH, before_fork, in_parent, in_child);
}

/* ---- slots -------------------------------------------------------------- */

void wats_health_retain_slot(struct wats_health *health)
{
  health->references++;
}

static void free_slot(struct wats_health *health)
{
  wats_client_release(health->client);
  if (health->queue.release) health->queue.release(health->queue.context);
  wats_registry_release(health->registry);
  wats_free(health->checks);
  wats_free(health->slot);
  wats_free(health);
}

void wats_health_release_slot(struct wats_health *health)
{
  bool last;
  wats_mutex_lock(&lock);
  last = --health->references == 0;
  wats_mutex_unlock(&lock);
  if (last) free_slot(health);
}

static char *copy(const char *text)
{
  return wats_strndup(text, strlen(text));
}

static enum wats_errc make_slot(const struct wats_health_options *options,
                                struct wats_registry *registry,
                                struct wats_health **out,
                                struct wats_error *error)
{
  const char *name = options->slot ? options->slot : "1";
  size_t length = strlen(name);
  struct wats_health *health;
  if (!length || length > WATS_HEALTH_SLOT ||
      wats_utf8_invalid_at(name, length) < length)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "slot: a name of 1 to %d bytes of UTF-8 expected",
                     WATS_HEALTH_SLOT);
  health = wats_calloc(1, sizeof *health);
  if (!health) return wats_fail_memory(error);
  health->references = 1;
  health->registry = wats_registry_retain(registry);
  health->timeout_ns = options->heartbeat_timeout_ns;
  health->server_within_ns = options->client ? options->server_within_ns : 0;
  health->probed_ns = -1;
  atomic_init(&health->beat_ns, now());
  health->slot = copy(name);
  if (!health->slot) {
    free_slot(health);
    return wats_fail_memory(error);
  }
  if (options->client) health->client = wats_client_retain(options->client);
  *out = health;
  return WATS_OK;
}

/* ---- the same server? --------------------------------------------------- */

static bool same_text(const char *asked, const char *there)
{
  return !asked || (there && strcmp(asked, there) == 0);
}

static bool same_hosts(const struct wats_health_options *o,
                       const struct wats_health_server *s)
{
  size_t i;
  if (!o->allowed_hosts) return true;
  if (o->allowed_count != s->allowed_count) return false;
  for (i = 0; i < o->allowed_count; i++)
    if (strcmp(o->allowed_hosts[i], s->allowed[i]) != 0) return false;
  return true;
}

#define SHARED "the health server of this process, which all slots share, "

static enum wats_errc same_bind(const struct wats_health_options *o,
                                const struct wats_health_server *s,
                                struct wats_error *error)
{
  if (s->socket) {
    if (!o->host && o->port < 0 && same_text(o->socket, s->socket))
      return WATS_OK;
    return wats_fail(error, WATS_ERR_ARGUMENT, SHARED "listens at %s",
                     s->socket);
  }
  if (!o->socket && same_text(o->host, s->host) &&
      (o->port < 0 || o->port == s->asked_port || o->port == s->listener.port))
    return WATS_OK;
  return wats_fail(error, WATS_ERR_ARGUMENT, SHARED "listens on %s, port %u",
                   s->host, (unsigned)s->listener.port);
}

/* With the lock. */
static enum wats_errc same_server(const struct wats_health_options *o,
                                  const struct wats_health_server *s,
                                  struct wats_error *error)
{
  const struct wats_health *health;
  const char *name = o->slot ? o->slot : "1";
  enum wats_errc code = same_bind(o, s, error);
  if (code) return code;
  if (o->token &&
      !(s->access.has_token &&
        wats_health_access_is_token(&s->access, o->token, strlen(o->token))))
    return wats_fail(error, WATS_ERR_ARGUMENT, SHARED "has %s token",
                     s->access.has_token ? "another" : "no");
  if (!same_hosts(o, s))
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     SHARED "has other allowed_hosts");
  if (o->registry && o->registry != s->registry)
    return wats_fail(error, WATS_ERR_ARGUMENT, SHARED "shows other metrics");
  for (health = s->slots; health; health = health->next)
    if (strcmp(health->slot, name) == 0)
      return wats_fail(error, WATS_ERR_ARGUMENT,
                       "slot \"%s\" is taken: give each its own name, or stop "
                       "the other one first",
                       name);
  return WATS_OK;
}

/* ---- servers ------------------------------------------------------------ */

static void free_server(struct wats_health_server *server)
{
  size_t i;
  for (i = 0; i < server->allowed_count; i++)
    wats_free(server->allowed[i]);
  wats_free(server->allowed);
  wats_free(server->host);
  wats_free(server->socket);
  wats_free(server->instance);
  wats_free(server->versions);
  wats_registry_release(server->registry);
  wats_free(server);
}

void wats_health_release_server(struct wats_health_server *server)
{
  bool last;
  wats_mutex_lock(&lock);
  last = --server->references == 0;
  wats_mutex_unlock(&lock);
  if (last) free_server(server);
}

static bool copy_hosts(struct wats_health_server *s,
                       const struct wats_health_options *o)
{
  size_t i;
  if (!o->allowed_count) return true;
  s->allowed = wats_calloc(o->allowed_count, sizeof *s->allowed);
  for (i = 0; s->allowed && i < o->allowed_count; i++) {
    s->allowed[i] = copy(o->allowed_hosts[i]);
    if (!s->allowed[i]) return false;
    s->allowed_count++;
  }
  return s->allowed != NULL;
}

static bool copy_option(const char *text, char **out)
{
  if (text) *out = copy(text);
  return !text || *out;
}

static enum wats_errc check_bind(const struct wats_health_options *o,
                                 struct wats_error *error)
{
  if (o->socket && (o->host || o->port >= 0))
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "socket: not together with host or port");
  if (o->port > UINT16_MAX)
    return wats_fail(error, WATS_ERR_ARGUMENT, "port: 0 to 65535 expected");
  if (o->allowed_count > WATS_HEALTH_HOSTS)
    return wats_fail(error, WATS_ERR_ARGUMENT, "allowed_hosts: at most %d",
                     WATS_HEALTH_HOSTS);
  return WATS_OK;
}

static enum wats_errc make_server(const struct wats_health_options *o,
                                  struct wats_registry *registry,
                                  struct wats_health_server **out,
                                  struct wats_error *error)
{
  struct wats_health_server *s;
  enum wats_errc code = check_bind(o, error);
  if (code) return code;
  s = wats_calloc(1, sizeof *s);
  if (!s) return wats_fail_memory(error);
  s->references = 1;
  s->started_ns = now();
  s->asked_port = o->port < 0 ? WATS_HEALTH_PORT : o->port;
  s->silent = o->silent;
  s->registry = wats_registry_retain(registry);
  if (!copy_option(o->socket ? NULL
                   : o->host ? o->host
                             : "127.0.0.1",
                   &s->host) ||
      !copy_option(o->socket, &s->socket) ||
      !copy_option(o->instance, &s->instance) ||
      !copy_option(o->versions, &s->versions) || !copy_hosts(s, o))
    code = wats_fail_memory(error);
  if (!code && o->token)
    code = wats_health_access_set_token(&s->access, o->token, error);
  if (!code) code = wats_health_server_start(s, error);
  if (code)
    free_server(s);
  else
    *out = s;
  return code;
}

/* ---- joining and leaving ------------------------------------------------ */

static void enlist(struct wats_health_server *server,
                   struct wats_health *health)
{
  struct wats_health **link = &server->slots;
  while (*link)
    link = &(*link)->next;
  *link = health;
  health->server = server;
}

/* With `life` held: nobody else starts or stops. */
static enum wats_errc join(const struct wats_health_options *options,
                           struct wats_registry *registry,
                           struct wats_health **out, struct wats_error *error)
{
  struct wats_health_server *server = NULL;
  struct wats_health *health = NULL;
  enum wats_errc code = WATS_OK;
  bool first;
  wats_mutex_lock(&lock);
  first = !current;
  if (current) code = same_server(options, current, error);
  if (current && !code) registry = current->registry;
  wats_mutex_unlock(&lock);
  if (!code) code = make_slot(options, registry, &health, error);
  if (!code && first) code = make_server(options, registry, &server, error);
  if (code || !health) {
    if (health) free_slot(health);
    return code;
  }
  health->queue = options->queue;
  wats_health_figures_begin(health, collect);
  wats_mutex_lock(&lock);
  if (first) current = server;
  enlist(current, health);
  wats_notify_signal(&current->news); /* there may be something to probe */
  wats_mutex_unlock(&lock);
  if (first) wats_service_tell(&server->service, "READY=1");
  *out = health;
  return WATS_OK;
}

enum wats_errc wats_health_serve(const struct wats_health_options *options,
                                 struct wats_health **out,
                                 struct wats_error *error)
{
  struct wats_registry *registry = options->registry
                                       ? wats_registry_retain(options->registry)
                                       : wats_registry_default();
  enum wats_errc code;
  wats_once(&once, start);
  if (!registry)
    code = wats_fail_memory(error);
  else {
    wats_mutex_lock(&life);
    code = join(options, registry, out, error);
    wats_mutex_unlock(&life);
  }
  if (code && options->queue.release)
    options->queue.release(options->queue.context);
  if (registry) wats_registry_release(registry);
  return code;
}

void wats_health_stop(struct wats_health *health)
{
  struct wats_health_server *server, *ending = NULL;
  struct wats_health **link;
  if (!health) return;
  wats_mutex_lock(&life);
  wats_mutex_lock(&lock);
  server = health->server;
  if (server) {
    for (link = &server->slots; *link != health; link = &(*link)->next) {
    }
    *link = health->next;
    health->server = NULL;
    wats_health_figures_end(health);
    if (!server->slots) {
      ending = server;
      current = NULL;
    }
  }
  wats_mutex_unlock(&lock);
  if (ending) {
    wats_service_tell(&ending->service, "STOPPING=1");
    wats_health_server_stop(ending);
    wats_health_release_server(ending);
  }
  wats_mutex_unlock(&life);
  wats_health_release_slot(health);
}

/* ---- checks and heartbeats ---------------------------------------------- */

static struct wats_health_check *find_check(struct wats_health *health,
                                            const char *name)
{
  size_t i;
  for (i = 0; i < health->check_count; i++)
    if (strcmp(health->checks[i].name, name) == 0) return &health->checks[i];
  return NULL;
}

/* As much as there is room for, in whole characters; bytes that are none are
** left for those who write them out. */
static void set_text(char out[WATS_HEALTH_TEXT + 1], const char *text)
{
  size_t length = text ? strlen(text) : 0;
  if (length > WATS_HEALTH_TEXT) {
    length = WATS_HEALTH_TEXT;
    while (length > WATS_HEALTH_TEXT - 4 &&
           ((unsigned char)text[length] & 0xc0) == 0x80)
      length--;
  }
  if (length) memcpy(out, text, length);
  out[length] = '\0';
}

/* With the lock. NULL: memory is short. */
static struct wats_health_check *add_check(struct wats_health *health,
                                           const char *name)
{
  struct wats_health_check *checks, *made;
  checks =
      wats_realloc(health->checks, (health->check_count + 1) * sizeof *checks);
  if (!checks) return NULL;
  health->checks = checks;
  made = &checks[health->check_count++];
  *made = (struct wats_health_check){.ok = true};
  memcpy(made->name, name, strlen(name) + 1);
  if (health->server) wats_health_figure_check(health, made);
  return made;
}

enum wats_errc wats_health_set(struct wats_health *health, const char *name,
                               bool ok, const char *text,
                               struct wats_error *error)
{
  struct wats_health_check *check;
  bool room;
  size_t length = strlen(name);
  if (!length || length > WATS_HEALTH_NAME ||
      wats_utf8_invalid_at(name, length) < length)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "a check's name has 1 to %d bytes of UTF-8",
                     WATS_HEALTH_NAME);
  wats_mutex_lock(&lock);
  check = find_check(health, name);
  room = health->check_count < WATS_HEALTH_CHECKS;
  if (!check && room) check = add_check(health, name);
  if (check) {
    check->ok = ok;
    set_text(check->text, text);
    if (check->gauge) wats_gauge_set(check->gauge, ok ? 1 : 0);
  }
  wats_mutex_unlock(&lock);
  if (check) return WATS_OK;
  if (room) return wats_fail_memory(error);
  return wats_fail(error, WATS_ERR_ARGUMENT, "a slot has at most %d checks",
                   WATS_HEALTH_CHECKS);
}

bool wats_health_unset(struct wats_health *health, const char *name)
{
  struct wats_health_check *check;
  wats_mutex_lock(&lock);
  check = find_check(health, name);
  if (check) {
    size_t behind = (size_t)(health->checks + health->check_count - check) - 1;
    wats_health_figure_uncheck(health, check);
    memmove(check, check + 1, behind * sizeof *check);
    health->check_count--;
  }
  wats_mutex_unlock(&lock);
  return check != NULL;
}

void wats_health_beat(struct wats_health *health)
{
  if (health->timeout_ns)
    atomic_store_explicit(&health->beat_ns, now(), memory_order_relaxed);
}

/* ---- where it is -------------------------------------------------------- */

uint16_t wats_health_port(const struct wats_health *health)
{
  uint16_t port;
  wats_mutex_lock(&lock);
  port = health->server ? health->server->listener.port : 0;
  wats_mutex_unlock(&lock);
  return port;
}

enum wats_errc wats_health_url(const struct wats_health *health,
                               struct wats_buffer *out)
{
  const struct wats_health_server *server;
  enum wats_errc code = WATS_OK;
  wats_mutex_lock(&lock);
  server = health->server;
  if (server && server->socket)
    code = wats_buffer_printf(out, "unix:%s", server->socket);
  else if (server)
    code = wats_buffer_printf(
        out, strchr(server->host, ':') ? "http://[%s]:%u" : "http://%s:%u",
        server->host, (unsigned)server->listener.port);
  wats_mutex_unlock(&lock);
  return code;
}
