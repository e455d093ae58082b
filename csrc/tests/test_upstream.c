/*
** test_upstream.c - what clients of a server share, on a clock of our own.
*/
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "core/sync.h"
#include "core/upstream.h"
#include "test.h"

#define S     WATS_NS_PER_S
#define START (1000 * S)

static unsigned char credential[WATS_UPSTREAM_CREDENTIAL] = {1};
static struct wats_error error;

static struct wats_upstream_options plain(void)
{
  return (struct wats_upstream_options){.base_url = "http://localhost",
                                        .credential = credential};
}

static struct wats_upstream_options off(void)
{
  struct wats_upstream_options o = plain();
  o.limits = o.breaks = WATS_ASKED_OFF;
  return o;
}

static struct wats_upstream_options limited(unsigned requests, int64_t window,
                                            int64_t max_wait)
{
  struct wats_upstream_options o = off();
  o.limits = WATS_ASKED_ON;
  o.rate_limit = (struct wats_rate_limiter_options){requests, window, max_wait};
  return o;
}

static struct wats_upstream *get(const struct wats_upstream_options *o)
{
  struct wats_upstream *u = NULL;
  CHECK_INT(wats_upstream_get(o, &u, &error), WATS_OK);
  if (!u) abort();
  return u;
}

static void let_go(struct wats_upstream *u)
{
  wats_upstream_leave(u);
  wats_upstream_release(u);
}

/* Admitted at once, or not: then nothing is left of it. */
static bool goes(struct wats_upstream *u, int64_t time)
{
  struct wats_admission a = {0};
  enum wats_errc code = wats_upstream_admit(u, time, &a);
  bool went = code == WATS_OK && a.wait_ns == 0;
  if (!went) wats_upstream_withdraw(u, time, &a);
  if (went) wats_upstream_report(u, time, &a, WATS_CIRCUIT_SUCCESS);
  return went;
}

static void fail_once(struct wats_upstream *u, int64_t time)
{
  struct wats_admission a = {0};
  CHECK_INT(wats_upstream_admit(u, time, &a), WATS_OK);
  CHECK_INT(a.wait_ns, 0);
  wats_upstream_report(u, time, &a, WATS_CIRCUIT_FAILURE);
}

/* ---- limiter ------------------------------------------------------------ */

/* All that wait come when they were told, as timers would have it. */
static int64_t run_until(struct wats_upstream *u, struct wats_admission *all,
                         int64_t *due, int64_t *went, size_t n, int64_t time)
{
  size_t left = n, i;
  while (left > 0) {
    int64_t next = INT64_MAX;
    left = 0;
    for (i = 0; i < n; i++) {
      if (went[i]) continue;
      if (due[i] <= time) {
        CHECK_INT(wats_upstream_admit(u, time, all + i), WATS_OK);
        if (all[i].wait_ns == 0) {
          went[i] = time;
          continue;
        }
        due[i] = time + all[i].wait_ns;
      }
      left++;
      if (due[i] < next) next = due[i];
    }
    if (left > 0) time = next;
  }
  return time;
}

static void six_hundred_through_the_default(void)
{
  enum { N = 600 };
  static struct wats_admission all[N];
  static int64_t due[N], went[N];
  struct wats_upstream_options o = plain();
  struct wats_upstream *u = get(&o);
  struct wats_upstream_stats s;
  int64_t end;
  size_t i;
  end = run_until(u, all, due, went, N, START);
  CHECK_INT((end - START) / S, 60);
  for (i = 0; i < N; i++)
    CHECK_INT(went[i], START + (i < 500 ? 0 : 60 * S));
  CHECK_INT(all[599].waited_ns, 60 * S);
  wats_upstream_stats(u, end, &s);
  CHECK_INT(s.limiter.granted, N);
  CHECK_INT(s.limiter.refused, 0);
  let_go(u);
  wats_upstream_drain();
}

static uint64_t random_state = 88172645463325252u;

static unsigned chance(unsigned n)
{
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (unsigned)(random_state % n);
}

/* However they come, pause and give up: never more than N in any window. */
static void never_more_than_allowed(void)
{
  enum { STEPS = 20000, LINE = 64, N = 7 };
  static int64_t times[STEPS];
  struct wats_admission line[LINE] = {{{0}, {0}, false, 0, 0}};
  int64_t due[LINE] = {0}, time = START;
  struct wats_upstream_options o = limited(N, 10 * S, 1000 * S);
  struct wats_upstream *u = get(&o);
  int i, step, went = 0;
  for (step = 0; step < STEPS; step++) {
    i = (int)chance(LINE);
    time += chance(3) ? 0 : (int64_t)chance(2000) * S / 1000;
    if (due[i] && chance(50) == 0) {
      wats_upstream_withdraw(u, time, line + i);
      due[i] = 0;
    }
    if (chance(500) == 0)
      wats_upstream_pause_until(u, time, time + chance(20) * S);
    if (due[i] > time) continue;
    CHECK_INT(wats_upstream_admit(u, time, line + i), WATS_OK);
    due[i] = line[i].wait_ns ? time + line[i].wait_ns : 0;
    if (!line[i].wait_ns) times[went++] = time;
  }
  CHECK(went > 1000);
  for (i = N; i < went; i++)
    CHECK(times[i] - times[i - N] >= 10 * S);
  let_go(u);
  wats_upstream_drain();
}

static void refused_when_it_would_take_too_long(void)
{
  struct wats_upstream_options o = limited(1, 10 * S, 15 * S);
  struct wats_upstream *u = get(&o);
  struct wats_admission second = {0}, third = {0};
  CHECK(goes(u, START));
  CHECK_INT(wats_upstream_admit(u, START, &second), WATS_OK);
  CHECK_INT(second.wait_ns, 10 * S);
  CHECK_INT(wats_upstream_admit(u, START, &third), WATS_ERR_RATE_LIMITED);
  CHECK_INT(third.wait_ns, 20 * S);
  wats_upstream_withdraw(u, START, &second);
  wats_upstream_withdraw(u, START, &second); /* twice is once */
  CHECK_INT(wats_upstream_admit(u, START, &third), WATS_OK);
  CHECK_INT(third.wait_ns, 10 * S);
  wats_upstream_withdraw(u, START, &third);
  let_go(u);
  wats_upstream_drain();
}

static void a_pause_is_for_all(void)
{
  struct wats_upstream_options o = limited(100, S, 30 * S);
  struct wats_upstream *u = get(&o);
  struct wats_admission a = {0};
  wats_upstream_pause_until(u, START, START + 20 * S);
  CHECK_INT(wats_upstream_admit(u, START, &a), WATS_OK);
  CHECK_INT(a.wait_ns, 20 * S);
  wats_upstream_pause_until(u, START + S, START + 29 * S);
  CHECK_INT(wats_upstream_admit(u, START + 20 * S, &a), WATS_OK);
  CHECK_INT(a.wait_ns, 9 * S); /* moved while it waited */
  wats_upstream_pause_until(u, START + 28 * S, START + 90 * S);
  CHECK_INT(wats_upstream_admit(u, START + 29 * S, &a), WATS_ERR_RATE_LIMITED);
  CHECK_INT(a.wait_ns, 61 * S);
  let_go(u);
  wats_upstream_drain();
}

/* ---- breaker ------------------------------------------------------------ */

static void opens_probes_and_closes(void)
{
  struct wats_upstream_options o = plain();
  struct wats_upstream *u = get(&o);
  struct wats_admission a = {0};
  int i;
  for (i = 0; i < 10; i++)
    fail_once(u, START);
  CHECK_INT(wats_upstream_admit(u, START + S, &a), WATS_ERR_CIRCUIT_OPEN);
  CHECK_INT(a.wait_ns, 14 * S);
  CHECK_INT(wats_upstream_worst("http://localhost", START), WATS_CIRCUIT_OPEN);
  CHECK_INT(wats_upstream_worst("http://elsewhere", START),
            WATS_CIRCUIT_CLOSED);
  CHECK(goes(u, START + 15 * S));
  CHECK_INT(wats_upstream_worst("http://localhost", START + 15 * S),
            WATS_CIRCUIT_HALF_OPEN);
  CHECK(goes(u, START + 15 * S));
  CHECK_INT(wats_upstream_worst("http://localhost", START + 15 * S),
            WATS_CIRCUIT_CLOSED);
  let_go(u);
  CHECK_INT(wats_upstream_worst("http://localhost", START),
            WATS_CIRCUIT_CLOSED); /* nobody's */
  wats_upstream_drain();
}

/* Those who wait for a permit hold no probe, and are turned away when the
** breaker has opened meanwhile; their permits are somebody else's. */
static void opens_while_some_wait(void)
{
  struct wats_upstream_options o = limited(12, 10 * S, 100 * S);
  struct wats_upstream *u;
  struct wats_admission early[2] = {{{0}, {0}, false, 0, 0}}, waiting = {0};
  struct wats_upstream_stats s;
  int i;
  o.breaks = WATS_ASKED_NOTHING;
  u = get(&o);
  for (i = 0; i < 2; i++)
    CHECK_INT(wats_upstream_admit(u, START, early + i), WATS_OK);
  for (i = 0; i < 10; i++)
    CHECK_INT(wats_upstream_admit(u, START, &(struct wats_admission){0}),
              WATS_OK);
  CHECK_INT(wats_upstream_admit(u, START, &waiting), WATS_OK);
  CHECK_INT(waiting.wait_ns, 10 * S);
  for (i = 0; i < 5; i++) /* a row of lost connections opens it */
    wats_upstream_report(
        u, START + S,
        &(struct wats_admission){.pass = early[0].pass, .has_pass = true},
        WATS_CIRCUIT_NO_CONNECTION);
  CHECK_INT(wats_upstream_admit(u, START + 10 * S, &waiting),
            WATS_ERR_CIRCUIT_OPEN);
  CHECK_INT(waiting.wait_ns, 6 * S);
  wats_upstream_stats(u, START + 10 * S, &s);
  CHECK_INT(s.limiter.cancelled, 1);
  CHECK_INT(s.breaker.refused, 1);
  CHECK_INT(s.breaker.probes, 0);
  let_go(u);
  wats_upstream_drain();
}

static void none_when_off(void)
{
  struct wats_upstream_options o = off();
  struct wats_upstream *u = get(&o);
  struct wats_upstream_stats s;
  int i;
  for (i = 0; i < 2000; i++)
    fail_once(u, START);
  wats_upstream_pause_until(u, START, START + S);
  CHECK(goes(u, START));
  wats_upstream_stats(u, START, &s);
  CHECK(!s.limits && !s.breaks);
  let_go(u);
  wats_upstream_drain();
}

/* ---- whose they are ----------------------------------------------------- */

static void check_refused(const struct wats_upstream_options *o,
                          const char *message)
{
  struct wats_upstream *u = NULL;
  CHECK_INT(wats_upstream_get(o, &u, &error), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, message);
  CHECK(!u);
}

static void the_first_ones_options_stand(void)
{
  struct wats_upstream_options o = limited(10, S, S), none = off();
  struct wats_upstream *first, *second;
  o.breaks = WATS_ASKED_ON;
  o.circuit = (struct wats_circuit_options){5, 0.25, 10 * S, 2 * S};
  first = get(&o);
  second = get(&o);
  CHECK(first == second);
  let_go(second);
  second = get(&(struct wats_upstream_options){.base_url = "http://localhost",
                                               .credential = credential});
  CHECK(first == second);
  check_refused(&none,
                "rate_limit: none asked for, but another client of the same "
                "server and token has 10 in 1 s, max_wait 1 s");
  o.rate_limit.requests = 11;
  check_refused(&o, "rate_limit: 11 in 1 s, max_wait 1 s asked for, but "
                    "another client of the same server and token has 10 in 1 "
                    "s, max_wait 1 s");
  o.rate_limit.requests = 10;
  o.circuit.min_calls = 6;
  check_refused(&o,
                "circuit_breaker: 0.25 of at least 6 in 10 s, open_for 2 s "
                "asked for, but another client of the same server and token "
                "has 0.25 of at least 5 in 10 s, open_for 2 s");
  o.circuit.min_calls = 5;
  o.rate_limit.window_ns = -1;
  let_go(second);
  let_go(first);
  check_refused(&o, "rate_limit: window must be above 0, max_wait not below");
  first = get(&none); /* nobody is bound any more */
  let_go(first);
  wats_upstream_drain();
}

static void others_have_their_own(void)
{
  static unsigned char another[WATS_UPSTREAM_CREDENTIAL] = {2};
  struct wats_upstream_options o = limited(1, 10 * S, 0);
  struct wats_upstream *a = get(&o), *b, *c;
  o.credential = another;
  b = get(&o);
  o.base_url = "http://elsewhere";
  c = get(&o);
  CHECK(goes(a, START) && goes(b, START) && goes(c, START));
  CHECK(!goes(a, START) && !goes(b, START) && !goes(c, START));
  let_go(a);
  let_go(b);
  let_go(c);
  wats_upstream_drain();
}

/* A script that connects anew for each unit has a limit too. */
static void what_was_counted_stays(void)
{
  struct wats_upstream_options o = limited(2, 10 * S, 0), inherit = plain();
  struct wats_upstream *u = get(&o);
  CHECK(goes(u, START));
  let_go(u);
  u = get(&inherit);
  CHECK(goes(u, START) && !goes(u, START));
  let_go(u);
  wats_upstream_drain();
}

static void few_idle_ones_are_kept(void)
{
  long before = wats_alloc_live(), some;
  struct wats_upstream_options o = off();
  char url[32];
  int i;
  o.base_url = url;
  for (i = 0; i < WATS_UPSTREAM_IDLE; i++) {
    snprintf(url, sizeof url, "http://h%d", i);
    let_go(get(&o));
  }
  some = wats_alloc_live();
  for (; i < 5 * WATS_UPSTREAM_IDLE; i++) {
    snprintf(url, sizeof url, "http://h%d", i);
    let_go(get(&o));
  }
  CHECK_INT(wats_alloc_live(), some);
  wats_upstream_drain();
  CHECK_INT(wats_alloc_live(), before);
}

static void memory_at_every_point(void)
{
  struct wats_upstream_options o = plain();
  long before = wats_alloc_live(), n;
  struct wats_upstream *u = NULL;
  for (n = 0; !u; n++) {
    enum wats_errc code;
    wats_alloc_fail_after(n);
    code = wats_upstream_get(&o, &u, &error);
    wats_alloc_fail_never();
    CHECK_INT(code, u ? WATS_OK : WATS_ERR_MEMORY);
    if (!u) CHECK_INT(wats_alloc_live(), before);
  }
  CHECK(n > 2);
  let_go(u);
  wats_upstream_drain();
  CHECK_INT(wats_alloc_live(), before);
}

/* ---- threads ------------------------------------------------------------ */

static void *come_and_go(void *context)
{
  struct wats_upstream_options o = plain();
  int64_t time = START;
  int i;
  (void)context;
  for (i = 0; i < 500; i++) {
    struct wats_upstream *u = get(&o);
    struct wats_upstream_stats s;
    time += S;
    (void)goes(u, time);
    wats_upstream_stats(u, time, &s);
    (void)wats_upstream_worst("http://localhost", time);
    let_go(u);
  }
  return NULL;
}

static void in_threads(void)
{
  long before = wats_alloc_live();
  struct wats_thread threads[8];
  int i;
  for (i = 0; i < 8; i++)
    CHECK_INT(wats_thread_start(threads + i, come_and_go, NULL), WATS_OK);
  for (i = 0; i < 8; i++)
    wats_thread_join(threads + i);
  wats_upstream_drain();
  CHECK_INT(wats_alloc_live(), before);
}

static void when_it_last_answered(void)
{
  struct wats_upstream_options o = off();
  struct wats_upstream *u;
  struct wats_upstream_stats stats;
  wats_upstream_drain();
  u = get(&o);
  wats_upstream_stats(u, START, &stats);
  CHECK_INT(stats.answered_ago_ns, -1);
  CHECK_INT(stats.failed_ago_ns, -1);
  wats_upstream_note(u, START, true);
  wats_upstream_note(u, START + 2 * S, false);
  wats_upstream_stats(u, START + 5 * S, &stats);
  CHECK_INT(stats.answered_ago_ns, 5 * S);
  CHECK_INT(stats.failed_ago_ns, 3 * S);
  let_go(u);
  wats_upstream_drain();
}

int main(void)
{
  RUN(six_hundred_through_the_default);
  RUN(never_more_than_allowed);
  RUN(refused_when_it_would_take_too_long);
  RUN(a_pause_is_for_all);
  RUN(opens_probes_and_closes);
  RUN(opens_while_some_wait);
  RUN(none_when_off);
  RUN(the_first_ones_options_stand);
  RUN(others_have_their_own);
  RUN(what_was_counted_stays);
  RUN(few_idle_ones_are_kept);
  RUN(when_it_last_answered);
  RUN(memory_at_every_point);
  RUN(in_threads);
  return test_report();
}
