/*
** exposition_file.c - a page as a file, see exposition.h.
*/
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exposition.h"

/* Of its own, so that nobody else's is taken: threads and processes may write
** the same page. */
static enum wats_errc name_beside(const char *path, struct wats_buffer *out)
{
  static _Atomic uint64_t number;
  enum wats_errc code = wats_buffer_printf(
      out, "%s.%ld-%" PRIu64 ".tmp", path, (long)getpid(),
      atomic_fetch_add_explicit(&number, 1, memory_order_relaxed));
  return code == WATS_OK ? wats_buffer_terminate(out) : code;
}

static int write_all(int fd, const struct wats_buffer *page)
{
  size_t done = 0;
  while (done < page->length) {
    ssize_t n = write(fd, page->data + done, page->length - done);
    if (n < 0 && errno != EINTR) return errno;
    if (n > 0) done += (size_t)n;
  }
  return 0;
}

/* 0, or an errno; then there is no such file. */
static int write_new(const char *name, const struct wats_buffer *page)
{
  int fd =
      open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
  int reason;
  if (fd < 0) return errno;
  reason = write_all(fd, page);
  if (close(fd) != 0 && !reason) reason = errno;
  if (reason) (void)unlink(name);
  return reason;
}

enum wats_errc wats_exposition_write_file(struct wats_registry *registry,
                                          wats_exposition *form,
                                          const char *path,
                                          struct wats_error *error)
{
  struct wats_buffer page, name;
  enum wats_errc code;
  int reason;
  wats_buffer_init(&page, 0);
  wats_buffer_init(&name, 0);
  code = form(registry, &page);
  if (code == WATS_OK) code = name_beside(path, &name);
  if (code != WATS_OK) {
    code = wats_fail_memory(error);
    goto done;
  }
  reason = write_new(name.data, &page);
  if (!reason && rename(name.data, path) != 0) {
    reason = errno;
    (void)unlink(name.data);
  }
  if (reason)
    code = wats_fail_errno(error, WATS_ERR_IO, reason,
                           "cannot write the metrics to %s", path);
done:
  wats_buffer_free(&name);
  wats_buffer_free(&page);
  return code;
}
