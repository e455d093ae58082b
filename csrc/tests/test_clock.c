/*
** test_clock.c - the system's clocks, the one that a test moves, and
** arithmetic that does not overflow.
*/
#include "core/clock.h"

#include <math.h>
#include <time.h>

#include "test.h"

static void test_system_clock(void)
{
  int64_t last = wats_clock_monotonic(&wats_system_clock);
  int64_t wall = wats_clock_wall(&wats_system_clock);
  int64_t now_s = (int64_t)time(NULL);
  int i;
  for (i = 0; i < 10000; i++) {
    int64_t now = wats_clock_monotonic(&wats_system_clock);
    CHECK(now >= last);
    last = now;
  }
  /* nanoseconds since 1970 */
  CHECK(wall / WATS_NS_PER_S >= now_s - 10 &&
        wall / WATS_NS_PER_S <= now_s + 10);
}

static void test_system_clock_runs_at_the_right_speed(void)
{
  struct timespec pause = {0, 20 * WATS_NS_PER_MS};
  int64_t before = wats_clock_monotonic(&wats_system_clock), took;
  nanosleep(&pause, NULL);
  took = wats_clock_monotonic(&wats_system_clock) - before;
  CHECK(took >= 20 * WATS_NS_PER_MS && took < 10 * WATS_NS_PER_S);
}

static void test_fake_clock_moves_only_when_told(void)
{
  struct wats_fake_clock fake;
  wats_fake_clock_init(&fake, 100, 5000);
  CHECK_INT(wats_clock_monotonic(&fake.clock), 100);
  CHECK_INT(wats_clock_monotonic(&fake.clock), 100);
  CHECK_INT(wats_clock_wall(&fake.clock), 5000);
  wats_fake_clock_advance(&fake, 7);
  CHECK_INT(wats_clock_monotonic(&fake.clock), 107);
  CHECK_INT(wats_clock_wall(&fake.clock), 5007);
  fake.wall_ns = 1; /* a step of the wall clock */
  CHECK_INT(wats_clock_monotonic(&fake.clock), 107);
  CHECK_INT(wats_clock_wall(&fake.clock), 1);
}

static void test_seconds_to_ns(void)
{
  CHECK_INT(wats_seconds_to_ns(0), 0);
  CHECK_INT(wats_seconds_to_ns(-0.0), 0);
  CHECK_INT(wats_seconds_to_ns(1.5), 1500000000);
  CHECK_INT(wats_seconds_to_ns(-0.25), -250000000);
  CHECK_INT(wats_seconds_to_ns(86400), INT64_C(86400000000000));
  CHECK_INT(wats_seconds_to_ns(0.001), 1000000);
  /* decimal fractions that a double only comes near to */
  CHECK_INT(wats_seconds_to_ns(4.35), INT64_C(4350000000));
  CHECK_INT(wats_seconds_to_ns(2.3), INT64_C(2300000000));
  CHECK_INT(wats_seconds_to_ns(-1.1), INT64_C(-1100000000));
}

/* What is not 0 does not become 0: a `ttl` of 0 means something else. */
static void test_less_than_a_nanosecond(void)
{
  CHECK_INT(wats_seconds_to_ns(1e-10), 1);
  CHECK_INT(wats_seconds_to_ns(5e-324), 1);
  CHECK_INT(wats_seconds_to_ns(-1e-10), -1);
}

static void test_seconds_saturate(void)
{
  CHECK_INT(wats_seconds_to_ns(INFINITY), WATS_NEVER);
  CHECK_INT(wats_seconds_to_ns(1e300), WATS_NEVER);
  CHECK_INT(wats_seconds_to_ns(9223372036.9), WATS_NEVER);
  CHECK(wats_seconds_to_ns(9223372036.0) < WATS_NEVER);
  CHECK_INT(wats_seconds_to_ns(-INFINITY), INT64_MIN);
  CHECK_INT(wats_seconds_to_ns(-1e300), INT64_MIN);
  CHECK_INT(wats_seconds_to_ns(NAN), 0);
}

static void test_time_add(void)
{
  CHECK_INT(wats_time_add(2, 3), 5);
  CHECK_INT(wats_time_add(WATS_NEVER - 3, 3), WATS_NEVER);
  CHECK_INT(wats_time_add(WATS_NEVER - 3, 2), WATS_NEVER - 1);
  CHECK_INT(wats_time_add(WATS_NEVER, 1), WATS_NEVER);
  CHECK_INT(wats_time_add(1, WATS_NEVER), WATS_NEVER);
  CHECK_INT(wats_time_add(WATS_NEVER, WATS_NEVER), WATS_NEVER);
}

int main(void)
{
  RUN(test_system_clock);
  RUN(test_system_clock_runs_at_the_right_speed);
  RUN(test_fake_clock_moves_only_when_told);
  RUN(test_seconds_to_ns);
  RUN(test_less_than_a_nanosecond);
  RUN(test_seconds_saturate);
  RUN(test_time_add);
  return test_report();
}
