/*
** transfer.c - see transfer.h.
*/
#include "transfer.h"

#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "clock.h"
#include "engine.h"

/* A header block larger than this is an attack or a mistake. */
#define MAX_HEADER_BYTES ((size_t)64 * 1024)

struct exchange {
  const struct wats_transfer *transfer;
  struct wats_handle *handle;
  struct curl_slist *fields; /* own list, or NULL: the profile's serves */
  struct wats_buffer body;
  unsigned sends;
  bool too_large, no_memory;
  bool head_ended; /* the blank line behind the header fields came */
};

/* Called before each sending, so also before libcurl repeats one by itself. */
static int on_send(void *context, char *remote, char *local, int remote_port,
                   int local_port)
{
  struct exchange *x = context;
  (void)remote;
  (void)local;
  (void)remote_port;
  (void)local_port;
  if (x->transfer->once && x->sends) return CURL_PREREQFUNC_ABORT;
  x->sends++;
  return CURL_PREREQFUNC_OK;
}

/*
** The announced length is trusted for reserving only as far as the limit, and
** not when the bytes are encoded: then it is the length of something else.
*/
static void reserve_announced(struct exchange *x)
{
  curl_off_t length = -1;
  struct curl_header *encoding;
  if (curl_easy_getinfo(x->handle->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                        &length) != CURLE_OK ||
      length <= 0 || (uint64_t)length > x->transfer->max_body)
    return;
  if (curl_easy_header(x->handle->curl, "Content-Encoding", 0, CURLH_HEADER, -1,
                       &encoding) == CURLHE_OK)
    return;
  (void)wats_buffer_reserve(&x->body, (size_t)length);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
  struct exchange *x = context;
  enum wats_errc code;
  if (x->body.length == 0) reserve_announced(x);
  code = wats_buffer_append(&x->body, bytes, size * count);
  if (code != WATS_OK) {
    x->too_large = code == WATS_ERR_TOO_LARGE;
    x->no_memory = code == WATS_ERR_MEMORY;
    return 0; /* makes libcurl end the transfer with CURLE_WRITE_ERROR */
  }
  return size * count;
}

/*
** libcurl takes a head that the connection's end cuts short for a whole answer
** without a body. Trailers come this way as well: they begin no new head.
*/
static size_t on_head(char *line, size_t size, size_t count, void *context)
{
  struct exchange *x = context;
  size_t length = size * count;
  if (length >= 5 && memcmp(line, "HTTP/", 5) == 0)
    x->head_ended = false;
  else if (length && (*line == '\r' || *line == '\n'))
    x->head_ended = true;
  return length;
}

/* ---- request header fields -------------------------------------------- */

static enum wats_errc append_field(struct curl_slist **list, const char *name,
                                   const char *value)
{
  struct wats_buffer line;
  struct curl_slist *grown = NULL;
  wats_buffer_init(&line, 0);
  /* "Name;" is how libcurl is told of a field with an empty value. */
  if (wats_buffer_printf(&line, *value ? "%s: %s" : "%s;%s", name, value) ==
          WATS_OK &&
      wats_buffer_terminate(&line) == WATS_OK)
    grown = curl_slist_append(*list, line.data);
  wats_buffer_free(&line);
  if (!grown) return WATS_ERR_MEMORY;
  *list = grown;
  return WATS_OK;
}

static enum wats_errc append_line(struct curl_slist **list, const char *line)
{
  struct curl_slist *grown = curl_slist_append(*list, line);
  if (!grown) return WATS_ERR_MEMORY;
  *list = grown;
  return WATS_OK;
}

/* Does the request carry its own field of the name in this "Name: v" line? */
static bool is_replaced(const char *line, const struct wats_headers *own)
{
  char name[32];
  size_t length = strcspn(line, ":;");
  if (!own || length >= sizeof name) return false;
  memcpy(name, line, length);
  name[length] = '\0';
  return wats_headers_get(own, name) != NULL;
}

static enum wats_errc append_body_fields(struct exchange *x,
                                         const struct wats_headers *own)
{
  enum wats_errc code = append_line(&x->fields, "Expect:");
  /* Without this libcurl would call any body a form. */
  if (code == WATS_OK && !(own && wats_headers_get(own, "Content-Type")))
    code = append_line(&x->fields, "Content-Type:");
  return code;
}

static bool sends_body(const struct wats_transfer *t)
{
  return t->body || strcmp(t->method, "POST") == 0 ||
         strcmp(t->method, "PUT") == 0 || strcmp(t->method, "PATCH") == 0;
}

/* The profile's own list serves as long as nothing is added to it. */
static enum wats_errc build_fields(struct exchange *x,
                                   struct curl_slist *standing)
{
  const struct wats_headers *own = x->transfer->headers;
  const char *name, *value;
  size_t position = 0;
  enum wats_errc code = WATS_OK;
  if (!sends_body(x->transfer) && (!own || own->count == 0)) return WATS_OK;
  for (; standing && code == WATS_OK; standing = standing->next)
    if (!is_replaced(standing->data, own))
      code = append_line(&x->fields, standing->data);
  while (code == WATS_OK && own &&
         wats_headers_next(own, &position, NULL, &name, &value))
    code = append_field(&x->fields, name, value);
  if (code == WATS_OK && sends_body(x->transfer))
    code = append_body_fields(x, own);
  return code;
}

/* ---- profile ---------------------------------------------------------- */

struct wats_profile {
  _Atomic unsigned references;
  uint64_t id;
  bool verify;
  char *ca_file;
  long connect_timeout_ms;
  long low_speed_bytes, low_speed_s;
  struct curl_slist *fields;
};

static void free_secret_list(struct curl_slist *list)
{
  struct curl_slist *field;
  for (field = list; field; field = field->next) {
    volatile char *byte = field->data;
    while (*byte)
      *byte++ = 0;
  }
  curl_slist_free_all(list);
}

static enum wats_errc fill_profile(struct wats_profile *p,
                                   const struct wats_profile_options *o)
{
  enum wats_errc code = append_line(&p->fields, "Accept: application/json");
  if (code == WATS_OK && o->user_agent)
    code = append_field(&p->fields, "User-Agent", o->user_agent);
  if (code == WATS_OK && o->authorization)
    code = append_field(&p->fields, "Authorization", o->authorization);
  if (code == WATS_OK && o->ca_file) {
    p->ca_file = wats_strndup(o->ca_file, strlen(o->ca_file));
    if (!p->ca_file) code = WATS_ERR_MEMORY;
  }
  return code;
}

static long to_ms(int64_t ns)
{
  int64_t ms = ns / WATS_NS_PER_MS;
  if (ms < 1) return 1; /* 0 would mean "no limit" */
  return ms > INT32_MAX ? INT32_MAX : (long)ms;
}

enum wats_errc wats_profile_create(const struct wats_profile_options *options,
                                   struct wats_profile **out,
                                   struct wats_error *error)
{
  static _Atomic uint64_t last_id;
  struct wats_profile *p = wats_calloc(1, sizeof *p);
  if (!p) return wats_fail_memory(error);
  atomic_init(&p->references, 1);
  p->id = atomic_fetch_add(&last_id, 1) + 1;
  p->verify = options->verify;
  p->connect_timeout_ms = to_ms(options->connect_timeout_ns);
  p->low_speed_bytes = options->low_speed_bytes;
  p->low_speed_s = options->low_speed_s;
  if (fill_profile(p, options) != WATS_OK) {
    wats_profile_release(p);
    return wats_fail_memory(error);
  }
  *out = p;
  return WATS_OK;
}

struct wats_profile *wats_profile_retain(struct wats_profile *profile)
{
  atomic_fetch_add_explicit(&profile->references, 1, memory_order_relaxed);
  return profile;
}

void wats_profile_release(struct wats_profile *profile)
{
  if (!profile || atomic_fetch_sub_explicit(&profile->references, 1,
                                            memory_order_acq_rel) != 1)
    return;
  free_secret_list(profile->fields);
  wats_free(profile->ca_file);
  wats_free(profile);
}

/*
** A file stands instead of the system's authorities, so their directory must go
** too. NULL would mean "none": a handle that had a file gets libcurl's
** built-in places back.
*/
static void apply_authorities(CURL *curl, const char *file)
{
  const curl_version_info_data *built_in = curl_version_info(CURLVERSION_NOW);
  curl_easy_setopt(curl, CURLOPT_CAINFO, file ? file : built_in->cainfo);
  curl_easy_setopt(curl, CURLOPT_CAPATH, file ? NULL : built_in->capath);
}

static void apply_profile(struct wats_handle *handle,
                          const struct wats_profile *p)
{
  CURL *curl = handle->curl;
  if (handle->profile == p && handle->profile_id == p->id) return;
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, p->verify ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, p->verify ? 2L : 0L);
  apply_authorities(curl, p->ca_file);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, p->connect_timeout_ms);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, p->low_speed_bytes);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, p->low_speed_s);
  handle->profile = p;
  handle->profile_id = p->id;
}

/* ---- the exchange ----------------------------------------------------- */

static void apply_method(CURL *curl, const struct wats_transfer *t)
{
  const char *custom = t->method;
  if (sends_body(t)) {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, t->body ? t->body : "");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)(t->body ? t->body_length : 0));
    if (strcmp(t->method, "POST") == 0) custom = NULL;
  } else if (strcmp(t->method, "HEAD") == 0) {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    custom = NULL;
  } else {
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    if (strcmp(t->method, "GET") == 0) custom = NULL;
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, custom);
}

static void apply_transfer(struct exchange *x)
{
  const struct wats_transfer *t = x->transfer;
  CURL *curl = x->handle->curl;
  apply_profile(x->handle, t->profile);
  apply_method(curl, t);
  curl_easy_setopt(curl, CURLOPT_URL, t->url);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER,
                   x->fields ? x->fields : t->profile->fields);
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING,
                   t->decompress ? "gzip, deflate" : NULL);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, to_ms(t->timeout_ns));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_head);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
  curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, on_send);
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, x);
}

static enum wats_errc kind_of(CURLcode code)
{
  switch (code) {
  case CURLE_OPERATION_TIMEDOUT:
    return WATS_ERR_TIMEOUT;
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CRL_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS:
  case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
  case CURLE_SSL_ENGINE_INITFAILED:
  case CURLE_USE_SSL_FAILED:
    return WATS_ERR_TLS;
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM:
  case CURLE_HTTP3:
    return WATS_ERR_PROTOCOL;
  case CURLE_BAD_CONTENT_ENCODING:
    return WATS_ERR_DECODE;
  case CURLE_OUT_OF_MEMORY:
    return WATS_ERR_MEMORY;
  default: /* resolve, connect, send, receive, got nothing, cut short */
    return WATS_ERR_CONNECTION;
  }
}

/*
** libcurl keeps the first text of a transfer, and that may be about another
** connection: a kept one that it found dead and closed.
*/
static bool is_beside_the_point(CURLcode code, const char *text)
{
  if (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR) return false;
  return strncmp(text, "Send failure", 12) == 0 ||
         strncmp(text, "Recv failure", 12) == 0;
}

static enum wats_errc explain(struct exchange *x, CURLcode code,
                              struct wats_error *error)
{
  const char *text =
      *x->handle->message ? x->handle->message : curl_easy_strerror(code);
  if (x->no_memory) return wats_fail_memory(error);
  if (code == CURLE_ABORTED_BY_CALLBACK)
    text = "the connection was closed before an answer came";
  if (x->too_large)
    return wats_fail(error, WATS_ERR_TOO_LARGE,
                     "the answer has more than max_body = %zu bytes",
                     x->transfer->max_body);
  /* A malformed chunk is a receive error to libcurl, bad HTTP to us. */
  if (code == CURLE_RECV_ERROR && strstr(text, "chunk"))
    return wats_fail(error, WATS_ERR_PROTOCOL, "%s", text);
  if (is_beside_the_point(code, text))
    return wats_fail(error, kind_of(code), "%s (%s)", curl_easy_strerror(code),
                     text);
  return wats_fail(error, kind_of(code), "%s", text);
}

/* Of an empty value libcurl (7.88) leaves the line's CR. */
static size_t value_length(const struct curl_header *field)
{
  return strcspn(field->value, "\r\n");
}

static enum wats_errc take_headers(CURL *curl, struct wats_response *response,
                                   struct wats_error *error)
{
  struct curl_header *field = NULL;
  while ((field = curl_easy_nextheader(curl, CURLH_HEADER, -1, field))) {
    enum wats_errc code =
        wats_headers_add(&response->headers, field->name, strlen(field->name),
                         field->value, value_length(field));
    if (code == WATS_ERR_MEMORY) return wats_fail_memory(error);
    if (code == WATS_ERR_TOO_LARGE)
      return wats_fail(error, code,
                       "the answer's header fields have more "
                       "than %zu bytes",
                       MAX_HEADER_BYTES);
    if (code != WATS_OK)
      return wats_fail(error, WATS_ERR_PROTOCOL,
                       "the answer has a malformed header field");
  }
  return WATS_OK;
}

static int http_version_of(CURL *curl)
{
  long version = 0;
  curl_easy_getinfo(curl, CURLINFO_HTTP_VERSION, &version);
  switch (version) {
  case CURL_HTTP_VERSION_1_0:
    return 10;
  case CURL_HTTP_VERSION_2_0:
    return 20;
  case CURL_HTTP_VERSION_3:
    return 30;
  default:
    return 11;
  }
}

static enum wats_errc take_response(struct exchange *x,
                                    struct wats_transfer_result *result,
                                    struct wats_error *error)
{
  CURL *curl = x->handle->curl;
  long status = 0;
  enum wats_errc code;
  struct wats_response *response = wats_response_create();
  if (!response) return wats_fail_memory(error);
  response->headers.block.limit = MAX_HEADER_BYTES;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  response->status = (int)status;
  response->http_version = http_version_of(curl);
  code = take_headers(curl, response, error);
  if (code == WATS_OK && !x->head_ended)
    code = wats_fail(error, WATS_ERR_CONNECTION,
                     "the connection ended within the answer's header fields");
  if (code == WATS_OK && status < 100)
    code = wats_fail(error, WATS_ERR_PROTOCOL, "the answer has no status");
  if (code == WATS_OK && wats_response_set_body(response, &x->body) != WATS_OK)
    code = wats_fail_memory(error);
  if (code == WATS_OK)
    result->response = response;
  else
    wats_response_release(response);
  return code;
}

static void take_figures(CURL *curl, struct wats_transfer_result *result)
{
  curl_off_t microseconds = 0, up = 0, down = 0;
  long header = 0, connects = 0, local_port = 0;
  curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME_T, &microseconds);
  curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &up);
  curl_easy_getinfo(curl, CURLINFO_SIZE_DOWNLOAD_T, &down);
  curl_easy_getinfo(curl, CURLINFO_HEADER_SIZE, &header);
  curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connects);
  curl_easy_getinfo(curl, CURLINFO_LOCAL_PORT, &local_port);
  result->elapsed_ns = microseconds * 1000;
  result->bytes_sent = (uint64_t)up;
  result->bytes_received = (uint64_t)(down + header);
  result->connection_reused = connects == 0;
  result->connected = local_port > 0;
}

/* Nothing of this exchange stays reachable from the pooled handle. */
static void forget(struct exchange *x)
{
  CURL *curl = x->handle->curl;
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, NULL);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, NULL);
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, NULL);
  free_secret_list(x->fields);
  wats_buffer_free(&x->body);
  wats_engine_give(x->handle);
}

/*
** Why a server is not trusted is worth knowing: where the text was spent on a
** dead connection, a second try, which sends nothing either, has the reason.
*/
static CURLcode run(struct exchange *x)
{
  CURL *curl = x->handle->curl;
  CURLcode done;
  x->handle->message[0] = '\0';
  done = curl_easy_perform(curl);
  if (kind_of(done) != WATS_ERR_TLS || x->sends ||
      !is_beside_the_point(done, x->handle->message))
    return done;
  x->handle->message[0] = '\0';
  return curl_easy_perform(curl);
}

enum wats_errc wats_transfer_perform(const struct wats_transfer *transfer,
                                     struct wats_transfer_result *result,
                                     struct wats_error *error)
{
  struct exchange x = {.transfer = transfer};
  CURLcode done;
  enum wats_errc code;
  memset(result, 0, sizeof *result);
  x.handle = wats_engine_take();
  if (!x.handle) return wats_fail_memory(error);
  wats_buffer_init(&x.body, transfer->max_body ? transfer->max_body : 1);
  code = build_fields(&x, transfer->profile->fields);
  if (code == WATS_OK) {
    apply_transfer(&x);
    done = run(&x);
    take_figures(x.handle->curl, result);
    result->sends = x.sends;
    code = done == CURLE_OK ? take_response(&x, result, error)
                            : explain(&x, done, error);
  } else
    code = wats_fail_memory(error);
  forget(&x);
  return code;
}
