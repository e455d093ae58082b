/*
** uploader_join.c - uploaders, their members, and what a fork does to them; see
** uploader.h.
*/
#include "uploader_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <string.h>

#include "alloc.h"
#include "at_fork.h"
#include "engine.h"

static struct wats_uploader *list; /* those that have members */
static struct wats_mutex lock = WATS_MUTEX_INIT;
static struct wats_once once = WATS_ONCE_INIT;
static enum wats_errc registered;

/* ---- fork --------------------------------------------------------------- */

/* Of one uploader: its thread is the parent's. What the thread alone uses may
** be in any state, and is left as it is. */
static void abandon(struct wats_uploader *u)
{
  struct wats_uploader_member *m;
  u->abandoned = true;
  (void)wats_cond_init(&u->changed);
  for (m = u->members; m; m = m->next) {
    struct wats_uploader_ring *ring =
        atomic_load_explicit(&m->ring, memory_order_relaxed);
    if (!ring) continue;
    ring->lost = 0;
    atomic_store_explicit(&ring->waiting, 0, memory_order_relaxed);
  }
}

static void before_fork(void)
{
  struct wats_uploader *u;
  wats_mutex_lock(&lock);
  for (u = list; u; u = u->next)
    wats_mutex_lock(&u->lock);
}

static void unlock_all(void)
{
  struct wats_uploader *u;
  for (u = list; u; u = u->next)
    wats_mutex_unlock(&u->lock);
  wats_mutex_unlock(&lock);
}

static void in_child(void)
{
  struct wats_uploader *u;
  for (u = list; u; u = u->next) {
    abandon(u);
    wats_mutex_unlock(&u->lock);
  }
  list = NULL;
  wats_mutex_unlock(&lock);
}

/* Who registers for forks takes a lock that a fork holds while it waits for
** ours: so the engine, which is first needed with ours held, does it here. And
** libcurl is not to be started by our thread while the process ends. */
static void start(void)
{
  (void)wats_engine_generation();
  registered =
      wats_at_fork(WATS_FORK_UPLOADER, before_fork, unlock_all, in_child);
}

/* ---- making ------------------------------------------------------------- */

/* Accepts one that is not finished. */
void wats_uploader_destroy(struct wats_uploader *u)
{
  if (u->wake.read_fd >= 0) {
    wats_outbox_unlisten(u->outbox, &u->wake);
    wats_notify_close(&u->wake);
  }
  if (!u->abandoned) {
    wats_arrivals_close(u->arrivals);
    wats_free(u->slots);
  }
  wats_outbox_release(u->outbox);
  wats_free(u->target);
  wats_cond_destroy(&u->changed);
  wats_mutex_destroy(&u->lock);
  wats_free(u);
}

static enum wats_errc make_ready(struct wats_uploader *u,
                                 const struct wats_uploader_options *options,
                                 struct wats_error *error)
{
  const char *target = wats_client_base_url(options->client);
  enum wats_errc code;
  u->room = WATS_UPLOADER_ROOM;
  u->slots = wats_calloc(u->room, sizeof *u->slots);
  u->target = wats_strndup(target, strlen(target));
  if (!u->slots || !u->target) return wats_fail_memory(error);
  code = wats_arrivals_create(&u->arrivals, error);
  if (code == WATS_OK)
    code = wats_arrivals_fd(u->arrivals, &u->arrivals_fd, error);
  if (code == WATS_OK) code = wats_notify_open(&u->wake, error);
  if (code != WATS_OK) return code;
  return wats_outbox_listen(u->outbox, &u->wake) == WATS_OK
             ? WATS_OK
             : wats_fail_memory(error);
}

static enum wats_errc create(const struct wats_uploader_options *options,
                             struct wats_uploader **out,
                             struct wats_error *error)
{
  struct wats_uploader *u = wats_calloc(1, sizeof *u);
  enum wats_errc code;
  if (!u) return wats_fail_memory(error);
  if (wats_mutex_init(&u->lock) != WATS_OK) goto no_lock;
  if (wats_cond_init(&u->changed) != WATS_OK) goto no_cond;
  u->wake.read_fd = u->wake.write_fd = -1;
  u->outbox = wats_outbox_retain(options->outbox);
  u->clock = wats_outbox_clock(u->outbox);
  u->concurrency = WATS_UPLOADER_CONCURRENCY;
  u->spread_ns = WATS_UPLOADER_SPREAD;
  u->more = true;
  u->told = true; /* perhaps that no client is open */
  code = make_ready(u, options, error);
  if (code == WATS_OK) {
    *out = u;
    return WATS_OK;
  }
  wats_uploader_destroy(u);
  return code;
no_cond:
  wats_mutex_destroy(&u->lock);
no_lock:
  wats_free(u);
  return wats_fail_memory(error);
}

/* With the list's lock. */
static struct wats_uploader *find(const struct wats_uploader_options *options)
{
  const char *target = wats_client_base_url(options->client);
  struct wats_uploader *u = list;
  while (u && (u->outbox != options->outbox || strcmp(u->target, target) != 0))
    u = u->next;
  return u;
}

/* ---- members ------------------------------------------------------------ */

/* With its lock. What no member has asked for may still be chosen. */
static enum wats_errc agree(struct wats_uploader *u,
                            const struct wats_uploader_options *o,
                            struct wats_error *error)
{
  const struct wats_uploader_member *m;
  for (m = u->members; m; m = m->next) {
    if (o->concurrency && m->asked_concurrency &&
        o->concurrency != m->asked_concurrency)
      return wats_fail(error, WATS_ERR_ARGUMENT,
                       "concurrency: %u asked for, but who uses this queue for "
                       "this server already has %u",
                       o->concurrency, m->asked_concurrency);
    if (o->recovery_spread_ns >= 0 && m->asked_spread_ns >= 0 &&
        o->recovery_spread_ns != m->asked_spread_ns)
      return wats_fail(error, WATS_ERR_ARGUMENT,
                       "recovery_spread: %g s asked for, but who uses this "
                       "queue for this server already has %g s",
                       (double)o->recovery_spread_ns / 1e9,
                       (double)m->asked_spread_ns / 1e9);
  }
  if (o->concurrency) u->concurrency = o->concurrency;
  if (o->recovery_spread_ns >= 0) u->spread_ns = o->recovery_spread_ns;
  return WATS_OK;
}

/* With its lock. */
static void add(struct wats_uploader *u, struct wats_uploader_member *member,
                const struct wats_uploader_options *options)
{
  struct wats_uploader_member **end = &u->members;
  while (*end)
    end = &(*end)->next;
  *end = member;
  member->uploader = u;
  member->client = wats_client_retain(options->client);
  member->asked_concurrency = options->concurrency;
  member->asked_spread_ns = options->recovery_spread_ns;
  member->seen = u->news;
  u->joined = true;
}

/* With the list's lock. */
static enum wats_errc enter(const struct wats_uploader_options *options,
                            struct wats_uploader_member *member,
                            struct wats_error *error)
{
  struct wats_uploader *u = find(options);
  bool is_new = !u;
  enum wats_errc code = is_new ? create(options, &u, error) : WATS_OK;
  if (code != WATS_OK) return code;
  wats_mutex_lock(&u->lock);
  code = agree(u, options, error);
  if (code == WATS_OK) add(u, member, options);
  wats_mutex_unlock(&u->lock);
  if (code == WATS_OK && is_new &&
      wats_thread_start(&u->thread, wats_uploader_run, u) != WATS_OK) {
    wats_client_release(member->client);
    code = wats_fail(error, WATS_ERR_IO, "no thread can be started");
  } else if (code == WATS_OK && is_new) {
    u->next = list;
    list = u;
  }
  if (code != WATS_OK && is_new) wats_uploader_destroy(u);
  if (code == WATS_OK) wats_notify_signal(&u->wake);
  return code;
}

enum wats_errc wats_uploader_join(const struct wats_uploader_options *options,
                                  struct wats_uploader_member **out,
                                  struct wats_error *error)
{
  struct wats_uploader_member *member;
  enum wats_errc code;
  if (options->concurrency > WATS_UPLOADER_MAX_CONCURRENCY)
    return wats_fail(error, WATS_ERR_ARGUMENT, "concurrency: at most %d",
                     WATS_UPLOADER_MAX_CONCURRENCY);
  wats_once(&once, start);
  if (registered != WATS_OK) return wats_fail_memory(error);
  member = wats_calloc(1, sizeof *member);
  if (!member) return wats_fail_memory(error);
  wats_mutex_lock(&lock);
  code = enter(options, member, error);
  wats_mutex_unlock(&lock);
  if (code == WATS_OK)
    *out = member;
  else
    wats_free(member);
  return code;
}

/* ---- leaving ------------------------------------------------------------ */

/* With both locks; true: he was the last. */
static bool take_out(struct wats_uploader *u,
                     struct wats_uploader_member *member, bool wait)
{
  struct wats_uploader_member **link = &u->members;
  struct wats_uploader **place = &list;
  while (*link != member)
    link = &(*link)->next;
  *link = member->next;
  if (u->members) return false;
  while (*place && *place != u)
    place = &(*place)->next;
  if (*place) *place = u->next; /* in a forked child it is not there */
  u->ends = true;
  u->alone = !wait;
  u->grace_until_ns = wats_clock_monotonic(&wats_system_clock);
  if (wait) u->grace_until_ns += WATS_UPLOADER_LEAVE;
  return true;
}

/* The last one has left. Once the lock is let go a thread that is alone may be
** gone with all that it has. */
static void end(struct wats_uploader *u, struct wats_thread thread, bool wait,
                bool abandoned)
{
  if (abandoned)
    wats_uploader_destroy(u);
  else if (wait) {
    wats_thread_join(&thread);
    wats_uploader_destroy(u);
  } else
    wats_thread_detach(&thread);
}

void wats_uploader_leave(struct wats_uploader_member *member, bool wait)
{
  struct wats_uploader *u;
  struct wats_thread thread;
  bool last, abandoned;
  if (!member) return;
  u = member->uploader;
  wats_mutex_lock(&lock);
  wats_mutex_lock(&u->lock);
  last = take_out(u, member, wait);
  abandoned = u->abandoned;
  thread = u->thread;
  wats_notify_signal(&u->wake);
  wats_mutex_unlock(&u->lock);
  wats_mutex_unlock(&lock);
  if (last) end(u, thread, wait, abandoned);
  wats_client_release(member->client);
  wats_free(atomic_load_explicit(&member->ring, memory_order_relaxed));
  wats_free(member);
}

/* ---- looking ------------------------------------------------------------ */

void wats_uploader_wait(struct wats_uploader_member *member, int64_t until_ns)
{
  struct wats_uploader *u = member->uploader;
  wats_mutex_lock(&u->lock);
  while (member->seen == u->news &&
         wats_cond_wait_until(&u->changed, &u->lock, until_ns))
    ;
  member->seen = u->news;
  wats_mutex_unlock(&u->lock);
}

void wats_uploader_stats(struct wats_uploader_member *member,
                         struct wats_uploader_stats *out)
{
  struct wats_uploader *u = member->uploader;
  memset(out, 0, sizeof *out);
  wats_mutex_lock(&u->lock);
  out->concurrency = u->concurrency;
  if (u->abandoned)
    memcpy(out->paused, "forked", sizeof "forked");
  else {
    out->in_flight = u->shown.in_flight;
    memcpy(out->paused, u->shown.paused, sizeof out->paused);
  }
  out->sent = u->shown.sent;
  out->dead = u->shown.dead;
  out->retried = u->shown.retried;
  wats_mutex_unlock(&u->lock);
}

void wats_uploader_nudge(struct wats_uploader_member *member)
{
  struct wats_uploader *u = member->uploader;
  wats_mutex_lock(&u->lock);
  u->hurry = true;
  if (!u->abandoned) wats_notify_signal(&u->wake);
  wats_mutex_unlock(&u->lock);
}

#endif
