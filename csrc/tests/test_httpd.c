/*
** test_httpd.c - what httpd.h promises. Server and client share one thread: a
** client sends, the server steps, the client reads what has come.
*/
#include "core/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/alloc.h"
#include "child.h"
#include "core/clock.h"
#include "test.h"

#ifdef WATS_WITHOUT_HEALTH

static void test_says_so(void)
{
  struct wats_httpd_options options = {0};
  struct wats_httpd *httpd = NULL;
  struct wats_error error;
  CHECK_INT(wats_httpd_create(&options, &httpd, &error), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "built without libmicrohttpd");
}

int main(void)
{
  RUN(test_says_so);
  return test_report();
}

#else

#define ROOM 70000

/* What the handler saw last, and how often it was called. */
static struct {
  int calls;
  uint64_t id;
  char method[16], target[64], field[64];
  size_t body_length;
  char body_first;
  bool too_large;
} seen;

/* What it is to answer. */
static struct {
  enum wats_httpd_action action;
  int64_t delay_ns;
  const char *body;
} plan;

static void handler(void *context, const struct wats_httpd_request *request,
                    struct wats_httpd_reply *reply)
{
  const char *field = wats_headers_get(&request->headers, "x-test");
  (void)context;
  seen.calls++;
  seen.id = request->id;
  snprintf(seen.method, sizeof seen.method, "%s", request->method);
  snprintf(seen.target, sizeof seen.target, "%s", request->target);
  snprintf(seen.field, sizeof seen.field, "%s", field ? field : "");
  seen.body_length = request->body.length;
  seen.body_first = request->body.length ? request->body.data[0] : '\0';
  seen.too_large = request->body_too_large;
  reply->status = request->body_too_large ? 413 : 200;
  if (wats_headers_set(&reply->headers, "X-Answer", "yes"))
    reply->action = WATS_HTTPD_CLOSE;
  if (wats_buffer_append_string(&reply->body, plan.body))
    reply->action = WATS_HTTPD_CLOSE;
  if (reply->action == WATS_HTTPD_ANSWER) reply->action = plan.action;
  reply->delay_ns = plan.delay_ns;
}

static struct wats_httpd *serve(size_t max_body)
{
  struct wats_httpd_options options = {0};
  struct wats_httpd *httpd = NULL;
  struct wats_error error;
  memset(&seen, 0, sizeof seen);
  memset(&plan, 0, sizeof plan);
  plan.body = "hello";
  options.handler = handler;
  options.max_body = max_body;
  CHECK_INT(wats_httpd_create(&options, &httpd, &error), WATS_OK);
  return httpd;
}

static int dial(const struct wats_httpd *httpd)
{
  struct sockaddr_in address = {0};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_family = AF_INET;
  address.sin_port = htons(wats_httpd_port(httpd));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  return fd;
}

static void say(int fd, const char *text, size_t length)
{
  CHECK_INT(send(fd, text, length, MSG_NOSIGNAL), length);
}

static int step(struct wats_httpd *httpd, double seconds)
{
  int ready = -2;
  CHECK_INT(wats_httpd_step(httpd, wats_seconds_to_ns(seconds), NULL, 0, &ready,
                            NULL),
            WATS_OK);
  CHECK_INT(ready, -1);
  return ready;
}

/*
** Steps and reads until `text` holds `want` bytes, the peer has closed, or two
** seconds are over. Returns the length; *closed tells of the peer.
*/
static size_t hear(struct wats_httpd *httpd, int fd, char *text, size_t want,
                   bool *closed)
{
  int64_t end = wats_clock_monotonic(&wats_system_clock) + 2 * WATS_NS_PER_S;
  size_t length = 0;
  *closed = false;
  while (length < want && wats_clock_monotonic(&wats_system_clock) < end) {
    ssize_t n;
    step(httpd, 0.001);
    n = recv(fd, text + length, ROOM - 1 - length, MSG_DONTWAIT);
    if (n > 0) length += (size_t)n;
    if (n == 0) {
      *closed = true;
      break;
    }
  }
  text[length] = '\0';
  return length;
}

static const char GET[] =
    "GET /a%2Fb?x=%20y HTTP/1.1\r\nHost: h\r\nX-Test: one\r\n\r\n";

static void test_answers(void)
{
  struct wats_httpd *httpd = serve(0);
  char *text = malloc(ROOM);
  bool closed;
  int fd = dial(httpd), i;
  CHECK(wats_httpd_port(httpd) != 0);
  for (i = 0; i < 3; i++) { /* on one connection */
    say(fd, GET, sizeof GET - 1);
    hear(httpd, fd, text, 50, &closed);
    CHECK(!closed);
    CHECK(strstr(text, "HTTP/1.1 200 ") == text);
    CHECK(strstr(text, "\r\nX-Answer: yes\r\n") != NULL);
    CHECK(strstr(text, "\r\nContent-Length: 5\r\n") != NULL);
    CHECK(strstr(text, "\r\n\r\nhello") != NULL);
  }
  CHECK_INT(seen.calls, 3);
  CHECK_STR(seen.method, "GET");
  CHECK_STR(seen.target, "/a%2Fb?x=%20y"); /* as sent */
  CHECK_STR(seen.field, "one");
  close(fd);
  wats_httpd_destroy(httpd);
  free(text);
}

static void post(int fd, size_t length)
{
  char head[100];
  char *body = malloc(length);
  memset(body, 'b', length);
  snprintf(head, sizeof head,
           "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n",
           length);
  say(fd, head, strlen(head));
  say(fd, body, length);
  free(body);
}

static void test_body(void)
{
  struct wats_httpd *httpd = serve(50000);
  char *text = malloc(ROOM);
  bool closed;
  int fd = dial(httpd);
  post(fd, 50000);
  hear(httpd, fd, text, 50, &closed);
  CHECK(strstr(text, "HTTP/1.1 200 ") == text);
  CHECK_INT(seen.body_length, 50000);
  CHECK_INT(seen.body_first, 'b');
  CHECK(!seen.too_large);
  post(fd, 50001); /* one too many: heard to its end, then refused */
  hear(httpd, fd, text, 50, &closed);
  CHECK(strstr(text, "HTTP/1.1 413 ") == text);
  CHECK(!closed);
  CHECK(seen.too_large);
  CHECK_INT(seen.body_length, 0);
  CHECK_INT(seen.calls, 2);
  close(fd);
  wats_httpd_destroy(httpd);
  free(text);
}

static void test_close(void)
{
  struct wats_httpd *httpd = serve(0);
  char *text = malloc(ROOM);
  bool closed;
  int fd = dial(httpd);
  plan.action = WATS_HTTPD_CLOSE;
  say(fd, GET, sizeof GET - 1);
  CHECK_INT(hear(httpd, fd, text, 1, &closed), 0);
  CHECK(closed);
  CHECK_INT(seen.calls, 1);
  close(fd);
  wats_httpd_destroy(httpd);
  free(text);
}

/* Promises all, sends half, closes. */
static void check_cut(const char *body, const char *declared, size_t half)
{
  struct wats_httpd *httpd = serve(0);
  char *text = malloc(ROOM), *behind;
  bool closed;
  int fd = dial(httpd);
  plan.action = WATS_HTTPD_CUT;
  plan.body = body;
  say(fd, GET, sizeof GET - 1);
  hear(httpd, fd, text, ROOM - 1, &closed);
  CHECK(closed);
  CHECK(strstr(text, declared) != NULL);
  behind = strstr(text, "\r\n\r\n");
  CHECK(behind && strlen(behind + 4) == half);
  close(fd);
  wats_httpd_destroy(httpd);
  free(text);
}

static void test_cut(void)
{
  char *big = malloc(60001);
  memset(big, 'c', 60000);
  big[60000] = '\0';
  check_cut("hello!", "\r\nContent-Length: 6\r\n", 3);
  check_cut("", "\r\nContent-Length: 1\r\n", 0);
  check_cut(big, "\r\nContent-Length: 60000\r\n", 30000);
  free(big);
}

/* The later of two answers comes first when it is due first. */
static void test_delay(void)
{
  struct wats_httpd *httpd = serve(0);
  char *text = malloc(ROOM);
  bool closed;
  int slow = dial(httpd), fast = dial(httpd), i;
  int64_t begun = wats_clock_monotonic(&wats_system_clock);
  plan.delay_ns = 200 * WATS_NS_PER_MS;
  say(slow, GET, sizeof GET - 1);
  for (i = 0; i < 100 && seen.calls < 1; i++)
    step(httpd, 0.01);
  plan.delay_ns = 20 * WATS_NS_PER_MS;
  say(fast, GET, sizeof GET - 1);
  hear(httpd, fast, text, 50, &closed);
  CHECK(strstr(text, "HTTP/1.1 200 ") == text);
  CHECK_INT(recv(slow, text, 1, MSG_DONTWAIT), -1); /* not yet */
  hear(httpd, slow, text, 50, &closed);
  CHECK(strstr(text, "HTTP/1.1 200 ") == text);
  CHECK(wats_clock_monotonic(&wats_system_clock) - begun >=
        200 * WATS_NS_PER_MS);
  CHECK_INT(seen.calls, 2); /* once for each */
  close(slow);
  close(fast);
  wats_httpd_destroy(httpd);
  free(text);
}

static void test_destroy_with_answers_due(void)
{
  struct wats_httpd *httpd = serve(0);
  char byte;
  int fds[3], i;
  plan.delay_ns = WATS_NEVER;
  for (i = 0; i < 3; i++) {
    fds[i] = dial(httpd);
    say(fds[i], GET, sizeof GET - 1);
  }
  for (i = 0; i < 200 && seen.calls < 3; i++)
    step(httpd, 0.01);
  CHECK_INT(seen.calls, 3);
  wats_httpd_destroy(httpd);
  for (i = 0; i < 3; i++) {
    CHECK(recv(fds[i], &byte, 1, 0) <= 0);
    close(fds[i]);
  }
  CHECK_INT(seen.calls, 3);
  wats_httpd_destroy(NULL);
}

static void test_peer_that_leaves(void)
{
  struct wats_httpd *httpd = serve(0);
  char *text = malloc(ROOM);
  bool closed;
  int fd = dial(httpd), i;
  plan.delay_ns = 20 * WATS_NS_PER_MS;
  say(fd, GET, sizeof GET - 1);
  for (i = 0; i < 100 && seen.calls < 1; i++)
    step(httpd, 0.01);
  close(fd); /* while its answer waits */
  fd = dial(httpd);
  say(fd, GET, 20); /* half a request, and gone */
  step(httpd, 0.01);
  close(fd);
  plan.delay_ns = 0;
  fd = dial(httpd);
  say(fd, GET, sizeof GET - 1);
  hear(httpd, fd, text, 50, &closed);
  CHECK(strstr(text, "HTTP/1.1 200 ") == text);
  for (i = 0; i < 10; i++)
    step(httpd, 0.01);
  close(fd);
  wats_httpd_destroy(httpd);
  free(text);
}

/* A server with limits on its connections. */
static struct wats_httpd *serve_few(unsigned most, int64_t max_age_ns)
{
  struct wats_httpd_options options = {0};
  struct wats_httpd *httpd = NULL;
  struct wats_error error;
  memset(&seen, 0, sizeof seen);
  memset(&plan, 0, sizeof plan);
  plan.body = "hello";
  options.handler = handler;
  options.max_connections = most;
  options.max_age_ns = max_age_ns;
  options.max_head = 2048;
  options.make_room = true;
  CHECK_INT(wats_httpd_create(&options, &httpd, &error), WATS_OK);
  return httpd;
}

/* Who sends a byte now and then is not idle, but does not stay either. */
static void test_age(void)
{
  struct wats_httpd *httpd = serve_few(10, WATS_NS_PER_S / 2);
  int64_t end = wats_clock_monotonic(&wats_system_clock) + 5 * WATS_NS_PER_S;
  char *text = malloc(ROOM);
  bool closed = false;
  int fd = dial(httpd), i;
  for (i = 0; !closed && wats_clock_monotonic(&wats_system_clock) < end; i++) {
    char c;
    send(fd, i < 20 ? GET + i : "x", 1, MSG_NOSIGNAL);
    step(httpd, 0.02);
    closed = recv(fd, &c, 1, MSG_DONTWAIT) >= 0 || errno == ECONNRESET;
  }
  CHECK(closed);
  CHECK_INT(seen.calls, 0);
  close(fd);
  fd = dial(httpd); /* a whole request, when half of the time is over */
  for (i = 0; i < 15; i++)
    step(httpd, 0.02);
  say(fd, GET, sizeof GET - 1);
  hear(httpd, fd, text, 50, &closed);
  CHECK(strstr(text, "HTTP/1.1 200 ") == text);
  CHECK(strstr(text, "\r\nConnection: close\r\n") != NULL);
  close(fd);
  wats_httpd_destroy(httpd);
  free(text);
}

static void test_room(void)
{
  enum { CROWD = 200 };
  struct wats_httpd *httpd = serve_few(8, 0);
  char *text = malloc(ROOM);
  int fds[CROWD], i, closed_count = 0;
  bool closed;
  for (i = 0; i < CROWD; i++) {
    fds[i] = dial(httpd);
    if (i % 2) say(fds[i], GET, 9);
    if (i % 16 == 15) step(httpd, 0);
  }
  i = dial(httpd);
  say(i, GET, sizeof GET - 1);
  hear(httpd, i, text, 50, &closed);
  CHECK(strstr(text, "HTTP/1.1 200 ") == text);
  close(i);
  for (i = 0; i < 20; i++)
    step(httpd, 0.001);
  for (i = 0; i < CROWD; i++) {
    char c;
    if (recv(fds[i], &c, 1, MSG_DONTWAIT) == 0) closed_count++;
    close(fds[i]);
  }
  CHECK(closed_count >= CROWD - 8);
  wats_httpd_destroy(httpd);
  free(text);
}

static void test_long_head(void)
{
  struct wats_httpd *httpd = serve_few(8, 0);
  char *text = malloc(ROOM), *junk = malloc(10000);
  bool closed = false;
  int fd = dial(httpd), i;
  memset(junk, 'x', 10000);
  memcpy(junk, "GET /", 5);
  for (i = 0; i < 20; i++)
    send(fd, junk, 10000, MSG_NOSIGNAL | MSG_DONTWAIT);
  hear(httpd, fd, text, ROOM, &closed);
  CHECK(!*text || strstr(text, "HTTP/1.1 414 ") == text);
  CHECK_INT(seen.calls, 0);
  close(fd);
  wats_httpd_destroy(httpd);
  free(text);
  free(junk);
}

/* An answer that becomes known later, and one that never does. */
static void test_amend(void)
{
  struct wats_httpd *httpd = serve_few(8, 0);
  struct wats_httpd_reply reply;
  char *text = malloc(ROOM);
  bool closed;
  int fd = dial(httpd);
  plan.delay_ns = 60 * WATS_NS_PER_S;
  say(fd, GET, sizeof GET - 1);
  while (!seen.calls)
    step(httpd, 0.001);
  CHECK(seen.id != 0);
  wats_httpd_reply_init(&reply);
  reply.status = 404;
  CHECK_INT(wats_buffer_append_string(&reply.body, "other"), WATS_OK);
  CHECK(!wats_httpd_amend(httpd, seen.id + 1, &reply));
  CHECK(wats_httpd_amend(httpd, seen.id, &reply));
  CHECK_INT(reply.status, 200); /* what was there, for whoever frees it */
  wats_httpd_reply_free(&reply);
  hear(httpd, fd, text, 50, &closed);
  CHECK(strstr(text, "HTTP/1.1 404 ") == text);
  CHECK(strstr(text, "\r\n\r\nother") != NULL);
  wats_httpd_reply_init(&reply);
  CHECK(!wats_httpd_amend(httpd, seen.id, &reply));
  plan.delay_ns = WATS_NS_PER_S / 20;
  say(fd, GET, sizeof GET - 1);
  hear(httpd, fd, text, 50, &closed);
  CHECK(strstr(text, "\r\n\r\nhello") != NULL);
  close(fd);
  wats_httpd_destroy(httpd);
  free(text);
}

/* The child lets go of the port; the parent's peer notices nothing. */
static struct wats_httpd *inherited;

static void give_up(void)
{
  wats_httpd_abandon(inherited);
}

static void test_abandon(void)
{
  char *text = malloc(ROOM);
  bool closed;
  int fd;
  inherited = serve_few(8, 0);
  fd = dial(inherited);
  step(inherited, 0.01);
  CHECK_INT(in_child(give_up), 0);
  say(fd, GET, sizeof GET - 1);
  hear(inherited, fd, text, 50, &closed);
  CHECK(strstr(text, "HTTP/1.1 200 ") == text);
  close(fd);
  wats_httpd_destroy(inherited);
  free(text);
}

static void test_watched(void)
{
  struct wats_httpd *httpd = serve(0);
  struct wats_error error;
  int a[2], b[2], watched[5] = {0}, ready = -2;
  CHECK_INT(pipe(a), 0);
  CHECK_INT(pipe(b), 0);
  watched[0] = a[0];
  watched[1] = b[0];
  CHECK_INT(wats_httpd_step(httpd, 0, watched, 2, &ready, NULL), WATS_OK);
  CHECK_INT(ready, -1);
  CHECK_INT(write(b[1], "x", 1), 1);
  CHECK_INT(wats_httpd_step(httpd, WATS_NEVER, watched, 2, &ready, NULL),
            WATS_OK);
  CHECK_INT(ready, b[0]);
  close(a[1]); /* its end counts too, and comes first in the list */
  CHECK_INT(wats_httpd_step(httpd, WATS_NEVER, watched, 2, &ready, NULL),
            WATS_OK);
  CHECK_INT(ready, a[0]);
  CHECK_INT(wats_httpd_step(httpd, 0, watched, 5, &ready, &error),
            WATS_ERR_ARGUMENT);
  close(a[0]);
  close(b[0]);
  close(b[1]);
  wats_httpd_destroy(httpd);
}

static void test_cannot_listen(void)
{
  struct wats_httpd *httpd = serve(0), *other = NULL;
  struct wats_httpd_options options = {0};
  struct wats_error error;
  options.handler = handler;
  options.port = wats_httpd_port(httpd);
  CHECK_INT(wats_httpd_create(&options, &other, &error), WATS_ERR_IO);
  CHECK(strstr(error.message, "listen on 127.0.0.1:") == error.message);
  options.port = 0;
  options.host = "station"; /* no address */
  CHECK_INT(wats_httpd_create(&options, &other, &error), WATS_ERR_ARGUMENT);
  options.host = "192.0.2.1"; /* nobody's */
  CHECK_INT(wats_httpd_create(&options, &other, &error), WATS_ERR_IO);
  CHECK(other == NULL);
  wats_httpd_destroy(httpd);
}

/* A request is answered or its connection closed; nothing leaks or breaks. */
static void test_short_of_memory(void)
{
  long n;
  int answered = 0;
  char *text = malloc(ROOM);
  for (n = 0; n < 40 && !answered; n++) {
    struct wats_httpd *httpd = serve(0);
    bool closed;
    int fd = dial(httpd);
    wats_alloc_fail_after(n);
    post(fd, 100);
    hear(httpd, fd, text, 50, &closed);
    wats_alloc_fail_never();
    answered = strstr(text, "HTTP/1.1 200 ") == text;
    CHECK(answered || closed);
    close(fd);
    wats_httpd_destroy(httpd);
  }
  CHECK(answered);
  CHECK(n > 3);
  wats_alloc_fail_after(0);
  {
    struct wats_httpd_options options = {0};
    struct wats_httpd *httpd = NULL;
    struct wats_error error;
    CHECK_INT(wats_httpd_create(&options, &httpd, &error), WATS_ERR_MEMORY);
  }
  wats_alloc_fail_never();
  free(text);
}

int main(void)
{
  RUN(test_answers);
  RUN(test_body);
  RUN(test_close);
  RUN(test_cut);
  RUN(test_delay);
  RUN(test_destroy_with_answers_due);
  RUN(test_peer_that_leaves);
  RUN(test_age);
  RUN(test_room);
  RUN(test_long_head);
  RUN(test_amend);
  RUN(test_abandon);
  RUN(test_watched);
  RUN(test_cannot_listen);
  RUN(test_short_of_memory);
  return test_report();
}

#endif
