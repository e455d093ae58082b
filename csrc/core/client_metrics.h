/*
** client_metrics.h - what the clients of a registry count.
**
** wats_http_requests_total{method,route,status} counts exchanges with the
** server; `status` is the code, or the error kind when no whole answer came.
** wats_http_request_duration_seconds{method,route} times the same exchanges,
** without any waiting of ours. `route` is a path template of the operation
** table or "other", `method` one of HTTP's own or "other": labels stay few
** whatever is asked.
** wats_http_retries_total counts exchanges that were begun because one had
** failed, wats_http_wait_seconds{for="retry"} how long they had waited, and
** wats_http_wait_seconds{for="limiter"} how long those waited that the rate
** limiter let wait. wats_http_refused_total{by="breaker"|"limiter"} counts what
** these two kept from being sent. wats_breaker_state{server} is 0 closed, 1
** half-open, 2 open; wats_breaker_transitions_total{server,state} counts how
** often it came to that, each time in the registry of the client that saw it.
** Held by value in a client; any thread may note.
*/
#ifndef WATS_CLIENT_METRICS_H
#define WATS_CLIENT_METRICS_H

#include "circuit_breaker.h"
#include "metrics.h"
#include "transfer.h"

struct wats_client_metrics {
  struct wats_registry *registry; /* NULL: count nothing */
  struct wats_family *requests, *duration;
  struct wats_metric *in_flight, *connections_new, *connections_reused;
  struct wats_metric *retries, *waited, *limited;
  struct wats_metric *refused_by_breaker, *refused_by_limiter;
  /* See wats_client_metrics_breaker. */
  struct wats_metric *breaker, *turns[WATS_CIRCUIT_OPEN + 1];
};

/* Retains the registry (may be NULL). */
enum wats_errc wats_client_metrics_init(struct wats_client_metrics *m,
                                        struct wats_registry *registry,
                                        struct wats_error *error);
void wats_client_metrics_free(struct wats_client_metrics *m);

void wats_client_metrics_begin(const struct wats_client_metrics *m);
/* One exchange ended, with `code` and, if WATS_OK, an answer. Sendings that a
** dead connection swallowed before count as requests that ended so. */
void wats_client_metrics_end(const struct wats_client_metrics *m,
                             const char *method, const char *route,
                             enum wats_errc code,
                             const struct wats_transfer_result *result);

/* A request is now sent again, after waiting so long. */
void wats_client_metrics_waited(const struct wats_client_metrics *m,
                                int64_t waited_ns);
/* The rate limiter let it wait so long. */
void wats_client_metrics_limited(const struct wats_client_metrics *m,
                                 int64_t waited_ns);

/* An exchange was not admitted: WATS_ERR_CIRCUIT_OPEN, WATS_ERR_RATE_LIMITED.
 */
void wats_client_metrics_refused(const struct wats_client_metrics *m,
                                 enum wats_errc code);
/* The breaker has come to this state. */
void wats_client_metrics_turned(const struct wats_client_metrics *m,
                                enum wats_circuit_state state);

/* Makes the figures of this server's breaker. */
enum wats_errc wats_client_metrics_breaker(struct wats_client_metrics *m,
                                           const char *base_url,
                                           struct wats_error *error);

#endif
