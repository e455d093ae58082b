/*
** client_perform.c - one request, from target to answer; see client.h.
**
** route -> cache -> exchange (-> same-origin redirects) -> cache -> figures.
** A call's texts share one buffer, laid out so that the cache key needs no
** building of its own:
**
**   credential digest | 'z' or 'r' | URL \0
**   ^ key ------------------------- ^ url, path
*/
#include <string.h>

#include "client_state.h"
#include "sha256.h"

/* Followed within one request; more is a loop. */
#define MAX_REDIRECTS 5
/* Of path and query: far more than servers take, far less than what libcurl
** calls a want of memory. */
#define MAX_TARGET 65536

struct call {
  struct wats_client *client;
  const struct wats_request *request;
  struct wats_result *result;
  struct wats_error *error;
  const struct wats_operation *operation; /* NULL: not in the table */
  struct wats_buffer text;
  size_t path_length;
  int64_t deadline_ns;
  bool redirected;
  struct wats_cache_request cache_request;
  struct wats_cache_ticket ticket;
};

#define KEY_PREFIX WATS_CLIENT_KEY_PREFIX

static const char *url_of(const struct call *c)
{
  return c->text.data + KEY_PREFIX;
}

static const char *path_of(const struct call *c)
{
  return url_of(c) + c->client->base.length;
}

static bool is(const char *method, const char *name)
{
  return strcmp(method, name) == 0;
}

/* ---- the texts -------------------------------------------------------- */

static enum wats_errc append_query(struct wats_buffer *out,
                                   const struct wats_request *request,
                                   size_t path_length)
{
  const char *own = request->target + path_length;
  size_t own_length = request->target_length - path_length;
  enum wats_errc code = wats_url_append_ascii(out, own, own_length);
  if (code != WATS_OK || request->query_length == 0) return code;
  if (own_length == 0)
    code = wats_buffer_append_char(out, '?');
  else if (own_length > 1)
    code = wats_buffer_append_char(out, '&');
  if (code == WATS_OK)
    code = wats_buffer_append(out, request->query, request->query_length);
  return code;
}

static bool has_beyond_ascii(const char *text, size_t length)
{
  size_t i;
  for (i = 0; i < length; i++)
    if ((unsigned char)text[i] >= 0x80) return true;
  return false;
}

/*
** The path as it is sent: beyond ASCII percent-encoded, literal segments of a
** known template spelled as there.
*/
static enum wats_errc append_path(const struct wats_client *client,
                                  const struct wats_request *request,
                                  size_t length, struct wats_buffer *out,
                                  const struct wats_operation **operation)
{
  const char *path = request->target;
  struct wats_buffer ascii;
  enum wats_errc code = WATS_OK;
  wats_buffer_init(&ascii, 0);
  *operation = NULL;
  if (has_beyond_ascii(path, length)) {
    code = wats_url_append_ascii(&ascii, path, length);
    path = ascii.data;
    length = ascii.length;
  }
  if (code == WATS_OK) code = wats_buffer_reserve(out, length + 1);
  if (code == WATS_OK && client->routes)
    *operation =
        wats_routes_match(client->routes, request->method, path, length, out);
  else if (code == WATS_OK)
    code = wats_buffer_append(out, path, length);
  wats_buffer_free(&ascii);
  return code;
}

/* Base, canonical path and query; the length of the path in *path_length. */
static enum wats_errc append_url(const struct wats_client *client,
                                 const struct wats_request *request,
                                 struct wats_buffer *out, size_t *path_length,
                                 const struct wats_operation **operation)
{
  size_t written, start;
  enum wats_errc code =
      wats_buffer_reserve(out, client->base.length + request->target_length +
                                   request->query_length + 8);
  written = strcspn(request->target, "?");
  if (written > request->target_length) written = request->target_length;
  if (code == WATS_OK)
    code = wats_buffer_append(out, client->base.text, client->base.length);
  if (code != WATS_OK) return code;
  start = out->length;
  code = append_path(client, request, written, out, operation);
  *path_length = out->length - start;
  if (code == WATS_OK) code = append_query(out, request, written);
  if (code == WATS_OK) code = wats_buffer_terminate(out);
  return code;
}

enum wats_errc wats_client_url(const struct wats_client *client,
                               const struct wats_request *request,
                               struct wats_buffer *out)
{
  const struct wats_operation *operation;
  size_t path_length;
  return append_url(client, request, out, &path_length, &operation);
}

static void hash_field(struct wats_sha256 *state, const char *value)
{
  if (value) wats_sha256_update(state, value, strlen(value));
  wats_sha256_update(state, "", 1); /* a NUL ends it: no two run together */
}

/*
** Whose answer it is and in which form: the client's credential, unless the
** caller sends his own, or asks for another media type.
*/
static void key_digest(const struct call *c, unsigned char *out)
{
  const struct wats_headers *h = c->request->headers;
  const char *authorization = h ? wats_headers_get(h, "Authorization") : NULL;
  const char *accept = h ? wats_headers_get(h, "Accept") : NULL;
  unsigned char digest[WATS_SHA256_SIZE];
  struct wats_sha256 state;
  memcpy(out, c->client->credential, WATS_KEY_DIGEST);
  if (!authorization && !accept) return;
  wats_sha256_init(&state);
  wats_sha256_update(&state, out, WATS_KEY_DIGEST);
  hash_field(&state, authorization);
  hash_field(&state, accept);
  wats_sha256_final(&state, digest);
  memcpy(out, digest, WATS_KEY_DIGEST);
}

static enum wats_errc check_request(const struct wats_request *request,
                                    struct wats_error *error)
{
  size_t path_length;
  if (!wats_is_token(request->method, strlen(request->method)))
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "a method is a token such as GET");
  if (request->target_length + request->query_length > MAX_TARGET)
    return wats_fail(error, WATS_ERR_ARGUMENT,
                     "path and query have %zu bytes, at most %d are sent",
                     request->target_length + request->query_length,
                     MAX_TARGET);
  return wats_url_check_target(request->target, request->target_length,
                               &path_length, error);
}

static enum wats_errc prepare(struct call *c)
{
  unsigned char prefix[KEY_PREFIX];
  const struct wats_request *r = c->request;
  int64_t timeout = r->timeout_ns > 0 ? r->timeout_ns : c->client->timeout_ns;
  enum wats_errc code = check_request(r, c->error);
  if (code != WATS_OK) return code;
  if (wats_client_closed(c->client))
    return wats_fail(c->error, WATS_ERR_CLOSED, "the client is closed");
  c->deadline_ns =
      wats_time_add(wats_clock_monotonic(c->client->clock), timeout);
  key_digest(c, prefix);
  prefix[WATS_KEY_DIGEST] = r->raw_encoding ? 'r' : 'z';
  code = wats_buffer_append(&c->text, prefix, sizeof prefix);
  if (code == WATS_OK)
    code = append_url(c->client, r, &c->text, &c->path_length, &c->operation);
  if (code != WATS_OK) return wats_fail_memory(c->error);
  c->cache_request =
      (struct wats_cache_request){.key = c->text.data,
                                  .key_length = c->text.length,
                                  .path = path_of(c),
                                  .path_length = c->path_length,
                                  .operation = c->operation,
                                  .headers = r->headers,
                                  .ttl_ns = r->cache_ttl_ns,
                                  .asked = r->cache_mode != WATS_CACHE_DEFAULT};
  return WATS_OK;
}

/* ---- exchanges -------------------------------------------------------- */

static const char *route_label(const struct call *c)
{
  if (c->request->route) return c->request->route;
  return c->operation ? c->operation->path : "other";
}

static void note(struct call *c, enum wats_errc code,
                 const struct wats_transfer_result *t)
{
  struct wats_client *client = c->client;
  unsigned sends = t->sends ? t->sends : 1; /* one that found no server */
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
  atomic_fetch_add(&client->connections_reused, sends - 1);
  wats_client_metrics_end(&client->metrics, c->request->method, route_label(c),
                          code, t);
}

/* May it be sent again when nobody knows whether the server has done it? */
static bool is_idempotent(const struct call *c)
{
  static const char *const methods[] = {"GET",    "HEAD",    "PUT",
                                        "DELETE", "OPTIONS", "TRACE"};
  size_t i;
  if (c->operation) return c->operation->idempotent;
  for (i = 0; i < sizeof methods / sizeof *methods; i++)
    if (is(c->request->method, methods[i])) return true;
  return false;
}

static enum wats_errc exchange(struct call *c, const char *url,
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
static bool may_follow(const struct call *c, int status)
{
  const char *method = c->request->method;
  if (status == 307 || status == 308) return true;
  return (status == 301 || status == 302 || status == 303) &&
         (is(method, "GET") || is(method, "HEAD"));
}

/*
** A condition of ours is about the answer stored for the first URL: elsewhere
** only the caller's own fields are sent, or a 304 might confirm what was never
** had from there.
*/
static enum wats_errc follow(struct call *c, struct wats_response **answer)
{
  struct wats_buffer from, to;
  enum wats_errc code = WATS_OK;
  int hops;
  wats_buffer_init(&from, 0);
  wats_buffer_init(&to, 0);
  if (wats_buffer_append_string(&from, url_of(c)) != WATS_OK ||
      wats_buffer_terminate(&from) != WATS_OK)
    code = wats_fail_memory(c->error);
  for (hops = 0; code == WATS_OK && *answer && hops < MAX_REDIRECTS; hops++) {
    const char *location = wats_headers_get(&(*answer)->headers, "Location");
    struct wats_buffer swap = from;
    if (!may_follow(c, (*answer)->status) || !location ||
        !wats_url_resolve_same_origin(from.data, location, &to))
      break;
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
static enum wats_errc ask(struct call *c, const struct wats_headers *headers,
                          struct wats_response **answer)
{
  enum wats_errc code = exchange(c, url_of(c), headers, answer);
  if (is_redirect(*answer)) code = follow(c, answer);
  return code;
}

/* ---- the cache -------------------------------------------------------- */

static bool is_write(const struct call *c)
{
  const char *m = c->request->method;
  if (c->operation && c->operation->pure_query) return false;
  if (c->operation && c->operation->stale) return true;
  return !is(m, "GET") && !is(m, "HEAD") && !is(m, "OPTIONS") &&
         !is(m, "TRACE");
}

/* Why the cache is not even looked into; NULL when it is. */
static const char *bypass_reason(const struct call *c)
{
  if (!c->client->cache) return "the client stores nothing";
  if (!is(c->request->method, "GET")) return "only GET is cached";
  if (c->request->cache_mode == WATS_CACHE_BYPASS)
    return "the caller asked for it";
  if (is_write(c)) return "the operation changes something";
  return NULL;
}

static enum wats_errc conditional_headers(const struct call *c,
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

static void take_answer(struct call *c, struct wats_response *answer,
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

static enum wats_errc revalidate(struct call *c,
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
  if (answer->status != 304) {
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
static enum wats_errc not_there(struct call *c,
                                const struct wats_cache_found *found)
{
  struct wats_response *answer = wats_response_create();
  if (!answer) return wats_fail_memory(c->error);
  answer->status = 504;
  answer->http_version = 11;
  c->result->response = answer;
  c->result->cache_status = WATS_STATUS_MISS;
  c->result->cache_reason = found->reason;
  return WATS_OK;
}

/* The cache keeps out of it, or has nothing that would do. */
static enum wats_errc ask_and_store(struct call *c, bool abstain,
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

static enum wats_errc perform_cached(struct call *c)
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
    code = not_there(c, &found);
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

static enum wats_errc perform_uncached(struct call *c)
{
  struct wats_cache_write write = {0};
  struct wats_response *answer = NULL;
  bool guarded = c->client->cache && is_write(c);
  enum wats_errc code;
  if (guarded)
    wats_http_cache_write_begin(c->client->cache, c->operation, path_of(c),
                                c->path_length, &write);
  code = ask(c, c->request->headers, &answer);
  if (guarded)
    wats_http_cache_write_end(c->client->cache, &write,
                              may_have_applied(code, answer));
  c->result->response = answer;
  return code;
}

enum wats_errc wats_client_perform(struct wats_client *client,
                                   const struct wats_request *request,
                                   struct wats_result *result,
                                   struct wats_error *error)
{
  struct call c = {
      .client = client, .request = request, .result = result, .error = error};
  int64_t started = wats_clock_monotonic(client->clock);
  enum wats_errc code;
  memset(result, 0, sizeof *result);
  result->age_s = -1;
  wats_buffer_init(&c.text, 0);
  code = prepare(&c);
  if (code == WATS_OK) {
    const char *reason = bypass_reason(&c);
    atomic_fetch_add_explicit(&client->requests, 1, memory_order_relaxed);
    result->cache_reason = reason;
    code = reason ? perform_uncached(&c) : perform_cached(&c);
    if (code != WATS_OK)
      atomic_fetch_add_explicit(&client->failures, 1, memory_order_relaxed);
  }
  wats_buffer_free(&c.text);
  result->elapsed_ns = wats_clock_monotonic(client->clock) - started;
  return code;
}

static void explain_cached(struct call *c, struct wats_explanation *out)
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
  struct call c = {
      .client = client, .request = request, .result = &result, .error = error};
  enum wats_errc code;
  memset(out, 0, sizeof *out);
  wats_buffer_init(&c.text, 0);
  code = prepare(&c);
  if (code == WATS_OK) {
    out->reason = bypass_reason(&c);
    out->route = route_label(&c);
    if (!out->reason) explain_cached(&c, out);
  }
  wats_buffer_free(&c.text);
  return code;
}
