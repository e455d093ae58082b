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
** limiter let wait. wats_breaker_state{server} is 0 closed, 1 half-open, 2
** open.
** Held by value in a client; any thread may note.
*/
#ifndef WATS_CLIENT_METRICS_H
#define WATS_CLIENT_METRICS_H

#include "metrics.h"
#include "transfer.h"

struct wats_client_metrics {
  struct wats_registry *registry; /* NULL: count nothing */
  struct wats_family *requests, *duration;
  struct wats_metric *in_flight, *connections_new, *connections_reused;
  struct wats_metric *retries, *waited, *limited;
  struct wats_metric *breaker; /* see wats_client_metrics_breaker */
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

/* Makes the gauge of this server's breaker. */
enum wats_errc wats_client_metrics_breaker(struct wats_client_metrics *m,
                                           const char *base_url,
                                           struct wats_error *error);

#endif
