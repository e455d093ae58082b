/*
** outbox_mend.c - another file in the place of a damaged one.
**
** The damaged one is only read, until the new one is complete:
**
**   <path>-mending   is being built (outbox_salvage.c); begun anew if that is
**                    cut short
**   <path>-mended    complete and synced; from now on it is what counts
**   <path>.damaged-  the old one, with what belongs to it, put away
**   <path>           the new one
**
** A process may end between any two of these: whoever opens the queue next
** goes on from there (wats_outbox_finish_mending).
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "ballast.h"
#include "durable.h"
#include "log.h"
#include "outbox_salvage.h"

static char *joined(const char *path, const char *ending)
{
  size_t size = strlen(path) + strlen(ending) + 1;
  char *text = wats_malloc(size);
  if (text) (void)snprintf(text, size, "%s%s", path, ending);
  return text;
}

static bool is_there(const char *path)
{
  struct stat info;
  return lstat(path, &info) == 0;
}

/* ---- files ----------------------------------------------------------------
 */

static int sync_path(const char *path, bool folder)
{
  int file, reason = folder
                         ? wats_durable_open_folder(AT_FDCWD, path, &file)
                         : wats_durable_open(AT_FDCWD, path, O_RDWR, 0, &file);
  if (reason) return reason;
  reason = folder ? wats_durable_sync_folder(file) : wats_durable_sync(file);
  wats_durable_close(file);
  return reason;
}

/* Of the directory that the queue lies in. Its last component was followed
** when the path was made absolute. */
static int sync_around(const struct wats_outbox *o)
{
  const char *slash = strrchr(o->path, '/');
  char *folder = wats_strndup(o->path, (size_t)(slash - o->path) + 1);
  int reason = folder ? sync_path(folder, true) : ENOMEM;
  wats_free(folder);
  return reason;
}

static enum wats_errc failed(struct wats_error *error, int reason,
                             const char *what, const char *path)
{
  if (reason == ENOMEM) return wats_fail_memory(error);
  return wats_fail_errno(
      error, wats_durable_is_full(reason) ? WATS_ERR_QUEUE_FULL : WATS_ERR_IO,
      reason, "%s %s", what, path);
}

static bool clear(const char *building, const char *const endings[])
{
  for (; *endings; endings++) {
    char *path = joined(building, *endings);
    if (!path) return false;
    (void)unlink(path);
    wats_free(path);
  }
  return true;
}

/* What it was read through. */
static const char *const copies[] = {"-old", "-old-wal", "-old-shm", NULL};
/* Whatever an attempt before has left. */
static const char *const all[] = {"",         "-wal",     "-shm", "-old",
                                  "-old-wal", "-old-shm", NULL};

/* ---- the new one takes its place ------------------------------------------
 */

static enum wats_errc take_place(struct wats_outbox *o, const char *mended,
                                 struct wats_error *error)
{
  char name[WATS_LOG_TEXT / 2] = "";
  enum wats_errc code = WATS_OK;
  int reason;
  if (is_there(o->path))
    code = wats_db_set_aside(o->path, name, sizeof name, error);
  if (code != WATS_OK) return code;
  reason = wats_durable_rename(AT_FDCWD, mended, AT_FDCWD, o->path);
  if (!reason) reason = sync_around(o);
  if (reason)
    return failed(error, reason, "cannot put the mended file in place of",
                  o->path);
  wats_log(WATS_LOG_ERROR, WATS_LOG_ALL,
           "the queue's file was damaged and is set aside",
           (struct wats_log_field[]){wats_log_text("path", o->path),
                                     wats_log_text("damaged", name)},
           2);
  return WATS_OK;
}

enum wats_errc wats_outbox_finish_mending(struct wats_outbox *o,
                                          struct wats_error *error)
{
  char *mended = joined(o->path, "-mended");
  enum wats_errc code = mended ? WATS_OK : wats_fail_memory(error);
  if (mended && is_there(mended)) code = take_place(o, mended, error);
  wats_free(mended);
  return code;
}

/* ---- building -------------------------------------------------------------
 */

static void report(const struct wats_outbox *o,
                   const struct wats_outbox_salvaged *n)
{
  wats_log(n->lost || n->quarantined ? WATS_LOG_ERROR : WATS_LOG_WARN,
           WATS_LOG_ALL, "the queue's file was damaged: what could be read",
           (struct wats_log_field[]){
               wats_log_text("path", o->path),
               wats_log_integer("reports", (int64_t)n->living),
               wats_log_integer("dead", (int64_t)n->dead),
               wats_log_integer("sent_known", (int64_t)n->tombstones),
               wats_log_integer("damaged", (int64_t)n->quarantined),
               wats_log_integer("unreadable", (int64_t)n->lost)},
           6);
}

/* All of it in one file, synced. */
static enum wats_errc build(struct wats_outbox *o, const char *building,
                            struct wats_outbox_salvaged *counts,
                            struct wats_error *error)
{
  const char *path = o->options.path;
  enum wats_errc code;
  int reason;
  memset(counts, 0, sizeof *counts);
  if (!clear(building, all)) return wats_fail_memory(error);
  o->result = WATS_OK;
  o->options.path = building;
  code = wats_db_open(&o->options, &o->db, &o->trouble, &o->why);
  if (code == WATS_OK)
    code = wats_db_run(o->db, "PRAGMA synchronous=OFF", &o->trouble, &o->why);
  if (code == WATS_OK) code = wats_outbox_salvage(o, counts);
  if (code == WATS_OK)
    code = wats_db_run(o->db, "PRAGMA wal_checkpoint(TRUNCATE)", &o->trouble,
                       &o->why);
  /* The last connection takes its log along. */
  wats_outbox_disconnect(o);
  o->options.path = path;
  if (code != WATS_OK) {
    *error = o->why;
    return code;
  }
  reason = sync_path(building, false);
  (void)clear(building, copies);
  return reason ? failed(error, reason, "cannot write", building) : WATS_OK;
}

/* ---- another's -------------------------------------------------------------
 */

#define HEAD 16

static bool begins_like_ours(const char *path)
{
  static const char ours[HEAD] = "SQLite format 3";
  char head[HEAD];
  int file, i, same = 0, zeros = 0;
  ssize_t n;
  if (wats_durable_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0, &file))
    return true;
  n = pread(file, head, HEAD, 0);
  wats_durable_close(file);
  for (i = 0; i < n; i++) {
    same += head[i] == ours[i];
    zeros += head[i] == 0;
  }
  return n <= 0 || same >= HEAD / 2 || zeros == n;
}

/* What has neither the beginning of a queue, nor what lies beside one, nor
** anything of one in it was never a queue: somebody has named the wrong file.
** Where one is in doubt it is damaged, since a station must go on. */
static bool is_anothers(const struct wats_outbox *o,
                        const struct wats_outbox_salvaged *found)
{
  char *ballast = joined(o->path, "-ballast");
  bool alone = ballast && !is_there(ballast) && !is_there(o->log_path);
  wats_free(ballast);
  return alone && !found->living && !found->dead && !found->tombstones &&
         !found->quarantined && !found->lost && !begins_like_ours(o->path);
}

enum wats_errc wats_outbox_mend(struct wats_outbox *o, struct wats_error *error)
{
  char *building = joined(o->path, "-mending");
  char *mended = joined(o->path, "-mended");
  struct wats_outbox_salvaged counts;
  enum wats_errc code = WATS_ERR_MEMORY;
  int reason;
  if (!building || !mended) {
    (void)wats_fail_memory(error);
    goto done;
  }
  code = build(o, building, &counts, error);
  if (code == WATS_ERR_QUEUE_FULL && wats_outbox_spend(o))
    code = build(o, building, &counts, error);
  if (code == WATS_OK && is_anothers(o, &counts)) {
    code = wats_fail(error, WATS_ERR_IO,
                     "cannot use %s: it is no queue, and nothing of one is in "
                     "it",
                     o->path);
    o->trouble = WATS_DB_FOREIGN;
  }
  if (code != WATS_OK) {
    (void)clear(building, all);
    goto done;
  }
  reason = wats_durable_rename(AT_FDCWD, building, AT_FDCWD, mended);
  if (!reason) reason = sync_around(o);
  if (reason) {
    code = failed(error, reason, "cannot rename", building);
    goto done;
  }
  report(o, &counts);
  atomic_fetch_add(&o->damaged, counts.quarantined + counts.lost);
  code = take_place(o, mended, error);
done:
  wats_free(building);
  wats_free(mended);
  return code;
}

#endif
