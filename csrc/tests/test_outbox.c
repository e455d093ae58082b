/*
** test_outbox.c - the outbox: taken in, claimed, settled, looked at.
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

/* ---- through it --------------------------------------------------------- */

static void test_a_report_goes_through(void)
{
  struct wats_outbox_found found;
  begin_test();
  open_box();
  CHECK_INT(submit("a", "1"), WATS_OUTBOX_NEW);
  CHECK_STR(rows(), "a:ready");
  CHECK_INT(wats_outbox_get(box, id_of("a"), &found, &error), WATS_OK);
  CHECK_INT(found.what, WATS_OUTBOX_KEPT);
  CHECK_STR(found.body, "a");
  CHECK(!found.answer);
  CHECK_STR(found.row.target, TARGET);
  CHECK_STR(found.row.part_number, "PN");
  CHECK_STR(found.row.serial_number, "1");
  CHECK_INT(found.row.type, 'T');
  CHECK_INT(found.row.priority, 5);
  CHECK_INT(found.row.created_ms, NOW * 1000);
  wats_outbox_found_free(&found);
  CHECK_STR(claim(4), "a");
  CHECK_STR(claims[0].body, "a");
  CHECK_INT(claims[0].until_boot_ns, 1060 * S);
  CHECK_INT(next_ns, 60 * S);
  CHECK_STR(rows(), "a:in_flight");
  CHECK(sent(0));
  CHECK_INT(next_ns, WATS_NEVER);
  CHECK_STR(rows(), "");
  CHECK_INT(wats_outbox_get(box, id_of("a"), &found, &error), WATS_OK);
  CHECK_INT(found.what, WATS_OUTBOX_WAS_SENT);
  CHECK_INT(found.sent_ms, NOW * 1000);
  CHECK_INT(wats_outbox_get(box, id_of("b"), &found, &error), WATS_OK);
  CHECK_INT(found.what, WATS_OUTBOX_UNKNOWN);
  CHECK_INT(stats().sent, 1);
  end_test();
}

static void test_it_outlives_who_took_it_in(void)
{
  begin_test();
  open_box();
  CHECK_INT(submit("a", "1"), WATS_OUTBOX_NEW);
  CHECK_INT(submit("b", "1"), WATS_OUTBOX_NEW);
  CHECK_INT(submit_body("c", "", ""), WATS_OUTBOX_NEW); /* no bytes */
  close_box();
  open_box();
  CHECK_STR(rows(), "a:ready b:blocked c:ready");
  CHECK_STR(claim(4), "a c");
  CHECK_INT(claims[1].length, 0);
  CHECK_INT(ask("PRAGMA synchronous"), 2);
  CHECK_INT(ask("PRAGMA auto_vacuum"), 2);
  CHECK_INT(ask("PRAGMA wal_autocheckpoint"), 0);
  CHECK_INT(ask("PRAGMA page_size"), 4096);
  end_test();
}

static void test_priorities_first_then_arrival(void)
{
  static const char *const names[] = {"e", "a", "f", "b"};
  static const int priorities[] = {10, 1, 10, 1};
  int i;
  begin_test();
  open_box();
  for (i = 0; i < 4; i++) {
    struct wats_outbox_report r = report_of(names[i], "", NULL);
    r.priority = priorities[i];
    (void)submit_report(&r);
  }
  (void)submit("c", "");
  (void)submit("d", "");
  CHECK_STR(claim(3), "a b c");
  CHECK_INT(claims[0].priority, 1);
  CHECK_STR(claim(9), "d e f");
  end_test();
}

static void test_a_batch_is_taken_in_whole_or_not_at_all(void)
{
  struct wats_outbox_report batch[3] = {report_of("a", "1", NULL),
                                        report_of("b", "1", NULL),
                                        report_of("a", "1", NULL)};
  enum wats_outbox_receipt receipts[3];
  begin_test();
  box_options.max_rows = 3;
  open_box();
  CHECK_INT(wats_outbox_submit(box, batch, 3, receipts, &error), WATS_OK);
  CHECK_INT(receipts[0], WATS_OUTBOX_NEW);
  CHECK_INT(receipts[1], WATS_OUTBOX_NEW);
  CHECK_INT(receipts[2], WATS_OUTBOX_DUPLICATE);
  CHECK_STR(rows(), "a:ready b:blocked");
  batch[0] = report_of("c", "2", NULL);
  batch[1] = report_of("d", "2", NULL);
  CHECK_INT(wats_outbox_submit(box, batch, 2, receipts, &error),
            WATS_ERR_QUEUE_FULL);
  CHECK_STR(error.message, "the queue is full: 3 reports, 3 bytes");
  CHECK_STR(rows(), "a:ready b:blocked");
  CHECK_INT(wats_outbox_submit(box, batch, 0, NULL, &error), WATS_OK);
  end_test();
}

static void test_bounds(void)
{
  struct wats_outbox_report r = report_of("c", "", "123456");
  begin_test();
  box_options.max_bytes = 10;
  open_box();
  CHECK_INT(submit_body("a", "", "1234"), WATS_OUTBOX_NEW);
  CHECK_INT(submit_body("b", "", "1234"), WATS_OUTBOX_NEW);
  CHECK_INT(wats_outbox_submit(box, &r, 1, NULL, &error), WATS_ERR_QUEUE_FULL);
  CHECK_INT(submit_body("a", "", "12345"), WATS_OUTBOX_REPLACED);
  CHECK_INT(submit_body("a", "", "123"), WATS_OUTBOX_REPLACED);
  r = report_of("a", "", "1234567");
  CHECK_INT(wats_outbox_submit(box, &r, 1, NULL, &error), WATS_ERR_QUEUE_FULL);
  CHECK_INT(stats().bytes[WATS_OUTBOX_READY], 7);
  CHECK_INT(stats().max_bytes, 10);
  CHECK_INT(stats().max_rows, WATS_OUTBOX_MAX_ROWS);
  CHECK_STR(claim(1), "a");
  CHECK(sent(0));
  r = report_of("c", "", "123456");
  CHECK_INT(submit_report(&r), WATS_OUTBOX_NEW);
  end_test();
}

static void test_what_is_no_report_is_refused(void)
{
  struct wats_outbox_report r = report_of("a", "", NULL);
  static char longest[300];
  begin_test();
  open_box();
  r.priority = 0;
  CHECK_INT(wats_outbox_submit(box, &r, 1, NULL, &error), WATS_ERR_ARGUMENT);
  r.priority = 11;
  CHECK_INT(wats_outbox_submit(box, &r, 1, NULL, &error), WATS_ERR_ARGUMENT);
  r.priority = 10;
  r.target = "";
  CHECK_INT(wats_outbox_submit(box, &r, 1, NULL, &error), WATS_ERR_ARGUMENT);
  memset(longest, 'x', sizeof longest - 1);
  r.target = longest;
  CHECK_INT(wats_outbox_submit(box, &r, 1, NULL, &error), WATS_ERR_ARGUMENT);
  r.target = TARGET;
  r.length = (size_t)WATS_OUTBOX_MAX_BODY + 1; /* not looked at */
  CHECK_INT(wats_outbox_submit(box, &r, 1, NULL, &error), WATS_ERR_TOO_LARGE);
  CHECK_STR(rows(), "");
  end_test();
}

/* ---- the dead ----------------------------------------------------------- */

static void test_the_dead_keep_all(void)
{
  struct wats_outbox_found found;
  struct wats_outbox_settlement s;
  begin_test();
  open_box();
  (void)submit("a", "1");
  CHECK_STR(claim(9), "a");
  s = outcome(0, WATS_OUTBOX_RETRY);
  s.rejected = true;
  s.rejection = 77;
  s.status = 400;
  CHECK(settle_with(s));
  CHECK_STR(claim(9), "a");
  CHECK_INT(claims[0].attempts, 1);
  CHECK_INT(claims[0].rejections, 1);
  CHECK_INT(claims[0].rejection, 77);
  fake.wall_ns += 7 * S;
  CHECK(buried(0));
  CHECK_INT(stats().rows[WATS_OUTBOX_DEAD], 1);
  CHECK_INT(stats().died, 1);
  CHECK_INT(stats().oldest_age_ns, -1);
  CHECK_INT(wats_outbox_get(box, id_of("a"), &found, &error), WATS_OK);
  CHECK_STR(found.body, "a");
  CHECK_STR(found.answer, "because");
  CHECK_INT(found.answer_length, 7);
  CHECK_STR(found.row.reason, "no good");
  CHECK_INT(found.row.last_status, 400);
  CHECK_INT(found.row.attempts, 2);
  CHECK_INT(found.row.died_ms, (NOW + 7) * 1000);
  wats_outbox_found_free(&found);
  CHECK_INT(submit("a", "1"), WATS_OUTBOX_REPLACED); /* lives again */
  CHECK_STR(rows(), "a:ready");
  CHECK_INT(wats_outbox_get(box, id_of("a"), &found, &error), WATS_OK);
  CHECK(!found.answer);
  CHECK_STR(found.row.reason, "");
  CHECK_INT(found.row.attempts, 0);
  wats_outbox_found_free(&found);
  CHECK_STR(claim(9), "a");
  CHECK_INT(claims[0].rejections, 0);
  CHECK(buried(0));
  CHECK_INT(submit_body("a", "1", "A"), WATS_OUTBOX_REPLACED);
  CHECK_STR(claim(9), "a");
  CHECK_STR(claims[0].body, "A");
  end_test();
}

static void test_blame_counts_in_a_row(void)
{
  struct wats_outbox_settlement s;
  begin_test();
  open_box();
  (void)submit("a", "1");
  CHECK_STR(claim(9), "a");
  s = outcome(0, WATS_OUTBOX_RETRY);
  s.rejected = true;
  s.rejection = 77;
  CHECK(settle_with(s));
  CHECK_STR(claim(9), "a");
  s = outcome(0, WATS_OUTBOX_RETRY);
  s.status = 0; /* no answer: says nothing of the report */
  CHECK(settle_with(s));
  CHECK_STR(claim(9), "a");
  CHECK_INT(claims[0].rejections, 1);
  s.status = 503;
  CHECK(settle_with(s));
  CHECK_STR(claim(9), "a");
  CHECK_INT(claims[0].rejections, 0);
  CHECK_INT(claims[0].attempts, 3);
  end_test();
}

/* ---- by a person -------------------------------------------------------- */

static enum wats_outbox_done retry(const char *name)
{
  enum wats_outbox_done done = WATS_OUTBOX_NOT_THERE;
  CHECK_INT(wats_outbox_retry(box, id_of(name), &done, &error), WATS_OK);
  return done;
}

static enum wats_outbox_done discard(const char *name)
{
  enum wats_outbox_done done = WATS_OUTBOX_NOT_THERE;
  CHECK_INT(wats_outbox_discard(box, id_of(name), &done, &error), WATS_OK);
  return done;
}

static void test_retry_and_discard(void)
{
  begin_test();
  open_box();
  CHECK_INT(retry("a"), WATS_OUTBOX_NOT_THERE);
  CHECK_INT(discard("a"), WATS_OUTBOX_NOT_THERE);
  (void)submit("a", "1");
  (void)submit("b", "1");
  CHECK_INT(retry("a"), WATS_OUTBOX_DONE);
  CHECK_STR(claim(9), "a");
  CHECK_INT(retry("a"), WATS_OUTBOX_IS_SENDING);
  CHECK_INT(discard("a"), WATS_OUTBOX_IS_SENDING);
  CHECK(retried(0, 5 * S));
  CHECK_INT(retry("a"), WATS_OUTBOX_DONE);
  CHECK_STR(rows(), "a:ready b:blocked");
  CHECK_INT(discard("a"), WATS_OUTBOX_DONE);
  CHECK_STR(rows(), "b:ready");
  CHECK_INT(stats().discarded, 1);
  CHECK_STR(claim(9), "b");
  CHECK(buried(0));
  CHECK_INT(discard("b"), WATS_OUTBOX_DONE);
  CHECK_STR(rows(), "");
  CHECK_INT(submit("b", "1"), WATS_OUTBOX_NEW); /* no tombstone */
  end_test();
}

static void test_expedite(void)
{
  int i;
  begin_test();
  open_box();
  for (i = 0; i < 3; i++) {
    (void)submit(i == 0 ? "a" : i == 1 ? "b" : "c", i == 2 ? "2" : "1");
  }
  CHECK_STR(claim(9), "a c");
  CHECK(retried(0, 50 * S));
  CHECK(retried(1, 50 * S));
  CHECK_STR(rows(), "a:waiting b:blocked c:waiting");
  CHECK_INT(wats_outbox_expedite(box, "https://b.example", &error), WATS_OK);
  CHECK_STR(rows(), "a:waiting b:blocked c:waiting");
  CHECK_INT(wats_outbox_expedite(box, TARGET, &error), WATS_OK);
  CHECK_STR(rows(), "a:ready b:blocked c:ready");
  end_test();
}

static void test_recovered_spreads_what_waits_for_the_server(void)
{
  struct wats_outbox_settlement s;
  int64_t least = INT64_MAX, most = 0;
  int i;
  char name[16];
  begin_test();
  open_box();
  for (i = 0; i < 60; i++) {
    struct wats_outbox_report r;
    snprintf(name, sizeof name, "%d", i);
    r = report_of(name, "", NULL);
    r.priority = 1 + i % 3;
    (void)submit_report(&r);
  }
  drop_claims();
  CHECK_INT(turn_of(TARGET, NULL, 0, 60), WATS_OK);
  CHECK_INT(claimed, 60);
  for (i = 0; i < 59; i++)
    CHECK(retried((size_t)i, 3000 * S));
  s = outcome(59, WATS_OUTBOX_RETRY);
  s.delay_ns = 3000 * S; /* not because of an outage */
  CHECK(settle_with(s));
  CHECK_INT(wats_outbox_recovered(box, TARGET, 30 * S, &error), WATS_OK);
  least = ask("SELECT min(due_ms) FROM report") - NOW * 1000;
  most = ask("SELECT max(due_ms) FROM report WHERE outage") - NOW * 1000;
  CHECK(least >= 0 && least < 10000);
  CHECK(most <= 30000 && most > 20000);
  CHECK_INT(ask("SELECT count(*) FROM report WHERE due_ms > 1700000030000"), 1);
  CHECK_STR(claim(0), "");
  CHECK(next_ns >= 0 && next_ns <= least * WATS_NS_PER_MS);
  end_test();
}

static void test_pause_is_for_all_to_see(void)
{
  begin_test();
  open_box();
  CHECK_INT(wats_outbox_pause(box, TARGET, NULL, &error), WATS_OK);
  CHECK_INT(wats_outbox_pause(box, TARGET, "401: the token", &error), WATS_OK);
  CHECK_STR(stats().paused, "401: the token");
  close_box();
  open_box();
  CHECK_STR(stats().paused, "401: the token");
  CHECK_INT(wats_outbox_pause(box, TARGET, NULL, &error), WATS_OK);
  CHECK_STR(stats().paused, "");
  end_test();
}

/* ---- looking ------------------------------------------------------------ */

static void test_list(void)
{
  struct wats_outbox_query q = {.limit = 2};
  struct wats_outbox_row *found = NULL;
  size_t count = 0;
  int i;
  char name[16];
  begin_test();
  open_box();
  for (i = 0; i < 40; i++) {
    snprintf(name, sizeof name, "%d", i);
    (void)submit(name, "");
  }
  CHECK_INT(wats_outbox_list(box, &q, &found, &count, &error), WATS_OK);
  CHECK_INT(count, 2);
  q.after = found[1].seq;
  wats_free(found);
  q.limit = 100;
  CHECK_INT(wats_outbox_list(box, &q, &found, &count, &error), WATS_OK);
  CHECK_INT(count, 38);
  CHECK_STR((const char *)found[0].uuid, "2");
  wats_free(found);
  CHECK_STR(claim(1), "0");
  CHECK(buried(0));
  q.after = 0;
  q.states = 1u << WATS_OUTBOX_DEAD;
  CHECK_INT(wats_outbox_list(box, &q, &found, &count, &error), WATS_OK);
  CHECK_INT(count, 1);
  CHECK_STR(found[0].reason, "no good");
  wats_free(found);
  q.states = 0;
  q.target = "https://b.example";
  CHECK_INT(wats_outbox_list(box, &q, &found, &count, &error), WATS_OK);
  CHECK_INT(count, 0);
  wats_free(found);
  end_test();
}

static void test_the_oldest(void)
{
  struct wats_outbox_report r = report_of("b", "", NULL);
  begin_test();
  open_box();
  CHECK_INT(stats().oldest_age_ns, -1);
  (void)submit("a", "");
  fake.wall_ns += 5 * S;
  r.priority = 1;
  (void)submit_report(&r);
  fake.wall_ns += 5 * S;
  CHECK_INT(stats().oldest_age_ns, 10 * S);
  CHECK_STR(claim(2), "b a");
  CHECK_INT(stats().oldest_age_ns, 10 * S);
  CHECK(sent(1));
  CHECK_INT(stats().oldest_age_ns, 5 * S);
  fake.wall_ns -= 50 * S; /* a clock that was wrong */
  CHECK_INT(stats().oldest_age_ns, 0);
  end_test();
}

static void test_counts_are_this_processs_own(void)
{
  struct wats_outbox_counts c;
  begin_test();
  open_box();
  (void)submit("a", "");
  (void)submit("a", "");
  (void)submit("b", "");
  CHECK_STR(claim(2), "a b");
  CHECK(sent(0));
  CHECK(!sent(0));
  CHECK(buried(1));
  wats_outbox_counts(box, &c);
  CHECK_INT(c.enqueued, 2);
  CHECK_INT(c.duplicate, 1);
  CHECK_INT(c.sent, 1);
  CHECK_INT(c.dead, 1);
  CHECK_INT(c.lost_leases, 1);
  end_test();
}

int main(void)
{
  RUN(test_a_report_goes_through);
  RUN(test_it_outlives_who_took_it_in);
  RUN(test_priorities_first_then_arrival);
  RUN(test_a_batch_is_taken_in_whole_or_not_at_all);
  RUN(test_bounds);
  RUN(test_what_is_no_report_is_refused);
  RUN(test_the_dead_keep_all);
  RUN(test_blame_counts_in_a_row);
  RUN(test_retry_and_discard);
  RUN(test_expedite);
  RUN(test_recovered_spreads_what_waits_for_the_server);
  RUN(test_pause_is_for_all_to_see);
  RUN(test_list);
  RUN(test_the_oldest);
  RUN(test_counts_are_this_processs_own);
  remove_scratch();
  return test_report();
}

#endif
