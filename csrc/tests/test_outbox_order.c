/*
** test_outbox_order.c - bodies that come again, and which report waits for
** which.
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

/* ---- a uuid that comes again -------------------------------------------- */

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

/* ---- order -------------------------------------------------------------- */

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

/* Each look at the clock is a millisecond later than the one before. */
static int64_t tick(void *context)
{
  (void)context;
  return atomic_fetch_add(&fake.wall_ns, WATS_NS_PER_MS) + WATS_NS_PER_MS;
}

/* A test that dies in the middle of a turn holds up its repair for no longer
** than one that died before it; else that turn would never come to an end. */
static void test_time_goes_on_during_a_turn(void)
{
  begin_test();
  fake.clock.wall = tick;
  open_box();
  (void)submit("t", "1");
  (void)submit_repair("r", "1", "t");
  (void)submit_repair("s", "2", "t");
  CHECK_STR(claim(9), "t");
  CHECK(buried(0));
  CHECK_STR(rows(), "t:dead r:blocked s:blocked");
  fake.wall_ns += WATS_OUTBOX_ORDER_TIMEOUT;
  CHECK_STR(claim(9), "r s");
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

int main(void)
{
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
  RUN(test_time_goes_on_during_a_turn);
  RUN(test_the_revived_waits_for_what_is_in_flight);
  remove_scratch();
  return test_report();
}

#endif
