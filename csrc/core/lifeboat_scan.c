/*
** lifeboat_scan.c - finding, reading and taking out what was saved; see
** lifeboat.h.
*/
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "crc32c.h"
#include "durable.h"
#include "lifeboat.h"
#include "lifeboat_names.h"

#define PART_EXPIRY (INT64_C(3600) * WATS_NS_PER_S)

static enum wats_errc trouble(struct wats_error *error, int reason,
                              const char *what, const char *directory)
{
  if (reason == ENOMEM) return wats_fail_memory(error);
  return wats_fail_errno(
      error, wats_durable_is_full(reason) ? WATS_ERR_QUEUE_FULL : WATS_ERR_IO,
      reason, "%s the lifeboat %s", what, directory);
}

bool wats_lifeboat_is_there(const char *directory)
{
  struct stat info;
  /* What cannot be looked at may hold something. */
  return lstat(directory, &info) == 0 || errno != ENOENT;
}

/* ---- walking ------------------------------------------------------------ */

/* Calls for each name; an errno from it ends the walk and is returned. */
static int each_name(int folder,
                     int (*visit)(int folder, const char *name, void *context),
                     void *context)
{
  int again, reason;
  DIR *names;
  struct dirent *entry;
  /* A descriptor of its own: the stream closes it. */
  reason = wats_durable_open_folder(folder, ".", &again);
  if (reason) return reason;
  names = fdopendir(again);
  if (!names) {
    reason = errno;
    wats_durable_close(again);
    return reason;
  }
  do {
    errno = 0;
    entry = readdir(names);
    if (entry)
      reason = visit(folder, entry->d_name, context);
    else
      reason = errno;
  } while (entry && !reason);
  closedir(names);
  return reason;
}

struct walk {
  int (*visit)(int folder, const char *name, void *context);
  void *context;
  const char *folder; /* the one that is being walked through */
};

/* Of the lifeboat itself. What is another's, or no directory, is passed over.
 */
static int enter(int root, const char *name, void *context)
{
  struct walk *w = context;
  char target[256];
  int folder, reason;
  if (!wats_lifeboat_decode_target(name, target, sizeof target) ||
      strcmp(name, WATS_LIFEBOAT_DAMAGES) == 0)
    return 0;
  reason = wats_lifeboat_open_folder(root, name, &folder);
  if (reason == EMFILE || reason == ENFILE || reason == ENOMEM) return reason;
  if (reason) return 0;
  w->folder = name;
  reason = each_name(folder, w->visit, w->context);
  wats_durable_close(folder);
  return reason;
}

/* `folder` in the visitor's context is told by `w`. */
static int walk(const char *directory, struct walk *w)
{
  int root, reason = wats_durable_open_folder(AT_FDCWD, directory, &root);
  if (reason) return reason == ENOENT ? 0 : reason;
  reason = each_name(root, enter, w);
  wats_durable_close(root);
  return reason;
}

/* ---- scanning ----------------------------------------------------------- */

struct scan {
  struct walk walk;
  const struct wats_lifeboat_query *query;
  struct wats_lifeboat_file *files; /* in order */
  size_t count, room;
};

static int make_room(struct scan *s)
{
  size_t room = s->room ? 2 * s->room : 8;
  void *grown;
  if (s->count < s->room) return 0;
  if (room > s->query->limit) room = s->query->limit;
  grown = wats_realloc(s->files, room * sizeof *s->files);
  if (!grown) return ENOMEM;
  s->files = grown;
  s->room = room;
  return 0;
}

/* Where it belongs; the last one makes room for it where there is none. */
static int put(struct scan *s, const struct wats_lifeboat_file *file)
{
  size_t low = 0, high;
  int reason;
  if (s->count == s->query->limit)
    s->count--;
  else if ((reason = make_room(s)) != 0)
    return reason;
  high = s->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (wats_lifeboat_compare(&s->files[middle], file) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  memmove(&s->files[low + 1], &s->files[low],
          (s->count - low) * sizeof *s->files);
  s->files[low] = *file;
  s->count++;
  return 0;
}

static int consider(int folder, const char *name, void *context)
{
  struct scan *s = context;
  const struct wats_lifeboat_query *q = s->query;
  struct wats_lifeboat_file file;
  struct stat info;
  if (!wats_lifeboat_read_name(name, &file)) return 0;
  if (q->after && wats_lifeboat_compare(&file, q->after) <= 0) return 0;
  if (s->count == q->limit &&
      wats_lifeboat_compare(&file, &s->files[s->count - 1]) >= 0)
    return 0;
  (void)snprintf(file.folder, sizeof file.folder, "%s", s->walk.folder);
  (void)wats_lifeboat_decode_target(file.folder, file.target,
                                    sizeof file.target);
  file.size = 0;
  if (q->wanted && !q->wanted(&file, q->context)) return 0;
  if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
      !S_ISREG(info.st_mode))
    return 0;
  file.size = (uint64_t)info.st_size;
  return put(s, &file);
}

enum wats_errc wats_lifeboat_scan(const char *directory,
                                  const struct wats_lifeboat_query *query,
                                  struct wats_lifeboat_file **files,
                                  size_t *count, struct wats_error *error)
{
  struct scan s = {{consider, NULL, NULL}, query, NULL, 0, 0};
  int reason = 0;
  s.walk.context = &s;
  if (query->limit) reason = walk(directory, &s.walk);
  if (reason) {
    wats_free(s.files);
    return trouble(error, reason, "cannot look into", directory);
  }
  *files = s.files;
  *count = s.count;
  return WATS_OK;
}

static int count_one(int folder, const char *name, void *context)
{
  struct wats_lifeboat_file file;
  (void)folder;
  if (wats_lifeboat_read_name(name, &file)) ++*(uint64_t *)context;
  return 0;
}

uint64_t wats_lifeboat_count(const char *directory)
{
  uint64_t n = 0;
  struct walk w = {count_one, &n, NULL};
  (void)walk(directory, &w);
  return n;
}

/* ---- reading ------------------------------------------------------------ */

static int open_both(const char *directory, const char *folder, int *root,
                     int *inner)
{
  int reason = wats_durable_open_folder(AT_FDCWD, directory, root);
  if (reason) return reason;
  reason = wats_lifeboat_open_folder(*root, folder, inner);
  if (reason) wats_durable_close(*root);
  return reason;
}

/* All of it, as long as it is now; another length is damage, too. */
static int read_all(int file, char **out, size_t *length)
{
  struct stat info;
  size_t got = 0;
  char *body;
  int reason;
  if (fstat(file, &info) != 0) return errno;
  if (!S_ISREG(info.st_mode)) return ENOENT;
  if ((uint64_t)info.st_size >= SIZE_MAX) return EFBIG;
  body = wats_malloc((size_t)info.st_size + 1);
  if (!body) return ENOMEM;
  reason = wats_durable_read(file, body, (size_t)info.st_size, &got);
  if (reason) {
    wats_free(body);
    return reason;
  }
  body[got] = '\0';
  *out = body;
  *length = got;
  return 0;
}

enum wats_errc wats_lifeboat_read(const char *directory,
                                  struct wats_lifeboat_file *file,
                                  enum wats_lifeboat_state *state, char **body,
                                  struct wats_error *error)
{
  int root, folder, in, reason;
  size_t length = 0;
  char *text = NULL;
  reason = open_both(directory, file->folder, &root, &folder);
  if (!reason) {
    /* Not to wait for a pipe that somebody has put there. */
    reason =
        wats_durable_open(folder, file->name, O_RDONLY | O_NONBLOCK, 0, &in);
    if (!reason) {
      reason = read_all(in, &text, &length);
      wats_durable_close(in);
    }
    wats_durable_close(folder);
    wats_durable_close(root);
  }
  if (reason && reason != ENOENT)
    return trouble(error, reason, "cannot read from", directory);
  *state = reason ? WATS_LIFEBOAT_GONE : WATS_LIFEBOAT_WHOLE;
  if (!reason && wats_crc32c(0, text, length) != file->crc) {
    *state = WATS_LIFEBOAT_DAMAGED;
    wats_free(text);
  } else if (!reason) {
    *body = text;
    file->size = length;
  }
  return WATS_OK;
}

/* ---- taking out --------------------------------------------------------- */

bool wats_lifeboat_is_open(const char *directory,
                           const struct wats_lifeboat_file *file)
{
  int root, folder;
  bool open;
  if (open_both(directory, file->folder, &root, &folder) != 0) return false;
  open = faccessat(folder, ".", W_OK | X_OK, 0) == 0;
  wats_durable_close(folder);
  wats_durable_close(root);
  return open;
}

static int remove_one(int root, const struct wats_lifeboat_file *file,
                      bool last_of_folder)
{
  int synced = 0, folder, reason;
  reason = wats_lifeboat_open_folder(root, file->folder, &folder);
  if (reason) return reason == ENOENT ? 0 : reason;
  reason = wats_durable_remove(folder, file->name, 0);
  if (reason == ENOENT) reason = 0;
  if (last_of_folder) synced = wats_durable_sync_folder(folder);
  wats_durable_close(folder);
  /* Refused where there is more. If that is lost by a power cut there is an
  ** empty directory again. */
  if (last_of_folder) (void)unlinkat(root, file->folder, AT_REMOVEDIR);
  return reason ? reason : synced;
}

enum wats_errc wats_lifeboat_remove(const char *directory,
                                    const struct wats_lifeboat_file *files,
                                    size_t count, struct wats_error *error)
{
  int root, first,
      reason = wats_durable_open_folder(AT_FDCWD, directory, &root);
  size_t i;
  if (reason == ENOENT || !count) {
    if (!reason) wats_durable_close(root);
    return WATS_OK;
  }
  first = reason;
  for (i = 0; !first && i < count; i++) {
    bool last =
        i + 1 == count || strcmp(files[i].folder, files[i + 1].folder) != 0;
    int now = remove_one(root, &files[i], last);
    if (now && !reason) reason = now;
  }
  if (!first) wats_durable_close(root);
  if (reason)
    return trouble(error, reason, "cannot remove a file of", directory);
  (void)rmdir(directory);
  return WATS_OK;
}

static int make_inner(int root, const char *name, int *out)
{
  int reason = wats_durable_make_folder(root, name, WATS_LIFEBOAT_PRIVATE);
  if (reason && reason != EEXIST) return reason;
  reason = wats_lifeboat_open_folder(root, name, out);
  return reason ? reason : wats_durable_sync_folder(root);
}

enum wats_errc wats_lifeboat_put_aside(const char *directory,
                                       const struct wats_lifeboat_file *file,
                                       struct wats_error *error)
{
  int root = -1, from = -1, damages = -1, to = -1, reason;
  reason = open_both(directory, file->folder, &root, &from);
  if (reason) return trouble(error, reason, "cannot put aside in", directory);
  reason = make_inner(root, WATS_LIFEBOAT_DAMAGES, &damages);
  if (!reason) reason = make_inner(damages, file->folder, &to);
  if (!reason) reason = wats_durable_rename(from, file->name, to, file->name);
  if (!reason) reason = wats_durable_sync_folder(to);
  if (!reason) reason = wats_durable_sync_folder(from);
  wats_durable_close(to);
  wats_durable_close(damages);
  wats_durable_close(from);
  (void)unlinkat(root, file->folder, AT_REMOVEDIR);
  wats_durable_close(root);
  if (reason) return trouble(error, reason, "cannot put aside in", directory);
  return WATS_OK;
}

/* ---- what was left half written ----------------------------------------- */

/* By a clock that was set forward one may go that is being written: who writes
** it finds that it cannot be renamed. */
static int clean_one(int folder, const char *name, void *context)
{
  int64_t now = *(const int64_t *)context;
  struct wats_lifeboat_file file;
  struct stat info;
  const size_t n = strlen(WATS_LIFEBOAT_PART);
  if (strncmp(name, WATS_LIFEBOAT_PART, n) != 0 ||
      !wats_lifeboat_read_name(name + n, &file) ||
      fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
      !S_ISREG(info.st_mode))
    return 0;
  if (now - (int64_t)info.st_mtime * WATS_NS_PER_S > PART_EXPIRY)
    (void)unlinkat(folder, name, 0);
  return 0;
}

void wats_lifeboat_clean(const char *directory, const struct wats_clock *clock)
{
  int64_t now = wats_clock_wall(clock);
  struct walk w = {clean_one, &now, NULL};
  (void)walk(directory, &w);
}
