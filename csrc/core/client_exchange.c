/*
** client_exchange.c - a call's way to the server and back, along redirects; see
** client_call.h.
*/
#include <stddef.h>
#include <string.h>

#include "client_call.h"
#include "random.h"

/* Followed within one request; more is a loop. */
#define MAX_REDIRECTS 5

const char *wats_call_route(const struct wats_call *c)
{
  if (c->request->route) return c->request->route;
  return c->operation ? c->operation->path : "other";
}

/* May it be sent again when nobody knows whether the server has done it? */
static bool is_idempotent(const struct wats_call *c)
{
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
  c->result->repeatable = t->sends == 0 || is_idempotent(c);
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

/* ---- steps -------------------------------------------------------------- */

static enum wats_errc dress(struct wats_call *c, const char *url,
                            const struct wats_headers *headers)
{
  const struct wats_request *r = c->request;
  const struct wats_client *client = c->client;
  int64_t left = c->deadline_ns - wats_clock_monotonic(client->clock);
  if (left <= 0)
    return wats_fail(c->error, WATS_ERR_TIMEOUT,
                     "no time was left for another exchange");
  c->transfer = (struct wats_transfer){
      .profile = client->profile,
      .method = r->method,
      .url = url,
      .headers = headers,
      .body = r->body,
      .body_length = r->body_length,
      .timeout_ns =
          left < client->attempt_timeout_ns ? left : client->attempt_timeout_ns,
      .max_body = r->max_body ? r->max_body : client->max_body,
      .decompress = !r->raw_encoding,
      .once = !is_idempotent(c)};
  return WATS_OK;
}

static bool ask_at(struct wats_call *c, const char *url,
                   const struct wats_headers *headers)
{
  enum wats_errc code = dress(c, url, headers);
  if (code != WATS_OK) return c->then(c, code, NULL);
  c->url = url;
  atomic_fetch_add(&c->client->in_flight, 1);
  wats_client_metrics_begin(&c->client->metrics);
  code = wats_exchange_start(&c->exchange);
  if (code == WATS_OK) return false; /* the driver's by now */
  note(c, code, &c->exchange.result);
  return c->then(c, code, NULL);
}

/*
** A condition of ours is about the answer stored for the first URL: elsewhere
** only the caller's own fields are sent, or a 304 might confirm what was never
** had from there.
*/
static bool go_there(struct wats_call *c, struct wats_response *answer)
{
  struct wats_buffer swap = c->location;
  wats_response_release(answer);
  c->location = c->next_location;
  c->next_location = swap;
  c->redirected = true;
  c->hops++;
  return ask_at(c, c->location.data, c->request->headers);
}

/* ---- another attempt ---------------------------------------------------- */

static int64_t retry_after(const struct wats_call *c,
                           const struct wats_response *answer)
{
  if (!answer) return -1;
  return wats_retry_after(wats_headers_get(&answer->headers, "Retry-After"),
                          wats_headers_get(&answer->headers, "Date"),
                          wats_clock_wall(c->client->clock) / WATS_NS_PER_S);
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
  o.now_ns = wats_clock_monotonic(c->client->clock);
  (void)wats_random_bytes(&o.random, sizeof o.random, NULL);
  d = wats_upstream_retry(c->client->upstream, &c->client->retry, &o);
  c->waited_ns = d.delay_ns;
  return d.retry;
}

static bool has_failed(enum wats_errc code, const struct wats_response *answer)
{
  return code != WATS_OK || answer->status == 408 || answer->status == 429 ||
         answer->status >= 500;
}

static enum wats_errc why_not(struct wats_call *c, CURLcode code)
{
  return code == CURLE_OUT_OF_MEMORY
             ? wats_fail_memory(c->error)
             : wats_fail(c->error, WATS_ERR_CANCELLED, "cancelled");
}

static void on_timer(struct wats_job *job, CURLcode code)
{
  struct wats_call *c =
      (struct wats_call *)((char *)job - offsetof(struct wats_call, timer));
  bool over;
  if (code == CURLE_OK) {
    atomic_fetch_add(&c->client->retries, 1);
    wats_client_metrics_waited(&c->client->metrics, c->waited_ns);
    over = ask_at(c, c->url, c->transfer.headers);
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
           decide_retry(c, code, answer))
    return wait_and_ask(c, answer);
  return c->then(c, code, answer);
}

static bool answered(struct wats_call *c, enum wats_errc code,
                     struct wats_response *answer)
{
  if (!is_redirect(answer) || c->hops == MAX_REDIRECTS)
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
  x->result.response = NULL; /* handed on */
  if (answered(c, x->code, answer)) c->done(c);
}

bool wats_call_ask(struct wats_call *c, const struct wats_headers *headers,
                   wats_call_step then)
{
  memset(&c->timer, 0, sizeof *c - offsetof(struct wats_call, timer));
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
}
