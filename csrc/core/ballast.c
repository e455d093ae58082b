/*
** ballast.c - see ballast.h.
*/
#include "ballast.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "alloc.h"
#include "durable.h"

static const char title[] =
    "WATS queue: room that is kept for when the disk is full. It is made "
    "again when it is deleted.\n";
#define TITLE (sizeof title - 1)

/* A new file has no title yet. `size`: as it is. */
static int open_own(const char *path, int flags, int *out, uint64_t *size)
{
  char head[TITLE];
  struct stat info;
  size_t got = 0;
  int file, reason;
  reason = wats_durable_open(AT_FDCWD, path, O_RDWR | O_NONBLOCK | flags,
                             S_IRUSR | S_IWUSR, &file);
  if (reason) return reason;
  if (fstat(file, &info) != 0)
    reason = errno;
  else if (!S_ISREG(info.st_mode))
    reason = EEXIST;
  if (!reason) reason = wats_durable_read(file, head, sizeof head, &got);
  if (!reason && memcmp(head, title, got) != 0) reason = EEXIST;
  if (reason) {
    wats_durable_close(file);
    return reason;
  }
  *out = file;
  *size = (uint64_t)info.st_size;
  return 0;
}

/* Of the disk that the open file lies on. */
static bool has_room(int file, uint64_t wanted)
{
  struct statvfs disk;
  if (fstatvfs(file, &disk) != 0) return false;
  return (uint64_t)disk.f_bavail >= wanted / disk.f_frsize + 1;
}

/* Bytes that no file system makes smaller (xorshift64, seeded by where they
** stand). */
static void fill(unsigned char *bytes, size_t length, uint64_t offset)
{
  uint64_t x = (offset + 1) * UINT64_C(0x9e3779b97f4a7c15);
  size_t i;
  for (i = 0; i < length; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    bytes[i] = (unsigned char)x;
  }
  if (offset == 0) memcpy(bytes, title, length < TITLE ? length : TITLE);
}

static int write_piece(int file, uint64_t from, uint64_t to)
{
  size_t length = (size_t)(to - from);
  unsigned char *bytes = wats_malloc(length);
  int reason = bytes ? 0 : ENOMEM;
  if (!reason && lseek(file, (off_t)from, SEEK_SET) < 0) reason = errno;
  if (!reason) {
    fill(bytes, length, from);
    reason = wats_durable_write(file, bytes, length);
  }
  wats_free(bytes);
  return reason;
}

/* All that is lacking. ENOTSUP: not on this file system. */
static int allocate(int file, uint64_t from, uint64_t to)
{
#if defined(__linux__)
  if (fallocate(file, 0, (off_t)from, (off_t)(to - from)) == 0) return 0;
  return errno == EOPNOTSUPP || errno == ENOSYS ? ENOTSUP : errno;
#else
  (void)file;
  (void)from;
  (void)to;
  return ENOTSUP;
#endif
}

/* `there`: how far it is whole; moved on. */
static int add(int file, uint64_t *there, uint64_t size)
{
  uint64_t to = size;
  int reason = 0;
  if (*there < TITLE) {
    if (lseek(file, 0, SEEK_SET) < 0) return errno;
    reason = wats_durable_write(file, title, TITLE);
    *there = TITLE;
  }
  if (!reason) reason = allocate(file, *there, size);
  if (reason == ENOTSUP) {
    /* Pieces are whole: what was cut short is begun with anew. */
    *there -= *there % WATS_BALLAST_PIECE;
    if (to > *there + WATS_BALLAST_PIECE) to = *there + WATS_BALLAST_PIECE;
    reason = write_piece(file, *there, to);
  }
  if (!reason) reason = wats_durable_sync(file);
  if (!reason) *there = to;
  return reason;
}

enum wats_errc wats_ballast_grow(const char *path, uint64_t size,
                                 uint64_t spare, bool *whole,
                                 struct wats_error *error)
{
  uint64_t there = 0;
  int file, reason;
  reason = open_own(path, O_CREAT, &file, &there);
  if (!reason) {
    if (there < size && has_room(file, size - there + spare))
      reason = add(file, &there, size);
    /* Half of it is not worth having where it cannot be had whole. */
    if (reason && ftruncate(file, TITLE) != 0) (void)unlink(path);
    wats_durable_close(file);
  }
  if (reason == ENOMEM) return wats_fail_memory(error);
  if (reason)
    return wats_fail_errno(
        error, wats_durable_is_full(reason) ? WATS_ERR_QUEUE_FULL : WATS_ERR_IO,
        reason, "cannot keep room in %s", path);
  *whole = there >= size;
  return WATS_OK;
}

bool wats_ballast_give_up(const char *path)
{
  uint64_t size = 0;
  bool done;
  int file;
  if (open_own(path, 0, &file, &size) != 0) return false;
  done = size > TITLE && ftruncate(file, TITLE) == 0;
  /* Some file systems give out what is free only after that. */
  if (done) (void)fsync(file);
  wats_durable_close(file);
  return done;
}

uint64_t wats_ballast_lacks(const char *path, uint64_t size)
{
  struct stat info;
  if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode)) return 0;
  if ((uint64_t)info.st_size < TITLE || (uint64_t)info.st_size >= size)
    return 0;
  return size - (uint64_t)info.st_size;
}
