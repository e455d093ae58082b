/*
** cache_disk.h - the disk tier of the response cache: answers that outlive the
** process and are shared with others on the machine.
**
** One tier per file in this process, counted; whoever asks for the same file
** with another bound is refused. Beside the file "<path>" lies "<path>-epoch",
** by which processes tell each other of writes (cache_epoch.h). http_cache uses
** a tier by way of cache_link.h.
**
** Storing never waits: a copy of the references goes into a bounded queue, and
** a thread of the tier's own does all writing. What finds the queue full is
** dropped and counted. The thread is started by the first store, blocks all
** signals, and sleeps without waking up while there is nothing to write.
** Looking up reads through a connection of its own and waits for a writer some
** milliseconds at most; busy is a miss.
**
** A file that cannot be used because of where it lies or who owns it (no such
** directory, no permission, another program's database) fails to open: somebody
** must mend that. Damage is set aside, whenever it is found, and the run goes
** on
** with a new file; while there is none (no room, a newer version's file) it
** goes
** on with memory alone. Both are logged.
**
** The last release waits for what is queued, two seconds at most; so does, half
** a second, the end of the process. Any thread may call. After a fork the child
** begins with an empty queue and connections of its own; the parent's are
** closed before, and opened again when they are needed.
*/
#ifndef WATS_CACHE_DISK_H
#define WATS_CACHE_DISK_H

#include "cache_entry.h"
#include "cache_epoch.h"
#include "cache_pack.h"

#define WATS_DISK_BYTES     (UINT64_C(256) << 20)
#define WATS_DISK_MIN_BYTES (UINT64_C(1) << 20)
/* In the queue: what does not fit is dropped. */
#define WATS_DISK_QUEUE       1024
#define WATS_DISK_QUEUE_BYTES (16 * 1024 * 1024)

struct wats_cache_disk;

struct wats_cache_disk_options {
  const char *path;
  uint64_t max_bytes;   /* of the file; at least WATS_DISK_MIN_BYTES; 0: as it
                           is open already, else WATS_DISK_BYTES */
  uint64_t fingerprint; /* of the operation table */
  uint64_t boot_id;     /* 0: the system's; for tests */
};

/*
** WATS_ERR_IO: see above. WATS_ERR_ARGUMENT: open already with another bound,
** named; or this build has no SQLite. WATS_ERR_MEMORY.
*/
enum wats_errc
wats_cache_disk_open(const struct wats_cache_disk_options *options,
                     struct wats_cache_disk **out, struct wats_error *error);
struct wats_cache_disk *wats_cache_disk_retain(struct wats_cache_disk *disk);
/* Accepts NULL. */
void wats_cache_disk_release(struct wats_cache_disk *disk);

struct wats_cache_disk_stats {
  uint64_t hits;    /* look-ups that found an answer */
  uint64_t misses;  /* and those that did not */
  uint64_t stores;  /* answers written */
  uint64_t dropped; /* not written: queue full, no room, no file */
  uint64_t queued;  /* now */
  int64_t entries;  /* now, of all processes; -1: cannot be had */
  int64_t bytes;    /* in use in the file; likewise */
  uint64_t max_bytes;
};
/* Counts rows: O(n). */
void wats_cache_disk_stats(struct wats_cache_disk *disk,
                           struct wats_cache_disk_stats *out);

/* Waits until all that was queued is written; false: it was not, in time. */
bool wats_cache_disk_flush(struct wats_cache_disk *disk, int64_t deadline_ns);

/* ---- for cache_link ------------------------------------------------------ */

/*
** What events go by; NULL: there is no epoch file to be had, and no answer is
** read or stored. With `look` it is seen whether the file is still the same,
** else a new one is opened. What was returned earlier stays readable as long
** as the tier.
*/
struct wats_cache_epoch *wats_cache_disk_epoch(struct wats_cache_disk *disk,
                                               bool look);
uint64_t wats_cache_disk_boot_id(const struct wats_cache_disk *disk);

/*
** The latest answer that fits the request and that no write has made useless,
** as an entry with a reference that is dated `sequence`; NULL: none. With `use`
** it counts, as use too.
*/
struct wats_cache_entry *wats_cache_disk_find(
    struct wats_cache_disk *disk, const struct wats_cache_epoch *epoch,
    const struct wats_cache_request *request,
    const struct wats_cache_instant *now, uint64_t sequence, bool use);

/* Where an answer stands among events, and whose they are. */
struct wats_disk_stamp {
  uint64_t generation, since, origin;
};
/*
** Queues an answer. Where it does not get into the file, now or later, what was
** stored for its path before is told to be of no use: an older answer must not
** be found in its place.
*/
void wats_cache_disk_store(struct wats_cache_disk *disk,
                           const struct wats_cache_request *request,
                           struct wats_cache_entry *entry,
                           const struct wats_disk_stamp *stamp,
                           const struct wats_cache_instant *now);
/* The same for any answer that is not stored. */
void wats_cache_disk_forget(struct wats_cache_disk *disk, uint64_t origin,
                            uint64_t path_hash);
/* Queues that all rows but younger ones be deleted. */
void wats_cache_disk_wipe(struct wats_cache_disk *disk,
                          const struct wats_disk_stamp *stamp);

#endif
