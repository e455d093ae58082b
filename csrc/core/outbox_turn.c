/*
** outbox_turn.c - one turn of who delivers.
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <sqlite3.h>
#include <string.h>

#include "alloc.h"
#include "random.h"

/* How many become due in one turn. More follow in the next. */
#define AT_ONCE 256

void wats_outbox_claim_free(struct wats_outbox_claim *claim)
{
  wats_free(claim->body);
  claim->body = NULL;
  claim->length = 0;
}

struct turn {
  struct wats_outbox_turn *turn;
  unsigned char (*digests)[WATS_SHA256_SIZE]; /* of the settlements' bodies */
  unsigned char *tokens;                      /* for the claims */
  int64_t target, wall_ms, boot_ms;
  struct wats_outbox_sums sums;
  bool more; /* is due */
};

/* ---- due ---------------------------------------------------------------- */

/* The next priority of which there are rows in that state; -1: there is none.
 */
static int64_t next_priority(struct wats_outbox *o, int64_t target,
                             enum wats_outbox_state state, int64_t after)
{
  return wats_outbox_number(o,
                            wats_outbox_bind(o, WATS_SQL_NEXT_PRIORITY, "iii",
                                             target, (int64_t)state, after));
}

/* The first to be sent first: those of low priority wait for the next turn. */
static void promote_all(struct wats_outbox *o, struct turn *t)
{
  const int64_t latest = t->wall_ms + WATS_OUTBOX_MAX_DELAY / WATS_NS_PER_MS;
  int64_t priority = INT64_MIN, room = AT_ONCE;
  while (room > 0 && (priority = next_priority(
                          o, t->target, WATS_OUTBOX_WAITING, priority)) > -1) {
    wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_PROMOTE, "iiii", t->target,
                                        priority, t->wall_ms, room));
    if (o->result == WATS_OK) room -= sqlite3_changes(o->db);
    if (room <= 0) break;
    wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_PROMOTE_AHEAD, "iiii",
                                        t->target, priority, latest, room));
    if (o->result == WATS_OK) room -= sqlite3_changes(o->db);
  }
  t->more = room <= 0;
}

/* By the time that it is now, as the one who holds goes by it: by that of the
** turn's beginning what was held up a moment ago would be of the future, and
** held up again, without end. */
static bool next_hold(struct wats_outbox *o, const struct turn *t,
                      struct wats_outbox_entry *out)
{
  const int64_t longest = WATS_OUTBOX_ORDER_TIMEOUT / WATS_NS_PER_MS;
  int64_t now = wats_outbox_wall_ms(o);
  return wats_outbox_find(
      o,
      wats_outbox_bind(o, WATS_SQL_HELD, "iii", t->target, now, now + longest),
      out);
}

static void end_holds(struct wats_outbox *o, const struct turn *t)
{
  struct wats_outbox_entry e;
  while (next_hold(o, t, &e)) {
    wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_SET_STATE, "iii", e.seq,
                                        (int64_t)e.state, (int64_t)0));
    wats_outbox_arrange(o, &e);
  }
}

/* ---- claims ------------------------------------------------------------- */

static void claim_row(struct wats_outbox *o, struct turn *t,
                      const struct wats_outbox_entry *e)
{
  struct wats_outbox_turn *turn = t->turn;
  struct wats_outbox_claim *claim = &turn->claims[turn->claimed];
  int64_t until_ms = t->boot_ms + turn->lease_ns / WATS_NS_PER_MS;
  memset(claim, 0, sizeof *claim);
  claim->body = wats_outbox_body(o, e->seq, &claim->length);
  if (o->result != WATS_OK) return;
  if (!e->sound || !claim->body || (int64_t)claim->length != e->length ||
      wats_outbox_crc(e, turn->target, claim->body, claim->length) != e->crc) {
    wats_outbox_set_row_aside(o, e, claim->body, claim->length, &t->sums);
    wats_outbox_claim_free(claim);
    return;
  }
  claim->seq = e->seq;
  memcpy(claim->uuid, e->uuid, WATS_UUID);
  memcpy(claim->token, t->tokens + turn->claimed * sizeof claim->token,
         sizeof claim->token);
  claim->until_boot_ns = until_ms * WATS_NS_PER_MS;
  claim->priority = e->priority;
  claim->attempts = e->attempts;
  claim->rejections = e->rejections;
  claim->rejection = e->rejection;
  turn->claimed++;
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_CLAIM, "iiiu", e->seq,
                                      (int64_t)o->boot_id, until_ms,
                                      claim->token));
}

static void claim_all(struct wats_outbox *o, struct turn *t)
{
  struct wats_outbox_entry e;
  while (t->turn->claimed < t->turn->wanted &&
         wats_outbox_find(
             o, wats_outbox_bind(o, WATS_SQL_READY, "i", t->target), &e))
    claim_row(o, t, &e);
}

static void give_back_claims(struct wats_outbox_turn *turn)
{
  while (turn->claimed)
    wats_outbox_claim_free(&turn->claims[--turn->claimed]);
}

/* ---- what comes next ---------------------------------------------------- */

static int64_t earlier(int64_t until_ns, int64_t at_ms, int64_t now_ms)
{
  int64_t ns;
  if (at_ms < 0) return until_ns;
  ns = at_ms > now_ms ? (at_ms - now_ms) * WATS_NS_PER_MS : 0;
  return ns < until_ns ? ns : until_ns;
}

static int64_t find_next(struct wats_outbox *o, const struct turn *t)
{
  int64_t next = WATS_NEVER, priority = INT64_MIN, at;
  if (t->more) return 0;
  while ((priority = next_priority(o, t->target, WATS_OUTBOX_WAITING,
                                   priority)) > -1) {
    at = wats_outbox_number(
        o, wats_outbox_bind(o, WATS_SQL_NEXT_DUE, "ii", t->target, priority));
    next = earlier(next, at, t->wall_ms);
  }
  at = wats_outbox_number(
      o, wats_outbox_bind(o, WATS_SQL_NEXT_HOLD, "i", t->target));
  next = earlier(next, at, t->wall_ms);
  at = wats_outbox_number(
      o, wats_outbox_bind(o, WATS_SQL_NEXT_LEASE, "i", t->target));
  return earlier(next, at, t->boot_ms);
}

/* ---- the turn ----------------------------------------------------------- */

static void run_turn(struct wats_outbox *o, void *context)
{
  struct turn *t = context;
  struct wats_outbox_turn *turn = t->turn;
  size_t i;
  give_back_claims(turn); /* of an attempt that was undone */
  memset(&t->sums, 0, sizeof t->sums);
  t->wall_ms = wats_outbox_wall_ms(o);
  t->boot_ms = wats_outbox_boot_ms(o);
  t->target = wats_outbox_target(o, turn->target, false);
  for (i = 0; i < turn->settled; i++)
    wats_outbox_settle(o, &turn->settlements[i], t->digests[i], &t->sums);
  turn->next_ns = o->boat_more ? 0 : WATS_NEVER;
  if (!t->target) return;
  wats_outbox_lapse_all(o, t->target);
  end_holds(o, t);
  promote_all(o, t);
  claim_all(o, t);
  if (!o->boat_more) turn->next_ns = find_next(o, t);
  if (t->sums.sent || t->sums.died)
    wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_COUNT, "iiii", t->target,
                                        t->sums.sent, t->sums.died,
                                        t->sums.discarded));
}

/* What takes long is done before the lock is had. */
static enum wats_errc prepare(struct turn *t, struct wats_error *error)
{
  struct wats_outbox_turn *turn = t->turn;
  size_t i;
  t->digests = wats_calloc(turn->settled, sizeof *t->digests);
  t->tokens = wats_calloc(turn->wanted, sizeof turn->claims->token);
  if (!t->digests || !t->tokens) return wats_fail_memory(error);
  for (i = 0; i < turn->settled; i++) {
    const struct wats_outbox_settlement *s = &turn->settlements[i];
    if (s->outcome == WATS_OUTBOX_SENT)
      wats_sha256(s->claim->body, s->claim->length, t->digests[i]);
  }
  return wats_random_bytes(t->tokens, turn->wanted * sizeof turn->claims->token,
                           error);
}

enum wats_errc wats_outbox_turn(struct wats_outbox *o,
                                struct wats_outbox_turn *turn,
                                struct wats_error *error)
{
  struct turn t = {.turn = turn};
  const struct wats_outbox_work work = {run_turn, &t, .writes = true,
                                        .spends = true, .takes_in = true};
  struct wats_error why;
  enum wats_errc code;
  turn->claimed = 0;
  turn->next_ns = WATS_NEVER;
  if (turn->lease_ns > WATS_OUTBOX_MAX_LEASE)
    turn->lease_ns = WATS_OUTBOX_MAX_LEASE;
  code = prepare(&t, &why);
  if (code == WATS_OK) code = wats_outbox_transact(o, &work, NULL, &why);
  if (code != WATS_OK) give_back_claims(turn);
  wats_free(t.digests);
  wats_free(t.tokens);
  if (code == WATS_OK) return code;
  if (code == WATS_ERR_TIMEOUT) code = WATS_ERR_IO;
  return wats_fail(error, code, "%s", why.message);
}

#endif
