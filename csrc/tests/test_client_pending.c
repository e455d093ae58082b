/*
** test_client_pending.c - requests that nobody blocks for: arriving, closing,
** cancelling, many at once, fork, short memory.
*/
#include "child.h"
#include "client_fixture.h"
#include "core/client_pending.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define THERE                                                                  \
  "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"

static struct wats_arrivals *arrivals;

static void open_arrivals(void)
{
  open_client();
  CHECK_INT(wats_arrivals_create(&arrivals, NULL), WATS_OK);
}

static void close_arrivals(void)
{
  int i;
  wats_arrivals_close(arrivals);
  arrivals = NULL;
  for (i = 0; i < 400 && stats().in_flight; i++)
    peer_sleep(5); /* they free themselves behind our back */
  peer_sleep(20);
  close_world();
}

static struct wats_pending *begin(const struct wats_request *r, bool expected)
{
  struct wats_pending *p = NULL;
  bool over = false;
  CHECK_INT(wats_pending_start(arrivals, client, r, &p, &over, &got.error),
            WATS_OK);
  CHECK(over == expected);
  return p;
}

static bool wait_some(void)
{
  return wats_arrivals_wait(arrivals,
                            wats_clock_monotonic(&wats_system_clock) + 30 * S);
}

/* Takes them all until `count` have come; returns how many had that code. */
static int take(int count, enum wats_errc code)
{
  int right = 0;
  while (count > 0 && wait_some()) {
    struct wats_pending *p = wats_arrivals_take(arrivals);
    while (p) {
      struct wats_pending *next = p->next;
      right += p->code == code;
      if (code == WATS_OK && p->code == WATS_OK)
        CHECK_INT(p->result.response->status, 200);
      wats_pending_free(p);
      count--;
      p = next;
    }
  }
  CHECK_INT(count, 0);
  return right;
}

static void arrives(void)
{
  struct wats_request r = to("GET", "/api/Product/x");
  struct wats_pending *p;
  open_arrivals();
  peer_bytes(peer, OK, sizeof OK - 1, PEER_KEEP)->delay_ms = 100;
  CHECK_INT(wats_arrivals_expected(arrivals), 0);
  CHECK(wats_arrivals_take(arrivals) == NULL);
  begin(&r, false);
  CHECK_INT(wats_arrivals_expected(arrivals), 1);
  CHECK(wait_some());
  CHECK_INT(wats_arrivals_expected(arrivals), 0);
  p = wats_arrivals_take(arrivals);
  CHECK(p && p->code == WATS_OK && !p->next);
  CHECK_INT(p->result.response->status, 200);
  CHECK_INT(p->result.attempts, 1);
  wats_pending_free(p);
  /* now it is cached, and over at once */
  p = begin(&r, true);
  CHECK_INT(p->code, WATS_OK);
  CHECK_INT(p->result.cache_status, WATS_STATUS_HIT);
  wats_pending_free(p);
  CHECK(!wats_arrivals_wait(arrivals, wats_clock_monotonic(&wats_system_clock) +
                                          1000000));
  close_arrivals();
}

static void what_is_wrong_is_told_at_once(void)
{
  struct wats_request r = to("GET", "no path");
  struct wats_pending *p;
  open_arrivals();
  p = begin(&r, true);
  CHECK_INT(p->code, WATS_ERR_ARGUMENT);
  CHECK(p->error.message[0]);
  wats_pending_free(p);
  wats_client_close(client);
  r = to("GET", "/x");
  p = begin(&r, true);
  CHECK_INT(p->code, WATS_ERR_CLOSED);
  wats_pending_free(p);
  close_arrivals();
}

/* Nothing of the caller's is looked at later. */
static void all_is_copied(void)
{
  char method[] = "POST", target[] = "/api/Report/WSJF", query[] = "a=1";
  char body_[] = "{\"a\":1}", route[] = "reports";
  struct wats_headers own;
  struct wats_request r;
  const char *text;
  open_arrivals();
  peer_bytes(peer, OK, sizeof OK - 1, PEER_KEEP)->delay_ms = 50;
  wats_headers_init(&own, 0);
  wats_headers_set(&own, "X-Own", "mine");
  r = to(method, target);
  r.query = query;
  r.query_length = 3;
  r.body = body_;
  r.body_length = 7;
  r.route = route;
  r.headers = &own;
  begin(&r, false);
  memset(method, 'x', 4);
  memset(target, 'x', sizeof target - 1);
  memset(query, 'x', 3);
  memset(body_, 'x', 7);
  memset(route, 'x', 7);
  wats_headers_free(&own);
  CHECK_INT(take(1, WATS_OK), 1);
  CHECK_STR(asked_line(0), "POST /api/Report/WSJF?a=1 HTTP/1.1");
  text = peer_request(peer, 0);
  CHECK(strstr(text, "\r\nX-Own: mine\r\n") != NULL);
  CHECK(strstr(text, "\r\n\r\n{\"a\":1}") != NULL);
  CHECK_INT(figure("wats_http_requests_total{method=\"POST\","
                   "route=\"reports\",status=\"200\"}"),
            1);
  close_arrivals();
}

static void many_at_once(void)
{
  enum { COUNT = 300, AT_ONCE = 64 };
  struct wats_request r = to("GET", "/api/Unit/1");
  int started = 0, right = 0, under_way = 0;
  open_arrivals();
  peer_repeats(peer, OK);
  while (right < COUNT) {
    struct wats_pending *p;
    for (; started < COUNT && under_way < AT_ONCE; started++, under_way++)
      begin(&r, false);
    if (!wait_some()) break;
    for (p = wats_arrivals_take(arrivals); p; under_way--) {
      struct wats_pending *next = p->next;
      right += p->code == WATS_OK;
      wats_pending_free(p);
      p = next;
    }
  }
  CHECK_INT(right, COUNT);
  CHECK_INT(peer_requests(peer), COUNT);
  CHECK(peer_connections(peer) <= AT_ONCE);
  CHECK_INT(stats().exchanges, COUNT);
  close_arrivals();
}

static bool readable(int fd)
{
  struct pollfd p = {.fd = fd, .events = POLLIN};
  return poll(&p, 1, 0) == 1;
}

static void seen_by_a_poll_loop(void)
{
  struct wats_request r = to("GET", "/x");
  struct pollfd wait = {.events = POLLIN};
  int fd = -1, again = -1;
  open_arrivals();
  peer_repeats(peer, OK);
  CHECK_INT(wats_arrivals_fd(arrivals, &fd, NULL), WATS_OK);
  CHECK(!readable(fd));
  begin(&r, false);
  wait.fd = fd;
  CHECK_INT(poll(&wait, 1, 30000), 1);
  CHECK_INT(take(1, WATS_OK), 1);
  CHECK(!readable(fd));
  wats_pending_free(begin(&r, true)); /* stored: over at once */
  CHECK(!readable(fd));
  close_arrivals();
  open_arrivals();
  peer_repeats(peer, OK);
  begin(&r, false);
  CHECK(wait_some());
  CHECK_INT(wats_arrivals_fd(arrivals, &fd, NULL), WATS_OK);
  CHECK(readable(fd)); /* also what had come before */
  CHECK_INT(wats_arrivals_fd(arrivals, &again, NULL), WATS_OK);
  CHECK_INT(again, fd);
  close_arrivals();
}

static void cancelled(void)
{
  struct wats_request r = to("GET", "/x");
  struct wats_pending *p;
  open_arrivals();
  peer_bytes(peer, OK, sizeof OK - 1, PEER_SILENT)->delay_ms = 30000;
  p = begin(&r, false);
  wats_pending_cancel(p);
  wats_pending_cancel(p);
  CHECK_INT(take(1, WATS_ERR_CANCELLED), 1);
  CHECK_INT(stats().in_flight, 0);
  close_arrivals();
}

/* Cancelled between two exchanges of one request, or thereabouts. */
static void cancelled_along_redirects(void)
{
  struct wats_request r = to("GET", "/x");
  int i, right = 0;
  open_arrivals();
  peer_repeats(peer, THERE);
  for (i = 0; i < 40; i++) {
    struct timespec pause = {0, i * 25000};
    struct wats_pending *p = begin(&r, false);
    nanosleep(&pause, NULL);
    wats_pending_cancel(p);
    right += take(1, WATS_ERR_CANCELLED);
  }
  CHECK(right > 0);
  close_arrivals();
}

static void closed_with_all_under_way(void)
{
  enum { COUNT = 100 };
  struct wats_request r = to("GET", "/x");
  int i;
  open_arrivals();
  peer_bytes(peer, OK, sizeof OK - 1, PEER_KEEP)->delay_ms = 30000;
  peer_repeats(peer, OK);
  for (i = 0; i < COUNT; i++)
    begin(&r, false);
  close_arrivals(); /* checks that nothing is left */
}

static void ask_in_child(void)
{
  struct wats_request r = to("GET", "/x");
  CHECK_INT(take(1, WATS_ERR_CANCELLED), 1);
#ifndef __SANITIZE_THREAD__ /* it cannot start a thread in a child */
  begin(&r, false);
  CHECK_INT(take(1, WATS_OK), 1);
#else
  (void)r;
#endif
}

static void forked_with_one_under_way(void)
{
  struct wats_request r = to("GET", "/x");
  int i;
  open_arrivals();
  peer_bytes(peer, OK, sizeof OK - 1, PEER_KEEP)->delay_ms = 500;
  peer_repeats(peer, OK);
  begin(&r, false);
  for (i = 0; i < 400 && peer_requests(peer) == 0; i++)
    peer_sleep(5);
  CHECK_INT(in_child(ask_in_child), 0);
  CHECK_INT(take(1, WATS_OK), 1);
  close_arrivals();
}

/* What its parent was at is neither counted nor waited for here. */
static void look_at_figures_in_child(void)
{
  CHECK_INT(stats().in_flight, 2);
  CHECK_INT(take(2, WATS_ERR_CANCELLED), 2);
  CHECK_INT(stats().in_flight, 0);
  CHECK(figure("wats_http_inflight{}") == 0);
  CHECK_INT(ask("GET", "/api/Product/x"), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK_INT(ask("GET", "/api/Product/x"), WATS_OK);
  CHECK_STR(cached(), "hit");
}

static void forked_with_a_write_under_way(void)
{
  struct wats_request r = to("GET", "/x"), w = to("PUT", "/api/Product");
  int i;
  open_arrivals();
  peer_bytes(peer, OK, sizeof OK - 1, PEER_KEEP)->delay_ms = 500;
  peer_bytes(peer, OK, sizeof OK - 1, PEER_KEEP)->delay_ms = 500;
  peer_repeats(peer, OK);
  begin(&r, false);
  begin(&w, false);
  for (i = 0; i < 400 && peer_requests(peer) < 2; i++)
    peer_sleep(5);
  CHECK_INT(in_child(look_at_figures_in_child), 0);
  CHECK_INT(take(2, WATS_OK), 2);
  CHECK(figure("wats_http_inflight{}") == 0);
  close_arrivals();
}

static int loop_fd;
static struct wats_pending *parents;

/* Its first act is a request of its own: that is not taken for the parent's. */
static void ask_first_in_child(void)
{
#ifndef __SANITIZE_THREAD__ /* it cannot start a thread in a child */
  struct wats_request r = to("GET", "/x");
  wats_pending_cancel(parents);
  begin(&r, false);
  CHECK(readable(loop_fd));
  CHECK_INT(take(1, WATS_ERR_CANCELLED), 1);
  CHECK_INT(take(1, WATS_OK), 1);
  CHECK(!readable(loop_fd));
#endif
}

/* The parent has been told by then. */
static void take_in_child(void)
{
  CHECK(wats_arrivals_have_news(arrivals));
  CHECK(readable(loop_fd));
  CHECK_INT(take(1, WATS_OK), 1);
  CHECK(!readable(loop_fd));
}

static void forked_beside_a_poll_loop(void)
{
  struct wats_request r = to("GET", "/x");
  struct pollfd p = {.events = POLLIN};
  int i;
  open_arrivals();
  CHECK_INT(wats_arrivals_fd(arrivals, &loop_fd, NULL), WATS_OK);
  p.fd = loop_fd;
  peer_bytes(peer, OK, sizeof OK - 1, PEER_KEEP)->delay_ms = 500;
  peer_repeats(peer, OK);
  parents = begin(&r, false);
  for (i = 0; i < 400 && peer_requests(peer) == 0; i++)
    peer_sleep(5);
  CHECK_INT(in_child(ask_first_in_child), 0);
  CHECK_INT(poll(&p, 1, 30000), 1);
  CHECK_INT(in_child(take_in_child), 0);
  CHECK(readable(loop_fd));
  CHECK_INT(take(1, WATS_OK), 1);
  CHECK(!readable(loop_fd));
  close_arrivals();
}

static void without_memory(void)
{
  struct wats_request r = to("POST", "/api/Report/WSJF");
  int failed = 0, served = 0;
  long n;
  for (n = 0; n < 200 && served < 20; n++) {
    struct wats_pending *p = NULL;
    bool over = false;
    enum wats_errc code;
    open_arrivals();
    peer_repeats(peer, OK);
    r.body = "{}";
    r.body_length = 2;
    wats_alloc_fail_after(n);
    code = wats_pending_start(arrivals, client, &r, &p, &over, &got.error);
    if (code == WATS_OK && !over) wait_some();
    wats_alloc_fail_never();
    if (code == WATS_OK && !over) p = wats_arrivals_take(arrivals);
    if (code == WATS_OK) code = p->code;
    if (code == WATS_OK)
      served++;
    else
      failed++;
    CHECK(code == WATS_OK || code == WATS_ERR_MEMORY);
    wats_pending_free(p);
    close_arrivals();
  }
  CHECK(failed > 5 && served == 20);
}

int main(void)
{
  RUN(arrives);
  RUN(what_is_wrong_is_told_at_once);
  RUN(all_is_copied);
  RUN(many_at_once);
  RUN(seen_by_a_poll_loop);
  RUN(cancelled);
  RUN(cancelled_along_redirects);
  RUN(closed_with_all_under_way);
  RUN(forked_with_one_under_way);
  RUN(forked_with_a_write_under_way);
  RUN(forked_beside_a_poll_loop);
  RUN(without_memory);
  return test_report();
}
