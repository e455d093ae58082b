/*
** test_uploader_trouble.c - leases that run out, a file that is locked, a
** process that ends in the middle.
*/
#include "uploader_fixture.h"

#ifndef WATS_WITHOUT_QUEUE

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "core/log.h"

static const char *own_path;

/* What is under way is called back before another may claim it: here the
** machine has slept. */
static void test_a_request_ends_with_its_lease(void)
{
  open_queue();
  peer_ends(peer, "", PEER_SILENT);
  peer_repeats(peer, TAKEN);
  enqueue(1);
  join();
  WAIT(peer_requests(peer) == 1);
  move_on(30 * S);
  peer_sleep(400);
  CHECK_INT(uploader().in_flight, 1); /* 20 s for it, and 30 s more */
  move_on(16 * S);
  WAIT(waiting() == 1);
  CHECK_INT(row_of(1).attempts, 0);
  move_on(6 * S);
  WAIT(sent() == 1);
  CHECK_INT(peer_requests(peer), 2);
  close_uploader();
}

/* ---- a clock on which turns take long ------------------------------------ */

static _Atomic int64_t boot_ns, jump_ns;

static int64_t slow_boot(void *context)
{
  (void)context;
  return atomic_fetch_add(&boot_ns, atomic_load(&jump_ns));
}

static int64_t fake_monotonic(void *context)
{
  (void)context;
  return fake.monotonic_ns;
}

static int64_t fake_wall(void *context)
{
  (void)context;
  return fake.wall_ns;
}

static void test_nothing_begins_that_its_lease_could_not_outlive(void)
{
  static const struct wats_clock slow = {fake_monotonic, fake_wall, NULL,
                                         slow_boot};
  struct wats_outbox_options options = {.path = scratch_file("box"),
                                        .clock = &slow};
  open_queue();
  wats_outbox_release(box);
  atomic_store(&boot_ns, 5000 * S);
  atomic_store(&jump_ns, 40 * S);
  CHECK_INT(wats_outbox_open(&options, &box, &error), WATS_OK);
  peer_repeats(peer, TAKEN);
  enqueue(1);
  join();
  peer_sleep(500);
  CHECK_INT(peer_requests(peer), 0);
  CHECK_INT(row_of(1).attempts, 0);
  atomic_store(&jump_ns, 0);
  WAIT(sent() == 1);
  close_uploader();
}

/* ---- the file ----------------------------------------------------------- */

static bool hears(struct wats_log_listener *log, const char *message)
{
  struct wats_log_entry entry;
  while (wats_log_take(log, &entry))
    if (strcmp(entry.message, message) == 0) return true;
  return false;
}

static void test_a_file_that_is_locked_for_long(void)
{
  struct wats_outbox_options options = {
      .path = scratch_file("box"), .patience_ns = S / 10, .clock = &fake.clock};
  struct wats_log_listener *log;
  int fd;
  open_queue();
  wats_outbox_release(box);
  CHECK_INT(wats_outbox_open(&options, &box, &error), WATS_OK);
  CHECK_INT(wats_log_listen(wats_log_identity(), &log, NULL), WATS_OK);
  peer_repeats(peer, TAKEN);
  peer->turns[0].delay_ms = 200;
  enqueue(1);
  join();
  WAIT(peer_requests(peer) == 1);
  fd = open(scratch_file("box-lock"), O_RDWR | O_CLOEXEC);
  CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
  WAIT(hears(log, "the queue's file cannot be used now; it is tried again"));
  close(fd);
  WAIT(sent() == 1);
  CHECK_INT(peer_requests(peer), 1); /* what came of it was kept */
  enqueue(2);
  WAIT(sent() == 2);
  wats_log_close(log);
  close_uploader();
}

/* ---- the process -------------------------------------------------------- */

/* This program again: it submits, and ends as a script does that forgets to
** close. */
static int submit_and_end(const char *folder, const char *url,
                          const char *first)
{
  static struct peer none;
  struct wats_client_options options;
  snprintf(scratch_folder(), 64, "%s", folder);
  wats_fake_clock_init(&fake, 1000 * S, 1700000000 * S);
  routes = NULL;
  options = default_options(url);
  peer = &none;
  if (wats_client_create(&options, &client, NULL) != WATS_OK) return 2;
  box = open_outbox();
  join();
  enqueue_many((unsigned)strtoul(first, NULL, 10), 10);
  peer_sleep((int)strtol(first, NULL, 10) / 10);
  return test_bad_checks ? 1 : 0; /* from main: exit handlers run */
}

static int run_again(unsigned first)
{
  char number[16];
  int state = -1;
  pid_t child;
  snprintf(number, sizeof number, "%u", first);
  fflush(stdout);
  child = fork();
  if (child == 0) {
    execl(own_path, own_path, scratch_folder(), peer->url, number,
          (char *)NULL);
    _exit(3);
  }
  waitpid(child, &state, 0);
  return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

static void test_a_process_that_just_ends(void)
{
  unsigned i;
  open_queue();
  peer_repeats(peer, TAKEN);
  for (i = 0; i < 15; i++)
    CHECK_INT(run_again(i * 10), 0);
  move_on(60 * S); /* the leases of those that have ended */
  join();
  WAIT(move_on(S / 10) && sent() == 150 && left() == 0);
  close_uploader();
}

int main(int count, char **arguments)
{
  own_path = arguments[0];
  if (count == 4)
    return submit_and_end(arguments[1], arguments[2], arguments[3]);
  RUN(test_a_request_ends_with_its_lease);
  RUN(test_nothing_begins_that_its_lease_could_not_outlive);
  RUN(test_a_file_that_is_locked_for_long);
  RUN(test_a_process_that_just_ends);
  remove_scratch();
  return test_report();
}

#else

int main(void)
{
  RUN(test_is_left_out);
  return test_report();
}

#endif
