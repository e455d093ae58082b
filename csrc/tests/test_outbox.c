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

/* ---- through it
 * ----------------------------------------------------------------- */

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

/* ---- a uuid that comes again
 * ------------------------------------------------------- */

static void test_the_same_again_is_one(void)
{
  begin_test();
  open_box();
  CHECK_INT(submit("a", "1"), WATS_OUTBOX_NEW);
  CHECK_INT(submit("a", "1"), WATS_OUTBOX_DUPLICATE);
  CHECK_STR(claim(4), "a");
  CHECK_INT(submit("a", "1"), WATS_OUTBOX_DUPLICATE);
  CHECK(retried(0, 5 * S));
  CHECK_INT(submit("a", "1"), WATS_OUTBOX_DUPLICATE);
  CHECK_STR(rows(), "a:waiting");
  fake.wall_ns += 5 * S;
  CHECK_STR(claim(4), "a");
  CHECK(sent(0));
  CHECK_INT(submit("a", "1"), WATS_OUTBOX_DUPLICATE);
  CHECK_STR(rows(), "");
  CHECK_INT(submit_body("a", "1", "other"), WATS_OUTBOX_NEW);
  CHECK_STR(claim(4), "a");
  CHECK(sent(0));
  CHECK_INT(submit_body("a", "1", "other"), WATS_OUTBOX_DUPLICATE);
  CHECK_INT(submit("a", "1"), WATS_OUTBOX_NEW); /* the last one counts */
  end_test();
}

static void test_for_another_target_it_is_another(void)
{
  struct wats_outbox_report r = report_of("a", "1", NULL);
  struct wats_outbox_stats s;
  begin_test();
  open_box();
  CHECK_INT(submit("a", "1"), WATS_OUTBOX_NEW);
  r.target = "https://b.example";
  CHECK_INT(submit_report(&r), WATS_OUTBOX_NEW);
  CHECK_INT(submit_report(&r), WATS_OUTBOX_DUPLICATE);
  CHECK_STR(claim(4), "a");
  CHECK(sent(0));
  CHECK_STR(rows(), "a:ready");
  CHECK_INT(wats_outbox_stats(box, r.target, &s, &error), WATS_OK);
  CHECK_INT(s.rows[WATS_OUTBOX_READY], 1);
  CHECK_INT(s.sent, 0);
  CHECK_INT(wats_outbox_stats(box, NULL, &s, &error), WATS_OK);
  CHECK_INT(s.rows[WATS_OUTBOX_READY], 1);
  CHECK_INT(s.sent, 1);
  CHECK_INT(wats_outbox_stats(box, "https://c.example", &s, &error), WATS_OK);
  CHECK_INT(s.rows[WATS_OUTBOX_READY], 0);
  end_test();
}

static void test_another_body_takes_the_place(void)
{
  begin_test();
  open_box();
  (void)submit("a", "1");
  (void)submit("b", "1");
  (void)submit("c", "2");
  CHECK_INT(submit_body("a", "1", "A"), WATS_OUTBOX_REPLACED);
  CHECK_INT(submit_body("b", "1", "B"), WATS_OUTBOX_REPLACED);
  CHECK_STR(rows(), "a:ready b:blocked c:ready");
  CHECK_STR(claim(1), "a");
  CHECK_STR(claims[0].body, "A");
  CHECK(sent(0));
  /* of another unit: it leaves the one, and comes last in the other */
  CHECK_INT(submit_body("b", "2", "b2"), WATS_OUTBOX_REPLACED);
  CHECK_STR(rows(), "c:ready b:blocked");
  CHECK_STR(claim(1), "c");
  CHECK(sent(0));
  CHECK_STR(claim(1), "b");
  CHECK_STR(claims[0].body, "b2");
  end_test();
}

static void test_what_waits_for_an_outage_waits_on(void)
{
  struct wats_outbox_settlement s;
  begin_test();
  open_box();
  (void)submit("a", "");
  (void)submit("b", "");
  CHECK_STR(claim(2), "a b");
  CHECK(retried(0, 60 * S));
  s = outcome(1, WATS_OUTBOX_RETRY);
  s.delay_ns = 60 * S;
  s.rejected = true;
  s.status = 400;
  CHECK(settle_with(s));
  CHECK_STR(rows(), "a:waiting b:waiting");
  CHECK_INT(submit_body("a", "", "A"), WATS_OUTBOX_REPLACED);
  CHECK_INT(submit_body("b", "", "B"), WATS_OUTBOX_REPLACED);
  CHECK_STR(rows(), "a:waiting b:ready"); /* a better body may do at once */
  CHECK_STR(claim(2), "b");
  CHECK_INT(claims[0].attempts, 0);
  CHECK_INT(claims[0].rejections, 0);
  end_test();
}

static void test_another_body_follows_the_one_in_flight(void)
{
  begin_test();
  open_box();
  (void)submit("a", "1");
  (void)submit("b", "1");
  CHECK_STR(claim(4), "a");
  CHECK_INT(submit_body("a", "1", "A"), WATS_OUTBOX_NEW);
  CHECK_INT(submit_body("a", "1", "A"), WATS_OUTBOX_DUPLICATE);
  CHECK_INT(submit_body("a", "1", "AA"), WATS_OUTBOX_REPLACED);
  CHECK_STR(rows(), "a:in_flight b:blocked a:blocked");
  CHECK(sent(0));
  CHECK_STR(rows(), "b:ready a:blocked");
  CHECK_STR(claim(4), "b");
  CHECK(sent(0));
  CHECK_STR(claim(4), "a");
  CHECK_STR(claims[0].body, "AA");
  CHECK(sent(0));
  end_test();
}

/* The newer body takes the place of one that comes back, however it does. */
static void test_a_newer_body_ends_the_older_one(void)
{
  int way;
  for (way = 0; way < 4; way++) {
    begin_test();
    open_box();
    (void)submit("a", "1");
    (void)submit("b", "1");
    CHECK_STR(claim(4), "a");
    CHECK_INT(submit_body("a", "1", "A"), WATS_OUTBOX_NEW);
    if (way == 0) CHECK(retried(0, 5 * S));
    if (way == 1) CHECK(released(0));
    if (way == 2) CHECK(buried(0));
    if (way == 3) fake.monotonic_ns += 61 * S;
    if (way == 3) CHECK_STR(claim(0), "");
    CHECK_STR(rows(), way == 0 ? "a:waiting b:blocked" : "a:ready b:blocked");
    check_rules();
    fake.wall_ns += 5 * S;
    CHECK_STR(claim(4), "a");
    CHECK_STR(claims[0].body, "A");
    CHECK_INT(claims[0].attempts, 0);
    CHECK(sent(0));
    CHECK_STR(claim(4), "b");
    end_test();
  }
}

static void test_a_newer_body_of_another_unit(void)
{
  begin_test();
  open_box();
  (void)submit("a", "1");
  (void)submit("b", "1");
  (void)submit("c", "2");
  CHECK_STR(claim(1), "a");
  CHECK_INT(submit_body("a", "2", "A"), WATS_OUTBOX_NEW);
  CHECK_STR(rows(), "a:in_flight b:blocked c:ready a:blocked");
  CHECK(retried(0, 5 * S));
  CHECK_STR(rows(), "b:ready c:ready a:blocked");
  CHECK_STR(claim(1), "b");
  CHECK(sent(0));
  CHECK_STR(claim(1), "c");
  CHECK(sent(0));
  CHECK_STR(claim(1), "a");
  end_test();
}

/* ---- order
 * -------------------------------------------------------------------------- */

static void test_a_unit_goes_one_after_the_other(void)
{
  begin_test();
  open_box();
  (void)submit("a", "1");
  (void)submit("b", "1");
  (void)submit("c", "1");
  (void)submit("d", "2");
  CHECK_STR(claim(9), "a d");
  CHECK_STR(claim(9), "");
  CHECK_STR(rows(), "a:in_flight b:blocked c:blocked d:in_flight");
  end_test();
  begin_test();
  open_box();
  (void)submit("a", "1");
  (void)submit("b", "1");
  CHECK_STR(claim(9), "a");
  CHECK(retried(0, 5 * S)); /* the next one does not pass it */
  CHECK_STR(rows(), "a:waiting b:blocked");
  CHECK_STR(claim(9), "");
  CHECK_INT(next_ns, 5 * S);
  fake.wall_ns += 5 * S;
  CHECK_STR(claim(9), "a");
  CHECK(buried(0)); /* a dead one does not block its unit */
  CHECK_STR(rows(), "a:dead b:ready");
  end_test();
}

static void test_without_a_serial_number_there_is_no_unit(void)
{
  begin_test();
  open_box();
  (void)submit("a", "");
  (void)submit("b", "");
  CHECK_STR(claim(9), "a b");
  end_test();
}

static void test_a_repair_waits_for_its_test(void)
{
  begin_test();
  open_box();
  (void)submit("t", "1");
  (void)submit_repair("r", "1", "t");
  (void)submit_repair("x", "", "t"); /* even where the unit is not said */
  CHECK_STR(rows(), "t:ready r:blocked x:blocked");
  CHECK_STR(claim(9), "t");
  CHECK(sent(0));
  CHECK_STR(claim(9), "r x");
  end_test();
  begin_test();
  open_box();
  (void)submit_repair("r", "", "t"); /* before its test: nothing to wait for */
  (void)submit("t", "");
  CHECK_STR(claim(9), "r t");
  end_test();
  begin_test();
  open_box();
  (void)submit_repair("r", "", "r"); /* of itself */
  CHECK_STR(claim(9), "r");
  end_test();
}

static void test_a_repair_waits_while_its_test_is_dead(void)
{
  enum wats_outbox_done done;
  begin_test();
  open_box();
  (void)submit("t", "1");
  (void)submit_repair("r", "1", "t");
  (void)submit("u", "1");
  CHECK_STR(claim(9), "t");
  CHECK(buried(0));
  CHECK_STR(rows(), "t:dead r:blocked u:blocked");
  CHECK_STR(claim(9), "");
  CHECK_INT(next_ns, WATS_OUTBOX_ORDER_TIMEOUT);
  CHECK_INT(wats_outbox_retry(box, id_of("t"), &done, &error), WATS_OK);
  CHECK_INT(done, WATS_OUTBOX_DONE);
  CHECK_STR(rows(), "t:ready r:blocked u:blocked");
  check_rules();
  CHECK_STR(claim(9), "t");
  CHECK(buried(0));
  CHECK_INT(wats_outbox_discard(box, id_of("t"), &done, &error), WATS_OK);
  CHECK_STR(rows(), "r:ready u:blocked");
  end_test();
}

static void test_a_repair_does_not_wait_for_ever(void)
{
  enum wats_outbox_done done;
  begin_test();
  open_box();
  (void)submit("t", "1");
  CHECK_STR(claim(9), "t");
  CHECK(buried(0));
  fake.wall_ns += 3 * WATS_OUTBOX_ORDER_TIMEOUT;
  (void)submit_repair("r", "1", "t"); /* from when it came */
  CHECK_STR(rows(), "t:dead r:blocked");
  fake.wall_ns += WATS_OUTBOX_ORDER_TIMEOUT - S;
  CHECK_STR(claim(9), "");
  CHECK_INT(next_ns, S);
  fake.wall_ns += S;
  CHECK_STR(claim(9), "r");
  CHECK(released(0));
  /* Lives again: it goes first, whoever was there meanwhile. */
  CHECK_INT(wats_outbox_retry(box, id_of("t"), &done, &error), WATS_OK);
  CHECK_STR(rows(), "t:ready r:blocked");
  end_test();
  begin_test();
  open_box();
  (void)submit("t", "1");
  CHECK_STR(claim(9), "t");
  CHECK(buried(0));
  (void)submit_repair("r", "1", "t");
  CHECK_INT(wats_outbox_retry(box, id_of("r"), &done, &error), WATS_OK);
  CHECK_STR(rows(), "t:dead r:ready"); /* a person has said so */
  end_test();
}

static void test_a_clock_that_was_wrong_holds_up_nothing(void)
{
  begin_test();
  open_box();
  (void)submit("a", "");
  (void)submit("t", "1");
  (void)submit_repair("r", "1", "t");
  CHECK_STR(claim(9), "a t");
  fake.wall_ns += 100 * WATS_OUTBOX_ORDER_TIMEOUT;
  CHECK(retried(0, 60 * S));
  CHECK(buried(1));
  CHECK_STR(claim(9), "");
  fake.wall_ns -= 100 * WATS_OUTBOX_ORDER_TIMEOUT;
  CHECK_STR(claim(9), "a r");
  end_test();
}

/* While a later one of its unit is in flight, one that lives again waits. */
static void test_the_revived_waits_for_what_is_in_flight(void)
{
  enum wats_outbox_done done;
  begin_test();
  open_box();
  (void)submit("a", "1");
  (void)submit("b", "1");
  (void)submit("c", "1");
  CHECK_STR(claim(9), "a");
  CHECK(buried(0));
  CHECK_STR(claim(9), "b");
  CHECK_INT(wats_outbox_retry(box, id_of("a"), &done, &error), WATS_OK);
  CHECK_STR(rows(), "a:blocked b:in_flight c:blocked");
  check_rules();
  CHECK(retried(0, 5 * S)); /* now that one waits */
  CHECK_STR(rows(), "a:ready b:blocked c:blocked");
  check_rules();
  CHECK_STR(claim(9), "a");
  CHECK(sent(0));
  CHECK_STR(rows(), "b:waiting c:blocked"); /* its time has not come */
  end_test();
}

/* ---- the dead
 * ------------------------------------------------------------------------ */

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

/* ---- by a person
 * ----------------------------------------------------------------------- */

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
  char name[8];
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

/* ---- looking
 * -----------------------------------------------------------------------------
 */

static void test_list(void)
{
  struct wats_outbox_query q = {.limit = 2};
  struct wats_outbox_row *found = NULL;
  size_t count = 0;
  int i;
  char name[8];
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
  RUN(test_the_same_again_is_one);
  RUN(test_for_another_target_it_is_another);
  RUN(test_another_body_takes_the_place);
  RUN(test_what_waits_for_an_outage_waits_on);
  RUN(test_another_body_follows_the_one_in_flight);
  RUN(test_a_newer_body_ends_the_older_one);
  RUN(test_a_newer_body_of_another_unit);
  RUN(test_a_unit_goes_one_after_the_other);
  RUN(test_without_a_serial_number_there_is_no_unit);
  RUN(test_a_repair_waits_for_its_test);
  RUN(test_a_repair_waits_while_its_test_is_dead);
  RUN(test_a_repair_does_not_wait_for_ever);
  RUN(test_a_clock_that_was_wrong_holds_up_nothing);
  RUN(test_the_revived_waits_for_what_is_in_flight);
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
