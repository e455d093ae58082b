/*
** cache_disk_find.c - looking up in a disk tier; see cache_disk.h.
*/
#include "cache_disk_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <string.h>

#include "vary.h"

/* Until a file that could not be opened is tried for again. */
#define RETRY (5 * WATS_NS_PER_S)
/* How often it is seen whether the file is still the same: if not, what is read
** is no worse than what memory holds. */
#define LOOK_EVERY (100 * WATS_NS_PER_MS)
/* How exact "last used" is. */
#define USED_S 60

static int64_t now_ns(void)
{
  return wats_clock_monotonic(&wats_system_clock);
}

/* With read_lock: the thread mends it. */
static void report_damage(struct wats_cache_disk *d)
{
  wats_mutex_lock(&d->lock);
  if (!d->ends) {
    d->damaged = true;
    if (wats_disk_start_thread(d)) wats_cond_signal(&d->wake);
  }
  wats_mutex_unlock(&d->lock);
  d->reader_retry_ns = now_ns() + RETRY;
}

bool wats_disk_need_reader(struct wats_cache_disk *d)
{
  enum wats_db_trouble trouble;
  int64_t now = now_ns();
  if (d->reader && now - d->reader_looked_ns < LOOK_EVERY) return true;
  d->reader_looked_ns = now;
  if (d->reader && wats_cache_rows_are_current(d->reader)) return true;
  if (now < d->reader_retry_ns) return false;
  wats_cache_rows_close(d->reader);
  d->reader = NULL;
  if (wats_cache_rows_open(&d->for_reading, &d->reader, &trouble, NULL) ==
      WATS_OK)
    return true;
  d->reader_retry_ns =
      now_ns() + (trouble == WATS_DB_BUSY ? LOOK_EVERY : RETRY);
  if (trouble == WATS_DB_DAMAGED) report_damage(d);
  return false;
}

struct search {
  struct wats_cache_disk *disk;
  const struct wats_cache_epoch *epoch;
  const struct wats_cache_request *request;
  const struct wats_cache_instant *now;
  uint64_t sequence;
  bool use;
  struct wats_buffer vary; /* of the latest that stands */
  bool has_vary;
  struct wats_cache_entry *found;
};

/* Of use, or of none any more: the thread tells the file when it writes next.
 */
static void note(const struct search *s, const struct wats_cache_row *row,
                 int64_t used_s)
{
  struct wats_cache_disk *d = s->disk;
  if (!s->use || (used_s >= 0 && used_s < row->used_s + USED_S)) return;
  wats_mutex_lock(&d->lock);
  if (d->touch_count < WATS_DISK_TOUCHES) {
    d->touches[d->touch_count].number = row->number;
    d->touches[d->touch_count++].used_s = used_s;
  }
  wats_mutex_unlock(&d->lock);
}

static bool stands(const struct search *s, const struct wats_cache_row *row)
{
  const struct wats_operation *o = s->request->operation;
  return wats_cache_epoch_stands(s->epoch, row->generation, row->since,
                                 o ? o->family : WATS_NO_FAMILY,
                                 s->request->path, s->request->path_length);
}

static enum wats_errc add_body(struct wats_response *r,
                               const struct wats_cache_row *row)
{
  struct wats_buffer bytes;
  enum wats_errc code;
  wats_buffer_init(&bytes, 0);
  code = wats_buffer_append(&bytes, row->body, row->body_length);
  if (code == WATS_OK) code = wats_response_set_body(r, &bytes);
  wats_buffer_free(&bytes);
  return code;
}

/* The row's answer is for this request: makes the entry. */
static void take(struct search *s, struct wats_cache_row *row,
                 struct wats_response *r, const struct wats_buffer *record)
{
  if (!wats_cache_row_complete(row)) {
    note(s, row, -1);
    return;
  }
  if (add_body(r, row) != WATS_OK) return;
  if (wats_cache_unpack_entry(row->head, row->head_length, r, s->request,
                              record, s->now, s->sequence,
                              &s->found) == WATS_OK)
    note(s, row, s->now->wall_ns / WATS_NS_PER_S);
}

static enum wats_errc copy_vary(const struct wats_response *r,
                                struct wats_buffer *out)
{
  const char *name, *value;
  size_t position = 0;
  enum wats_errc code = WATS_OK;
  while (code == WATS_OK &&
         wats_headers_next(&r->headers, &position, "vary", &name, &value))
    code = wats_buffer_append(out, value, strlen(value) + 1);
  return code;
}

/*
** Does the server tell its forms apart by the same fields as in the latest
** answer? One that does not was replaced by that: the later one was an answer
** to the same requests.
*/
static enum wats_errc compare_vary(struct search *s,
                                   const struct wats_response *r, bool *alike)
{
  struct wats_buffer vary;
  enum wats_errc code;
  *alike = true;
  if (!s->has_vary) {
    s->has_vary = true;
    return copy_vary(r, &s->vary);
  }
  wats_buffer_init(&vary, 0);
  code = copy_vary(r, &vary);
  *alike = vary.length == s->vary.length &&
           (!vary.length || memcmp(vary.data, s->vary.data, vary.length) == 0);
  wats_buffer_free(&vary);
  return code;
}

/* Does this request have what the answer varies by in the same way? */
static enum wats_errc check_variant(struct search *s,
                                    struct wats_cache_row *row,
                                    struct wats_response *r)
{
  unsigned char variant[WATS_VARIANT_SIZE];
  struct wats_buffer record;
  bool alike;
  enum wats_errc code = compare_vary(s, r, &alike);
  if (code != WATS_OK) return code;
  if (!alike) {
    note(s, row, -1);
    return WATS_OK;
  }
  wats_buffer_init(&record, 0);
  code = wats_vary_record(&r->headers, s->request->headers,
                          s->request->defaults, &record);
  if (code == WATS_OK) {
    wats_cache_variant(wats_cache_rows_key(s->disk->reader), record.data,
                       record.length, variant);
    if (memcmp(variant, row->variant, sizeof variant) == 0)
      take(s, row, r, &record);
  }
  wats_buffer_free(&record);
  return code;
}

/* The fields are not yet known to be whole: the sum is checked when the body is
** there. Where memory is short nothing is found: an older one is not taken for
** the latest. */
static bool visit(void *context, struct wats_cache_row *row)
{
  struct search *s = context;
  struct wats_response *r = NULL;
  enum wats_errc code;
  if (!stands(s, row)) {
    note(s, row, -1);
    return true;
  }
  code = wats_cache_unpack_response(row->head, row->head_length, &r);
  if (code == WATS_ERR_DECODE) note(s, row, -1);
  if (code != WATS_OK) return code == WATS_ERR_DECODE;
  code = check_variant(s, row, r);
  wats_response_release(r);
  return code == WATS_OK && !s->found;
}

/* Who has the file locked for longer than a commit takes may have it for good:
** the next look-ups do not wait for that again. */
static void be_patient(struct wats_cache_disk *d)
{
  bool patient =
      !d->reader_busy_ns || now_ns() - d->reader_busy_ns >= LOOK_EVERY;
  wats_cache_rows_patience(d->reader, patient ? WATS_DISK_READ_NAPS : 0,
                           WATS_DISK_READ_NAP_US);
}

/* A wait in vain counts from its end. */
static void note_trouble(struct wats_cache_disk *d,
                         enum wats_db_trouble trouble)
{
  if (trouble == WATS_DB_DAMAGED) report_damage(d);
  if (trouble == WATS_DB_FINE)
    d->reader_busy_ns = 0;
  else if (trouble == WATS_DB_BUSY &&
           (!d->reader_busy_ns || now_ns() - d->reader_busy_ns >= LOOK_EVERY))
    d->reader_busy_ns = now_ns();
}

struct wats_cache_entry *wats_cache_disk_find(
    struct wats_cache_disk *disk, const struct wats_cache_epoch *epoch,
    const struct wats_cache_request *request,
    const struct wats_cache_instant *now, uint64_t sequence, bool use)
{
  struct search s = {.disk = disk,
                     .epoch = epoch,
                     .request = request,
                     .now = now,
                     .sequence = sequence,
                     .use = use};
  enum wats_db_trouble trouble = WATS_DB_FINE;
  unsigned char id[WATS_ROW_ID];
  wats_mutex_lock(&disk->read_lock);
  if (wats_disk_need_reader(disk)) {
    wats_hmac_with(wats_cache_rows_key(disk->reader), request->key,
                   request->key_length, id);
    be_patient(disk);
    wats_cache_rows_find(disk->reader, id, visit, &s, &trouble);
    note_trouble(disk, trouble);
  }
  wats_mutex_unlock(&disk->read_lock);
  wats_buffer_free(&s.vary);
  if (use) atomic_fetch_add(s.found ? &disk->hits : &disk->misses, 1);
  return s.found;
}

#endif
