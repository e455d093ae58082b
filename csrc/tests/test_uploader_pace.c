/*
** test_uploader_pace.c - how fast reports go while the server is out, when it
** comes back, and beside interactive calls.
*/
#include "core/uploader_pace.h"

#include "core/clock.h"
#include "test.h"

#define S      WATS_NS_PER_S
#define SPREAD (30 * S)

static struct wats_pace pace;
static int64_t now;

static void begin(void)
{
  memset(&pace, 0, sizeof pace);
  now = 1000 * S;
}

static unsigned allowed(void)
{
  return wats_pace_allowed(&pace, now, NULL);
}

static void fail(uint64_t random)
{
  wats_pace_failed(&pace, now, now, SPREAD, random);
}

/* How many go until `until`, looking in each millisecond. */
static int go_until(int64_t until)
{
  int n = 0;
  for (; now < until; now += WATS_NS_PER_MS)
    if (allowed()) {
      wats_pace_started(&pace, now);
      n++;
    }
  return n;
}

static void test_as_many_as_there_are(void)
{
  begin();
  CHECK_INT(allowed(), WATS_PACE_MANY);
  wats_pace_started(&pace, now);
  CHECK_INT(allowed(), WATS_PACE_MANY);
  CHECK_INT(wats_pace_next(&pace, now, NULL), now);
}

static void test_one_failure_is_no_outage(void)
{
  begin();
  fail(0);
  fail(0);
  CHECK_INT(allowed(), WATS_PACE_MANY);
  CHECK(!wats_pace_succeeded(&pace, now, SPREAD));
  fail(0);
  fail(0);
  CHECK(!pace.out);
  fail(7 * S);
  CHECK(pace.out);
  CHECK_INT(allowed(), 0);
  CHECK_INT(wats_pace_next(&pace, now, NULL), now + 7 * S);
}

static void test_one_at_a_time_while_it_is_out(void)
{
  begin();
  fail(0);
  fail(0);
  fail(UINT64_MAX);
  CHECK(pace.next_ns >= now && pace.next_ns <= now + SPREAD);
  now = pace.next_ns;
  CHECK_INT(allowed(), 1);
  wats_pace_started(&pace, now);
  now += 3600 * S;
  CHECK_INT(allowed(), 0); /* until it is known what came of it */
  wats_pace_failed(&pace, now, now + 100 * S, SPREAD, 5 * S);
  CHECK_INT(wats_pace_next(&pace, now, NULL), now + 105 * S);
  now += 105 * S;
  wats_pace_started(&pace, now);
  wats_pace_wait(&pace, now + S); /* it was not sent */
  now += S;
  CHECK_INT(allowed(), 1);
}

static void test_it_comes_back_slowly(void)
{
  int i;
  begin();
  for (i = 0; i < 3; i++)
    fail(0);
  wats_pace_started(&pace, now);
  CHECK(wats_pace_succeeded(&pace, now, SPREAD));
  CHECK_INT(allowed(), 0);
  CHECK_INT(go_until(1005 * S), 4); /* one second apart, one was there */
  for (i = 1; i < 6; i++) {
    int n = go_until(1000 * S + (i + 1) * 5 * S);
    CHECK(n >= (5 << i) * 9 / 10 - 1 && n <= (5 << i) + 1);
  }
  now += S;
  CHECK_INT(allowed(), WATS_PACE_MANY);
  CHECK(!pace.returning);
}

static void test_the_first_of_all_comes_at_random(void)
{
  begin();
  wats_pace_blocked(&pace, now + 15 * S, SPREAD, 2 * S);
  CHECK_INT(wats_pace_next(&pace, now, NULL), now + 17 * S);
  wats_pace_blocked(&pace, now + 15 * S, SPREAD, 20 * S); /* no new lot */
  CHECK_INT(wats_pace_next(&pace, now, NULL), now + 17 * S);
  wats_pace_returned(&pace, now, SPREAD, 12 * S);
  CHECK_INT(go_until(now + 12 * S), 0);
  CHECK_INT(go_until(now + 5 * S), 5);
  CHECK_INT(go_until(now + 5 * S), 10);
}

static void test_a_failure_on_the_way_back(void)
{
  begin();
  wats_pace_blocked(&pace, now, SPREAD, 0);
  wats_pace_returned(&pace, now, SPREAD, 0);
  fail(9 * S);
  CHECK(pace.out);
  CHECK_INT(wats_pace_next(&pace, now, NULL), now + 9 * S);
}

static void test_who_is_in_a_hurry(void)
{
  begin();
  wats_pace_blocked(&pace, now + 100 * S, SPREAD, 0);
  wats_pace_hurry(&pace);
  CHECK_INT(allowed(), 1);
  wats_pace_started(&pace, now);
  CHECK(wats_pace_succeeded(&pace, now, SPREAD));
  wats_pace_hurry(&pace);
  CHECK_INT(allowed(), WATS_PACE_MANY);
}

static void test_without_a_spread_it_comes_back_at_once(void)
{
  begin();
  wats_pace_blocked(&pace, now, 0, UINT64_MAX);
  CHECK_INT(allowed(), 1);
  CHECK(wats_pace_succeeded(&pace, now, 0));
  CHECK_INT(allowed(), WATS_PACE_MANY);
}

/* ---- the share ---------------------------------------------------------- */

static int go_with(const struct wats_rate_limiter_options *limit, int64_t until)
{
  int n = 0;
  for (; now < until; now += 10 * WATS_NS_PER_MS) {
    unsigned many = wats_pace_allowed(&pace, now, limit);
    for (; many > 0; many--, n++)
      wats_pace_started(&pace, now);
  }
  return n;
}

static void test_a_tenth_is_left_for_others(void)
{
  const struct wats_rate_limiter_options limit = {500, 60 * S, 120 * S};
  begin();
  CHECK_INT(go_with(&limit, now + 50 * S), 450);
  CHECK_INT(go_with(&limit, now + 12 * S), 450);
  CHECK_INT(go_with(&limit, now + 590 * S), 10 * 450 - 450);
  now += 3600 * S;
  CHECK_INT(wats_pace_allowed(&pace, now, &limit), 450);
  CHECK(wats_pace_next(&pace, now, &limit) > now);
}

static void test_small_limits(void)
{
  static const struct {
    unsigned requests, share;
  } rows[] = {{1, 1}, {2, 1}, {3, 2}, {10, 9}, {11, 9}, {20, 18}, {21, 18}};
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct wats_rate_limiter_options limit = {rows[i].requests, S, 0};
    begin();
    CHECK_INT(wats_pace_allowed(&pace, now, &limit), rows[i].share);
    limit.window_ns = 1; /* shorter than ten of anything */
    CHECK_INT(wats_pace_allowed(&pace, now, &limit), rows[i].share);
  }
}

int main(void)
{
  RUN(test_as_many_as_there_are);
  RUN(test_one_failure_is_no_outage);
  RUN(test_one_at_a_time_while_it_is_out);
  RUN(test_it_comes_back_slowly);
  RUN(test_the_first_of_all_comes_at_random);
  RUN(test_a_failure_on_the_way_back);
  RUN(test_who_is_in_a_hurry);
  RUN(test_without_a_spread_it_comes_back_at_once);
  RUN(test_a_tenth_is_left_for_others);
  RUN(test_small_limits);
  return test_report();
}
