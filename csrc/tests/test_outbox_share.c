/*
** test_outbox_share.c - one file, used by threads and processes; and what
** becomes of it when somebody takes it away.
*/
#include "outbox_fixture.h"

#ifdef WATS_WITHOUT_QUEUE

int main(void)
{
  RUN(test_is_left_out);
  remove_scratch();
  return test_report();
}

#else

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>

#include "child.h"
#include "core/sync.h"

/* ---- processes ---------------------------------------------------------- */

static void submit_in_child(void)
{
  CHECK(box->db == NULL); /* nothing of SQLite's has come along */
  CHECK_INT(submit("child", "1"), WATS_OUTBOX_NEW);
  CHECK_INT(submit("mine", "1"), WATS_OUTBOX_DUPLICATE);
  close_box();
}

static void test_fork(void)
{
  begin_test();
  open_box();
  CHECK_INT(submit("mine", "1"), WATS_OUTBOX_NEW);
  CHECK_INT(in_child(submit_in_child), 0);
  CHECK_INT(submit("after", "1"), WATS_OUTBOX_NEW);
  CHECK_STR(rows(), "mine:ready child:blocked after:blocked");
  end_test();
}

static void open_in_child(void)
{
  open_box();
  CHECK_INT(submit("other", "1"), WATS_OUTBOX_NEW);
  close_box();
}

static void test_news_of_other_processes(void)
{
  uint64_t before, after;
  begin_test();
  open_box();
  before = wats_outbox_changes(box);
  CHECK_INT(wats_outbox_changes(box), before);
  CHECK_INT(in_child(open_in_child), 0);
  after = wats_outbox_changes(box);
  CHECK(after != before);
  CHECK_INT(submit("other", "1"), WATS_OUTBOX_DUPLICATE); /* is none */
  CHECK_INT(wats_outbox_changes(box), after);
  CHECK_INT(wats_outbox_pause(box, TARGET, "x", &error), WATS_OK);
  CHECK(wats_outbox_changes(box) != after);
  after = wats_outbox_changes(box);
  CHECK_STR(claim(1), "other"); /* is none either */
  CHECK_INT(wats_outbox_changes(box), after);
  end_test();
}

static void test_listeners(void)
{
  struct wats_notify notify;
  struct pollfd wait;
  begin_test();
  open_box();
  CHECK_INT(wats_notify_open(&notify, NULL), WATS_OK);
  wait = (struct pollfd){notify.read_fd, POLLIN, 0};
  CHECK_INT(wats_outbox_listen(box, &notify), WATS_OK);
  CHECK_INT(poll(&wait, 1, 0), 0);
  (void)submit("a", "");
  CHECK_INT(poll(&wait, 1, 0), 1);
  wats_notify_clear(&notify);
  (void)submit("a", "");
  CHECK_INT(poll(&wait, 1, 0), 0);
  wats_outbox_unlisten(box, &notify);
  wats_outbox_unlisten(box, &notify);
  (void)submit("b", "");
  CHECK_INT(poll(&wait, 1, 0), 0);
  wats_notify_close(&notify);
  end_test();
}

#define WORKERS 3
#define EACH    25

static int worker;

/* Takes in its own, sends what it gets, and writes down what that was. */
static void work_in_child(void)
{
  FILE *log;
  int i, idle = 0;
  char name[16], unit[16];
  snprintf(name, sizeof name, "log%d", worker);
  log = fopen(scratch_file(name), "w");
  box_options.patience_ns = 60 * S;
  open_box();
  for (i = 0; idle < 20; i++) {
    snprintf(name, sizeof name, "%d-%d", worker, i);
    snprintf(unit, sizeof unit, "%d", i % 4);
    if (i < EACH) CHECK_INT(submit(name, unit), WATS_OUTBOX_NEW);
    idle = *claim(2) || i < EACH ? 0 : idle + 1;
    if (idle) usleep(2000);
    while (claimed) {
      fprintf(log, "%s\n", (const char *)claims[claimed - 1].uuid);
      CHECK(sent(claimed - 1));
      wats_outbox_claim_free(&claims[--claimed]);
    }
  }
  fclose(log);
  close_box();
}

static int lines_of(const char *name)
{
  FILE *file = fopen(scratch_file(name), "r");
  char line[64];
  int n = 0;
  while (file && fgets(line, sizeof line, file))
    n++;
  if (file) fclose(file);
  return n;
}

static void test_several_processes_send_each_report_once(void)
{
  pid_t children[WORKERS];
  int i, state, before, total = 0;
  char name[16];
  begin_test();
  fflush(stdout);
  for (worker = 0; worker < WORKERS; worker++) {
    children[worker] = fork();
    if (children[worker] != 0) continue;
    before = test_bad_checks;
    work_in_child();
    fflush(stdout);
    execlp(test_bad_checks > before ? "false" : "true", "true", (char *)NULL);
    _exit(2);
  }
  for (i = 0; i < WORKERS; i++) {
    CHECK_INT(waitpid(children[i], &state, 0), children[i]);
    CHECK_INT(state, 0);
    snprintf(name, sizeof name, "log%d", i);
    total += lines_of(name);
  }
  CHECK_INT(total, WORKERS * EACH);
  open_box();
  CHECK_STR(rows(), "");
  CHECK_INT(stats().sent, WORKERS * EACH);
  end_test();
}

/* ---- patience ----------------------------------------------------------- */

static void test_who_holds_the_lock_and_stands_still(void)
{
  const struct wats_clock *clock = &wats_system_clock;
  struct wats_outbox_report r = report_of("b", "", NULL);
  struct wats_outbox_stats s;
  enum wats_outbox_receipt receipt = WATS_OUTBOX_NEW;
  enum wats_errc code;
  int64_t begun;
  int file;
  begin_test();
  box_options.patience_ns = S / 5;
  open_box();
  (void)submit("a", "");
  /* A descriptor of its own is as good as another process. */
  file = open(box->lock_path, O_RDWR | O_CLOEXEC);
  CHECK_INT(flock(file, LOCK_EX), 0);
  begun = wats_clock_monotonic(clock);
  code = wats_outbox_submit(box, &r, 1, &receipt, &error);
  CHECK(code == WATS_ERR_IO || receipt == WATS_OUTBOX_LIFEBOAT);
  CHECK(wats_clock_monotonic(clock) - begun < 2 * S);
  CHECK_INT(wats_outbox_stats_within(box, TARGET, S / 50, &s, &error),
            WATS_ERR_TIMEOUT);
  CHECK_INT(wats_outbox_stats(box, TARGET, &s, &error), WATS_ERR_IO);
  CHECK_INT(turn_of(TARGET, NULL, 0, 1), WATS_ERR_IO);
  close_box();
  box_options.patience_ns = S / 5;
  open_box(); /* is no failure: it opens when it can */
  CHECK(!box->db);
  CHECK_INT(flock(file, LOCK_UN), 0);
  CHECK_INT(submit("c", ""), WATS_OUTBOX_NEW);
  CHECK_INT(wats_outbox_stats_within(box, TARGET, 20 * S, &s, &error), WATS_OK);
  close(file);
  end_test();
}

/* A child that holds the lock, or takes it again and again, until the parent
** ends it or is no more. */
static pid_t start_holder(bool again)
{
  int ready[2];
  pid_t child, parent = getpid();
  char byte = 0;
  CHECK_INT(pipe(ready), 0);
  child = fork();
  if (child == 0) {
    if (wats_outbox_lock(box, 20 * S, NULL) != WATS_OK) _exit(1);
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    while (getppid() == parent) {
      usleep(10000);
      if (!again) continue;
      wats_outbox_unlock(box);
      if (wats_outbox_lock(box, 20 * S, NULL) != WATS_OK) _exit(1);
    }
    _exit(1);
  }
  CHECK_INT(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  close(ready[1]);
  return child;
}

static void end_holder(pid_t child)
{
  int state;
  CHECK_INT(kill(child, SIGKILL), 0);
  CHECK_INT(waitpid(child, &state, 0), child);
  CHECK(WIFSIGNALED(state)); /* and not before */
}

static void test_a_childs_lock_is_its_own(void)
{
  struct wats_outbox_stats s;
  pid_t child;
  begin_test();
  open_box();
  (void)submit("a", "");
  child = start_holder(false);
  CHECK_INT(wats_outbox_stats_within(box, TARGET, S / 20, &s, &error),
            WATS_ERR_TIMEOUT);
  end_holder(child); /* the system takes the lock from the dead */
  CHECK_STR(rows(), "a:ready");
  end_test();
}

static void test_who_takes_the_lock_all_the_time_starves_nobody(void)
{
  pid_t child;
  int64_t begun;
  int i;
  char name[16];
  begin_test();
  box_options.patience_ns = 20 * S;
  open_box();
  (void)submit("a", "");
  child = start_holder(true);
  begun = wats_clock_monotonic(&wats_system_clock);
  for (i = 0; i < 40; i++) {
    snprintf(name, sizeof name, "%d", i);
    CHECK_INT(submit(name, ""), WATS_OUTBOX_NEW);
  }
  /* A few ms each. */
  CHECK(wats_clock_monotonic(&wats_system_clock) - begun < 5 * S);
  end_holder(child);
  end_test();
}

static void test_a_lock_that_was_put_away_locks_nobody_out(void)
{
  int file;
  begin_test();
  open_box();
  (void)submit("a", "");
  file = open(box->lock_path, O_RDWR | O_CLOEXEC);
  CHECK_INT(flock(file, LOCK_EX), 0);
  CHECK_INT(unlink(box->lock_path), 0);
  CHECK_INT(flock(file, LOCK_UN), 0);
  (void)submit("b", "");
  CHECK_INT(access(box->lock_path, F_OK), 0);
  close(file);
  end_test();
}

/* ---- the file is taken away --------------------------------------------- */

static void test_a_file_that_was_deleted(void)
{
  begin_test();
  open_box();
  (void)submit("a", "");
  CHECK_INT(unlink(box_path()), 0);
  CHECK_INT(unlink(scratch_file("box-wal")), 0);
  CHECK_INT(unlink(scratch_file("box-shm")), 0);
  CHECK_INT(submit("b", ""), WATS_OUTBOX_NEW);
  CHECK_INT(access(box_path(), F_OK), 0);
  close_box();
  open_box();
  CHECK_STR(rows(), "b:ready");
  end_test();
}

static void test_a_log_that_was_deleted(void)
{
  begin_test();
  open_box();
  (void)submit("a", "");
  close_box(); /* brings it into the file */
  open_box();
  (void)rows();
  CHECK_INT(unlink(scratch_file("box-wal")), 0);
  CHECK_INT(submit("b", ""), WATS_OUTBOX_NEW);
  close_box();
  open_box();
  CHECK_STR(rows(), "a:ready b:ready");
  end_test();
}

/* While a transaction runs: its commit goes where nobody will look for it. */
static void take_log_away(void *context, int what, const char *base,
                          const char *table, sqlite3_int64 row)
{
  bool *done = context;
  (void)what;
  (void)base;
  (void)row;
  if (*done || strcmp(table, "report") != 0) return;
  *done = true;
  CHECK_INT(unlink(scratch_file("box-wal")), 0);
}

static void test_a_commit_that_went_nowhere_is_made_again(void)
{
  bool done = false;
  begin_test();
  open_box();
  (void)submit("a", "");
  (void)sqlite3_wal_checkpoint_v2(box->db, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                  NULL, NULL);
  (void)sqlite3_update_hook(box->db, take_log_away, &done);
  CHECK_INT(submit("b", ""), WATS_OUTBOX_NEW);
  CHECK(done);
  close_box();
  open_box();
  CHECK_STR(rows(), "a:ready b:ready");
  end_test();
}

/* That drops SQLite's locks; another process that comes and goes then must not
** take our log away. It is there before, since a fork would close the file. */
static void test_a_program_that_opens_the_file_itself(void)
{
  int file, go[2], state = -1;
  pid_t other;
  char byte = 0;
  begin_test();
  CHECK_INT(pipe(go), 0);
  other = fork();
  if (other == 0) {
    int before = test_bad_checks;
    if (read(go[0], &byte, 1) == 1) open_in_child();
    execlp(test_bad_checks > before ? "false" : "true", "true", (char *)NULL);
    _exit(2);
  }
  open_box();
  (void)submit("a", "");
  file = open(box_path(), O_RDONLY | O_CLOEXEC);
  close(file);
  CHECK_INT(write(go[1], &byte, 1), 1);
  CHECK_INT(waitpid(other, &state, 0), other);
  CHECK_INT(state, 0);
  close(go[0]);
  close(go[1]);
  CHECK_INT(submit("b", ""), WATS_OUTBOX_NEW);
  close_box();
  open_box();
  CHECK_STR(rows(), "a:ready other:ready b:ready");
  end_test();
}

/* ---- threads ------------------------------------------------------------ */

#define THREADS 4
#define REPORTS 20

static _Atomic int delivered;

static void *work_in_thread(void *argument)
{
  int self = *(int *)argument, i;
  for (i = 0; i < REPORTS; i++) {
    struct wats_outbox_claim mine[2];
    struct wats_outbox_settlement settled[2];
    struct wats_outbox_turn turn = {
        .target = TARGET, .lease_ns = 60 * S, .claims = mine, .wanted = 2};
    struct wats_outbox_report r;
    struct wats_error why;
    struct wats_outbox_stats s;
    char name[WATS_UUID];
    size_t k;
    snprintf(name, sizeof name, "%d-%d", self, i);
    r = report_of(name, i % 2 ? "1" : "", NULL);
    CHECK_INT(wats_outbox_submit(box, &r, 1, NULL, &why), WATS_OK);
    CHECK_INT(wats_outbox_turn(box, &turn, &why), WATS_OK);
    for (k = 0; k < turn.claimed; k++)
      settled[k] = (struct wats_outbox_settlement){.claim = &mine[k],
                                                   .outcome = WATS_OUTBOX_SENT};
    turn.settlements = settled;
    turn.settled = turn.claimed;
    turn.wanted = 0;
    delivered += (int)turn.claimed;
    CHECK_INT(wats_outbox_turn(box, &turn, &why), WATS_OK);
    while (k)
      wats_outbox_claim_free(&mine[--k]);
    CHECK_INT(wats_outbox_stats(box, TARGET, &s, &why), WATS_OK);
    (void)wats_outbox_changes(box);
    CHECK_INT(wats_outbox_tend(box, &why), WATS_OK);
  }
  return NULL;
}

static void test_threads(void)
{
  struct wats_thread threads[THREADS];
  int numbers[THREADS], i;
  begin_test();
  box_options.patience_ns = 60 * S;
  open_box();
  for (i = 0; i < THREADS; i++) {
    numbers[i] = i;
    CHECK_INT(wats_thread_start(&threads[i], work_in_thread, &numbers[i]),
              WATS_OK);
  }
  for (i = 0; i < THREADS; i++)
    wats_thread_join(&threads[i]);
  for (i = 0; i < THREADS * REPORTS && *claim(1); i++) {
    CHECK(sent(0));
    delivered++;
  }
  CHECK_INT(delivered, THREADS * REPORTS);
  CHECK_STR(rows(), "");
  end_test();
}

int main(void)
{
  RUN(test_fork);
  RUN(test_news_of_other_processes);
  RUN(test_listeners);
  RUN(test_several_processes_send_each_report_once);
  RUN(test_who_holds_the_lock_and_stands_still);
  RUN(test_a_childs_lock_is_its_own);
  RUN(test_who_takes_the_lock_all_the_time_starves_nobody);
  RUN(test_a_lock_that_was_put_away_locks_nobody_out);
  RUN(test_a_file_that_was_deleted);
  RUN(test_a_log_that_was_deleted);
  RUN(test_a_commit_that_went_nowhere_is_made_again);
  RUN(test_a_program_that_opens_the_file_itself);
  RUN(test_threads);
  remove_scratch();
  return test_report();
}

#endif
