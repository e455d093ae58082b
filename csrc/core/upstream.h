/*
** upstream.h - what all clients of one server with one credential share in this
** process, whichever Lua state or thread they belong to: retry budget, circuit
** breaker, rate limiter.
**
** Found by base URL and credential digest, made by the first client. The first
** one's options stand as long as a client of his kind is open; another that
** asks for others meanwhile is refused, one that asks for none takes what there
** is. When the last is closed what it has counted is kept for those who come
** after, or a script that connects anew for each unit would have no limit; only
** options that differ begin anew, and of many idle ones the oldest go.
**
** Any thread; one lock over all of them, held for a few instructions and never
** over a call into another module that locks.
*/
#ifndef WATS_UPSTREAM_H
#define WATS_UPSTREAM_H

#include "circuit_breaker.h"
#include "rate_limiter.h"
#include "retry.h"

struct wats_upstream;

#define WATS_UPSTREAM_CREDENTIAL   16
#define WATS_UPSTREAM_RETRY_BUDGET 10
/* Kept without a client. */
#define WATS_UPSTREAM_IDLE 16

/* What a client says of a policy. */
enum wats_asked {
  WATS_ASKED_NOTHING, /* takes what there is; the first: the defaults */
  WATS_ASKED_OFF,
  WATS_ASKED_ON /* with the options beside it */
};

struct wats_upstream_options {
  const char *base_url;
  const unsigned char *credential; /* WATS_UPSTREAM_CREDENTIAL bytes */
  double retry_budget;             /* 0: not given */
  enum wats_asked limits, breaks;
  struct wats_rate_limiter_options rate_limit;
  struct wats_circuit_options circuit;
};

/* WATS_ERR_ARGUMENT: wrong options, or others than the first client's. */
enum wats_errc wats_upstream_get(const struct wats_upstream_options *options,
                                 struct wats_upstream **out,
                                 struct wats_error *error);
/* The client is closed: his options bind nobody any more. What he has under way
** goes on. Once per client, before the release. */
void wats_upstream_leave(struct wats_upstream *upstream);
/* Accepts NULL. */
void wats_upstream_release(struct wats_upstream *upstream);
/* Lets go those that have no client; for tests. */
void wats_upstream_drain(void);

/* ---- retry.h ---- */

struct wats_retry_decision
wats_upstream_retry(struct wats_upstream *upstream,
                    const struct wats_retry_policy *policy,
                    const struct wats_retry_outcome *outcome);
void wats_upstream_succeeded(struct wats_upstream *upstream);

/* ---- breaker and limiter, for one exchange ---- */

struct wats_admission { /* all zero to begin with */
  struct wats_circuit_pass pass;
  struct wats_rate_permit permit;
  bool has_pass;
  int64_t wait_ns;   /* before the next call of admit */
  int64_t waited_ns; /* when admitted: since it was first asked for */
};

/*
** WATS_OK and wait_ns 0: go, and report what came of it. WATS_OK and a wait:
** come again when it is over, or withdraw. WATS_ERR_CIRCUIT_OPEN,
** WATS_ERR_RATE_LIMITED: do not go; wait_ns says when it is worth while to ask.
**
** Who waits holds no probe of the breaker, and a breaker that opens meanwhile
** turns him away when his turn comes.
*/
enum wats_errc wats_upstream_admit(struct wats_upstream *upstream,
                                   int64_t now_ns,
                                   struct wats_admission *admission);
/* Will not go, or not any more. Does nothing when there is nothing to undo. */
void wats_upstream_withdraw(struct wats_upstream *upstream, int64_t now_ns,
                            struct wats_admission *admission);
/* The exchange that was admitted is over. */
void wats_upstream_report(struct wats_upstream *upstream, int64_t now_ns,
                          struct wats_admission *admission,
                          enum wats_circuit_outcome outcome);
/* The server said 429: nobody goes before. */
void wats_upstream_pause_until(struct wats_upstream *upstream, int64_t now_ns,
                               int64_t until_ns);

/* What the rate limiter allows; false: there is none. */
bool wats_upstream_limit(const struct wats_upstream *upstream,
                         struct wats_rate_limiter_options *out);

struct wats_upstream_stats {
  bool limits, breaks;
  struct wats_rate_limiter_stats limiter;
  struct wats_circuit_stats breaker;
};
void wats_upstream_stats(struct wats_upstream *upstream, int64_t now_ns,
                         struct wats_upstream_stats *stats);

/* The worst breaker of this server, whatever the token, among those that have
** an open client; closed when there is none. For a gauge. */
enum wats_circuit_state wats_upstream_worst(const char *base_url,
                                            int64_t now_ns);

#endif
