/*
** client_metrics.c - see client_metrics.h.
*/
#include "client_metrics.h"

#include <string.h>

static enum wats_errc family(struct wats_client_metrics *m,
                             enum wats_metric_type type, const char *name,
                             const char *help, const char *const *labels,
                             size_t count, struct wats_family **out,
                             struct wats_error *error)
{
  struct wats_family_options options = {.type = type,
                                        .name = name,
                                        .help = help,
                                        .labels = labels,
                                        .label_count = count};
  return wats_registry_family(m->registry, &options, out, error);
}

static enum wats_errc connections(struct wats_client_metrics *m,
                                  struct wats_error *error)
{
  static const char *const labels[] = {"state"};
  static const struct wats_text fresh = {"new", 3}, reused = {"reused", 6};
  struct wats_family *f;
  enum wats_errc code = family(
      m, WATS_METRIC_COUNTER, "wats_http_connections_total",
      "Connections used by exchanges, by whether they had served before.",
      labels, 1, &f, error);
  if (code != WATS_OK) return code;
  m->connections_new = wats_family_child(f, &fresh, 1);
  m->connections_reused = wats_family_child(f, &reused, 1);
  if (!m->connections_new || !m->connections_reused)
    return wats_fail_memory(error);
  return WATS_OK;
}

static enum wats_errc in_flight(struct wats_client_metrics *m,
                                struct wats_error *error)
{
  struct wats_family *f;
  enum wats_errc code =
      family(m, WATS_METRIC_GAUGE, "wats_http_inflight",
             "Exchanges with the server now under way.", NULL, 0, &f, error);
  if (code != WATS_OK) return code;
  m->in_flight = wats_family_child(f, NULL, 0);
  return m->in_flight ? WATS_OK : wats_fail_memory(error);
}

static enum wats_errc retries(struct wats_client_metrics *m,
                              struct wats_error *error)
{
  static const char *const labels[] = {"for"};
  static const struct wats_text retry = {"retry", 5}, limiter = {"limiter", 7};
  struct wats_family *counted, *waited;
  enum wats_errc code = family(
      m, WATS_METRIC_COUNTER, "wats_http_retries_total",
      "Exchanges begun because one had failed.", NULL, 0, &counted, error);
  if (code == WATS_OK)
    code = family(m, WATS_METRIC_HISTOGRAM, "wats_http_wait_seconds",
                  "Time that requests waited before they were sent.", labels, 1,
                  &waited, error);
  if (code != WATS_OK) return code;
  m->retries = wats_family_child(counted, NULL, 0);
  m->waited = wats_family_child(waited, &retry, 1);
  m->limited = wats_family_child(waited, &limiter, 1);
  if (!m->retries || !m->waited || !m->limited) return wats_fail_memory(error);
  return WATS_OK;
}

static enum wats_errc refusals(struct wats_client_metrics *m,
                               struct wats_error *error)
{
  static const char *const labels[] = {"by"};
  static const struct wats_text breaker = {"breaker", 7},
                                limiter = {"limiter", 7};
  struct wats_family *f;
  enum wats_errc code =
      family(m, WATS_METRIC_COUNTER, "wats_http_refused_total",
             "Exchanges not begun, since the circuit breaker was open or the "
             "rate limit would have made them wait too long.",
             labels, 1, &f, error);
  if (code != WATS_OK) return code;
  m->refused_by_breaker = wats_family_child(f, &breaker, 1);
  m->refused_by_limiter = wats_family_child(f, &limiter, 1);
  if (!m->refused_by_breaker || !m->refused_by_limiter)
    return wats_fail_memory(error);
  return WATS_OK;
}

enum wats_errc wats_client_metrics_init(struct wats_client_metrics *m,
                                        struct wats_registry *registry,
                                        struct wats_error *error)
{
  static const char *const labels[] = {"method", "route", "status"};
  enum wats_errc code;
  memset(m, 0, sizeof *m);
  if (!registry) return WATS_OK;
  m->registry = wats_registry_retain(registry);
  code = family(m, WATS_METRIC_COUNTER, "wats_http_requests_total",
                "Exchanges with the server, by status code or error kind.",
                labels, 3, &m->requests, error);
  if (code == WATS_OK)
    code =
        family(m, WATS_METRIC_HISTOGRAM, "wats_http_request_duration_seconds",
               "Time from sending a request to the end of its answer.", labels,
               2, &m->duration, error);
  if (code == WATS_OK) code = in_flight(m, error);
  if (code == WATS_OK) code = connections(m, error);
  if (code == WATS_OK) code = retries(m, error);
  if (code == WATS_OK) code = refusals(m, error);
  if (code != WATS_OK) wats_client_metrics_free(m);
  return code;
}

static enum wats_errc turns(struct wats_client_metrics *m,
                            struct wats_text server, struct wats_error *error)
{
  static const char *const labels[] = {"server", "state"};
  struct wats_family *f;
  enum wats_errc code =
      family(m, WATS_METRIC_COUNTER, "wats_breaker_transitions_total",
             "How often the circuit breaker of a server came to a state.",
             labels, 2, &f, error);
  int i;
  for (i = WATS_CIRCUIT_CLOSED; code == WATS_OK && i <= WATS_CIRCUIT_OPEN;
       i++) {
    const char *name = wats_circuit_state_name((enum wats_circuit_state)i);
    struct wats_text values[] = {server, {name, strlen(name)}};
    m->turns[i] = wats_family_child(f, values, 2);
    if (!m->turns[i]) return wats_fail_memory(error);
  }
  return code;
}

enum wats_errc wats_client_metrics_breaker(struct wats_client_metrics *m,
                                           const char *base_url,
                                           struct wats_error *error)
{
  static const char *const labels[] = {"server"};
  struct wats_text server = {base_url, strlen(base_url)};
  struct wats_family *f;
  enum wats_errc code =
      family(m, WATS_METRIC_GAUGE, "wats_breaker_state",
             "Circuit breaker of a server: 0 closed, 1 half-open, 2 open.",
             labels, 1, &f, error);
  if (code != WATS_OK) return code;
  m->breaker = wats_family_child(f, &server, 1);
  if (!m->breaker) return wats_fail_memory(error);
  return turns(m, server, error);
}

void wats_client_metrics_free(struct wats_client_metrics *m)
{
  if (m->registry) wats_registry_release(m->registry);
  memset(m, 0, sizeof *m);
}

void wats_client_metrics_begin(const struct wats_client_metrics *m)
{
  if (m->registry) wats_gauge_add(m->in_flight, 1);
}

static struct wats_text method_label(const char *method)
{
  static const char *const known[] = {"GET",    "POST", "PUT",    "PATCH",
                                      "DELETE", "HEAD", "OPTIONS"};
  size_t i;
  for (i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(known[i], method) == 0)
      return (struct wats_text){known[i], strlen(known[i])};
  return (struct wats_text){"other", 5};
}

static void count_request(const struct wats_client_metrics *m,
                          struct wats_text *labels, const char *status)
{
  struct wats_metric *child;
  labels[2] = (struct wats_text){status, strlen(status)};
  child = wats_family_child(m->requests, labels, 3);
  if (child) wats_counter_inc(child);
}

/* Three digits: an answer has no other status. */
static void write_status(char *out, int status)
{
  out[0] = (char)('0' + status / 100 % 10);
  out[1] = (char)('0' + status / 10 % 10);
  out[2] = (char)('0' + status % 10);
  out[3] = '\0';
}

void wats_client_metrics_end(const struct wats_client_metrics *m,
                             const char *method, const char *route,
                             enum wats_errc code,
                             const struct wats_transfer_result *result)
{
  char number[4];
  struct wats_text labels[3];
  struct wats_metric *child;
  unsigned repeated;
  if (!m->registry) return;
  wats_gauge_add(m->in_flight, -1);
  if (!result->tried) return;
  if (result->connected)
    wats_counter_inc(result->connection_reused ? m->connections_reused
                                               : m->connections_new);
  labels[0] = method_label(method);
  labels[1] = (struct wats_text){route, strlen(route)};
  for (repeated = result->sends; repeated > 1; repeated--) {
    count_request(m, labels, wats_errc_name(WATS_ERR_CONNECTION));
    wats_counter_inc(m->connections_reused);
  }
  if (result->response) write_status(number, result->response->status);
  count_request(m, labels, result->response ? number : wats_errc_name(code));
  child = wats_family_child(m->duration, labels, 2);
  if (child) wats_histogram_observe(child, (double)result->elapsed_ns / 1e9);
}

void wats_client_metrics_waited(const struct wats_client_metrics *m,
                                int64_t waited_ns)
{
  if (!m->registry) return;
  wats_counter_inc(m->retries);
  wats_histogram_observe(m->waited, (double)waited_ns / 1e9);
}

void wats_client_metrics_limited(const struct wats_client_metrics *m,
                                 int64_t waited_ns)
{
  if (m->registry) wats_histogram_observe(m->limited, (double)waited_ns / 1e9);
}

void wats_client_metrics_refused(const struct wats_client_metrics *m,
                                 enum wats_errc code)
{
  if (!m->registry) return;
  wats_counter_inc(code == WATS_ERR_RATE_LIMITED ? m->refused_by_limiter
                                                 : m->refused_by_breaker);
}

void wats_client_metrics_turned(const struct wats_client_metrics *m,
                                enum wats_circuit_state state)
{
  if (m->registry) wats_counter_inc(m->turns[state]);
}
