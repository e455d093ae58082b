/*
** outbox_file.c - the connection: opened when it is needed, guarded, closed
** when it can no longer be trusted; and the transactions over it.
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "log.h"

/* How often one transaction is tried. */
#define ATTEMPTS 3
/* How often a mending that fails. */
#define MEND_EACH (10 * WATS_NS_PER_S)
/* A file of that size is not mended while somebody waits who could do without:
** that takes seconds. */
#define LARGE (64 << 20)
/* How long a submit waits for a lock that has just been waited for in vain. */
#define SHORT_PATIENCE (100 * WATS_NS_PER_MS)
/* Of the log, that are worth a commit at the end. */
#define MANY_PAGES 64

bool wats_outbox_failed(struct wats_outbox *o, enum wats_errc code,
                        enum wats_db_trouble trouble, const char *message)
{
  if (o->result != WATS_OK) return false;
  o->result = code;
  o->trouble = trouble;
  (void)wats_fail(&o->why, code, "%s", message);
  return false;
}

/* ---- the guard ---------------------------------------------------------- */

struct wats_outbox_inode wats_outbox_inode(const char *path)
{
  struct wats_outbox_inode which = {0};
  struct stat info;
  if (lstat(path, &info) == 0) {
    which.device = info.st_dev;
    which.inode = info.st_ino;
  }
  return which;
}

static bool is_same(struct wats_outbox_inode a, struct wats_outbox_inode b)
{
  return a.inode && a.device == b.device && a.inode == b.inode;
}

/* A file that was deleted or put elsewhere takes commits, and so does one
** whose log was: nobody would ever read them. */
static bool is_current(const struct wats_outbox *o)
{
  return is_same(o->file, wats_outbox_inode(o->path)) &&
         is_same(o->log, wats_outbox_inode(o->log_path));
}

/* ---- the connection ----------------------------------------------------- */

void wats_outbox_disconnect(struct wats_outbox *o)
{
  if (o->db) wats_db_close(o->db); /* and its statements */
  o->db = NULL;
  memset(o->statements, 0, sizeof o->statements);
  wats_mutex_lock(&o->mutex);
  memset(&o->file, 0, sizeof o->file);
  wats_mutex_unlock(&o->mutex);
  memset(&o->log, 0, sizeof o->log);
  o->log_pages = o->log_done = 0;
}

/* Called by SQLite after each commit. */
static int on_commit(void *context, struct sqlite3 *db, const char *name,
                     int pages)
{
  struct wats_outbox *o = context;
  (void)db;
  (void)name;
  if (pages < o->log_pages) o->log_done = 0; /* it has begun anew */
  o->log_pages = pages;
  return SQLITE_OK;
}

/* So that a new file is there after a power cut. */
static void sync_folder(const char *path)
{
  const char *slash = strrchr(path, '/');
  char *folder = wats_strndup(path, slash ? (size_t)(slash - path) + 1 : 0);
  int file = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (file >= 0) {
    (void)fsync(file);
    close(file);
  }
  wats_free(folder);
}

/* SQLite would delete the log of an empty file, and with it all reports. One
** byte is nothing to it, too. */
static bool has_lost_all_but_its_log(const struct wats_outbox *o)
{
  struct stat file, log;
  return lstat(o->path, &file) == 0 && file.st_size <= 1 &&
         lstat(o->log_path, &log) == 0 && log.st_size > 0;
}

static enum wats_errc open_database(struct wats_outbox *o)
{
  enum wats_errc code = wats_outbox_finish_mending(o, &o->why);
  o->trouble = WATS_DB_FAILED;
  if (code != WATS_OK) return code;
  if (has_lost_all_but_its_log(o)) {
    o->trouble = WATS_DB_DAMAGED;
    return wats_fail(&o->why, WATS_ERR_IO, "%s is empty", o->path);
  }
  code = wats_db_open(&o->options, &o->db, &o->trouble, &o->why);
  if (code == WATS_OK) code = wats_outbox_check_schema(o);
  if (code != WATS_OK) wats_outbox_disconnect(o);
  return code;
}

/*
** After a failed sync the system may have in memory what is not on the disk,
** and takes it for written: commits that are put behind it would be lost with
** it. So all of the log is brought into the file, by writes and syncs of their
** own, and begun anew. At the first opening too, since whoever had it before
*may
** have ended right after such a failure; but then a full disk is no hindrance.
*/
static void earn_trust(struct wats_outbox *o)
{
  wats_outbox_checkpoint(o);
  if (o->result == WATS_OK && o->log_done < o->log_pages)
    (void)wats_outbox_failed(o, WATS_ERR_IO, WATS_DB_FAILED,
                             "the queue's log cannot be brought into its file");
  if (o->result == WATS_OK)
    o->trust = WATS_TRUSTED;
  else if (o->trust == WATS_DOUBTED && o->trouble == WATS_DB_FULL)
    o->result = WATS_OK;
  else
    wats_outbox_disconnect(o);
}

static enum wats_errc connect(struct wats_outbox *o)
{
  bool is_new = wats_outbox_inode(o->path).inode == 0;
  enum wats_errc code = open_database(o);
  struct wats_outbox_inode file;
  if (code != WATS_OK) return code;
  (void)sqlite3_db_config(o->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  (void)sqlite3_wal_hook(o->db, on_commit, o);
  file = wats_outbox_inode(o->path);
  wats_mutex_lock(&o->mutex);
  o->file = file;
  wats_mutex_unlock(&o->mutex);
  o->log = wats_outbox_inode(o->log_path);
  if (!o->log.inode) {
    wats_outbox_disconnect(o);
    o->trouble = WATS_DB_UNUSABLE;
    return wats_fail(&o->why, WATS_ERR_IO,
                     "%s: no write-ahead log can be kept there", o->path);
  }
  if (is_new) sync_folder(o->path);
  /* What is in the log is not known: it counts until it was seen to. */
  o->log_pages = 1;
  return WATS_OK;
}

bool wats_outbox_ready(struct wats_outbox *o)
{
  if (o->db && !is_current(o)) {
    wats_log(WATS_LOG_ERROR, WATS_LOG_ALL,
             "the queue's file was put elsewhere or deleted",
             (struct wats_log_field[]){wats_log_text("path", o->path)}, 1);
    wats_outbox_disconnect(o);
  }
  if (!o->db) {
    o->result = connect(o);
    if (o->result == WATS_OK && o->trust != WATS_TRUSTED) earn_trust(o);
  }
  return o->result == WATS_OK;
}

void wats_outbox_checkpoint(struct wats_outbox *o)
{
  int pages = 0, done = 0;
  int result = sqlite3_wal_checkpoint_v2(o->db, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                         &pages, &done);
  if (result != SQLITE_OK && result != SQLITE_BUSY) {
    (void)wats_outbox_failed(o, WATS_ERR_IO, wats_db_trouble(result),
                             sqlite3_errstr(result));
    return;
  }
  if (pages >= 0) o->log_pages = pages;
  if (done >= 0) o->log_done = done;
}

/* ---- transactions ------------------------------------------------------- */

static void commit(struct wats_outbox *o)
{
  /* Before: whoever sees it now waits for the lock, and finds what came. A
  ** process that ended in between would keep it to itself. */
  if (o->changed && o->result == WATS_OK) wats_outbox_bump(o);
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_COMMIT, ""));
  if (o->result != WATS_OK)
    wats_db_rollback(o->db);
  else if (!is_current(o))
    (void)wats_outbox_failed(o, WATS_ERR_IO, WATS_DB_MOVED,
                             "the queue's file was put elsewhere or deleted");
}

bool wats_outbox_within(struct wats_outbox *o,
                        void (*run)(struct wats_outbox *o, void *context),
                        void *context)
{
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_BEGIN, ""));
  if (o->result == WATS_OK) run(o, context);
  commit(o);
  return o->result == WATS_OK;
}

static void attempt(struct wats_outbox *o, const struct wats_outbox_work *work)
{
  o->result = WATS_OK;
  o->trouble = WATS_DB_FINE;
  o->changed = false;
  o->growth = 0;
  memset(&o->delta, 0, sizeof o->delta);
  if (!wats_outbox_ready(o)) return;
  wats_outbox_take_in(o, work);
  if (o->result != WATS_OK) return;
  if (work->writes)
    (void)wats_outbox_within(o, work->run, work->context);
  else
    work->run(o, work->context);
}

/* True: there is another file. One that cannot be made takes its time, too. */
static bool mend(struct wats_outbox *o)
{
  int64_t now_ns = wats_clock_monotonic(o->clock);
  struct wats_error error;
  enum wats_errc code;
  if (now_ns < o->mend_after_ns) return false;
  code = wats_outbox_mend(o, &error);
  if (code == WATS_OK) return true;
  o->mend_after_ns = now_ns + MEND_EACH;
  o->result = code;
  if (o->trouble != WATS_DB_FOREIGN) o->trouble = WATS_DB_DAMAGED;
  o->why = error;
  return false;
}

/* A submit takes to the lifeboat then, and whoever has no time goes without;
** who delivers has the time, and who opens the file. */
static bool may_mend(const struct wats_outbox *o,
                     const struct wats_outbox_work *work)
{
  struct stat file;
  if (!work->reports && !work->patience_ns) return true;
  return lstat(o->path, &file) != 0 || file.st_size < LARGE;
}

/* Can it be made good? */
static bool again(struct wats_outbox *o, const struct wats_outbox_work *work)
{
  switch (o->trouble) {
  case WATS_DB_MOVED:
    wats_outbox_disconnect(o);
    return true;
  case WATS_DB_DAMAGED:
    wats_outbox_disconnect(o);
    return may_mend(o, work) && mend(o);
  case WATS_DB_FULL:
    return work->spends && wats_outbox_spend(o);
  case WATS_DB_UNUSABLE:
  case WATS_DB_FAILED:
    /* Of what a failed sync leaves behind nothing is believed. */
    if (o->result == WATS_ERR_MEMORY) return false;
    /* It opens files of its own, and says only that it cannot. */
    if (work->spends && !o->db && wats_outbox_is_tight(o))
      return wats_outbox_spend(o);
    wats_outbox_disconnect(o);
    o->trust = WATS_DISTRUSTED;
    return false;
  default:
    return false;
  }
}

/* With nobody who tends the log would grow for ever. */
static void tend_log(struct wats_outbox *o)
{
  int64_t pages = o->log_pages - o->log_done;
  if (pages * WATS_OUTBOX_PAGE > WATS_OUTBOX_SUBMIT_LOG)
    wats_outbox_checkpoint(o);
  o->result = WATS_OK; /* what was committed is, whatever came of this */
}

void wats_outbox_add_up(struct wats_outbox *o)
{
  const struct wats_outbox_counts *d = &o->delta;
  atomic_fetch_add(&o->enqueued, d->enqueued);
  atomic_fetch_add(&o->sent, d->sent);
  atomic_fetch_add(&o->dead, d->dead);
  atomic_fetch_add(&o->duplicate, d->duplicate);
  atomic_fetch_add(&o->lost_leases, d->lost_leases);
  atomic_fetch_add(&o->lifeboats, d->lifeboat);
  atomic_fetch_add(&o->damaged, d->damaged);
  memset(&o->delta, 0, sizeof o->delta);
}

/* Whoever has the lock may be stopped: then not each report costs the test all
** of the patience, since there is the lifeboat. */
static enum wats_errc lock(struct wats_outbox *o,
                           const struct wats_outbox_work *work,
                           struct wats_error *error)
{
  int64_t patience_ns = work->patience_ns ? work->patience_ns : o->patience_ns;
  enum wats_errc code;
  if (work->reports && atomic_load(&o->locked_out) &&
      patience_ns > SHORT_PATIENCE)
    patience_ns = SHORT_PATIENCE;
  code = wats_outbox_lock(o, patience_ns, error);
  if (code == WATS_OK)
    atomic_store(&o->locked_out, false);
  else if (code == WATS_ERR_TIMEOUT && !work->patience_ns)
    atomic_store(&o->locked_out, true);
  return code;
}

enum wats_errc wats_outbox_transact(struct wats_outbox *o,
                                    const struct wats_outbox_work *work,
                                    enum wats_db_trouble *trouble,
                                    struct wats_error *error)
{
  enum wats_errc code = lock(o, work, error);
  bool changed;
  int tries = 1;
  if (code != WATS_OK) {
    if (trouble)
      *trouble = code == WATS_ERR_TIMEOUT ? WATS_DB_BUSY : WATS_DB_UNUSABLE;
    return code;
  }
  attempt(o, work);
  while (o->result != WATS_OK && tries++ < ATTEMPTS && again(o, work))
    attempt(o, work);
  code = o->result;
  if (trouble) *trouble = o->trouble;
  if (code != WATS_OK && error) *error = o->why;
  if (code == WATS_OK) {
    wats_outbox_add_up(o);
    if (work->is_upkeep) o->seen_pages = o->log_pages;
    if (work->writes) tend_log(o);
  }
  changed = o->changed && code == WATS_OK;
  wats_outbox_unlock(o);
  if (changed) wats_outbox_signal(o);
  return code;
}

/* ---- the end ------------------------------------------------------------ */

/* What is in the log would have to be read by whoever opens the file next: it
** is brought in, and begun anew by a small commit. */
static void leave(struct wats_outbox *o, void *unused)
{
  (void)unused;
  if (o->log_pages > o->log_done) wats_outbox_checkpoint(o);
  if (o->log_pages > MANY_PAGES && o->log_done == o->log_pages) {
    wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_BEGIN, ""));
    wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_CLOSED, ""));
    wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_COMMIT, ""));
    if (o->result != WATS_OK) wats_db_rollback(o->db);
  }
  wats_outbox_disconnect(o);
}

void wats_outbox_farewell(struct wats_outbox *o)
{
  const struct wats_outbox_work work = {leave};
  if (o->db) (void)wats_outbox_transact(o, &work, NULL, NULL);
  wats_outbox_disconnect(o); /* without the lock, if that was not to be had */
}

#endif
