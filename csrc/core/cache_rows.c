/*
** cache_rows.c - see cache_rows.h.
*/
#include "cache_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc.h"
#include "crc32c.h"

#ifndef WATS_WITHOUT_QUEUE
#include <sqlite3.h>

#define APPLICATION 0x57617443 /* "WatC" */
#define PAGE        4096
/* What a transaction may need beyond the bound before rows have given way. */
#define SLACK_PAGES 256
#define AT_ONCE     8 /* rows that give way together */

static const char *const migrations[] = {
    "CREATE TABLE file(name TEXT PRIMARY KEY, value BLOB NOT NULL)"
    " WITHOUT ROWID;"
    "INSERT INTO file VALUES('salt', randomblob(32));"
    "CREATE TABLE answer(number INTEGER PRIMARY KEY, id BLOB NOT NULL,"
    " variant BLOB NOT NULL, generation INTEGER NOT NULL,"
    " since INTEGER NOT NULL, used INTEGER NOT NULL, sum INTEGER NOT NULL,"
    " head BLOB NOT NULL, body BLOB NOT NULL, UNIQUE(id, variant));"
    "CREATE INDEX answer_used ON answer(used);",
    "DELETE FROM answer;"
    "ALTER TABLE answer ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;"};

static const char settings[] = "PRAGMA journal_mode=TRUNCATE;"
                               "PRAGMA synchronous=OFF;"
                               "PRAGMA cell_size_check=ON;"
                               "PRAGMA cache_size=-2048;"
                               "PRAGMA temp_store=MEMORY";
static const char at_birth[] = "PRAGMA page_size=4096;"
                               "PRAGMA auto_vacuum=INCREMENTAL";

enum {
  FIND,
  PUT,
  TOUCH,
  REMOVE,
  REPLACED,
  WIPE,
  OLDEST,
  SURPLUS,
  PAGES,
  FREE_PAGES,
  STATEMENTS
};

static const char *const texts[STATEMENTS] = {
    "SELECT number, variant, generation, since, used, sum, asked, head, body"
    " FROM answer WHERE id = ?1 ORDER BY since DESC, asked DESC, number DESC",
    "INSERT INTO answer(id, variant, generation, since, used, sum, asked, head,"
    " body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
    " ON CONFLICT(id, variant) DO UPDATE SET generation = ?3, since = ?4,"
    " used = ?5, sum = ?6, asked = ?7, head = ?8, body = ?9"
    " WHERE generation <> ?3 OR since < ?4 OR (since = ?4 AND asked <= ?7)",
    "UPDATE answer SET used = ?2 WHERE number = ?1 AND used < ?2",
    "DELETE FROM answer WHERE number = ?1",
    "DELETE FROM answer WHERE id = ?1 AND"
    " (generation <> ?2 OR since < ?3 OR (since = ?3 AND asked <= ?4))",
    "DELETE FROM answer WHERE generation <> ?1 OR since < ?2",
    "DELETE FROM answer WHERE number IN"
    " (SELECT number FROM answer ORDER BY used, number LIMIT ?1)",
    "DELETE FROM answer WHERE id = ?1 AND number NOT IN"
    " (SELECT number FROM answer WHERE id = ?1"
    " ORDER BY since DESC, asked DESC, number DESC LIMIT ?2)",
    "PRAGMA page_count",
    "PRAGMA freelist_count"};

struct wats_cache_rows {
  struct wats_db_options options; /* path is `path` */
  struct sqlite3 *db;
  struct sqlite3_stmt *statements[STATEMENTS];
  struct wats_hmac_key key;
  uint64_t max_bytes;
  dev_t device;
  ino_t inode;
  char path[];
};

/* ---- life --------------------------------------------------------------- */

static enum wats_errc read_salt(struct wats_cache_rows *rows,
                                enum wats_db_trouble *trouble,
                                struct wats_error *error)
{
  struct sqlite3_stmt *s = NULL;
  enum wats_errc code =
      wats_db_prepare(rows->db, "SELECT value FROM file WHERE name = 'salt'",
                      &s, trouble, error);
  if (code != WATS_OK) return code;
  if (sqlite3_step(s) == SQLITE_ROW &&
      sqlite3_column_bytes(s, 0) == WATS_ROW_SALT) {
    wats_hmac_key(&rows->key, sqlite3_column_blob(s, 0), WATS_ROW_SALT);
  } else {
    *trouble = WATS_DB_DAMAGED;
    code = wats_fail(error, WATS_ERR_IO, "%s holds no salt", rows->path);
  }
  sqlite3_finalize(s);
  return code;
}

static enum wats_errc prepare_all(struct wats_cache_rows *rows,
                                  enum wats_db_trouble *trouble,
                                  struct wats_error *error)
{
  enum wats_errc code = WATS_OK;
  char bound[64];
  int i;
  (void)snprintf(bound, sizeof bound, "PRAGMA max_page_count=%" PRIu64,
                 rows->max_bytes / PAGE + SLACK_PAGES);
  code = wats_db_run(rows->db, bound, trouble, error);
  for (i = 0; code == WATS_OK && i < STATEMENTS; i++)
    code = wats_db_prepare(rows->db, texts[i], &rows->statements[i], trouble,
                           error);
  return code;
}

static bool look_at(const char *path, dev_t *device, ino_t *inode)
{
  struct stat info;
  if (stat(path, &info) != 0) return false;
  *device = info.st_dev;
  *inode = info.st_ino;
  return true;
}

enum wats_errc
wats_cache_rows_open(const struct wats_cache_rows_options *options,
                     struct wats_cache_rows **out,
                     enum wats_db_trouble *trouble, struct wats_error *error)
{
  size_t length = strlen(options->path);
  struct wats_cache_rows *rows = wats_calloc(1, sizeof *rows + length + 1);
  enum wats_errc code;
  *trouble = WATS_DB_FAILED;
  if (!rows) return wats_fail_memory(error);
  memcpy(rows->path, options->path, length + 1);
  rows->max_bytes = options->max_bytes;
  rows->options = (struct wats_db_options){.path = rows->path,
                                           .application_id = APPLICATION,
                                           .migrations = migrations,
                                           .version = sizeof migrations /
                                                      sizeof *migrations,
                                           .settings = settings,
                                           .at_birth = at_birth,
                                           .naps = options->naps,
                                           .nap_us = options->nap_us,
                                           .stop = options->stop};
  code = wats_db_open(&rows->options, &rows->db, trouble, error);
  if (code == WATS_OK && !look_at(rows->path, &rows->device, &rows->inode)) {
    *trouble = WATS_DB_MOVED;
    code =
        wats_fail(error, WATS_ERR_IO, "%s was just put elsewhere", rows->path);
  }
  if (code == WATS_OK) code = read_salt(rows, trouble, error);
  if (code == WATS_OK) code = prepare_all(rows, trouble, error);
  if (code == WATS_OK)
    *out = rows;
  else
    wats_cache_rows_close(rows);
  return code;
}

void wats_cache_rows_patience(struct wats_cache_rows *rows, unsigned naps,
                              unsigned nap_us)
{
  rows->options.naps = naps;
  rows->options.nap_us = nap_us;
}

void wats_cache_rows_close(struct wats_cache_rows *rows)
{
  if (!rows) return;
  wats_db_close(rows->db);
  wats_free(rows);
}

const struct wats_hmac_key *
wats_cache_rows_key(const struct wats_cache_rows *rows)
{
  return &rows->key;
}

bool wats_cache_rows_are_current(const struct wats_cache_rows *rows)
{
  dev_t device;
  ino_t inode;
  return look_at(rows->path, &device, &inode) && device == rows->device &&
         inode == rows->inode;
}

/* ---- statements --------------------------------------------------------- */

static int64_t ask(struct wats_cache_rows *rows, int which)
{
  struct sqlite3_stmt *s = rows->statements[which];
  int64_t number = -1;
  if (sqlite3_step(s) == SQLITE_ROW) number = sqlite3_column_int64(s, 0);
  (void)sqlite3_reset(s);
  return number;
}

/* Runs a statement whose values are bound. */
static enum wats_errc run(struct wats_cache_rows *rows, int which,
                          enum wats_db_trouble *trouble,
                          struct wats_error *error)
{
  struct sqlite3_stmt *s = rows->statements[which];
  int result = sqlite3_step(s);
  (void)sqlite3_reset(s);
  (void)sqlite3_clear_bindings(s);
  if (result == SQLITE_DONE || result == SQLITE_ROW) return WATS_OK;
  return wats_db_fail(rows->db, result, trouble, error,
                      "cannot write to the cache on disk");
}

int64_t wats_cache_rows_count(struct wats_cache_rows *rows)
{
  return wats_db_number(rows->db, "SELECT count(*) FROM answer");
}

int64_t wats_cache_rows_bytes(struct wats_cache_rows *rows)
{
  int64_t pages = ask(rows, PAGES), idle = ask(rows, FREE_PAGES);
  return pages < 0 || idle < 0 ? -1 : (pages - idle) * PAGE;
}

int64_t wats_cache_rows_file_bytes(struct wats_cache_rows *rows)
{
  int64_t pages = ask(rows, PAGES);
  return pages < 0 ? -1 : pages * PAGE;
}

/* ---- looking up --------------------------------------------------------- */

static uint32_t sum_of(const struct wats_cache_row *row)
{
  const uint64_t numbers[3] = {row->generation, row->since,
                               (uint64_t)row->asked_ns};
  uint32_t sum = wats_crc32c(0, row->id, sizeof row->id);
  sum = wats_crc32c(sum, row->variant, sizeof row->variant);
  sum = wats_crc32c(sum, numbers, sizeof numbers);
  sum = wats_crc32c(sum, row->head, row->head_length);
  return wats_crc32c(sum, row->body, row->body_length);
}

/* False: not what we write. */
static bool read_row(struct wats_cache_rows *rows, struct wats_cache_row *row)
{
  struct sqlite3_stmt *s = rows->statements[FIND];
  row->rows = rows;
  row->number = sqlite3_column_int64(s, 0);
  if (sqlite3_column_bytes(s, 1) != WATS_ROW_VARIANT) return false;
  memcpy(row->variant, sqlite3_column_blob(s, 1), WATS_ROW_VARIANT);
  row->generation = (uint64_t)sqlite3_column_int64(s, 2);
  row->since = (uint64_t)sqlite3_column_int64(s, 3);
  row->used_s = sqlite3_column_int64(s, 4);
  row->sum = (uint32_t)sqlite3_column_int64(s, 5);
  row->asked_ns = sqlite3_column_int64(s, 6);
  row->head = sqlite3_column_blob(s, 7);
  row->head_length = (size_t)sqlite3_column_bytes(s, 7);
  row->body = NULL;
  row->body_length = 0;
  return row->head != NULL;
}

bool wats_cache_row_complete(struct wats_cache_row *row)
{
  struct sqlite3_stmt *s = row->rows->statements[FIND];
  row->body = sqlite3_column_blob(s, 8);
  row->body_length = (size_t)sqlite3_column_bytes(s, 8);
  return sum_of(row) == row->sum;
}

void wats_cache_rows_find(struct wats_cache_rows *rows,
                          const unsigned char id[WATS_ROW_ID],
                          bool (*visit)(void *context,
                                        struct wats_cache_row *row),
                          void *context, enum wats_db_trouble *trouble)
{
  struct sqlite3_stmt *s = rows->statements[FIND];
  struct wats_cache_row row;
  int result;
  memcpy(row.id, id, sizeof row.id);
  *trouble = WATS_DB_FINE;
  (void)sqlite3_bind_blob(s, 1, row.id, sizeof row.id, SQLITE_STATIC);
  while ((result = sqlite3_step(s)) == SQLITE_ROW)
    if (read_row(rows, &row) && !visit(context, &row)) break;
  if (result != SQLITE_ROW) *trouble = wats_db_trouble(result);
  (void)sqlite3_reset(s);
  (void)sqlite3_clear_bindings(s);
}

/* ---- writing ------------------------------------------------------------ */

enum wats_errc wats_cache_rows_begin(struct wats_cache_rows *rows,
                                     enum wats_db_trouble *trouble,
                                     struct wats_error *error)
{
  return wats_db_begin(rows->db, trouble, error);
}

enum wats_errc wats_cache_rows_commit(struct wats_cache_rows *rows,
                                      enum wats_db_trouble *trouble,
                                      struct wats_error *error)
{
  return wats_db_commit(rows->db, trouble, error);
}

void wats_cache_rows_rollback(struct wats_cache_rows *rows)
{
  wats_db_rollback(rows->db);
}

/* Rows give way until that many bytes fit; a file that was allowed to be larger
** before shrinks. */
static enum wats_errc make_room(struct wats_cache_rows *rows, uint64_t bytes,
                                enum wats_db_trouble *trouble,
                                struct wats_error *error)
{
  uint64_t most = rows->max_bytes > bytes ? rows->max_bytes - bytes : 0;
  enum wats_errc code = WATS_OK;
  bool gone = false;
  while (code == WATS_OK && wats_cache_rows_bytes(rows) > (int64_t)most) {
    (void)sqlite3_bind_int(rows->statements[OLDEST], 1, AT_ONCE);
    code = run(rows, OLDEST, trouble, error);
    if (sqlite3_changes(rows->db) == 0) break;
    gone = true;
  }
  if (code == WATS_OK && gone &&
      wats_cache_rows_file_bytes(rows) > (int64_t)rows->max_bytes)
    code = wats_db_run(rows->db, "PRAGMA incremental_vacuum(1024)", trouble,
                       error);
  return code;
}

static void bind_row(struct sqlite3_stmt *s, const struct wats_cache_row *row)
{
  (void)sqlite3_bind_blob(s, 1, row->id, WATS_ROW_ID, SQLITE_STATIC);
  (void)sqlite3_bind_blob(s, 2, row->variant, WATS_ROW_VARIANT, SQLITE_STATIC);
  (void)sqlite3_bind_int64(s, 3, (int64_t)row->generation);
  (void)sqlite3_bind_int64(s, 4, (int64_t)row->since);
  (void)sqlite3_bind_int64(s, 5, row->used_s);
  (void)sqlite3_bind_int64(s, 6, sum_of(row));
  (void)sqlite3_bind_int64(s, 7, row->asked_ns);
  (void)sqlite3_bind_blob64(s, 8, row->head, row->head_length, SQLITE_STATIC);
  /* No bytes are not NULL. */
  (void)sqlite3_bind_blob64(s, 9, row->body_length ? row->body : "",
                            row->body_length, SQLITE_STATIC);
}

static enum wats_errc remove_older(struct wats_cache_rows *rows,
                                   const struct wats_cache_row *row,
                                   enum wats_db_trouble *trouble,
                                   struct wats_error *error)
{
  struct sqlite3_stmt *s = rows->statements[REPLACED];
  (void)sqlite3_bind_blob(s, 1, row->id, WATS_ROW_ID, SQLITE_STATIC);
  (void)sqlite3_bind_int64(s, 2, (int64_t)row->generation);
  (void)sqlite3_bind_int64(s, 3, (int64_t)row->since);
  (void)sqlite3_bind_int64(s, 4, row->asked_ns);
  return run(rows, REPLACED, trouble, error);
}

enum wats_errc wats_cache_rows_put(struct wats_cache_rows *rows,
                                   const struct wats_cache_row *row,
                                   enum wats_db_trouble *trouble,
                                   struct wats_error *error)
{
  uint64_t bytes = row->head_length + row->body_length + PAGE;
  struct sqlite3_stmt *surplus = rows->statements[SURPLUS];
  enum wats_errc code;
  *trouble = WATS_DB_FINE;
  if (bytes > rows->max_bytes / WATS_ROW_PART) {
    code = remove_older(rows, row, trouble, error);
    return code == WATS_OK ? WATS_ERR_TOO_LARGE : code;
  }
  code = make_room(rows, bytes, trouble, error);
  if (code != WATS_OK) return code;
  bind_row(rows->statements[PUT], row);
  code = run(rows, PUT, trouble, error);
  if (code != WATS_OK) return code;
  (void)sqlite3_bind_blob(surplus, 1, row->id, WATS_ROW_ID, SQLITE_STATIC);
  (void)sqlite3_bind_int(surplus, 2, WATS_ROW_VARIANTS);
  return run(rows, SURPLUS, trouble, error);
}

enum wats_errc wats_cache_rows_touch(struct wats_cache_rows *rows,
                                     int64_t number, int64_t used_s,
                                     enum wats_db_trouble *trouble,
                                     struct wats_error *error)
{
  (void)sqlite3_bind_int64(rows->statements[TOUCH], 1, number);
  (void)sqlite3_bind_int64(rows->statements[TOUCH], 2, used_s);
  return run(rows, TOUCH, trouble, error);
}

enum wats_errc wats_cache_rows_remove(struct wats_cache_rows *rows,
                                      int64_t number,
                                      enum wats_db_trouble *trouble,
                                      struct wats_error *error)
{
  (void)sqlite3_bind_int64(rows->statements[REMOVE], 1, number);
  return run(rows, REMOVE, trouble, error);
}

enum wats_errc wats_cache_rows_wipe(struct wats_cache_rows *rows,
                                    uint64_t generation, uint64_t since,
                                    enum wats_db_trouble *trouble,
                                    struct wats_error *error)
{
  (void)sqlite3_bind_int64(rows->statements[WIPE], 1, (int64_t)generation);
  (void)sqlite3_bind_int64(rows->statements[WIPE], 2, (int64_t)since);
  return run(rows, WIPE, trouble, error);
}

#endif
