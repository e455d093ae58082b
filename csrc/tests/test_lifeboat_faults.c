/*
** test_lifeboat_faults.c - system calls and allocations fail, files are cut
** short, directories vanish: a report is saved, or nobody was told that it is.
*/
#include "core/lifeboat.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "child.h"
#include "core/durable.h"
#include "lifeboat_fixture.h"

/* ---- failures ----------------------------------------------------------- */

static void test_each_system_call_may_fail(void)
{
  static const int reasons[] = {EIO, ENOSPC, EACCES};
  struct wats_lifeboat_report some[3];
  size_t i;
  long n, times;
  for (i = 0; i < 3; i++)
    some[i] = report((int)i, "body");
  some[2].target = "http://other";
  for (i = 0; i < 6; i++) {
    times = i < 3 ? 1 : 1000;
    for (n = 0; n < 1000; n++) {
      enum wats_errc code;
      begin();
      wats_durable_fail_after(n, times, reasons[i % 3]);
      code = wats_lifeboat_save(boat(), some, 3, &fake.clock, &error);
      if (!wats_durable_fail_never()) {
        CHECK_INT(code, WATS_OK);
        break;
      }
      /* where the one above may not be looked into nobody has to know */
      if (code == WATS_OK) {
        CHECK_INT(reasons[i % 3], EACCES);
        continue;
      }
      CHECK_INT(code,
                reasons[i % 3] == ENOSPC ? WATS_ERR_QUEUE_FULL : WATS_ERR_IO);
      CHECK_INT(wats_lifeboat_count(boat()), 0);
      scan(10);
      CHECK_INT(count, 0);
      CHECK_INT(wats_lifeboat_save(boat(), some, 3, &fake.clock, &error),
                WATS_OK);
      scan(10);
      CHECK_INT(count, 3);
    }
    CHECK(n > 15 && n < 1000);
    scan(10);
    CHECK_INT(count, 3);
  }
  end();
}

/* Files are still there, or put aside, or had been read. */
static void test_taking_out_may_fail(void)
{
  long n;
  for (n = 0; n < 100; n++) {
    enum wats_errc code;
    begin();
    save(1, "one");
    save(2, "two");
    scan(10);
    wats_durable_fail_after(n, 1, EIO);
    code = wats_lifeboat_remove(boat(), found, count, &error);
    if (!wats_durable_fail_never()) break;
    CHECK_INT(code, WATS_ERR_IO);
    CHECK_INT(wats_lifeboat_remove(boat(), found, count, &error), WATS_OK);
  }
  CHECK(n > 4 && n < 100);
  for (n = 0; n < 100; n++) {
    enum wats_errc code;
    begin();
    save(1, "one");
    scan(10);
    wats_durable_fail_after(n, 1, EIO);
    code = wats_lifeboat_put_aside(boat(), found, &error);
    if (!wats_durable_fail_never()) break;
    CHECK_INT(code, WATS_ERR_IO);
    code = wats_lifeboat_put_aside(boat(), found, &error);
    scan(10);
    CHECK_INT(count, 0);
  }
  CHECK(n > 4 && n < 100);
  begin();
  save(1, "one");
  scan(10);
  wats_durable_fail_after(0, 1, EIO);
  {
    struct wats_lifeboat_query query = {.limit = 1};
    struct wats_lifeboat_file *files = NULL;
    CHECK_INT(wats_lifeboat_scan(boat(), &query, &files, &count, &error),
              WATS_ERR_IO);
    CHECK(files == NULL);
  }
  (void)wats_durable_fail_never();
  end();
}

static void test_memory_may_be_short(void)
{
  struct wats_lifeboat_report some[2];
  enum wats_errc code = WATS_ERR_MEMORY;
  long n;
  begin();
  some[0] = report(1, "one");
  some[1] = report(2, "two");
  for (n = 0; code != WATS_OK && n < 50; n++) {
    wats_alloc_fail_after(n);
    code = wats_lifeboat_save(boat(), some, 2, &fake.clock, &error);
    wats_alloc_fail_never();
    if (code == WATS_OK) break;
    CHECK_INT(code, WATS_ERR_MEMORY);
    CHECK_INT(wats_lifeboat_count(boat()), 0);
  }
  CHECK(n > 0 && n < 50);
  for (n = 0, code = WATS_ERR_MEMORY; code != WATS_OK && n < 50; n++) {
    struct wats_lifeboat_query query = {.limit = 10};
    enum wats_lifeboat_state state;
    char *body = NULL;
    wats_free(found);
    found = NULL;
    wats_alloc_fail_after(n);
    code = wats_lifeboat_scan(boat(), &query, &found, &count, &error);
    if (code == WATS_OK)
      code = wats_lifeboat_read(boat(), found, &state, &body, &error);
    wats_alloc_fail_never();
    wats_free(body);
    if (code != WATS_OK) CHECK_INT(code, WATS_ERR_MEMORY);
  }
  CHECK(n > 1 && n < 50);
  end();
}

/* A file may not grow beyond some bytes. */
static void with_short_files(void)
{
  struct rlimit limit = {100, 100};
  char body[300];
  memset(body, 'x', sizeof body - 1);
  body[sizeof body - 1] = '\0';
  signal(SIGXFSZ, SIG_IGN);
  CHECK_INT(setrlimit(RLIMIT_FSIZE, &limit), 0);
  {
    struct wats_lifeboat_report r = report(1, body);
    CHECK_INT(wats_lifeboat_save(boat(), &r, 1, &fake.clock, &error),
              WATS_ERR_IO);
  }
  CHECK_INT(wats_lifeboat_count(boat()), 0);
  save(2, "short");
  scan(10);
  CHECK_INT(count, 1);
}

static void test_a_file_that_is_cut_short_is_none(void)
{
  begin();
  CHECK_INT(in_child(with_short_files), 0);
}

/* ---- beside each other -------------------------------------------------- */

#define WRITERS 3
#define EACH    60

/* Somebody takes out and removes directories all the while. */
static void test_saving_beside_taking_out(void)
{
  pid_t writers[WRITERS];
  bool seen[256] = {false};
  int w, i, taken = 0, idle = 0;
  begin();
  fflush(stdout);
  for (w = 0; w < WRITERS; w++) {
    writers[w] = fork();
    if (writers[w] == 0) {
      int failures = 0;
      for (i = 0; i < EACH; i++) {
        struct wats_lifeboat_report r = report(w * EACH + i, "body");
        failures += wats_lifeboat_save(boat(), &r, 1, &wats_system_clock,
                                       &error) != WATS_OK;
      }
      _exit(failures ? 1 : 0);
    }
  }
  while (taken < WRITERS * EACH && idle < 2000) {
    scan(2);
    for (i = 0; i < (int)count; i++) {
      CHECK(!seen[found[i].uuid[0]]);
      seen[found[i].uuid[0]] = true;
      CHECK_INT(state_of(&found[i], "body"), WATS_LIFEBOAT_WHOLE);
    }
    CHECK_INT(wats_lifeboat_remove(boat(), found, count, &error), WATS_OK);
    taken += (int)count;
    idle = count ? 0 : idle + 1;
    if (!count) usleep(5000);
  }
  for (w = 0; w < WRITERS; w++) {
    int state = -1;
    waitpid(writers[w], &state, 0);
    CHECK_INT(state, 0);
  }
  CHECK_INT(taken, WRITERS * EACH);
  CHECK(!wats_lifeboat_is_there(boat()));
  end();
}

int main(void)
{
  RUN(test_each_system_call_may_fail);
  RUN(test_taking_out_may_fail);
  RUN(test_memory_may_be_short);
  RUN(test_a_file_that_is_cut_short_is_none);
  RUN(test_saving_beside_taking_out);
  begin();
  remove_scratch();
  return test_report();
}
