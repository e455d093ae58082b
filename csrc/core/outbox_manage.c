/*
** outbox_manage.c - what a person does, and what concerns all reports of a
** target.
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <sqlite3.h>
#include <string.h>

/* Rows that are changed before others have their turn. */
#define PIECE 500

static enum wats_errc change(struct wats_outbox *o,
                             void (*run)(struct wats_outbox *o, void *context),
                             void *context, const unsigned char *uuid,
                             struct wats_error *error)
{
  const struct wats_outbox_work work = {run, context, .writes = true,
                                        .uuid = uuid};
  struct wats_error why;
  enum wats_errc code = wats_outbox_transact(o, &work, NULL, &why);
  if (code == WATS_OK) return code;
  if (code == WATS_ERR_TIMEOUT) code = WATS_ERR_IO;
  return wats_fail(error, code, "%s", why.message);
}

/* ---- one report --------------------------------------------------------- */

struct order {
  const unsigned char *uuid;
  bool (*act)(struct wats_outbox *o, const struct wats_outbox_entry *e);
  enum wats_outbox_done done;
};

/* Who sent it may have ended, and nobody who delivers there may ever come. */
static bool is_sending(struct wats_outbox *o, const struct wats_outbox_entry *e)
{
  struct wats_outbox_entry now;
  if (e->state != WATS_OUTBOX_IN_FLIGHT) return false;
  wats_outbox_lapse_all(o, e->target);
  return wats_outbox_find(o, wats_outbox_bind(o, WATS_SQL_BY_SEQ, "i", e->seq),
                          &now) &&
         now.state == WATS_OUTBOX_IN_FLIGHT;
}

/* All its rows, unless one is in flight. */
static void carry_out(struct wats_outbox *o, void *context)
{
  struct order *order = context;
  struct wats_outbox_entry e;
  int64_t after = 0;
  order->done = WATS_OUTBOX_NOT_THERE;
  while (wats_outbox_find(
      o, wats_outbox_bind(o, WATS_SQL_OF_UUID, "ui", order->uuid, after), &e)) {
    after = e.seq;
    if (is_sending(o, &e)) {
      order->done = WATS_OUTBOX_IS_SENDING;
      return;
    }
  }
  for (after = 0; wats_outbox_find(
           o, wats_outbox_bind(o, WATS_SQL_OF_UUID, "ui", order->uuid, after),
           &e);
       after = e.seq) {
    order->done = WATS_OUTBOX_DONE;
    if (order->act(o, &e)) o->changed = true;
  }
}

static bool retry(struct wats_outbox *o, const struct wats_outbox_entry *e)
{
  if (e->state == WATS_OUTBOX_DEAD) {
    wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_REVIVE, "i", e->seq));
    wats_outbox_run(o,
                    wats_outbox_bind(o, WATS_SQL_REMOVE_ANSWER, "i", e->seq));
    wats_outbox_arrange(o, e);
    wats_outbox_tell_referring(o, e);
  } else {
    wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_DUE_NOW, "i", e->seq));
    wats_outbox_arrange(o, e);
  }
  return true;
}

static bool discard(struct wats_outbox *o, const struct wats_outbox_entry *e)
{
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_REMOVE, "i", e->seq));
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_COUNT, "iiii", e->target,
                                      (int64_t)0, (int64_t)0, (int64_t)1));
  wats_outbox_left(o, e);
  return true;
}

enum wats_errc wats_outbox_retry(struct wats_outbox *o,
                                 const unsigned char uuid[WATS_UUID],
                                 enum wats_outbox_done *done,
                                 struct wats_error *error)
{
  struct order order = {uuid, retry, WATS_OUTBOX_NOT_THERE};
  enum wats_errc code = change(o, carry_out, &order, uuid, error);
  if (code == WATS_OK) *done = order.done;
  return code;
}

enum wats_errc wats_outbox_discard(struct wats_outbox *o,
                                   const unsigned char uuid[WATS_UUID],
                                   enum wats_outbox_done *done,
                                   struct wats_error *error)
{
  struct order order = {uuid, discard, WATS_OUTBOX_NOT_THERE};
  enum wats_errc code = change(o, carry_out, &order, uuid, error);
  if (code == WATS_OK) *done = order.done;
  return code;
}

/* ---- all of a target ---------------------------------------------------- */

struct walk {
  const char *url;
  int64_t spread_ms;
  int64_t begun_priority, begun_after; /* this piece */
  int64_t priority, after;             /* the next one */
  bool ended;
};

static void expedite_piece(struct wats_outbox *o, void *context)
{
  struct walk *w = context;
  int64_t target = wats_outbox_target(o, w->url, false);
  w->ended = true;
  wats_outbox_run(
      o, wats_outbox_bind(o, WATS_SQL_EXPEDITE, "ii", target, (int64_t)PIECE));
  if (o->result != WATS_OK || !sqlite3_changes(o->db)) return;
  o->changed = true;
  w->ended = sqlite3_changes(o->db) < PIECE;
}

/* By priority, and within one in the order of arrival: what comes to wait
** meanwhile does so because of a later failure. */
static void spread_piece(struct wats_outbox *o, void *context)
{
  struct walk *w = context;
  int64_t target = wats_outbox_target(o, w->url, false), last;
  w->priority = w->begun_priority;
  w->after = w->begun_after;
  if (w->after < 0) { /* on to the next priority */
    w->priority = wats_outbox_number(
        o, wats_outbox_bind(o, WATS_SQL_NEXT_PRIORITY, "iii", target,
                            (int64_t)WATS_OUTBOX_WAITING, w->priority));
    w->after = 0;
  }
  w->ended = w->priority < 0;
  if (w->ended) return;
  last = wats_outbox_number(o, wats_outbox_bind(o, WATS_SQL_PIECE, "iiii",
                                                target, w->priority, w->after,
                                                (int64_t)PIECE));
  if (last > 0) {
    wats_outbox_run(o,
                    wats_outbox_bind(o, WATS_SQL_SPREAD, "iiiiii", target,
                                     w->priority, w->after, last,
                                     wats_outbox_wall_ms(o), w->spread_ms + 1));
    if (o->result == WATS_OK && sqlite3_changes(o->db)) o->changed = true;
  }
  w->after = last; /* -1: that was all of it */
}

static enum wats_errc walk(struct wats_outbox *o, struct walk *w,
                           void (*piece)(struct wats_outbox *o, void *context),
                           struct wats_error *error)
{
  enum wats_errc code = WATS_OK;
  while (code == WATS_OK && !w->ended) {
    w->begun_priority = w->priority;
    w->begun_after = w->after;
    code = change(o, piece, w, NULL, error);
  }
  return code;
}

enum wats_errc wats_outbox_expedite(struct wats_outbox *o, const char *target,
                                    struct wats_error *error)
{
  struct walk w = {.url = target};
  return walk(o, &w, expedite_piece, error);
}

enum wats_errc wats_outbox_recovered(struct wats_outbox *o, const char *target,
                                     int64_t spread_ns,
                                     struct wats_error *error)
{
  struct walk w = {.url = target,
                   .spread_ms = spread_ns / WATS_NS_PER_MS,
                   .priority = INT64_MIN,
                   .after = -1};
  return walk(o, &w, spread_piece, error);
}

struct pause {
  const char *url, *reason;
};

static void set_paused(struct wats_outbox *o, void *context)
{
  const struct pause *p = context;
  int64_t target = wats_outbox_target(o, p->url, *p->reason != '\0');
  if (!target) return;
  wats_outbox_run(o,
                  wats_outbox_bind(o, WATS_SQL_PAUSE, "it", target, p->reason));
  if (o->result == WATS_OK && sqlite3_changes(o->db)) o->changed = true;
}

enum wats_errc wats_outbox_pause(struct wats_outbox *o, const char *target,
                                 const char *reason, struct wats_error *error)
{
  struct wats_error room = {WATS_OK, ""};
  struct pause p = {target, room.message};
  if (reason) (void)wats_fail(&room, WATS_ERR_IO, "%s", reason);
  return change(o, set_paused, &p, NULL, error);
}

#endif
