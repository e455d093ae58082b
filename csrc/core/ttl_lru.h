/*
** ttl_lru.h - a bounded store: string keys, counted values, a life span each.
**
** Promises
** - get, put, remove and drop_group are O(1) (amortised), however many entries
**   there are.
** - Never more than max_entries entries nor max_bytes bytes. Who must go:
**   entries of dropped groups first, then those whose time is over, then the
**   one not used for longest (a get counts as use).
** - An entry is never handed out after its time, measured on the monotonic
**   clock. A time of 0 or less: put stores nothing (and drops the old value).
** - Statistics are exact also under concurrency.
** Any thread may call; one mutex inside, and no callback runs while it is
** held. Values are opaque and counted: `retain` is called for the store's own
** reference and for each one handed out, `release` when the store lets go.
*/
#ifndef WATS_TTL_LRU_H
#define WATS_TTL_LRU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "error.h"

#define WATS_TTL_LRU_GROUPS 64 /* groups are numbered 0..63 */

struct wats_ttl_lru;

struct wats_ttl_lru_options {
  size_t max_entries;            /* at least 1 */
  size_t max_bytes;              /* of keys and values as told; at least 1 */
  const struct wats_clock *clock; /* outlives the store */
  void (*retain)(void *value);
  void (*release)(void *value);
};

struct wats_ttl_lru_stats {
  uint64_t hits, misses;
  uint64_t stores;      /* puts that took a value in, replacements included */
  uint64_t evictions;   /* live entries dropped for want of room */
  uint64_t expirations; /* entries dropped because their time was over */
  uint64_t removals;    /* entries dropped by remove, drop_group and clear */
  size_t entries, bytes; /* now; entries of dropped groups do not count */
  size_t max_entries, max_bytes;
};

/* NULL when memory is short. */
struct wats_ttl_lru *
wats_ttl_lru_create(const struct wats_ttl_lru_options *options);
/* Releases all values. No other thread may be inside. Accepts NULL. */
void wats_ttl_lru_destroy(struct wats_ttl_lru *store);

/* A retained value, or NULL: absent, over, or of a dropped group. */
void *wats_ttl_lru_get(struct wats_ttl_lru *store, const char *key,
                       size_t length);
/* As get, but counts neither as use nor in the statistics. */
void *wats_ttl_lru_peek(struct wats_ttl_lru *store, const char *key,
                        size_t length);

/*
** Stores `value` under a copy of the key in place of what was there; the entry
** weighs length + bytes. WATS_ERR_TOO_LARGE: heavier than max_bytes, nothing
** is stored and the old value is dropped. WATS_ERR_MEMORY: likewise.
*/
enum wats_errc wats_ttl_lru_put(struct wats_ttl_lru *store, const char *key,
                                size_t length, void *value, size_t bytes,
                                int64_t ttl_ns, unsigned group);
/* True when there was a live entry. */
bool wats_ttl_lru_remove(struct wats_ttl_lru *store, const char *key,
                         size_t length);
/* Only if that very value is still there: for one who looked at it outside. */
bool wats_ttl_lru_remove_if(struct wats_ttl_lru *store, const char *key,
                            size_t length, const void *value);
/* Drops all entries of a group; returns how many. Memory follows later, a few
** entries with each operation. */
size_t wats_ttl_lru_drop_group(struct wats_ttl_lru *store, unsigned group);
size_t wats_ttl_lru_clear(struct wats_ttl_lru *store);
/* Drops what is over; returns how many. O(number dropped). */
size_t wats_ttl_lru_cleanup(struct wats_ttl_lru *store);

/*
** Copies all live keys, most recently used first, into `keys` (wats_free the
** array and each key), with their lengths. O(n): for people, not for the
** request path.
*/
struct wats_ttl_lru_key {
  char *text;
  size_t length;
};
enum wats_errc wats_ttl_lru_keys(struct wats_ttl_lru *store,
                                 struct wats_ttl_lru_key **keys,
                                 size_t *count);

void wats_ttl_lru_stats(struct wats_ttl_lru *store,
                        struct wats_ttl_lru_stats *out);

#endif
