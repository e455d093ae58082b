/*
** outbox_look.c - stats, list, get.
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "lifeboat.h"

/* Rows that are looked at before others have their turn. */
#define PIECE 500

const char *wats_outbox_state_name(enum wats_outbox_state state)
{
  static const char *const names[WATS_OUTBOX_STATES] = {
      "ready", "waiting", "blocked", "in_flight", "dead"};
  return names[state];
}

/* Somebody who looks on is told in one word: it cannot be had now. `uuid` (may
** be NULL): the report that he looks for. */
static enum wats_errc look(struct wats_outbox *o,
                           void (*run)(struct wats_outbox *o, void *context),
                           void *context, const unsigned char *uuid,
                           struct wats_error *error)
{
  const struct wats_outbox_work work = {run, context, .uuid = uuid};
  struct wats_error why;
  enum wats_errc code = wats_outbox_transact(o, &work, NULL, &why);
  if (code == WATS_OK) return code;
  if (code == WATS_ERR_TIMEOUT) code = WATS_ERR_IO;
  return wats_fail(error, code, "%s", why.message);
}

/* ---- stats -------------------------------------------------------------- */

struct stats {
  const char *target;
  struct wats_outbox_stats out;
};

static void add_states(struct wats_outbox *o, int64_t target,
                       struct wats_outbox_stats *out)
{
  struct sqlite3_stmt *s = wats_outbox_bind(o, WATS_SQL_STATES, "i", target);
  while (wats_outbox_step(o, s)) {
    int state = sqlite3_column_int(s, 0);
    if (state < 0 || state >= WATS_OUTBOX_STATES) continue;
    out->rows[state] += (uint64_t)sqlite3_column_int64(s, 1);
    out->bytes[state] += (uint64_t)sqlite3_column_int64(s, 2);
  }
}

/* The first row of each state and priority: the first of all is among them. */
static void find_oldest(struct wats_outbox *o, int64_t target,
                        struct wats_outbox_stats *out)
{
  int64_t first = INT64_MAX, created_ms = 0, priority, state;
  struct sqlite3_stmt *s;
  for (state = 0; state < WATS_OUTBOX_DEAD; state++) {
    for (priority = INT64_MIN;
         (priority = wats_outbox_number(
              o, wats_outbox_bind(o, WATS_SQL_NEXT_PRIORITY, "iii", target,
                                  state, priority))) > -1;) {
      s = wats_outbox_bind(o, WATS_SQL_OLDEST, "iii", target, state, priority);
      if (!wats_outbox_step(o, s)) continue;
      if (sqlite3_column_int64(s, 0) < first) {
        first = sqlite3_column_int64(s, 0);
        created_ms = sqlite3_column_int64(s, 1);
      }
      wats_outbox_end(s);
    }
  }
  if (first == INT64_MAX) return;
  created_ms = wats_outbox_wall_ms(o) - created_ms; /* its age */
  if (created_ms < 0) created_ms = 0;
  if (created_ms * WATS_NS_PER_MS > out->oldest_age_ns)
    out->oldest_age_ns = created_ms * WATS_NS_PER_MS;
}

static void read_stats(struct wats_outbox *o, void *context)
{
  struct stats *stats = context;
  struct wats_outbox_stats *out = &stats->out;
  int64_t target = 0;
  struct sqlite3_stmt *s;
  memset(out, 0, sizeof *out);
  out->oldest_age_ns = -1;
  out->max_rows = o->max_rows;
  out->max_bytes = o->max_bytes;
  if (stats->target) {
    target = wats_outbox_target(o, stats->target, false);
    if (!target) return;
  }
  s = wats_outbox_bind(o, WATS_SQL_FIGURES, "i", target);
  while (wats_outbox_step(o, s)) {
    const unsigned char *paused = sqlite3_column_text(s, 1);
    int64_t id = sqlite3_column_int64(s, 0);
    if (!*out->paused && paused)
      (void)snprintf(out->paused, sizeof out->paused, "%s",
                     (const char *)paused);
    out->sent += (uint64_t)sqlite3_column_int64(s, 2);
    out->died += (uint64_t)sqlite3_column_int64(s, 3);
    out->discarded += (uint64_t)sqlite3_column_int64(s, 4);
    add_states(o, id, out);
    find_oldest(o, id, out);
  }
}

enum wats_errc wats_outbox_stats(struct wats_outbox *o, const char *target,
                                 struct wats_outbox_stats *out,
                                 struct wats_error *error)
{
  struct stats stats = {.target = target};
  enum wats_errc code = look(o, read_stats, &stats, NULL, error);
  if (code != WATS_OK) return code;
  *out = stats.out;
  out->lifeboat = wats_lifeboat_count(o->lifeboat);
  return code;
}

enum wats_errc wats_outbox_stats_within(struct wats_outbox *o,
                                        const char *target, int64_t patience_ns,
                                        struct wats_outbox_stats *out,
                                        struct wats_error *error)
{
  struct stats stats = {.target = target};
  const struct wats_outbox_work work = {
      read_stats, &stats, .patience_ns = patience_ns > 0 ? patience_ns : 1};
  enum wats_errc code = wats_outbox_transact(o, &work, NULL, error);
  if (code == WATS_OK) *out = stats.out;
  return code;
}

void wats_outbox_counts(struct wats_outbox *o, struct wats_outbox_counts *out)
{
  out->enqueued = atomic_load(&o->enqueued);
  out->sent = atomic_load(&o->sent);
  out->dead = atomic_load(&o->dead);
  out->duplicate = atomic_load(&o->duplicate);
  out->lost_leases = atomic_load(&o->lost_leases);
  out->lifeboat = atomic_load(&o->lifeboats);
  out->damaged = atomic_load(&o->damaged);
}

/* ---- rows --------------------------------------------------------------- */

static void show(struct wats_outbox *o, const struct wats_outbox_entry *e,
                 struct wats_outbox_row *row)
{
  struct sqlite3_stmt *s = wats_outbox_bind(o, WATS_SQL_URL, "i", e->target);
  memset(row, 0, sizeof *row);
  row->seq = e->seq;
  memcpy(row->uuid, e->uuid, WATS_UUID);
  row->state = e->state;
  row->type = e->type;
  row->priority = e->priority;
  row->attempts = e->attempts;
  row->last_status = e->last_status;
  row->created_ms = e->created_ms;
  row->due_ms = e->state == WATS_OUTBOX_WAITING ? e->due_ms : 0;
  row->died_ms = e->died_ms;
  row->length = (size_t)e->length;
  memcpy(row->part_number, e->part, sizeof row->part_number);
  memcpy(row->serial_number, e->serial, sizeof row->serial_number);
  memcpy(row->reason, e->reason, sizeof row->reason);
  if (!wats_outbox_step(o, s)) return;
  (void)snprintf(row->target, sizeof row->target, "%s",
                 (const char *)sqlite3_column_text(s, 0));
  wats_outbox_end(s);
}

struct listing {
  const struct wats_outbox_query *query;
  struct wats_outbox_row *rows;
  size_t count, room, before; /* `before` this piece */
  int64_t after, begun_after;
  bool ended;
};

static bool has_place(struct wats_outbox *o, struct listing *l)
{
  size_t room = l->room ? l->room * 2 : 16;
  struct wats_outbox_row *rows;
  if (l->count < l->room) return true;
  rows = wats_realloc(l->rows, room * sizeof *rows);
  if (!rows)
    return wats_outbox_failed(o, WATS_ERR_MEMORY, WATS_DB_FAILED,
                              "not enough memory");
  l->rows = rows;
  l->room = room;
  return true;
}

static void list_piece(struct wats_outbox *o, void *context)
{
  struct listing *l = context;
  const struct wats_outbox_query *q = l->query;
  struct wats_outbox_entry e;
  struct sqlite3_stmt *s;
  int64_t target = q->target ? wats_outbox_target(o, q->target, false) : 0;
  int looked = 0;
  l->after = l->begun_after;
  l->count = l->before;
  l->ended = true;
  if (q->target && !target) return;
  s = wats_outbox_bind(o, WATS_SQL_LIST, "ii", l->after, (int64_t)PIECE);
  while (l->count < q->limit && wats_outbox_step(o, s)) {
    wats_outbox_read(s, &e);
    looked++;
    l->after = e.seq;
    if ((target && e.target != target) ||
        (q->states && !(q->states & (1u << e.state))))
      continue;
    if (!has_place(o, l)) break;
    show(o, &e, &l->rows[l->count++]);
  }
  wats_outbox_end(s);
  l->ended = looked < PIECE || l->count == q->limit;
}

enum wats_errc wats_outbox_list(struct wats_outbox *o,
                                const struct wats_outbox_query *query,
                                struct wats_outbox_row **rows, size_t *count,
                                struct wats_error *error)
{
  struct listing l = {.query = query, .after = query->after};
  enum wats_errc code = WATS_OK;
  while (code == WATS_OK && !l.ended) {
    l.begun_after = l.after;
    l.before = l.count;
    code = look(o, list_piece, &l, NULL, error);
  }
  if (code != WATS_OK) {
    wats_free(l.rows);
    return code;
  }
  *rows = l.rows;
  *count = l.count;
  return WATS_OK;
}

/* ---- one report --------------------------------------------------------- */

struct search {
  const unsigned char *uuid;
  struct wats_outbox_found out;
};

static char *read_answer(struct wats_outbox *o, int64_t seq, size_t *length)
{
  struct sqlite3_stmt *s = wats_outbox_bind(o, WATS_SQL_ANSWER, "i", seq);
  char *copy = NULL;
  if (!wats_outbox_step(o, s)) return NULL;
  *length = (size_t)sqlite3_column_bytes(s, 0);
  copy = wats_strndup(sqlite3_column_blob(s, 0), *length);
  wats_outbox_end(s);
  if (!copy)
    (void)wats_outbox_failed(o, WATS_ERR_MEMORY, WATS_DB_FAILED,
                             "not enough memory");
  return copy;
}

static void search(struct wats_outbox *o, void *context)
{
  struct search *search = context;
  struct wats_outbox_found *out = &search->out;
  struct wats_outbox_entry e;
  int64_t sent_ms;
  wats_outbox_found_free(out);
  memset(out, 0, sizeof *out);
  if (!wats_outbox_find(
          o, wats_outbox_bind(o, WATS_SQL_NEWEST_OF_ANY, "u", search->uuid),
          &e)) {
    sent_ms = wats_outbox_number(
        o, wats_outbox_bind(o, WATS_SQL_TOMBSTONE_OF_ANY, "u", search->uuid));
    if (sent_ms < 0) return;
    out->what = WATS_OUTBOX_WAS_SENT;
    out->sent_ms = sent_ms;
    return;
  }
  out->what = WATS_OUTBOX_KEPT;
  show(o, &e, &out->row);
  out->body = wats_outbox_body(o, e.seq, &out->body_length);
  out->answer = read_answer(o, e.seq, &out->answer_length);
  if (o->result == WATS_OK &&
      (!out->body || wats_outbox_crc(&e, out->row.target, out->body,
                                     out->body_length) != e.crc))
    (void)wats_outbox_failed(o, WATS_ERR_IO, WATS_DB_FINE,
                             "the report is damaged in the queue's file");
}

enum wats_errc wats_outbox_get(struct wats_outbox *o,
                               const unsigned char uuid[WATS_UUID],
                               struct wats_outbox_found *out,
                               struct wats_error *error)
{
  struct search s = {.uuid = uuid};
  enum wats_errc code = look(o, search, &s, uuid, error);
  if (code == WATS_OK)
    *out = s.out;
  else
    wats_outbox_found_free(&s.out);
  return code;
}

void wats_outbox_found_free(struct wats_outbox_found *found)
{
  wats_free(found->body);
  wats_free(found->answer);
  found->body = found->answer = NULL;
  found->body_length = found->answer_length = 0;
}

#endif
