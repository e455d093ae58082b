/*
** cache_registry.h - which response cache a client uses: one of its own, or the
** one of a name that clients of all threads and Lua states share.
**
** The first client of a name makes its cache, by his options or the defaults.
** They stand as long as a client of that name is open; another that asks for
** others meanwhile is refused, one that leaves them out takes what there is.
** When the last is closed the cache is kept for those who come after, since a
** script may connect anew for each unit; only options that differ begin anew,
** and of many idle caches those used longest ago go.
** A shared cache counts in the metrics of the client that made it.
**
** After fork the child's clients have empty caches of the same options: other
** threads of the parent may have been in the old ones. Those are left alone.
**
** Any thread; one lock over all of them, held while a cache is made. What a
** client uses stays his until he quits, whoever else leaves.
*/
#ifndef WATS_CACHE_REGISTRY_H
#define WATS_CACHE_REGISTRY_H

#include "http_cache.h"

#define WATS_CACHE_TTL_S       300
#define WATS_CACHE_MAX_ENTRIES 1000
#define WATS_CACHE_MAX_BYTES   (64u << 20)
/* Named ones that are kept without a client. */
#define WATS_CACHE_IDLE 4

struct wats_cache_asked {
  const char *name;                  /* NULL: a cache of his own */
  int64_t ttl_ns, stale_if_error_ns; /* -1: not given */
  size_t max_entries, max_bytes;     /* 0: not given */
  struct wats_cache_disk *disk;      /* the disk tier; NULL: not given */
  const char *path;                  /* its file, to be named */
  const struct wats_clock *clock;    /* outlives the cache, kept ones too */
  struct wats_registry *registry;    /* figures of the cache, when it is made */
};

struct wats_cache_shared;

/* A part of who uses a cache; all zero before he joins. */
struct wats_cache_member {
  struct wats_cache_shared *of;
  struct wats_cache_member *next;
  struct wats_http_cache **place;
  bool open;
};

/*
** Puts the cache into *place, and after a fork its successor, or NULL where
** there is no memory for one. WATS_ERR_ARGUMENT: others than the first
** client's options. On failure nothing is held.
*/
enum wats_errc wats_cache_registry_join(struct wats_cache_member *member,
                                        const struct wats_cache_asked *asked,
                                        struct wats_http_cache **place,
                                        struct wats_error *error);
/* His options bind nobody any more; he may still use the cache. Twice is once,
** and for who never joined it does nothing. */
void wats_cache_registry_leave(struct wats_cache_member *member);
/* Leaves, and lets the cache go: *place is NULL. */
void wats_cache_registry_quit(struct wats_cache_member *member);
/* Lets go those that have no client, which are otherwise kept for the next. */
void wats_cache_registry_drain(void);

#endif
