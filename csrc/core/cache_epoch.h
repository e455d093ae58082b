/*
** cache_epoch.h - what processes that share a cache on disk tell each other of
** writes: a small file beside it that all of them map.
**
** Time is a sequence number that every event moves on; a stored answer carries
** the number at which its request began. For each family, and for each of some
** thousand classes of path hashes, the file holds the number of the last event
** that made older answers useless: a comparison says whether an answer still
** counts, however long ago it was stored and whoever stored it. Paths that
** share
** a class drop more than need be, never less. A ring holds the last events,
** for those who keep answers in memory; who finds that he has missed some takes
** all he has for useless.
**
** A write is on record from before it is sent until it has ended. A process
** that
** ends in between leaves its records behind; whoever meets one (`bury`) ends
** the
** write as applied. Which processes live is told by locks that the system takes
** back from a dead one.
**
** Nothing waits: an event is a few atomic operations, a process that is stopped
** or killed in the middle of one holds up nobody and hides nothing. Only
** opening
** takes a lock, for as long as looking into the file takes.
** A start of the machine ends all writes and moves time on far enough that no
** number is given twice, even if the disk has kept an older state of the file.
** A damaged file, one of another version or of another operation table starts
** anew under a new `generation`: answers of another one are of no use.
**
** Any thread may call, but for open and close. After a fork the child closes
** its parent's (wats_cache_epoch_leave) and opens one of its own.
*/
#ifndef WATS_CACHE_EPOCH_H
#define WATS_CACHE_EPOCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define WATS_EPOCH_WRITES 256 /* on record at a time */
#define WATS_EPOCH_RING   512 /* events that can be read again */

struct wats_cache_epoch;

struct wats_cache_epoch_options {
  const char *path;
  uint64_t fingerprint; /* of the operation table: what families mean */
  uint64_t boot;        /* see wats_clock_boot_id */
};

/*
** WATS_ERR_IO: the file cannot be had, or processes with another version or
** table are at work with it. WATS_ERR_MEMORY.
*/
enum wats_errc
wats_cache_epoch_open(const struct wats_cache_epoch_options *options,
                      struct wats_cache_epoch **out, struct wats_error *error);
/* Accepts NULL. */
void wats_cache_epoch_close(struct wats_cache_epoch *epoch);
/* Gives the file back, but what is mapped stays readable until close; also what
** a child does with its parent's. It is not current any more. */
void wats_cache_epoch_leave(struct wats_cache_epoch *epoch);
bool wats_cache_epoch_is_left(const struct wats_cache_epoch *epoch);
/* Closes `older` when `epoch` is closed: somebody may still look at it. */
void wats_cache_epoch_keep(struct wats_cache_epoch *epoch,
                           struct wats_cache_epoch *older);
/* False: the file at that path is another one now, or none; open it anew. */
bool wats_cache_epoch_is_current(const struct wats_cache_epoch *epoch);

/* The number of the last event. One atomic load. */
uint64_t wats_cache_epoch_now(const struct wats_cache_epoch *epoch);
uint64_t wats_cache_epoch_generation(const struct wats_cache_epoch *epoch);

/* What a write concerns: families, else (`by_path`) a path and what is below
** it, else nothing. */
struct wats_epoch_scope {
  uint64_t families, path_hash;
  bool by_path;
};

/*
** `origin` tells an event's maker his own from those of others. begin returns a
** number for end, never 0. Where there is no room for a record, what the write
** concerns is dropped at once, too.
*/
uint64_t wats_cache_epoch_begin(struct wats_cache_epoch *epoch, uint64_t origin,
                                const struct wats_epoch_scope *scope);
void wats_cache_epoch_end(struct wats_cache_epoch *epoch, uint64_t origin,
                          uint64_t write, const struct wats_epoch_scope *scope,
                          bool applied);
/* All that there is. */
void wats_cache_epoch_drop_all(struct wats_cache_epoch *epoch, uint64_t origin);

/* Has nothing been dropped since that concerns this answer? */
bool wats_cache_epoch_stands(const struct wats_cache_epoch *epoch,
                             uint64_t generation, uint64_t since, int family,
                             const char *path, size_t length);

enum wats_epoch_kind {
  WATS_EPOCH_BEGIN,   /* a write is about to be sent */
  WATS_EPOCH_APPLIED, /* it has ended: drop */
  WATS_EPOCH_REFUSED, /* it has ended, and changed nothing */
  WATS_EPOCH_ALL      /* drop everything */
};

struct wats_epoch_event {
  enum wats_epoch_kind kind;
  uint64_t origin;
  uint64_t write; /* number of the write; 0: on no record */
  struct wats_epoch_scope scope;
};

/* The event with that number, not later than now; false: lost. */
bool wats_cache_epoch_read(const struct wats_cache_epoch *epoch,
                           uint64_t number, struct wats_epoch_event *out);
/* The write on record in that place, below WATS_EPOCH_WRITES, as its BEGIN;
** false: none. */
bool wats_cache_epoch_on_record(const struct wats_cache_epoch *epoch,
                                unsigned place, struct wats_epoch_event *out);
/* Ends what processes that are gone have left on record. A system call for each
** that has something there. */
void wats_cache_epoch_bury(struct wats_cache_epoch *epoch);

#endif
