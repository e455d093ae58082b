/*
** cache_registry.c - see cache_registry.h.
**
** A process has a few clients: a list, looked through when one is made or let
** go. Caches that go are released without the lock.
*/
#include "cache_registry.h"

#include <string.h>

#include "alloc.h"
#include "at_fork.h"
#include "sync.h"

struct wats_cache_shared {
  struct wats_cache_shared *next;
  char *name;       /* NULL: of one client */
  char *path;       /* of the disk tier; NULL: none */
  bool retired;     /* nobody joins any more; goes with its last member */
  unsigned clients; /* the open ones */
  struct wats_cache_member *members;
  struct wats_http_cache_options options; /* complete */
  struct wats_http_cache *cache; /* with a reference; NULL: none could be had */
};

static struct wats_cache_shared *list; /* the latest first */
static struct wats_mutex lock = WATS_MUTEX_INIT;
static struct wats_once once = WATS_ONCE_INIT;

/* ---- fork --------------------------------------------------------------- */

static void before_fork(void)
{
  wats_mutex_lock(&lock);
}

static void in_parent(void)
{
  wats_mutex_unlock(&lock);
}

static void begin_anew(struct wats_cache_shared *s)
{
  struct wats_cache_member *m;
  if (s->cache) wats_http_cache_abandon(s->cache);
  s->cache = NULL;
  if (wats_http_cache_create(&s->options, &s->cache, NULL) != WATS_OK)
    s->retired = true;
  for (m = s->members; m; m = m->next)
    *m->place = s->cache ? wats_http_cache_retain(s->cache) : NULL;
}

static void in_child(void)
{
  struct wats_cache_shared *s;
  for (s = list; s; s = s->next)
    begin_anew(s);
  wats_mutex_unlock(&lock);
}

static void start(void)
{
  (void)wats_at_fork(WATS_FORK_CACHES, before_fork, in_parent, in_child);
}

/* ---- life, with the lock ------------------------------------------------ */

static struct wats_cache_shared *find(const char *name)
{
  struct wats_cache_shared *s;
  for (s = list; s; s = s->next)
    if (!s->retired && s->name && strcmp(s->name, name) == 0) return s;
  return NULL;
}

static void destroy(struct wats_cache_shared *s)
{
  wats_http_cache_release(s->cache);
  wats_cache_disk_release(s->options.disk);
  wats_registry_release(s->options.registry);
  wats_free(s->path);
  wats_free(s->name);
  wats_free(s);
}

static enum wats_errc create(const struct wats_cache_asked *asked,
                             struct wats_cache_shared **out,
                             struct wats_error *error)
{
  enum wats_errc code;
  struct wats_cache_shared *s = wats_calloc(1, sizeof *s);
  if (!s) return wats_fail_memory(error);
  s->options = (struct wats_http_cache_options){
      .ttl_ns =
          asked->ttl_ns >= 0 ? asked->ttl_ns : WATS_CACHE_TTL_S * WATS_NS_PER_S,
      .stale_if_error_ns =
          asked->stale_if_error_ns > 0 ? asked->stale_if_error_ns : 0,
      .max_entries =
          asked->max_entries ? asked->max_entries : WATS_CACHE_MAX_ENTRIES,
      .max_bytes = asked->max_bytes ? asked->max_bytes : WATS_CACHE_MAX_BYTES,
      .clock = asked->clock,
      .disk = asked->disk ? wats_cache_disk_retain(asked->disk) : NULL,
      .registry =
          asked->registry ? wats_registry_retain(asked->registry) : NULL};
  s->retired = !asked->name;
  if (asked->name) s->name = wats_strndup(asked->name, strlen(asked->name));
  if (asked->disk) s->path = wats_strndup(asked->path, strlen(asked->path));
  code = !asked->name != !s->name || !asked->disk != !s->path
             ? wats_fail_memory(error)
             : wats_http_cache_create(&s->options, &s->cache, error);
  if (code != WATS_OK) {
    destroy(s);
    return code;
  }
  s->next = list;
  list = s;
  *out = s;
  return WATS_OK;
}

/* Retires the idle ones beyond the latest `most`; takes out what nobody has. */
static struct wats_cache_shared *sweep(unsigned most)
{
  struct wats_cache_shared **link = &list, *s, *gone = NULL;
  while ((s = *link) != NULL) {
    if (!s->clients && !s->retired) {
      s->retired = most == 0;
      if (most > 0) most--;
    }
    if (s->retired && !s->members) {
      *link = s->next;
      s->next = gone;
      gone = s;
    } else
      link = &s->next;
  }
  return gone;
}

static void to_front(struct wats_cache_shared *s)
{
  struct wats_cache_shared **link = &list;
  while (*link != s)
    link = &(*link)->next;
  *link = s->next;
  s->next = list;
  list = s;
}

static void leave(struct wats_cache_member *member)
{
  if (!member->open) return;
  member->open = false;
  if (--member->of->clients == 0) to_front(member->of);
}

/* Without the lock. */
static void destroy_all(struct wats_cache_shared *gone)
{
  while (gone) {
    struct wats_cache_shared *s = gone;
    gone = s->next;
    destroy(s);
  }
}

/* ---- the same options? -------------------------------------------------- */

#define OTHER_CLIENT "asked for, but another client of the cache \"%.100s\" has"

static enum wats_errc same_seconds(const char *option, int64_t asked_ns,
                                   int64_t there_ns, const char *name,
                                   struct wats_error *error)
{
  if (asked_ns < 0 || asked_ns == there_ns) return WATS_OK;
  return wats_fail(error, WATS_ERR_ARGUMENT, "cache.%s: %g " OTHER_CLIENT " %g",
                   option, (double)asked_ns / 1e9, name,
                   (double)there_ns / 1e9);
}

static enum wats_errc same_size(const char *option, size_t asked, size_t there,
                                const char *name, struct wats_error *error)
{
  if (!asked || asked == there) return WATS_OK;
  return wats_fail(error, WATS_ERR_ARGUMENT,
                   "cache.%s: %zu " OTHER_CLIENT " %zu", option, asked, name,
                   there);
}

static enum wats_errc same_file(const struct wats_cache_shared *s,
                                const struct wats_cache_asked *asked,
                                struct wats_error *error)
{
  if (!asked->disk || asked->disk == s->options.disk) return WATS_OK;
  return wats_fail(error, WATS_ERR_ARGUMENT,
                   "cache.path: %.200s " OTHER_CLIENT " %.200s", asked->path,
                   s->name, s->path ? s->path : "none");
}

static enum wats_errc same_options(const struct wats_cache_shared *s,
                                   const struct wats_cache_asked *asked,
                                   struct wats_error *error)
{
  const struct wats_http_cache_options *o = &s->options;
  enum wats_errc code =
      same_seconds("ttl", asked->ttl_ns, o->ttl_ns, s->name, error);
  if (code == WATS_OK)
    code = same_seconds("stale_if_error", asked->stale_if_error_ns,
                        o->stale_if_error_ns, s->name, error);
  if (code == WATS_OK)
    code = same_size("max_entries", asked->max_entries, o->max_entries, s->name,
                     error);
  if (code == WATS_OK)
    code =
        same_size("max_bytes", asked->max_bytes, o->max_bytes, s->name, error);
  if (code == WATS_OK) code = same_file(s, asked, error);
  return code;
}

/* ---- joining and leaving ------------------------------------------------ */

static enum wats_errc join(struct wats_cache_member *member,
                           const struct wats_cache_asked *asked,
                           struct wats_error *error)
{
  struct wats_cache_shared *s = asked->name ? find(asked->name) : NULL;
  enum wats_errc code = s ? same_options(s, asked, error) : WATS_OK;
  if (code != WATS_OK) {
    if (s->clients) return code;
    s->retired = true;
    s = NULL;
  }
  code = s ? WATS_OK : create(asked, &s, error);
  if (code != WATS_OK) return code;
  s->clients++;
  member->of = s;
  member->open = true;
  member->next = s->members;
  s->members = member;
  *member->place = wats_http_cache_retain(s->cache);
  return WATS_OK;
}

enum wats_errc wats_cache_registry_join(struct wats_cache_member *member,
                                        const struct wats_cache_asked *asked,
                                        struct wats_http_cache **place,
                                        struct wats_error *error)
{
  struct wats_cache_shared *gone;
  enum wats_errc code;
  wats_once(&once, start);
  member->place = place;
  wats_mutex_lock(&lock);
  code = join(member, asked, error);
  gone = sweep(WATS_CACHE_IDLE);
  wats_mutex_unlock(&lock);
  destroy_all(gone);
  return code;
}

void wats_cache_registry_leave(struct wats_cache_member *member)
{
  struct wats_cache_shared *gone;
  if (!member->of) return;
  wats_mutex_lock(&lock);
  leave(member);
  gone = sweep(WATS_CACHE_IDLE);
  wats_mutex_unlock(&lock);
  destroy_all(gone);
}

void wats_cache_registry_quit(struct wats_cache_member *member)
{
  struct wats_cache_member **link;
  struct wats_cache_shared *gone;
  struct wats_http_cache *cache;
  if (!member->of) return;
  wats_mutex_lock(&lock);
  leave(member);
  link = &member->of->members;
  while (*link != member)
    link = &(*link)->next;
  *link = member->next;
  cache = *member->place;
  *member->place = NULL;
  member->of = NULL;
  gone = sweep(WATS_CACHE_IDLE);
  wats_mutex_unlock(&lock);
  wats_http_cache_release(cache);
  destroy_all(gone);
}

void wats_cache_registry_drain(void)
{
  struct wats_cache_shared *gone;
  wats_mutex_lock(&lock);
  gone = sweep(0);
  wats_mutex_unlock(&lock);
  destroy_all(gone);
}
