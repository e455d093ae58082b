/*
** client_request.c - what a caller asks becomes a call: checks, URL and cache
** key; see client_call.h.
*/
#include <string.h>

#include "client_call.h"
#include "sha256.h"
#include "url_conceal.h"

#define KEY_PREFIX WATS_CLIENT_KEY_PREFIX
/* Of path and query: far more than servers take, far less than what libcurl
** calls a want of memory. */
#define MAX_TARGET 65536

static enum wats_method method_of(const char *name)
{
  static const char *const names[] = {"GET",   "HEAD", "OPTIONS",
                                      "TRACE", "PUT",  "DELETE"};
  int i;
  for (i = 0; i < WATS_METHOD_OTHER; i++)
    if (strcmp(name, names[i]) == 0) break;
  return (enum wats_method)i;
}

/* ---- the texts -------------------------------------------------------- */

static enum wats_errc append_query(struct wats_buffer *out,
                                   const struct wats_request *request,
                                   const struct wats_target *target)
{
  const char *own = request->target + target->path_length;
  size_t own_length = request->target_length - target->path_length;
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

/* A HEAD is about what a GET would bring. */
static const char *look_up_method(const struct wats_request *request)
{
  return strcmp(request->method, "HEAD") == 0 ? "GET" : request->method;
}

/*
** The path as it is sent: beyond ASCII percent-encoded, literal segments of a
** known template spelled as there.
*/
static enum wats_errc append_path(const struct wats_client *client,
                                  const struct wats_request *request,
                                  const struct wats_target *target,
                                  struct wats_buffer *out,
                                  const struct wats_operation **operation)
{
  const char *path = request->target;
  size_t length = target->path_length;
  struct wats_buffer ascii;
  enum wats_errc code = WATS_OK;
  wats_buffer_init(&ascii, 0);
  *operation = NULL;
  if (!target->ascii) {
    code = wats_url_append_ascii(&ascii, path, length);
    path = ascii.data;
    length = ascii.length;
  }
  if (code == WATS_OK) code = wats_buffer_reserve(out, length + 1);
  if (code == WATS_OK && client->routes && !target->ambiguous)
    *operation = wats_routes_match(client->routes, look_up_method(request),
                                   path, length, out);
  else if (code == WATS_OK)
    code = wats_buffer_append(out, path, length);
  wats_buffer_free(&ascii);
  return code;
}

/* Base, canonical path and query; the length of the path in *path_length. */
static enum wats_errc append_url(const struct wats_client *client,
                                 const struct wats_request *request,
                                 const struct wats_target *target,
                                 struct wats_buffer *out, size_t *path_length,
                                 const struct wats_operation **operation)
{
  size_t start;
  enum wats_errc code =
      wats_buffer_append(out, client->base.text, client->base.length);
  if (code != WATS_OK) return code;
  start = out->length;
  code = append_path(client, request, target, out, operation);
  *path_length = out->length - start;
  if (code == WATS_OK) code = append_query(out, request, target);
  if (code == WATS_OK) code = wats_buffer_terminate(out);
  return code;
}

enum wats_errc wats_client_url(const struct wats_client *client,
                               const struct wats_request *request,
                               struct wats_buffer *out)
{
  const struct wats_operation *operation;
  struct wats_target target;
  struct wats_buffer url;
  size_t path_length;
  enum wats_errc code = wats_url_check_target(
      request->target, request->target_length, &target, NULL);
  if (code != WATS_OK) return code;
  wats_buffer_init(&url, 0);
  code = append_url(client, request, &target, &url, &path_length, &operation);
  if (code == WATS_OK) code = wats_url_conceal(url.data, client->token, out);
  wats_buffer_free(&url);
  return code;
}

enum wats_errc wats_client_show_target(const struct wats_client *client,
                                       const struct wats_request *request,
                                       struct wats_buffer *out)
{
  return wats_url_conceal(request->target, client->token, out);
}

enum wats_errc wats_client_show_text(const struct wats_client *client,
                                     const char *text, size_t length,
                                     struct wats_buffer *out)
{
  return wats_text_conceal(text, length, client->token, out);
}

/* A caller's may be of any length and hold anything. */
void wats_client_name_request(const struct wats_client *client,
                              const struct wats_request *request,
                              char out[WATS_REQUEST_ID_SIZE])
{
  const char *own = wats_call_own_id(request);
  struct wats_buffer shown;
  struct wats_error cut;
  if (*out) return;
  if (!own && *request->id)
    memcpy(out, request->id, WATS_REQUEST_ID_SIZE);
  else if (!own)
    wats_request_id_make(out);
  if (!own) return;
  wats_buffer_init(&shown, 0);
  if (wats_client_show_text(client, own, strlen(own), &shown) == WATS_OK &&
      wats_buffer_terminate(&shown) == WATS_OK) {
    (void)wats_fail(&cut, WATS_OK, "%.*s", WATS_REQUEST_ID_SIZE - 1,
                    shown.data);
    memcpy(out, cut.message, strlen(cut.message) + 1);
  }
  wats_buffer_free(&shown);
}

/* ---- the caller's own fields ------------------------------------------ */

/*
** The name, as it is hashed, of a field that says whose answer it is or in
** which form, besides what Vary names; NULL for others.
*/
static const char *key_field(const char *name)
{
  static const char *const fields[] = {"Authorization", "Accept", "Cookie",
                                       "Host"};
  size_t i;
  for (i = 0; i < sizeof fields / sizeof *fields; i++)
    if (wats_name_equal(name, fields[i])) return fields[i];
  return NULL;
}

/* Those that say where the body ends, which only we know. */
static bool is_framing(const char *name)
{
  return wats_name_equal(name, "Content-Length") ||
         wats_name_equal(name, "Transfer-Encoding");
}

/* A NUL ends it: no two run together. */
static void hash_text(struct wats_sha256 *state, const char *text)
{
  wats_sha256_update(state, text, strlen(text) + 1);
}

/*
** Whose answer it is and in which form: the client's origin, unless the caller
** sends his own, or asks for another media type.
*/
static enum wats_errc key_digest(const struct wats_call *c, unsigned char *out)
{
  const struct wats_headers *own = c->request->headers;
  unsigned char digest[WATS_SHA256_SIZE];
  struct wats_sha256 state;
  size_t position = 0;
  const char *name, *value, *key;
  bool any = false;
  memcpy(out, c->client->origin, WATS_KEY_DIGEST);
  while (own && wats_headers_next(own, &position, NULL, &name, &value)) {
    if (is_framing(name))
      return wats_fail(c->error, WATS_ERR_ARGUMENT,
                       "the header field %s is the client's to send", name);
    key = key_field(name);
    if (!key) continue;
    if (!any) {
      wats_sha256_init(&state);
      wats_sha256_update(&state, out, WATS_KEY_DIGEST);
    }
    any = true;
    hash_text(&state, key);
    hash_text(&state, value);
  }
  if (any) {
    wats_sha256_final(&state, digest);
    memcpy(out, digest, WATS_KEY_DIGEST);
  }
  return WATS_OK;
}

/* ---- checking --------------------------------------------------------- */

/* A sink would be given nothing, and a file that is there be lost. */
static enum wats_errc check_head(const struct wats_call *c)
{
  const struct wats_request *r = c->request;
  if (r->body || (r->streaming && r->streaming->source))
    return wats_fail(c->error, WATS_ERR_ARGUMENT,
                     "HEAD is sent without a body");
  if (r->streaming && r->streaming->sink)
    return wats_fail(c->error, WATS_ERR_ARGUMENT,
                     "the answer to HEAD has no body for a sink");
  return WATS_OK;
}

static enum wats_errc check_request(struct wats_call *c)
{
  const struct wats_request *r = c->request;
  enum wats_errc code = WATS_OK;
  c->method = method_of(r->method);
  if (c->method == WATS_METHOD_OTHER &&
      !wats_is_token(r->method, strlen(r->method)))
    return wats_fail(c->error, WATS_ERR_ARGUMENT,
                     "a method is a token such as GET");
  if (c->method == WATS_METHOD_HEAD) code = check_head(c);
  if (code != WATS_OK) return code;
  if (r->target_length + r->query_length > MAX_TARGET)
    return wats_fail(c->error, WATS_ERR_ARGUMENT,
                     "path and query have %zu bytes, at most %d are sent",
                     r->target_length + r->query_length, MAX_TARGET);
  code =
      wats_url_check_target(r->target, r->target_length, &c->target, c->error);
  if (code == WATS_OK && r->query_length)
    code = wats_url_check_query(r->query, r->query_length, c->error);
  return code;
}

/* More than the texts can take, unless much of them must be encoded. */
static size_t expected_length(const struct wats_call *c)
{
  return KEY_PREFIX + c->client->base.length + c->request->target_length +
         c->request->query_length + 8;
}

static enum wats_errc lay_out(struct wats_call *c)
{
  unsigned char prefix[KEY_PREFIX];
  enum wats_errc code = key_digest(c, prefix);
  if (code != WATS_OK) return code;
  prefix[WATS_KEY_DIGEST] = c->request->raw_encoding ? 'r' : 'z';
  code = wats_buffer_reserve(&c->text, expected_length(c));
  if (code == WATS_OK)
    code = wats_buffer_append(&c->text, prefix, sizeof prefix);
  if (code == WATS_OK)
    code = append_url(c->client, c->request, &c->target, &c->text,
                      &c->cache_request.path_length, &c->operation);
  return code == WATS_OK ? WATS_OK : wats_fail_memory(c->error);
}

enum wats_errc wats_call_prepare(struct wats_call *c)
{
  const struct wats_request *r = c->request;
  enum wats_errc code = check_request(c);
  if (code != WATS_OK) return code;
  if (wats_client_closed(c->client))
    return wats_fail(c->error, WATS_ERR_CLOSED, "the client is closed");
  c->deadline_ns = wats_time_add(
      c->started_ns, r->timeout_ns > 0 ? r->timeout_ns : c->client->timeout_ns);
  code = lay_out(c);
  if (code != WATS_OK) return code;
  c->cache_request.key = c->text.data;
  c->cache_request.key_length = c->text.length;
  c->cache_request.path = wats_call_url(c) + c->client->base.length;
  c->cache_request.operation = c->operation;
  c->cache_request.headers = r->headers;
  c->cache_request.defaults =
      &c->client->defaults[r->raw_encoding ? WATS_AS_SENT : WATS_DECODED];
  c->cache_request.as_sent = r->raw_encoding;
  c->cache_request.head = c->method == WATS_METHOD_HEAD;
  c->cache_request.ttl_ns = r->cache_ttl_ns;
  c->cache_request.term = wats_cache_term_for(&c->client->terms, c->operation);
  c->cache_request.offline = r->cache_mode == WATS_CACHE_ONLY;
  c->cache_request.asked = r->cache_mode != WATS_CACHE_DEFAULT;
  return WATS_OK;
}
