/*
** cache_disk_state.h - what the cache_disk_*.c share. For those files only.
**
** Locks, in this order: `write_lock`, `read_lock`, `lock`. All are taken before
** a fork.
*/
#ifndef WATS_CACHE_DISK_STATE_H
#define WATS_CACHE_DISK_STATE_H

#include "cache_disk.h"
#include "cache_rows.h"
#include "sync.h"

#define WATS_DISK_TOUCHES 256

/* How long a look-up waits for a writer. */
#define WATS_DISK_READ_NAPS   25
#define WATS_DISK_READ_NAP_US 200

struct wats_disk_item { /* in the queue */
  struct wats_disk_item *next;
  struct wats_cache_entry *entry; /* retained; NULL: wipe */
  struct wats_disk_stamp stamp;
  struct wats_cache_instant now;
  uint64_t path_hash;
  size_t bytes, key_length;
  char key[];
};

struct wats_cache_disk {
  struct wats_cache_disk *next; /* in the list of all */
  unsigned references;          /* under the list's lock */
  char *path, *epoch_path;
  uint64_t max_bytes, fingerprint, boot_id;
  struct wats_cache_rows_options for_reading, for_writing;

  /* Events */
  struct wats_mutex epoch_lock; /* below `lock` */
  struct wats_cache_epoch *_Atomic epoch;
  int64_t epoch_retry_ns;

  /* Reading */
  struct wats_mutex read_lock;
  struct wats_cache_rows *reader; /* NULL: not open */
  int64_t reader_retry_ns;        /* not before that */
  int64_t reader_looked_ns;       /* at what lies at the path */
  int64_t reader_busy_ns;         /* a look-up waited in vain; 0: none did */

  /* Writing */
  struct wats_mutex write_lock;
  struct wats_cache_rows *writer;
  int64_t writer_retry_ns;
  bool complained;   /* in the log, of a failure that lasts */
  _Atomic bool stop; /* ends a wait for somebody else's lock */

  /* The queue */
  struct wats_mutex lock;
  struct wats_cond wake, idle;
  struct wats_disk_item *first, **last;
  size_t queued, queued_bytes;
  bool busy;    /* the thread is at work on what it took */
  bool damaged; /* found while reading; the thread mends it */
  bool tidy;    /* write the touches, though there is nothing else */
  bool ends, has_thread;
  struct wats_thread thread;
  struct {
    int64_t number, used_s; /* used_s < 0: remove */
  } touches[WATS_DISK_TOUCHES];
  unsigned touch_count;

  _Atomic uint64_t hits, misses, stores, dropped;
};

/* The thread, and what it leaves undone. */
bool wats_disk_start_thread(struct wats_cache_disk *disk); /* with `lock` */
void wats_disk_discard(struct wats_disk_item *items);
/* Has the touches written, where there are any. */
void wats_disk_tidy(struct wats_cache_disk *disk);
/*
** With both locks of the connections, which are closed: what `found` (NULL: the
** attempt to open it) has seen to be damaged is set aside, unless another
** process
** has done so, and a new file is opened for reading.
*/
enum wats_errc wats_disk_mend(struct wats_cache_disk *disk,
                              const struct wats_cache_rows *found,
                              enum wats_db_trouble *trouble,
                              struct wats_error *error);
void wats_disk_log(const struct wats_cache_disk *disk, const char *message,
                   const char *reason);
/* Bring the connection about, with its lock; false: there is none now. */
bool wats_disk_need_reader(struct wats_cache_disk *disk);

#endif
