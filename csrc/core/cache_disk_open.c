/*
** cache_disk_open.c - see cache_disk.h: tiers, their life, and what a
** fork means to them. Looking up is in cache_disk_find.c, writing in
*cache_disk_writer.c.
*/
#include "cache_disk_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "at_fork.h"
#include "log.h"

/* How long a writer waits for others. */
#define WRITE_NAPS   1000
#define WRITE_NAP_US 2000
/* Of one who opens: others may just be making the file. */
#define OPEN_NAPS    250
#define OPEN_NAP_US  2000
#define RELEASE_WAIT (2 * WATS_NS_PER_S)
#define EXIT_WAIT    (WATS_NS_PER_S / 2)
/* Until an epoch file that could not be had is tried for again. */
#define RETRY (5 * WATS_NS_PER_S)

static struct wats_cache_disk *all; /* under list_lock */
static struct wats_mutex list_lock = WATS_MUTEX_INIT;
static struct wats_once once = WATS_ONCE_INIT;

static int64_t now(void)
{
  return wats_clock_monotonic(&wats_system_clock);
}

void wats_disk_log(const struct wats_cache_disk *disk, const char *message,
                   const char *reason)
{
  const struct wats_log_field fields[] = {wats_log_text("path", disk->path),
                                          wats_log_text("reason", reason)};
  wats_log(WATS_LOG_WARN, WATS_LOG_ALL, message, fields, 2);
}

/* ---- fork --------------------------------------------------------------- */

static void close_connections(struct wats_cache_disk *d)
{
  wats_cache_rows_close(d->reader);
  wats_cache_rows_close(d->writer);
  d->reader = d->writer = NULL;
}

/* SQLite's handles must not be in the child, not even unused. */
static void before_fork(void)
{
  struct wats_cache_disk *d;
  wats_mutex_lock(&list_lock);
  for (d = all; d; d = d->next) {
    wats_mutex_lock(&d->write_lock);
    wats_mutex_lock(&d->read_lock);
    wats_mutex_lock(&d->lock);
    wats_mutex_lock(&d->epoch_lock);
    close_connections(d);
  }
}

static void unlock_all(void)
{
  struct wats_cache_disk *d;
  for (d = all; d; d = d->next) {
    wats_mutex_unlock(&d->epoch_lock);
    wats_mutex_unlock(&d->lock);
    wats_mutex_unlock(&d->read_lock);
    wats_mutex_unlock(&d->write_lock);
  }
  wats_mutex_unlock(&list_lock);
}

/* The parent writes what it has queued; its thread is not here. */
static void in_child(void)
{
  struct wats_cache_disk *d;
  for (d = all; d; d = d->next) {
    struct wats_cache_epoch *epoch = atomic_load(&d->epoch);
    if (epoch) wats_cache_epoch_leave(epoch);
    d->epoch_retry_ns = d->reader_retry_ns = d->writer_retry_ns = 0;
    wats_disk_discard(d->first);
    d->first = NULL;
    d->last = &d->first;
    d->queued = d->queued_bytes = 0;
    d->touch_count = 0;
    d->busy = d->tidy = d->has_thread = false;
    atomic_store(&d->stop, false);
    /* Whoever waited for them is in the parent. */
    (void)wats_cond_init(&d->wake);
    (void)wats_cond_init(&d->idle);
  }
  unlock_all();
}

/* ---- the end ------------------------------------------------------------- */

/* What is queued is written, if there is time. With `wait` the thread has ended
** when this returns, else only if it was idle. */
static void end_thread(struct wats_cache_disk *d, int64_t deadline_ns,
                       bool wait)
{
  bool idle, has_thread;
  wats_disk_tidy(d);
  idle = wats_cache_disk_flush(d, deadline_ns);
  wats_mutex_lock(&d->lock);
  d->ends = true;
  atomic_store(&d->stop, true);
  wats_cond_signal(&d->wake);
  has_thread = d->has_thread;
  wats_mutex_unlock(&d->lock);
  if (!has_thread || !(idle || wait)) return;
  wats_thread_join(&d->thread);
  d->has_thread = false;
}

/* Whatever else still runs: it finds the queues closed. */
static void at_exit(void)
{
  int64_t deadline = now() + EXIT_WAIT;
  struct wats_cache_disk *d;
  wats_mutex_lock(&list_lock);
  for (d = all; d; d = d->next)
    end_thread(d, deadline, false);
  wats_mutex_unlock(&list_lock);
}

static void prepare_process(void)
{
  (void)wats_at_fork(WATS_FORK_CACHE_DISK, before_fork, unlock_all, in_child);
  (void)atexit(at_exit); /* the module stays mapped */
}

/* ---- damage -------------------------------------------------------------- */

enum wats_errc wats_disk_mend(struct wats_cache_disk *disk,
                              const struct wats_cache_rows *found,
                              enum wats_db_trouble *trouble,
                              struct wats_error *error)
{
  bool there = !found || wats_cache_rows_are_current(found);
  enum wats_errc code = WATS_OK;
  char name[WATS_LOG_TEXT / 2];
  close_connections(disk);
  wats_mutex_lock(&disk->lock);
  disk->touch_count = 0; /* of the old file's rows */
  wats_mutex_unlock(&disk->lock);
  *trouble = WATS_DB_UNUSABLE;
  if (there) {
    code = wats_db_set_aside(disk->path, name, sizeof name, error);
    if (code == WATS_OK)
      wats_disk_log(disk, "the cache on disk was damaged: set aside", name);
  }
  if (code == WATS_OK)
    code =
        wats_cache_rows_open(&disk->for_reading, &disk->reader, trouble, error);
  return code;
}

/* ---- making ------------------------------------------------------------- */

static enum wats_errc make_locks(struct wats_cache_disk *d)
{
  struct wats_mutex *mutexes[] = {&d->epoch_lock, &d->read_lock, &d->write_lock,
                                  &d->lock};
  size_t n = sizeof mutexes / sizeof *mutexes, i;
  for (i = 0; i < n; i++)
    if (wats_mutex_init(mutexes[i]) != WATS_OK) goto no_mutex;
  if (wats_cond_init(&d->wake) != WATS_OK) goto no_mutex;
  if (wats_cond_init(&d->idle) == WATS_OK) return WATS_OK;
  wats_cond_destroy(&d->wake);
no_mutex:
  while (i)
    wats_mutex_destroy(mutexes[--i]);
  return WATS_ERR_MEMORY;
}

static void free_disk(struct wats_cache_disk *d)
{
  wats_free(d->path);
  wats_free(d->epoch_path);
  wats_free(d);
}

static enum wats_errc create(const struct wats_cache_disk_options *o,
                             char *path, struct wats_cache_disk **out)
{
  size_t length = strlen(path);
  struct wats_cache_disk *d = wats_calloc(1, sizeof *d);
  if (!d) return WATS_ERR_MEMORY;
  d->epoch_path = wats_malloc(length + sizeof "-epoch");
  if (!d->epoch_path || make_locks(d) != WATS_OK) {
    free_disk(d);
    return WATS_ERR_MEMORY;
  }
  memcpy(d->epoch_path, path, length);
  memcpy(d->epoch_path + length, "-epoch", sizeof "-epoch");
  d->path = path;
  d->references = 1;
  d->max_bytes = o->max_bytes ? o->max_bytes : WATS_DISK_BYTES;
  d->fingerprint = o->fingerprint;
  d->boot_id = o->boot_id ? o->boot_id : wats_clock_boot_id();
  d->last = &d->first;
  d->for_reading = (struct wats_cache_rows_options){
      path, d->max_bytes, WATS_DISK_READ_NAPS, WATS_DISK_READ_NAP_US, NULL};
  d->for_writing = (struct wats_cache_rows_options){
      path, d->max_bytes, WRITE_NAPS, WRITE_NAP_US, &d->stop};
  *out = d;
  return WATS_OK;
}

static void destroy(struct wats_cache_disk *d)
{
  close_connections(d);
  wats_cache_epoch_close(atomic_load(&d->epoch));
  wats_disk_discard(d->first);
  wats_cond_destroy(&d->wake);
  wats_cond_destroy(&d->idle);
  wats_mutex_destroy(&d->lock);
  wats_mutex_destroy(&d->read_lock);
  wats_mutex_destroy(&d->write_lock);
  wats_mutex_destroy(&d->epoch_lock);
  free_disk(d);
}

/* ---- the epoch file ------------------------------------------------------ */

static enum wats_errc open_epoch(struct wats_cache_disk *d,
                                 struct wats_error *error)
{
  const struct wats_cache_epoch_options o = {d->epoch_path, d->fingerprint,
                                             d->boot_id};
  struct wats_cache_epoch *epoch;
  enum wats_errc code = wats_cache_epoch_open(&o, &epoch, error);
  if (code != WATS_OK) return code;
  wats_cache_epoch_keep(epoch, atomic_load(&d->epoch));
  atomic_store(&d->epoch, epoch);
  return WATS_OK;
}

/* With epoch_lock. */
static bool renew_epoch(struct wats_cache_disk *d)
{
  struct wats_cache_epoch *epoch = atomic_load(&d->epoch);
  struct wats_error error;
  if (epoch && wats_cache_epoch_is_current(epoch)) return true;
  if (now() < d->epoch_retry_ns) return false;
  if (epoch) wats_cache_epoch_leave(epoch);
  if (open_epoch(d, &error) == WATS_OK) return true;
  d->epoch_retry_ns = now() + RETRY;
  wats_disk_log(d, "the cache on disk cannot be used", error.message);
  return false;
}

struct wats_cache_epoch *wats_cache_disk_epoch(struct wats_cache_disk *disk,
                                               bool look)
{
  struct wats_cache_epoch *epoch = atomic_load(&disk->epoch);
  bool good = epoch && !wats_cache_epoch_is_left(epoch);
  if (good && !look) return epoch;
  wats_mutex_lock(&disk->epoch_lock);
  good = renew_epoch(disk);
  wats_mutex_unlock(&disk->epoch_lock);
  return good ? atomic_load(&disk->epoch) : NULL;
}

uint64_t wats_cache_disk_boot_id(const struct wats_cache_disk *disk)
{
  return disk->boot_id;
}

/* ---- opening ------------------------------------------------------------ */

/* Nobody else knows of it yet. */
static enum wats_errc open_rows(struct wats_cache_disk *d,
                                enum wats_db_trouble *trouble,
                                struct wats_error *error)
{
  struct wats_cache_rows_options o = d->for_reading;
  enum wats_errc code;
  o.naps = OPEN_NAPS;
  o.nap_us = OPEN_NAP_US;
  code = wats_cache_rows_open(&o, &d->reader, trouble, error);
  if (code == WATS_OK)
    wats_cache_rows_patience(d->reader, WATS_DISK_READ_NAPS,
                             WATS_DISK_READ_NAP_US);
  if (code == WATS_OK || code == WATS_ERR_MEMORY || *trouble != WATS_DB_DAMAGED)
    return code;
  return wats_disk_mend(d, NULL, trouble, error);
}

/* What a person must mend fails; else it may work later, and till then memory
** does. */
static enum wats_errc open_files(struct wats_cache_disk *d,
                                 struct wats_error *error)
{
  enum wats_db_trouble trouble;
  struct wats_error why;
  enum wats_errc code = open_rows(d, &trouble, &why);
  if (code == WATS_ERR_MEMORY) return wats_fail_memory(error);
  if (code != WATS_OK &&
      (trouble == WATS_DB_UNUSABLE || trouble == WATS_DB_FOREIGN))
    return wats_fail(error, WATS_ERR_IO, "cache.path: %s", why.message);
  if (code != WATS_OK) {
    d->reader_retry_ns = now() + RETRY;
    wats_disk_log(d, "the cache on disk cannot be used", why.message);
  }
  code = open_epoch(d, &why);
  if (code == WATS_ERR_MEMORY) return wats_fail_memory(error);
  if (code != WATS_OK) {
    d->epoch_retry_ns = now() + RETRY;
    wats_disk_log(d, "the cache on disk cannot be used", why.message);
  }
  return WATS_OK;
}

static enum wats_errc same_bound(const struct wats_cache_disk *d,
                                 const struct wats_cache_disk_options *o,
                                 struct wats_error *error)
{
  if (d->fingerprint != o->fingerprint)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "cache.path: a client with another table of operations "
                     "has it open");
  if (!o->max_bytes || d->max_bytes == o->max_bytes) return WATS_OK;
  return wats_fail(error, WATS_ERR_ARGUMENT,
                   "cache.max_disk_bytes: %llu asked for, but another client "
                   "with the same cache.path has %llu",
                   (unsigned long long)o->max_bytes,
                   (unsigned long long)d->max_bytes);
}

/* With list_lock. Takes over `path`. */
static enum wats_errc open_at(const struct wats_cache_disk_options *o,
                              char *path, struct wats_cache_disk **out,
                              struct wats_error *error)
{
  struct wats_cache_disk *d;
  enum wats_errc code;
  for (d = all; d && strcmp(d->path, path) != 0; d = d->next)
    continue;
  if (d) {
    wats_free(path);
    code = same_bound(d, o, error);
    if (code != WATS_OK) return code;
    d->references++;
    *out = d;
    return WATS_OK;
  }
  if (create(o, path, &d) != WATS_OK) {
    wats_free(path);
    return wats_fail_memory(error);
  }
  code = open_files(d, error);
  if (code != WATS_OK) {
    destroy(d);
    return code;
  }
  d->next = all;
  all = d;
  *out = d;
  return WATS_OK;
}

enum wats_errc
wats_cache_disk_open(const struct wats_cache_disk_options *options,
                     struct wats_cache_disk **out, struct wats_error *error)
{
  struct wats_error why;
  char *path;
  enum wats_errc code = wats_db_locate(options->path, &path, &why);
  if (code == WATS_ERR_MEMORY) return wats_fail_memory(error);
  if (code != WATS_OK)
    return wats_fail(error, code, "cache.path: %s", why.message);
  wats_once(&once, prepare_process);
  wats_mutex_lock(&list_lock);
  code = open_at(options, path, out, error);
  wats_mutex_unlock(&list_lock);
  return code;
}

struct wats_cache_disk *wats_cache_disk_retain(struct wats_cache_disk *disk)
{
  wats_mutex_lock(&list_lock);
  disk->references++;
  wats_mutex_unlock(&list_lock);
  return disk;
}

void wats_cache_disk_release(struct wats_cache_disk *disk)
{
  struct wats_cache_disk **link = &all;
  if (!disk) return;
  /* Held to the end: who opens the file meanwhile waits for what is queued. */
  wats_mutex_lock(&list_lock);
  if (--disk->references == 0) {
    while (*link != disk)
      link = &(*link)->next;
    *link = disk->next;
    end_thread(disk, now() + RELEASE_WAIT, true);
    destroy(disk);
  }
  wats_mutex_unlock(&list_lock);
}

/* ---- figures ------------------------------------------------------------ */

void wats_cache_disk_stats(struct wats_cache_disk *disk,
                           struct wats_cache_disk_stats *out)
{
  out->hits = atomic_load(&disk->hits);
  out->misses = atomic_load(&disk->misses);
  out->stores = atomic_load(&disk->stores);
  out->dropped = atomic_load(&disk->dropped);
  out->max_bytes = disk->max_bytes;
  out->entries = out->bytes = -1;
  wats_mutex_lock(&disk->read_lock);
  if (wats_disk_need_reader(disk)) {
    out->entries = wats_cache_rows_count(disk->reader);
    out->bytes = wats_cache_rows_bytes(disk->reader);
  }
  wats_mutex_unlock(&disk->read_lock);
  wats_mutex_lock(&disk->lock);
  out->queued = disk->queued;
  wats_mutex_unlock(&disk->lock);
}

#endif
