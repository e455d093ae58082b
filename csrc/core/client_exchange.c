/*
** client_exchange.c - a call's way to the server and back, along redirects; see
** client_call.h.
*/
#include <stddef.h>
#include <string.h>

#include "client_call.h"
#include "client_flights.h"
#include "log.h"
#include "random.h"
#include "url_conceal.h"

/* Followed within one request; more is a loop. */
#define MAX_REDIRECTS 5

/* How long all wait after a 429 that does not say it. */
#define TOO_MANY_NS WATS_NS_PER_S

const char *wats_call_route(const struct wats_call *c)
{
  if (c->request->route) return c->request->route;
  return c->operation ? c->operation->path : "other";
}

/* May it be sent again when nobody knows whether the server has done it? */
static bool is_idempotent(const struct wats_call *c)
{
  if (c->request->once) return false;
  if (c->request->idempotent) return true;
  if (c->target.ambiguous) return false; /* who knows what it does there */
  return c->operation ? c->operation->idempotent
                      : c->method <= WATS_METHOD_DELETE;
}

/* What never came to the network is no exchange. */
static void note(struct wats_call *c, enum wats_errc code,
                 const struct wats_transfer_result *t)
{
  struct wats_client *client = c->client;
  unsigned sends = t->sends ? t->sends : t->tried; /* 1: found no server */
  c->result->attempts += sends;
  c->result->bytes_sent += t->bytes_sent;
  c->result->bytes_received += t->bytes_received;
  c->result->repeatable = t->sends == 0 || is_idempotent(c);
  c->went_out |= t->sends > 0;
  atomic_fetch_sub(&client->in_flight, 1);
  atomic_fetch_add(&client->exchanges, sends);
  atomic_fetch_add(&client->bytes_sent, t->bytes_sent);
  atomic_fetch_add(&client->bytes_received, t->bytes_received);
  if (t->connected)
    atomic_fetch_add(t->connection_reused ? &client->connections_reused
                                          : &client->connections_new,
                     1);
  /* libcurl repeats only what went into a kept connection that was dead. */
  if (sends > 1) atomic_fetch_add(&client->connections_reused, sends - 1);
  wats_client_metrics_end(&client->metrics, c->request->method,
                          wats_call_route(c), code, t);
}

/*
** 307 and 308 keep the method; 301 and 302 would turn a POST into a GET for
** historical reasons, and a 303 always: only a GET or HEAD follows those.
*/
static bool may_follow(const struct wats_call *c, int status)
{
  if (status == 307 || status == 308) return true;
  return (status == 301 || status == 302 || status == 303) &&
         (c->method == WATS_METHOD_GET || c->method == WATS_METHOD_HEAD);
}

/* Where the answer leads; empty when we do not go there. */
static enum wats_errc next_hop(const struct wats_call *c, const char *from,
                               const struct wats_response *answer,
                               struct wats_buffer *to)
{
  const char *location = wats_headers_get(&answer->headers, "Location");
  enum wats_errc code;
  wats_buffer_clear(to);
  if (!may_follow(c, answer->status) || !location) return WATS_OK;
  code = wats_url_resolve_same_origin(from, location, to);
  return code == WATS_ERR_MEMORY ? wats_fail_memory(c->error) : WATS_OK;
}

static bool is_redirect(const struct wats_response *answer)
{
  return answer && answer->status >= 300 && answer->status < 400 &&
         answer->status != 304;
}

static int64_t now(const struct wats_call *c)
{
  return wats_clock_monotonic(c->client->clock);
}

/* -1: it says nothing. */
static int64_t retry_after(const struct wats_call *c,
                           const struct wats_response *answer)
{
  if (!answer) return -1;
  return wats_retry_after(wats_headers_get(&answer->headers, "Retry-After"),
                          wats_headers_get(&answer->headers, "Date"),
                          wats_clock_wall(c->client->clock) / WATS_NS_PER_S);
}

static struct wats_call *call_of(struct wats_job *timer)
{
  return (struct wats_call *)((char *)timer -
                              offsetof(struct wats_call, timer));
}

static enum wats_errc why_not(struct wats_call *c, CURLcode code)
{
  return code == CURLE_OUT_OF_MEMORY
             ? wats_fail_memory(c->error)
             : wats_fail(c->error, WATS_ERR_CANCELLED, "cancelled");
}

static void withdraw(struct wats_call *c)
{
  wats_upstream_withdraw(c->client->upstream, now(c), &c->admission);
}

/* ---- steps -------------------------------------------------------------- */

/* The server takes internal calls only from who names one of its own pages. */
static const char *referer_of(const struct wats_call *c)
{
  const struct wats_cache_request *r = &c->cache_request;
  return wats_path_is_internal(r->path, r->path_length) ? c->client->base.text
                                                        : NULL;
}

static enum wats_errc dress(struct wats_call *c, const char *url,
                            const struct wats_headers *headers)
{
  const struct wats_request *r = c->request;
  const struct wats_client *client = c->client;
  int64_t left = c->deadline_ns - now(c);
  if (left <= 0)
    return wats_fail(c->error, WATS_ERR_TIMEOUT,
                     "no time was left for another exchange");
  c->transfer = (struct wats_transfer){
      .profile = client->profile,
      .method = r->method,
      .url = url,
      .headers = headers,
      .request_id = wats_call_own_id(r) ? NULL : c->result->request_id,
      .referer = referer_of(c),
      .body = r->body,
      .body_length = r->body_length,
      .timeout_ns =
          left < client->attempt_timeout_ns ? left : client->attempt_timeout_ns,
      .max_body = r->max_body ? r->max_body : client->max_body,
      .decompress = !r->raw_encoding,
      .stream = c->stream,
      .once = !is_idempotent(c) || (r->streaming && r->streaming->source)};
  return WATS_OK;
}

static bool go(struct wats_call *c)
{
  enum wats_errc code = dress(c, c->url, c->sent);
  if (code != WATS_OK) {
    withdraw(c);
    return c->then(c, code, NULL);
  }
  if (c->stream) wats_stream_begin_again(c->stream);
  atomic_fetch_add(&c->client->in_flight, 1);
  wats_client_metrics_begin(&c->client->metrics);
  code = wats_exchange_start(&c->exchange);
  if (code == WATS_OK) return false; /* the driver's by now */
  note(c, code, &c->exchange.result);
  withdraw(c);
  return c->then(c, code, NULL);
}

/* ---- admission ---------------------------------------------------------- */

static enum wats_errc say_refusal(struct wats_call *c, enum wats_errc code)
{
  int64_t wait_ns = c->admission.wait_ns;
  if (wait_ns > 0) c->result->retry_after_ns = wait_ns;
  if (code == WATS_ERR_RATE_LIMITED)
    return wats_fail(c->error, code,
                     "not sent: the rate limit would make it wait for %.3g s, "
                     "longer than max_wait",
                     (double)wait_ns / 1e9);
  if (wait_ns > 0)
    return wats_fail(c->error, code,
                     "not sent: the server has failed too often of late; "
                     "it is asked again in %.3g s",
                     (double)wait_ns / 1e9);
  return wats_fail(c->error, code,
                   "not sent: the server has failed too often of late, and is "
                   "being asked whether it is back");
}

static void on_turn(struct wats_job *job, CURLcode code);

static bool wait_for_turn(struct wats_call *c)
{
  enum wats_errc code;
  c->timer.start_ns = wats_time_add(wats_clock_monotonic(&wats_system_clock),
                                    c->admission.wait_ns);
  c->timer.done = on_turn;
  wats_flight_hold(c, true);
  code = wats_engine_submit(&c->timer, c->caller_waits);
  if (code == WATS_OK) return false;
  withdraw(c);
  return c->then(c, wats_fail(c->error, code, "the engine cannot be started"),
                 NULL);
}

/* Waiting for a permit is not part of the request's own time. */
static void forgive_wait(struct wats_call *c)
{
  int64_t waited_ns = c->admission.waited_ns;
  if (waited_ns <= 0) return;
  c->deadline_ns = wats_time_add(c->deadline_ns, waited_ns);
  wats_client_metrics_limited(&c->client->metrics, waited_ns);
}

/* What was just asked of the breaker, or told it, may have turned it. */
static void note_turn(const struct wats_call *c)
{
  if (c->admission.turned)
    wats_client_metrics_turned(&c->client->metrics, c->admission.state);
}

static bool refuse(struct wats_call *c, enum wats_errc code)
{
  wats_client_metrics_refused(&c->client->metrics, code);
  return c->then(c, say_refusal(c, code), NULL);
}

static bool enter(struct wats_call *c)
{
  enum wats_errc code =
      wats_upstream_admit(c->client->upstream, now(c), &c->admission);
  note_turn(c);
  if (code != WATS_OK) return refuse(c, code);
  if (c->admission.wait_ns > 0 && c->unawaited) {
    code = say_refusal(c, WATS_ERR_RATE_LIMITED);
    withdraw(c);
    wats_client_metrics_refused(&c->client->metrics, code);
    return c->then(c, code, NULL);
  }
  if (c->admission.wait_ns > 0) return wait_for_turn(c);
  forgive_wait(c);
  return go(c);
}

static void on_turn(struct wats_job *job, CURLcode code)
{
  struct wats_call *c = call_of(job);
  bool over;
  wats_flight_hold(c, false);
  if (code == CURLE_OK)
    over = enter(c);
  else {
    withdraw(c);
    over = c->then(c, why_not(c, code), NULL);
  }
  if (over) c->done(c);
}

static bool ask_at(struct wats_call *c, const char *url,
                   const struct wats_headers *headers)
{
  c->url = url;
  c->sent = headers;
  return enter(c);
}

/*
** A time-out of a request that had little time, of its own or because it had to
** wait for a connection, says more of the request than of the server.
*/
static bool had_time(const struct wats_call *c)
{
  const struct wats_client *client = c->client;
  int64_t timeout_ns = c->transfer.timeout_ns;
  int64_t waited_ns = c->exchange.result.waited_ns;
  int64_t usual = client->timeout_ns < client->attempt_timeout_ns
                      ? client->timeout_ns
                      : client->attempt_timeout_ns;
  return timeout_ns - waited_ns >= WATS_NS_PER_S ||
         (timeout_ns >= usual && waited_ns <= timeout_ns / 2);
}

/* It was asked and began to answer: that is no door that nobody opens. */
static bool was_heard(const struct wats_call *c)
{
  const struct wats_transfer_result *t = &c->exchange.result;
  return t->sends > 0 && t->bytes_received > 0;
}

/* What the exchange shows of the server, to all who share it. */
static void report(struct wats_call *c, enum wats_errc code,
                   const struct wats_response *answer)
{
  struct wats_upstream *upstream = c->client->upstream;
  enum wats_circuit_outcome outcome =
      wats_circuit_outcome_of(code, answer ? answer->status : 0);
  int64_t time = now(c);
  if (outcome == WATS_CIRCUIT_TIMEOUT && !had_time(c))
    outcome = WATS_CIRCUIT_NEUTRAL;
  if (outcome == WATS_CIRCUIT_NO_CONNECTION && was_heard(c))
    outcome = WATS_CIRCUIT_FAILURE;
  wats_upstream_report(upstream, time, &c->admission, outcome);
  note_turn(c);
  if (outcome != WATS_CIRCUIT_NEUTRAL || code == WATS_ERR_TLS)
    wats_upstream_note(upstream, time,
                       outcome == WATS_CIRCUIT_SUCCESS ||
                           outcome == WATS_CIRCUIT_REFUSED);
  if (answer && answer->status == 429) {
    int64_t wait_ns = retry_after(c, answer);
    wats_upstream_pause_until(
        upstream, time,
        wats_time_add(time, wait_ns < 0 ? TOO_MANY_NS : wait_ns));
  }
}

/*
** A condition of ours is about the answer stored for the first URL: elsewhere
** only the caller's own fields are sent, or a 304 might confirm what was never
** had from there.
*/
static bool go_there(struct wats_call *c, struct wats_response *answer)
{
  struct wats_buffer swap = c->location;
  wats_flight_shut(c);
  wats_response_release(answer);
  c->location = c->next_location;
  c->next_location = swap;
  c->redirected = true;
  c->hops++;
  return ask_at(c, c->location.data, c->request->headers);
}

/* ---- another attempt ---------------------------------------------------- */

/* `answer` is NULL with a code. */
static void log_retry(const struct wats_call *c, enum wats_errc code,
                      const struct wats_response *answer,
                      const struct wats_retry_decision *d)
{
  struct wats_buffer url;
  struct wats_log_field fields[7];
  if (!wats_log_heard()) return;
  wats_buffer_init(&url, 0);
  (void)wats_url_conceal(c->url, c->client->token, &url);
  fields[0] = wats_log_text("method", c->request->method);
  fields[1] = wats_log_integer("attempt", c->attempt);
  fields[2] = wats_log_number("delay", (double)d->delay_ns / 1e9);
  fields[3] = wats_log_text("reason", d->reason);
  fields[4] = answer ? wats_log_integer("status", answer->status)
                     : wats_log_text("error", wats_errc_name(code));
  fields[5] = wats_log_text("request_id", c->result->request_id);
  fields[6] = wats_log_text("url", url.data);
  wats_log(WATS_LOG_WARN, c->request->log, "a failed attempt is sent again",
           fields, 7);
  wats_buffer_free(&url);
}

static bool decide_retry(struct wats_call *c, enum wats_errc code,
                         const struct wats_response *answer)
{
  struct wats_retry_outcome o = {.attempt = c->attempt,
                                 .code = code,
                                 .status = answer ? answer->status : 0,
                                 .repeatable = c->result->repeatable,
                                 .retry_after_ns = retry_after(c, answer),
                                 .deadline_ns = c->deadline_ns};
  struct wats_retry_decision d;
  o.now_ns = now(c);
  (void)wats_random_bytes(&o.random, sizeof o.random, NULL);
  d = wats_upstream_retry(c->client->upstream, &c->client->retry, &o);
  c->waited_ns = d.delay_ns;
  if (d.retry) log_retry(c, code, answer, &d);
  return d.retry;
}

/* What went out or came in cannot be taken back. */
static bool is_spent(const struct wats_call *c)
{
  return c->stream && wats_stream_is_spent(c->stream);
}

static bool has_failed(enum wats_errc code, const struct wats_response *answer)
{
  return code != WATS_OK || answer->status == 408 || answer->status == 429 ||
         answer->status >= 500;
}

static void on_timer(struct wats_job *job, CURLcode code)
{
  struct wats_call *c = call_of(job);
  bool over;
  if (code == CURLE_OK) {
    atomic_fetch_add(&c->client->retries, 1);
    wats_client_metrics_waited(&c->client->metrics, c->waited_ns);
    over = enter(c);
  } else
    over = c->then(c, why_not(c, code), NULL);
  if (over) c->done(c);
}

/* What failed is let go; after the delay it is asked for again. */
static bool wait_and_ask(struct wats_call *c, struct wats_response *answer)
{
  enum wats_errc code;
  wats_response_release(answer);
  c->attempt++;
  c->timer.start_ns =
      wats_time_add(wats_clock_monotonic(&wats_system_clock), c->waited_ns);
  c->timer.done = on_timer;
  code = wats_engine_submit(&c->timer, c->caller_waits);
  if (code == WATS_OK) return false;
  return c->then(c, wats_fail(c->error, code, "the engine cannot be started"),
                 NULL);
}

static bool settled(struct wats_call *c, enum wats_errc code,
                    struct wats_response *answer)
{
  if (!has_failed(code, answer))
    wats_upstream_succeeded(c->client->upstream);
  else if (!c->request->no_retry && c->client->retry.max_attempts > 1 &&
           !is_spent(c) && decide_retry(c, code, answer))
    return wait_and_ask(c, answer);
  return c->then(c, code, answer);
}

static bool answered(struct wats_call *c, enum wats_errc code,
                     struct wats_response *answer)
{
  if (!is_redirect(answer) || c->hops == MAX_REDIRECTS || is_spent(c))
    return settled(c, code, answer);
  code = next_hop(c, c->url, answer, &c->next_location);
  if (code == WATS_OK && c->next_location.length) return go_there(c, answer);
  if (code == WATS_OK) return c->then(c, WATS_OK, answer);
  wats_response_release(answer);
  return c->then(c, code, NULL);
}

/* In whatever thread drives the engine. */
static void on_exchange_done(struct wats_exchange *x)
{
  struct wats_call *c = x->context;
  struct wats_response *answer = x->result.response;
  note(c, x->code, &x->result);
  report(c, x->code, answer);
  x->result.response = NULL; /* handed on */
  if (answered(c, x->code, answer)) c->done(c);
}

void wats_call_forget_exchange(struct wats_call *c)
{
  const struct wats_transfer_result nothing = {0};
  if (!c->ready || !c->exchange.handle) return;
  atomic_fetch_sub(&c->client->in_flight, 1);
  wats_client_metrics_end(&c->client->metrics, c->request->method,
                          wats_call_route(c), WATS_ERR_CANCELLED, &nothing);
}

bool wats_call_ask(struct wats_call *c, const struct wats_headers *headers,
                   wats_call_step then)
{
  wats_call_ready(c);
  wats_client_name_request(c->client, c->request, c->result->request_id);
  c->then = then;
  c->attempt = 1;
  c->exchange.transfer = &c->transfer;
  c->exchange.error = c->error;
  c->exchange.done = on_exchange_done;
  c->exchange.context = c;
  c->exchange.caller_waits = c->caller_waits;
  return ask_at(c, wats_call_url(c), headers);
}

void wats_call_cancel(struct wats_call *c)
{
  wats_exchange_cancel(&c->exchange);
  wats_engine_cancel(&c->timer);
  wats_engine_cancel(&c->passage.timer);
}
