/*
** lifeboat_save.c - saving reports; see lifeboat.h.
**
** A batch is written under names that nobody looks for, each file synced, and
** then renamed: so it comes to be there in one go, or not at all, but for a
** power cut between two renames.
*/
#include "lifeboat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "crc32c.h"
#include "durable.h"
#include "lifeboat_names.h"

/* Who takes out the last file removes its directory: then it is made anew. */
#define TRIES 16

static _Atomic int64_t last_wall;
static _Atomic unsigned long last_number;

/* Later than any before in this process. */
static int64_t next_wall(const struct wats_clock *clock)
{
  int64_t wall = wats_clock_wall(clock), last = atomic_load(&last_wall);
  int64_t next;
  do
    next = wall > last ? wall : last + 1;
  while (!atomic_compare_exchange_weak(&last_wall, &last, next));
  return next;
}

/* ---- directories -------------------------------------------------------- */

/* The directory that `path` lies in, for wats_free; NULL: no memory. */
static char *parent_of(const char *path)
{
  size_t n = strlen(path);
  while (n > 1 && path[n - 1] == '/')
    n--;
  while (n && path[n - 1] != '/')
    n--;
  while (n > 1 && path[n - 1] == '/')
    n--;
  return n ? wats_strndup(path, n) : wats_strndup(".", 1);
}

static int open_or_make(int folder, const char *name, int *out,
                        int (*opener)(int, const char *, int *))
{
  int reason = opener(folder, name, out);
  if (reason != ENOENT) return reason;
  reason = wats_durable_make_folder(folder, name, WATS_LIFEBOAT_PRIVATE);
  if (reason && reason != EEXIST) return reason;
  return opener(folder, name, out);
}

/* That the lifeboat's own name stays. One that we may not open was not made by
** us. */
static int sync_parent(const char *directory)
{
  char *parent = parent_of(directory);
  int file, reason = ENOMEM;
  if (!parent) return reason;
  reason =
      wats_durable_open(AT_FDCWD, parent, O_RDONLY | O_DIRECTORY, 0, &file);
  if (reason == ELOOP || reason == ENOTDIR) {
    /* The parent may be a link: it is the user's own. */
    file = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    reason = file < 0 ? errno : 0;
  }
  wats_free(parent);
  if (reason) return reason == EACCES ? 0 : reason;
  reason = wats_durable_sync_folder(file);
  wats_durable_close(file);
  return reason;
}

/* ---- one file ----------------------------------------------------------- */

static enum wats_errc name_it(const struct wats_lifeboat_report *report,
                              const struct wats_clock *clock,
                              struct wats_lifeboat_file *file,
                              struct wats_error *error)
{
  if (!wats_lifeboat_encode_target(report->target, file->folder,
                                   sizeof file->folder))
    return wats_fail(error, WATS_ERR_IO,
                     "the name of the target is too long for a file: %s",
                     report->target);
  file->wall_ns = next_wall(clock);
  file->pid = (unsigned long)getpid();
  file->number = atomic_fetch_add(&last_number, 1) + 1;
  file->priority = report->priority;
  file->crc = wats_crc32c(0, report->body, report->length);
  file->unit = report->unit;
  memcpy(file->uuid, report->uuid, sizeof file->uuid);
  wats_lifeboat_write_name(file);
  return WATS_OK;
}

static void part_name(const struct wats_lifeboat_file *file, char *out,
                      size_t size)
{
  (void)snprintf(out, size, WATS_LIFEBOAT_PART "%s", file->name);
}

static int write_part(int folder, const struct wats_lifeboat_file *to,
                      const struct wats_lifeboat_report *report)
{
  char part[sizeof to->name + sizeof WATS_LIFEBOAT_PART];
  int file, reason;
  part_name(to, part, sizeof part);
  reason = wats_durable_open(folder, part, O_WRONLY | O_CREAT | O_EXCL,
                             S_IRUSR | S_IWUSR, &file);
  if (reason) return reason;
  if (fchmod(file, S_IRUSR | S_IWUSR) != 0) reason = errno;
  if (!reason) reason = wats_durable_write(file, report->body, report->length);
  if (!reason) reason = wats_durable_sync(file);
  wats_durable_close(file);
  if (reason) (void)unlinkat(folder, part, 0);
  return reason;
}

/* ---- all of them -------------------------------------------------------- */

struct boarding {
  const char *directory;
  const struct wats_lifeboat_report *reports;
  struct wats_lifeboat_file *files;
  size_t count, written, renamed; /* the first so many */
  int root;
};

static int write_parts(struct boarding *b)
{
  int folder, reason = 0, i;
  while (!reason && b->written < b->count) {
    const struct wats_lifeboat_file *file = &b->files[b->written];
    for (i = 0, reason = ENOENT; reason == ENOENT && i < TRIES; i++) {
      reason = open_or_make(b->root, file->folder, &folder,
                            wats_lifeboat_open_folder);
      if (reason) continue;
      reason = write_part(folder, file, &b->reports[b->written]);
      wats_durable_close(folder);
    }
    if (!reason) b->written++;
  }
  return reason;
}

static int rename_parts(struct boarding *b)
{
  char part[sizeof b->files->name + sizeof WATS_LIFEBOAT_PART];
  int folder, reason = 0;
  while (!reason && b->renamed < b->count) {
    const struct wats_lifeboat_file *file = &b->files[b->renamed];
    reason = wats_lifeboat_open_folder(b->root, file->folder, &folder);
    if (reason) break;
    part_name(file, part, sizeof part);
    reason = wats_durable_rename(folder, part, folder, file->name);
    if (!reason) b->renamed++;
    /* Of several of one directory with the last. */
    if (!reason && (b->renamed == b->count ||
                    strcmp(file->folder, b->files[b->renamed].folder) != 0))
      reason = wats_durable_sync_folder(folder);
    wats_durable_close(folder);
  }
  if (!reason) reason = wats_durable_sync_folder(b->root);
  return reason ? reason : sync_parent(b->directory);
}

/* Nobody was told that they are safe. Past the test hook: what is undone here
** is undone as well as can be. */
static void leave(struct boarding *b)
{
  char part[sizeof b->files->name + sizeof WATS_LIFEBOAT_PART];
  size_t i;
  int folder;
  for (i = 0; i < b->written; i++) {
    const struct wats_lifeboat_file *file = &b->files[i];
    folder = openat(b->root, file->folder,
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) continue;
    part_name(file, part, sizeof part);
    (void)unlinkat(folder, i < b->renamed ? file->name : part, 0);
    if (i < b->renamed) (void)fsync(folder);
    wats_durable_close(folder);
    (void)unlinkat(b->root, file->folder, AT_REMOVEDIR);
  }
}

static int board(struct boarding *b)
{
  int i, reason = ENOENT;
  /* ENOENT: what we were in was empty, and somebody has removed it. */
  for (i = 0; reason == ENOENT && i < TRIES; i++) {
    b->written = b->renamed = 0;
    reason = open_or_make(AT_FDCWD, b->directory, &b->root,
                          wats_durable_open_folder);
    if (reason) continue;
    reason = write_parts(b);
    if (!reason) reason = rename_parts(b);
    if (reason) leave(b);
    wats_durable_close(b->root);
  }
  return reason;
}

enum wats_errc wats_lifeboat_save(const char *directory,
                                  const struct wats_lifeboat_report *reports,
                                  size_t count, const struct wats_clock *clock,
                                  struct wats_error *error)
{
  struct boarding b = {directory, reports, NULL, count, 0, 0, -1};
  enum wats_errc code = WATS_OK;
  size_t i;
  int reason;
  if (!count) return WATS_OK;
  b.files = wats_calloc(count, sizeof *b.files);
  if (!b.files) return wats_fail_memory(error);
  for (i = 0; code == WATS_OK && i < count; i++)
    code = name_it(&reports[i], clock, &b.files[i], error);
  if (code == WATS_OK) {
    reason = board(&b);
    if (reason == ENOMEM)
      code = wats_fail_memory(error);
    else if (reason)
      code = wats_fail_errno(error,
                             wats_durable_is_full(reason) ? WATS_ERR_QUEUE_FULL
                                                          : WATS_ERR_IO,
                             reason, "cannot save a report in %s", directory);
  }
  wats_free(b.files);
  return code;
}
