/*
** outbox_submit.c - taking in.
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <sqlite3.h>
#include <string.h>

#include "alloc.h"

void wats_outbox_describe(const struct wats_outbox_report *report,
                          struct wats_outbox_entry *out)
{
  const struct wats_report_head *head = &report->head;
  memset(out, 0, sizeof *out);
  memcpy(out->uuid, head->uuid, WATS_UUID);
  out->type = head->type;
  memcpy(out->part, head->part_number, sizeof out->part);
  memcpy(out->serial, head->serial_number, sizeof out->serial);
  out->has_reference = head->has_reference;
  if (head->has_reference) memcpy(out->reference, head->reference, WATS_UUID);
  out->priority = report->priority;
  out->length = (int64_t)report->length;
  out->sound = true;
}

/* ---- is there room? ----------------------------------------------------- */

static bool has_room(struct wats_outbox *o, int64_t rows, int64_t bytes)
{
  struct sqlite3_stmt *s = wats_outbox_bind(o, WATS_SQL_TOTAL, "");
  int64_t have_rows, have_bytes;
  if (!wats_outbox_step(o, s)) return false;
  have_rows = sqlite3_column_int64(s, 0);
  have_bytes = sqlite3_column_int64(s, 1);
  wats_outbox_end(s);
  if ((rows <= 0 || have_rows + rows <= (int64_t)o->max_rows) &&
      (bytes <= 0 || have_bytes + bytes <= (int64_t)o->max_bytes)) {
    if (bytes > 0) o->growth += (uint64_t)bytes;
    return wats_outbox_has_room_for(o, o->growth, (uint64_t)have_bytes);
  }
  (void)wats_fail(&o->why, WATS_ERR_QUEUE_FULL,
                  "the queue is full: %lld reports, %lld bytes",
                  (long long)have_rows, (long long)have_bytes);
  o->result = WATS_ERR_QUEUE_FULL;
  o->trouble = WATS_DB_FINE;
  return false;
}

/* ---- what is there already ---------------------------------------------- */

static bool has_same_body(struct wats_outbox *o,
                          const struct wats_outbox_entry *e,
                          const struct wats_outbox_report *report)
{
  struct sqlite3_stmt *s;
  bool same = false;
  if (e->length != (int64_t)report->length) return false;
  s = wats_outbox_bind(o, WATS_SQL_BODY, "i", e->seq);
  if (!wats_outbox_step(o, s)) return false;
  if ((size_t)sqlite3_column_bytes(s, 0) == report->length)
    same = !report->length ||
           memcmp(sqlite3_column_blob(s, 0), report->body, report->length) == 0;
  wats_outbox_end(s);
  return same;
}

static bool was_sent(struct wats_outbox *o, int64_t target,
                     const struct wats_outbox_report *report)
{
  unsigned char digest[WATS_SHA256_SIZE];
  struct sqlite3_stmt *s =
      wats_outbox_bind(o, WATS_SQL_TOMBSTONE, "ui", report->head.uuid, target);
  bool same = false;
  if (!wats_outbox_step(o, s)) return false;
  if (sqlite3_column_bytes(s, 0) == WATS_SHA256_SIZE) {
    wats_sha256(report->body, report->length, digest);
    same = memcmp(sqlite3_column_blob(s, 0), digest, sizeof digest) == 0;
  }
  wats_outbox_end(s);
  return same;
}

static bool is_same_unit(const struct wats_outbox_entry *a,
                         const struct wats_outbox_entry *b)
{
  return strcmp(a->part, b->part) == 0 && strcmp(a->serial, b->serial) == 0 &&
         a->has_reference == b->has_reference &&
         (!a->has_reference ||
          memcmp(a->reference, b->reference, WATS_UUID) == 0);
}

/* ---- into the file ------------------------------------------------------ */

static void insert(struct wats_outbox *o, struct wats_outbox_entry *e,
                   const struct wats_outbox_report *report)
{
  bool is_free = wats_outbox_is_free(o, e);
  e->state = is_free ? WATS_OUTBOX_READY : WATS_OUTBOX_BLOCKED;
  wats_outbox_run(
      o, wats_outbox_bind(o, WATS_SQL_INSERT, "uiiittuiiiii", e->uuid, e->rev,
                          e->target, (int64_t)e->type, e->part, e->serial,
                          e->has_reference ? e->reference : NULL,
                          (int64_t)e->priority, (int64_t)e->state,
                          e->created_ms, e->length, (int64_t)e->crc));
  if (o->result == WATS_OK) e->seq = sqlite3_last_insert_rowid(o->db);
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_INSERT_BODY, "b",
                                      report->body, report->length));
  /* To see how long it is held up. */
  if (!is_free && e->has_reference) wats_outbox_arrange(o, e);
}

/* In the place of `old`, which may be dead, if it is of the same unit. */
static void replace(struct wats_outbox *o, const struct wats_outbox_entry *old,
                    struct wats_outbox_entry *e,
                    const struct wats_outbox_report *report)
{
  /* What waits for a server that is away goes on waiting. */
  int64_t waits = old->state != WATS_OUTBOX_DEAD && old->outage,
          due_ms = waits ? old->due_ms : 0;
  if (!is_same_unit(old, e)) {
    wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_REMOVE, "i", old->seq));
    insert(o, e, report);
    wats_outbox_left(o, old);
    return;
  }
  wats_outbox_run(o,
                  wats_outbox_bind(o, WATS_SQL_REPLACE, "iiiiiii", old->seq,
                                   (int64_t)e->type, (int64_t)e->priority,
                                   due_ms, e->length, (int64_t)e->crc, waits));
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_REPLACE_BODY, "ib", old->seq,
                                      report->body, report->length));
  if (old->state == WATS_OUTBOX_DEAD)
    wats_outbox_run(o,
                    wats_outbox_bind(o, WATS_SQL_REMOVE_ANSWER, "i", old->seq));
  e->seq = old->seq;
  wats_outbox_arrange(o, e);
  if (old->state == WATS_OUTBOX_DEAD) wats_outbox_tell_referring(o, e);
}

bool wats_outbox_put(struct wats_outbox *o,
                     const struct wats_outbox_report *report, uint32_t crc,
                     bool bounded, enum wats_outbox_receipt *receipt)
{
  struct wats_outbox_entry e, old;
  bool met, dead;
  wats_outbox_describe(report, &e);
  e.crc = crc;
  e.created_ms = wats_outbox_wall_ms(o);
  e.target = wats_outbox_target(o, report->target, true);
  met = wats_outbox_find(
      o, wats_outbox_bind(o, WATS_SQL_NEWEST, "ui", e.uuid, e.target), &old);
  dead = met && old.state == WATS_OUTBOX_DEAD;
  if (met ? !dead && has_same_body(o, &old, report)
          : was_sent(o, e.target, report)) {
    *receipt = WATS_OUTBOX_DUPLICATE;
    o->delta.duplicate++;
    return o->result == WATS_OK;
  }
  *receipt = met && old.state != WATS_OUTBOX_IN_FLIGHT ? WATS_OUTBOX_REPLACED
                                                       : WATS_OUTBOX_NEW;
  e.rev = met ? old.rev + 1 : 1;
  if (bounded &&
      !has_room(o, *receipt == WATS_OUTBOX_NEW,
                e.length - (*receipt == WATS_OUTBOX_NEW ? 0 : old.length)))
    return false;
  if (*receipt == WATS_OUTBOX_NEW)
    insert(o, &e, report);
  else
    replace(o, &old, &e, report);
  o->delta.enqueued++;
  o->changed = true;
  return o->result == WATS_OK;
}

/* ---- submit ------------------------------------------------------------- */

struct submission {
  const struct wats_outbox_report *reports;
  size_t count;
  const uint32_t *sums;
  enum wats_outbox_receipt *receipts; /* or NULL */
};

static void put_all(struct wats_outbox *o, void *context)
{
  const struct submission *s = context;
  size_t i;
  for (i = 0; i < s->count; i++) {
    enum wats_outbox_receipt receipt;
    if (!wats_outbox_put(o, &s->reports[i], s->sums[i], true, &receipt)) return;
    if (s->receipts) s->receipts[i] = receipt;
  }
}

static enum wats_errc check(const struct wats_outbox_report *report,
                            struct wats_error *error)
{
  if (report->priority < WATS_OUTBOX_FIRST ||
      report->priority > WATS_OUTBOX_LAST)
    return wats_fail(error, WATS_ERR_ARGUMENT, "priority %d: %d to %d",
                     report->priority, WATS_OUTBOX_FIRST, WATS_OUTBOX_LAST);
  if (!*report->target || strlen(report->target) > WATS_OUTBOX_TARGET)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "the target must have 1 to %d characters",
                     WATS_OUTBOX_TARGET);
  if (report->length > WATS_OUTBOX_MAX_BODY)
    return wats_fail(error, WATS_ERR_TOO_LARGE,
                     "a report of %zu bytes: at most %llu are taken in",
                     report->length, (unsigned long long)WATS_OUTBOX_MAX_BODY);
  return WATS_OK;
}

static enum wats_errc into_database(struct wats_outbox *o,
                                    struct submission *submission,
                                    struct wats_error *error)
{
  const struct wats_outbox_work work = {put_all, submission, .writes = true,
                                        .reports = submission->reports,
                                        .reports_count = submission->count};
  enum wats_db_trouble trouble = WATS_DB_FINE;
  struct wats_error why;
  enum wats_errc code = wats_outbox_transact(o, &work, &trouble, &why);
  if (code == WATS_OK) return code;
  if (code == WATS_ERR_MEMORY ||
      (code == WATS_ERR_QUEUE_FULL && trouble == WATS_DB_FINE))
    return wats_fail(error, code, "%s", why.message);
  return wats_outbox_take_to_boat(o, submission->reports, submission->count,
                                  submission->receipts, trouble, &why, error);
}

enum wats_errc wats_outbox_submit(struct wats_outbox *o,
                                  const struct wats_outbox_report *reports,
                                  size_t count,
                                  enum wats_outbox_receipt *receipts,
                                  struct wats_error *error)
{
  struct submission submission = {reports, count, NULL, receipts};
  uint32_t few[8], *sums = few;
  enum wats_errc code = WATS_OK;
  size_t i;
  for (i = 0; i < count && code == WATS_OK; i++)
    code = check(&reports[i], error);
  if (code != WATS_OK || !count) return code;
  if (count > sizeof few / sizeof *few) {
    sums = wats_calloc(count, sizeof *sums);
    if (!sums) return wats_fail_memory(error);
  }
  /* Here, where nobody waits for it. */
  for (i = 0; i < count; i++) {
    struct wats_outbox_entry e;
    wats_outbox_describe(&reports[i], &e);
    sums[i] = wats_outbox_crc(&e, reports[i].target, reports[i].body,
                              reports[i].length);
  }
  submission.sums = sums;
  code = into_database(o, &submission, error);
  if (sums != few) wats_free(sums);
  return code;
}

#endif
