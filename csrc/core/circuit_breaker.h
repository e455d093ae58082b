/*
** circuit_breaker.h - do not knock at a door that nobody answers.
**
** Closed: all calls go, and what came of them is counted over a window of time.
** Open: none goes. Half-open: a few probes go, and what comes of them decides.
**
** Pure: time is handed in (monotonic, ns), nothing is allocated, nothing can
** fail, and its owner holds one lock around every call. Embedded by value.
**
** Every call that was allowed is reported once, with the pass it got; whoever
** gives a call up reports it as NEUTRAL, else a probe's place is lost. Passes
** carry the generation they were given in, and each change of state begins a
** new one: answers to questions of another time neither open nor close.
*/
#ifndef WATS_CIRCUIT_BREAKER_H
#define WATS_CIRCUIT_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

#define WATS_CIRCUIT_BUCKETS          10
#define WATS_CIRCUIT_PROBES           3 /* in flight at once */
#define WATS_CIRCUIT_PROBE_SUCCESSES  2 /* that close it */
#define WATS_CIRCUIT_LOST_CONNECTIONS 5 /* in a row that open it */
#define WATS_CIRCUIT_LONGEST_OPEN_NS  INT64_C(120000000000)

struct wats_circuit_options {
  unsigned min_calls;   /* below that the ratio says nothing; at least 1 */
  double failure_ratio; /* 0..1 */
  int64_t window_ns;    /* moves on in steps of a tenth */
  int64_t open_for_ns;  /* doubled by each failed round of probes, up to the
                           longest; back to this when closed */
};

#define WATS_CIRCUIT_DEFAULTS                                                  \
  {                                                                            \
    .min_calls = 10, .failure_ratio = 0.5, .window_ns = INT64_C(30000000000),  \
    .open_for_ns = INT64_C(15000000000)                                        \
  }

enum wats_circuit_state { /* the worst last */
                          WATS_CIRCUIT_CLOSED,
                          WATS_CIRCUIT_HALF_OPEN,
                          WATS_CIRCUIT_OPEN
};

/* What a call shows of the server. */
enum wats_circuit_outcome {
  WATS_CIRCUIT_SUCCESS,       /* status below 400 */
  WATS_CIRCUIT_REFUSED,       /* 4xx: it is up, and the call was at fault. Not
                                 counted, but a probe has its proof of life */
  WATS_CIRCUIT_FAILURE,       /* 5xx */
  WATS_CIRCUIT_TIMEOUT,       /* a failure too */
  WATS_CIRCUIT_NO_CONNECTION, /* a failure too; a row of them opens at once */
  WATS_CIRCUIT_NEUTRAL        /* nothing: cancelled, TLS, our own limits */
};

struct wats_circuit_bucket {
  int64_t period; /* time / length of a bucket */
  uint32_t calls, failures;
};

struct wats_circuit_breaker {
  struct wats_circuit_options options;
  enum wats_circuit_state state;
  uint64_t generation;
  struct wats_circuit_bucket buckets[WATS_CIRCUIT_BUCKETS];
  unsigned lost_connections; /* since the last answer */
  int64_t open_until_ns;
  int64_t open_for_ns; /* next time */
  unsigned probes, probe_successes;
  uint64_t opened, refused;
};

void wats_circuit_breaker_init(struct wats_circuit_breaker *breaker,
                               const struct wats_circuit_options *options);

/* Goes with an allowed call. */
struct wats_circuit_pass {
  uint64_t generation;
  bool probe;
};

/* WATS_OK with a pass, or WATS_ERR_CIRCUIT_OPEN. */
enum wats_errc wats_circuit_breaker_allow(struct wats_circuit_breaker *breaker,
                                          int64_t now_ns,
                                          struct wats_circuit_pass *pass);

/* Once per pass. True when the state has changed by it (for a log). */
bool wats_circuit_breaker_report(struct wats_circuit_breaker *breaker,
                                 int64_t now_ns,
                                 const struct wats_circuit_pass *pass,
                                 enum wats_circuit_outcome outcome);

/* `status` counts when `code` is WATS_OK. */
enum wats_circuit_outcome wats_circuit_outcome_of(enum wats_errc code,
                                                  int status);

struct wats_circuit_stats {
  enum wats_circuit_state state; /* open becomes half-open when time is up */
  uint64_t opened;               /* times, reopened included */
  uint64_t refused;              /* calls */
  int64_t next_probe_ns;         /* from now; 0 unless open */
  unsigned probes;               /* in flight */
  uint64_t calls, failures;      /* in the window */
};
void wats_circuit_breaker_stats(const struct wats_circuit_breaker *breaker,
                                int64_t now_ns,
                                struct wats_circuit_stats *stats);

/* "closed", "half_open", "open"; static text. */
const char *wats_circuit_state_name(enum wats_circuit_state state);

#endif
