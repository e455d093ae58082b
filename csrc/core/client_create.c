/*
** client_create.c - making and ending clients; see client.h. Requests are in
** client_perform.c.
*/
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "client_state.h"
#include "sha256.h"

static enum wats_errc check_token(const char *token, struct wats_error *error)
{
  const char *c;
  if (!token) return WATS_OK;
  if (!*token) return wats_fail(error, WATS_ERR_ARGUMENT, "token: it is empty");
  for (c = token; *c; c++)
    if (*c <= ' ' || *c >= 0x7f)
      return wats_fail(error, WATS_ERR_ARGUMENT,
                       "token: it holds a character that no token has "
                       "(at position %d)",
                       (int)(c - token) + 1);
  return WATS_OK;
}

/* It stands in every request: a line break in it would be another field. */
static enum wats_errc check_user_agent(const char *text,
                                       struct wats_error *error)
{
  const char *c;
  for (c = text ? text : ""; *c; c++)
    if ((unsigned char)*c < ' ' || *c == 0x7f)
      return wats_fail(error, WATS_ERR_ARGUMENT,
                       "user_agent: it holds a control character "
                       "(at position %d)",
                       (int)(c - text) + 1);
  return WATS_OK;
}

/* Is there the first line of such a block in it? What follows is libcurl's. */
static bool holds_block(FILE *file, const char *what)
{
  char line[256];
  while (fgets(line, sizeof line, file))
    if (strncmp(line, "-----BEGIN ", 11) == 0 && strstr(line, what))
      return true;
  return false;
}

/* Told now: at the first request the message would be about the server. */
static enum wats_errc check_pem(const char *option, const char *path,
                                const char *what, struct wats_error *error)
{
  enum wats_errc code = WATS_OK;
  FILE *file;
  if (!path) return WATS_OK;
  file = fopen(path, "rb");
  if (!file)
    return wats_fail_errno(error, WATS_ERR_IO, errno, "%s: cannot read %s",
                           option, path);
  errno = 0;
  if (!holds_block(file, what))
    code =
        ferror(file)
            ? wats_fail_errno(error, WATS_ERR_IO, errno, "%s: cannot read %s",
                              option, path)
            : wats_fail(error, WATS_ERR_IO, "%s: no %s (PEM) in %s", option,
                        strcmp(what, "CERTIFICATE-----") == 0 ? "certificate"
                                                              : "private key",
                        path);
  fclose(file);
  return code;
}

static enum wats_errc check_files(const struct wats_client_options *o,
                                  struct wats_error *error)
{
  const struct wats_connection_options *c = &o->connection;
  const char *key = c->client_key ? c->client_key : c->client_cert;
  enum wats_errc code =
      check_pem("ca_file", o->ca_file, "CERTIFICATE-----", error);
  if (code == WATS_OK)
    code = check_pem("client_cert", c->client_cert, "CERTIFICATE-----", error);
  if (code == WATS_OK)
    code = check_pem("client_cert", key, "PRIVATE KEY-----", error);
  return code;
}

/* Does what is sent to it stay within this machine? */
static bool is_near(const struct wats_client *c,
                    const struct wats_connection_options *o)
{
  if (o->unix_socket) return true;
  return c->base.loopback && !o->proxy && !o->proxy_from_environment &&
         o->connect_to_count == 0;
}

static enum wats_errc set_base(struct wats_client *c,
                               const struct wats_client_options *o,
                               struct wats_error *error)
{
  struct wats_error why;
  enum wats_errc code = wats_base_url_parse(o->base_url, &c->base, &why);
  if (code == WATS_ERR_MEMORY) return wats_fail_memory(error);
  if (code != WATS_OK)
    return wats_fail(error, code, "base_url: %s", why.message);
  if (!c->base.https && !o->allow_http && !is_near(c, &o->connection))
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "base_url: http would send the token readable by all; "
                     "use https, or say allow_http = true");
  return WATS_OK;
}

static void wipe(char *text, size_t length)
{
  volatile char *byte = text;
  size_t i;
  for (i = 0; i < length; i++)
    byte[i] = 0;
}

static enum wats_errc set_profile(struct wats_client *c,
                                  const struct wats_client_options *o,
                                  struct wats_error *error)
{
  struct wats_profile_options p = {.user_agent = o->user_agent,
                                   .ca_file = o->ca_file,
                                   .verify = o->verify,
                                   .connect_timeout_ns = o->connect_timeout_ns,
                                   .low_speed_bytes = o->low_speed_bytes,
                                   .low_speed_s = o->low_speed_s,
                                   .connection = o->connection};
  struct wats_buffer field;
  enum wats_errc code = WATS_OK;
  wats_buffer_init(&field, 0);
  /* Room first: what grows leaves a copy behind. */
  if (o->token && (wats_buffer_reserve(&field, strlen(o->token) + 8) ||
                   wats_buffer_append_string(&field, "Basic ") != WATS_OK ||
                   wats_buffer_append_string(&field, o->token) != WATS_OK ||
                   wats_buffer_terminate(&field) != WATS_OK))
    code = wats_fail_memory(error);
  p.authorization = o->token ? field.data : NULL;
  if (code == WATS_OK) code = wats_profile_create(&p, &c->profile, error);
  if (field.data) wipe(field.data, field.length);
  wats_buffer_free(&field);
  return code;
}

/* What Vary may name and profile.c and transfer.c add to what callers give. */
static enum wats_errc set_defaults(struct wats_client *c,
                                   const struct wats_client_options *o,
                                   struct wats_error *error)
{
  enum wats_errc code = WATS_OK;
  int i;
  for (i = 0; i < 2 && code == WATS_OK; i++) {
    struct wats_headers *h = &c->defaults[i];
    code = wats_headers_set(h, "Accept", WATS_ACCEPT);
    if (code == WATS_OK && o->user_agent)
      code = wats_headers_set(h, "User-Agent", o->user_agent);
    if (code == WATS_OK && i == WATS_DECODED)
      code = wats_headers_set(h, "Accept-Encoding",
                              o->connection.all_codings ? "all" : "gzip");
  }
  return code == WATS_OK ? code : wats_fail_memory(error);
}

/* NULL in *out: none asked for. */
static enum wats_errc open_tier(const struct wats_client *c,
                                const struct wats_client_options *o,
                                struct wats_cache_disk **out,
                                struct wats_error *error)
{
  const struct wats_cache_disk_options options = {
      .path = o->cache_path,
      .max_bytes = o->cache_max_disk_bytes,
      .fingerprint = c->routes ? wats_routes_fingerprint(c->routes) : 0};
  enum wats_errc code;
  *out = NULL;
  if (!o->cache_path) return WATS_OK;
  code = wats_cache_disk_open(&options, out, error);
  if (code != WATS_ERR_ARGUMENT) return code;
  /* It may be a named cache that nobody uses which holds it. */
  wats_cache_registry_drain();
  return wats_cache_disk_open(&options, out, error);
}

static enum wats_errc set_cache(struct wats_client *c,
                                const struct wats_client_options *o,
                                struct wats_error *error)
{
  struct wats_cache_asked asked = {.name = o->cache_name,
                                   .ttl_ns = o->cache_ttl_ns,
                                   .stale_if_error_ns =
                                       o->cache_stale_if_error_ns,
                                   .max_entries = o->cache_max_entries,
                                   .max_bytes = o->cache_max_bytes,
                                   .clock = c->clock,
                                   .registry = o->registry};
  enum wats_errc code;
  if (!o->cache) return WATS_OK;
  asked.path = o->cache_path;
  code = open_tier(c, o, &asked.disk, error);
  if (code != WATS_OK) return code;
  code = wats_cache_registry_join(&c->member, &asked, &c->cache, error);
  wats_cache_disk_release(asked.disk); /* the cache has its own reference */
  return code;
}

static enum wats_errc set_upstream(struct wats_client *c,
                                   const struct wats_client_options *o,
                                   struct wats_error *error)
{
  struct wats_upstream_options options = {.base_url = c->base.text,
                                          .credential = c->credential,
                                          .retry_budget = o->retry_budget,
                                          .limits = o->limits,
                                          .breaks = o->breaks,
                                          .rate_limit = o->rate_limit,
                                          .circuit = o->circuit};
  c->retry = o->retry;
  return wats_upstream_get(&options, &c->upstream, error);
}

static void digest_credential(struct wats_client *c, const char *token)
{
  unsigned char digest[WATS_SHA256_SIZE];
  if (!token) return; /* all zero: no credential */
  wats_sha256(token, strlen(token), digest);
  memcpy(c->credential, digest, sizeof c->credential);
}

static void hash_option(struct wats_sha256 *state, char tag, const char *value)
{
  if (!value) return;
  wats_sha256_update(state, &tag, 1);
  wats_sha256_update(state, value, strlen(value) + 1);
}

/*
** Clients with one URL and one token need not speak with one server, nor as
** the same user: the connection may lead elsewhere, or have a certificate. And
** what came from whom nobody has verified is not for those who do. What is left
** at its default says nothing, so that most have the credential alone.
*/
static void digest_origin(struct wats_client *c,
                          const struct wats_client_options *o)
{
  const struct wats_connection_options *n = &o->connection;
  unsigned char digest[WATS_SHA256_SIZE];
  struct wats_sha256 state;
  size_t i;
  memcpy(c->origin, c->credential, sizeof c->origin);
  if (!n->client_cert && !n->client_key && !n->proxy && !n->unix_socket &&
      !n->proxy_from_environment && !n->connect_to_count && !o->ca_file &&
      o->verify)
    return;
  wats_sha256_init(&state);
  wats_sha256_update(&state, c->credential, sizeof c->credential);
  hash_option(&state, 'a', o->ca_file);
  hash_option(&state, 'c', n->client_cert);
  hash_option(&state, 'k', n->client_key);
  hash_option(&state, 'p', n->proxy);
  hash_option(&state, 'u', n->unix_socket);
  hash_option(&state, 'e', n->proxy_from_environment ? "" : NULL);
  hash_option(&state, 'v', o->verify ? NULL : "");
  for (i = 0; i < n->connect_to_count; i++)
    hash_option(&state, 't', n->connect_to[i]);
  wats_sha256_final(&state, digest);
  memcpy(c->origin, digest, sizeof c->origin);
}

static enum wats_errc keep_token(struct wats_client *c, const char *token,
                                 struct wats_error *error)
{
  if (!token) return WATS_OK;
  c->token = wats_strndup(token, strlen(token));
  return c->token ? WATS_OK : wats_fail_memory(error);
}

/* Brings the gauge up to date before the registry is read. */
static void collect(void *context)
{
  struct wats_client *c = context;
  wats_gauge_set(
      c->metrics.breaker,
      wats_upstream_worst(c->base.text, wats_clock_monotonic(c->clock)));
}

static enum wats_errc show_breaker(struct wats_client *c,
                                   struct wats_error *error)
{
  enum wats_errc code;
  if (!c->metrics.registry) return WATS_OK;
  code = wats_client_metrics_breaker(&c->metrics, c->base.text, error);
  if (code != WATS_OK) return code;
  if (wats_registry_on_collect(c->metrics.registry, collect, c) != WATS_OK)
    return wats_fail_memory(error);
  c->collects = true;
  return WATS_OK;
}

enum wats_errc wats_client_create(const struct wats_client_options *options,
                                  struct wats_client **out,
                                  struct wats_error *error)
{
  enum wats_errc code;
  struct wats_client *c = wats_calloc(1, sizeof *c);
  if (!c) return wats_fail_memory(error);
  atomic_init(&c->references, 1);
  c->routes = options->routes;
  c->clock = options->clock ? options->clock : &wats_system_clock;
  c->timeout_ns = options->timeout_ns;
  c->attempt_timeout_ns = options->attempt_timeout_ns;
  c->max_body = options->max_body;
  c->terms = options->cache_terms;
  digest_credential(c, options->token);
  digest_origin(c, options);
  code = check_token(options->token, error);
  if (code == WATS_OK) code = check_user_agent(options->user_agent, error);
  if (code == WATS_OK) code = keep_token(c, options->token, error);
  if (code == WATS_OK) code = set_base(c, options, error);
  if (code == WATS_OK) code = check_files(options, error);
  if (code == WATS_OK) code = set_profile(c, options, error);
  if (code == WATS_OK) code = set_defaults(c, options, error);
  if (code == WATS_OK) code = set_upstream(c, options, error);
  if (code == WATS_OK)
    code = wats_client_metrics_init(&c->metrics, options->registry, error);
  if (code == WATS_OK) code = set_cache(c, options, error);
  if (code == WATS_OK) code = show_breaker(c, error);
  if (code == WATS_OK) {
    wats_engine_limit_connections(options->max_connections);
    *out = c;
  } else
    wats_client_release(c);
  return code;
}

struct wats_client *wats_client_retain(struct wats_client *client)
{
  atomic_fetch_add_explicit(&client->references, 1, memory_order_relaxed);
  return client;
}

void wats_client_release(struct wats_client *client)
{
  if (!client || atomic_fetch_sub_explicit(&client->references, 1,
                                           memory_order_acq_rel) != 1)
    return;
  wats_client_close(client);
  if (client->collects) {
    wats_registry_off_collect(client->metrics.registry, collect, client);
    collect(client); /* or it would show the last state for ever */
  }
  wats_headers_free(&client->defaults[WATS_DECODED]);
  wats_headers_free(&client->defaults[WATS_AS_SENT]);
  wats_cache_registry_quit(&client->member);
  wats_client_metrics_free(&client->metrics);
  wats_profile_release(client->profile);
  wats_upstream_release(client->upstream);
  wats_base_url_free(&client->base);
  if (client->token) wipe(client->token, strlen(client->token));
  wats_free(client->token);
  wats_free(client);
}

void wats_client_close(struct wats_client *client)
{
  if (atomic_exchange(&client->closed, true)) return;
  if (client->upstream) wats_upstream_leave(client->upstream);
  wats_cache_registry_leave(&client->member);
}

bool wats_client_closed(const struct wats_client *client)
{
  return atomic_load(&client->closed);
}

const char *wats_client_base_url(const struct wats_client *client)
{
  return client->base.text;
}

struct wats_registry *wats_client_registry(const struct wats_client *client)
{
  return client->metrics.registry;
}

struct wats_http_cache *wats_client_cache(const struct wats_client *client)
{
  return client->cache;
}

const char *wats_cache_status_name(enum wats_cache_status status)
{
  static const char *const names[] = {"bypass", "miss", "hit", "revalidated",
                                      "stale"};
  return names[status];
}

void wats_client_stats(const struct wats_client *client,
                       struct wats_client_stats *out)
{
  out->requests = atomic_load(&client->requests);
  out->exchanges = atomic_load(&client->exchanges);
  out->failures = atomic_load(&client->failures);
  out->connections_new = atomic_load(&client->connections_new);
  out->connections_reused = atomic_load(&client->connections_reused);
  out->bytes_sent = atomic_load(&client->bytes_sent);
  out->bytes_received = atomic_load(&client->bytes_received);
  out->in_flight = atomic_load(&client->in_flight);
  out->retries = atomic_load(&client->retries);
  out->coalesced = atomic_load(&client->coalesced);
  wats_upstream_stats(client->upstream, wats_clock_monotonic(client->clock),
                      &out->upstream);
}

void wats_client_bounds(const struct wats_client *client,
                        struct wats_client_bounds *out)
{
  out->timeout_ns = client->timeout_ns;
  out->limits = wats_upstream_limit(client->upstream, &out->rate_limit);
}
