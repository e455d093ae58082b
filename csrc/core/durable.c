/*
** durable.c - see durable.h.
*/
#include "durable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the test hook ------------------------------------------------------ */

/* Above `failing`: how many calls still succeed, and then as many fail.
** Negative: none fails. */
static _Atomic long remaining = -1;
static _Atomic long failing;
static _Atomic int failure;
static _Atomic bool has_failed;

/* Exchanged, not subtracted: of two threads each gets a number of its own. */
static int refuse(void)
{
  long left = atomic_load_explicit(&remaining, memory_order_relaxed);
  while (left > 0)
    if (atomic_compare_exchange_weak_explicit(&remaining, &left, left - 1,
                                              memory_order_relaxed,
                                              memory_order_relaxed)) {
      if (left > atomic_load(&failing)) return 0;
      atomic_store(&has_failed, true);
      return atomic_load(&failure);
    }
  return 0;
}

void wats_durable_fail_after(long count, long times, int reason)
{
  atomic_store(&has_failed, false);
  atomic_store(&failure, reason);
  atomic_store(&failing, times);
  atomic_store(&remaining, count + times);
}

bool wats_durable_fail_never(void)
{
  atomic_store(&remaining, -1);
  return atomic_load(&has_failed);
}

/* ---- the calls ---------------------------------------------------------- */

static int outcome(int result)
{
  return result == 0 ? 0 : errno;
}

int wats_durable_above_standard(int file)
{
  int above, reason;
  if (file < 0 || file > STDERR_FILENO) return file;
  above = fcntl(file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  reason = errno;
  (void)close(file);
  errno = reason;
  return above;
}

int wats_durable_open(int folder, const char *name, int flags, mode_t mode,
                      int *out)
{
  int file, reason = refuse();
  if (reason) return reason;
  do
    file = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
  while (file < 0 && errno == EINTR);
  file = wats_durable_above_standard(file);
  if (file < 0) return errno;
  *out = file;
  return 0;
}

int wats_durable_open_folder(int folder, const char *name, int *out)
{
  return wats_durable_open(folder, name, O_RDONLY | O_DIRECTORY, 0, out);
}

void wats_durable_close(int file)
{
  if (file >= 0) (void)close(file);
}

int wats_durable_write(int file, const void *bytes, size_t length)
{
  const char *from = bytes;
  int reason = refuse();
  while (!reason && length) {
    ssize_t n = write(file, from, length > SSIZE_MAX ? SSIZE_MAX : length);
    if (n > 0) {
      from += n;
      length -= (size_t)n;
    } else if (n == 0)
      reason = ENOSPC; /* neither written nor said why */
    else if (errno != EINTR)
      reason = errno;
  }
  return reason;
}

int wats_durable_read(int file, void *bytes, size_t length, size_t *got)
{
  char *to = bytes;
  size_t done = 0;
  while (done < length) {
    ssize_t n = read(file, to + done, length - done);
    if (n == 0) break;
    if (n > 0)
      done += (size_t)n;
    else if (errno != EINTR)
      return errno;
  }
  *got = done;
  return 0;
}

int wats_durable_sync(int file)
{
  int reason = refuse();
  if (reason) return reason;
#ifdef F_FULLFSYNC
  /* There fsync only hands over to the drive. */
  if (fcntl(file, F_FULLFSYNC) == 0) return 0;
#endif
  return outcome(fsync(file));
}

int wats_durable_sync_folder(int folder)
{
  int reason = wats_durable_sync(folder);
  return reason == EINVAL || reason == ENOTSUP ? 0 : reason;
}

int wats_durable_make_folder(int folder, const char *name, mode_t mode)
{
  int reason = refuse();
  if (reason) return reason;
  if (mkdirat(folder, name, mode) != 0) return errno;
  /* The umask may have taken the owner's rights too. */
  return outcome(fchmodat(folder, name, mode, 0));
}

int wats_durable_rename(int from_folder, const char *from, int to_folder,
                        const char *to)
{
  int reason = refuse();
  return reason ? reason : outcome(renameat(from_folder, from, to_folder, to));
}

int wats_durable_remove(int folder, const char *name, int flags)
{
  int reason = refuse();
  return reason ? reason : outcome(unlinkat(folder, name, flags));
}

bool wats_durable_is_full(int reason)
{
  return reason == ENOSPC || reason == EDQUOT;
}
