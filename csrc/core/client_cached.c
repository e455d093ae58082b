/*
** client_cached.c - see client_cached.h.
*/
#include "client_cached.h"

#include <string.h>

#include "cache_reply.h"
#include "client_flights.h"
#include "client_pending.h"
#include "condition.h"
#include "entity_tag.h"
#include "log.h"
#include "url_conceal.h"

bool wats_call_is_write(const struct wats_call *c)
{
  if (c->operation && c->operation->pure_query) return false;
  if (c->operation && c->operation->stale) return true;
  return c->method > WATS_METHOD_TRACE;
}

const char *wats_call_bypass(const struct wats_call *c)
{
  if (!c->client->cache) return "the client stores nothing";
  if (c->method != WATS_METHOD_GET && c->method != WATS_METHOD_HEAD)
    return "only GET is cached";
  if (c->request->streaming &&
      (c->request->streaming->sink || c->request->streaming->source))
    return "the body is streamed";
  if (c->request->cache_mode == WATS_CACHE_BYPASS)
    return "the caller asked for it";
  if (wats_call_is_write(c)) return "the operation changes something";
  if (c->target.ambiguous) return "the path can be read in two ways";
  return NULL;
}

#define SHARED "shared with a request that was under way"

/* ---- the end ------------------------------------------------------------ */

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

bool wats_call_end(struct wats_call *c, enum wats_errc code)
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

bool wats_call_not_there(struct wats_call *c, enum wats_cache_status status,
                         const char *reason)
{
  struct wats_response *answer = wats_response_create();
  if (!answer) return wats_call_end(c, wats_fail_memory(c->error));
  answer->status = 504;
  answer->http_version = 11;
  c->result->response = answer;
  c->result->cache_status = status;
  c->result->cache_reason = reason;
  return wats_call_end(c, WATS_OK);
}

/* What the caller would not take from the server he does not get from here. */
static enum wats_errc check_size(struct wats_call *c,
                                 const struct wats_response *reply)
{
  size_t most = c->request->max_body, length;
  if (most == 0) most = c->client->max_body; /* a cache may be of several */
  wats_response_body(reply, &length);
  if (most == 0 || length <= most) return WATS_OK;
  return wats_fail(c->error, WATS_ERR_TOO_LARGE,
                   "the answer has more than max_body = %zu bytes", most);
}

/* Ends with what `whole`, stored or worth storing, is to this request. `sent`:
** it has just come from the server. */
static bool end_with(struct wats_call *c, struct wats_response *whole,
                     bool sent, enum wats_cache_status status,
                     const char *reason)
{
  struct wats_response *reply;
  enum wats_errc code =
      wats_cache_reply(&c->cache_request, whole, sent,
                       wats_clock_wall(c->client->clock), &reply);
  if (code != WATS_OK) return wats_call_end(c, wats_fail_memory(c->error));
  if (!sent && (code = check_size(c, reply)) != WATS_OK) {
    wats_response_release(reply);
    return wats_call_end(c, code);
  }
  c->result->response = reply;
  c->result->cache_status = status;
  c->result->cache_reason = reason;
  return wats_call_end(c, WATS_OK);
}

/* ---- when the server does not answer ------------------------------------ */

/* RFC 5861, section 4: where it is down, away, or not to be reached. What a
** caller or this client refuses itself is something else. */
static const char *failure(enum wats_errc code,
                           const struct wats_response *answer)
{
  switch (code) {
  case WATS_OK:
    break;
  case WATS_ERR_CONNECTION:
  case WATS_ERR_TLS:
  case WATS_ERR_PROTOCOL:
    return "the server could not be asked, stale-if-error";
  case WATS_ERR_TIMEOUT:
    return "the server did not answer in time, stale-if-error";
  case WATS_ERR_CIRCUIT_OPEN:
    return "the server has failed too often of late, stale-if-error";
  default:
    return NULL;
  }
  if (answer->status == 500 || (answer->status >= 502 && answer->status <= 504))
    return "the server answered with an error, stale-if-error";
  return NULL;
}

static void log_stale(const struct wats_call *c, const char *why)
{
  struct wats_buffer url;
  struct wats_log_field fields[5];
  if (!wats_log_heard()) return;
  wats_buffer_init(&url, 0);
  (void)wats_url_conceal(wats_call_url(c), c->client->token, &url);
  fields[0] = wats_log_text("method", c->request->method);
  fields[1] = wats_log_integer("age", c->found.age_s);
  fields[2] = wats_log_text("reason", why);
  fields[3] = wats_log_text("request_id", c->result->request_id);
  fields[4] = wats_log_text("url", url.data);
  wats_log(WATS_LOG_WARN, c->request->log, "a stale answer stands in", fields,
           5);
  wats_buffer_free(&url);
}

/* Is there something stored that may stand in? Then it is in `found`. */
static bool finds_stand_in(struct wats_call *c)
{
  struct wats_response *asked_about = c->found.response;
  c->found.response = NULL;
  wats_response_release(asked_about);
  return !c->abstain && c->request->cache_mode != WATS_CACHE_REFRESH &&
         wats_http_cache_fallback(c->client->cache, &c->cache_request,
                                  &c->found);
}

/* True when the call has ended with what was stored; `answer` is let go then.
 */
static bool stands_in(struct wats_call *c, enum wats_errc code,
                      struct wats_response *answer)
{
  const char *why = failure(code, answer);
  if (!why || !finds_stand_in(c)) return false;
  wats_response_release(answer);
  c->result->age_s = c->found.age_s;
  log_stale(c, why);
  return end_with(c, c->found.response, false, WATS_STATUS_STALE, why);
}

/* ---- what the server answers -------------------------------------------- */

static enum wats_errc conditional_headers(const struct wats_call *c,
                                          const struct wats_cache_found *found,
                                          struct wats_headers *out)
{
  enum wats_errc code = WATS_OK;
  wats_headers_init(out, 0);
  if (c->request->headers) code = wats_headers_copy(out, c->request->headers);
  if (code != WATS_OK) return code;
  /* The caller's are judged when it is known what there is: a 304 to them would
     say nothing of what is stored. */
  wats_headers_remove(out, "If-None-Match");
  wats_headers_remove(out, "If-Modified-Since");
  if (found->etag) code = wats_headers_set(out, "If-None-Match", found->etag);
  if (code == WATS_OK && found->last_modified)
    code = wats_headers_set(out, "If-Modified-Since", found->last_modified);
  return code;
}

/* Keeps what may be kept; says why not, or why it was asked for. */
static const char *keep(struct wats_call *c, struct wats_response *answer,
                        const char *miss_reason)
{
  const char *refused = NULL;
  /* What a redirect led to is fresh by the redirect's rules as well. */
  if (c->redirected) return "a redirect was followed";
  if (c->cache_request.head) {
    wats_http_cache_head(c->client->cache, &c->cache_request, &c->ticket,
                         answer);
    return miss_reason;
  }
  (void)wats_http_cache_store(c->client->cache, &c->cache_request, &c->ticket,
                              answer, &refused);
  return refused ? refused : miss_reason;
}

static bool confirm(struct wats_call *c, struct wats_response *answer)
{
  struct wats_response *fresh =
      wats_http_cache_validated(c->client->cache, &c->cache_request, &c->ticket,
                                c->found.response, answer, &c->result->age_s);
  bool over;
  wats_response_release(answer);
  if (!fresh) return wats_call_end(c, wats_fail_memory(c->error));
  over = end_with(c, fresh, false, WATS_STATUS_REVALIDATED, c->found.reason);
  wats_response_release(fresh);
  return over;
}

/* The cache keeps out of it, or had nothing that would do. */
static bool on_fetched(struct wats_call *c, enum wats_errc code,
                       struct wats_response *answer)
{
  if (stands_in(c, code, answer)) return true;
  if (code != WATS_OK) return wats_call_end(c, code);
  c->result->response = answer;
  c->result->cache_status = c->abstain ? WATS_STATUS_BYPASS : WATS_STATUS_MISS;
  c->result->cache_reason =
      c->abstain ? c->found.reason : keep(c, answer, c->found.reason);
  return wats_call_end(c, WATS_OK);
}

/* A 304 that names another answer than the one asked about confirms nothing
** (RFC 9111, section 4.3.4). By date where there is no tag: what was restored
** from a backup has not been modified since, and is not what is stored. */
static bool is_about_another(const struct wats_call *c,
                             const struct wats_response *answer)
{
  struct wats_entity_tag named, stored;
  const char *modified = wats_headers_get(&answer->headers, "Last-Modified");
  if (c->found.etag)
    return wats_entity_tag_of(&answer->headers, &named) &&
           wats_entity_tag_of(&c->found.response->headers, &stored) &&
           !wats_entity_tag_weakly_equal(&named, &stored);
  return modified && c->found.last_modified &&
         strcmp(modified, c->found.last_modified) != 0;
}

static bool on_revalidated(struct wats_call *c, enum wats_errc code,
                           struct wats_response *answer)
{
  bool over;
  if (stands_in(c, code, answer)) return true;
  if (code != WATS_OK) return wats_call_end(c, code);
  if (answer->status == 304 && !c->redirected) {
    if (!is_about_another(c, answer)) return confirm(c, answer);
    wats_response_release(answer);
    return wats_call_ask(c, c->request->headers, on_fetched);
  }
  over = end_with(c, answer, true, WATS_STATUS_MISS,
                  keep(c, answer, c->found.reason));
  wats_response_release(answer);
  return over;
}

static bool revalidate(struct wats_call *c)
{
  if (conditional_headers(c, &c->found, &c->conditional) != WATS_OK)
    return wats_call_end(c, wats_fail_memory(c->error));
  return wats_call_ask(c, &c->conditional, on_revalidated);
}

static bool ask_server(struct wats_call *c)
{
  if (c->found.response) return revalidate(c);
  return wats_call_ask(c, c->request->headers, on_fetched);
}

/* ---- with others -------------------------------------------------------- */

/* Live state is asked for anew by everybody who wants to know, unless he says
** how old it may be. */
static bool may_share(const struct wats_call *c)
{
  return !c->abstain && !c->stream &&
         c->request->cache_mode == WATS_CACHE_DEFAULT &&
         (c->request->cache_ttl_ns > 0 || !wats_call_is_live(c));
}

static bool ask_with_others(struct wats_call *c);

/* Whom he had joined brought him nothing: he begins anew. A write may have
** dropped meanwhile what he would ask to have confirmed, and a date does not
** tell apart what is a second old. */
static bool go_on(struct wats_call *c)
{
  struct wats_response *before = c->found.response;
  c->result->cache_status = WATS_STATUS_MISS;
  c->result->age_s = -1;
  c->result->request_id[0] = '\0'; /* the other's */
  wats_http_cache_ticket(c->client->cache, &c->ticket);
  if (wats_http_cache_explain(c->client->cache, &c->cache_request, false,
                              &c->found) != WATS_CACHE_STALE) {
    wats_response_release(c->found.response); /* fresh: found once more */
    c->found.response = NULL;
  }
  wats_response_release(before);
  return ask_with_others(c);
}

/* For the leader something stored stood in. Whether it may for this one is for
** his client's terms to say, and for writes since. */
static bool stands_in_too(struct wats_call *c)
{
  if (!finds_stand_in(c)) return go_on(c);
  c->result->age_s = c->found.age_s;
  log_stale(c, SHARED);
  return end_with(c, c->found.response, false, WATS_STATUS_STALE, SHARED);
}

static bool on_shared(struct wats_call *c, enum wats_errc code,
                      struct wats_response *answer)
{
  if (code == WATS_OK && c->passage.again) return go_on(c);
  if (wats_call_own_id(c->request)) c->result->request_id[0] = '\0';
  wats_client_name_request(c->client, c->request, c->result->request_id);
  if (code == WATS_OK && c->result->cache_status == WATS_STATUS_STALE) {
    wats_response_release(answer);
    return stands_in_too(c);
  }
  /* A failure of its own, such as its own deadline. */
  if (code != WATS_OK && stands_in(c, code, NULL)) return true;
  if (code == WATS_OK) code = check_size(c, answer);
  if (code == WATS_OK)
    c->result->response = answer;
  else
    wats_response_release(answer);
  c->result->cache_reason = SHARED;
  return wats_call_end(c, code);
}

/*
** Between the look-up and the boarding another thread's exchange may have
** landed: then there is nothing left to ask.
*/
static bool has_just_landed(struct wats_call *c)
{
  struct wats_cache_found found = {0};
  bool fresh = wats_http_cache_explain(c->client->cache, &c->cache_request,
                                       false, &found) == WATS_CACHE_FRESH &&
               !found.stale;
  if (fresh) {
    wats_flight_missed(c);
    end_with(c, found.response, false, WATS_STATUS_MISS, SHARED);
  }
  wats_response_release(found.response);
  return fresh;
}

static bool ask_with_others(struct wats_call *c)
{
  enum wats_boarding boarding;
  enum wats_errc code = wats_flight_board(c, on_shared, &boarding);
  if (code != WATS_OK) return wats_call_end(c, code);
  if (boarding != WATS_BOARDING_LEADS) return false;
  return has_just_landed(c) || ask_server(c);
}

/* ---- the beginning ------------------------------------------------------ */

/* His fields without those that ask for less than the whole answer, and without
** what his own request is called. */
static enum wats_errc unconditional_headers(const struct wats_headers *own,
                                            struct wats_headers *out)
{
  enum wats_errc code = WATS_OK;
  const char *name, *value;
  size_t position = 0;
  wats_headers_init(out, 0);
  while (code == WATS_OK && own &&
         wats_headers_next(own, &position, NULL, &name, &value))
    if (!wats_condition_is_field(name) &&
        !wats_name_equal(name, WATS_REQUEST_ID_FIELD))
      code = wats_headers_add(out, name, strlen(name), value, strlen(value));
  return code;
}

/*
** Asks anew, with nobody waiting for it; the next request will find it. For the
** whole, whatever part or news of it was asked for, HEAD included: nothing else
** can take the place of what is stored.
*/
static void refresh_behind(const struct wats_call *c)
{
  struct wats_request request = *c->request;
  struct wats_headers headers;
  request.method = "GET";
  request.headers = &headers;
  request.cache_mode = WATS_CACHE_REFRESH;
  request.no_retry = true; /* the next who wants it is the next attempt */
  request.timeout_ns = 0;  /* nobody is impatient */
  request.max_body = 0;
  request.id[0] = '\0';
  if (unconditional_headers(c->request->headers, &headers) == WATS_OK)
    wats_pending_forget(c->client, &request);
  wats_headers_free(&headers);
}

static bool take_stored(struct wats_call *c)
{
  if (c->found.refresh) refresh_behind(c);
  c->result->age_s = c->found.age_s;
  return end_with(c, c->found.response, false,
                  c->found.stale ? WATS_STATUS_STALE : WATS_STATUS_HIT,
                  c->found.reason);
}

/* What is refreshed behind is no look-up of anybody's, and not counted. */
static enum wats_cache_verdict look_up(struct wats_call *c)
{
  struct wats_http_cache *cache = c->client->cache;
  bool refresh = c->request->cache_mode == WATS_CACHE_REFRESH;
  if (!c->unawaited)
    return wats_http_cache_begin(cache, &c->cache_request, refresh, &c->ticket,
                                 &c->found);
  wats_http_cache_ticket(cache, &c->ticket);
  return wats_http_cache_explain(cache, &c->cache_request, refresh, &c->found);
}

bool wats_call_cached(struct wats_call *c)
{
  enum wats_cache_verdict verdict = look_up(c);
  if (verdict == WATS_CACHE_FRESH) return take_stored(c);
  if (c->request->cache_mode == WATS_CACHE_ONLY || c->found.only_if_cached)
    return wats_call_not_there(c, WATS_STATUS_MISS, c->found.reason);
  c->abstain = verdict == WATS_CACHE_ABSTAIN;
  return may_share(c) ? ask_with_others(c) : ask_server(c);
}
