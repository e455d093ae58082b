/*
** client_perform.c - one request, from target to answer; see client.h.
**
** cache -> exchange (-> same-origin redirects) -> cache -> figures, for a call
** that client_request.c has made.
*/
#include <string.h>

#include "client_call.h"

/* Followed within one request; more is a loop. */
#define MAX_REDIRECTS 5

/* ---- exchanges -------------------------------------------------------- */

static const char *route_label(const struct wats_call *c)
{
  if (c->request->route) return c->request->route;
  return c->operation ? c->operation->path : "other";
}

/* What never came to the network is no exchange. */
static void note(struct wats_call *c, enum wats_errc code,
                 const struct wats_transfer_result *t)
{
  struct wats_client *client = c->client;
  unsigned sends = t->sends ? t->sends : t->tried; /* 1: found no server */
  c->result->attempts += sends;
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
  wats_client_metrics_end(&client->metrics, c->request->method, route_label(c),
                          code, t);
}

/* May it be sent again when nobody knows whether the server has done it? */
static bool is_idempotent(const struct wats_call *c)
{
  return c->operation ? c->operation->idempotent
                      : c->method <= WATS_METHOD_DELETE;
}

static enum wats_errc exchange(struct wats_call *c, const char *url,
                               const struct wats_headers *headers,
                               struct wats_response **out)
{
  const struct wats_request *r = c->request;
  struct wats_transfer_result t;
  enum wats_errc code;
  int64_t left = c->deadline_ns - wats_clock_monotonic(c->client->clock);
  struct wats_transfer transfer = {
      .profile = c->client->profile,
      .method = r->method,
      .url = url,
      .headers = headers,
      .body = r->body,
      .body_length = r->body_length,
      .max_body = r->max_body ? r->max_body : c->client->max_body,
      .decompress = !r->raw_encoding,
      .once = !is_idempotent(c)};
  if (left <= 0)
    return wats_fail(c->error, WATS_ERR_TIMEOUT,
                     "no time was left for another exchange");
  transfer.timeout_ns = left < c->client->attempt_timeout_ns
                            ? left
                            : c->client->attempt_timeout_ns;
  atomic_fetch_add(&c->client->in_flight, 1);
  wats_client_metrics_begin(&c->client->metrics);
  code = wats_transfer_perform(&transfer, &t, c->error);
  note(c, code, &t);
  *out = t.response;
  return code;
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

/*
** A condition of ours is about the answer stored for the first URL: elsewhere
** only the caller's own fields are sent, or a 304 might confirm what was never
** had from there.
*/
static enum wats_errc follow(struct wats_call *c, struct wats_response **answer)
{
  struct wats_buffer from, to;
  enum wats_errc code = WATS_OK;
  int hops;
  wats_buffer_init(&from, 0);
  wats_buffer_init(&to, 0);
  if (wats_buffer_append_string(&from, wats_call_url(c)) != WATS_OK ||
      wats_buffer_terminate(&from) != WATS_OK)
    code = wats_fail_memory(c->error);
  for (hops = 0; code == WATS_OK && *answer && hops < MAX_REDIRECTS; hops++) {
    struct wats_buffer swap = from;
    code = next_hop(c, from.data, *answer, &to);
    if (code != WATS_OK || to.length == 0) break;
    wats_response_release(*answer);
    *answer = NULL;
    from = to;
    to = swap;
    c->redirected = true;
    code = exchange(c, from.data, c->request->headers, answer);
  }
  wats_buffer_free(&from);
  wats_buffer_free(&to);
  return code;
}

static bool is_redirect(const struct wats_response *answer)
{
  return answer && answer->status >= 300 && answer->status < 400 &&
         answer->status != 304;
}

/* An answer that is no redirect, or one that we do not follow. */
static enum wats_errc ask(struct wats_call *c,
                          const struct wats_headers *headers,
                          struct wats_response **answer)
{
  enum wats_errc code = exchange(c, wats_call_url(c), headers, answer);
  if (is_redirect(*answer)) code = follow(c, answer);
  if (code != WATS_OK) {
    wats_response_release(*answer);
    *answer = NULL;
  }
  return code;
}

/* ---- the cache -------------------------------------------------------- */

static bool is_write(const struct wats_call *c)
{
  if (c->operation && c->operation->pure_query) return false;
  if (c->operation && c->operation->stale) return true;
  return c->method > WATS_METHOD_TRACE;
}

/* Why the cache is not even looked into; NULL when it is. */
static const char *bypass_reason(const struct wats_call *c)
{
  if (!c->client->cache) return "the client stores nothing";
  if (c->method != WATS_METHOD_GET) return "only GET is cached";
  if (c->request->cache_mode == WATS_CACHE_BYPASS)
    return "the caller asked for it";
  if (is_write(c)) return "the operation changes something";
  if (c->target.dots) return "the path has an encoded dot segment";
  return NULL;
}

static enum wats_errc conditional_headers(const struct wats_call *c,
                                          const struct wats_cache_found *found,
                                          struct wats_headers *out)
{
  enum wats_errc code = WATS_OK;
  wats_headers_init(out, 0);
  if (c->request->headers) code = wats_headers_copy(out, c->request->headers);
  if (code == WATS_OK && found->etag)
    code = wats_headers_set(out, "If-None-Match", found->etag);
  if (code == WATS_OK && found->last_modified)
    code = wats_headers_set(out, "If-Modified-Since", found->last_modified);
  return code;
}

static void take_answer(struct wats_call *c, struct wats_response *answer,
                        const char *miss_reason)
{
  const char *refused = NULL;
  c->result->response = answer;
  c->result->cache_status = WATS_STATUS_MISS;
  c->result->cache_reason = miss_reason;
  /* What a redirect led to is fresh by the redirect's rules as well. */
  if (c->redirected)
    c->result->cache_reason = "a redirect was followed";
  else if (!wats_http_cache_store(c->client->cache, &c->cache_request,
                                  &c->ticket, answer, &refused) &&
           refused)
    c->result->cache_reason = refused;
}

static enum wats_errc revalidate(struct wats_call *c,
                                 const struct wats_cache_found *found)
{
  struct wats_headers headers;
  struct wats_response *answer = NULL, *fresh;
  enum wats_errc code = conditional_headers(c, found, &headers);
  if (code != WATS_OK)
    code = wats_fail_memory(c->error);
  else
    code = ask(c, &headers, &answer);
  wats_headers_free(&headers);
  if (!answer) return code;
  if (answer->status != 304 || c->redirected) {
    take_answer(c, answer, found->reason);
    return WATS_OK;
  }
  fresh = wats_http_cache_validated(c->client->cache, &c->cache_request,
                                    &c->ticket, found->response, answer);
  wats_response_release(answer);
  if (!fresh) return wats_fail_memory(c->error);
  c->result->response = fresh;
  c->result->cache_status = WATS_STATUS_REVALIDATED;
  c->result->cache_reason = found->reason;
  c->result->age_s = 0;
  return WATS_OK;
}

/* only-if-cached and not there (RFC 9111, section 5.2.1.7). */
static enum wats_errc not_there(struct wats_call *c,
                                enum wats_cache_status status,
                                const char *reason)
{
  struct wats_response *answer = wats_response_create();
  if (!answer) return wats_fail_memory(c->error);
  answer->status = 504;
  answer->http_version = 11;
  c->result->response = answer;
  c->result->cache_status = status;
  c->result->cache_reason = reason;
  return WATS_OK;
}

/* The cache keeps out of it, or has nothing that would do. */
static enum wats_errc ask_and_store(struct wats_call *c, bool abstain,
                                    const char *reason)
{
  struct wats_response *answer = NULL;
  enum wats_errc code = ask(c, c->request->headers, &answer);
  if (code != WATS_OK) return code;
  if (!abstain) {
    take_answer(c, answer, reason);
    return WATS_OK;
  }
  c->result->response = answer;
  c->result->cache_status = WATS_STATUS_BYPASS;
  c->result->cache_reason = reason;
  return WATS_OK;
}

static enum wats_errc perform_cached(struct wats_call *c)
{
  struct wats_cache_found found = {0};
  enum wats_errc code;
  enum wats_cache_verdict verdict = wats_http_cache_begin(
      c->client->cache, &c->cache_request,
      c->request->cache_mode == WATS_CACHE_REFRESH, &c->ticket, &found);
  if (verdict == WATS_CACHE_FRESH) {
    c->result->response = found.response;
    c->result->cache_status = WATS_STATUS_HIT;
    c->result->cache_reason = found.reason;
    c->result->age_s = found.age_s;
    return WATS_OK;
  }
  if (c->request->cache_mode == WATS_CACHE_ONLY || found.only_if_cached)
    code = not_there(c, WATS_STATUS_MISS, found.reason);
  else if (verdict == WATS_CACHE_STALE)
    code = revalidate(c, &found);
  else
    code = ask_and_store(c, verdict == WATS_CACHE_ABSTAIN, found.reason);
  wats_response_release(found.response);
  return code;
}

/* ---- writes ----------------------------------------------------------- */

/* Did it take effect, or may it have? Then what it concerns is dropped. */
static bool may_have_applied(enum wats_errc code,
                             const struct wats_response *answer)
{
  if (code != WATS_OK || !answer) return true;
  return (answer->status >= 200 && answer->status < 400) ||
         answer->status == 502 || answer->status == 504;
}

/*
** Where a write went elsewhere than its path says, the operation table does not
** know what it concerned: then nothing that is stored counts any longer.
*/
static void settle_write(struct wats_call *c, struct wats_cache_write *write,
                         bool applied)
{
  wats_http_cache_write_end(c->client->cache, write, applied);
  if (applied && (c->redirected || c->target.dots))
    wats_http_cache_invalidate(c->client->cache, NULL, 0);
}

static enum wats_errc perform_uncached(struct wats_call *c)
{
  struct wats_cache_write write = {0};
  struct wats_response *answer = NULL;
  bool guarded = c->client->cache && is_write(c);
  enum wats_errc code;
  if (guarded)
    wats_http_cache_write_begin(c->client->cache, c->operation,
                                c->cache_request.path,
                                c->cache_request.path_length, &write);
  code = ask(c, c->request->headers, &answer);
  if (guarded) settle_write(c, &write, may_have_applied(code, answer));
  c->result->response = answer;
  return code;
}

static enum wats_errc perform_prepared(struct wats_call *c)
{
  struct wats_client *client = c->client;
  const char *reason = bypass_reason(c);
  enum wats_errc code;
  atomic_fetch_add_explicit(&client->requests, 1, memory_order_relaxed);
  c->result->cache_reason = reason;
  if (!reason)
    code = perform_cached(c);
  else if (c->request->cache_mode == WATS_CACHE_ONLY)
    code = not_there(c, WATS_STATUS_BYPASS, reason);
  else
    code = perform_uncached(c);
  if (code != WATS_OK)
    atomic_fetch_add_explicit(&client->failures, 1, memory_order_relaxed);
  return code;
}

enum wats_errc wats_client_perform(struct wats_client *client,
                                   const struct wats_request *request,
                                   struct wats_result *result,
                                   struct wats_error *error)
{
  struct wats_call c = {
      .client = client, .request = request, .result = result, .error = error};
  enum wats_errc code;
  memset(result, 0, sizeof *result);
  result->age_s = -1;
  c.started_ns = wats_clock_monotonic(client->clock);
  wats_buffer_init(&c.text, 0);
  code = wats_call_prepare(&c);
  if (code == WATS_OK) code = perform_prepared(&c);
  wats_buffer_free(&c.text);
  result->elapsed_ns = wats_clock_monotonic(client->clock) - c.started_ns;
  return code;
}

static void explain_cached(struct wats_call *c, struct wats_explanation *out)
{
  static const enum wats_cache_status statuses[] = {
      [WATS_CACHE_MISS] = WATS_STATUS_MISS,
      [WATS_CACHE_FRESH] = WATS_STATUS_HIT,
      [WATS_CACHE_STALE] = WATS_STATUS_STALE,
      [WATS_CACHE_ABSTAIN] = WATS_STATUS_BYPASS};
  struct wats_cache_found found = {0};
  enum wats_cache_verdict verdict =
      wats_http_cache_explain(c->client->cache, &c->cache_request, &found);
  if (verdict == WATS_CACHE_FRESH &&
      c->request->cache_mode == WATS_CACHE_REFRESH)
    verdict = WATS_CACHE_STALE;
  out->status = statuses[verdict];
  out->reason = found.reason;
  out->lifetime_from = found.lifetime_from;
  out->age_s = found.age_s;
  out->lifetime_s = found.lifetime_s;
  out->fresh_for_s = found.fresh_for_s;
  wats_response_release(found.response);
}

enum wats_errc wats_client_explain(struct wats_client *client,
                                   const struct wats_request *request,
                                   struct wats_explanation *out,
                                   struct wats_error *error)
{
  struct wats_result result;
  struct wats_call c = {
      .client = client, .request = request, .result = &result, .error = error};
  enum wats_errc code;
  memset(out, 0, sizeof *out);
  c.started_ns = wats_clock_monotonic(client->clock);
  wats_buffer_init(&c.text, 0);
  code = wats_call_prepare(&c);
  if (code == WATS_OK) {
    out->reason = bypass_reason(&c);
    out->route = route_label(&c);
    if (!out->reason) explain_cached(&c, out);
  }
  wats_buffer_free(&c.text);
  return code;
}
