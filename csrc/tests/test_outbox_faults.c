/*
** test_outbox_faults.c - memory that is short, a disk that is full, and upkeep.
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

/* ---- memory: ours ------------------------------------------------------- */

/* Each allocation fails in turn, until none does. */
static void fail_each(enum wats_errc (*act)(void))
{
  enum wats_errc code = WATS_ERR_MEMORY;
  long n;
  for (n = 0; code != WATS_OK && n < 1000; n++) {
    wats_alloc_fail_after(n);
    code = act();
    wats_alloc_fail_never();
    CHECK(code == WATS_OK || code == WATS_ERR_MEMORY);
    if (code != WATS_OK && code != WATS_ERR_MEMORY)
      printf("%ld: %s\n", n, error.message);
    check_rules();
  }
  CHECK_INT(code, WATS_OK);
}

static void test_opening_with_little_memory(void)
{
  long before;
  begin_test();
  before = wats_alloc_live();
  fail_each(open_code);
  CHECK_INT(submit("a", ""), WATS_OUTBOX_NEW);
  end_test();
  CHECK_INT(wats_alloc_live(), before);
}

static enum wats_errc submit_ten(void)
{
  struct wats_outbox_report batch[10];
  int i;
  for (i = 0; i < 10; i++) {
    char name[2] = {(char)('a' + i), '\0'};
    batch[i] = report_of(name, "1", "body");
  }
  return wats_outbox_submit(box, batch, 10, NULL, &error);
}

static enum wats_errc claim_three(void)
{
  return turn_of(TARGET, NULL, 0, 3);
}

static enum wats_errc settle_and_claim(void)
{
  struct wats_outbox_settlement s[2] = {outcome(0, WATS_OUTBOX_SENT),
                                        outcome(1, WATS_OUTBOX_BURY)};
  s[1].answer = "why";
  s[1].answer_length = 3;
  return turn_of(TARGET, s, 2, 3);
}

static enum wats_errc list_all(void)
{
  struct wats_outbox_query q = {.limit = 100};
  struct wats_outbox_row *found = NULL;
  size_t count = 0;
  enum wats_errc code = wats_outbox_list(box, &q, &found, &count, &error);
  if (code == WATS_OK) wats_free(found);
  return code;
}

static enum wats_errc get_dead(void)
{
  struct wats_outbox_found found;
  enum wats_errc code = wats_outbox_get(box, id_of("y"), &found, &error);
  if (code == WATS_OK) wats_outbox_found_free(&found);
  return code;
}

static void test_using_it_with_little_memory(void)
{
  long before;
  begin_test();
  before = wats_alloc_live();
  open_box();
  (void)submit("x", "");
  (void)submit("y", "");
  fail_each(submit_ten);
  fail_each(claim_three);
  CHECK_INT(claimed, 3);
  fail_each(settle_and_claim);
  CHECK_INT(stats().sent, 1);
  CHECK_INT(stats().died, 1);
  fail_each(list_all);
  fail_each(get_dead);
  end_test();
  CHECK_INT(wats_alloc_live(), before);
}

/* ---- memory: SQLite's --------------------------------------------------- */

/* At each size at which it fails nothing is changed, and it can be used on. */
static void test_sqlite_with_little_memory(void)
{
  struct wats_outbox_report r = report_of("b", "1", NULL);
  static char body[30000];
  int64_t more;
  enum wats_errc code = WATS_ERR_MEMORY;
  int failures = 0;
  begin_test();
  open_box();
  (void)submit("a", "1");
  memset(body, 'x', sizeof body);
  r.body = body;
  r.length = sizeof body;
  for (more = 1; code != WATS_OK && more < 1 << 22; more += 4096) {
    (void)sqlite3_hard_heap_limit64(sqlite3_memory_used() + more);
    code = wats_outbox_submit(box, &r, 1, NULL, &error);
    (void)sqlite3_hard_heap_limit64(0);
    if (code == WATS_OK) break;
    failures++;
    CHECK_INT(code, WATS_ERR_MEMORY);
    CHECK_STR(rows(), "a:ready");
  }
  (void)sqlite3_hard_heap_limit64(0);
  CHECK_INT(code, WATS_OK);
  CHECK(failures > 0);
  CHECK_STR(rows(), "a:ready b:blocked");
  end_test();
}

/* ---- no room ------------------------------------------------------------ */

static void test_a_full_disk_takes_in_nothing(void)
{
  struct wats_outbox_report r = report_of("b", "1", NULL);
  enum wats_outbox_receipt receipt = WATS_OUTBOX_NEW;
  static char body[60000];
  enum wats_errc code;
  char limit[64];
  begin_test();
  open_box();
  (void)submit("a", "1");
  snprintf(limit, sizeof limit, "PRAGMA max_page_count=%d",
           (int)ask("PRAGMA page_count"));
  (void)ask(limit);
  memset(body, 'x', sizeof body);
  r.body = body;
  r.length = sizeof body;
  code = wats_outbox_submit(box, &r, 1, &receipt, &error);
  CHECK(code == WATS_ERR_QUEUE_FULL || receipt == WATS_OUTBOX_LIFEBOAT);
  CHECK_STR(claim(2), "a"); /* what is there can still be sent */
  CHECK(sent(0));
  (void)ask("PRAGMA max_page_count=100000");
  CHECK_INT(submit("c", ""), WATS_OUTBOX_NEW);
  end_test();
}

/* ---- upkeep ------------------------------------------------------------- */

static void tend(void)
{
  CHECK_INT(wats_outbox_tend(box, &error), WATS_OK);
}

static void test_the_log_is_brought_in(void)
{
  static char body[300000];
  struct wats_outbox_report r;
  int i;
  begin_test();
  open_box();
  tend();
  fake.monotonic_ns += 2 * S;
  tend(); /* quiet: all that there is */
  CHECK_INT(box->log_pages - box->log_done, 0);
  (void)submit("a", "");
  tend();
  CHECK(box->log_pages > box->log_done); /* not for so little, at once */
  memset(body, 'x', sizeof body);
  for (i = 0; i < 4; i++) {
    char name[2] = {(char)('b' + i), '\0'};
    r = report_of(name, "", NULL);
    r.body = body;
    r.length = sizeof body;
    (void)submit_report(&r);
  }
  CHECK((box->log_pages - box->log_done) * 4096 > 1 << 20);
  tend();
  CHECK_INT(box->log_pages - box->log_done, 0);
  (void)submit("z", ""); /* the log begins anew */
  CHECK(box->log_pages < 20);
  fake.monotonic_ns += 2 * S;
  tend(); /* there was news */
  CHECK(box->log_pages > box->log_done);
  fake.monotonic_ns += 2 * S;
  tend();
  CHECK_INT(box->log_pages - box->log_done, 0);
  end_test();
}

static void test_without_who_tends_the_log_is_bounded(void)
{
  static char body[4 << 20];
  struct wats_outbox_report r;
  int i, most = 0;
  begin_test();
  open_box();
  (void)ask("PRAGMA synchronous=OFF");
  memset(body, 'x', sizeof body);
  for (i = 0; i < 24; i++) {
    char name[2] = {(char)('a' + i), '\0'};
    r = report_of(name, "", NULL);
    r.body = body;
    r.length = sizeof body;
    (void)submit_report(&r);
    if (box->log_pages > most) most = box->log_pages;
  }
  CHECK(most * 4096L < (int64_t)WATS_OUTBOX_SUBMIT_LOG + 2 * (4 << 20));
  CHECK(most * 4096L > (int64_t)WATS_OUTBOX_SUBMIT_LOG / 2);
  CHECK_INT(stats().rows[WATS_OUTBOX_READY], 24);
  end_test();
}

static void test_old_tombstones_go(void)
{
  int i;
  char name[16];
  begin_test();
  open_box();
  for (i = 0; i < 3; i++) {
    snprintf(name, sizeof name, "%d", i);
    (void)submit(name, "");
    CHECK_STR(claim(1), name);
    CHECK(sent(0));
    fake.wall_ns += 10 * 86400 * S;
  }
  tend();
  CHECK_INT(ask("SELECT count(*) FROM sent"), 3);
  fake.wall_ns += S;
  tend(); /* not each time */
  CHECK_INT(ask("SELECT count(*) FROM sent"), 3);
  fake.monotonic_ns += 61 * S;
  tend();
  CHECK_INT(ask("SELECT count(*) FROM sent"), 2);
  CHECK_INT(submit("0", ""), WATS_OUTBOX_NEW);
  CHECK_INT(submit("1", ""), WATS_OUTBOX_DUPLICATE);
  fake.monotonic_ns += 61 * S;
  fake.wall_ns -= 70 * 86400 * S; /* a clock that was wrong */
  tend();
  CHECK_INT(ask("SELECT count(*) FROM sent"), 0);
  end_test();
}

static void test_the_file_shrinks_when_all_is_sent(void)
{
  static char body[2 << 20];
  struct wats_outbox_report r;
  int64_t before;
  int i;
  begin_test();
  open_box();
  (void)ask("PRAGMA synchronous=OFF");
  for (i = 0; i < 8; i++) {
    char name[2] = {(char)('a' + i), '\0'};
    r = report_of(name, "", NULL);
    r.body = body;
    r.length = sizeof body;
    (void)submit_report(&r);
  }
  drop_claims();
  CHECK_INT(turn_of(TARGET, NULL, 0, 8), WATS_OK);
  for (i = 0; i < 8; i++)
    CHECK(sent((size_t)i));
  before = ask("PRAGMA page_count");
  tend();
  fake.monotonic_ns += 2 * S;
  for (i = 0; i < 20; i++)
    tend();
  CHECK(ask("PRAGMA page_count") < before - 1000);
  CHECK_INT(ask("PRAGMA freelist_count") < 2048 + 256, 1);
  end_test();
}

int main(void)
{
  RUN(test_opening_with_little_memory);
  RUN(test_using_it_with_little_memory);
  RUN(test_sqlite_with_little_memory);
  RUN(test_a_full_disk_takes_in_nothing);
  RUN(test_the_log_is_brought_in);
  RUN(test_without_who_tends_the_log_is_bounded);
  RUN(test_old_tombstones_go);
  RUN(test_the_file_shrinks_when_all_is_sent);
  remove_scratch();
  return test_report();
}

#endif
