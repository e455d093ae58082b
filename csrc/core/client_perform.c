/*
** client_perform.c - a call's life: how it begins, writes, who blocks for it;
** see client_call.h for how it moves on. What the cache has to do with it is in
** client_cached.c.
*/
#include <stddef.h>
#include <string.h>

#include "client_cached.h"
#include "client_flights.h"

/* How long a caller waits before it is seen whether he was interrupted. */
#define SLICE_NS (100 * WATS_NS_PER_MS)

/* ---- writes ----------------------------------------------------------- */

/* Did it take effect, or may it have? Then what it concerns is dropped. What
** never left, since there was no connection or the circuit breaker held it
** back, has changed nothing: a station that is cut off keeps what it knows. */
static bool may_have_applied(const struct wats_call *c, enum wats_errc code,
                             const struct wats_response *answer)
{
  if (code != WATS_OK || !answer) return c->went_out;
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

/*
** A write's answer may name other places that it concerned: Location and
** Content-Location within the origin (RFC 9111, section 4.4).
*/
static void drop_named(struct wats_call *c, const struct wats_response *answer,
                       const char *field)
{
  const struct wats_base_url *base = &c->client->base;
  const char *named = wats_headers_get(&answer->headers, field);
  struct wats_cache_write write;
  struct wats_buffer url;
  const char *path;
  if (!named) return;
  wats_buffer_init(&url, 0);
  if (wats_url_resolve_same_origin(c->url, named, &url) == WATS_OK &&
      url.length >= base->length &&
      memcmp(url.data, base->text, base->length) == 0) {
    path = url.data + base->length;
    wats_http_cache_write_begin(c->client->cache, NULL, path,
                                strcspn(path, "?#"), &write);
    wats_http_cache_write_end(c->client->cache, &write, true);
  }
  wats_buffer_free(&url);
}

static bool on_uncached(struct wats_call *c, enum wats_errc code,
                        struct wats_response *answer)
{
  bool applied = wats_call_is_write(c) && may_have_applied(c, code, answer);
  c->result->applied = applied;
  if (c->guarded && applied && answer) {
    drop_named(c, answer, "Location");
    drop_named(c, answer, "Content-Location");
  }
  if (c->guarded) settle_write(c, applied);
  c->result->response = answer;
  return wats_call_end(c, code);
}

static bool perform_uncached(struct wats_call *c)
{
  c->guarded = c->client->cache && wats_call_is_write(c);
  if (c->guarded)
    wats_http_cache_write_begin(c->client->cache, c->operation,
                                c->cache_request.path,
                                c->cache_request.path_length, &c->write);
  return wats_call_ask(c, c->request->headers, on_uncached);
}

void wats_client_write_begin(struct wats_client *client, const char *method,
                             const char *path, struct wats_cache_write *write)
{
  size_t length = strlen(path);
  memset(write, 0, sizeof *write);
  if (!client->cache) return;
  wats_http_cache_write_begin(
      client->cache,
      client->routes
          ? wats_routes_match(client->routes, method, path, length, NULL)
          : NULL,
      path, length, write);
}

void wats_client_write_end(struct wats_client *client,
                           struct wats_cache_write *write, bool applied)
{
  if (client->cache) wats_http_cache_write_end(client->cache, write, applied);
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

/* A write was announced to the parent's cache: the child's began empty, see
** cache_registry.h. */
void wats_call_abandon(struct wats_call *c)
{
  wats_call_forget_exchange(c);
  c->guarded = false;
}

bool wats_call_begin(struct wats_call *c)
{
  const char *reason;
  c->code = wats_call_prepare(c);
  if (c->code != WATS_OK) return true;
  reason = wats_call_bypass(c);
  atomic_fetch_add_explicit(&c->client->requests, 1, memory_order_relaxed);
  c->result->cache_reason = reason;
  if (!reason) return wats_call_cached(c);
  if (c->request->cache_mode == WATS_CACHE_ONLY)
    return wats_call_not_there(c, WATS_STATUS_BYPASS, reason);
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
      [WATS_CACHE_STALE] = WATS_STATUS_REVALIDATED,
      [WATS_CACHE_ABSTAIN] = WATS_STATUS_BYPASS};
  struct wats_cache_found found = {0};
  enum wats_cache_verdict verdict = wats_http_cache_explain(
      c->client->cache, &c->cache_request,
      c->request->cache_mode == WATS_CACHE_REFRESH, &found);
  if (verdict != WATS_CACHE_FRESH &&
      (c->cache_request.offline || found.only_if_cached))
    verdict = WATS_CACHE_MISS; /* a 504 */
  out->status = found.stale && verdict == WATS_CACHE_FRESH ? WATS_STATUS_STALE
                                                           : statuses[verdict];
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
    out->reason = wats_call_bypass(&c);
    out->route = wats_call_route(&c);
    if (!out->reason) explain_cached(&c, out);
  }
  wats_call_free(&c);
  return code;
}
