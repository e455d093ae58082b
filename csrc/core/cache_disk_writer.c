/*
** cache_disk_writer.c - the queue of a disk tier and the thread that empties
** it; see cache_disk.h.
*/
#include "cache_disk_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <string.h>

#include "alloc.h"
#include "write_guard.h"

/* Written in one transaction: readers wait while it is committed. */
#define BATCH       32
#define BATCH_BYTES (1024 * 1024)
/* Until a file that could not be written is tried for again. */
#define RETRY (5 * WATS_NS_PER_S)

/* ---- the queue ---------------------------------------------------------- */

void wats_disk_discard(struct wats_disk_item *items)
{
  while (items) {
    struct wats_disk_item *next = items->next;
    wats_cache_entry_release(items->entry);
    wats_free(items);
    items = next;
  }
}

/* With `lock`. */
static bool enqueue(struct wats_cache_disk *d, struct wats_disk_item *item)
{
  if (d->ends || d->queued == WATS_DISK_QUEUE ||
      d->queued_bytes + item->bytes > WATS_DISK_QUEUE_BYTES ||
      !wats_disk_start_thread(d))
    return false;
  item->next = NULL;
  *d->last = item;
  d->last = &item->next;
  d->queued++;
  d->queued_bytes += item->bytes;
  wats_cond_signal(&d->wake);
  return true;
}

void wats_cache_disk_forget(struct wats_cache_disk *disk, uint64_t origin,
                            uint64_t path_hash)
{
  struct wats_cache_epoch *epoch = wats_cache_disk_epoch(disk, false);
  const struct wats_epoch_scope scope = {0, path_hash, true};
  if (epoch) wats_cache_epoch_end(epoch, origin, UINT64_MAX, &scope, true);
}

static void drop_item(struct wats_cache_disk *d,
                      const struct wats_disk_item *item)
{
  if (!item->entry) return; /* what is to be wiped is of no use all the same */
  atomic_fetch_add(&d->dropped, 1);
  wats_cache_disk_forget(d, item->stamp.origin, item->path_hash);
}

void wats_cache_disk_store(struct wats_cache_disk *disk,
                           const struct wats_cache_request *request,
                           struct wats_cache_entry *entry,
                           const struct wats_disk_stamp *stamp,
                           const struct wats_cache_instant *now)
{
  struct wats_disk_item *item = wats_malloc(sizeof *item + request->key_length);
  uint64_t path_hash = wats_path_hash(request->path, request->path_length);
  bool queued = false;
  if (item) {
    item->path_hash = path_hash;
    item->entry = entry;
    item->stamp = *stamp;
    item->now = *now;
    item->bytes =
        sizeof *item + request->key_length + wats_cache_entry_size(entry);
    item->key_length = request->key_length;
    memcpy(item->key, request->key, request->key_length);
    wats_cache_entry_retain(entry);
    wats_mutex_lock(&disk->lock);
    queued = enqueue(disk, item);
    wats_mutex_unlock(&disk->lock);
    if (!queued) {
      item->next = NULL;
      wats_disk_discard(item);
    }
  }
  if (queued) return;
  atomic_fetch_add(&disk->dropped, 1);
  wats_cache_disk_forget(disk, stamp->origin, path_hash);
}

void wats_cache_disk_wipe(struct wats_cache_disk *disk,
                          const struct wats_disk_stamp *stamp)
{
  struct wats_disk_item *item = wats_calloc(1, sizeof *item);
  bool queued;
  if (!item) return; /* the rows are of no use all the same */
  item->stamp = *stamp;
  item->bytes = sizeof *item;
  wats_mutex_lock(&disk->lock);
  queued = enqueue(disk, item);
  wats_mutex_unlock(&disk->lock);
  if (!queued) wats_disk_discard(item);
}

bool wats_cache_disk_flush(struct wats_cache_disk *disk, int64_t deadline_ns)
{
  bool empty;
  wats_mutex_lock(&disk->lock);
  while (disk->has_thread && (disk->first || disk->busy || disk->tidy))
    if (!wats_cond_wait_until(&disk->idle, &disk->lock, deadline_ns) &&
        wats_clock_monotonic(&wats_system_clock) >= deadline_ns)
      break;
  empty = !disk->first && !disk->busy;
  wats_mutex_unlock(&disk->lock);
  return empty;
}

void wats_disk_tidy(struct wats_cache_disk *disk)
{
  wats_mutex_lock(&disk->lock);
  if (disk->touch_count && !disk->ends && wats_disk_start_thread(disk)) {
    disk->tidy = true;
    wats_cond_signal(&disk->wake);
  }
  wats_mutex_unlock(&disk->lock);
}

/* With `lock`: what fits into one transaction; its number in *count. */
static struct wats_disk_item *take_batch(struct wats_cache_disk *d,
                                         unsigned *count)
{
  struct wats_disk_item *batch = d->first, **end = &d->first;
  size_t bytes = 0;
  *count = 0;
  while (*end && *count < BATCH && (*count == 0 || bytes < BATCH_BYTES)) {
    bytes += (*end)->bytes;
    (*count)++;
    end = &(*end)->next;
  }
  d->first = *end;
  if (!d->first) d->last = &d->first;
  *end = NULL;
  d->queued -= *count;
  d->queued_bytes -= bytes;
  return batch;
}

/* ---- writing, with write_lock ------------------------------------------- */

static int64_t now_ns(void)
{
  return wats_clock_monotonic(&wats_system_clock);
}

static bool need_writer(struct wats_cache_disk *d,
                        enum wats_db_trouble *trouble, struct wats_error *error)
{
  *trouble = WATS_DB_FAILED;
  if (d->writer && wats_cache_rows_are_current(d->writer)) return true;
  wats_cache_rows_close(d->writer);
  d->writer = NULL;
  if (now_ns() < d->writer_retry_ns) {
    (void)wats_fail(error, WATS_ERR_IO, "it could not be opened before");
    return false;
  }
  return wats_cache_rows_open(&d->for_writing, &d->writer, trouble, error) ==
         WATS_OK;
}

static enum wats_errc put_item(struct wats_cache_disk *d,
                               const struct wats_disk_item *item,
                               struct wats_buffer *head,
                               enum wats_db_trouble *trouble,
                               struct wats_error *error)
{
  const struct wats_hmac_key *key = wats_cache_rows_key(d->writer);
  const struct wats_cache_entry *e = item->entry;
  struct wats_cache_row row = {0};
  wats_buffer_clear(head);
  if (wats_cache_pack(e, &item->now, head) != WATS_OK)
    return wats_fail_memory(error);
  wats_hmac_with(key, item->key, item->key_length, row.id);
  wats_cache_variant(key, e->tail, e->record_length, row.variant);
  row.generation = item->stamp.generation;
  row.since = item->stamp.since;
  row.asked_ns = e->requested_ns + (item->now.boot_ns - item->now.monotonic_ns);
  row.used_s = item->now.wall_ns / WATS_NS_PER_S;
  row.head = head->data;
  row.head_length = head->length;
  row.body = wats_response_body(e->response, &row.body_length);
  return wats_cache_rows_put(d->writer, &row, trouble, error);
}

static enum wats_errc put_batch(struct wats_cache_disk *d,
                                const struct wats_disk_item *item,
                                unsigned *stored, enum wats_db_trouble *trouble,
                                struct wats_error *error)
{
  struct wats_buffer head;
  enum wats_errc code = WATS_OK;
  wats_buffer_init(&head, 0);
  *stored = 0;
  for (; item && code == WATS_OK; item = item->next) {
    if (!item->entry) {
      code = wats_cache_rows_wipe(d->writer, item->stamp.generation,
                                  item->stamp.since, trouble, error);
      continue;
    }
    code = put_item(d, item, &head, trouble, error);
    if (code == WATS_OK) (*stored)++;
    if (code == WATS_ERR_TOO_LARGE) {
      atomic_fetch_add(&d->dropped, 1);
      code = WATS_OK;
    }
  }
  wats_buffer_free(&head);
  return code;
}

/* What look-ups have noted meanwhile. */
static enum wats_errc put_touches(struct wats_cache_disk *d,
                                  enum wats_db_trouble *trouble,
                                  struct wats_error *error)
{
  enum wats_errc code = WATS_OK;
  while (code == WATS_OK) {
    int64_t number = 0, used_s = 0;
    bool more;
    wats_mutex_lock(&d->lock);
    more = d->touch_count > 0;
    if (more) {
      number = d->touches[--d->touch_count].number;
      used_s = d->touches[d->touch_count].used_s;
    }
    wats_mutex_unlock(&d->lock);
    if (!more) break;
    code =
        used_s < 0
            ? wats_cache_rows_remove(d->writer, number, trouble, error)
            : wats_cache_rows_touch(d->writer, number, used_s, trouble, error);
  }
  return code;
}

static enum wats_errc write_batch(struct wats_cache_disk *d,
                                  const struct wats_disk_item *batch,
                                  enum wats_db_trouble *trouble,
                                  struct wats_error *error)
{
  unsigned stored = 0;
  enum wats_errc code;
  if (!need_writer(d, trouble, error)) return WATS_ERR_IO;
  code = wats_cache_rows_begin(d->writer, trouble, error);
  if (code != WATS_OK) return code;
  code = put_touches(d, trouble, error);
  if (code == WATS_OK) code = put_batch(d, batch, &stored, trouble, error);
  if (code == WATS_OK) {
    code = wats_cache_rows_commit(d->writer, trouble, error);
    if (code == WATS_OK) atomic_fetch_add(&d->stores, stored);
  } else
    wats_cache_rows_rollback(d->writer);
  return code;
}

static void mend(struct wats_cache_disk *d, const struct wats_cache_rows *found)
{
  enum wats_db_trouble trouble;
  struct wats_error error;
  wats_mutex_lock(&d->read_lock);
  d->reader_retry_ns = 0;
  if (wats_disk_mend(d, found, &trouble, &error) != WATS_OK) {
    d->reader_retry_ns = d->writer_retry_ns = now_ns() + RETRY;
    wats_disk_log(d, "the cache on disk cannot be used", error.message);
  }
  wats_mutex_unlock(&d->read_lock);
}

static void give_up(struct wats_cache_disk *d,
                    const struct wats_disk_item *item,
                    const struct wats_error *error)
{
  for (; item; item = item->next)
    drop_item(d, item);
  wats_cache_rows_close(d->writer);
  d->writer = NULL;
  if (!d->complained)
    wats_disk_log(d, "answers were not written to the cache on disk",
                  error->message);
  d->complained = true;
}

/* Once more where the file was damaged or is another one now. */
static void write_out(struct wats_cache_disk *d,
                      const struct wats_disk_item *batch)
{
  struct wats_error error = {WATS_OK, ""};
  enum wats_db_trouble trouble;
  enum wats_errc code;
  wats_mutex_lock(&d->write_lock);
  code = write_batch(d, batch, &trouble, &error);
  if (code != WATS_OK &&
      (trouble == WATS_DB_DAMAGED || trouble == WATS_DB_MOVED)) {
    if (trouble == WATS_DB_DAMAGED)
      mend(d, d->writer);
    else {
      wats_cache_rows_close(d->writer);
      d->writer = NULL;
    }
    code = write_batch(d, batch, &trouble, &error);
  }
  if (code == WATS_OK)
    d->complained = false;
  else {
    d->writer_retry_ns = now_ns() + RETRY;
    give_up(d, batch, &error);
  }
  wats_mutex_unlock(&d->write_lock);
}

/* What a look-up has found to be damaged. */
static void mend_for_reader(struct wats_cache_disk *d)
{
  wats_mutex_lock(&d->write_lock);
  mend(d, d->reader);
  wats_mutex_unlock(&d->write_lock);
}

/* ---- the thread --------------------------------------------------------- */

static void *work(void *context)
{
  struct wats_cache_disk *d = context;
  wats_mutex_lock(&d->lock);
  for (;;) {
    struct wats_disk_item *batch;
    unsigned count;
    bool damaged = d->damaged, tidy = d->tidy;
    if (!d->first && !damaged && !tidy) {
      wats_cond_broadcast(&d->idle);
      if (d->ends) break;
      wats_cond_wait(&d->wake, &d->lock);
      continue;
    }
    d->damaged = d->tidy = false;
    d->busy = true;
    batch = take_batch(d, &count);
    wats_mutex_unlock(&d->lock);
    if (damaged) mend_for_reader(d);
    if (count || tidy) write_out(d, batch);
    wats_disk_discard(batch);
    wats_mutex_lock(&d->lock);
    d->busy = false;
  }
  wats_mutex_unlock(&d->lock);
  return NULL;
}

bool wats_disk_start_thread(struct wats_cache_disk *disk)
{
  if (!disk->has_thread)
    disk->has_thread = wats_thread_start(&disk->thread, work, disk) == WATS_OK;
  return disk->has_thread;
}

#endif
