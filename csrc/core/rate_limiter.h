/*
** rate_limiter.h - never more than N requests in any window of time.
**
** An exact sliding window: no half-open span of `window_ns` ever holds more
** than
** `requests` starts. A bucket of tokens would let twice as many through at its
** edges, and the server counts.
**
** Nobody waits here: a reservation is told the time at which it may go, never
** earlier than those made before it, so those who ask first go first. A
** reservation whose time has not come can be moved, but only later, by a pause
** (the server said 429); so its owner asks `check` again before he starts. And
** because timers are late, those behind one who started late may have to wait a
** little more: `start` has the last word.
**
** Pure: time is handed in (monotonic, ns, never backwards), and its owner
** holds one lock around every call. Memory is had by create alone; a
** permit is found in O(log n), `pause_until` walks through those that wait, and
** all else costs O(1) in the long run.
*/
#ifndef WATS_RATE_LIMITER_H
#define WATS_RATE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

#define WATS_RATE_LIMITER_MAX_REQUESTS 100000u
/* However long the server asks us to be silent, this is the most: one strange
** answer must not silence a station for days. */
#define WATS_RATE_LIMITER_LONGEST_PAUSE_NS INT64_C(3600000000000)

struct wats_rate_limiter;

struct wats_rate_limiter_options {
  unsigned requests;   /* 1 .. WATS_RATE_LIMITER_MAX_REQUESTS */
  int64_t window_ns;   /* at least 1 */
  int64_t max_wait_ns; /* at least 0 */
};

#define WATS_RATE_LIMITER_DEFAULTS                                             \
  {                                                                            \
    .requests = 500, .window_ns = INT64_C(60000000000),                        \
    .max_wait_ns = INT64_C(120000000000)                                       \
  }

/* WATS_ERR_ARGUMENT for options out of their bounds, WATS_ERR_MEMORY. */
enum wats_errc
wats_rate_limiter_create(const struct wats_rate_limiter_options *options,
                         struct wats_rate_limiter **out,
                         struct wats_error *error);
/* Accepts NULL. */
void wats_rate_limiter_destroy(struct wats_rate_limiter *limiter);

/* A place in the line; its owner does not copy it. All zeros: none. */
struct wats_rate_permit {
  uint64_t serial;
  int64_t at_ns; /* may go from then on */
  int64_t asked_ns;
};

/*
** WATS_ERR_RATE_LIMITED when it would have to wait for more than max_wait:
** nothing is reserved, `permit` is untouched, and `next` tells the time.
*/
enum wats_errc wats_rate_limiter_reserve(struct wats_rate_limiter *limiter,
                                         int64_t now_ns,
                                         struct wats_rate_permit *permit);

/*
** To be asked when at_ns has come: brings it up to date. WATS_OK: go if at_ns
** is not after `now_ns`, else wait until then and ask again.
** WATS_ERR_RATE_LIMITED: a pause makes it wait for more than max_wait in all;
** the place has been given back.
*/
enum wats_errc wats_rate_limiter_check(struct wats_rate_limiter *limiter,
                                       int64_t now_ns,
                                       struct wats_rate_permit *permit);

/*
** At a permit's time: true, it goes now, and is used up; or false, and it waits
** until its new at_ns, to be checked again.
*/
bool wats_rate_limiter_start(struct wats_rate_limiter *limiter, int64_t now_ns,
                             struct wats_rate_permit *permit);

/*
** Gives back a permit that was not and will not be used. Those who come later
** find things as if it had never been; those who wait already keep the times
** they were told. Does nothing when called again.
*/
void wats_rate_limiter_cancel(struct wats_rate_limiter *limiter, int64_t now_ns,
                              struct wats_rate_permit *permit);

/* When would a reservation made now be allowed to go? */
int64_t wats_rate_limiter_next(struct wats_rate_limiter *limiter,
                               int64_t now_ns);

/* No permit before `until_ns`: neither a new one, nor one that waits. A pause
** that is longer already stays. */
void wats_rate_limiter_pause_until(struct wats_rate_limiter *limiter,
                                   int64_t now_ns, int64_t until_ns);

struct wats_rate_limiter_stats {
  uint64_t granted;   /* reservations made */
  uint64_t delayed;   /* of these: that could not go at once */
  uint64_t refused;   /* by `reserve` and `check` */
  uint64_t cancelled; /* given back */
  uint64_t pauses;
  int64_t wait_ns;       /* of all that were granted; what a cancelled one did
                            not wait for is taken off */
  int64_t paused_for_ns; /* from now */
};
void wats_rate_limiter_stats(const struct wats_rate_limiter *limiter,
                             int64_t now_ns,
                             struct wats_rate_limiter_stats *stats);

#endif
