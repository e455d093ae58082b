/*
** outbox_rows.c - schema and statements of the outbox's file, and rows in and
** out of it.
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <sqlite3.h>
#include <stdarg.h>
#include <string.h>

#include "alloc.h"
#include "crc32c.h"

/*
** States are those of enum wats_outbox_state: 0 ready, 1 waiting, 2 blocked,
** 3 in flight, 4 dead. The totals are kept by triggers, in the transactions
** that change the rows: so they are exact, whoever writes. Bodies are apart,
** since a change of state must not write them anew.
*/
const char *const wats_outbox_migrations[] = {
    "CREATE TABLE file(closed INTEGER NOT NULL);"
    "INSERT INTO file VALUES(0);"
    "CREATE TABLE target(id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE,"
    " paused TEXT NOT NULL DEFAULT '', sent INTEGER NOT NULL DEFAULT 0,"
    " died INTEGER NOT NULL DEFAULT 0, discarded INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE total(target INTEGER NOT NULL, state INTEGER NOT NULL,"
    " rows INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " PRIMARY KEY(target, state)) WITHOUT ROWID;"
    "CREATE TRIGGER target_comes AFTER INSERT ON target BEGIN"
    " INSERT INTO total VALUES(NEW.id, 0, 0, 0), (NEW.id, 1, 0, 0),"
    " (NEW.id, 2, 0, 0), (NEW.id, 3, 0, 0), (NEW.id, 4, 0, 0); END;"
    "CREATE TABLE report(seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    " uuid BLOB NOT NULL, rev INTEGER NOT NULL, target INTEGER NOT NULL,"
    " format TEXT NOT NULL DEFAULT 'WSJF', type INTEGER NOT NULL,"
    " part TEXT NOT NULL, serial TEXT NOT NULL, reference BLOB,"
    " priority INTEGER NOT NULL, state INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL DEFAULT 0,"
    " hold_ms INTEGER NOT NULL DEFAULT 0, died_ms INTEGER NOT NULL DEFAULT 0,"
    " attempts INTEGER NOT NULL DEFAULT 0,"
    " rejections INTEGER NOT NULL DEFAULT 0,"
    " rejection INTEGER NOT NULL DEFAULT 0, outage INTEGER NOT NULL DEFAULT 0,"
    " lease_boot INTEGER, lease_until_ms INTEGER, lease_token BLOB,"
    " last_status INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',"
    " length INTEGER NOT NULL, crc INTEGER NOT NULL,"
    " UNIQUE(uuid, target, rev));"
    "CREATE INDEX report_state ON report(target, state, priority, seq);"
    "CREATE INDEX report_unit ON report(target, serial, part, state, seq)"
    " WHERE serial <> '' AND state <> 4;"
    "CREATE INDEX report_due ON report(target, priority, due_ms)"
    " WHERE state = 1;"
    "CREATE INDEX report_lease ON report(target, lease_until_ms, lease_boot)"
    " WHERE state = 3;"
    "CREATE INDEX report_hold ON report(target, hold_ms) WHERE hold_ms > 0;"
    "CREATE INDEX report_reference ON report(reference, target)"
    " WHERE reference IS NOT NULL;"
    "CREATE TABLE body(seq INTEGER PRIMARY KEY, body BLOB NOT NULL);"
    "CREATE TABLE answer(seq INTEGER PRIMARY KEY, answer BLOB NOT NULL);"
    "CREATE TRIGGER report_comes AFTER INSERT ON report BEGIN"
    " UPDATE total SET rows = rows + 1, bytes = bytes + NEW.length"
    " WHERE target = NEW.target AND state = NEW.state; END;"
    "CREATE TRIGGER report_goes AFTER DELETE ON report BEGIN"
    " UPDATE total SET rows = rows - 1, bytes = bytes - OLD.length"
    " WHERE target = OLD.target AND state = OLD.state;"
    " DELETE FROM body WHERE seq = OLD.seq;"
    " DELETE FROM answer WHERE seq = OLD.seq; END;"
    "CREATE TRIGGER report_moves AFTER UPDATE OF state, length ON report"
    " WHEN NEW.state <> OLD.state OR NEW.length <> OLD.length BEGIN"
    " UPDATE total SET rows = rows - 1, bytes = bytes - OLD.length"
    " WHERE target = OLD.target AND state = OLD.state;"
    " UPDATE total SET rows = rows + 1, bytes = bytes + NEW.length"
    " WHERE target = NEW.target AND state = NEW.state; END;"
    "CREATE TABLE sent(uuid BLOB NOT NULL, target INTEGER NOT NULL,"
    " digest BLOB NOT NULL, sent_ms INTEGER NOT NULL, status INTEGER NOT NULL,"
    " PRIMARY KEY(uuid, target)) WITHOUT ROWID;"
    "CREATE INDEX sent_when ON sent(sent_ms);"};

const int wats_outbox_version =
    sizeof wats_outbox_migrations / sizeof *wats_outbox_migrations;

/* The first two count before the first table alone. */
const char wats_outbox_settings[] = "PRAGMA page_size=4096;"
                                    "PRAGMA auto_vacuum=INCREMENTAL;"
                                    "PRAGMA journal_mode=WAL;"
                                    "PRAGMA synchronous=FULL;"
                                    "PRAGMA wal_autocheckpoint=0;"
                                    "PRAGMA journal_size_limit=4194304;"
                                    "PRAGMA cell_size_check=ON;"
                                    "PRAGMA cache_size=-4096;"
                                    "PRAGMA temp_store=MEMORY";

#define WHOLE "SELECT " WATS_OUTBOX_COLUMNS " FROM report "
#define UNIT                                                                   \
  "FROM report INDEXED BY report_unit WHERE serial <> '' AND state <> 4"       \
  " AND target = ?1 AND serial = ?2 AND part = ?3"

static const char *const texts[WATS_SQL_STATEMENTS] = {
    [WATS_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [WATS_SQL_COMMIT] = "COMMIT",
    [WATS_SQL_TARGET] = "SELECT id FROM target WHERE url = ?1",
    [WATS_SQL_URL] = "SELECT url FROM target WHERE id = ?1",
    [WATS_SQL_ADD_TARGET] = "INSERT INTO target(url) VALUES(?1)",
    [WATS_SQL_COUNT] = "UPDATE target SET sent = sent + ?2, died = died + ?3,"
                       " discarded = discarded + ?4 WHERE id = ?1",
    [WATS_SQL_PAUSE] = "UPDATE target SET paused = ?2 WHERE id = ?1"
                       " AND paused <> ?2",
    [WATS_SQL_FIGURES] = "SELECT id, paused, sent, died, discarded FROM target"
                         " WHERE id = ?1 OR ?1 = 0 ORDER BY id",
    [WATS_SQL_TOTAL] = "SELECT total(rows), total(bytes) FROM total",
    [WATS_SQL_STATES] = "SELECT state, rows, bytes FROM total"
                        " WHERE target = ?1",
    [WATS_SQL_BY_SEQ] = WHOLE "WHERE seq = ?1",
    [WATS_SQL_NEWEST] =
        WHOLE "WHERE uuid = ?1 AND target = ?2 ORDER BY rev DESC LIMIT 1",
    [WATS_SQL_OF_UUID] = WHOLE "WHERE uuid = ?1 AND seq > ?2"
                               " ORDER BY seq LIMIT 1",
    [WATS_SQL_NEWEST_OF_ANY] = WHOLE "WHERE uuid = ?1"
                                     " ORDER BY seq DESC LIMIT 1",
    [WATS_SQL_EARLIER] = "SELECT 1 FROM report"
                         " WHERE uuid = ?1 AND target = ?2 AND rev < ?3"
                         " AND state <> 4 LIMIT 1",
    [WATS_SQL_LATER] = WHOLE "WHERE uuid = ?1 AND target = ?2 AND rev > ?3"
                             " ORDER BY rev LIMIT 1",
    [WATS_SQL_BODY] = "SELECT body FROM body WHERE seq = ?1",
    [WATS_SQL_ANSWER] = "SELECT answer FROM answer WHERE seq = ?1",
    [WATS_SQL_INSERT] = "INSERT INTO report(uuid, rev, target, type, part,"
                        " serial, reference, priority, state, created_ms,"
                        " length, crc) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
                        " ?9, ?10, ?11, ?12)",
    [WATS_SQL_INSERT_BODY] =
        "INSERT INTO body(seq, body) VALUES(last_insert_rowid(), ?1)",
    [WATS_SQL_REPLACE] =
        "UPDATE report SET type = ?2, priority = ?3, state = 2, due_ms = ?4,"
        " hold_ms = 0, died_ms = 0, attempts = 0, rejections = 0,"
        " rejection = 0, last_status = 0, reason = '', length = ?5, crc = ?6,"
        " outage = ?7,"
        " lease_boot = NULL, lease_until_ms = NULL, lease_token = NULL"
        " WHERE seq = ?1",
    [WATS_SQL_REPLACE_BODY] =
        "INSERT OR REPLACE INTO body(seq, body) VALUES(?1, ?2)",
    [WATS_SQL_MOVE_BODY] = "UPDATE OR REPLACE body SET seq = ?2 WHERE seq = ?1",
    [WATS_SQL_TAKE_PLACE] = "UPDATE report SET rev = ?2 WHERE seq = ?1",
    [WATS_SQL_REMOVE] = "DELETE FROM report WHERE seq = ?1",
    [WATS_SQL_KEEP_ANSWER] =
        "INSERT OR REPLACE INTO answer(seq, answer) VALUES(?1, ?2)",
    [WATS_SQL_REMOVE_ANSWER] = "DELETE FROM answer WHERE seq = ?1",
    [WATS_SQL_SET_STATE] = "UPDATE report SET state = ?2, hold_ms = ?3"
                           " WHERE seq = ?1",
    [WATS_SQL_BACK] =
        "UPDATE report SET state = ?2, due_ms = ?3, attempts = ?4,"
        " rejections = ?5, rejection = ?6, outage = ?7, last_status = ?8,"
        " reason = ?9, lease_boot = NULL, lease_until_ms = NULL,"
        " lease_token = NULL WHERE seq = ?1",
    [WATS_SQL_BURY] =
        "UPDATE report SET state = 4, died_ms = ?2, attempts = ?3,"
        " rejections = ?4, rejection = ?5, last_status = ?6, reason = ?7,"
        " due_ms = 0, hold_ms = 0, outage = 0, lease_boot = NULL,"
        " lease_until_ms = NULL, lease_token = NULL WHERE seq = ?1",
    [WATS_SQL_REVIVE] = "UPDATE report SET state = 2, died_ms = 0, due_ms = 0,"
                        " hold_ms = 0, attempts = 0, rejections = 0,"
                        " rejection = 0, outage = 0 WHERE seq = ?1",
    [WATS_SQL_DUE_NOW] = "UPDATE report SET due_ms = 0, hold_ms = -1,"
                         " state = CASE state WHEN 1 THEN 0 ELSE state END"
                         " WHERE seq = ?1",
    [WATS_SQL_TOMBSTONE] = "SELECT digest, sent_ms FROM sent"
                           " WHERE uuid = ?1 AND target = ?2",
    [WATS_SQL_TOMBSTONE_OF_ANY] = "SELECT sent_ms FROM sent WHERE uuid = ?1"
                                  " ORDER BY sent_ms DESC LIMIT 1",
    [WATS_SQL_ADD_TOMBSTONE] =
        "INSERT OR REPLACE INTO sent(uuid, target, digest, sent_ms, status)"
        " VALUES(?1, ?2, ?3, ?4, ?5)",
    [WATS_SQL_OLD_TOMBSTONES] =
        "SELECT EXISTS(SELECT 1 FROM sent WHERE sent_ms < ?1)"
        " OR EXISTS(SELECT 1 FROM sent WHERE sent_ms > ?2)",
    [WATS_SQL_PRUNE] = "DELETE FROM sent WHERE (uuid, target) IN"
                       " (SELECT uuid, target FROM sent INDEXED BY sent_when"
                       " WHERE sent_ms < ?1 OR sent_ms > ?2 LIMIT ?3)",
    [WATS_SQL_UNIT] = "SELECT (SELECT min(seq) " UNIT " AND state = 0),"
                      " (SELECT min(seq) " UNIT " AND state = 1),"
                      " (SELECT min(seq) " UNIT " AND state = 2),"
                      " (SELECT min(seq) " UNIT " AND state = 3)",
    [WATS_SQL_UNIT_LIVES] = "SELECT 1 " UNIT " LIMIT 1",
    [WATS_SQL_REFERENCE] = "SELECT seq, state, died_ms FROM report"
                           " WHERE uuid = ?1 AND target = ?2",
    [WATS_SQL_REFERRING] =
        WHOLE "INDEXED BY report_reference WHERE reference IS NOT NULL"
              " AND reference = ?1 AND target = ?2 AND seq > ?3"
              " ORDER BY seq LIMIT 1",
    [WATS_SQL_LAPSED] =
        WHOLE "INDEXED BY report_lease WHERE state = 3 AND target = ?1"
              " AND (lease_until_ms <= ?3 OR lease_until_ms > ?4"
              " OR lease_boot IS NOT ?2) LIMIT 1",
    [WATS_SQL_NEXT_PRIORITY] =
        "SELECT min(priority) FROM report WHERE target = ?1 AND state = ?2"
        " AND priority > ?3",
    [WATS_SQL_PROMOTE] =
        "UPDATE report SET state = 0 WHERE seq IN (SELECT seq FROM report"
        " INDEXED BY report_due WHERE state = 1 AND target = ?1"
        " AND priority = ?2 AND due_ms <= ?3 ORDER BY due_ms LIMIT ?4)",
    [WATS_SQL_PROMOTE_AHEAD] =
        "UPDATE report SET state = 0 WHERE seq IN (SELECT seq FROM report"
        " INDEXED BY report_due WHERE state = 1 AND target = ?1"
        " AND priority = ?2 AND due_ms > ?3 ORDER BY due_ms LIMIT ?4)",
    [WATS_SQL_HELD] =
        WHOLE "INDEXED BY report_hold WHERE hold_ms > 0 AND target = ?1"
              " AND (hold_ms <= ?2 OR hold_ms > ?3) ORDER BY hold_ms LIMIT 1",
    [WATS_SQL_READY] = WHOLE "INDEXED BY report_state WHERE target = ?1"
                             " AND state = 0 ORDER BY priority, seq LIMIT 1",
    [WATS_SQL_CLAIM] =
        "UPDATE report SET state = 3, lease_boot = ?2, lease_until_ms = ?3,"
        " lease_token = ?4 WHERE seq = ?1",
    [WATS_SQL_NEXT_DUE] = "SELECT min(due_ms) FROM report INDEXED BY report_due"
                          " WHERE state = 1 AND target = ?1 AND priority = ?2",
    [WATS_SQL_NEXT_HOLD] =
        "SELECT min(hold_ms) FROM report INDEXED BY report_hold"
        " WHERE hold_ms > 0 AND target = ?1",
    [WATS_SQL_NEXT_LEASE] =
        "SELECT min(lease_until_ms) FROM report INDEXED BY report_lease"
        " WHERE state = 3 AND target = ?1",
    [WATS_SQL_OLDEST] = "SELECT seq, created_ms FROM report"
                        " WHERE target = ?1 AND state = ?2 AND priority = ?3"
                        " ORDER BY seq LIMIT 1",
    [WATS_SQL_PIECE] =
        "SELECT max(seq) FROM (SELECT seq FROM report INDEXED BY report_state"
        " WHERE target = ?1 AND state = 1 AND priority = ?2 AND seq > ?3"
        " ORDER BY seq LIMIT ?4)",
    [WATS_SQL_SPREAD] =
        "UPDATE report INDEXED BY report_state"
        " SET due_ms = min(due_ms, ?5 + abs(random() % ?6))"
        " WHERE target = ?1 AND state = 1 AND priority = ?2 AND seq > ?3"
        " AND seq <= ?4 AND outage",
    [WATS_SQL_EXPEDITE] =
        "UPDATE report SET state = 0, due_ms = 0 WHERE seq IN"
        " (SELECT seq FROM report INDEXED BY report_state WHERE target = ?1"
        " AND state = 1 ORDER BY priority, seq LIMIT ?2)",
    [WATS_SQL_CLOSED] = "UPDATE file SET closed = closed + 1",
    [WATS_SQL_FREE_PAGES] = "PRAGMA freelist_count",
    [WATS_SQL_VACUUM] = "PRAGMA incremental_vacuum",
    [WATS_SQL_HAS_REVISION] = "SELECT seq FROM report"
                              " WHERE uuid = ?1 AND target = ?2 AND rev = ?3",
    [WATS_SQL_SALVAGE] =
        "INSERT INTO report(" WATS_OUTBOX_COLUMNS ", lease_boot,"
        " lease_until_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
        " ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,"
        " ?25)",
    [WATS_SQL_LIST] = WHOLE "WHERE seq > ?1 ORDER BY seq LIMIT ?2",
};

/* ---- statements --------------------------------------------------------- */

static void note(struct wats_outbox *o, int result)
{
  struct wats_error why;
  enum wats_db_trouble trouble;
  enum wats_errc code =
      wats_db_fail(o->db, result, &trouble, &why, "cannot use the queue");
  if (trouble == WATS_DB_FULL) {
    code = WATS_ERR_QUEUE_FULL;
    (void)wats_fail(&why, code, "no room on the disk for the queue");
  }
  (void)wats_outbox_failed(o, code, trouble, why.message);
}

static struct sqlite3_stmt *prepared(struct wats_outbox *o,
                                     enum wats_outbox_statement which)
{
  int result;
  if (o->result != WATS_OK) return NULL;
  if (o->statements[which]) return o->statements[which];
  result =
      sqlite3_prepare_v3(o->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT,
                         &o->statements[which], NULL);
  if (result != SQLITE_OK) note(o, sqlite3_extended_errcode(o->db));
  return o->statements[which];
}

static int bind_all(struct sqlite3_stmt *s, const char *types, va_list values)
{
  int i, result = SQLITE_OK;
  for (i = 1; *types && result == SQLITE_OK; types++, i++) {
    const void *bytes;
    switch (*types) {
    case 'i':
      result = sqlite3_bind_int64(s, i, va_arg(values, int64_t));
      break;
    case 't':
      result = sqlite3_bind_text(s, i, va_arg(values, const char *), -1,
                                 SQLITE_STATIC);
      break;
    case 'u':
      result = sqlite3_bind_blob(s, i, va_arg(values, const void *), WATS_UUID,
                                 SQLITE_STATIC);
      break;
    default: /* 'b'; no bytes are not NULL */
      bytes = va_arg(values, const void *);
      result = sqlite3_bind_blob64(s, i, bytes ? bytes : "",
                                   va_arg(values, size_t), SQLITE_STATIC);
    }
  }
  return result;
}

struct sqlite3_stmt *wats_outbox_bind(struct wats_outbox *o,
                                      enum wats_outbox_statement which,
                                      const char *types, ...)
{
  struct sqlite3_stmt *s = prepared(o, which);
  va_list values;
  int result;
  if (!s) return NULL;
  va_start(values, types);
  result = bind_all(s, types, values);
  va_end(values);
  if (result == SQLITE_OK) return s;
  note(o, result);
  return NULL;
}

bool wats_outbox_step(struct wats_outbox *o, struct sqlite3_stmt *s)
{
  int result;
  if (!s) return false;
  if (o->result != WATS_OK) { /* something else, between two of its rows */
    (void)sqlite3_reset(s);
    return false;
  }
  result = sqlite3_step(s);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) note(o, result);
  (void)sqlite3_reset(s);
  return false;
}

void wats_outbox_end(struct sqlite3_stmt *s)
{
  if (s) (void)sqlite3_reset(s);
}

void wats_outbox_run(struct wats_outbox *o, struct sqlite3_stmt *s)
{
  if (wats_outbox_step(o, s)) wats_outbox_end(s);
}

int64_t wats_outbox_number(struct wats_outbox *o, struct sqlite3_stmt *s)
{
  int64_t number = -1;
  if (!wats_outbox_step(o, s)) return -1;
  if (sqlite3_column_type(s, 0) != SQLITE_NULL)
    number = sqlite3_column_int64(s, 0);
  wats_outbox_end(s);
  return number;
}

/* ---- rows --------------------------------------------------------------- */

static bool read_uuid(struct sqlite3_stmt *s, int column,
                      unsigned char out[WATS_UUID])
{
  const void *bytes = sqlite3_column_blob(s, column);
  if (!bytes || sqlite3_column_bytes(s, column) != WATS_UUID) return false;
  memcpy(out, bytes, WATS_UUID);
  return true;
}

/* False: it is longer than what we write. */
static bool read_text(struct sqlite3_stmt *s, int column, char *out,
                      size_t size)
{
  const unsigned char *text = sqlite3_column_text(s, column);
  size_t length = (size_t)sqlite3_column_bytes(s, column);
  bool fits = text && length < size;
  if (!text) length = 0;
  if (length >= size) length = size - 1;
  if (length) memcpy(out, text, length);
  out[length] = '\0';
  return fits;
}

void wats_outbox_read(struct sqlite3_stmt *s, struct wats_outbox_entry *e)
{
  int state = sqlite3_column_int(s, 9);
  memset(e, 0, sizeof *e);
  e->seq = sqlite3_column_int64(s, 0);
  e->sound = read_uuid(s, 1, e->uuid);
  e->rev = sqlite3_column_int64(s, 2);
  e->target = sqlite3_column_int64(s, 3);
  e->type = (char)sqlite3_column_int(s, 4);
  if (!read_text(s, 5, e->part, sizeof e->part)) e->sound = false;
  if (!read_text(s, 6, e->serial, sizeof e->serial)) e->sound = false;
  e->has_reference = read_uuid(s, 7, e->reference);
  e->priority = sqlite3_column_int(s, 8);
  if (state < 0 || state >= WATS_OUTBOX_STATES) e->sound = false;
  e->state = e->sound ? (enum wats_outbox_state)state : WATS_OUTBOX_DEAD;
  e->created_ms = sqlite3_column_int64(s, 10);
  e->due_ms = sqlite3_column_int64(s, 11);
  e->hold_ms = sqlite3_column_int64(s, 12);
  e->died_ms = sqlite3_column_int64(s, 13);
  e->attempts = (unsigned)sqlite3_column_int(s, 14);
  e->rejections = (unsigned)sqlite3_column_int(s, 15);
  e->rejection = (uint32_t)sqlite3_column_int64(s, 16);
  e->outage = sqlite3_column_int(s, 17) != 0;
  e->has_token = read_uuid(s, 18, e->token);
  e->last_status = sqlite3_column_int(s, 19);
  e->length = sqlite3_column_int64(s, 20);
  e->crc = (uint32_t)sqlite3_column_int64(s, 21);
  (void)read_text(s, 22, e->reason, sizeof e->reason);
}

bool wats_outbox_find(struct wats_outbox *o, struct sqlite3_stmt *s,
                      struct wats_outbox_entry *out)
{
  if (!wats_outbox_step(o, s)) return false;
  wats_outbox_read(s, out);
  wats_outbox_end(s);
  return true;
}

int64_t wats_outbox_target(struct wats_outbox *o, const char *url, bool make)
{
  int64_t id =
      wats_outbox_number(o, wats_outbox_bind(o, WATS_SQL_TARGET, "t", url));
  if (id > 0 || !make || o->result != WATS_OK) return id > 0 ? id : 0;
  wats_outbox_run(o, wats_outbox_bind(o, WATS_SQL_ADD_TARGET, "t", url));
  return o->result == WATS_OK ? sqlite3_last_insert_rowid(o->db) : 0;
}

char *wats_outbox_body(struct wats_outbox *o, int64_t seq, size_t *length)
{
  struct sqlite3_stmt *s = wats_outbox_bind(o, WATS_SQL_BODY, "i", seq);
  char *copy = NULL;
  *length = 0;
  if (!wats_outbox_step(o, s)) return NULL;
  *length = (size_t)sqlite3_column_bytes(s, 0);
  copy = wats_strndup(sqlite3_column_blob(s, 0), *length);
  wats_outbox_end(s);
  if (!copy)
    (void)wats_outbox_failed(o, WATS_ERR_MEMORY, WATS_DB_FAILED,
                             "not enough memory");
  return copy;
}

uint32_t wats_outbox_crc(const struct wats_outbox_entry *fields,
                         const char *target, const char *body, size_t length)
{
  const unsigned char small[3] = {(unsigned char)fields->type,
                                  (unsigned char)fields->priority,
                                  fields->has_reference};
  uint32_t crc = wats_crc32c(0, fields->uuid, sizeof fields->uuid);
  crc = wats_crc32c(crc, small, sizeof small);
  if (fields->has_reference)
    crc = wats_crc32c(crc, fields->reference, sizeof fields->reference);
  crc = wats_crc32c(crc, fields->part, strlen(fields->part) + 1);
  crc = wats_crc32c(crc, fields->serial, strlen(fields->serial) + 1);
  crc = wats_crc32c(crc, target, strlen(target) + 1);
  return wats_crc32c(crc, body, length);
}

int64_t wats_outbox_wall_ms(const struct wats_outbox *o)
{
  return wats_clock_wall(o->clock) / WATS_NS_PER_MS;
}

int64_t wats_outbox_boot_ms(const struct wats_outbox *o)
{
  return wats_clock_boot(o->clock) / WATS_NS_PER_MS;
}

#endif
