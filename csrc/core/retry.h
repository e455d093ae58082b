/*
** retry.h - is a request that failed to be sent again, and when?
**
** Pure: the clock, chance and the outcome are passed in. Any thread; a budget
** is
** guarded by its owner's lock.
**
** Sent again is only what does no harm when it is done twice: an idempotent
** operation, or one of which nothing was sent. And only after what may pass by
** itself: no connection, a connection that broke, no answer in time, and the
** statuses 408, 429, 502, 503 and 504. Not after 500: a server that stumbles
** over a request does so again.
**
** The delay is chosen at random between nothing and base * 2^(attempts - 1), at
** most `max_delay` and what the deadline leaves ("full jitter": stations that
** failed together do not come back together). After 429 and 503 the base is a
** second at least. What Retry-After says (RFC 9110, section 10.2.3) comes on
** top; if that alone leaves no time before the deadline, the answer is no.
**
** The budget bounds what many requests do together: when all fail, retries
** would multiply the load by max_attempts. It is a bucket of tokens; a retry
** takes one, a success gives back a tenth.
*/
#ifndef WATS_RETRY_H
#define WATS_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct wats_retry_policy {
  unsigned max_attempts; /* the first included; 0 and 1: never again */
  int64_t base_delay_ns, max_delay_ns;
};

struct wats_retry_budget { /* in tenths of a token, so that sums are exact */
  uint64_t tenths, capacity;
};

struct wats_retry_outcome {
  unsigned attempt;    /* which one this was, from 1 */
  enum wats_errc code; /* WATS_OK: an answer came, of this status */
  int status;
  bool repeatable;        /* done twice it does no harm */
  int64_t retry_after_ns; /* -1: the answer has none */
  uint64_t random;        /* 64 random bits */
  int64_t now_ns, deadline_ns;
};

struct wats_retry_decision {
  bool retry;
  int64_t delay_ns;
  const char *reason; /* static text: why, or why not */
};

void wats_retry_budget_init(struct wats_retry_budget *budget, double capacity);
/* An answer that is no failure. */
void wats_retry_succeeded(struct wats_retry_budget *budget);
/* Takes a token if the answer is yes. */
struct wats_retry_decision
wats_retry_decide(const struct wats_retry_policy *policy,
                  struct wats_retry_budget *budget,
                  const struct wats_retry_outcome *outcome);

/*
** The wait that a Retry-After asks for, in ns: seconds, or an HTTP date less
** the answer's own Date (`date`, may be NULL or broken: `wall_s` then). -1 for
** what is neither; 0 for the past.
*/
int64_t wats_retry_after(const char *text, const char *date, int64_t wall_s);

#endif
