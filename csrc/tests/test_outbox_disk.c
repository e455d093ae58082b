/*
** test_outbox_disk.c - each call to the disk fails in turn, once or from then
** on: what was acknowledged is there, what was confirmed does not come back.
*/
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "child.h"
#include "outbox_disk.h"

#ifdef WATS_WITHOUT_QUEUE

int main(void)
{
  RUN(test_is_left_out);
  remove_scratch();
  return test_report();
}

#else

#define COUNT 10

/* What a caller knows of each report; a child tells its parent. */
static struct known {
  int acknowledged; /* the last version; -1: none */
  int tried;        /* the last one */
  bool confirmed;
  bool perhaps; /* it was to be confirmed, and that failed */
} * known;

static void hand_in(int n, int version)
{
  enum wats_outbox_receipt receipt;
  enum wats_errc code = put_code(n, n % 3, version, &receipt);
  known[n].tried = version;
  if (code == WATS_OK)
    known[n].acknowledged = version;
  else
    CHECK(code == WATS_ERR_IO || code == WATS_ERR_QUEUE_FULL);
}

static void hand_in_two(int n)
{
  struct wats_outbox_report two[2] = {report_on(n, n % 3, 0),
                                      report_on(n + 1, (n + 1) % 3, 0)};
  enum wats_outbox_receipt receipts[2];
  known[n].tried = known[n + 1].tried = 0;
  if (wats_outbox_submit(box, two, 2, receipts, &error) == WATS_OK)
    known[n].acknowledged = known[n + 1].acknowledged = 0;
}

/* Claims some; confirms the first, buries the second, gives back the rest. */
static void send_some(void)
{
  struct wats_outbox_settlement s[3];
  size_t i;
  drop_claims();
  if (turn_of(TARGET, NULL, 0, 3) != WATS_OK) return;
  for (i = 0; i < claimed; i++) {
    CHECK(is_as_handed_in(claims[i].body, claims[i].length));
    s[i] = outcome(i, i == 0   ? WATS_OUTBOX_SENT
                      : i == 1 ? WATS_OUTBOX_BURY
                               : WATS_OUTBOX_RETRY);
  }
  if (!claimed) return;
  i = (size_t)number_of(claims[0].uuid);
  if (turn_of(TARGET, s, claimed, 0) != WATS_OK)
    known[i].perhaps = true;
  else if (!s[0].lost)
    known[i].confirmed = true;
}

static void live(void)
{
  int n;
  if (open_on_disk_code() != WATS_OK) return;
  for (n = 0; n < 4; n++)
    hand_in(n, 0);
  hand_in(3, 1);
  send_some();
  (void)wats_outbox_tend(box, &error);
  hand_in_two(4);
  send_some();
  hand_in(6, 0);
  drop_claims();
  close_box();
  if (open_on_disk_code() != WATS_OK) return;
  hand_in(7, 0);
  (void)wats_outbox_tend(box, &error);
  send_some();
  hand_in(8, 0);
}

static void check_all_is_there(void)
{
  int n;
  for (n = 0; n < COUNT; n++) {
    bool there = times_claimed[n] > 0;
    CHECK(times_claimed[n] <= 1);
    if (known[n].confirmed) CHECK(!there);
    if (known[n].acknowledged < 0 || known[n].confirmed) continue;
    CHECK(there || is_dead[n] || known[n].perhaps);
    if (there) CHECK(version_of[n] >= known[n].acknowledged);
  }
}

static void begin_life(void)
{
  int n;
  for (n = 0; n < COUNT; n++) {
    known[n].acknowledged = known[n].tried = -1;
    known[n].confirmed = known[n].perhaps = false;
  }
  begin_on_disk();
}

/* The disk is well again: another process, later. */
static void end_life(void)
{
  drop_claims();
  close_box();
  wats_fake_clock_advance(&fake, 100 * S);
  open_on_disk();
  (void)drain();
  check_all_is_there();
  CHECK_INT(wats_lifeboat_count(place("-lifeboat")), 0);
  drop_claims();
  check_rules();
  close_box();
  CHECK_INT(wats_alloc_live(), 0);
}

/* Each n-th is tried, beginning somewhere, or all of them. */
static long stride(void)
{
  const char *longer = getenv("WATS_TEST_LONG");
  return longer && *longer ? 1 : 17;
}

static long beginning(void)
{
  static long next;
  return next++ % stride();
}

static int until_a_clean_run(void (*arm)(long n), const char *what)
{
  int before = test_bad_checks;
  long n;
  for (n = beginning(); n < 5000; n += stride()) {
    bool failed;
    begin_life();
    arm(n);
    live();
    failed = disk_is_well();
    failed = wats_durable_fail_never() || failed;
    end_life();
    if (!failed || test_bad_checks != before) break;
  }
  printf("%s: %ld calls\n", what, n);
  CHECK(n < 5000);
  return (int)n;
}

static void one_io(long n)
{
  disk_fails_after(n, 1, SQLITE_IOERR);
}
static void all_io(long n)
{
  disk_fails_after(n, 100000, SQLITE_IOERR);
}
static void some_io(long n)
{
  disk_fails_after(n, 7, SQLITE_IOERR);
}
static void one_full(long n)
{
  disk_fails_after(n, 1, SQLITE_FULL);
}
static void all_full(long n)
{
  disk_fails_after(n, 100000, SQLITE_FULL);
}
static void one_read(long n)
{
  disk_fails_after(n, 1, SQLITE_IOERR);
  disk.only = SQLITE_IOERR_READ;
}
static void both_io(long n)
{
  disk_fails_after(n, 100000, SQLITE_IOERR);
  wats_durable_fail_after(n / 4, 100000, EIO);
}
static void both_full(long n)
{
  disk_fails_after(n, 100000, SQLITE_FULL);
  wats_durable_fail_after(n / 4, 100000, ENOSPC);
}
static void boat_io(long n)
{
  disk_fails_after(30, 25, SQLITE_IOERR);
  wats_durable_fail_after(n, 1, EIO);
}

static void test_one_call_fails(void)
{
  CHECK(until_a_clean_run(one_io, "one EIO") > 60);
}
static void test_all_fail_from_one_on(void)
{
  CHECK(until_a_clean_run(all_io, "EIO from there on") > 60);
}
static void test_several_fail(void)
{
  CHECK(until_a_clean_run(some_io, "seven EIO") > 60);
}
static void test_one_finds_no_room(void)
{
  CHECK(until_a_clean_run(one_full, "one ENOSPC") > 60);
}
static void test_none_finds_room(void)
{
  CHECK(until_a_clean_run(all_full, "ENOSPC from there on") > 60);
}
static void test_one_read_fails(void)
{
  (void)until_a_clean_run(one_read, "one EIO of reading");
}
static void test_the_lifeboat_fails_as_well(void)
{
  CHECK(until_a_clean_run(both_io, "EIO in both") > 60);
  CHECK(until_a_clean_run(both_full, "ENOSPC in both") > 60);
}

/* Ends when the lifeboat's calls do: the disk's have failed each time. */
static void test_one_call_of_the_lifeboat_fails(void)
{
  int before = test_bad_checks;
  long n;
  for (n = beginning(); n < 500 && test_bad_checks == before; n += stride()) {
    bool failed;
    begin_life();
    boat_io(n);
    live();
    failed = wats_durable_fail_never();
    (void)disk_is_well();
    end_life();
    if (!failed) break;
  }
  printf("the lifeboat's: %ld calls\n", n);
  CHECK(n > 10 && n < 500);
}

/* ---- syncs that fail ------------------------------------------------------
 */

static long sync_call;

static void until_the_power_is_cut(void)
{
  disk_piece_count = 0;
  one_io(sync_call);
  disk.only = SQLITE_IOERR_FSYNC;
  live();
  (void)disk_is_well();
  (void)disk_loses_power();
  fflush(stdout);
  _exit(disk.has_failed ? 10 : 11);
}

/* The system takes for written what is not on the disk, and loses it: nothing
** that is acknowledged later may stand behind it. */
static void test_a_failed_sync_is_not_believed(void)
{
  int before = test_bad_checks, state = 0;
  for (sync_call = 0; sync_call < 500; sync_call++) {
    pid_t child;
    begin_life();
    fflush(stdout);
    child = fork();
    if (child == 0) until_the_power_is_cut();
    waitpid(child, &state, 0);
    CHECK(WIFEXITED(state) && WEXITSTATUS(state) >= 10);
    end_life();
    if (test_bad_checks != before) printf("call %ld\n", sync_call);
    if (test_bad_checks != before || WEXITSTATUS(state) != 10) break;
  }
  CHECK(sync_call > 10 && sync_call < 500);
}

/* A real bound, past all doors: files of the process may not grow. */
static void with_short_files(void)
{
  struct rlimit limit = {60000, RLIM_INFINITY};
  int n;
  signal(SIGXFSZ, SIG_IGN);
  begin_life();
  open_on_disk();
  CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
  for (n = 0; n < COUNT; n++)
    hand_in(n, 0);
  CHECK(wats_lifeboat_count(place("-lifeboat")) > 0);
  limit.rlim_cur = RLIM_INFINITY;
  CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
  end_life();
}

static void test_files_that_may_not_grow(void)
{
  CHECK_INT(in_child(with_short_files), 0);
}

int main(void)
{
  known = mmap(NULL, COUNT * sizeof *known, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (known == MAP_FAILED) return 1;
  use_disk();
  RUN(test_one_call_fails);
  RUN(test_all_fail_from_one_on);
  RUN(test_several_fail);
  RUN(test_one_finds_no_room);
  RUN(test_none_finds_room);
  RUN(test_one_read_fails);
  RUN(test_the_lifeboat_fails_as_well);
  RUN(test_one_call_of_the_lifeboat_fails);
  RUN(test_a_failed_sync_is_not_believed);
  RUN(test_files_that_may_not_grow);
  remove_disk();
  return test_report();
}

#endif
