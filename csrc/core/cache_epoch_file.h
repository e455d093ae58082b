/*
** cache_epoch_file.h - what stands in the file of cache_epoch, and how it is
** had. For cache_epoch_*.c only.
*/
#ifndef WATS_CACHE_EPOCH_FILE_H
#define WATS_CACHE_EPOCH_FILE_H

#include "cache_epoch.h"
#include "routes.h"

#define WATS_EPOCH_PATHS 4096 /* classes of path hashes */
#define WATS_EPOCH_SEATS 128  /* processes at a time */
#define WATS_EPOCH_WORDS 6

/* Written under the lock for opening only. */
struct wats_epoch_head {
  char magic[8];
  uint32_t version, size;
  uint64_t fingerprint;
  uint64_t generation; /* random; not 0 */
  uint64_t boot;
  uint64_t check; /* of the above */
};

struct wats_epoch_record {
  _Atomic uint64_t owner; /* seat + 1; 0: free */
  _Atomic uint64_t write; /* its number; 0: not begun */
  _Atomic uint64_t families, path_hash, by_path;
};

struct wats_epoch_slot {
  _Atomic uint64_t number; /* 0: being written */
  _Atomic uint64_t words[WATS_EPOCH_WORDS];
  _Atomic uint64_t sum;
};

struct wats_epoch_file {
  struct wats_epoch_head head;
  _Atomic uint64_t generation; /* the head's, for those who do not lock */
  _Atomic uint64_t sequence;
  /* Marks, see below. */
  _Atomic uint64_t everything;
  _Atomic uint64_t families[WATS_MAX_FAMILIES];
  _Atomic uint64_t paths[WATS_EPOCH_PATHS];
  struct wats_epoch_record writes[WATS_EPOCH_WRITES];
  struct wats_epoch_slot ring[WATS_EPOCH_RING];
};

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2,
               "what processes share must be changed without a lock");

struct wats_cache_epoch {
  struct wats_epoch_file *file; /* mapped */
  int descriptor;
  _Atomic int seat; /* -1: none any more */
  char *path;
  struct wats_cache_epoch *older;
  _Atomic unsigned hint; /* where to look for a free record */
};

/*
** A mark is a number with sixteen bits of check above it: one that was damaged
** reads as a number that nothing is younger than.
*/
static inline uint64_t wats_epoch_mark(uint64_t number)
{
  uint64_t low = number & (UINT64_MAX >> 16);
  uint64_t check = (low + 1) * UINT64_C(0x9e3779b97f4a7c15);
  return low | (check & ~(UINT64_MAX >> 16));
}

static inline uint64_t wats_epoch_mark_number(uint64_t mark)
{
  uint64_t low = mark & (UINT64_MAX >> 16);
  return wats_epoch_mark(low) == mark ? low : UINT64_MAX;
}

bool wats_epoch_seat_is_taken(const struct wats_cache_epoch *epoch, int seat);
/* Ends what is on record of that seat, whose process is gone. */
void wats_epoch_bury_seat(struct wats_cache_epoch *epoch, int seat);

#endif
