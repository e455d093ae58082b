/*
** outbox_salvage.c - see outbox_salvage.h.
**
** Tables are walked by key. Where a page cannot be read, the walk looks for the
** next key that can be, in growing steps, and then back in halves: so it goes
** on right behind the damage, whatever it hit.
*/
#include "outbox_salvage.h"

#ifndef WATS_WITHOUT_QUEUE

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "outbox_salvage_old.h"

/* What is committed at once in the new file. */
#define PIECE_ROWS  1000
#define PIECE_BYTES (16 << 20)
static const char damaged[] = "it was damaged in the queue's file";

struct salvage {
  struct wats_outbox *o;
  struct wats_salvage_old old;
  struct wats_outbox_salvaged *counts;
  size_t rows, bytes;  /* since the last commit */
  uint64_t taken_over; /* rows */
};

/* ---- the new file ---------------------------------------------------------
 */

static bool run(struct wats_outbox *o, const char *statements)
{
  struct wats_error why;
  enum wats_db_trouble trouble = WATS_DB_FAILED;
  enum wats_errc code;
  if (o->result != WATS_OK) return false;
  code = wats_db_run(o->db, statements, &trouble, &why);
  if (trouble == WATS_DB_FULL) code = WATS_ERR_QUEUE_FULL;
  if (code == WATS_OK) return true;
  return wats_outbox_failed(o, code, trouble, why.message);
}

static void commit_piece(struct salvage *s, size_t bytes)
{
  s->rows++;
  s->bytes += bytes;
  if (s->rows < PIECE_ROWS && s->bytes < PIECE_BYTES) return;
  if (run(s->o, "COMMIT")) (void)run(s->o, "BEGIN IMMEDIATE");
  s->rows = s->bytes = 0;
}

/* A revision that the new file has not: where a number was damaged, or a tree
** shows a row twice. False: it has this very row. */
static bool make_unique(struct salvage *s, struct wats_outbox_entry *e)
{
  struct wats_outbox *o = s->o;
  struct wats_outbox_entry there;
  if (wats_outbox_number(o, wats_outbox_bind(o, WATS_SQL_HAS_REVISION, "uii",
                                             e->uuid, e->target, e->rev)) < 0)
    return o->result == WATS_OK;
  if (!wats_outbox_find(
          o, wats_outbox_bind(o, WATS_SQL_NEWEST, "ui", e->uuid, e->target),
          &there) ||
      there.crc == e->crc)
    return false;
  e->rev = there.rev + 1;
  return true;
}

static bool has_row(struct salvage *s, int64_t seq)
{
  struct wats_outbox_entry e;
  return wats_outbox_find(
      s->o, wats_outbox_bind(s->o, WATS_SQL_BY_SEQ, "i", seq), &e);
}

static void insert(struct salvage *s, struct wats_outbox_entry *e,
                   const struct wats_salvage_lease *lease, const char *body,
                   size_t length)
{
  struct wats_outbox *o = s->o;
  bool in_flight = e->state == WATS_OUTBOX_IN_FLIGHT;
  if (!make_unique(s, e)) return;
  wats_outbox_run(
      o,
      wats_outbox_bind(
          o, WATS_SQL_SALVAGE, "iuiiittuiiiiiiiiiiuiiitii", e->seq, e->uuid,
          e->rev, e->target, (int64_t)e->type, e->part, e->serial,
          e->has_reference ? e->reference : NULL, (int64_t)e->priority,
          (int64_t)e->state, e->created_ms, e->due_ms, e->hold_ms, e->died_ms,
          (int64_t)e->attempts, (int64_t)e->rejections, (int64_t)e->rejection,
          (int64_t)e->outage, in_flight && e->has_token ? e->token : NULL,
          (int64_t)e->last_status, e->length, (int64_t)e->crc, e->reason,
          in_flight ? lease->boot : (int64_t)0,
          in_flight ? lease->until_ms : (int64_t)0));
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_REPLACE_BODY, "ib", e->seq,
                                      (const void *)body, length));
  commit_piece(s, length);
  s->taken_over++;
}

/* ---- reports --------------------------------------------------------------
 */

/* Of what is not covered by the CRC nothing may keep a row from being sent. */
static void straighten(struct wats_outbox_entry *e)
{
  if (e->rev < 1) e->rev = 1;
  if (e->created_ms < 0) e->created_ms = 0;
  if (e->hold_ms != -1) e->hold_ms = 0;
  if (e->died_ms < 0) e->died_ms = 0;
  if (e->state == WATS_OUTBOX_IN_FLIGHT && !e->has_token)
    e->state = WATS_OUTBOX_BLOCKED; /* nobody could settle it */
  /* Which may go is worked out anew. */
  if (e->state == WATS_OUTBOX_READY || e->state == WATS_OUTBOX_WAITING)
    e->state = WATS_OUTBOX_BLOCKED;
}

static void keep_answer(struct salvage *s, int64_t seq)
{
  const void *answer;
  size_t length;
  if (!wats_salvage_answer(&s->old, seq, &answer, &length)) return;
  wats_outbox_run(s->o, wats_outbox_bind(s->o, WATS_SQL_KEEP_ANSWER, "ib", seq,
                                         answer, length));
  wats_salvage_answer_end(&s->old);
}

/* Known by its uuid, and never to be sent. */
static void take_damaged(struct salvage *s, struct wats_outbox_entry *e,
                         const char *body, size_t length)
{
  static const struct wats_salvage_lease none = {0, 0};
  if (body) (void)wats_outbox_quarantine(s->o, e->seq, e->uuid, body, length);
  s->counts->quarantined++;
  e->target =
      wats_outbox_target(s->o, wats_salvage_likely(&s->old, e->target), true);
  e->state = WATS_OUTBOX_DEAD;
  e->died_ms = wats_outbox_wall_ms(s->o);
  e->due_ms = e->hold_ms = 0;
  if (e->rev < 1) e->rev = 1;
  if (e->priority < WATS_OUTBOX_FIRST || e->priority > WATS_OUTBOX_LAST)
    e->priority = WATS_OUTBOX_USUAL;
  if (e->length < 0 || e->length > (int64_t)WATS_OUTBOX_MAX_BODY)
    e->length = (int64_t)length;
  (void)snprintf(e->reason, sizeof e->reason, "%s", damaged);
  insert(s, e, &none, body ? body : "", length);
}

static void take_report(struct salvage *s, struct wats_outbox_entry *e,
                        const struct wats_salvage_lease *lease)
{
  const char *body = NULL, *url = NULL;
  size_t length = 0;
  if (e->seq <= 0 || has_row(s, e->seq)) return;
  if (wats_salvage_body(&s->old, e->seq, &body, &length) && e->sound &&
      (int64_t)length == e->length)
    url = wats_salvage_vouch(&s->old, e, body, length);
  if (!url) {
    take_damaged(s, e, body, length);
  } else {
    straighten(e);
    e->target = wats_outbox_target(s->o, url, true);
    insert(s, e, lease, body, length);
    if (e->state == WATS_OUTBOX_DEAD) {
      s->counts->dead++;
      keep_answer(s, e->seq);
    } else
      s->counts->living++;
  }
  wats_salvage_body_end(&s->old);
}

static void take_reports(struct salvage *s)
{
  struct wats_outbox_entry e;
  struct wats_salvage_lease lease;
  while (s->o->result == WATS_OK &&
         wats_salvage_next_report(&s->old, &e, &lease))
    take_report(s, &e, &lease);
}

/* A body whose row is gone: nothing vouches for it, but it says whose it is. */
static void take_orphan(struct salvage *s, int64_t seq)
{
  struct wats_report_head head;
  struct wats_outbox_entry e;
  const char *body = NULL;
  size_t length = 0;
  if (seq <= 0 || has_row(s, seq) ||
      !wats_salvage_body(&s->old, seq, &body, &length))
    return;
  memset(&e, 0, sizeof e);
  e.seq = seq;
  e.length = (int64_t)length;
  if (wats_report_head_read(body, length, &head, NULL) == WATS_OK) {
    struct wats_outbox_report report = {.head = head, .length = length};
    wats_outbox_describe(&report, &e);
    e.seq = seq;
    e.created_ms = wats_outbox_wall_ms(s->o);
    /* no CRC that would fit by chance */
    e.crc = ~wats_outbox_crc(&e, wats_salvage_likely(&s->old, 0), body, length);
    take_damaged(s, &e, body, length);
  } else if (wats_outbox_quarantine(s->o, seq, NULL, body, length))
    s->counts->quarantined++;
  wats_salvage_body_end(&s->old);
}

static void take_orphans(struct salvage *s)
{
  int64_t seq;
  while (s->o->result == WATS_OK && wats_salvage_next_body(&s->old, &seq))
    take_orphan(s, seq);
}

/* ---- the rest -------------------------------------------------------------
 */

static void take_tombstones(struct salvage *s)
{
  struct wats_salvage_tombstone t;
  struct wats_outbox *o = s->o;
  while (o->result == WATS_OK && wats_salvage_next_tombstone(&s->old, &t)) {
    wats_outbox_run(
        o,
        wats_outbox_bind(
            o, WATS_SQL_ADD_TOMBSTONE, "uibii", t.uuid,
            wats_outbox_target(o, wats_salvage_likely(&s->old, t.target), true),
            (const void *)t.digest, sizeof t.digest, t.sent_ms, t.status));
    commit_piece(s, 0);
    s->counts->tombstones++;
  }
}

static int64_t not_negative(int64_t number)
{
  return number < 0 ? 0 : number;
}

static void take_targets(struct salvage *s)
{
  struct wats_outbox *o = s->o;
  size_t i;
  for (i = 0; i < s->old.count && o->result == WATS_OK; i++) {
    const struct wats_salvage_target *t = &s->old.targets[i];
    int64_t id;
    if (!t->has_figures) continue;
    id = wats_outbox_target(o, wats_salvage_likely(&s->old, t->id), true);
    wats_outbox_run(o, wats_outbox_bind(
                           o, WATS_SQL_COUNT, "iiii", id, not_negative(t->sent),
                           not_negative(t->died), not_negative(t->discarded)));
    if (*t->paused)
      wats_outbox_run(o,
                      wats_outbox_bind(o, WATS_SQL_PAUSE, "it", id, t->paused));
  }
}

static void arrange(struct salvage *s)
{
  struct wats_outbox *o = s->o;
  struct wats_outbox_entry e = {0};
  while (
      o->result == WATS_OK &&
      wats_outbox_find(
          o, wats_outbox_bind(o, WATS_SQL_LIST, "ii", e.seq, (int64_t)1), &e)) {
    if (e.state == WATS_OUTBOX_BLOCKED) wats_outbox_arrange(o, &e);
    commit_piece(s, 0);
  }
}

enum wats_errc wats_outbox_salvage(struct wats_outbox *o,
                                   struct wats_outbox_salvaged *counts)
{
  struct salvage s = {.o = o, .counts = counts};
  enum wats_errc code = wats_salvage_open(&s.old, o->path, o, &o->why);
  if (code != WATS_OK) return o->result = code;
  if (run(o, "BEGIN IMMEDIATE")) {
    take_reports(&s);
    take_orphans(&s);
    take_tombstones(&s);
    take_targets(&s);
    arrange(&s);
    if (s.old.expected > s.taken_over)
      counts->lost = s.old.expected - s.taken_over;
    (void)run(o, "COMMIT");
  }
  wats_salvage_close(&s.old);
  return o->result;
}

#endif
