/*
** outbox_salvage_old.c - see outbox_salvage_old.h.
*/
#include "outbox_salvage_old.h"

#ifndef WATS_WITHOUT_QUEUE

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "outbox_salvage_head.h"

/* Written over a file that says so itself, it would be believed. */
#define NOWHERE "unknown:"

/* ---- walking --------------------------------------------------------------
 */

enum step { ROW, END, TROUBLE };

/* Where the keys are uuids the first eight bytes count. */
struct keys {
  void (*seek)(struct wats_salvage_old *old, struct sqlite3_stmt *s,
               uint64_t key); /* the first row from there on */
  void (*resume)(struct wats_salvage_old *old, struct sqlite3_stmt *s,
                 uint64_t key); /* the row behind the last one */
  uint64_t (*key)(struct wats_salvage_old *old, struct sqlite3_stmt *s);
  uint64_t first_jump;
  bool are_unique; /* no two rows have the same */
};

static enum step step(struct wats_salvage_old *old, struct wats_salvage_walk *w,
                      const struct keys *k, uint64_t from)
{
  int result = sqlite3_step(w->statement);
  if (result == SQLITE_DONE) return END;
  /* A tree in disorder must not send us back. */
  return result == SQLITE_ROW && k->key(old, w->statement) >= from ? ROW
                                                                   : TROUBLE;
}

static enum step step_from(struct wats_salvage_old *old,
                           struct wats_salvage_walk *w, const struct keys *k,
                           uint64_t from)
{
  (void)sqlite3_reset(w->statement);
  k->seek(old, w->statement, from);
  return step(old, w, k, from);
}

/* Behind `low`, where nothing can be read, to what can be; positioned there. */
static enum step get_past(struct wats_salvage_old *old,
                          struct wats_salvage_walk *w, const struct keys *k,
                          uint64_t low)
{
  uint64_t high, jump = k->first_jump;
  enum step found;
  do {
    if (jump > UINT64_MAX / 4 || low > (uint64_t)INT64_MAX - jump) return END;
    high = low + jump;
    jump *= 2;
    found = step_from(old, w, k, high);
  } while (found == TROUBLE);
  while (high - low > 1) {
    uint64_t middle = low + (high - low) / 2;
    if (step_from(old, w, k, middle) == TROUBLE)
      low = middle;
    else
      high = middle;
  }
  return step_from(old, w, k, high);
}

static bool next(struct wats_salvage_old *old, struct wats_salvage_walk *w,
                 const struct keys *k)
{
  enum step found;
  if (!w->statement || w->ended) return false;
  (void)sqlite3_reset(w->statement);
  k->resume(old, w->statement, w->key);
  found = step(old, w, k, w->key + (k->are_unique ? 1 : 0));
  if (found == TROUBLE) found = get_past(old, w, k, w->key);
  w->ended = found != ROW;
  if (found == ROW) w->key = k->key(old, w->statement);
  return found == ROW;
}

/* ---- by seq ---------------------------------------------------------------
 */

static void seek_seq(struct wats_salvage_old *old, struct sqlite3_stmt *s,
                     uint64_t key)
{
  (void)old;
  (void)sqlite3_bind_int64(s, 1, (int64_t)key);
}

static void resume_seq(struct wats_salvage_old *old, struct sqlite3_stmt *s,
                       uint64_t key)
{
  seek_seq(old, s, key + 1);
}

static uint64_t key_seq(struct wats_salvage_old *old, struct sqlite3_stmt *s)
{
  int64_t seq = sqlite3_column_int64(s, 0);
  (void)old;
  return seq < 0 ? 0 : (uint64_t)seq;
}

static const struct keys by_seq = {seek_seq, resume_seq, key_seq, 1, true};

bool wats_salvage_next_report(struct wats_salvage_old *old,
                              struct wats_outbox_entry *entry,
                              struct wats_salvage_lease *lease)
{
  struct sqlite3_stmt *s = old->reports.statement;
  int columns;
  if (!next(old, &old->reports, &by_seq)) return false;
  wats_outbox_read(s, entry);
  columns = sqlite3_column_count(s);
  lease->boot = sqlite3_column_int64(s, columns - 2);
  lease->until_ms = sqlite3_column_int64(s, columns - 1);
  return true;
}

bool wats_salvage_next_body(struct wats_salvage_old *old, int64_t *seq)
{
  if (!next(old, &old->bodies, &by_seq)) return false;
  *seq = sqlite3_column_int64(old->bodies.statement, 0);
  return true;
}

/* ---- by uuid --------------------------------------------------------------
 */

static void bind_uuid(struct wats_salvage_old *old, struct sqlite3_stmt *s)
{
  (void)sqlite3_bind_blob(s, 1, old->uuid, WATS_UUID, SQLITE_STATIC);
  (void)sqlite3_bind_int64(s, 2, old->target);
}

/* Keys are halved, to have no sign. */
static void seek_uuid(struct wats_salvage_old *old, struct sqlite3_stmt *s,
                      uint64_t key)
{
  uint64_t prefix = key << 1;
  int i;
  memset(old->uuid, 0, sizeof old->uuid);
  for (i = 0; i < 8; i++)
    old->uuid[i] = (unsigned char)(prefix >> (56 - 8 * i));
  old->target = INT64_MIN;
  bind_uuid(old, s);
}

static void resume_uuid(struct wats_salvage_old *old, struct sqlite3_stmt *s,
                        uint64_t key)
{
  (void)key;
  bind_uuid(old, s);
}

static uint64_t key_uuid(struct wats_salvage_old *old, struct sqlite3_stmt *s)
{
  const unsigned char *uuid = sqlite3_column_blob(s, 0);
  uint64_t prefix = 0;
  int i;
  (void)old;
  if (!uuid || sqlite3_column_bytes(s, 0) != WATS_UUID) return 0;
  for (i = 0; i < 8; i++)
    prefix = prefix << 8 | uuid[i];
  return prefix >> 1;
}

static const struct keys by_uuid = {seek_uuid, resume_uuid, key_uuid,
                                    UINT64_C(1) << 32, false};

static bool read_tombstone(struct sqlite3_stmt *s,
                           struct wats_salvage_tombstone *out)
{
  const void *digest = sqlite3_column_blob(s, 2);
  if (!digest || sqlite3_column_bytes(s, 2) != WATS_SHA256_SIZE) return false;
  memcpy(out->digest, digest, WATS_SHA256_SIZE);
  out->target = sqlite3_column_int64(s, 1);
  out->sent_ms = sqlite3_column_int64(s, 3);
  out->status = sqlite3_column_int64(s, 4);
  return true;
}

bool wats_salvage_next_tombstone(struct wats_salvage_old *old,
                                 struct wats_salvage_tombstone *out)
{
  struct sqlite3_stmt *s = old->tombstones.statement;
  unsigned char before[WATS_UUID];
  int64_t target;
  for (;;) {
    memcpy(before, old->uuid, sizeof before);
    target = old->target;
    if (!next(old, &old->tombstones, &by_uuid)) return false;
    if (sqlite3_column_bytes(s, 0) != WATS_UUID) return false;
    memcpy(old->uuid, sqlite3_column_blob(s, 0), WATS_UUID);
    old->target = sqlite3_column_int64(s, 1);
    /* In disorder below the first eight bytes: no further. */
    if (memcmp(old->uuid, before, sizeof before) == 0 && old->target <= target)
      return false;
    memcpy(out->uuid, old->uuid, WATS_UUID);
    if (read_tombstone(s, out)) return true;
  }
}

/* ---- bodies and answers ---------------------------------------------------
 */

static bool read_blob(struct sqlite3_stmt *s, int64_t seq, const void **bytes,
                      size_t *length)
{
  if (!s) return false;
  (void)sqlite3_reset(s);
  (void)sqlite3_bind_int64(s, 1, seq);
  if (sqlite3_step(s) != SQLITE_ROW) return false;
  *length = (size_t)sqlite3_column_bytes(s, 0);
  *bytes = sqlite3_column_blob(s, 0);
  if (!*bytes) {
    *bytes = "";
    *length = 0;
  }
  return true;
}

static void end(struct sqlite3_stmt *s)
{
  if (s) (void)sqlite3_reset(s);
}

bool wats_salvage_body(struct wats_salvage_old *old, int64_t seq,
                       const char **body, size_t *length)
{
  const void *bytes;
  if (!read_blob(old->body, seq, &bytes, length)) return false;
  *body = bytes;
  return true;
}

void wats_salvage_body_end(struct wats_salvage_old *old)
{
  end(old->body);
}

bool wats_salvage_answer(struct wats_salvage_old *old, int64_t seq,
                         const void **answer, size_t *length)
{
  return read_blob(old->answer, seq, answer, length);
}

void wats_salvage_answer_end(struct wats_salvage_old *old)
{
  end(old->answer);
}

/* ---- targets --------------------------------------------------------------
 */

static void copy_text(struct sqlite3_stmt *s, int column, char *out,
                      size_t size)
{
  const unsigned char *text = sqlite3_column_text(s, column);
  (void)snprintf(out, size, "%s", text ? (const char *)text : "");
}

static void add_target(struct wats_salvage_old *old, struct sqlite3_stmt *s)
{
  struct wats_salvage_target *t = &old->targets[old->count];
  size_t i;
  if (old->count == WATS_SALVAGE_TARGETS) return;
  memset(t, 0, sizeof *t);
  t->id = sqlite3_column_int64(s, 0);
  copy_text(s, 1, t->url, sizeof t->url);
  if (!*t->url) return;
  for (i = 0; i < old->count; i++)
    if (old->targets[i].id == t->id && strcmp(old->targets[i].url, t->url) == 0)
      return;
  if (sqlite3_column_count(s) > 2) {
    t->has_figures = true;
    copy_text(s, 2, t->paused, sizeof t->paused);
    t->sent = sqlite3_column_int64(s, 3);
    t->died = sqlite3_column_int64(s, 4);
    t->discarded = sqlite3_column_int64(s, 5);
  }
  old->count++;
}

/* From the table, and then from its index, which has the URLs once more. */
static void read_targets(struct wats_salvage_old *old)
{
  static const char *const texts[] = {
      "SELECT id, url, paused, sent, died, discarded FROM target NOT INDEXED"
      " ORDER BY id",
      "SELECT id, url FROM target ORDER BY url"};
  size_t i;
  for (i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct sqlite3_stmt *s = NULL;
    (void)sqlite3_prepare_v2(old->db, texts[i], -1, &s, NULL);
    while (s && sqlite3_step(s) == SQLITE_ROW)
      add_target(old, s);
    (void)sqlite3_finalize(s);
  }
}

const char *wats_salvage_vouch(struct wats_salvage_old *old,
                               const struct wats_outbox_entry *entry,
                               const char *body, size_t length)
{
  int pass;
  size_t i;
  for (pass = 0; pass < 2; pass++) /* first those that should be it */
    for (i = 0; i < old->count; i++) {
      struct wats_salvage_target *t = &old->targets[i];
      if ((t->id == entry->target) == (pass == 1)) continue;
      if (wats_outbox_crc(entry, t->url, body, length) != entry->crc) continue;
      t->vouched++;
      return t->url;
    }
  return NULL;
}

const char *wats_salvage_likely(const struct wats_salvage_old *old, int64_t id)
{
  const struct wats_salvage_target *best = NULL, *any = NULL;
  size_t i;
  for (i = 0; i < old->count; i++) {
    const struct wats_salvage_target *t = &old->targets[i];
    if (!any || t->vouched > any->vouched) any = t;
    if (t->id == id && (!best || t->vouched > best->vouched)) best = t;
  }
  if (!best) best = any;
  return best ? best->url : NOWHERE;
}

/* ---- opening --------------------------------------------------------------
 */

static struct sqlite3_stmt *prepare(struct sqlite3 *db, const char *text)
{
  struct sqlite3_stmt *s = NULL;
  (void)sqlite3_prepare_v2(db, text, -1, &s, NULL);
  return s;
}

static uint64_t count_rows(struct sqlite3 *db)
{
  int64_t rows = wats_db_number(db, "SELECT total(rows) FROM total");
  return rows > 0 && rows < WATS_OUTBOX_MAX_ROWS * INT64_C(100) ? (uint64_t)rows
                                                                : 0;
}

enum wats_errc wats_salvage_open(struct wats_salvage_old *old, const char *path,
                                 const struct wats_outbox *fresh,
                                 struct wats_error *error)
{
  enum wats_errc code;
  memset(old, 0, sizeof *old);
  code = wats_salvage_open_file(path, fresh->options.path, fresh->db, &old->db,
                                error);
  if (code != WATS_OK || !old->db) return code;
  old->target = INT64_MIN;
  read_targets(old);
  old->expected = count_rows(old->db);
  old->reports.statement =
      prepare(old->db, "SELECT " WATS_OUTBOX_COLUMNS
                       ", lease_boot, lease_until_ms FROM report NOT INDEXED"
                       " WHERE seq >= ?1 ORDER BY seq LIMIT 1");
  old->bodies.statement = prepare(
      old->db, "SELECT seq FROM body WHERE seq >= ?1 ORDER BY seq LIMIT 1");
  old->tombstones.statement =
      prepare(old->db, "SELECT uuid, target, digest, sent_ms, status FROM sent"
                       " WHERE (uuid, target) > (?1, ?2)"
                       " ORDER BY uuid, target LIMIT 1");
  old->body = prepare(old->db, "SELECT body FROM body WHERE seq = ?1");
  old->answer = prepare(old->db, "SELECT answer FROM answer WHERE seq = ?1");
  return WATS_OK;
}

void wats_salvage_close(struct wats_salvage_old *old)
{
  wats_db_close(old->db);
  old->db = NULL;
}

#endif
