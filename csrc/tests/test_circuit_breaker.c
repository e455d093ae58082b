/*
** test_circuit_breaker.c - when it opens, and how it finds back.
*/
#include "core/circuit_breaker.h"

#include "core/clock.h"
#include "test.h"

#define S WATS_NS_PER_S

#define OK      WATS_CIRCUIT_SUCCESS
#define REFUSED WATS_CIRCUIT_REFUSED
#define FAILED  WATS_CIRCUIT_FAILURE
#define SLOW    WATS_CIRCUIT_TIMEOUT
#define LOST    WATS_CIRCUIT_NO_CONNECTION
#define NEUTRAL WATS_CIRCUIT_NEUTRAL

static struct wats_circuit_breaker b;
static int64_t now;
static uint64_t seed;

/* xorshift64*: the same steps in every run. */
static uint64_t next_random(void)
{
  seed ^= seed >> 12;
  seed ^= seed << 25;
  seed ^= seed >> 27;
  return seed * UINT64_C(2685821657736338717);
}

static void start(void)
{
  struct wats_circuit_options options = WATS_CIRCUIT_DEFAULTS;
  now = 12345 * S;
  wats_circuit_breaker_init(&b, &options);
}

static struct wats_circuit_stats stats(void)
{
  struct wats_circuit_stats s;
  wats_circuit_breaker_stats(&b, now, &s);
  return s;
}

static struct wats_circuit_pass allowed(void)
{
  struct wats_circuit_pass pass = {0, false};
  CHECK_INT(wats_circuit_breaker_allow(&b, now, &pass), WATS_OK);
  return pass;
}

static bool is_refused(void)
{
  struct wats_circuit_pass pass;
  return wats_circuit_breaker_allow(&b, now, &pass) == WATS_ERR_CIRCUIT_OPEN;
}

static bool report(struct wats_circuit_pass pass,
                   enum wats_circuit_outcome outcome)
{
  return wats_circuit_breaker_report(&b, now, &pass, outcome);
}

static void calls(int count, enum wats_circuit_outcome outcome)
{
  while (count--)
    report(allowed(), outcome);
}

static enum wats_circuit_state state(void)
{
  return stats().state;
}

static void test_opens_by_ratio(void)
{
  start();
  calls(5, OK);
  calls(4, FAILED);
  CHECK_INT(state(), WATS_CIRCUIT_CLOSED);
  CHECK(report(allowed(), SLOW));
  CHECK_INT(state(), WATS_CIRCUIT_OPEN);
  CHECK(is_refused());
  CHECK_INT(stats().opened, 1);
  CHECK_INT(stats().refused, 1);
  CHECK_INT(stats().next_probe_ns, 15 * S);
}

static void test_too_few_calls_say_nothing(void)
{
  start();
  calls(9, FAILED);
  CHECK_INT(state(), WATS_CIRCUIT_CLOSED);
  calls(1, OK); /* the tenth call, 90 % failed */
  CHECK_INT(state(), WATS_CIRCUIT_OPEN);
}

static void test_ratio_is_exact(void)
{
  struct wats_circuit_options options = {100, 0.07, 30 * S, 15 * S};
  start();
  wats_circuit_breaker_init(&b, &options);
  calls(93, OK);
  calls(6, FAILED);
  CHECK_INT(state(), WATS_CIRCUIT_CLOSED);
  calls(1, FAILED);
  CHECK_INT(state(), WATS_CIRCUIT_OPEN);
  options.failure_ratio = 0;
  wats_circuit_breaker_init(&b, &options);
  calls(500, OK); /* no failure, nothing to open for */
  CHECK_INT(state(), WATS_CIRCUIT_CLOSED);
}

static void test_window_forgets(void)
{
  start();
  calls(9, FAILED);
  now += 31 * S;
  calls(9, FAILED);
  CHECK_INT(state(), WATS_CIRCUIT_CLOSED);
  CHECK_INT(stats().calls, 9);
  now += 26 * S;
  calls(1, FAILED); /* those are still in the window */
  CHECK_INT(state(), WATS_CIRCUIT_OPEN);
}

/* Whichever buckets they fall into. */
static void test_nothing_older_than_the_window_counts(void)
{
  int64_t gap;
  for (gap = 30; gap < 90; gap++) {
    start();
    calls(9, FAILED);
    now += gap * S;
    CHECK_INT(stats().calls, 0);
    calls(9, FAILED);
    CHECK_INT(state(), WATS_CIRCUIT_CLOSED);
  }
  start();
  calls(9, FAILED);
  now += 27 * S - 1; /* nine tenths are always in it */
  CHECK_INT(stats().calls, 9);
}

static void test_neutral_outcomes(void)
{
  start();
  calls(9, FAILED);
  calls(100, REFUSED);
  calls(100, NEUTRAL);
  CHECK_INT(state(), WATS_CIRCUIT_CLOSED);
  CHECK_INT(stats().calls, 9);
  CHECK_INT(stats().failures, 9);
}

static void test_row_of_lost_connections(void)
{
  start();
  calls(1000, OK);
  calls(4, LOST);
  calls(1, REFUSED); /* somebody answered */
  calls(4, LOST);
  calls(1, FAILED); /* so here */
  calls(2, LOST);
  calls(1, SLOW);    /* nobody, but no connection refused either */
  calls(3, NEUTRAL); /* says nothing */
  calls(2, LOST);
  CHECK_INT(state(), WATS_CIRCUIT_CLOSED);
  calls(1, LOST);
  CHECK_INT(state(), WATS_CIRCUIT_OPEN);
}

/* Open, and just when probes may go. */
static void half_open(void)
{
  start();
  calls(5, LOST);
  CHECK_INT(state(), WATS_CIRCUIT_OPEN);
  now += 15 * S - 1;
  CHECK(is_refused());
  now += 1;
  CHECK_INT(state(), WATS_CIRCUIT_HALF_OPEN);
}

static void test_probes_close(void)
{
  struct wats_circuit_pass p[3];
  half_open();
  p[0] = allowed();
  p[1] = allowed();
  p[2] = allowed();
  CHECK(p[0].probe && p[1].probe && p[2].probe);
  CHECK_INT(stats().probes, 3);
  CHECK(is_refused());
  CHECK(!report(p[0], OK));
  CHECK_INT(state(), WATS_CIRCUIT_HALF_OPEN);
  CHECK(report(p[1], OK));
  CHECK_INT(state(), WATS_CIRCUIT_CLOSED);
  CHECK(!allowed().probe);
  /* the third answer belongs to the past, also when it is bad */
  CHECK(!report(p[2], FAILED));
  CHECK_INT(stats().calls, 0);
}

static void test_abandoned_probe_gives_its_place_back(void)
{
  struct wats_circuit_pass p[3];
  half_open();
  p[0] = allowed();
  p[1] = allowed();
  p[2] = allowed();
  CHECK(is_refused());
  CHECK(!report(p[1], NEUTRAL));
  p[1] = allowed();
  CHECK(is_refused());
  report(p[0], NEUTRAL);
  report(p[1], NEUTRAL);
  report(p[2], NEUTRAL);
  CHECK_INT(stats().probes, 0);
  CHECK_INT(state(), WATS_CIRCUIT_HALF_OPEN);
}

static void test_any_answer_is_a_proof_of_life(void)
{
  half_open();
  calls(2, REFUSED); /* an expired token must not keep it open for ever */
  CHECK_INT(state(), WATS_CIRCUIT_CLOSED);
}

static void test_doubling(void)
{
  static const int seconds[] = {30, 60, 120, 120, 120};
  size_t i;
  half_open();
  for (i = 0; i < sizeof seconds / sizeof *seconds; i++) {
    struct wats_circuit_pass p = allowed(), other = allowed();
    CHECK(report(p, i % 2 ? SLOW : FAILED));
    CHECK(!report(other, FAILED)); /* one round doubles once */
    CHECK_INT(stats().next_probe_ns, seconds[i] * S);
    now += seconds[i] * S - 1;
    CHECK(is_refused());
    now += 1;
  }
  CHECK_INT(stats().opened, 6);
  calls(2, OK);
  CHECK_INT(state(), WATS_CIRCUIT_CLOSED);
  calls(5, LOST);
  CHECK_INT(stats().next_probe_ns, 15 * S); /* the base again */
}

static void test_base_above_the_longest(void)
{
  struct wats_circuit_options options = {1, 0.5, 30 * S, 600 * S};
  start();
  wats_circuit_breaker_init(&b, &options);
  calls(1, FAILED);
  now += 600 * S;
  calls(1, FAILED);
  CHECK_INT(stats().next_probe_ns, 600 * S);
}

static void test_late_answers(void)
{
  struct wats_circuit_pass old[20];
  int i;
  start();
  for (i = 0; i < 20; i++)
    old[i] = allowed();
  calls(5, LOST);
  CHECK_INT(state(), WATS_CIRCUIT_OPEN);
  CHECK(!report(old[0], OK));
  CHECK_INT(state(), WATS_CIRCUIT_OPEN);
  now += 15 * S;
  CHECK(allowed().probe);
  CHECK(!report(old[1], FAILED)); /* does not reopen */
  CHECK(!report(old[2], OK));     /* nor close */
  CHECK(!report(old[3], OK));
  CHECK_INT(state(), WATS_CIRCUIT_HALF_OPEN);
  CHECK_INT(stats().probes, 1);
  calls(2, OK);
  CHECK_INT(state(), WATS_CIRCUIT_CLOSED);
  for (i = 4; i < 20; i++)
    CHECK(!report(old[i], LOST));
  CHECK_INT(state(), WATS_CIRCUIT_CLOSED);
  CHECK_INT(stats().calls, 0);
}

static void test_outcomes(void)
{
  int code;
  CHECK_INT(wats_circuit_outcome_of(WATS_OK, 200), OK);
  CHECK_INT(wats_circuit_outcome_of(WATS_OK, 304), OK);
  CHECK_INT(wats_circuit_outcome_of(WATS_OK, 404), REFUSED);
  CHECK_INT(wats_circuit_outcome_of(WATS_OK, 429), REFUSED);
  CHECK_INT(wats_circuit_outcome_of(WATS_OK, 500), FAILED);
  CHECK_INT(wats_circuit_outcome_of(WATS_OK, 599), FAILED);
  CHECK_INT(wats_circuit_outcome_of(WATS_ERR_CONNECTION, 0), LOST);
  CHECK_INT(wats_circuit_outcome_of(WATS_ERR_TIMEOUT, 200), SLOW);
  for (code = WATS_ERR_TLS; code <= WATS_ERR_MEMORY; code++)
    CHECK_INT(wats_circuit_outcome_of((enum wats_errc)code, 503), NEUTRAL);
  CHECK_STR(wats_circuit_state_name(WATS_CIRCUIT_CLOSED), "closed");
  CHECK_STR(wats_circuit_state_name(WATS_CIRCUIT_OPEN), "open");
  CHECK_STR(wats_circuit_state_name(WATS_CIRCUIT_HALF_OPEN), "half_open");
}

/* --- random steps -------------------------------------------------------- */

#define FLIGHTS 64

struct flight {
  struct wats_circuit_pass pass;
  unsigned era; /* how many changes of state there had been */
};

static struct flight flights[FLIGHTS];
static int flying, probes_flying;
static unsigned era;
static int64_t opened_ns;

static enum wats_circuit_outcome random_outcome(void)
{
  /* good and bad days take turns */
  bool bad = now / (200 * S) % 2;
  unsigned r = (unsigned)(next_random() % 100);
  if (r < 10) return NEUTRAL;
  if (r < 20) return REFUSED;
  if (r < (bad ? 25 : 90)) return OK;
  return r % 3 == 0 ? FAILED : r % 3 == 1 ? SLOW : LOST;
}

static void random_allow(void)
{
  enum wats_circuit_state before = state();
  struct wats_circuit_pass pass;
  bool in = wats_circuit_breaker_allow(&b, now, &pass) == WATS_OK;
  CHECK_INT(state(), before); /* asking changes nothing that is seen */
  if (before == WATS_CIRCUIT_CLOSED) CHECK(in && !pass.probe);
  if (before == WATS_CIRCUIT_OPEN) CHECK(!in);
  if (before == WATS_CIRCUIT_HALF_OPEN) {
    CHECK_INT(in, probes_flying < WATS_CIRCUIT_PROBES);
    CHECK(!in || pass.probe);
    probes_flying += in;
  }
  if (!in) return;
  flights[flying].pass = pass;
  flights[flying++].era = era;
}

static void random_report(void)
{
  int i = (int)(next_random() % (uint64_t)flying);
  struct flight f = flights[i];
  enum wats_circuit_state before = state();
  enum wats_circuit_outcome outcome = random_outcome();
  bool changed = report(f.pass, outcome);
  flights[i] = flights[--flying];
  if (f.era != era) {
    CHECK(!changed);
    CHECK_INT(state(), before);
    return;
  }
  if (f.pass.probe) probes_flying--;
  if (!changed) {
    struct wats_circuit_stats s = stats();
    CHECK_INT(s.state, before);
    /* a call that was counted was also judged */
    if (before == WATS_CIRCUIT_CLOSED && outcome != NEUTRAL &&
        outcome != REFUSED)
      CHECK(s.calls < 10 || s.failures * 2 < s.calls);
    return;
  }
  era++;
  probes_flying = 0;
  CHECK(state() != before);
  if (state() == WATS_CIRCUIT_OPEN) opened_ns = now;
  if (state() == WATS_CIRCUIT_CLOSED)
    CHECK(before == WATS_CIRCUIT_HALF_OPEN &&
          (outcome == OK || outcome == REFUSED));
}

static void test_random_steps(void)
{
  int i, times[3] = {0, 0, 0};
  start();
  seed = 7;
  flying = probes_flying = 0;
  era = 0;
  for (i = 0; i < 100000; i++) {
    struct wats_circuit_stats s;
    uint64_t r = next_random();
    now += (int64_t)(next_random() % (uint64_t)S / 4);
    if (flying < FLIGHTS && r % 2)
      random_allow();
    else if (flying)
      random_report();
    s = stats();
    times[s.state]++;
    CHECK((int)s.probes <= WATS_CIRCUIT_PROBES);
    CHECK_INT(s.next_probe_ns > 0, s.state == WATS_CIRCUIT_OPEN);
    if (s.state == WATS_CIRCUIT_OPEN)
      CHECK(now < opened_ns + WATS_CIRCUIT_LONGEST_OPEN_NS);
  }
  CHECK(times[WATS_CIRCUIT_CLOSED] > 1000);
  CHECK(times[WATS_CIRCUIT_OPEN] > 1000);
  CHECK(times[WATS_CIRCUIT_HALF_OPEN] > 200);
  CHECK(b.opened > 20);
}

/* All fail: open before the window has passed once, at any pace that is fast
** enough to matter. */
static void test_opens_within_its_window(void)
{
  int64_t pace;
  for (pace = S / 100; pace <= 2 * S; pace += S / 100) {
    int64_t begun;
    start();
    calls(3, OK);
    begun = now;
    while (state() == WATS_CIRCUIT_CLOSED && now - begun < 31 * S) {
      report(allowed(), FAILED);
      now += pace;
    }
    CHECK(b.opened == 1 && now - begun <= 30 * S);
  }
}

int main(void)
{
  RUN(test_opens_by_ratio);
  RUN(test_too_few_calls_say_nothing);
  RUN(test_ratio_is_exact);
  RUN(test_window_forgets);
  RUN(test_nothing_older_than_the_window_counts);
  RUN(test_neutral_outcomes);
  RUN(test_row_of_lost_connections);
  RUN(test_probes_close);
  RUN(test_abandoned_probe_gives_its_place_back);
  RUN(test_any_answer_is_a_proof_of_life);
  RUN(test_doubling);
  RUN(test_base_above_the_longest);
  RUN(test_late_answers);
  RUN(test_outcomes);
  RUN(test_random_steps);
  RUN(test_opens_within_its_window);
  return test_report();
}
