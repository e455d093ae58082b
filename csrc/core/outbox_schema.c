/*
** outbox_schema.c - is the schema in a file the one that we have made?
**
** It is text that SQLite obeys: with one letter changed in a trigger it would
** do something else at each commit, and see no damage in that.
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <sqlite3.h>
#include <stdio.h>

#include "crc32c.h"

#define KNOWN (UINT64_C(1) << 32)

/* -1: it cannot be read. */
int64_t wats_outbox_schema(struct sqlite3 *db)
{
  struct sqlite3_stmt *s = NULL;
  uint32_t crc = 0;
  int result = SQLITE_ERROR, i;
  if (sqlite3_prepare_v2(db,
                         "SELECT type, name, tbl_name, rootpage, sql"
                         " FROM sqlite_schema ORDER BY rowid",
                         -1, &s, NULL) == SQLITE_OK)
    while ((result = sqlite3_step(s)) == SQLITE_ROW)
      for (i = 0; i < 5; i++) {
        const unsigned char *text = sqlite3_column_text(s, i);
        crc = wats_crc32c(crc, text, (size_t)sqlite3_column_bytes(s, i));
        crc = wats_crc32c(crc, text ? "t" : "n", 2);
      }
  (void)sqlite3_finalize(s);
  return result == SQLITE_DONE ? (int64_t)crc : -1;
}

/* Of a file that was just made; its pages are numbered as those in memory. */
static int64_t own_schema(void)
{
  static _Atomic uint64_t known;
  uint64_t value = atomic_load(&known);
  struct sqlite3 *db = NULL;
  int64_t crc = -1;
  int i;
  if (value & KNOWN) return (int64_t)(value & UINT32_MAX);
  if (sqlite3_open_v2(":memory:", &db,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                      NULL) == SQLITE_OK &&
      wats_db_run(db, wats_outbox_settings, NULL, NULL) == WATS_OK) {
    for (i = 0; i < wats_outbox_version; i++)
      if (wats_db_run(db, wats_outbox_migrations[i], NULL, NULL) != WATS_OK)
        break;
    if (i == wats_outbox_version) crc = wats_outbox_schema(db);
  }
  wats_db_close(db);
  if (crc >= 0) atomic_store(&known, KNOWN | (uint64_t)crc);
  return crc;
}

enum wats_errc wats_outbox_check_schema(struct wats_outbox *o)
{
  int64_t own = own_schema(), there = wats_outbox_schema(o->db);
  if (own < 0) {
    o->trouble = WATS_DB_FAILED;
    return wats_fail_memory(&o->why);
  }
  if (there == own) return WATS_OK;
  if (there < 0)
    return wats_db_fail(o->db, sqlite3_extended_errcode(o->db), &o->trouble,
                        &o->why, "cannot read the queue's schema");
  o->trouble = WATS_DB_DAMAGED;
  return wats_fail(&o->why, WATS_ERR_IO, "%s: its schema is not ours", o->path);
}

#endif
