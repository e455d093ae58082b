/*
** test_rate_limiter.c - never too many in any window, and nobody waits for
** longer than that takes.
*/
#include "core/rate_limiter.h"

#include <stdbool.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "test.h"

#define S WATS_NS_PER_S

static struct wats_rate_limiter *limiter;
static uint64_t seed;

/* xorshift64*: the same steps in every run. */
static uint64_t next_random(void)
{
  seed ^= seed >> 12;
  seed ^= seed << 25;
  seed ^= seed >> 27;
  return seed * UINT64_C(2685821657736338717);
}

static int64_t below(int64_t most)
{
  return (int64_t)(next_random() % (uint64_t)most);
}

static void start(unsigned requests, int64_t window_ns, int64_t max_wait_ns)
{
  struct wats_rate_limiter_options o = {requests, window_ns, max_wait_ns};
  wats_rate_limiter_destroy(limiter);
  limiter = NULL;
  CHECK_INT(wats_rate_limiter_create(&o, &limiter, NULL), WATS_OK);
}

static struct wats_rate_permit reserve(int64_t now)
{
  struct wats_rate_permit p = {0, -1, -1};
  CHECK_INT(wats_rate_limiter_reserve(limiter, now, &p), WATS_OK);
  CHECK_INT(p.asked_ns, now);
  return p;
}

static bool is_refused(int64_t now)
{
  struct wats_rate_permit p = {0, -7, -7};
  enum wats_errc code = wats_rate_limiter_reserve(limiter, now, &p);
  if (code == WATS_OK) return false;
  CHECK_INT(code, WATS_ERR_RATE_LIMITED);
  CHECK(p.serial == 0 && p.at_ns == -7 && p.asked_ns == -7);
  return true;
}

static struct wats_rate_limiter_stats stats(int64_t now)
{
  struct wats_rate_limiter_stats s;
  wats_rate_limiter_stats(limiter, now, &s);
  return s;
}

static void test_window(void)
{
  start(3, 10, 100);
  CHECK_INT(reserve(0).at_ns, 0);
  CHECK_INT(reserve(4).at_ns, 4);
  CHECK_INT(reserve(5).at_ns, 5);
  CHECK_INT(wats_rate_limiter_next(limiter, 6), 10);
  CHECK_INT(reserve(6).at_ns, 10);
  CHECK_INT(reserve(6).at_ns, 14);
  CHECK_INT(reserve(12).at_ns, 15);
  CHECK_INT(reserve(100).at_ns, 100);
}

static void test_600_requests_by_default(void)
{
  struct wats_rate_limiter_options o = WATS_RATE_LIMITER_DEFAULTS;
  int i;
  start(o.requests, o.window_ns, o.max_wait_ns);
  for (i = 0; i < 600; i++)
    CHECK_INT(reserve(i).at_ns, i < 500 ? i : 60 * S + i - 500);
  CHECK_INT(stats(0).granted, 600);
  CHECK_INT(stats(0).delayed, 100);
  CHECK_INT(stats(0).refused, 0);
  CHECK_INT(stats(0).wait_ns, 100 * (60 * S - 500));
}

static void test_max_wait(void)
{
  int i;
  start(2, 10, 20);
  for (i = 0; i < 6; i++)
    CHECK_INT(reserve(0).at_ns, i / 2 * 10);
  CHECK(is_refused(0)); /* 30 is too late */
  CHECK_INT(wats_rate_limiter_next(limiter, 0), 30);
  CHECK(is_refused(9));
  CHECK_INT(reserve(10).at_ns, 30); /* exactly max_wait */
  CHECK_INT(stats(10).refused, 2);
  start(1, 10, 0);
  CHECK_INT(reserve(0).at_ns, 0);
  CHECK(is_refused(9));
  CHECK_INT(reserve(10).at_ns, 10);
}

static void test_cancel(void)
{
  struct wats_rate_permit first, middle, last;
  start(1, 10, 100);
  first = reserve(0);
  middle = reserve(0);
  last = reserve(0);
  CHECK_INT(stats(0).wait_ns, 30);
  wats_rate_limiter_cancel(limiter, 0, &last);
  CHECK_INT(stats(0).wait_ns, 10);
  CHECK_INT(wats_rate_limiter_next(limiter, 0), 20); /* as if never made */
  last = reserve(0);
  CHECK_INT(last.at_ns, 20);
  wats_rate_limiter_cancel(limiter, 5, &middle);
  CHECK_INT(stats(5).wait_ns, 25); /* it did wait from 0 to 5 */
  wats_rate_limiter_cancel(limiter, 5, &middle);
  CHECK_INT(stats(5).cancelled, 2);
  CHECK_INT(wats_rate_limiter_next(limiter, 5), 30); /* `last` keeps its time */
  CHECK_INT(wats_rate_limiter_check(limiter, 5, &last), WATS_OK);
  CHECK_INT(last.at_ns, 20);
  wats_rate_limiter_cancel(limiter, 5, &last);
  CHECK_INT(wats_rate_limiter_next(limiter, 5), 10);
  wats_rate_limiter_cancel(limiter, 6, &first); /* its time came, unused */
  CHECK_INT(wats_rate_limiter_next(limiter, 6), 6);
  memset(&first, 0, sizeof first);
  wats_rate_limiter_cancel(limiter, 6, &first);
}

/* A number that was given back and given anew is not lost by its first owner's
** second cancel. */
static void test_cancel_twice_spares_the_next(void)
{
  struct wats_rate_permit a, b;
  start(1, 10, 100);
  (void)reserve(0);
  a = reserve(0);
  wats_rate_limiter_cancel(limiter, 0, &a);
  b = reserve(0);
  wats_rate_limiter_cancel(limiter, 0, &a);
  CHECK_INT(wats_rate_limiter_next(limiter, 0), b.at_ns + 10);
}

static void test_pause(void)
{
  struct wats_rate_permit p[4];
  int i;
  start(2, 10, 50);
  for (i = 0; i < 4; i++)
    p[i] = reserve(0);
  CHECK_INT(p[3].at_ns, 10);
  wats_rate_limiter_pause_until(limiter, 1, 25);
  CHECK_INT(stats(1).paused_for_ns, 24);
  wats_rate_limiter_pause_until(limiter, 2, 20); /* the longer one stays */
  CHECK_INT(stats(2).pauses, 1);
  CHECK_INT(p[2].at_ns, 10);
  CHECK_INT(wats_rate_limiter_check(limiter, 10, &p[2]), WATS_OK);
  CHECK_INT(wats_rate_limiter_check(limiter, 10, &p[3]), WATS_OK);
  CHECK_INT(p[2].at_ns, 25);
  CHECK_INT(p[3].at_ns, 25);
  CHECK_INT(stats(10).wait_ns, 50);
  CHECK_INT(reserve(10).at_ns, 35); /* behind those that were there before */
  CHECK_INT(wats_rate_limiter_check(limiter, 25, &p[2]), WATS_OK);
  CHECK_INT(p[2].at_ns, 25);
  /* nothing is paused any more */
  CHECK_INT(stats(25).paused_for_ns, 0);
  wats_rate_limiter_pause_until(limiter, 26, 26);
  CHECK_INT(stats(26).pauses, 1);
}

static void test_pause_beyond_max_wait(void)
{
  struct wats_rate_permit first, second;
  start(1, 10, 50);
  first = reserve(0);
  second = reserve(0);
  wats_rate_limiter_pause_until(limiter, 0, 60);
  CHECK(is_refused(0));
  CHECK_INT(wats_rate_limiter_check(limiter, 10, &second),
            WATS_ERR_RATE_LIMITED);
  CHECK_INT(second.at_ns, 60); /* for the caller's error */
  CHECK_INT(second.serial, 0);
  CHECK_INT(stats(10).refused, 2);
  CHECK_INT(wats_rate_limiter_next(limiter, 10), 60); /* given back */
  CHECK_INT(wats_rate_limiter_check(limiter, 10, &first),
            WATS_ERR_RATE_LIMITED); /* due, but it had not started */
  wats_rate_limiter_pause_until(limiter, 10, WATS_NEVER);
  CHECK_INT(wats_rate_limiter_next(limiter, 10),
            10 + WATS_RATE_LIMITER_LONGEST_PAUSE_NS);
}

/* Those behind one who started late wait for as long as it was late. */
static void test_late_starts(void)
{
  struct wats_rate_permit a, b, c;
  start(1, 10, 10);
  a = reserve(0);
  b = reserve(0);
  CHECK(is_refused(0));
  CHECK(wats_rate_limiter_start(limiter, 4, &a));
  CHECK_INT(a.serial, 0);
  CHECK_INT(b.at_ns, 10);
  CHECK_INT(wats_rate_limiter_check(limiter, 10, &b), WATS_OK);
  CHECK(!wats_rate_limiter_start(limiter, 10, &b));
  CHECK_INT(b.at_ns, 14); /* beyond max_wait, and yet not refused for it */
  CHECK_INT(wats_rate_limiter_check(limiter, 14, &b), WATS_OK);
  CHECK_INT(b.at_ns, 14);
  CHECK(wats_rate_limiter_start(limiter, 14, &b));
  c = reserve(14);
  CHECK_INT(c.at_ns, 20);
  CHECK(!wats_rate_limiter_start(limiter, 20, &c));
  wats_rate_limiter_pause_until(limiter, 21, 30); /* holds it all the same */
  CHECK_INT(wats_rate_limiter_check(limiter, 24, &c), WATS_ERR_RATE_LIMITED);
}

static void test_options(void)
{
  static const struct wats_rate_limiter_options wrong[] = {
      {0, 10, 10}, {WATS_RATE_LIMITER_MAX_REQUESTS + 1, 10, 10},
      {1, 0, 10},  {1, -1, 10},
      {1, 10, -1},
  };
  struct wats_rate_limiter *l = NULL;
  struct wats_rate_limiter_options right = {5, 10, 10};
  struct wats_error error;
  size_t i;
  for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    CHECK_INT(wats_rate_limiter_create(&wrong[i], &l, &error),
              WATS_ERR_ARGUMENT);
    CHECK(l == NULL);
  }
  wats_alloc_fail_after(0);
  CHECK_INT(wats_rate_limiter_create(&right, &l, &error), WATS_ERR_MEMORY);
  wats_alloc_fail_never();
  CHECK(l == NULL);
  wats_rate_limiter_destroy(NULL);
}

/* The largest there is, and waits without end. */
static void test_extremes(void)
{
  const int64_t end = WATS_NEVER / 2;
  int64_t i, most = WATS_RATE_LIMITER_MAX_REQUESTS;
  start((unsigned)most, 1, WATS_NEVER);
  for (i = 0; i < 12 * most; i++) {
    int64_t at = reserve(7).at_ns;
    if (at != 7 + i / most) CHECK_INT(at, 7 + i / most);
  }
  start(1, WATS_NEVER, WATS_NEVER);
  CHECK_INT(reserve(end).at_ns, end);
  CHECK_INT(wats_rate_limiter_next(limiter, end), WATS_NEVER);
}

/* --- against a list that keeps everything -------------------------------- */

#define MOST 20000

struct entry {
  struct wats_rate_permit permit;
  int64_t at; /* as it ought to be */
  bool done;  /* has gone */
};

static struct model {
  struct entry list[MOST]; /* those not given back, in order */
  int count;
  int64_t now, pause, window, max_wait;
  int requests;
} m;

static int64_t max2(int64_t a, int64_t b)
{
  return a > b ? a : b;
}

/* When may number `i` go, after those before it? */
static int64_t model_earliest(int i)
{
  int64_t at = max2(m.now, m.pause);
  if (i > 0) at = max2(at, m.list[i - 1].at);
  if (i >= m.requests) at = max2(at, m.list[i - m.requests].at + m.window);
  return at;
}

static void check_bound(void)
{
  int i;
  for (i = 0; i < m.count; i++) {
    if (i > 0) CHECK(m.list[i].at >= m.list[i - 1].at);
    if (i >= m.requests)
      CHECK(m.list[i].at - m.list[i - m.requests].at >= m.window);
  }
}

static void model_reserve(void)
{
  struct entry *e = &m.list[m.count];
  int64_t at = model_earliest(m.count);
  int64_t next = wats_rate_limiter_next(limiter, m.now);
  CHECK_INT(next, at);
  if (next - m.now > m.max_wait) {
    CHECK(is_refused(m.now));
    return;
  }
  e->permit = reserve(m.now);
  e->at = e->permit.at_ns;
  e->done = false;
  CHECK_INT(e->at, next);
  m.count++;
}

static void forget(int i)
{
  memmove(&m.list[i], &m.list[i + 1],
          sizeof *m.list * (size_t)(m.count - i - 1));
  m.count--;
}

/* One of the last 30, if it has not gone. */
static void model_cancel(void)
{
  int i = m.count - 1 - (int)below(m.count < 30 ? m.count : 30);
  if (m.list[i].done) return;
  wats_rate_limiter_cancel(limiter, m.now, &m.list[i].permit);
  wats_rate_limiter_cancel(limiter, m.now, &m.list[i].permit);
  forget(i);
}

static void model_pause(void)
{
  int64_t until = m.now + below(m.window * 2);
  int i, first = m.count;
  wats_rate_limiter_pause_until(limiter, m.now, until);
  if (until <= m.now || until <= m.pause) return;
  m.pause = until;
  while (first > 0 && m.list[first - 1].at > m.now)
    first--;
  for (i = first; i < m.count; i++)
    m.list[i].at = max2(m.list[i].at, model_earliest(i));
}

/* All whose time has come ask, and go. */
static void model_go(void)
{
  int i, first = m.count;
  while (first > 0 && !m.list[first - 1].done)
    first--;
  for (i = first; i < m.count && m.list[i].permit.at_ns <= m.now; i++) {
    struct entry *e = &m.list[i];
    enum wats_errc code = wats_rate_limiter_check(limiter, m.now, &e->permit);
    CHECK_INT(e->permit.at_ns, e->at);
    if (code == WATS_OK) {
      CHECK(e->at <= m.now || e->at - e->permit.asked_ns <= m.max_wait);
      e->done = e->at <= m.now;
      continue;
    }
    CHECK(e->at > m.now && e->at - e->permit.asked_ns > m.max_wait);
    forget(i--);
  }
}

static int64_t planned_waits(void)
{
  int64_t sum = 0;
  int i;
  for (i = 0; i < m.count; i++)
    sum += m.list[i].at - m.list[i].permit.asked_ns;
  return sum;
}

/* One round of random steps. `cancels`: of a hundred. */
static void run(int requests, int64_t max_wait, int steps, int cancels)
{
  m.count = 0;
  m.pause = 0;
  m.now = below(1000);
  m.requests = requests;
  m.window = 1 + below(200);
  m.max_wait = max_wait;
  start((unsigned)requests, m.window, max_wait);
  while (steps-- && m.count < MOST - 1) {
    int dice = (int)below(100);
    if (dice < cancels && m.count > 0)
      model_cancel();
    else if (dice < cancels + 2)
      model_pause();
    else if (dice < 85)
      model_reserve();
    else
      m.now += below(max2(2, m.window / requests * 6));
    model_go();
    CHECK_INT(stats(m.now).granted, (uint64_t)m.count + stats(m.now).cancelled);
    if (cancels == 0 && m.pause == 0)
      CHECK_INT(stats(m.now).wait_ns, planned_waits());
  }
  check_bound();
}

static void test_random_without_cancels(void)
{
  int i;
  seed = 11;
  for (i = 0; i < 60; i++)
    run(1 + (int)below(20), below(500), 400, 0);
  run(50, 1000, 15000, 0);
}

static void test_random_with_cancels(void)
{
  int i;
  seed = 12;
  for (i = 0; i < 60; i++)
    run(10 + (int)below(20), 1000 + below(500), 400, 3);
}

/* So many gaps that the ring fills with them, again and again. */
static void test_random_with_many_cancels(void)
{
  int i;
  seed = 13;
  for (i = 0; i < 200; i++)
    run(1 + (int)below(8), below(500), 400, 40);
}

/* Those who ask and go away leave nothing behind. */
static void test_given_up_reservations_cost_nothing(void)
{
  struct wats_rate_permit p[100];
  int round, i;
  start(5, 100, 10000);
  for (i = 0; i < 5; i++)
    CHECK_INT(reserve(i).at_ns, i);
  for (round = 0; round < 1000; round++) {
    for (i = 0; i < 100; i++)
      p[i] = reserve(10);
    for (i = 0; i < 100; i++) /* in any order */
      wats_rate_limiter_cancel(limiter, 10, &p[(i * 37 + round) % 100]);
    if (wats_rate_limiter_next(limiter, 10) != 100)
      CHECK_INT(wats_rate_limiter_next(limiter, 10), 100);
  }
  CHECK_INT(stats(10).wait_ns, 0);
}

/* Each that stays leaves two gaps before it: more than there is room for, and
** yet none of those that wait is lost. */
static void test_gaps_are_squeezed_out(void)
{
  struct wats_rate_permit kept[90], given_up[2];
  int i;
  start(2, 10, 1000);
  for (i = 0; i < 90; i++) {
    given_up[0] = reserve(0);
    given_up[1] = reserve(0);
    kept[i] = reserve(0);
    CHECK_INT(kept[i].at_ns, (i + 1) * 10);
    wats_rate_limiter_cancel(limiter, 0, &given_up[0]);
    wats_rate_limiter_cancel(limiter, 0, &given_up[1]);
  }
  wats_rate_limiter_pause_until(limiter, 0, 15);
  CHECK_INT(wats_rate_limiter_check(limiter, 0, &kept[0]), WATS_OK);
  CHECK_INT(kept[0].at_ns, 15);
  for (i = 0; i < 90; i++)
    wats_rate_limiter_cancel(limiter, 0, &kept[i]);
  CHECK_INT(stats(0).cancelled, 270);
  CHECK_INT(stats(0).wait_ns, 0);
  CHECK_INT(wats_rate_limiter_next(limiter, 0), 15);
}

/* More wait than are remembered: what was forgotten still counts. */
static void test_forgotten_permits_still_bind(void)
{
  const int places = 1 << 20, more = 5;
  static struct wats_rate_permit permits[(1 << 20) + 5];
  int i;
  start(1, 1, WATS_NEVER / 2);
  for (i = 0; i < places + more; i++)
    permits[i] = reserve(0);
  CHECK_INT(permits[places + more - 1].at_ns, places + more - 1);
  for (i = places + more - 1; i >= 0; i--)
    wats_rate_limiter_cancel(limiter, 0, &permits[i]);
  CHECK_INT(stats(0).cancelled, places);
  CHECK_INT(wats_rate_limiter_next(limiter, 0), more);
}

int main(void)
{
  RUN(test_window);
  RUN(test_600_requests_by_default);
  RUN(test_max_wait);
  RUN(test_cancel);
  RUN(test_cancel_twice_spares_the_next);
  RUN(test_pause);
  RUN(test_pause_beyond_max_wait);
  RUN(test_late_starts);
  RUN(test_options);
  RUN(test_extremes);
  RUN(test_random_without_cancels);
  RUN(test_random_with_cancels);
  RUN(test_random_with_many_cancels);
  RUN(test_given_up_reservations_cost_nothing);
  RUN(test_gaps_are_squeezed_out);
  RUN(test_forgotten_permits_still_bind);
  wats_rate_limiter_destroy(limiter);
  CHECK_INT(wats_alloc_live(), 0);
  return test_report();
}
