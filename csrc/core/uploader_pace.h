/*
** uploader_pace.h - how fast reports may be sent just now.
**
** Three reasons to go slow. The server is *out*: several in a row have failed
** for no fault of theirs, or the circuit breaker is open; then one goes now and
** then, at a time chosen at random, to see whether it is back. It is *coming
** back*: one report per second, then twice as many each five seconds, so that a
** server that hundreds of stations have waited for is not met by all of them
** at once; after half a minute as many as there are. And the *share*: what the
** rate limiter allows is for interactive calls too, so at most nine tenths of
** it are taken in any window, or a backlog would make them wait.
**
** Pure: time and chance are handed in; embedded by value, all zero to begin
** with; one thread. A spread of 0 is for those who need no slow return.
*/
#ifndef WATS_UPLOADER_PACE_H
#define WATS_UPLOADER_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "rate_limiter.h"

/* Failures in a row that mean that the server is out. */
#define WATS_PACE_OUT_AFTER 3
#define WATS_PACE_STEP_NS   INT64_C(5000000000)
/* Doubled so many times it is as good as unlimited. */
#define WATS_PACE_STEPS   6
#define WATS_PACE_BUCKETS 10
#define WATS_PACE_MANY    1000000u

struct wats_pace {
  bool out;
  unsigned failures; /* in a row */
  bool returning;
  int64_t since_ns; /* returning */
  int64_t next_ns;  /* none before */
  int64_t period;   /* of the newest bucket */
  unsigned used[WATS_PACE_BUCKETS];
};

/* One failed, and the server is to blame; not before `not_before_ns`. */
void wats_pace_failed(struct wats_pace *pace, int64_t now_ns,
                      int64_t not_before_ns, int64_t spread_ns,
                      uint64_t random);
/* The breaker lets nothing through until then. */
void wats_pace_blocked(struct wats_pace *pace, int64_t until_ns,
                       int64_t spread_ns, uint64_t random);
/* Not before; for a reason of ours, as when what was begun was not sent. */
void wats_pace_wait(struct wats_pace *pace, int64_t until_ns);
/* The server has answered one of ours. True: it was out, and is back. */
bool wats_pace_succeeded(struct wats_pace *pace, int64_t now_ns,
                         int64_t spread_ns);
/* It was out, and others were answered. */
void wats_pace_returned(struct wats_pace *pace, int64_t now_ns,
                        int64_t spread_ns, uint64_t random);
/* A person says that it is back. */
void wats_pace_hurry(struct wats_pace *pace);

/* How many may be begun now; `limit` is NULL where there is none. */
unsigned wats_pace_allowed(struct wats_pace *pace, int64_t now_ns,
                           const struct wats_rate_limiter_options *limit);
void wats_pace_started(struct wats_pace *pace, int64_t now_ns);
/* When none may be begun now: until when. */
int64_t wats_pace_next(const struct wats_pace *pace, int64_t now_ns,
                       const struct wats_rate_limiter_options *limit);

#endif
