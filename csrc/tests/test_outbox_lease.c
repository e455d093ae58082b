/*
** test_outbox_lease.c - claims: how they end when nobody settles them, and what
** is never handed out.
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

/* What was claimed first is kept apart, as by another who claims. */
static struct wats_outbox_claim old;

static void take_old(void)
{
  old = claims[0];
  claimed = 0;
}

static bool settle_old(enum wats_outbox_outcome what)
{
  return settle_with(
      (struct wats_outbox_settlement){.claim = &old, .outcome = what});
}

static void test_a_lease_runs_out(void)
{
  begin_test();
  open_box();
  (void)submit("a", "1");
  CHECK_STR(claim(1), "a");
  take_old();
  fake.monotonic_ns += 60 * S - WATS_NS_PER_MS;
  CHECK_STR(claim(1), "");
  CHECK_INT(next_ns, WATS_NS_PER_MS);
  fake.monotonic_ns += WATS_NS_PER_MS;
  CHECK_STR(claim(1), "a");
  CHECK_INT(claims[0].attempts, 1);
  CHECK(memcmp(claims[0].token, old.token, sizeof old.token) != 0);
  wats_outbox_claim_free(&old);
  end_test();
}

/* Whatever it says, of a lease that was lost it changes nothing. */
static void test_a_lost_lease_settles_nothing(void)
{
  int what;
  for (what = WATS_OUTBOX_SENT; what <= WATS_OUTBOX_BURY; what++) {
    begin_test();
    open_box();
    (void)submit("a", "1");
    CHECK_STR(claim(1), "a");
    take_old();
    fake.monotonic_ns += 61 * S;
    CHECK_STR(claim(1), "a");
    CHECK(!settle_old((enum wats_outbox_outcome)what));
    CHECK_STR(rows(), "a:in_flight");
    CHECK(sent(0));
    CHECK(!settle_old((enum wats_outbox_outcome)what));
    CHECK_STR(rows(), "");
    CHECK_INT(stats().sent, 1);
    wats_outbox_claim_free(&old);
    end_test();
  }
}

static void test_one_that_ran_out_is_ours_till_another_has_it(void)
{
  begin_test();
  open_box();
  (void)submit("a", "1");
  CHECK_STR(claim(1), "a");
  fake.monotonic_ns += 600 * S;
  CHECK(sent(0));
  CHECK_STR(rows(), "");
  end_test();
}

static void test_a_step_of_the_wall_clock_ends_no_lease(void)
{
  begin_test();
  open_box();
  (void)submit("a", "1");
  CHECK_STR(claim(1), "a");
  fake.wall_ns += 86400 * S;
  CHECK_STR(claim(1), "");
  fake.wall_ns -= 2 * 86400 * S;
  CHECK_STR(claim(1), "");
  end_test();
}

static void test_another_start_of_the_machine_ends_all(void)
{
  begin_test();
  open_box();
  (void)submit("a", "1");
  (void)submit("b", "2");
  CHECK_STR(claim(2), "a b");
  box->boot_id++;
  CHECK_STR(claim(2), "a b");
  /* and where the system does not tell starts apart, by the time */
  fake.monotonic_ns -= 900 * S;
  CHECK_STR(claim(2), "");
  fake.monotonic_ns = 1;
  box->boot_id = 0;
  CHECK_STR(claim(2), "a b");
  fake.monotonic_ns = 8000 * S;
  CHECK_STR(claim(2), "a b");
  fake.monotonic_ns = 1;
  CHECK_STR(claim(2), "a b");
  end_test();
}

static void test_no_lease_is_longer_than_an_hour(void)
{
  struct wats_outbox_turn turn = {
      .target = TARGET, .lease_ns = WATS_NEVER, .claims = claims, .wanted = 1};
  begin_test();
  open_box();
  (void)submit("a", "1");
  CHECK_INT(wats_outbox_turn(box, &turn, &error), WATS_OK);
  claimed = turn.claimed;
  CHECK_INT(claims[0].until_boot_ns, 1000 * S + WATS_OUTBOX_MAX_LEASE);
  end_test();
}

static void test_what_was_not_tried_is_as_before(void)
{
  begin_test();
  open_box();
  (void)submit("a", "1");
  CHECK_STR(claim(1), "a");
  CHECK(released(0));
  CHECK_STR(claim(1), "a");
  CHECK_INT(claims[0].attempts, 0);
  end_test();
}

static void test_no_delay_is_too_long(void)
{
  begin_test();
  open_box();
  (void)submit("a", "1");
  CHECK_STR(claim(1), "a");
  CHECK(retried(0, WATS_NEVER));
  CHECK_STR(claim(1), "");
  CHECK(next_ns > WATS_OUTBOX_MAX_DELAY - S);
  fake.wall_ns += WATS_OUTBOX_MAX_DELAY;
  CHECK_STR(claim(1), "a");
  end_test();
}

/* A turn of another server's reports leaves these alone. */
static void test_a_drainer_takes_only_its_own(void)
{
  begin_test();
  open_box();
  (void)submit("a", "1");
  drop_claims();
  CHECK_INT(turn_of("https://b.example", NULL, 0, 9), WATS_OK);
  CHECK_INT(claimed, 0);
  CHECK_INT(next_ns, WATS_NEVER);
  CHECK_STR(claim(1), "a");
  end_test();
}

/* ---- damage ------------------------------------------------------------- */

static void expect_aside(const char *harm)
{
  struct wats_outbox_counts counts;
  begin_test();
  open_box();
  (void)submit("a", "1");
  (void)submit("b", "1");
  CHECK_INT(ask(harm), -1);
  CHECK_INT(sqlite3_changes(box->db), 1);
  CHECK_STR(claim(9), "b");
  CHECK_INT(stats().rows[WATS_OUTBOX_DEAD], 1);
  CHECK_INT(stats().died, 1);
  wats_outbox_counts(box, &counts);
  CHECK_INT(counts.damaged, 1);
  drop_claims();
  close_box();
}

static void test_what_is_damaged_is_never_handed_out(void)
{
  struct wats_outbox_found found;
  expect_aside("UPDATE body SET body = 'x' WHERE seq = 1");
  expect_aside("UPDATE body SET body = 'aa' WHERE seq = 1");
  expect_aside("DELETE FROM body WHERE seq = 1");
  expect_aside("UPDATE report SET priority = 4 WHERE seq = 1");
  expect_aside("UPDATE report SET type = 82 WHERE seq = 1");
  expect_aside("UPDATE report SET crc = crc + 1 WHERE seq = 1");
  expect_aside("UPDATE report SET length = 2 WHERE seq = 1");
  expect_aside("UPDATE report SET uuid = x'61' WHERE seq = 1");
  expect_aside("UPDATE report SET reference = uuid WHERE seq = 1");
  open_box();
  (void)submit("c", "2");
  CHECK_INT(ask("UPDATE body SET body = 'x' WHERE seq = 3"), -1);
  CHECK_INT(wats_outbox_get(box, id_of("c"), &found, &error), WATS_ERR_IO);
  CHECK_INT(submit("c", "2"), WATS_OUTBOX_REPLACED); /* that mends it */
  CHECK_INT(wats_outbox_get(box, id_of("c"), &found, &error), WATS_OK);
  CHECK_STR(found.body, "c");
  wats_outbox_found_free(&found);
  close_box();
}

/* Nobody who delivers comes again: a person can still say what is to be done
** with what was in flight then. */
static void test_a_person_need_not_wait_for_who_is_gone(void)
{
  enum wats_outbox_done done;
  begin_test();
  open_box();
  (void)submit("a", "1");
  (void)submit("b", "2");
  (void)submit("c", "1");
  CHECK_STR(claim(9), "a b");
  CHECK_INT(wats_outbox_discard(box, id_of("a"), &done, &error), WATS_OK);
  CHECK_INT(done, WATS_OUTBOX_IS_SENDING);
  (void)submit_body("b", "2", "B");
  wats_fake_clock_advance(&fake, 61 * S);
  CHECK_INT(wats_outbox_discard(box, id_of("a"), &done, &error), WATS_OK);
  CHECK_INT(done, WATS_OUTBOX_DONE);
  CHECK_INT(wats_outbox_retry(box, id_of("b"), &done, &error), WATS_OK);
  CHECK_INT(done, WATS_OUTBOX_DONE);
  CHECK_STR(rows(), "b:ready c:ready");
  CHECK(!sent(1));
  end_test();
}

int main(void)
{
  RUN(test_a_lease_runs_out);
  RUN(test_a_lost_lease_settles_nothing);
  RUN(test_one_that_ran_out_is_ours_till_another_has_it);
  RUN(test_a_step_of_the_wall_clock_ends_no_lease);
  RUN(test_another_start_of_the_machine_ends_all);
  RUN(test_no_lease_is_longer_than_an_hour);
  RUN(test_what_was_not_tried_is_as_before);
  RUN(test_no_delay_is_too_long);
  RUN(test_a_drainer_takes_only_its_own);
  RUN(test_what_is_damaged_is_never_handed_out);
  RUN(test_a_person_need_not_wait_for_who_is_gone);
  remove_scratch();
  return test_report();
}

#endif
