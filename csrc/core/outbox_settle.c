/*
** outbox_settle.c - what came of a claim, and what follows for its row.
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <string.h>

#include "log.h"

static void remove_row(struct wats_outbox *o, const struct wats_outbox_entry *e)
{
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_REMOVE, "i", e->seq));
  wats_outbox_left(o, e);
}

/* The reason, cut between characters. */
static const char *cut(struct wats_error *room, const char *reason)
{
  (void)wats_fail(room, WATS_ERR_IO, "%s", reason ? reason : "");
  return room->message;
}

/* ---- a newer body waits ------------------------------------------------- */

/* The one that was in flight is not tried again then: the newer one takes its
** place, or goes to that of its own unit. */
static bool give_way(struct wats_outbox *o, const struct wats_outbox_entry *e,
                     int64_t due_ms, bool outage)
{
  struct wats_outbox_entry newer;
  if (!wats_outbox_find(o,
                        wats_outbox_bind(o, WATS_SQL_LATER, "uii", e->uuid,
                                         e->target, e->rev),
                        &newer))
    return false;
  if (strcmp(e->part, newer.part) != 0 ||
      strcmp(e->serial, newer.serial) != 0 ||
      e->has_reference != newer.has_reference ||
      memcmp(e->reference, newer.reference, WATS_UUID) != 0) {
    remove_row(o, e);
    return true;
  }
  wats_outbox_run(
      o, wats_outbox_bind(o, WATS_SQL_MOVE_BODY, "ii", newer.seq, e->seq));
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_REMOVE, "i", newer.seq));
  wats_outbox_run(
      o, wats_outbox_bind(o, WATS_SQL_REPLACE, "iiiiiii", e->seq,
                          (int64_t)newer.type, (int64_t)newer.priority, due_ms,
                          newer.length, (int64_t)newer.crc, (int64_t)outage));
  wats_outbox_run(
      o, wats_outbox_bind(o, WATS_SQL_TAKE_PLACE, "ii", e->seq, newer.rev));
  wats_outbox_arrange(o, e);
  return true;
}

/* ---- back among those that wait ----------------------------------------- */

struct comeback {
  int64_t delay_ns;
  unsigned attempts, rejections;
  uint32_t rejection;
  bool outage;
  int status;
  const char *reason;
};

static void come_back(struct wats_outbox *o, const struct wats_outbox_entry *e,
                      const struct comeback *c)
{
  int64_t delay_ns =
      c->delay_ns < WATS_OUTBOX_MAX_DELAY ? c->delay_ns : WATS_OUTBOX_MAX_DELAY;
  int64_t due_ms = delay_ns > 0
                       ? wats_outbox_wall_ms(o) +
                             (delay_ns + WATS_NS_PER_MS - 1) / WATS_NS_PER_MS
                       : 0;
  int64_t state = due_ms ? WATS_OUTBOX_WAITING : WATS_OUTBOX_READY;
  if (due_ms && delay_ns > WATS_OUTBOX_MAX_DELAY - WATS_NS_PER_MS)
    due_ms--; /* not to be taken for a wrong one */
  if (give_way(o, e, due_ms, c->outage)) return;
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_BACK, "iiiiiiiit", e->seq,
                                      state, due_ms, (int64_t)c->attempts,
                                      (int64_t)c->rejections,
                                      (int64_t)c->rejection, (int64_t)c->outage,
                                      (int64_t)c->status, c->reason));
  wats_outbox_arrange(o, e);
}

static void lapse(struct wats_outbox *o, const struct wats_outbox_entry *e)
{
  const struct comeback c = {0,
                             e->attempts + 1,
                             e->rejections,
                             e->rejection,
                             e->outage,
                             e->last_status,
                             "who was sending it ended, or took too long"};
  come_back(o, e, &c);
}

void wats_outbox_lapse_all(struct wats_outbox *o, int64_t target)
{
  const int64_t longest = WATS_OUTBOX_MAX_LEASE / WATS_NS_PER_MS;
  int64_t now = wats_outbox_boot_ms(o);
  struct wats_outbox_entry e;
  while (wats_outbox_find(o,
                          wats_outbox_bind(o, WATS_SQL_LAPSED, "iiii", target,
                                           (int64_t)o->boot_id, now,
                                           now + longest),
                          &e))
    lapse(o, &e);
}

static void retry(struct wats_outbox *o, const struct wats_outbox_entry *e,
                  const struct wats_outbox_settlement *s)
{
  struct wats_error room;
  struct comeback c = {s->delay_ns,          e->attempts + 1, e->rejections,
                       e->rejection,         s->outage,       s->status,
                       cut(&room, s->reason)};
  if (s->rejected) {
    c.rejections = e->rejections + 1;
    c.rejection = s->rejection;
  } else if (s->status) { /* an answer that did not */
    c.rejections = 0;
    c.rejection = 0;
  }
  come_back(o, e, &c);
}

static void release(struct wats_outbox *o, const struct wats_outbox_entry *e,
                    const struct wats_outbox_settlement *s)
{
  const struct comeback c = {s->delay_ns,  e->attempts, e->rejections,
                             e->rejection, e->outage,   e->last_status,
                             e->reason};
  come_back(o, e, &c);
}

/* ---- done with, one way or the other ------------------------------------ */

static void confirm(struct wats_outbox *o, const struct wats_outbox_entry *e,
                    const struct wats_outbox_settlement *s,
                    const unsigned char digest[WATS_SHA256_SIZE],
                    struct wats_outbox_sums *sums)
{
  wats_outbox_run(o, wats_outbox_bind(
                         o, WATS_SQL_ADD_TOMBSTONE, "uibii", e->uuid, e->target,
                         (const void *)digest, (size_t)WATS_SHA256_SIZE,
                         wats_outbox_wall_ms(o), (int64_t)s->status));
  remove_row(o, e);
  sums->sent++;
  o->delta.sent++;
}

static void bury(struct wats_outbox *o, const struct wats_outbox_entry *e,
                 const struct wats_outbox_settlement *s,
                 struct wats_outbox_sums *sums)
{
  struct wats_error room;
  size_t length = s->answer_length < WATS_OUTBOX_ANSWER ? s->answer_length
                                                        : WATS_OUTBOX_ANSWER;
  if (give_way(o, e, 0, false)) return;
  wats_outbox_run(
      o, wats_outbox_bind(o, WATS_SQL_BURY, "iiiiiit", e->seq,
                          wats_outbox_wall_ms(o), (int64_t)e->attempts + 1,
                          (int64_t)e->rejections + (s->rejected ? 1 : 0),
                          (int64_t)(s->rejected ? s->rejection : e->rejection),
                          (int64_t)s->status, cut(&room, s->reason)));
  if (s->answer)
    wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_KEEP_ANSWER, "ib", e->seq,
                                        (const void *)s->answer, length));
  wats_outbox_left(o, e);
  sums->died++;
  o->delta.dead++;
}

void wats_outbox_settle(struct wats_outbox *o,
                        struct wats_outbox_settlement *settlement,
                        const unsigned char digest[WATS_SHA256_SIZE],
                        struct wats_outbox_sums *sums)
{
  const struct wats_outbox_claim *claim = settlement->claim;
  struct wats_outbox_entry e;
  settlement->lost =
      !wats_outbox_find(
          o, wats_outbox_bind(o, WATS_SQL_BY_SEQ, "i", claim->seq), &e) ||
      e.state != WATS_OUTBOX_IN_FLIGHT || !e.has_token ||
      memcmp(e.token, claim->token, sizeof e.token) != 0;
  if (settlement->lost) {
    o->delta.lost_leases++;
    return;
  }
  switch (settlement->outcome) {
  case WATS_OUTBOX_SENT:
    confirm(o, &e, settlement, digest, sums);
    break;
  case WATS_OUTBOX_RETRY:
    retry(o, &e, settlement);
    break;
  case WATS_OUTBOX_RELEASE:
    release(o, &e, settlement);
    break;
  case WATS_OUTBOX_BURY:
    bury(o, &e, settlement, sums);
    break;
  }
}

/* ---- damage ------------------------------------------------------------- */

void wats_outbox_set_row_aside(struct wats_outbox *o,
                               const struct wats_outbox_entry *e,
                               const char *body, size_t length,
                               struct wats_outbox_sums *sums)
{
  if (body) (void)wats_outbox_quarantine(o, e->seq, e->uuid, body, length);
  wats_log(WATS_LOG_ERROR, WATS_LOG_ALL,
           "a report in the queue is damaged: it is not sent",
           (struct wats_log_field[]){wats_log_text("path", o->path),
                                     wats_log_integer("row", e->seq)},
           2);
  wats_outbox_run(
      o, wats_outbox_bind(o, WATS_SQL_BURY, "iiiiiit", e->seq,
                          wats_outbox_wall_ms(o), (int64_t)e->attempts,
                          (int64_t)e->rejections, (int64_t)e->rejection,
                          (int64_t)e->last_status,
                          "it was damaged in the queue's file"));
  wats_outbox_left(o, e);
  sums->died++;
  o->delta.dead++;
  o->delta.damaged++;
}

#endif
