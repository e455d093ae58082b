/*
** ttl_lru.h - a bounded store: string keys, counted values, a life span each.
**
** Promises
** - get, put, remove and drop_group are O(1), however many entries there are;
**   a put that must make room pays for what it evicts. Nothing waits for a
**   table to be rebuilt or for a dropped group to be taken apart: such work is
**   done in portions, a few entries with each operation.
** - Never more than max_entries entries nor max_bytes bytes. Who must go:
**   entries of dropped groups first, then those whose time is over, then the
**   one not used for longest (a get counts as use). To tell whose time is over
**   a put looks at 4096 entries at most; it can overlook one only where more
**   than that end close to each other.
** - An entry is never handed out after its time, measured on the monotonic
**   clock. A time of 0 or less: put stores nothing (and drops the old value).
** - Statistics are exact also under concurrency: at any moment
**   stores = replacements + evictions + expirations + removals + entries.
** - About 96 bytes for each entry besides key and value: a slot of 72, 4 to 8
**   in the table, the rest malloc's own for the key. Slots are reused; the
**   memory of the largest number that ever was is given back by destroy.
** - Keys may come from others: the hash is seeded at random.
** Any thread may call; one mutex inside, and no callback (retain, release, the
** clock) runs while it is held. Values are opaque and counted: `retain` is
** called for the store's own reference and for each one handed out, `release`
** when the store lets go, in the thread of whoever called the store.
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
  size_t max_entries;             /* at least 1 */
  size_t max_bytes;               /* of keys and values as told; at least 1 */
  const struct wats_clock *clock; /* outlives the store */
  void (*retain)(void *value);
  void (*release)(void *value);
};

struct wats_ttl_lru_stats {
  uint64_t hits, misses; /* of get */
  uint64_t stores;       /* puts that took a value in */
  uint64_t replacements; /* live entries that gave way to a new value */
  uint64_t evictions;    /* live entries dropped for want of room */
  uint64_t expirations;  /* entries dropped because their time was over */
  uint64_t removals;     /* dropped by remove, drop_group, clear, or by a put
                            that stored nothing */
  size_t entries, bytes; /* now; neither dropped nor over */
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
** weighs length + bytes. WATS_ERR_TOO_LARGE: heavier than max_bytes (or a key
** of 64 MiB), nothing is stored and the old value is dropped. WATS_ERR_MEMORY:
** likewise. WATS_ERR_ARGUMENT: no such group, nothing is done.
*/
enum wats_errc wats_ttl_lru_put(struct wats_ttl_lru *store, const char *key,
                                size_t length, void *value, size_t bytes,
                                int64_t ttl_ns, unsigned group);
/* True when there was a live entry, which is gone now. */
bool wats_ttl_lru_remove(struct wats_ttl_lru *store, const char *key,
                         size_t length);
/* Only if that very value is still there: for one who looked at it outside. */
bool wats_ttl_lru_remove_if(struct wats_ttl_lru *store, const char *key,
                            size_t length, const void *value);
/*
** Drops all entries of a group; returns how many. None of them is handed out
** from now on. Memory follows later, a few entries with each operation. Those
** whose time was over, but which nothing had met yet, count as dropped here.
*/
size_t wats_ttl_lru_drop_group(struct wats_ttl_lru *store, unsigned group);
/* Drops all, as drop_group does, and releases it before returning. */
size_t wats_ttl_lru_clear(struct wats_ttl_lru *store);
/* Drops and releases what is over; returns how many. O(number dropped); other
** threads' operations get in between. */
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
                                 struct wats_ttl_lru_key **keys, size_t *count);

/* Drops what is over first, as cleanup does. */
void wats_ttl_lru_stats(struct wats_ttl_lru *store,
                        struct wats_ttl_lru_stats *out);

#endif
