/*
** outbox_salvage_head.h - opening a damaged queue's file such that all of it
** can be reached that is there. For outbox_salvage_old.c.
**
** The first pages say where everything is; without them nothing is found. They
** are the same in all files of one version, but for numbers that do not matter
** for reading. So where they are damaged the file is read through a copy that
** has those of the new file. What that finds is vouched for row by row.
*/
#ifndef WATS_OUTBOX_SALVAGE_HEAD_H
#define WATS_OUTBOX_SALVAGE_HEAD_H

#include "db.h"

/*
** `out` NULL: it cannot be read at all. `fresh` is the new file's connection,
** `fresh_path` where it is; a copy is made at "<fresh_path>-old", and left to
** the caller to delete with what belongs to it. For wats_db_close. Only memory
** can fail.
*/
enum wats_errc wats_salvage_open_file(const char *path, const char *fresh_path,
                                      struct sqlite3 *fresh,
                                      struct sqlite3 **out,
                                      struct wats_error *error);

#endif
