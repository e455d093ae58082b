/*
** notify.c - see notify.h.
*/
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/eventfd.h>
#endif

#if defined(__linux__)

static int put_in_place(int fd, int place)
{
  return dup3(fd, place, O_CLOEXEC);
}

static int open_pair(int fds[2])
{
  fds[0] = fds[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return fds[0] < 0 ? -1 : 0;
}

#else

static int put_in_place(int fd, int place)
{
  if (dup2(fd, place) < 0) return -1;
  return fcntl(place, F_SETFD, FD_CLOEXEC);
}

static int open_pair(int fds[2])
{
  int i;
  if (pipe(fds) != 0) return -1;
  for (i = 0; i < 2; i++) {
    fcntl(fds[i], F_SETFD, FD_CLOEXEC);
    fcntl(fds[i], F_SETFL, O_NONBLOCK);
  }
  return 0;
}

#endif

enum wats_errc wats_notify_open(struct wats_notify *notify,
                                struct wats_error *error)
{
  int fds[2];
  if (open_pair(fds) != 0)
    return wats_fail_errno(error, WATS_ERR_IO, errno,
                           "no descriptor for notifications");
  notify->read_fd = fds[0];
  notify->write_fd = fds[1];
  return WATS_OK;
}

enum wats_errc wats_notify_renew(struct wats_notify *notify)
{
  int fds[2];
  bool pair, done;
  if (open_pair(fds) != 0) return WATS_ERR_IO;
  pair = fds[0] != fds[1];
  done = put_in_place(fds[0], notify->read_fd) >= 0 &&
         (!pair || put_in_place(fds[1], notify->write_fd) >= 0);
  close(fds[0]);
  if (pair) close(fds[1]);
  return done ? WATS_OK : WATS_ERR_IO;
}

void wats_notify_close(struct wats_notify *notify)
{
  close(notify->read_fd);
  if (notify->write_fd != notify->read_fd) close(notify->write_fd);
  notify->read_fd = notify->write_fd = -1;
}

/* A full pipe is readable, which is all that is asked. */
void wats_notify_signal(const struct wats_notify *notify)
{
  static const uint64_t one = 1;
  while (write(notify->write_fd, &one, sizeof one) < 0 && errno == EINTR)
    ;
}

void wats_notify_clear(const struct wats_notify *notify)
{
  uint64_t sink[32];
  ssize_t n;
  do
    n = read(notify->read_fd, sink, sizeof sink);
  while (n == (ssize_t)sizeof sink || (n < 0 && errno == EINTR));
}
