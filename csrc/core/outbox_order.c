/*
** outbox_order.c - which reports wait for which.
**
** A living row is blocked by
**   - an earlier living row of its unit (target, part and serial number), and
**     by any row of it that is in flight,
**   - an earlier body of its uuid, which is in flight (else the new one would
**     have taken its place), but not one that was found damaged and is dead,
**   - of a repair: the test that it refers to, while that lives and came
**     earlier, or is dead, for ORDER_TIMEOUT since it died or the repair came.
** This is worked out when a row comes and when one of these leaves, and then
** stands in the row. So no more than one row of a unit is not BLOCKED, and who
** claims never searches.
**
** Each reason points to a row that came earlier, is in flight, or is dead: no
** two rows can wait for each other. A row that comes back to life keeps its
** place, so that the repair of it comes after it still.
**
** hold_ms of a row: until when a dead test holds up its repair; 0: none does;
** -1: none shall, a person said so.
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <sqlite3.h>
#include <string.h>

static void set_state(struct wats_outbox *o, int64_t seq,
                      enum wats_outbox_state state, int64_t hold_ms)
{
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_SET_STATE, "iii", seq,
                                      (int64_t)state, hold_ms));
}

static bool has_earlier(struct wats_outbox *o,
                        const struct wats_outbox_entry *e)
{
  return e->rev > 1 && wats_outbox_number(
                           o, wats_outbox_bind(o, WATS_SQL_EARLIER, "uii",
                                               e->uuid, e->target, e->rev)) > 0;
}

/* 0: it is not held up; -1: for as long as the test lives; else until when. */
static int64_t hold_by_reference(struct wats_outbox *o,
                                 const struct wats_outbox_entry *e)
{
  const int64_t longest = WATS_OUTBOX_ORDER_TIMEOUT / WATS_NS_PER_MS;
  int64_t now = wats_outbox_wall_ms(o), hold = 0, until;
  struct sqlite3_stmt *s;
  if (!e->has_reference || memcmp(e->reference, e->uuid, WATS_UUID) == 0)
    return 0;
  s = wats_outbox_bind(o, WATS_SQL_REFERENCE, "ui", e->reference, e->target);
  while (hold >= 0 && wats_outbox_step(o, s)) {
    bool dead = sqlite3_column_int(s, 1) == WATS_OUTBOX_DEAD;
    int64_t since = sqlite3_column_int64(s, 2);
    if (!dead && (!e->seq || sqlite3_column_int64(s, 0) < e->seq)) {
      hold = -1;
    } else if (dead && e->hold_ms != -1) {
      if (e->created_ms > since) since = e->created_ms;
      until = since + longest;
      if (until > now && until - now <= longest && until > hold) hold = until;
    }
  }
  wats_outbox_end(s);
  return hold;
}

static enum wats_outbox_state free_state(struct wats_outbox *o,
                                         const struct wats_outbox_entry *e)
{
  int64_t ahead = e->due_ms - wats_outbox_wall_ms(o);
  return ahead > 0 && ahead <= WATS_OUTBOX_MAX_DELAY / WATS_NS_PER_MS
             ? WATS_OUTBOX_WAITING
             : WATS_OUTBOX_READY;
}

/* A row that is not in flight, and that its unit does not block. */
static void judge(struct wats_outbox *o, const struct wats_outbox_entry *e)
{
  int64_t hold = 0, kept = e->hold_ms == -1 ? -1 : 0;
  enum wats_outbox_state state = WATS_OUTBOX_BLOCKED;
  if (!has_earlier(o, e)) {
    hold = hold_by_reference(o, e);
    if (hold == 0) {
      state = e->state == WATS_OUTBOX_BLOCKED ? free_state(o, e) : e->state;
    } else if (hold > 0) {
      kept = hold;
    }
  }
  if (o->result == WATS_OK && (state != e->state || kept != e->hold_ms))
    set_state(o, e->seq, state, kept);
}

static bool load(struct wats_outbox *o, int64_t seq,
                 struct wats_outbox_entry *out)
{
  return seq > 0 && wats_outbox_find(
                        o, wats_outbox_bind(o, WATS_SQL_BY_SEQ, "i", seq), out);
}

static void block(struct wats_outbox *o, int64_t seq)
{
  struct wats_outbox_entry e;
  if (load(o, seq, &e))
    set_state(o, seq, WATS_OUTBOX_BLOCKED, e.hold_ms == -1 ? -1 : 0);
}

static int64_t smaller(int64_t a, int64_t b)
{
  if (!a || !b) return a ? a : b;
  return a < b ? a : b;
}

/* The first of the unit may go, the others wait for it. */
static void arrange_unit(struct wats_outbox *o, int64_t target,
                         const char *serial, const char *part)
{
  struct sqlite3_stmt *s =
      wats_outbox_bind(o, WATS_SQL_UNIT, "itt", target, serial, part);
  int64_t ready, waiting, blocked, in_flight, first;
  struct wats_outbox_entry e;
  if (!wats_outbox_step(o, s)) return;
  ready = sqlite3_column_int64(s, WATS_OUTBOX_READY); /* NULL: 0 */
  waiting = sqlite3_column_int64(s, WATS_OUTBOX_WAITING);
  blocked = sqlite3_column_int64(s, WATS_OUTBOX_BLOCKED);
  in_flight = sqlite3_column_int64(s, WATS_OUTBOX_IN_FLIGHT);
  wats_outbox_end(s);
  first = in_flight ? 0 : smaller(smaller(ready, waiting), blocked);
  if (ready && ready != first) block(o, ready);
  if (waiting && waiting != first) block(o, waiting);
  if (load(o, first, &e)) judge(o, &e);
}

void wats_outbox_arrange(struct wats_outbox *o,
                         const struct wats_outbox_entry *e)
{
  struct wats_outbox_entry now;
  if (*e->serial)
    arrange_unit(o, e->target, e->serial, e->part);
  else if (load(o, e->seq, &now) && now.state != WATS_OUTBOX_DEAD &&
           now.state != WATS_OUTBOX_IN_FLIGHT)
    judge(o, &now);
}

void wats_outbox_tell_referring(struct wats_outbox *o,
                                const struct wats_outbox_entry *e)
{
  struct wats_outbox_entry other;
  int64_t after = 0;
  while (wats_outbox_find(
      o,
      wats_outbox_bind(o, WATS_SQL_REFERRING, "uii", e->uuid, e->target, after),
      &other)) {
    after = other.seq;
    if (other.state >= WATS_OUTBOX_IN_FLIGHT) continue;
    if (other.hold_ms > 0) set_state(o, other.seq, WATS_OUTBOX_BLOCKED, 0);
    wats_outbox_arrange(o, &other);
  }
}

void wats_outbox_left(struct wats_outbox *o, const struct wats_outbox_entry *e)
{
  struct wats_outbox_entry next;
  if (*e->serial) arrange_unit(o, e->target, e->serial, e->part);
  if (wats_outbox_find(o,
                       wats_outbox_bind(o, WATS_SQL_LATER, "uii", e->uuid,
                                        e->target, e->rev),
                       &next) &&
      next.state == WATS_OUTBOX_BLOCKED)
    wats_outbox_arrange(o, &next);
  wats_outbox_tell_referring(o, e);
}

bool wats_outbox_is_free(struct wats_outbox *o,
                         const struct wats_outbox_entry *e)
{
  if (*e->serial && wats_outbox_number(
                        o, wats_outbox_bind(o, WATS_SQL_UNIT_LIVES, "itt",
                                            e->target, e->serial, e->part)) > 0)
    return false;
  return !has_earlier(o, e) && hold_by_reference(o, e) == 0;
}

#endif
