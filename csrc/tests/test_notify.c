/*
** test_notify.c - readable after a signal, from any thread, until it is
** cleared.
*/
#include "core/notify.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/sync.h"
#include "test.h"

static bool readable(const struct wats_notify *n)
{
  struct pollfd p = {.fd = n->read_fd, .events = POLLIN};
  return poll(&p, 1, 0) == 1;
}

static void signals_and_clears(void)
{
  struct wats_notify n;
  int i;
  CHECK_INT(wats_notify_open(&n, NULL), WATS_OK);
  CHECK(!readable(&n));
  wats_notify_clear(&n); /* does not block */
  for (i = 0; i < 100000; i++)
    wats_notify_signal(&n); /* nor does this */
  CHECK(readable(&n));
  wats_notify_clear(&n);
  CHECK(!readable(&n));
  wats_notify_signal(&n);
  CHECK(readable(&n));
  CHECK(fcntl(n.read_fd, F_GETFD) & FD_CLOEXEC);
  CHECK(fcntl(n.write_fd, F_GETFD) & FD_CLOEXEC);
  wats_notify_close(&n);
}

static void *signal_it(void *context)
{
  wats_notify_signal(context);
  return NULL;
}

static void from_another_thread(void)
{
  struct wats_notify n;
  struct wats_thread thread;
  struct pollfd p = {.events = POLLIN};
  CHECK_INT(wats_notify_open(&n, NULL), WATS_OK);
  p.fd = n.read_fd;
  CHECK_INT(wats_thread_start(&thread, signal_it, &n), WATS_OK);
  CHECK_INT(poll(&p, 1, 30000), 1);
  wats_thread_join(&thread);
  wats_notify_close(&n);
}

static void read_by_child(const struct wats_notify *n)
{
  pid_t child = fork();
  int state = -1;
  if (child == 0) {
    struct wats_notify own = *n;
    bool good = wats_notify_renew(&own) == WATS_OK &&
                own.read_fd == n->read_fd && own.write_fd == n->write_fd &&
                !readable(&own) && fcntl(own.read_fd, F_GETFD) & FD_CLOEXEC;
    wats_notify_signal(&own);
    good = good && readable(&own);
    wats_notify_clear(&own);
    _exit(good && !readable(&own) ? 0 : 1);
  }
  CHECK(waitpid(child, &state, 0) == child);
  CHECK_INT(state, 0);
}

/* Neither takes from the other, nor tells him. */
static void another_one_in_a_child(void)
{
  struct wats_notify n;
  CHECK_INT(wats_notify_open(&n, NULL), WATS_OK);
  read_by_child(&n);
  CHECK(!readable(&n));
  wats_notify_signal(&n);
  read_by_child(&n);
  CHECK(readable(&n));
  wats_notify_close(&n);
}

int main(void)
{
  RUN(signals_and_clears);
  RUN(from_another_thread);
  RUN(another_one_in_a_child);
  return test_report();
}
