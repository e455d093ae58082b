/*
** test_client_flights.c - identical GETs at the same time: who joins whom, and
** what each of them gets.
*/
#include "child.h"
#include "client_fixture.h"
#include "core/client_pending.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define MS WATS_NS_PER_MS

static struct wats_arrivals *arrivals;

static void open_arrivals(void)
{
  open_client();
  CHECK_INT(wats_arrivals_create(&arrivals, NULL), WATS_OK);
}

static void close_arrivals(void)
{
  wats_arrivals_close(arrivals);
  arrivals = NULL;
  close_world();
}

static struct wats_pending *begin(const struct wats_request *r)
{
  struct wats_pending *p = NULL;
  bool over = true;
  CHECK_INT(wats_pending_start(arrivals, client, r, &p, &over, &got.error),
            WATS_OK);
  CHECK(!over);
  return p;
}

static void begin_many(const struct wats_request *r, int count)
{
  while (count-- > 0)
    begin(r);
}

/* The peer answers each request so much later. */
static void slow(int delay_ms)
{
  peer_repeats(peer, OK);
  peer->turns[peer->turn_count - 1].delay_ms = delay_ms;
}

static bool wait_some(void)
{
  return wats_arrivals_wait(arrivals,
                            wats_clock_monotonic(&wats_system_clock) + 30 * S);
}

struct ends {
  int right, with_code, attempts;
};

/* Takes `count` of them, and looks at how they ended. */
static struct ends take(int count, enum wats_errc code)
{
  struct ends ends = {0, 0, 0};
  size_t length;
  while (count > 0 && wait_some()) {
    struct wats_pending *p = wats_arrivals_take(arrivals);
    while (p) {
      struct wats_pending *next = p->next;
      ends.with_code += p->code == code;
      ends.attempts += (int)p->result.attempts;
      CHECK((p->code == WATS_OK) == (p->result.response != NULL));
      if (p->code == WATS_OK)
        ends.right += memcmp(wats_response_body(p->result.response, &length),
                             "ok", 2) == 0;
      else
        CHECK_INT(p->error.code, p->code);
      wats_pending_free(p);
      count--;
      p = next;
    }
  }
  CHECK_INT(count, 0);
  return ends;
}

static void many_are_one(void)
{
  struct wats_request r = to("GET", "/api/Product/x");
  struct ends ends;
  open_arrivals();
  slow(50);
  begin_many(&r, 10);
  ends = take(10, WATS_OK);
  CHECK_INT(ends.right, 10);
  CHECK_INT(ends.attempts, 1);
  CHECK_INT(peer_requests(peer), 1);
  CHECK_INT(stats().coalesced, 9);
  CHECK_INT(stats().exchanges, 1);
  CHECK_INT(stats().requests, 10);
  CHECK_INT(figure("wats_http_requests_total{method=\"GET\",route=\"/api/"
                   "Product/{partNumber}\",status=\"200\"}"),
            1);
  ask("GET", "/api/Product/x");
  CHECK_STR(cached(), "hit");
  close_arrivals();
}

static void add(struct wats_headers *headers, const char *name,
                const char *value)
{
  CHECK_INT(wats_headers_add(headers, name, strlen(name), value, strlen(value)),
            WATS_OK);
}

static void only_what_is_identical(void)
{
  struct wats_request plain = to("GET", "/api/Product/x"), r;
  struct wats_headers headers;
  int id;
  char text[16];
  open_arrivals();
  slow(80);
  begin(&plain);
  wats_headers_init(&headers, 0);
  add(&headers, "Accept-Language", "nb");
  r = plain;
  r.headers = &headers;
  begin(&r);
  r = to("GET", "/api/Product/y");
  begin(&r);
  r = plain;
  r.query = "a=1";
  r.query_length = 3;
  begin(&r);
  r = plain;
  r.raw_encoding = true;
  begin(&r);
  r = plain;
  r.no_retry = true;
  begin(&r);
  r = plain;
  r.cache_ttl_ns = S;
  begin(&r);
  CHECK_INT(stats().coalesced, 0);
  for (id = 0; id < 3; id++) {
    wats_headers_clear(&headers);
    snprintf(text, sizeof text, "id-%d", id);
    add(&headers, "x-request-ID", text);
    r = plain;
    r.headers = &headers;
    begin(&r);
  }
  CHECK_INT(stats().coalesced, 3);
  CHECK_INT(take(10, WATS_OK).right, 10);
  CHECK_INT(peer_requests(peer), 7);
  wats_headers_free(&headers);
  close_arrivals();
}

static void what_everybody_asks_for_himself(void)
{
  struct wats_request r;
  open_arrivals();
  slow(30);
  r = to("GET", "/api/Unit/x"); /* live */
  begin_many(&r, 2);
  r.cache_ttl_ns = 0;
  begin_many(&r, 2);
  r = to("GET", "/api/Auth/GetToken");
  begin_many(&r, 2);
  r = to("GET", "/api/Product/x");
  r.cache_mode = WATS_CACHE_BYPASS;
  begin_many(&r, 2);
  r.cache_mode = WATS_CACHE_REFRESH;
  begin_many(&r, 2);
  r = to("POST", "/api/Product/Search");
  begin_many(&r, 2);
  CHECK_INT(take(12, WATS_OK).right, 12);
  CHECK_INT(peer_requests(peer), 12);
  CHECK_INT(stats().coalesced, 0);
  close_arrivals();
}

/* Live state is shared by those who say how old it may be, as long as it is not
** older. */
static void live_when_asked(void)
{
  struct wats_request r = to("GET", "/api/Unit/x");
  open_arrivals();
  slow(60);
  r.cache_ttl_ns = 2 * S;
  begin_many(&r, 3);
  wats_fake_clock_advance(&fake, 2 * S);
  begin(&r);
  CHECK_INT(stats().coalesced, 3);
  wats_fake_clock_advance(&fake, 1);
  begin(&r); /* leads anew */
  begin(&r);
  CHECK_INT(stats().coalesced, 4);
  CHECK_INT(take(6, WATS_OK).right, 6);
  CHECK_INT(peer_requests(peer), 2);
  close_arrivals();
}

static void stale_ones_are_confirmed_once(void)
{
  struct wats_request r = to("GET", "/api/Product/x");
  open_arrivals();
  peer_says(peer, "HTTP/1.1 200 OK\r\nCache-Control: max-age=1\r\n"
                  "ETag: \"a\"\r\nContent-Length: 2\r\n\r\nok");
  ask("GET", "/api/Product/x");
  wats_fake_clock_advance(&fake, 2 * S);
  peer_bytes(peer, "HTTP/1.1 304 Not Modified\r\n\r\n", 29, PEER_KEEP)
      ->delay_ms = 50;
  begin_many(&r, 5);
  CHECK_INT(take(5, WATS_OK).right, 5);
  CHECK_INT(peer_requests(peer), 2);
  close_arrivals();
}

static void a_failure_is_shared(void)
{
  struct wats_request r = to("GET", "/api/Product/x");
  struct ends ends;
  open_arrivals();
  peer_ends(peer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
            PEER_CLOSE)
      ->delay_ms = 50;
  begin_many(&r, 5);
  ends = take(5, WATS_ERR_CONNECTION);
  CHECK_INT(ends.with_code, 5);
  CHECK_INT(peer_requests(peer), 1);
  CHECK_INT(stats().failures, 5);
  close_arrivals();
}

/* The deadline, limit or cancel of him who leads is nobody else's. */
static void the_others_go_on(void)
{
  struct wats_request r = to("GET", "/api/Product/x"), brief = r, small = r;
  struct wats_pending *leader;
  struct ends ends;
  open_arrivals();
  peer_ends(peer, "", PEER_SILENT);
  slow(20);
  brief.timeout_ns = 50 * MS;
  begin(&brief);
  begin_many(&r, 4);
  ends = take(5, WATS_ERR_TIMEOUT);
  CHECK_INT(ends.with_code, 1);
  CHECK_INT(ends.right, 4);
  CHECK_INT(peer_requests(peer), 2);
  close_arrivals();

  open_arrivals();
  slow(100);
  leader = begin(&r);
  begin_many(&r, 4);
  wats_pending_cancel(leader);
  ends = take(5, WATS_ERR_CANCELLED);
  CHECK_INT(ends.with_code, 1);
  CHECK_INT(ends.right, 4);
  CHECK(peer_requests(peer) <= 2);
  close_arrivals();

  open_arrivals();
  slow(30);
  small.max_body = 1;
  begin(&small);
  begin_many(&r, 4);
  ends = take(5, WATS_ERR_TOO_LARGE);
  CHECK_INT(ends.with_code, 1);
  CHECK_INT(ends.right, 4);
  close_arrivals();
}

/* And theirs are not his. */
/* Who goes on does not have confirmed what a write has dropped meanwhile. */
static void they_go_on_after_a_write(void)
{
  struct wats_request r = to("GET", "/api/Product/x");
  struct wats_pending *leader;
  int i;
  open_arrivals();
  peer_says(peer, "HTTP/1.1 200 OK\r\nCache-Control: max-age=1\r\n"
                  "Last-Modified: Tue, 14 Nov 2023 20:00:05 GMT\r\n"
                  "Content-Length: 2\r\n\r\nno");
  ask("GET", "/api/Product/x");
  wats_fake_clock_advance(&fake, 2 * S);
  peer_ends(peer, "", PEER_SILENT);
  peer_says(peer, "HTTP/1.1 204 No Content\r\n\r\n");
  peer_says(peer, OK);
  leader = begin(&r);
  begin(&r);
  for (i = 0; i < 500 && peer_requests(peer) < 2; i++)
    peer_sleep(10);
  ask("PUT", "/api/Product");
  CHECK_INT(status(), 204);
  wats_pending_cancel(leader);
  CHECK_INT(take(2, WATS_ERR_CANCELLED).right, 1);
  CHECK_INT(peer_requests(peer), 4);
  CHECK(peer_field(peer, 1, "If-Modified-Since") != NULL);
  CHECK(peer_field(peer, 3, "If-Modified-Since") == NULL);
  close_arrivals();
}

static void each_has_his_own_limits(void)
{
  struct wats_request r = to("GET", "/api/Product/x"), brief = r, small = r;
  struct wats_pending *joined;
  open_arrivals();
  slow(150);
  begin(&r);
  brief.timeout_ns = 20 * MS;
  begin(&brief);
  CHECK_INT(take(1, WATS_ERR_TIMEOUT).with_code, 1);
  joined = begin(&r);
  wats_pending_cancel(joined);
  CHECK_INT(take(1, WATS_ERR_CANCELLED).with_code, 1);
  small.max_body = 1;
  begin(&small);
  begin(&r);
  CHECK_INT(take(3, WATS_ERR_TOO_LARGE).right, 2);
  CHECK_INT(peer_requests(peer), 1);
  CHECK_INT(stats().coalesced, 4);
  close_arrivals();
}

/* Nor is the time that the leader waits for the rate limiter. */
static void a_turn_that_is_waited_for_is_nobodys_time(void)
{
  struct wats_request r = to("GET", "/api/Product/x");
  struct wats_client_options o;
  open_world();
  o = default_options(peer->url);
  o.clock = NULL; /* the fixture's stands still */
  o.timeout_ns = 150 * MS;
  o.limits = WATS_ASKED_ON;
  o.rate_limit = (struct wats_rate_limiter_options){1, 600 * MS, 30 * S};
  CHECK_INT(wats_client_create(&o, &client, NULL), WATS_OK);
  CHECK_INT(wats_arrivals_create(&arrivals, NULL), WATS_OK);
  slow(0);
  CHECK_INT(ask("GET", "/api/Product/y"), WATS_OK);
  begin_many(&r, 5);
  CHECK_INT(take(5, WATS_OK).right, 5);
  CHECK_INT(stats().coalesced, 4);
  CHECK_INT(stats().exchanges, 2);
  close_arrivals();
}

static void a_write_parts_them(void)
{
  struct wats_request r = to("GET", "/api/Product/x"),
                      put = to("PUT", "/api/Product");
  open_arrivals();
  slow(100);
  begin(&r);
  begin(&put);
  begin(&r); /* may see what the first does not */
  begin(&r); /* the write is under way: nobody joins */
  CHECK_INT(take(4, WATS_OK).right, 4);
  CHECK_INT(peer_requests(peer), 4);
  CHECK_INT(stats().coalesced, 0);
  begin(&r);
  begin(&r);
  CHECK_INT(take(2, WATS_OK).right, 2);
  CHECK_INT(peer_requests(peer), 5);
  close_arrivals();
}

static void closed_under_way(void)
{
  struct wats_request r = to("GET", "/api/Product/x");
  int i;
  open_arrivals();
  peer_ends(peer, "", PEER_SILENT);
  peer->turns[0].again = true;
  begin_many(&r, 20);
  wats_arrivals_close(arrivals);
  for (i = 0; i < 400 && stats().in_flight; i++)
    peer_sleep(5);
  peer_sleep(50);
  arrivals = NULL;
  close_arrivals();
}

/* ---- threads ------------------------------------------------------------ */

#define THREADS 8

static atomic_int right;

static void *block(void *context)
{
  struct wats_request r = to("GET", "/api/Product/x");
  int i;
  (void)context;
  for (i = 0; i < 40; i++) {
    struct wats_result result;
    struct wats_error error;
    r.timeout_ns = i % 8 == 3 ? MS : 0; /* some have little patience */
    if (wats_client_perform(client, &r, &result, &error) == WATS_OK)
      atomic_fetch_add(&right, 1);
    else
      CHECK_INT(error.code, WATS_ERR_TIMEOUT);
    wats_response_release(result.response);
    if (i % 4 == 0) wats_http_cache_clear(wats_client_cache(client));
  }
  return NULL;
}

static void in_threads(void)
{
  struct wats_thread threads[THREADS];
  int i;
  open_client();
  slow(2);
  right = 0;
  for (i = 0; i < THREADS; i++)
    CHECK_INT(wats_thread_start(threads + i, block, NULL), WATS_OK);
  for (i = 0; i < THREADS; i++)
    wats_thread_join(threads + i);
  CHECK(right >= THREADS * 35);
  CHECK_INT(stats().in_flight, 0);
  close_world();
}

/* What the parent has under way is nobody's to join in the child. */
static void alone_in_the_child(void)
{
  CHECK_INT(ask("GET", "/api/Product/x"), WATS_OK);
  CHECK_STR(body(), "ok");
}

static void after_fork(void)
{
  struct wats_request r = to("GET", "/api/Product/x");
  open_arrivals();
  slow(200);
  begin(&r);
  CHECK_INT(in_child(alone_in_the_child), 0);
  CHECK_INT(take(1, WATS_OK).right, 1);
  CHECK_INT(peer_requests(peer), 2);
  close_arrivals();
}

static void memory_at_every_point(void)
{
  struct wats_request r = to("GET", "/api/Product/x");
  int n;
  for (n = 0; n < 60; n++) {
    struct wats_pending *p = NULL;
    enum wats_errc code;
    bool over = false;
    open_arrivals();
    slow(10);
    begin(&r);
    wats_alloc_fail_after(n);
    code = wats_pending_start(arrivals, client, &r, &p, &over, &got.error);
    wats_alloc_fail_never();
    if (code != WATS_OK)
      CHECK_INT(code, WATS_ERR_MEMORY);
    else if (over) {
      CHECK_INT(p->code, WATS_ERR_MEMORY);
      wats_pending_free(p);
    }
    take(code == WATS_OK && !over ? 2 : 1, WATS_ERR_MEMORY);
    close_arrivals();
  }
}

int main(void)
{
  RUN(many_are_one);
  RUN(only_what_is_identical);
  RUN(what_everybody_asks_for_himself);
  RUN(live_when_asked);
  RUN(stale_ones_are_confirmed_once);
  RUN(a_failure_is_shared);
  RUN(the_others_go_on);
  RUN(they_go_on_after_a_write);
  RUN(each_has_his_own_limits);
  RUN(a_turn_that_is_waited_for_is_nobodys_time);
  RUN(a_write_parts_them);
  RUN(closed_under_way);
  RUN(in_threads);
  RUN(after_fork);
  RUN(memory_at_every_point);
  return test_report();
}
