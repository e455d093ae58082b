/*
** test_transfer_connections.c - which connections are kept and used again,
** what happens when a kept one is dead, and what takes too long. Also what
** handles.h promises of them: across fork, and to programs that are started.
*/
#include "child.h"
#include "core/handles.h"
#include "transfer_fixture.h"

#include <fcntl.h>

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define MS WATS_NS_PER_MS

/* A request that serves as the first, so that there is a connection to keep. */
static void warm_up(enum peer_end end)
{
  peer_ends(peer, OK, end);
  CHECK_INT(get(), WATS_OK);
  CHECK(got.result.connected && !got.result.connection_reused);
  CHECK_INT(peer_connections(peer), 1);
}

static void kept_and_used_again(void)
{
  int i;
  open_peer();
  warm_up(PEER_KEEP);
  peer_repeats(peer, OK);
  for (i = 0; i < 5; i++) {
    CHECK_INT(get(), WATS_OK);
    CHECK(got.result.connected && got.result.connection_reused);
    CHECK_INT(got.result.sends, 1);
  }
  CHECK_INT(peer_connections(peer), 1);
  close_peer();
}

static void closed_when_the_server_says_so(void)
{
  open_peer();
  peer_ends(
      peer,
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
      PEER_CLOSE);
  peer_says(peer, OK);
  CHECK_INT(get(), WATS_OK);
  CHECK_INT(get(), WATS_OK);
  CHECK(!got.result.connection_reused);
  CHECK_INT(peer_connections(peer), 2);
  close_peer();
}

/* Closed while nobody used it: nobody notices. */
static void closed_in_between(void)
{
  static const char *const methods[] = {"GET", "POST"};
  int i;
  for (i = 0; i < 2; i++) {
    struct wats_transfer t;
    open_peer();
    warm_up(PEER_CLOSE);
    peer_sleep(20);
    peer_says(peer, OK);
    t = to(methods[i], "/x");
    t.once = i == 1;
    CHECK_INT(perform(&t), WATS_OK);
    CHECK(got.result.connected && !got.result.connection_reused);
    CHECK_INT(got.result.sends, 1);
    CHECK_INT(peer_connections(peer), 2);
    CHECK_INT(peer_requests(peer), 2);
    close_peer();
  }
}

/*
** The server takes the request from a kept connection and closes it without a
** word: perhaps it had closed already, perhaps it has done what was asked.
*/
static void closed_on_the_request(void)
{
  static const enum peer_end ends[] = {PEER_CLOSE, PEER_RESET};
  struct wats_transfer t;
  int i;
  for (i = 0; i < 2; i++) {
    open_peer();
    warm_up(PEER_KEEP);
    peer_ends(peer, "", ends[i]);
    peer_says(peer, OK);
    CHECK_INT(get(), WATS_OK); /* may be repeated: it is */
    CHECK_INT(got.result.sends, 2);
    CHECK_INT(peer_connections(peer), 2);
    CHECK_INT(peer_requests(peer), 3);
    close_peer();
    open_peer();
    warm_up(PEER_KEEP);
    peer_ends(peer, "", ends[i]);
    peer_says(peer, OK);
    t = to("POST", "/x");
    t.body = "a";
    t.body_length = 1;
    t.once = true;
    CHECK_FAILS(perform(&t), WATS_ERR_CONNECTION,
                "the connection was closed before an answer came");
    CHECK_INT(got.result.sends, 1);
    CHECK_INT(peer_requests(peer), 2); /* never came twice */
    close_peer();
  }
}

/* On a new connection nothing is repeated, whatever it is. */
static void closed_on_the_first_request(void)
{
  open_peer();
  peer_ends(peer, "", PEER_CLOSE);
  peer_says(peer, OK);
  CHECK_INT(get(), WATS_ERR_CONNECTION);
  CHECK_INT(got.result.sends, 1);
  CHECK_INT(peer_requests(peer), 1);
  close_peer();
}

/* A half answer is no reason to ask again. */
static void closed_within_the_answer(void)
{
  open_peer();
  warm_up(PEER_KEEP);
  peer_ends(peer, "HTTP/1.1 200 OK\r\nContent-Len", PEER_CLOSE);
  peer_says(peer, OK);
  CHECK_FAILS(get(), WATS_ERR_CONNECTION,
              "the connection ended within the answer's header fields");
  CHECK_INT(got.result.sends, 1);
  CHECK_INT(peer_requests(peer), 2);
  close_peer();
}

/* After a failure the connection is not used again. */
static void no_use_after_a_failure(void)
{
  struct wats_transfer t;
  open_peer();
  peer_ends(peer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789",
            PEER_KEEP);
  peer_says(peer, OK);
  t = to("GET", "/x");
  t.max_body = 4;
  CHECK_INT(perform(&t), WATS_ERR_TOO_LARGE);
  CHECK_INT(get(), WATS_OK);
  CHECK(!got.result.connection_reused);
  CHECK_STR(body(), "ok");
  close_peer();
}

/* ---- time ------------------------------------------------------------- */

static enum wats_errc within(int64_t timeout_ns)
{
  struct wats_transfer t = to("GET", "/x");
  t.timeout_ns = timeout_ns;
  return perform(&t);
}

static void slow_answers(void)
{
  open_peer();
  peer_ends(peer, "", PEER_SILENT);
  CHECK_INT(within(150 * MS), WATS_ERR_TIMEOUT);
  CHECK(strncmp(got.error.message, "Operation timed out after ", 26) == 0);
  CHECK(got.result.elapsed_ns >= 100 * MS);
  CHECK(got.result.elapsed_ns < 5000 * MS);
  CHECK_INT(got.result.sends, 1);
  CHECK(got.result.connected);
  close_peer();
  open_peer();
  peer_ends(peer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n12",
            PEER_SILENT);
  CHECK_INT(within(150 * MS), WATS_ERR_TIMEOUT);
  CHECK(strstr(got.error.message, "2 out of 9 bytes received"));
  close_peer();
  open_peer();
  peer_says(peer, OK)->delay_ms = 30;
  CHECK_INT(within(10000 * MS), WATS_OK);
  close_peer();
}

/* However little is asked for, it is not "no limit". */
static void hardly_any_time(void)
{
  open_peer();
  peer_says(peer, OK)->delay_ms = 300;
  CHECK_INT(within(1), WATS_ERR_TIMEOUT);
  CHECK(got.result.elapsed_ns < 5000 * MS);
  close_peer();
}

static void as_much_time_as_there_is(void)
{
  open_peer();
  peer_says(peer, OK);
  CHECK_INT(within(WATS_NEVER), WATS_OK);
  close_peer();
}

static void a_slow_drip(void)
{
  struct wats_profile_options options = {.connect_timeout_ns = WATS_NS_PER_S,
                                         .low_speed_bytes = 1000,
                                         .low_speed_s = 1};
  struct peer_turn *turn;
  open_with(&options);
  turn = peer_ends(peer, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", 0);
  turn->drip_ms = 50;
  CHECK_INT(within(30000 * MS), WATS_ERR_TIMEOUT);
  CHECK(strstr(got.error.message, "Operation too slow"));
  CHECK(got.result.elapsed_ns < 15000 * MS);
  close_peer();
}

/* Nobody accepts, and the queue is full: a connection takes for ever. */
static void no_connection_in_time(void)
{
  struct wats_profile_options options = {.connect_timeout_ns = 200 * MS};
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof address;
  int fds[8], i, full = 0, listener = socket(AF_INET, SOCK_STREAM, 0);
  struct wats_transfer t;
  char url[64];
  open_with(&options);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (struct sockaddr *)&address, size) ||
      listen(listener, 0) ||
      getsockname(listener, (struct sockaddr *)&address, &size))
    abort();
  for (i = 0; i < 8; i++) {
    struct pollfd wait = {.events = POLLOUT};
    fds[i] = wait.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    (void)!connect(fds[i], (struct sockaddr *)&address, size);
    full += poll(&wait, 1, 50) == 0;
  }
  if (full) { /* else this system queues without end: nothing to see */
    t = to("GET", "/");
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    t.url = url;
    CHECK_INT(perform(&t), WATS_ERR_TIMEOUT);
    CHECK(got.result.tried && !got.result.connected);
    CHECK_INT(got.result.sends, 0);
    CHECK(got.result.elapsed_ns < 5000 * MS);
  }
  for (i = 0; i < 8; i++)
    close(fds[i]);
  close(listener);
  close_peer();
}

/* ---- the engine ------------------------------------------------------- */

static void ask_in_child(void)
{
  CHECK_INT(get(), WATS_OK);
  CHECK(!got.result.connection_reused);
  CHECK_INT(get(), WATS_OK);
  CHECK(got.result.connection_reused);
  wats_engine_drain();
}

static void a_child_has_connections_of_its_own(void)
{
  open_peer();
  warm_up(PEER_KEEP);
  peer_repeats(peer, OK);
  CHECK_INT(in_child(ask_in_child), 0);
  CHECK_INT(peer_connections(peer), 2);
  CHECK_INT(get(), WATS_OK); /* the parent's has not suffered */
  CHECK(got.result.connection_reused);
  CHECK_INT(peer_connections(peer), 2);
  close_peer();
}

static int connected_to(int port)
{
  int fd, found = -1;
  for (fd = 3; fd < 256; fd++) {
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    if (getpeername(fd, (struct sockaddr *)&address, &size) == 0 &&
        address.sin_family == AF_INET && ntohs(address.sin_port) == port)
      found = fd;
  }
  return found;
}

static void started_programs_inherit_none(void)
{
  int fd;
  open_peer();
  warm_up(PEER_KEEP);
  fd = connected_to(peer->port);
  CHECK(fd >= 0);
  CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  close_peer();
}

static void pool_is_a_bounded_stack(void)
{
  struct wats_handle *handles[WATS_IDLE_HANDLES + 2], *last;
  long before;
  int i;
  wats_engine_drain();
  before = wats_alloc_live();
  for (i = 0; i < WATS_IDLE_HANDLES + 2; i++)
    handles[i] = wats_handle_take();
  for (i = 0; i < WATS_IDLE_HANDLES + 2; i++)
    wats_handle_give(handles[i]);
  CHECK_INT(wats_alloc_live() - before, WATS_IDLE_HANDLES);
  last = wats_handle_take();
  CHECK(last == handles[WATS_IDLE_HANDLES - 1]);
  wats_handle_give(last);
  wats_engine_drain();
  CHECK_INT(wats_alloc_live(), before);
  wats_alloc_fail_after(0);
  CHECK(wats_handle_take() == NULL);
  wats_alloc_fail_never();
}

int main(void)
{
  RUN(kept_and_used_again);
  RUN(closed_when_the_server_says_so);
  RUN(closed_in_between);
  RUN(closed_on_the_request);
  RUN(closed_on_the_first_request);
  RUN(closed_within_the_answer);
  RUN(no_use_after_a_failure);
  RUN(slow_answers);
  RUN(hardly_any_time);
  RUN(as_much_time_as_there_is);
  RUN(a_slow_drip);
  RUN(no_connection_in_time);
  RUN(a_child_has_connections_of_its_own);
  RUN(started_programs_inherit_none);
  RUN(pool_is_a_bounded_stack);
  return test_report();
}
