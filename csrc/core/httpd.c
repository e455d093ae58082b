/*
** httpd.c - see httpd.h. libmicrohttpd with external polling.
**
** One `exchange` per request: made when the request line is read (the only
** moment at which the target is had as it was sent), freed when libmicrohttpd
** reports the request completed. libmicrohttpd calls on_request once for the
** header, then for each piece of body, then once more for the answer; after
** a suspension it calls again as for the answer, which is why the reply is
** kept in the exchange. Built without libmicrohttpd: httpd_absent.c.
*/
#include "httpd.h"

#ifndef WATS_WITHOUT_HEALTH

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alloc.h"
#include "clock.h"
#include "httpd_crowd.h"

#define DEFAULT_MAX_BODY        ((size_t)32 * 1024 * 1024)
#define DEFAULT_MAX_CONNECTIONS 512
#define DEFAULT_MAX_HEAD        ((size_t)64 * 1024)
#define PIECE                   ((size_t)16 * 1024)
/* Connections that were shut and are not yet closed: so many more may be there,
** or those who come would wait for a turn. */
#define SPARE_CONNECTIONS 32

struct exchange {
  struct wats_httpd *owner;
  struct MHD_Connection *connection;
  struct wats_httpd_guest *guest; /* NULL: there was no memory for it */
  char *target;
  struct wats_httpd_request request;
  struct wats_httpd_reply reply;
  bool begun;    /* the header was taken over */
  bool answered; /* the handler has filled the reply */
  bool waiting;  /* suspended, and in the owner's list */
  int64_t due_ns;
  struct exchange *earlier, *later; /* in the owner's list */
};

struct wats_httpd {
  struct MHD_Daemon *daemon;
  wats_httpd_handler *handler;
  void *context;
  size_t max_body, max_head;
  uint16_t port;
  int epoll_fd, listener_fd;
  bool stopping;
  uint64_t last_id;
  struct wats_httpd_crowd crowd;
  struct exchange *first, *last; /* delayed answers, by due_ns */
};

/* Half of an answer's body, for WATS_HTTPD_CUT. */
struct half_body {
  char *bytes;
  size_t length;
};

static void enlist(struct wats_httpd *httpd, struct exchange *x)
{
  struct exchange *before = httpd->last;
  while (before && before->due_ns > x->due_ns)
    before = before->earlier;
  x->earlier = before;
  x->later = before ? before->later : httpd->first;
  if (x->later)
    x->later->earlier = x;
  else
    httpd->last = x;
  if (before)
    before->later = x;
  else
    httpd->first = x;
  x->waiting = true;
}

static void delist(struct wats_httpd *httpd, struct exchange *x)
{
  if (x->earlier)
    x->earlier->later = x->later;
  else
    httpd->first = x->later;
  if (x->later)
    x->later->earlier = x->earlier;
  else
    httpd->last = x->earlier;
  x->earlier = x->later = NULL;
  x->waiting = false;
}

void wats_httpd_reply_init(struct wats_httpd_reply *reply)
{
  *reply = (struct wats_httpd_reply){.status = 200};
  wats_headers_init(&reply->headers, 0);
  wats_buffer_init(&reply->body, 0);
}

void wats_httpd_reply_free(struct wats_httpd_reply *reply)
{
  wats_headers_free(&reply->headers);
  wats_buffer_free(&reply->body);
}

static void free_exchange(struct exchange *x)
{
  if (!x) return;
  if (x->waiting) delist(x->owner, x);
  if (x->guest) x->guest->busy = false;
  wats_headers_free(&x->request.headers);
  wats_buffer_free(&x->request.body);
  wats_httpd_reply_free(&x->reply);
  wats_free(x->target);
  wats_free(x);
}

/* Somebody comes, or has gone. */
static void on_connection(void *context, struct MHD_Connection *connection,
                          void **guest,
                          enum MHD_ConnectionNotificationCode what)
{
  struct wats_httpd *httpd = context;
  const union MHD_ConnectionInfo *info;
  if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
    wats_httpd_crowd_leave(&httpd->crowd, *guest);
    *guest = NULL;
    return;
  }
  info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  if (info)
    *guest = wats_httpd_crowd_join(&httpd->crowd, info->connect_fd,
                                   wats_clock_monotonic(&wats_system_clock));
}

static struct wats_httpd_guest *guest_of(struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info ? info->socket_context : NULL;
}

/* The request line was read: `target` is still as the peer wrote it. */
static void *on_target(void *context, const char *target,
                       struct MHD_Connection *connection)
{
  struct wats_httpd *httpd = context;
  struct exchange *x = wats_calloc(1, sizeof *x);
  if (!x) return NULL;
  x->owner = httpd;
  x->connection = connection;
  x->guest = guest_of(connection);
  x->request.id = ++httpd->last_id;
  wats_headers_init(&x->request.headers, httpd->max_head);
  wats_buffer_init(&x->request.body, httpd->max_body);
  wats_httpd_reply_init(&x->reply);
  x->target = wats_strndup(target, strlen(target));
  x->request.target = x->target;
  if (!x->target) {
    free_exchange(x);
    return NULL;
  }
  return x;
}

static void on_completed(void *context, struct MHD_Connection *connection,
                         void **slot, enum MHD_RequestTerminationCode why)
{
  (void)context;
  (void)connection;
  (void)why;
  free_exchange(*slot);
  *slot = NULL;
}

/* A field that is no token or holds a control character is left out. */
static enum MHD_Result on_field(void *context, enum MHD_ValueKind kind,
                                const char *name, const char *value)
{
  struct wats_headers *headers = context;
  if (!value) value = "";
  (void)kind;
  return wats_headers_add(headers, name, strlen(name), value, strlen(value)) ==
                 WATS_ERR_MEMORY
             ? MHD_NO
             : MHD_YES;
}

/* Keeps reading past the limit, so that the peer gets to see the answer. */
static enum MHD_Result take_body(struct exchange *x, const char *bytes,
                                 size_t length)
{
  struct wats_httpd_request *request = &x->request;
  if (request->body_too_large) return MHD_YES;
  switch (wats_buffer_append(&request->body, bytes, length)) {
  case WATS_OK:
    return MHD_YES;
  case WATS_ERR_TOO_LARGE:
    request->body_too_large = true;
    wats_buffer_free(&request->body);
    return MHD_YES;
  default:
    return MHD_NO;
  }
}

static ssize_t read_half(void *context, uint64_t position, char *buffer,
                         size_t room)
{
  const struct half_body *half = context;
  size_t left;
  if (position >= half->length) return MHD_CONTENT_READER_END_WITH_ERROR;
  left = half->length - (size_t)position;
  if (left > room) left = room;
  memcpy(buffer, half->bytes + position, left);
  return (ssize_t)left;
}

static void free_half(void *context)
{
  struct half_body *half = context;
  wats_free(half->bytes);
  wats_free(half);
}

/* An answer that promises its whole body (at least a byte) and breaks off. */
static struct MHD_Response *make_cut_response(struct wats_buffer *body)
{
  struct MHD_Response *response;
  struct half_body *half = wats_malloc(sizeof *half);
  size_t whole;
  if (!half) return NULL;
  half->bytes = wats_buffer_detach(body, &whole);
  half->length = whole / 2;
  response = MHD_create_response_from_callback(whole ? whole : 1, PIECE,
                                               read_half, half, free_half);
  if (!response) free_half(half);
  return response;
}

static struct MHD_Response *make_response(struct wats_buffer *body)
{
  size_t length;
  char *bytes = wats_buffer_detach(body, &length);
  struct MHD_Response *response =
      MHD_create_response_from_buffer_with_free_callback(length, bytes,
                                                         wats_free);
  if (!response) wats_free(bytes);
  return response;
}

static enum MHD_Result send_reply(struct exchange *x)
{
  struct wats_httpd_reply *reply = &x->reply;
  struct MHD_Response *response;
  const char *name, *value;
  size_t position = 0;
  enum MHD_Result result;
  if (reply->action == WATS_HTTPD_CLOSE) return MHD_NO;
  response = reply->action == WATS_HTTPD_CUT ? make_cut_response(&reply->body)
                                             : make_response(&reply->body);
  if (!response) return MHD_NO;
  while (wats_headers_next(&reply->headers, &position, NULL, &name, &value))
    MHD_add_response_header(response, name, value);
  if (wats_httpd_crowd_ends_soon(&x->owner->crowd, x->guest,
                                 wats_clock_monotonic(&wats_system_clock)))
    MHD_add_response_header(response, "Connection", "close");
  result =
      MHD_queue_response(x->connection, (unsigned int)reply->status, response);
  MHD_destroy_response(response);
  return result;
}

static enum MHD_Result handle(struct exchange *x, const char *method)
{
  struct wats_httpd *httpd = x->owner;
  x->request.method = method;
  if (x->guest) x->guest->busy = true;
  httpd->handler(httpd->context, &x->request, &x->reply);
  x->answered = true;
  wats_buffer_free(&x->request.body);
  if (x->reply.delay_ns <= 0) return send_reply(x);
  x->due_ns = wats_time_add(wats_clock_monotonic(&wats_system_clock),
                            x->reply.delay_ns);
  enlist(httpd, x);
  MHD_suspend_connection(x->connection);
  return MHD_YES;
}

static enum MHD_Result on_request(void *context,
                                  struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *body,
                                  size_t *body_length, void **slot)
{
  struct exchange *x = *slot;
  (void)context;
  (void)url;
  (void)version;
  if (!x || x->owner->stopping) return MHD_NO;
  if (!x->begun) {
    int all;
    x->begun = true;
    all = MHD_get_connection_values(connection, MHD_HEADER_KIND, NULL, NULL);
    return MHD_get_connection_values(connection, MHD_HEADER_KIND, on_field,
                                     &x->request.headers) == all
               ? MHD_YES
               : MHD_NO;
  }
  if (*body_length > 0) {
    size_t length = *body_length;
    *body_length = 0;
    return take_body(x, body, length);
  }
  return x->answered ? send_reply(x) : handle(x, method);
}

static struct MHD_Daemon *start_daemon(struct wats_httpd *httpd,
                                       unsigned max_connections,
                                       unsigned idle_timeout_s)
{
  unsigned flags = MHD_ALLOW_SUSPEND_RESUME;
  if (MHD_is_feature_supported(MHD_FEATURE_EPOLL) == MHD_YES)
    flags |= MHD_USE_EPOLL;
  return MHD_start_daemon(
      flags, 0, NULL, NULL, on_request, NULL,              /**/
      MHD_OPTION_LISTEN_SOCKET, httpd->listener_fd,        /**/
      MHD_OPTION_URI_LOG_CALLBACK, on_target, httpd,       /**/
      MHD_OPTION_NOTIFY_CONNECTION, on_connection, httpd,  /**/
      MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,     /**/
      MHD_OPTION_CONNECTION_LIMIT, max_connections,        /**/
      MHD_OPTION_CONNECTION_TIMEOUT, idle_timeout_s,       /**/
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, httpd->max_head, /**/
      MHD_OPTION_END);
}

/* What the options say of sizes, or the defaults; how many connections
** libmicrohttpd is to take. */
static unsigned set_limits(struct wats_httpd *httpd,
                           const struct wats_httpd_options *options)
{
  unsigned most = options->max_connections ? options->max_connections
                                           : DEFAULT_MAX_CONNECTIONS;
  httpd->max_body = options->max_body ? options->max_body : DEFAULT_MAX_BODY;
  httpd->max_head = options->max_head ? options->max_head : DEFAULT_MAX_HEAD;
  httpd->crowd.max_age_ns = options->max_age_ns;
  if (!options->make_room) return most;
  httpd->crowd.limit = most;
  return most + SPARE_CONNECTIONS;
}

enum wats_errc wats_httpd_create(const struct wats_httpd_options *options,
                                 struct wats_httpd **out,
                                 struct wats_error *error)
{
  const union MHD_DaemonInfo *info;
  struct wats_httpd *httpd = wats_calloc(1, sizeof *httpd);
  struct wats_listener listener;
  enum wats_errc code;
  unsigned most;
  if (options->listener)
    listener = *options->listener;
  else {
    code = wats_listener_inet(options->host ? options->host : "127.0.0.1",
                              options->port, &listener, error);
    if (code) goto failed;
  }
  if (!httpd) {
    close(listener.fd);
    return wats_fail_memory(error);
  }
  httpd->handler = options->handler;
  httpd->context = options->context;
  httpd->port = listener.port;
  httpd->listener_fd = listener.fd;
  most = set_limits(httpd, options);
  httpd->daemon = start_daemon(httpd, most, options->idle_timeout_s);
  if (!httpd->daemon) { /* which has closed the listener */
    code = wats_fail(error, WATS_ERR_IO, "libmicrohttpd did not start");
    goto failed;
  }
  info = MHD_get_daemon_info(httpd->daemon, MHD_DAEMON_INFO_EPOLL_FD);
  httpd->epoll_fd = info ? info->epoll_fd : -1;
  *out = httpd;
  return WATS_OK;
failed:
  wats_free(httpd);
  return code;
}

void wats_httpd_destroy(struct wats_httpd *httpd)
{
  if (!httpd) return;
  httpd->stopping = true;
  while (httpd->first) { /* the daemon must not stop with any suspended */
    struct exchange *x = httpd->first;
    delist(httpd, x);
    MHD_resume_connection(x->connection);
  }
  MHD_stop_daemon(httpd->daemon);
  wats_free(httpd);
}

void wats_httpd_abandon(struct wats_httpd *httpd)
{
  struct wats_httpd_guest *guest;
  for (guest = httpd->crowd.first; guest; guest = guest->later)
    close(guest->fd);
  close(httpd->listener_fd);
  if (httpd->epoll_fd >= 0) close(httpd->epoll_fd);
}

const char *wats_httpd_version(void)
{
  return MHD_get_version();
}

uint16_t wats_httpd_port(const struct wats_httpd *httpd)
{
  return httpd->port;
}

bool wats_httpd_amend(struct wats_httpd *httpd, uint64_t id,
                      struct wats_httpd_reply *reply)
{
  struct exchange *x = httpd->first;
  struct wats_httpd_reply before;
  while (x && x->request.id != id)
    x = x->later;
  if (!x) return false;
  before = x->reply;
  x->reply = *reply;
  *reply = before;
  delist(httpd, x);
  x->due_ns = wats_time_add(wats_clock_monotonic(&wats_system_clock),
                            x->reply.delay_ns);
  enlist(httpd, x);
  return true;
}

static void resume_due(struct wats_httpd *httpd)
{
  int64_t now;
  if (!httpd->first) return;
  now = wats_clock_monotonic(&wats_system_clock);
  while (httpd->first && httpd->first->due_ns <= now) {
    struct exchange *x = httpd->first;
    delist(httpd, x);
    MHD_resume_connection(x->connection);
  }
}

/* How long to poll, in ms; -1 = until something happens. */
static int polling_time(const struct wats_httpd *httpd, int64_t timeout_ns)
{
  MHD_UNSIGNED_LONG_LONG ms;
  int64_t wait = timeout_ns, due = wats_httpd_crowd_next(&httpd->crowd);
  if (httpd->first && httpd->first->due_ns < due) due = httpd->first->due_ns;
  if (due != WATS_NEVER) {
    int64_t left = due - wats_clock_monotonic(&wats_system_clock);
    if (left < wait) wait = left;
  }
  if (MHD_get_timeout(httpd->daemon, &ms) == MHD_YES &&
      ms < (uint64_t)(INT32_MAX) && (int64_t)ms * WATS_NS_PER_MS < wait)
    wait = (int64_t)ms * WATS_NS_PER_MS;
  if (wait <= 0) return 0;
  if (wait == WATS_NEVER) return -1;
  wait = (wait - 1) / WATS_NS_PER_MS + 1;
  return wait > INT32_MAX ? INT32_MAX : (int)wait;
}

/* Waits on epoll's one descriptor and those watched. */
static int wait_epoll(struct wats_httpd *httpd, int timeout_ms,
                      const int *watched, size_t count, int *ready)
{
  struct pollfd fds[1 + WATS_HTTPD_MAX_WATCHED];
  size_t i;
  int n;
  fds[0].fd = httpd->epoll_fd;
  fds[0].events = POLLIN;
  for (i = 0; i < count; i++) {
    fds[i + 1].fd = watched[i];
    fds[i + 1].events = POLLIN;
  }
  n = poll(fds, (nfds_t)(count + 1), timeout_ms);
  for (i = 0; n > 0 && i < count && *ready < 0; i++)
    if (fds[i + 1].revents) *ready = watched[i];
  return n;
}

/* Where there is no epoll, libmicrohttpd tells its descriptors each time. */
static int wait_select(struct wats_httpd *httpd, int timeout_ms,
                       const int *watched, size_t count, int *ready)
{
  fd_set in, out, bad;
  MHD_socket top = -1;
  struct timeval time = {timeout_ms / 1000, (timeout_ms % 1000) * 1000L};
  size_t i;
  int n;
  FD_ZERO(&in);
  FD_ZERO(&out);
  FD_ZERO(&bad);
  MHD_get_fdset(httpd->daemon, &in, &out, &bad, &top);
  for (i = 0; i < count; i++) {
    FD_SET(watched[i], &in);
    if (watched[i] > top) top = watched[i];
  }
  n = select(top + 1, &in, &out, &bad, timeout_ms < 0 ? NULL : &time);
  for (i = 0; n > 0 && i < count && *ready < 0; i++)
    if (FD_ISSET(watched[i], &in)) *ready = watched[i];
  return n;
}

enum wats_errc wats_httpd_wait(struct wats_httpd *httpd, int64_t timeout_ns,
                               const int *watched, size_t count, int *ready,
                               struct wats_error *error)
{
  int timeout_ms = polling_time(httpd, timeout_ns), found = -1, n;
  if (count > WATS_HTTPD_MAX_WATCHED)
    return wats_fail(error, WATS_ERR_ARGUMENT, "too many descriptors");
  n = httpd->epoll_fd >= 0
          ? wait_epoll(httpd, timeout_ms, watched, count, &found)
          : wait_select(httpd, timeout_ms, watched, count, &found);
  if (n < 0 && errno != EINTR)
    return wats_fail_errno(error, WATS_ERR_IO, errno, "poll");
  *ready = found;
  return WATS_OK;
}

enum wats_errc wats_httpd_run(struct wats_httpd *httpd,
                              struct wats_error *error)
{
  resume_due(httpd);
  wats_httpd_crowd_expire(&httpd->crowd,
                          wats_clock_monotonic(&wats_system_clock));
  if (MHD_run(httpd->daemon) != MHD_YES)
    return wats_fail(error, WATS_ERR_IO, "libmicrohttpd gave up");
  return WATS_OK;
}

enum wats_errc wats_httpd_step(struct wats_httpd *httpd, int64_t timeout_ns,
                               const int *watched, size_t count, int *ready,
                               struct wats_error *error)
{
  int found = -1;
  enum wats_errc code =
      wats_httpd_wait(httpd, timeout_ns, watched, count, &found, error);
  if (code == WATS_OK) code = wats_httpd_run(httpd, error);
  if (code == WATS_OK) *ready = found;
  return code;
}

#endif
