/*
** outbox_salvage_head.c - see outbox_salvage_head.h.
**
** Files are read here past SQLite, which drops SQLite's locks on them in this
** process. The old one is only read by then, and nobody writes it: the queue's
** own lock is held. The new one is nobody else's yet.
*/
#include "outbox_salvage_head.h"

#ifndef WATS_WITHOUT_QUEUE

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "durable.h"
#include "outbox_state.h"

#define PAGE  4096
#define CHUNK (1 << 20)
/* See the file format: https://sqlite.org/fileformat.html */
#define SIZE_FIELD    28 /* pages, in the head */
#define FREE_FIELD    32 /* the free list: its first page, and how many */
#define TREE          100
#define INTERIOR      5
#define CELLS_FIELD   3
#define LAST_FIELD    8
#define INTERIOR_HEAD 12
#define SCHEMA_PAGES  16 /* more is none of ours */

static unsigned get16(const unsigned char *p)
{
  return (unsigned)p[0] << 8 | p[1];
}

static uint32_t get32(const unsigned char *p)
{
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
         p[3];
}

static void put32(unsigned char *p, uint32_t n)
{
  p[0] = (unsigned char)(n >> 24);
  p[1] = (unsigned char)(n >> 16);
  p[2] = (unsigned char)(n >> 8);
  p[3] = (unsigned char)n;
}

/* ---- as it is -------------------------------------------------------------
 */

static uint64_t size_of(const char *path)
{
  struct stat info;
  return lstat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
}

static char *joined(const char *path, const char *ending)
{
  size_t size = strlen(path) + strlen(ending) + 1;
  char *text = wats_malloc(size);
  if (text) (void)snprintf(text, size, "%s%s", path, ending);
  return text;
}

/* Read only; what is wrong in the schema, or is missing at the end of the file,
** is passed over. */
static struct sqlite3 *open_reading(const char *path)
{
  const int flags =
      SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  struct sqlite3 *db = NULL;
  if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK) {
    wats_db_close(db);
    return NULL;
  }
  (void)sqlite3_extended_result_codes(db, 1);
  (void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  (void)wats_db_run(db, "PRAGMA writable_schema=ON; PRAGMA cell_size_check=ON",
                    NULL, NULL);
  return db;
}

/* Has it the tables that the new file has, in the same places? */
static bool has_schema_of(struct sqlite3 *db, struct sqlite3 *fresh)
{
  int64_t schema = wats_outbox_schema(db);
  return schema >= 0 && schema == wats_outbox_schema(fresh);
}

/* Reports that are found by it; 0 too where there is nothing to look into. */
static int64_t worth(struct sqlite3 *db)
{
  struct sqlite3_stmt *s = NULL;
  int64_t n = 0;
  if (db && sqlite3_prepare_v2(db,
                               "SELECT report.seq FROM report JOIN body"
                               " ON body.seq = report.seq",
                               -1, &s, NULL) == SQLITE_OK)
    while (sqlite3_step(s) == SQLITE_ROW)
      n++;
  (void)sqlite3_finalize(s);
  return n;
}

/* ---- through a copy -------------------------------------------------------
 */

/* What cannot be read is left out. */
static int copy_bytes(int from, int to)
{
  char *bytes = wats_malloc(CHUNK);
  struct stat info;
  uint64_t at, size = 0;
  size_t got;
  int reason = bytes ? 0 : ENOMEM;
  if (!reason && fstat(from, &info) == 0) size = (uint64_t)info.st_size;
  for (at = 0; !reason && at < size; at += CHUNK) {
    size_t n = size - at < CHUNK ? (size_t)(size - at) : CHUNK;
    memset(bytes, 0, n);
    if (lseek(from, (off_t)at, SEEK_SET) < 0) break;
    (void)wats_durable_read(from, bytes, n, &got);
    reason = wats_durable_write(to, bytes, n);
  }
  wats_free(bytes);
  return reason;
}

static int copy_file(const char *from, const char *to)
{
  int in, out, reason = wats_durable_open(AT_FDCWD, from, O_RDONLY, 0, &in);
  if (reason) return reason;
  reason =
      wats_durable_open(AT_FDCWD, to, O_RDWR | O_CREAT | O_TRUNC, 0600, &out);
  if (!reason) {
    reason = copy_bytes(in, out);
    wats_durable_close(out);
  }
  wats_durable_close(in);
  return reason;
}

static bool read_page(int file, uint32_t number, unsigned char *page)
{
  return pread(file, page, PAGE, (off_t)(number - 1) * PAGE) == PAGE;
}

static bool write_page(int file, uint32_t number, const unsigned char *page)
{
  return pwrite(file, page, PAGE, (off_t)(number - 1) * PAGE) == PAGE;
}

/* The pages of the schema: the first, and those below it. */
static bool graft(int fresh, int copy)
{
  unsigned char first[PAGE], page[PAGE];
  struct stat info, own;
  uint64_t pages;
  unsigned i, count;
  if (fstat(copy, &info) != 0 || fstat(fresh, &own) != 0 ||
      !read_page(fresh, 1, first))
    return false;
  count = first[TREE] == INTERIOR ? get16(first + TREE + CELLS_FIELD) + 1 : 0;
  if (count > SCHEMA_PAGES) return false;
  for (i = 0; i < count; i++) {
    const unsigned char *at = first + TREE + INTERIOR_HEAD + 2 * i;
    uint32_t number = i + 1 < count ? get32(first + get16(at) % (PAGE - 4))
                                    : get32(first + TREE + LAST_FIELD);
    if (number < 2 || !read_page(fresh, number, page) ||
        !write_page(copy, number, page))
      return false;
  }
  pages = (uint64_t)info.st_size / PAGE;
  if (pages < (uint64_t)own.st_size / PAGE)
    pages = (uint64_t)own.st_size / PAGE;
  put32(first + SIZE_FIELD, (uint32_t)pages);
  put32(first + FREE_FIELD, 0);
  put32(first + FREE_FIELD + 4, 0);
  return write_page(copy, 1, first);
}

static bool graft_files(const char *fresh_path, const char *copy_path)
{
  int fresh = -1, copy = -1;
  bool done =
      wats_durable_open(AT_FDCWD, fresh_path, O_RDONLY, 0, &fresh) == 0 &&
      wats_durable_open(AT_FDCWD, copy_path, O_RDWR, 0, &copy) == 0 &&
      graft(fresh, copy);
  wats_durable_close(copy);
  wats_durable_close(fresh);
  return done;
}

/* Into an empty file all that the new one has: then its log is read. */
static struct sqlite3 *open_copy(const char *path, const char *log,
                                 const char *fresh_path, const char *copy,
                                 const char *copy_log)
{
  bool is_empty = size_of(path) < PAGE;
  if (copy_file(is_empty ? fresh_path : path, copy) != 0) return NULL;
  if (size_of(log) && copy_file(log, copy_log) != 0) return NULL;
  if (!is_empty && !graft_files(fresh_path, copy)) return NULL;
  return open_reading(copy);
}

/* What finds more; closes the other. Somebody may have changed the schema, by
** VACUUM or ANALYZE, and damaged nothing. */
static struct sqlite3 *better(struct sqlite3 *as_is, struct sqlite3 *grafted)
{
  bool keep = as_is && worth(as_is) > worth(grafted);
  wats_db_close(keep ? grafted : as_is);
  return keep ? as_is : grafted;
}

enum wats_errc wats_salvage_open_file(const char *path, const char *fresh_path,
                                      struct sqlite3 *fresh,
                                      struct sqlite3 **out,
                                      struct wats_error *error)
{
  char *log = joined(path, "-wal"), *copy = joined(fresh_path, "-old");
  char *copy_log = joined(fresh_path, "-old-wal");
  enum wats_errc code = WATS_OK;
  struct sqlite3 *grafted;
  if (!log || !copy || !copy_log) {
    code = wats_fail_memory(error);
  } else {
    *out = NULL;
    grafted = NULL;
    /* SQLite deletes the log of an empty file. */
    if (size_of(path)) *out = open_reading(path);
    if ((!*out || !has_schema_of(*out, fresh)) &&
        wats_db_run(fresh, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL) ==
            WATS_OK) {
      grafted = open_copy(path, log, fresh_path, copy, copy_log);
      *out = better(*out, grafted);
    }
  }
  wats_free(log);
  wats_free(copy);
  wats_free(copy_log);
  return code;
}

#endif
