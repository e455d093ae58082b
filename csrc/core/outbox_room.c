/*
** outbox_room.c - room on the disk: the ballast, and what submits leave over.
**
** What was sent can only be deleted if there is room to write that down, and to
** bring the log into the file. So whoever submits is refused before the disk is
** full, and the ballast is for who delivers, when others have filled it. Once
** it is spent submits leave over what it lacks too, or they would eat it; but
** no more than what waits, since nothing else is to be delivered from it.
*/
#include "outbox_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "alloc.h"
#include "ballast.h"
#include "log.h"

/* For turns that find the server away, and the pages of trees. */
#define HEADROOM   (UINT64_C(2) << 20)
#define FRAME_HEAD 24
/* Left over when the ballast is made. */
#define SPARE (UINT64_C(4) << 20)
/* Below that a connection may fail for want of room. */
#define TIGHT (UINT64_C(256) << 10)

/* "<path><ending>", for wats_free. */
static char *beside(const struct wats_outbox *o, const char *ending)
{
  size_t size = strlen(o->path) + strlen(ending) + 1;
  char *path = wats_malloc(size);
  if (path) (void)snprintf(path, size, "%s%s", o->path, ending);
  return path;
}

/* On the disk of the queue. What is not known is enough. */
static uint64_t room(const struct wats_outbox *o)
{
  struct statvfs disk;
  if (statvfs(o->path, &disk) != 0) return UINT64_MAX;
  return (uint64_t)disk.f_bavail * disk.f_frsize;
}

/* ---- the ballast -------------------------------------------------------- */

bool wats_outbox_spend(struct wats_outbox *o)
{
  char *path = beside(o, "-ballast");
  bool done = path && wats_ballast_give_up(path);
  wats_free(path);
  if (done)
    wats_log(WATS_LOG_WARN, WATS_LOG_ALL,
             "the disk is full: the queue gives up its ballast",
             (struct wats_log_field[]){wats_log_text("path", o->path)}, 1);
  o->ballast_is_whole = false;
  return done;
}

bool wats_outbox_is_tight(const struct wats_outbox *o)
{
  return room(o) < TIGHT;
}

void wats_outbox_keep_ballast(struct wats_outbox *o)
{
  int64_t now_ns = wats_clock_monotonic(o->clock);
  char *path;
  if (o->ballast_is_whole || now_ns < o->ballast_after_ns) return;
  path = beside(o, "-ballast");
  if (!path || wats_ballast_grow(path, WATS_OUTBOX_BALLAST, SPARE,
                                 &o->ballast_is_whole, NULL) != WATS_OK)
    o->ballast_after_ns = now_ns + 60 * WATS_NS_PER_S;
  wats_free(path);
}

void wats_outbox_make_ballast(struct wats_outbox *o, void *unused)
{
  int pieces = WATS_OUTBOX_BALLAST / WATS_BALLAST_PIECE;
  (void)unused;
  for (; pieces && !o->ballast_is_whole && !o->ballast_after_ns; pieces--)
    wats_outbox_keep_ballast(o);
}

/* ---- what submits leave over -------------------------------------------- */

/* Pages hold less than all of a body. */
static uint64_t with_pages(uint64_t bytes)
{
  return bytes + bytes / 4;
}

/* What is written next goes over what is in the log already, once all of that
** is in the file. */
static uint64_t room_in_log(const struct wats_outbox *o)
{
  struct stat log;
  uint64_t used = o->log_done < o->log_pages
                      ? (uint64_t)o->log_pages * (WATS_OUTBOX_PAGE + FRAME_HEAD)
                      : 0;
  if (lstat(o->log_path, &log) != 0 || (uint64_t)log.st_size < used) return 0;
  return (uint64_t)log.st_size - used;
}

/* Pages that have held what was sent since. */
static uint64_t room_in_file(const struct wats_outbox *o)
{
  int64_t pages = wats_db_number(o->db, "PRAGMA freelist_count");
  return pages > 0 ? (uint64_t)pages * WATS_OUTBOX_PAGE : 0;
}

/* `wanted` is what the file must take in. The queue's own files do not shrink:
** a disk that others have filled is no reason to refuse what fits in there. */
bool wats_outbox_has_room_for(struct wats_outbox *o, uint64_t bytes,
                              uint64_t waiting)
{
  uint64_t pages =
      o->log_pages > o->log_done ? (uint64_t)(o->log_pages - o->log_done) : 0;
  uint64_t wanted = with_pages(bytes) + pages * WATS_OUTBOX_PAGE;
  char *path = beside(o, "-ballast");
  uint64_t lacks = path ? wats_ballast_lacks(path, WATS_OUTBOX_BALLAST) : 0;
  wats_free(path);
  wanted += lacks < waiting ? lacks : waiting;
  if (room(o) >= HEADROOM + wanted) return true;
  /* Who delivers has the ballast, if it is there. */
  if (room_in_log(o) >= (lacks ? HEADROOM : TIGHT) + with_pages(bytes) &&
      room_in_file(o) >= wanted)
    return true;
  return wats_outbox_failed(o, WATS_ERR_QUEUE_FULL, WATS_DB_FULL,
                            "no room on the disk for the queue");
}

/* The directory may not be there yet. */
static bool is_on_same_disk(const struct wats_outbox *o)
{
  struct stat queue, boat;
  char *parent = NULL;
  const char *slash = strrchr(o->lifeboat, '/');
  bool same = stat(o->path, &queue) == 0;
  if (same && stat(o->lifeboat, &boat) != 0) {
    parent = slash
                 ? wats_strndup(o->lifeboat, (size_t)(slash - o->lifeboat) + 1)
                 : wats_strndup(".", 1);
    same = parent && stat(parent, &boat) == 0;
  }
  wats_free(parent);
  return same && queue.st_dev == boat.st_dev;
}

enum wats_errc wats_outbox_has_room_for_boat(const struct wats_outbox *o,
                                             uint64_t bytes,
                                             enum wats_db_trouble trouble,
                                             struct wats_error *error)
{
  uint64_t wanted = HEADROOM + bytes;
  /* All that the database may have asked for. */
  if (trouble == WATS_DB_FULL)
    wanted += WATS_OUTBOX_BALLAST + WATS_OUTBOX_SUBMIT_LOG;
  if (!is_on_same_disk(o) || room(o) >= wanted) return WATS_OK;
  return wats_fail(error, WATS_ERR_QUEUE_FULL,
                   "it is on the same disk, which has no room");
}

#endif
