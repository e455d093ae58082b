/*
** write_guard.h - which stored answers does a write make stale?
**
** A write concerns families of answers (bits), or a path and all that lies
** below it. While it is in flight what it concerns is suspended: kept, but not
** used. When it ends it may be dropped. Time is a sequence number that every
** begin and end of a write moves on; an answer carries the number at which its
** request began ("since"), and is judged by comparing numbers, so no write
** ever walks through the stored answers.
**
** Paths are kept as 64-bit hashes in a table of fixed size: nothing is
** allocated and nothing can fail. Where that loses something (two paths of one
** hash, a mark that must give way), more is dropped than need be, never less.
** Paths compare without case and trailing slash, "%41" is "A": likewise.
**
** Embedded by value. `sequence`, `quick` may be called by any thread at any
** time; the rest belongs under one lock of the owner, which must also cover
** the act that depends on the answer (storing).
*/
#ifndef WATS_WRITE_GUARD_H
#define WATS_WRITE_GUARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "routes.h"

#define WATS_GUARD_MARKS 256 /* paths remembered */
#define WATS_GUARD_WAYS  4   /* places that a path can have among them */

/* What the guard knows of one path. */
struct wats_path_mark {
  uint64_t hash;
  uint64_t barrier; /* when a write on it last ended; 0 = the mark is free */
  uint64_t dropped; /* when one last ended that was applied */
  uint32_t in_flight;
};

struct wats_write_guard {
  _Atomic uint64_t sequence;
  _Atomic uint64_t suspended;       /* families with writes in flight */
  _Atomic uint64_t paths_in_flight; /* writes in flight on paths */
  _Atomic uint64_t paths_dropped;   /* newest `dropped` of any path */
  /* under the owner's lock */
  uint32_t in_flight[WATS_MAX_FAMILIES];
  uint64_t barrier[WATS_MAX_FAMILIES];
  uint64_t paths_barrier; /* newest `barrier` of any path */
  /* What has no mark of its own concerns every path. */
  struct wats_path_mark rest;
  struct wats_path_mark marks[WATS_GUARD_MARKS];
};

void wats_write_guard_init(struct wats_write_guard *guard);

/* Where time stands; note it before the request is sent. */
static inline uint64_t
wats_write_guard_sequence(const struct wats_write_guard *guard)
{
  return atomic_load_explicit(&guard->sequence, memory_order_acquire);
}

/* One write; filled by begin, made empty by end. All zeros: concerns nothing.
 */
struct wats_cache_write {
  uint64_t families;
  uint64_t path_hash;
  bool by_path;
  bool unmarked;   /* counted in `rest` */
  uint64_t shared; /* cache_link's: under which number others know of it */
};

/* `families` not 0: those. Else the path and what lies below it. */
void wats_write_guard_begin(struct wats_write_guard *guard, uint64_t families,
                            const char *path, size_t length,
                            struct wats_cache_write *write);
/* The same where a path is known by its hash alone. */
void wats_write_guard_begin_hashed(struct wats_write_guard *guard,
                                   uint64_t families, uint64_t path_hash,
                                   struct wats_cache_write *write);
/* Later calls with the same write do nothing. */
void wats_write_guard_end(struct wats_write_guard *guard,
                          struct wats_cache_write *write, bool applied);

/* Everything there is was dropped by hand: like an applied write on "/". */
void wats_write_guard_drop_all(struct wats_write_guard *guard);

enum wats_guard_state {
  WATS_GUARD_CLEAR,
  WATS_GUARD_SUSPENDED, /* a write is in flight: neither use nor drop it */
  WATS_GUARD_DROPPED    /* a write has made it stale */
};

/*
** May an answer asked for at `since` be used? `family` is WATS_NO_FAMILY or a
** number below WATS_MAX_FAMILIES; that a family was dropped is for the owner
** to see to (drop_group), it is not looked at here.
*/
enum wats_guard_state
wats_write_guard_state(const struct wats_write_guard *guard, int family,
                       const char *path, size_t length, uint64_t since);

/*
** True: CLEAR without looking at paths, as nearly always. False: not known,
** take the lock and ask `state`.
*/
static inline bool wats_write_guard_quick(const struct wats_write_guard *guard,
                                          int family, uint64_t since)
{
  uint64_t bit = family >= 0 ? UINT64_C(1) << family : 0;
  return !(atomic_load(&guard->suspended) & bit) &&
         !atomic_load(&guard->paths_in_flight) &&
         atomic_load(&guard->paths_dropped) <= since;
}

/*
** May the answer to a GET that began at `since` be stored? Not while a write
** that concerns it is in flight, nor when one has ended since, applied or not:
** what the server read may be older than the write.
*/
bool wats_write_guard_may_store(const struct wats_write_guard *guard,
                                int family, const char *path, size_t length,
                                uint64_t since);

/* By the same comparison, that is: equal for paths that are the same. */
uint64_t wats_path_hash(const char *path, size_t length);
/* Calls `visit` with the hash of each prefix of the path that ends on a segment
** border, "" first, itself last, until that returns false; returns whether it
** never did. */
bool wats_path_all_prefixes(const char *path, size_t length,
                            bool (*visit)(void *context, uint64_t hash),
                            void *context);
/* Is `path` that prefix or below it, by the same comparison? */
bool wats_path_is_below(const char *path, size_t length, const char *prefix,
                        size_t prefix_length);

#endif
