/*
** transfer.c - see transfer.h.
*/
#include "transfer.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "clock.h"
#include "handles.h"

/* libcurl's own figure. */
#define ADDRESS_LIFE_S 60L

_Static_assert(WATS_HANDLE_SPARE == WATS_ANSWER_SPARE, "a buffer for each");

/* Callbacks get the handle, so that they need not be set for each exchange. */
static struct wats_exchange *exchange_of(void *context)
{
  return ((struct wats_handle *)context)->user;
}

/* Called before each sending, so also before libcurl repeats one by itself. */
static int on_send(void *context, char *remote, char *local, int remote_port,
                   int local_port)
{
  struct wats_exchange *x = exchange_of(context);
  (void)remote;
  (void)local;
  (void)remote_port;
  (void)local_port;
  wats_handle_begin(x->handle);
  if (x->transfer->once && x->sends) return CURL_PREREQFUNC_ABORT;
  x->sends++;
  return CURL_PREREQFUNC_OK;
}

/* Less than it was given makes libcurl end the transfer. */
static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
  struct wats_exchange *x = exchange_of(context);
  if (x->flow.sinking) return wats_flow_bytes(&x->flow, bytes, size * count);
  return wats_answer_bytes(&x->answer, bytes, size * count) ? size * count : 0;
}

static size_t on_head(char *line, size_t size, size_t count, void *context)
{
  struct wats_exchange *x = exchange_of(context);
  bool taken = wats_answer_line(&x->answer, line, size * count);
  if (taken && x->answer.head_ended) taken = wats_flow_head(&x->flow);
  return taken ? size * count : 0;
}

/* ---- request header fields -------------------------------------------- */

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

static enum wats_errc append_body_fields(struct wats_exchange *x,
                                         const struct wats_headers *own)
{
  enum wats_errc code = WATS_OK;
  if (!(own && wats_headers_get(own, "Expect")))
    code = wats_fields_add_line(&x->fields, "Expect:");
  /* Without this libcurl would call any body a form. */
  if (code == WATS_OK && !(own && wats_headers_get(own, "Content-Type")))
    code = wats_fields_add_line(&x->fields, "Content-Type:");
  return code;
}

static bool sends_body(const struct wats_transfer *t)
{
  return t->body || wats_flow_has_source(t->stream) ||
         strcmp(t->method, "POST") == 0 || strcmp(t->method, "PUT") == 0 ||
         strcmp(t->method, "PATCH") == 0;
}

/* The profile's own list serves as long as nothing is added to it. */
static enum wats_errc build_fields(struct wats_exchange *x,
                                   struct curl_slist *standing)
{
  const struct wats_headers *own = x->transfer->headers;
  const char *name, *value;
  size_t position = 0;
  enum wats_errc code = WATS_OK;
  if (!sends_body(x->transfer) && (!own || own->count == 0)) return WATS_OK;
  for (; standing && code == WATS_OK; standing = standing->next)
    if (!is_replaced(standing->data, own))
      code = wats_fields_add_line(&x->fields, standing->data);
  while (code == WATS_OK && own &&
         wats_headers_next(own, &position, NULL, &name, &value))
    code = wats_fields_add(&x->fields, name, value);
  if (code == WATS_OK && sends_body(x->transfer))
    code = append_body_fields(x, own);
  return code;
}

/* ---- the exchange ----------------------------------------------------- */

static CURLcode apply_method(struct wats_handle *handle,
                             const struct wats_transfer *t)
{
  const char *custom = t->method;
  CURL *curl = handle->curl;
  bool gets = strcmp(t->method, "GET") == 0 && !sends_body(t);
  CURLcode code;
  if (gets && handle->gets) return CURLE_OK;
  handle->gets = false;
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
    if (gets) custom = NULL;
  }
  code = curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, custom);
  handle->gets = gets && code == CURLE_OK;
  return code;
}

/* A part of something encoded cannot be decoded. */
static bool may_be_encoded(const struct wats_transfer *t)
{
  return t->decompress &&
         !(t->headers && wats_headers_get(t->headers, "Range"));
}

/* "" is all that libcurl knows. */
static const char *codings_of(const struct wats_transfer *t)
{
  if (!may_be_encoded(t)) return NULL;
  return t->profile->all_codings ? "" : "gzip";
}

/* Of static texts the address tells. */
static CURLcode apply_codings(struct wats_handle *handle, const char *codings)
{
  CURLcode code;
  if (handle->codings == codings) return CURLE_OK;
  code = curl_easy_setopt(handle->curl, CURLOPT_ACCEPT_ENCODING, codings);
  handle->codings = code == CURLE_OK ? codings : NULL;
  return code;
}

/* A handle that never had one needs not be told that there is none. */
static CURLcode apply_referer(struct wats_handle *handle, const char *referer)
{
  CURLcode code;
  if (!referer && !handle->refers) return CURLE_OK;
  handle->refers = true;
  code = curl_easy_setopt(handle->curl, CURLOPT_REFERER, referer);
  if (code == CURLE_OK) handle->refers = referer != NULL;
  return code;
}

/*
** Texts are copied, which can fail; then the handle would still have those of
** the exchange before, perhaps another client's.
*/
static CURLcode apply_texts(struct wats_exchange *x)
{
  const struct wats_transfer *t = x->transfer;
  CURL *curl = x->handle->curl;
  CURLcode code = wats_profile_apply(t->profile, x->handle);
  if (code == CURLE_OK) code = apply_method(x->handle, t);
  if (code == CURLE_OK) code = curl_easy_setopt(curl, CURLOPT_URL, t->url);
  if (code == CURLE_OK) code = apply_codings(x->handle, codings_of(t));
  if (code == CURLE_OK) code = apply_referer(x->handle, t->referer);
  return code;
}

static void apply_callbacks(struct wats_handle *handle)
{
  CURL *curl = handle->curl;
  if (handle->has_callbacks) return;
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, handle);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_head);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, handle);
  curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, on_send);
  curl_easy_setopt(curl, CURLOPT_PREREQDATA, handle);
  handle->has_callbacks = true;
}

/* Rather a stream of a connection that is being made than one more of them: TLS
** tells at once whether it takes streams. Without TLS only the first answer
** would, and that may be slow. */
static void apply_waiting(struct wats_handle *handle, const char *url)
{
  bool waits = strncmp(url, "https:", 6) == 0;
  if (waits == handle->waits_for_stream) return;
  curl_easy_setopt(handle->curl, CURLOPT_PIPEWAIT, (long)waits);
  handle->waits_for_stream = waits;
}

/*
** How old a known address may be. With every limit libcurl walks through its
** whole table at the end of each transfer, so most do without: one in each
** second lets what is too old go.
*/
static void apply_addresses(struct wats_handle *handle)
{
  static _Atomic int64_t looked_ns;
  int64_t time = wats_clock_monotonic(&wats_system_clock);
  int64_t before = atomic_load_explicit(&looked_ns, memory_order_relaxed);
  bool keeps = before && time - before < WATS_NS_PER_S;
  if (!keeps) atomic_store_explicit(&looked_ns, time, memory_order_relaxed);
  if (keeps == handle->keeps_addresses) return;
  curl_easy_setopt(handle->curl, CURLOPT_DNS_CACHE_TIMEOUT,
                   keeps ? -1L : ADDRESS_LIFE_S);
  handle->keeps_addresses = keeps;
}

/* The request's id stands before the list that serves already: nothing has to
** be copied for it. */
static void apply_fields(struct wats_exchange *x)
{
  const char *id = x->transfer->request_id;
  struct curl_slist *list = x->fields;
  if (id) {
    snprintf(x->name, sizeof x->name, WATS_REQUEST_ID_FIELD ": %s", id);
    x->named.data = x->name;
    x->named.next = list ? list : x->transfer->profile->fields;
    list = &x->named;
  }
  if (list) curl_easy_setopt(x->handle->curl, CURLOPT_HTTPHEADER, list);
}

static void apply_rest(struct wats_exchange *x)
{
  const struct wats_transfer *t = x->transfer;
  struct wats_handle *handle = x->handle;
  long timeout_ms = wats_to_ms(t->timeout_ns);
  apply_fields(x);
  if (timeout_ms != handle->timeout_ms)
    curl_easy_setopt(handle->curl, CURLOPT_TIMEOUT_MS, timeout_ms);
  handle->timeout_ms = timeout_ms;
  apply_addresses(handle);
  apply_waiting(handle, t->url);
  apply_callbacks(handle);
  handle->user = x;
  x->flow.stream = t->stream;
  x->flow.answer = &x->answer;
  x->flow.curl = handle->curl;
  x->flow.timeout_ns = t->timeout_ns;
  x->flow.low_speed_bytes = t->profile->low_speed_bytes;
  x->flow.low_speed_s = t->profile->low_speed_s;
  wats_flow_apply(&x->flow);
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
  case CURLE_WRITE_ERROR: /* not by us: more behind the end of its gzip */
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

/*
** Of a proxy's URL that libcurl cannot use it repeats all, user and password
** included; the text may be cut anywhere, so what looks like a URL is enough.
*/
static bool may_show_secret(const struct wats_profile *p, const char *text)
{
  if (!p->proxy && !p->proxy_from_environment) return false;
  return strncmp(text, "Unsupported proxy", 17) == 0 || strchr(text, '@') ||
         strstr(text, "://");
}

static enum wats_errc explain_head(const struct wats_exchange *x, CURLcode code,
                                   struct wats_error *error)
{
  switch (code) {
  case CURLE_OUT_OF_MEMORY: /* a line of more than 100 KB looks like that */
    return wats_fail(error, WATS_ERR_TOO_LARGE,
                     "the answer's header fields have more than %zu bytes",
                     WATS_ANSWER_HEAD);
  case CURLE_BAD_FUNCTION_ARGUMENT: /* from libcurl's own list of fields */
    return wats_fail(error, WATS_ERR_PROTOCOL,
                     "the answer has a malformed header field");
  case CURLE_UNSUPPORTED_PROTOCOL:
    if (strstr(x->handle->message, "HTTP/0.9"))
      return wats_fail(error, WATS_ERR_PROTOCOL,
                       "what came is no HTTP answer: it does not begin with a "
                       "status line");
    break;
  default:
    break;
  }
  return WATS_OK;
}

static enum wats_errc explain(const struct wats_exchange *x, CURLcode code,
                              struct wats_error *error)
{
  const char *text =
      *x->handle->message ? x->handle->message : curl_easy_strerror(code);
  if (x->answer.refusal != WATS_OK) return x->answer.refusal;
  if (x->sends && !x->answer.head_ended) {
    enum wats_errc kind = explain_head(x, code, error);
    if (kind != WATS_OK) return kind;
  }
  if (kind_of(code) == WATS_ERR_MEMORY) return wats_fail_memory(error);
  if (may_show_secret(x->transfer->profile, text))
    return wats_fail(error, kind_of(code),
                     "%s (the proxy's URL may be malformed, or of a scheme "
                     "that is not supported)",
                     curl_easy_strerror(code));
  if (code == CURLE_WRITE_ERROR) text = "the answer's coding is broken";
  if (code == CURLE_ABORTED_BY_CALLBACK)
    text = "the connection was closed before an answer came";
  /* A malformed chunk is a receive error to libcurl, bad HTTP to us. */
  if (code != CURLE_PARTIAL_FILE && strstr(text, "chunked-encod"))
    return wats_fail(error, WATS_ERR_PROTOCOL, "%s", text);
  if (is_beside_the_point(code, text))
    return wats_fail(error, kind_of(code), "%s (%s)", curl_easy_strerror(code),
                     text);
  return wats_fail(error, kind_of(code), "%s", text);
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

static enum wats_errc take_response(struct wats_exchange *x)
{
  CURL *curl = x->handle->curl;
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return wats_answer_finish(&x->answer, (int)status, http_version_of(curl),
                            &x->result.response);
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
  result->connected = local_port > 0;
  result->connection_reused = result->connected && connects == 0;
}

/* The handle then has other limits than the profile's, and others than it
** knows. */
static void forget_stream(struct wats_exchange *x)
{
  wats_flow_forget(&x->flow);
  x->handle->timeout_ms = 0;
  if (!wats_flow_streams(x->flow.stream)) return;
  x->handle->profile_id = 0;
  x->handle->waits_for_stream = false;
}

/* Nothing of this exchange stays reachable from the pooled handle. */
static void forget(struct wats_exchange *x)
{
  struct wats_handle *handle = x->handle;
  const struct wats_profile *p = x->transfer->profile;
  if (x->fields || x->transfer->request_id)
    curl_easy_setopt(handle->curl, CURLOPT_HTTPHEADER,
                     handle->profile_id == p->id ? p->fields : NULL);
  if (!handle->gets) curl_easy_setopt(handle->curl, CURLOPT_POSTFIELDS, NULL);
  if (x->flow.stream) forget_stream(x);
  handle->user = NULL;
  wats_fields_free(x->fields);
  x->fields = NULL;
  wats_answer_free(&x->answer);
  wats_handle_give(handle);
  x->handle = NULL;
}

/* Everything is in its place before the network is touched. */
static enum wats_errc prepare(struct wats_exchange *x, struct wats_error *error)
{
  CURLcode applied;
  if (build_fields(x, x->transfer->profile->fields) != WATS_OK)
    return wats_fail_memory(error);
  applied = apply_texts(x);
  if (applied == CURLE_BAD_FUNCTION_ARGUMENT)
    return wats_fail(error, WATS_ERR_ARGUMENT, "the URL is too long: %zu bytes",
                     strlen(x->transfer->url));
  if (applied != CURLE_OK && kind_of(applied) != WATS_ERR_MEMORY)
    return wats_fail(error, kind_of(applied), "%s",
                     curl_easy_strerror(applied));
  if (applied != CURLE_OK) return wats_fail_memory(error);
  apply_rest(x);
  x->handle->message[0] = '\0';
  return WATS_OK;
}

/*
** Why a server is not trusted is worth knowing: where the text was spent on a
** dead connection, a second try, which sends nothing either, has the reason.
*/
static bool ask_again(struct wats_exchange *x, CURLcode done)
{
  if (x->asked_again || kind_of(done) != WATS_ERR_TLS || x->sends ||
      !is_beside_the_point(done, x->handle->message))
    return false;
  x->asked_again = true;
  x->handle->message[0] = '\0';
  return wats_engine_submit(&x->job, x->caller_waits) == WATS_OK;
}

/* libcurl has kept it waiting all the time, for a connection to end or to be
** made, and says what it likes of that. */
static enum wats_errc never_begun(struct wats_exchange *x)
{
  return wats_fail(x->error, WATS_ERR_TIMEOUT,
                   "no connection to the server was free within %.3g s",
                   (double)x->transfer->timeout_ns / 1e9);
}

static enum wats_errc outcome(struct wats_exchange *x, CURLcode done)
{
  if (x->flow.state == WATS_FLOW_STALLED)
    return wats_flow_stalled(&x->flow, x->error);
  if (x->cancelled && done == CURLE_ABORTED_BY_CALLBACK)
    return wats_fail(x->error, WATS_ERR_CANCELLED, "cancelled");
  if (done == CURLE_OPERATION_TIMEDOUT && !x->handle->begun_ns)
    return never_begun(x);
  return done == CURLE_OK ? take_response(x) : explain(x, done, x->error);
}

/* libcurl's total is exact, but has the time in it that it let pass before. */
static void take_times(struct wats_exchange *x)
{
  int64_t begun_ns = x->handle->begun_ns;
  int64_t time = wats_clock_monotonic(&wats_system_clock);
  x->result.waited_ns = (begun_ns ? begun_ns : time) - x->began_ns;
  if (!begun_ns)
    x->result.elapsed_ns = 0;
  else if (x->result.elapsed_ns > time - begun_ns)
    x->result.elapsed_ns = time - begun_ns;
}

static void on_done(struct wats_job *job, CURLcode done)
{
  struct wats_exchange *x =
      (struct wats_exchange *)((char *)job -
                               offsetof(struct wats_exchange, job));
  if (ask_again(x, done)) return;
  x->result.tried = x->handle->begun_ns != 0;
  x->result.sends = x->sends;
  take_figures(x->handle->curl, &x->result);
  take_times(x);
  x->code = outcome(x, done);
  forget(x);
  x->done(x);
}

static void set_time(struct wats_exchange *x)
{
  int64_t time = wats_clock_monotonic(&wats_system_clock);
  x->began_ns = x->start_ns > time ? x->start_ns : time;
  x->handle->begun_ns = 0;
  x->job.start_ns = x->start_ns;
  x->job.end_ns = wats_time_add(x->began_ns, x->transfer->timeout_ns);
  x->job.begun_ns = &x->handle->begun_ns;
}

enum wats_errc wats_exchange_start(struct wats_exchange *x)
{
  const struct wats_transfer *t = x->transfer;
  enum wats_errc code;
  memset(&x->result, 0, sizeof x->result);
  x->fields = NULL;
  x->flow = (struct wats_flow){0};
  x->sends = 0;
  x->asked_again = false;
  x->handle = wats_handle_take();
  if (!x->handle) return wats_fail_memory(x->error);
  wats_answer_init(&x->answer, t->max_body,
                   may_be_encoded(t) && !t->profile->all_codings, x->error);
  wats_answer_borrow(&x->answer, x->handle->spare);
  code = prepare(x, x->error);
  if (code == WATS_OK) {
    x->job.curl = x->handle->curl;
    set_time(x);
    x->job.done = on_done;
    code = wats_engine_submit(&x->job, x->caller_waits);
    if (code == WATS_OK) return WATS_OK; /* it is the driver's by now */
    wats_fail(x->error, code, "the engine cannot be started");
  }
  forget(x);
  return code;
}

void wats_exchange_cancel(struct wats_exchange *x)
{
  atomic_store(&x->cancelled, true);
  wats_engine_cancel(&x->job);
}

/* ---- blocking ----------------------------------------------------------- */

static void wake_waiter(struct wats_exchange *x)
{
  wats_engine_wake(x->context);
}

enum wats_errc wats_transfer_perform(const struct wats_transfer *transfer,
                                     struct wats_transfer_result *result,
                                     struct wats_error *error)
{
  struct wats_waiter waiter;
  struct wats_exchange x = {.transfer = transfer,
                            .error = error,
                            .done = wake_waiter,
                            .context = &waiter,
                            .caller_waits = true};
  enum wats_errc code;
  memset(result, 0, sizeof *result);
  if (wats_waiter_init(&waiter) != WATS_OK) return wats_fail_memory(error);
  code = wats_exchange_start(&x);
  if (code == WATS_OK) {
    while (!wats_engine_wait(&waiter, WATS_NEVER))
      ;
    code = x.code;
    *result = x.result;
  }
  wats_waiter_destroy(&waiter);
  return code;
}
