/*
** client_perform.c - what is done about a call: cache, write guard, figures;
*see
** client_call.h for how it moves on.
*/
#include <stddef.h>
#include <string.h>

#include "client_call.h"
#include "client_flights.h"

/* How long a caller waits before it is seen whether he was interrupted. */
#define SLICE_NS (100 * WATS_NS_PER_MS)

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
  if (c->request->streaming &&
      (c->request->streaming->sink || c->request->streaming->source))
    return "the body is streamed";
  if (c->request->cache_mode == WATS_CACHE_BYPASS)
    return "the caller asked for it";
  if (is_write(c)) return "the operation changes something";
  if (c->target.ambiguous) return "the path can be read in two ways";
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

/* A broken answer is quoted, and may hold what it was asked with. */
static void conceal(struct wats_call *c, enum wats_errc code)
{
  struct wats_buffer shown;
  size_t length = c->error ? strlen(c->error->message) : 0;
  wats_buffer_init(&shown, 0);
  if (length &&
      wats_client_show_text(c->client, c->error->message, length, &shown) ==
          WATS_OK &&
      shown.length != length && wats_buffer_terminate(&shown) == WATS_OK)
    wats_fail(c->error, code, "%s", shown.data);
  wats_buffer_free(&shown);
}

/* It is over. */
static bool end(struct wats_call *c, enum wats_errc code)
{
  if (code != WATS_OK) conceal(c, code);
  wats_flight_land(c, code);
  c->code = code;
  if (code != WATS_OK)
    atomic_fetch_add_explicit(&c->client->failures, 1, memory_order_relaxed);
  c->result->elapsed_ns =
      wats_clock_monotonic(c->client->clock) - c->started_ns;
  return true;
}

/* What the caller would not take from the server he does not get from here. */
static enum wats_errc check_size(struct wats_call *c,
                                 const struct wats_response *stored)
{
  size_t most = c->request->max_body, length;
  wats_response_body(stored, &length);
  if (most == 0 || length <= most) return WATS_OK;
  return wats_fail(c->error, WATS_ERR_TOO_LARGE,
                   "the answer has more than max_body = %zu bytes", most);
}

static enum wats_errc take_confirmation(struct wats_call *c,
                                        struct wats_response *answer)
{
  struct wats_response *fresh =
      wats_http_cache_validated(c->client->cache, &c->cache_request, &c->ticket,
                                c->found.response, answer);
  enum wats_errc code;
  wats_response_release(answer);
  if (!fresh) return wats_fail_memory(c->error);
  code = check_size(c, fresh);
  if (code != WATS_OK) {
    wats_response_release(fresh);
    return code;
  }
  c->result->response = fresh;
  c->result->cache_status = WATS_STATUS_REVALIDATED;
  c->result->cache_reason = c->found.reason;
  c->result->age_s = 0;
  return WATS_OK;
}

static bool on_revalidated(struct wats_call *c, enum wats_errc code,
                           struct wats_response *answer)
{
  if (code != WATS_OK) return end(c, code);
  if (answer->status == 304 && !c->redirected)
    return end(c, take_confirmation(c, answer));
  take_answer(c, answer, c->found.reason);
  return end(c, WATS_OK);
}

static bool revalidate(struct wats_call *c)
{
  if (conditional_headers(c, &c->found, &c->conditional) != WATS_OK)
    return end(c, wats_fail_memory(c->error));
  return wats_call_ask(c, &c->conditional, on_revalidated);
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

/* The cache keeps out of it, or had nothing that would do. */
static bool on_fetched(struct wats_call *c, enum wats_errc code,
                       struct wats_response *answer)
{
  if (code != WATS_OK) return end(c, code);
  if (!c->abstain) {
    take_answer(c, answer, c->found.reason);
    return end(c, WATS_OK);
  }
  c->result->response = answer;
  c->result->cache_status = WATS_STATUS_BYPASS;
  c->result->cache_reason = c->found.reason;
  return end(c, WATS_OK);
}

static bool take_stored(struct wats_call *c)
{
  enum wats_errc code = check_size(c, c->found.response);
  if (code != WATS_OK) return end(c, code);
  c->result->response = c->found.response;
  c->found.response = NULL;
  c->result->cache_status = WATS_STATUS_HIT;
  c->result->cache_reason = c->found.reason;
  c->result->age_s = c->found.age_s;
  return end(c, WATS_OK);
}

static bool ask_server(struct wats_call *c)
{
  if (c->found.response) return revalidate(c);
  return wats_call_ask(c, c->request->headers, on_fetched);
}

/* Live state is asked for anew by everybody who wants to know. */
static bool may_share(const struct wats_call *c)
{
  return !c->abstain && !c->stream &&
         c->request->cache_mode == WATS_CACHE_DEFAULT &&
         !(c->operation && c->operation->volatility == WATS_VOLATILITY_LIVE);
}

static bool ask_with_others(struct wats_call *c);

static bool on_shared(struct wats_call *c, enum wats_errc code,
                      struct wats_response *answer)
{
  if (code == WATS_OK && c->passage.again) {
    wats_http_cache_ticket(c->client->cache, &c->ticket);
    return ask_with_others(c);
  }
  c->result->response = answer;
  c->result->cache_reason = "shared with a request that was under way";
  if (code == WATS_OK) code = check_size(c, answer);
  if (code != WATS_OK) {
    c->result->response = NULL;
    wats_response_release(answer);
  }
  return end(c, code);
}

static bool ask_with_others(struct wats_call *c)
{
  enum wats_boarding boarding;
  enum wats_errc code = wats_flight_board(c, on_shared, &boarding);
  if (code != WATS_OK) return end(c, code);
  return boarding == WATS_BOARDING_LEADS && ask_server(c);
}

static bool perform_cached(struct wats_call *c)
{
  enum wats_cache_verdict verdict = wats_http_cache_begin(
      c->client->cache, &c->cache_request,
      c->request->cache_mode == WATS_CACHE_REFRESH, &c->ticket, &c->found);
  if (verdict == WATS_CACHE_FRESH) return take_stored(c);
  if (c->request->cache_mode == WATS_CACHE_ONLY || c->found.only_if_cached)
    return end(c, not_there(c, WATS_STATUS_MISS, c->found.reason));
  c->abstain = verdict == WATS_CACHE_ABSTAIN;
  return may_share(c) ? ask_with_others(c) : ask_server(c);
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
static void settle_write(struct wats_call *c, bool applied)
{
  wats_http_cache_write_end(c->client->cache, &c->write, applied);
  if (applied && (c->redirected || c->target.ambiguous))
    wats_http_cache_invalidate(c->client->cache, NULL, 0);
}

static bool on_uncached(struct wats_call *c, enum wats_errc code,
                        struct wats_response *answer)
{
  if (c->guarded) settle_write(c, may_have_applied(code, answer));
  c->result->response = answer;
  return end(c, code);
}

static bool perform_uncached(struct wats_call *c)
{
  c->guarded = c->client->cache && is_write(c);
  if (c->guarded)
    wats_http_cache_write_begin(c->client->cache, c->operation,
                                c->cache_request.path,
                                c->cache_request.path_length, &c->write);
  return wats_call_ask(c, c->request->headers, on_uncached);
}

/* ---- a call's life ------------------------------------------------------ */

void wats_call_init(struct wats_call *c, struct wats_client *client,
                    const struct wats_request *request,
                    struct wats_result *result, struct wats_error *error)
{
  memset(c, 0, offsetof(struct wats_call, timer));
  memset(result, 0, sizeof *result);
  result->age_s = -1;
  result->retry_after_ns = -1;
  c->client = client;
  c->request = request;
  c->result = result;
  c->error = error;
  c->started_ns = wats_clock_monotonic(client->clock);
  wats_buffer_init(&c->text, 0);
  wats_buffer_init(&c->location, 0);
  wats_buffer_init(&c->next_location, 0);
  wats_headers_init(&c->conditional, 0);
}

void wats_call_free(struct wats_call *c)
{
  wats_response_release(c->found.response);
  wats_buffer_free(&c->text);
  wats_buffer_free(&c->location);
  wats_buffer_free(&c->next_location);
  wats_headers_free(&c->conditional);
  if (c->ready) wats_buffer_free(&c->passage.key);
}

bool wats_call_begin(struct wats_call *c)
{
  const char *reason;
  c->code = wats_call_prepare(c);
  if (c->code != WATS_OK) return true;
  reason = bypass_reason(c);
  atomic_fetch_add_explicit(&c->client->requests, 1, memory_order_relaxed);
  c->result->cache_reason = reason;
  if (!reason) return perform_cached(c);
  if (c->request->cache_mode == WATS_CACHE_ONLY)
    return end(c, not_there(c, WATS_STATUS_BYPASS, reason));
  return perform_uncached(c);
}

/* ---- blocking ----------------------------------------------------------- */

/* A thread blocks for one call at a time, so it has one waiter; making one for
** each call would cost a cached answer a tenth more. */
static struct wats_waiter *own_waiter(void)
{
  static _Thread_local struct wats_waiter waiter;
  static _Thread_local bool ready;
  if (!ready) ready = wats_waiter_init(&waiter) == WATS_OK;
  return ready ? &waiter : NULL;
}

struct blocking_call {
  struct wats_call call;
  struct wats_waiter *waiter;
};

static void wake_caller(struct wats_call *c)
{
  wats_engine_wake(((struct blocking_call *)c)->waiter);
}

static void wait_for(struct blocking_call *b)
{
  const struct wats_request *r = b->call.request;
  bool cancelled = false;
  for (;;) {
    int64_t slice = wats_clock_monotonic(&wats_system_clock) + SLICE_NS;
    if (wats_engine_wait(b->waiter, r->interrupted ? slice : WATS_NEVER))
      return;
    if (cancelled || !r->interrupted || !r->interrupted(r->interrupt_context))
      continue;
    cancelled = true;
    wats_call_cancel(&b->call);
  }
}

enum wats_errc wats_client_perform(struct wats_client *client,
                                   const struct wats_request *request,
                                   struct wats_result *result,
                                   struct wats_error *error)
{
  struct blocking_call b;
  wats_call_init(&b.call, client, request, result, error);
  b.call.caller_waits = true;
  b.call.done = wake_caller;
  b.waiter = own_waiter();
  if (!b.waiter)
    b.call.code = wats_fail_memory(error);
  else if (!wats_call_begin(&b.call))
    wait_for(&b);
  wats_call_free(&b.call);
  return b.call.code;
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
  struct wats_call c;
  enum wats_errc code;
  memset(out, 0, sizeof *out);
  wats_call_init(&c, client, request, &result, error);
  code = wats_call_prepare(&c);
  if (code == WATS_OK) {
    out->reason = bypass_reason(&c);
    out->route = wats_call_route(&c);
    if (!out->reason) explain_cached(&c, out);
  }
  wats_call_free(&c);
  return code;
}
