/*
** test_client_admission.c - breaker and limiter in the way of a request.
*/
#include "client_fixture.h"
#include "core/handles.h"

#define OK          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define UNAVAILABLE "HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n"
#define MS          WATS_NS_PER_MS

static void open_with(const struct wats_client_options *options)
{
  CHECK_INT(wats_client_create(options, &client, &got.error), WATS_OK);
  if (!client) abort();
}

static struct wats_client_options breaking(void)
{
  struct wats_client_options o = default_options(peer->url);
  o.breaks = WATS_ASKED_NOTHING;
  return o;
}

/* Real time: the clock of the fixture stands still. */
static struct wats_client_options limiting(unsigned requests, int64_t window_ns,
                                           int64_t max_wait_ns)
{
  struct wats_client_options o = default_options(peer->url);
  o.clock = NULL;
  o.cache = false;
  o.limits = WATS_ASKED_ON;
  o.rate_limit =
      (struct wats_rate_limiter_options){requests, window_ns, max_wait_ns};
  return o;
}

static double breaker_gauge(void)
{
  char name[128];
  snprintf(name, sizeof name, "wats_breaker_state{server=\"%s\"}", peer->url);
  return figure(name);
}

/* ---- breaker ------------------------------------------------------------ */

static void refuses_when_open(void)
{
  struct wats_client_options o;
  int i;
  open_world();
  o = breaking();
  open_with(&o);
  peer_says(peer, "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n"
                  "Content-Length: 2\r\n\r\nok");
  peer_repeats(peer, UNAVAILABLE);
  ask("GET", "/api/Product/x");
  for (i = 0; i < 9; i++)
    ask("GET", "/x");
  CHECK_INT(peer_requests(peer), 10);
  CHECK_FAILS(ask("GET", "/x"), WATS_ERR_CIRCUIT_OPEN,
              "not sent: the server has failed too often of late; it is asked "
              "again in 15 s");
  CHECK_INT(got.result.retry_after_ns, 15 * S);
  CHECK_INT(got.result.attempts, 0);
  CHECK_INT(peer_requests(peer), 10);
  CHECK_INT(breaker_gauge(), 2);
  CHECK_INT(stats().upstream.breaker.state, WATS_CIRCUIT_OPEN);
  ask("GET", "/api/Product/x"); /* the cache needs no server */
  CHECK_STR(cached(), "hit");
  CHECK_INT(stats().in_flight, 0);
  close_world();
}

static void asks_whether_it_is_back(void)
{
  struct wats_client_options o;
  int i;
  open_world();
  o = breaking();
  o.cache = false;
  open_with(&o);
  for (i = 0; i < 10; i++)
    peer_says(peer, UNAVAILABLE);
  peer_repeats(peer, OK);
  for (i = 0; i < 10; i++)
    ask("GET", "/x");
  wats_fake_clock_advance(&fake, 15 * S);
  CHECK_INT(breaker_gauge(), 1);
  CHECK_INT(ask("GET", "/x"), WATS_OK);
  CHECK_INT(ask("GET", "/x"), WATS_OK);
  CHECK_INT(breaker_gauge(), 0);
  CHECK_INT(ask("GET", "/x"), WATS_OK);
  CHECK_INT(status(), 200);
  close_world();
}

static void what_says_nothing_of_the_server(void)
{
  static const char *const answers[] = {
      "HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 429 X\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx"};
  size_t i;
  int n;
  for (i = 0; i < sizeof answers / sizeof *answers; i++) {
    struct wats_client_options o;
    open_world();
    o = breaking();
    open_with(&o);
    peer_repeats(peer, answers[i]);
    for (n = 0; n < 20; n++)
      ask("GET", "/x");
    CHECK_INT(peer_requests(peer), 20);
    CHECK_INT(stats().upstream.breaker.state, WATS_CIRCUIT_CLOSED);
    close_world();
  }
}

static void time_outs(void)
{
  struct wats_client_options o;
  struct wats_request r = to("GET", "/x");
  int n;
  open_world();
  o = breaking();
  o.attempt_timeout_ns = 30 * MS;
  open_with(&o);
  peer_ends(peer, "", PEER_SILENT);
  peer->turns[0].again = true;
  r.timeout_ns = 5 * MS; /* so little time says nothing of the server */
  for (n = 0; n < 12; n++)
    CHECK_INT(perform(&r), WATS_ERR_TIMEOUT);
  CHECK_INT(stats().upstream.breaker.calls, 0);
  r.timeout_ns = 0;
  for (n = 0; n < 10; n++)
    CHECK_INT(perform(&r), WATS_ERR_TIMEOUT);
  CHECK_INT(perform(&r), WATS_ERR_CIRCUIT_OPEN);
  close_world();
}

static void nobody_there(void)
{
  struct wats_client_options o;
  char url[64];
  int i;
  open_world();
  snprintf(url, sizeof url, "%s", peer->url);
  peer_close(peer);
  o = default_options(url);
  o.breaks = WATS_ASKED_NOTHING;
  open_with(&o);
  for (i = 0; i < 5; i++)
    CHECK_INT(ask("GET", "/x"), WATS_ERR_CONNECTION);
  CHECK_INT(ask("GET", "/x"), WATS_ERR_CIRCUIT_OPEN);
  peer = peer_open();
  close_world();
}

/* ---- limiter ------------------------------------------------------------ */

static void waits_for_its_turn(void)
{
  struct wats_client_options o;
  int64_t begun = wats_clock_monotonic(&wats_system_clock), took;
  int i;
  open_world();
  o = limiting(2, 100 * MS, 10 * S);
  o.timeout_ns = 60 * MS; /* less than it waits: that is not its own time */
  open_with(&o);
  peer_repeats(peer, OK);
  for (i = 0; i < 7; i++)
    CHECK_INT(ask("GET", "/x"), WATS_OK);
  took = wats_clock_monotonic(&wats_system_clock) - begun;
  CHECK(took >= 300 * MS);
  CHECK_INT(stats().upstream.limiter.granted, 7);
  CHECK(figure("wats_http_wait_seconds{for=\"limiter\"}") >= 3);
  CHECK_INT(figure("wats_http_wait_seconds{for=\"retry\"}"), 0);
  CHECK_INT(stats().retries, 0);
  close_world();
}

static void the_cache_takes_no_permit(void)
{
  struct wats_client_options o;
  int i;
  open_world();
  o = limiting(1, 3600 * S, 0);
  o.cache = true;
  open_with(&o);
  peer_repeats(peer, OK);
  for (i = 0; i < 50; i++)
    CHECK_INT(ask("GET", "/api/Product/x"), WATS_OK);
  CHECK_INT(stats().upstream.limiter.granted, 1);
  CHECK_INT(ask("GET", "/y"), WATS_ERR_RATE_LIMITED);
  CHECK(strstr(got.error.message, "not sent: the rate limit would make it wait "
                                  "for 3.6e+03 s, longer than max_wait"));
  CHECK(got.result.retry_after_ns > 3500 * S);
  close_world();
}

static bool at_once(void *context)
{
  (void)context;
  return true;
}

static void interrupted_while_it_waits(void)
{
  struct wats_client_options o;
  struct wats_request r = to("GET", "/x");
  open_world();
  o = limiting(1, 3600 * S, 7200 * S);
  open_with(&o);
  peer_repeats(peer, OK);
  CHECK_INT(perform(&r), WATS_OK);
  r.interrupted = at_once;
  CHECK_INT(perform(&r), WATS_ERR_CANCELLED);
  CHECK_INT(peer_requests(peer), 1);
  CHECK_INT(stats().upstream.limiter.cancelled, 1);
  CHECK_INT(stats().in_flight, 0);
  close_world();
}

static void a_429_slows_everyone(void)
{
  struct wats_client_options o;
  struct wats_client *other;
  int64_t begun;
  open_world();
  o = limiting(100, S, 10 * S);
  open_with(&o);
  CHECK_INT(wats_client_create(&o, &other, NULL), WATS_OK);
  peer_says(peer, "HTTP/1.1 429 X\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
                  "\r\n");
  peer_repeats(peer, OK);
  CHECK_INT(ask("GET", "/x"), WATS_OK);
  CHECK_INT(status(), 429);
  wats_client_release(client);
  client = other;
  begun = wats_clock_monotonic(&wats_system_clock);
  CHECK_INT(ask("GET", "/x"), WATS_OK);
  CHECK_INT(status(), 200);
  CHECK(wats_clock_monotonic(&wats_system_clock) - begun > 900 * MS);
  CHECK_INT(stats().upstream.limiter.pauses, 1);
  close_world();
}

static void each_exchange_takes_one(void)
{
  struct wats_client_options o;
  open_world();
  o = limiting(100, 3600 * S, 0);
  o.retry = (struct wats_retry_policy){3, MS, MS};
  open_with(&o);
  peer_says(peer, "HTTP/1.1 302 X\r\nLocation: /there\r\n"
                  "Content-Length: 0\r\n\r\n");
  peer_says(peer, "HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n");
  peer_repeats(peer, OK);
  CHECK_INT(ask("GET", "/here"), WATS_OK);
  CHECK_INT(got.result.attempts, 3);
  CHECK_INT(stats().upstream.limiter.granted, 3);
  close_world();
}

static void memory_at_every_point(void)
{
  struct wats_client_options o;
  struct wats_client_stats s;
  int failed = 0, served = 0;
  long n;
  for (n = 0; n < 300 && served < 20; n++) {
    open_world();
    o = limiting(1, MS, S);
    o.breaks = WATS_ASKED_NOTHING;
    open_with(&o);
    peer_repeats(peer, OK);
    ask("GET", "/x");
    wats_handles_drain(); /* a used one has memory for the next answer */
    wats_alloc_fail_after(n);
    ask("GET", "/x");
    wats_alloc_fail_never();
    s = stats();
    CHECK_INT(s.in_flight, 0);
    if (got.code == WATS_OK)
      served++;
    else {
      failed++;
      CHECK_FAILS(got.code, WATS_ERR_MEMORY, "not enough memory");
    }
    close_world();
  }
  CHECK(failed > 3 && served == 20);
}

int main(void)
{
  RUN(refuses_when_open);
  RUN(asks_whether_it_is_back);
  RUN(what_says_nothing_of_the_server);
  RUN(time_outs);
  RUN(nobody_there);
  RUN(waits_for_its_turn);
  RUN(the_cache_takes_no_permit);
  RUN(interrupted_while_it_waits);
  RUN(a_429_slows_everyone);
  RUN(each_exchange_takes_one);
  RUN(memory_at_every_point);
  return test_report();
}
