/*
** circuit_breaker.c - see circuit_breaker.h.
*/
#include "circuit_breaker.h"

#include <string.h>

#include "clock.h"

void wats_circuit_breaker_init(struct wats_circuit_breaker *breaker,
                               const struct wats_circuit_options *options)
{
  struct wats_circuit_breaker *b = breaker;
  memset(b, 0, sizeof *b);
  b->options = *options;
  if (b->options.min_calls == 0) b->options.min_calls = 1;
  if (b->options.window_ns < WATS_CIRCUIT_BUCKETS)
    b->options.window_ns = WATS_CIRCUIT_BUCKETS;
  if (b->options.open_for_ns < 0) b->options.open_for_ns = 0;
  b->state = WATS_CIRCUIT_CLOSED;
  b->open_for_ns = b->options.open_for_ns;
}

/* --- the window ---------------------------------------------------------- */

static int64_t period_of(const struct wats_circuit_breaker *b, int64_t now_ns)
{
  return now_ns / (b->options.window_ns / WATS_CIRCUIT_BUCKETS);
}

static void count(struct wats_circuit_breaker *b, int64_t now_ns, bool failed)
{
  int64_t period = period_of(b, now_ns);
  struct wats_circuit_bucket *bucket =
      &b->buckets[(uint64_t)period % WATS_CIRCUIT_BUCKETS];
  if (bucket->period != period) {
    bucket->period = period;
    bucket->calls = bucket->failures = 0;
  }
  bucket->calls++;
  if (failed) bucket->failures++;
}

static void sum(const struct wats_circuit_breaker *b, int64_t now_ns,
                uint64_t *calls, uint64_t *failures)
{
  int64_t oldest = period_of(b, now_ns) - WATS_CIRCUIT_BUCKETS + 1;
  int i;
  *calls = *failures = 0;
  for (i = 0; i < WATS_CIRCUIT_BUCKETS; i++)
    if (b->buckets[i].period >= oldest) {
      *calls += b->buckets[i].calls;
      *failures += b->buckets[i].failures;
    }
}

/* Divided, not multiplied: 7 of 100 is 0.07, but 0.07 * 100 is above 7. */
static bool is_failing(const struct wats_circuit_breaker *b, int64_t now_ns)
{
  uint64_t calls, failures;
  sum(b, now_ns, &calls, &failures);
  return failures > 0 && calls >= b->options.min_calls &&
         (double)failures / (double)calls >= b->options.failure_ratio;
}

/* --- states -------------------------------------------------------------- */

/* Whatever was under way or counted belongs to the past. */
static void enter(struct wats_circuit_breaker *b, enum wats_circuit_state state)
{
  b->state = state;
  b->generation++;
  b->probes = b->probe_successes = 0;
  b->lost_connections = 0;
  memset(b->buckets, 0, sizeof b->buckets);
}

static void open_it(struct wats_circuit_breaker *b, int64_t now_ns)
{
  int64_t longest = WATS_CIRCUIT_LONGEST_OPEN_NS;
  if (longest < b->options.open_for_ns) longest = b->options.open_for_ns;
  enter(b, WATS_CIRCUIT_OPEN);
  b->opened++;
  b->open_until_ns = wats_time_add(now_ns, b->open_for_ns);
  b->open_for_ns = b->open_for_ns > longest / 2 ? longest : b->open_for_ns * 2;
}

static void close_it(struct wats_circuit_breaker *b)
{
  enter(b, WATS_CIRCUIT_CLOSED);
  b->open_for_ns = b->options.open_for_ns;
}

/* Nobody waits for the hour: who asks first when it has come changes the
** state. */
static enum wats_circuit_state state_at(const struct wats_circuit_breaker *b,
                                        int64_t now_ns)
{
  if (b->state == WATS_CIRCUIT_OPEN && now_ns >= b->open_until_ns)
    return WATS_CIRCUIT_HALF_OPEN;
  return b->state;
}

enum wats_errc wats_circuit_breaker_allow(struct wats_circuit_breaker *breaker,
                                          int64_t now_ns,
                                          struct wats_circuit_pass *pass)
{
  struct wats_circuit_breaker *b = breaker;
  enum wats_circuit_state state = state_at(b, now_ns);
  bool probe = state == WATS_CIRCUIT_HALF_OPEN;
  if (state != b->state) enter(b, state);
  if (state == WATS_CIRCUIT_OPEN ||
      (probe && b->probes >= WATS_CIRCUIT_PROBES)) {
    b->refused++;
    return WATS_ERR_CIRCUIT_OPEN;
  }
  if (probe) b->probes++;
  pass->generation = b->generation;
  pass->probe = probe;
  return WATS_OK;
}

static bool is_failure(enum wats_circuit_outcome outcome)
{
  return outcome == WATS_CIRCUIT_FAILURE || outcome == WATS_CIRCUIT_TIMEOUT ||
         outcome == WATS_CIRCUIT_NO_CONNECTION;
}

static bool report_probe(struct wats_circuit_breaker *b, int64_t now_ns,
                         enum wats_circuit_outcome outcome)
{
  if (b->probes > 0) b->probes--;
  if (is_failure(outcome)) {
    open_it(b, now_ns);
    return true;
  }
  if (outcome == WATS_CIRCUIT_NEUTRAL) return false;
  if (++b->probe_successes < WATS_CIRCUIT_PROBE_SUCCESSES) return false;
  close_it(b);
  return true;
}

/* A time-out neither lengthens nor breaks the row: nobody was heard. */
static void follow_row(struct wats_circuit_breaker *b,
                       enum wats_circuit_outcome outcome)
{
  if (outcome == WATS_CIRCUIT_NO_CONNECTION)
    b->lost_connections++;
  else if (outcome != WATS_CIRCUIT_TIMEOUT)
    b->lost_connections = 0;
}

bool wats_circuit_breaker_report(struct wats_circuit_breaker *breaker,
                                 int64_t now_ns,
                                 const struct wats_circuit_pass *pass,
                                 enum wats_circuit_outcome outcome)
{
  struct wats_circuit_breaker *b = breaker;
  if (pass->generation != b->generation) return false;
  if (b->state == WATS_CIRCUIT_HALF_OPEN)
    return report_probe(b, now_ns, outcome);
  if (outcome == WATS_CIRCUIT_NEUTRAL) return false;
  follow_row(b, outcome);
  if (outcome == WATS_CIRCUIT_REFUSED) return false;
  count(b, now_ns, is_failure(outcome));
  if (b->lost_connections < WATS_CIRCUIT_LOST_CONNECTIONS &&
      !is_failing(b, now_ns))
    return false;
  open_it(b, now_ns);
  return true;
}

enum wats_circuit_outcome wats_circuit_outcome_of(enum wats_errc code,
                                                  int status)
{
  if (code == WATS_ERR_CONNECTION) return WATS_CIRCUIT_NO_CONNECTION;
  if (code == WATS_ERR_TIMEOUT) return WATS_CIRCUIT_TIMEOUT;
  if (code != WATS_OK) return WATS_CIRCUIT_NEUTRAL;
  if (status >= 500) return WATS_CIRCUIT_FAILURE;
  return status >= 400 ? WATS_CIRCUIT_REFUSED : WATS_CIRCUIT_SUCCESS;
}

void wats_circuit_breaker_stats(const struct wats_circuit_breaker *breaker,
                                int64_t now_ns,
                                struct wats_circuit_stats *stats)
{
  const struct wats_circuit_breaker *b = breaker;
  stats->state = state_at(b, now_ns);
  stats->opened = b->opened;
  stats->refused = b->refused;
  stats->next_probe_ns =
      stats->state == WATS_CIRCUIT_OPEN ? b->open_until_ns - now_ns : 0;
  stats->probes = b->probes;
  sum(b, now_ns, &stats->calls, &stats->failures);
}

const char *wats_circuit_state_name(enum wats_circuit_state state)
{
  static const char *const names[] = {"closed", "half_open", "open"};
  return names[state];
}
