/*
** log_file.c - see log_file.h.
*/
#include "log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"

/* For a number of WATS_LOG_FILE_MAX_KEEP, and the dot before it. */
#define SUFFIX_SIZE 12

#define PATIENCE_NS (50 * WATS_NS_PER_MS)
/* How long a directory that could not be changed is left alone. */
#define AGAIN_NS (10 * WATS_NS_PER_S)

struct wats_log_file {
  int fd; /* -1: to be opened */
  dev_t device;
  ino_t inode;
  uint64_t max_bytes, rotations;
  unsigned keep;
  int64_t rotate_after_ns; /* not before */
  size_t path_length;
  char *from, *to; /* rooms for names, behind the path */
  char path[];
};

/* ---- opening ------------------------------------------------------------ */

static enum wats_errc open_file(struct wats_log_file *f,
                                struct wats_error *error)
{
  struct stat st;
  /* Not to wait for a reader, should it be a pipe. */
  int fd = open(
      f->path,
      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
  if (fd < 0)
    return wats_fail_errno(error, WATS_ERR_IO, errno,
                           "cannot open the log file %s", f->path);
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
    close(fd);
    return wats_fail(error, WATS_ERR_IO,
                     "cannot log to %s: it is not a regular file", f->path);
  }
  f->fd = fd;
  f->device = st.st_dev;
  f->inode = st.st_ino;
  return WATS_OK;
}

static void let_go(struct wats_log_file *f)
{
  if (f->fd >= 0) close(f->fd);
  f->fd = -1;
}

enum wats_errc wats_log_file_open(const char *path, uint64_t max_bytes,
                                  unsigned keep, struct wats_log_file **out,
                                  struct wats_error *error)
{
  size_t length = strlen(path), room = length + SUFFIX_SIZE;
  struct wats_log_file *f = wats_calloc(1, sizeof *f + length + 1 + 2 * room);
  enum wats_errc code;
  if (!f) return wats_fail_memory(error);
  f->max_bytes = max_bytes;
  f->keep = keep;
  f->path_length = length;
  memcpy(f->path, path, length + 1);
  f->from = f->path + length + 1;
  f->to = f->from + room;
  code = open_file(f, error);
  if (code != WATS_OK) {
    wats_free(f);
    return code;
  }
  *out = f;
  return WATS_OK;
}

void wats_log_file_close(struct wats_log_file *f)
{
  if (!f) return;
  let_go(f);
  wats_free(f);
}

uint64_t wats_log_file_rotations(const struct wats_log_file *f)
{
  return f->rotations;
}

/* ---- rotation ----------------------------------------------------------- */

/* Does the name still lead to our file? Its size, if so. */
static bool is_current(const struct wats_log_file *f, uint64_t *size)
{
  struct stat st;
  if (f->fd < 0 || stat(f->path, &st) != 0 || st.st_dev != f->device ||
      st.st_ino != f->inode)
    return false;
  *size = (uint64_t)st.st_size;
  return true;
}

static const char *name_of(const struct wats_log_file *f, char *room,
                           unsigned number)
{
  memcpy(room, f->path, f->path_length);
  snprintf(room + f->path_length, SUFFIX_SIZE, ".%u", number);
  return room;
}

/* Only as far as the first number that is free: where the last step fails again
** and again, nothing old is pushed out for it. */
static bool shift(struct wats_log_file *f)
{
  unsigned free_one = 1, i;
  struct stat st;
  while (free_one < f->keep && lstat(name_of(f, f->from, free_one), &st) == 0)
    free_one++;
  for (i = free_one; i > 1; i--)
    if (rename(name_of(f, f->from, i - 1), name_of(f, f->to, i)) != 0)
      return false;
  return rename(f->path, name_of(f, f->to, 1)) == 0;
}

static bool lock_within(int fd, int64_t patience_ns)
{
  int64_t end =
      wats_time_add(wats_clock_monotonic(&wats_system_clock), patience_ns);
  const struct timespec nap = {0, 500000};
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    if (wats_clock_monotonic(&wats_system_clock) >= end) return false;
    nanosleep(&nap, NULL);
  }
  return true;
}

/* Whoever has the lock of the file that the name leads to rotates; who gets it
** after him finds that the name leads elsewhere. */
static void rotate(struct wats_log_file *f, size_t length)
{
  int64_t now = wats_clock_monotonic(&wats_system_clock);
  uint64_t size;
  bool done = true;
  if (now < f->rotate_after_ns || !lock_within(f->fd, PATIENCE_NS)) return;
  if (is_current(f, &size) && size + length > f->max_bytes) {
    done = shift(f);
    if (done) f->rotations++;
  }
  (void)flock(f->fd, LOCK_UN);
  if (done)
    let_go(f);
  else
    f->rotate_after_ns = wats_time_add(now, AGAIN_NS);
}

/* ---- writing ------------------------------------------------------------ */

/* So that no piece of a line stands before the next one. Somebody else's line
** may have come behind it: then it stays. */
static void take_back(int fd, size_t written)
{
  off_t end = lseek(fd, 0, SEEK_CUR);
  struct stat st;
  if (end >= (off_t)written && fstat(fd, &st) == 0 && st.st_size == end)
    (void)!ftruncate(fd, end - (off_t)written);
}

static enum wats_errc put(struct wats_log_file *f, const char *line,
                          size_t length, struct wats_error *error)
{
  size_t done = 0;
  while (done < length) {
    ssize_t n = write(f->fd, line + done, length - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      int reason = errno;
      if (done) take_back(f->fd, done);
      return wats_fail_errno(error, WATS_ERR_IO, reason,
                             "cannot write to the log file %s", f->path);
    }
    done += (size_t)n;
  }
  return WATS_OK;
}

enum wats_errc wats_log_file_write(struct wats_log_file *f, const char *line,
                                   size_t length, struct wats_error *error)
{
  uint64_t size = 0;
  enum wats_errc code = WATS_OK;
  if (!is_current(f, &size))
    let_go(f);
  else if (f->max_bytes && size && size + length > f->max_bytes)
    rotate(f, length);
  if (f->fd < 0) code = open_file(f, error);
  return code == WATS_OK ? put(f, line, length, error) : code;
}
