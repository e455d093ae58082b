/*
** test_client_stale.c - answers past their time: those that stand in when the
** server does not answer, and those that are refreshed behind the caller's back
** (RFC 5861).
*/
#include "client_fixture.h"

#define AGED    "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n"
#define OLD     AGED "Content-Length: 3\r\n\r\nold"
#define NEW     AGED "Content-Length: 3\r\n\r\nnew"
#define NOTHING "HTTP/1.1 204 No Content\r\n\r\n"
#define BROKEN  "HTTP/1.1 500 X\r\nContent-Length: 3\r\n\r\nbad"

static const char product[] = "/api/Product/x";

static void open_offline(int64_t stale_if_error_s)
{
  struct wats_client_options options;
  open_world();
  options = default_options(peer->url);
  options.cache_stale_if_error_ns = stale_if_error_s * S;
  CHECK_INT(wats_client_create(&options, &client, NULL), WATS_OK);
}

static void wait_s(int seconds)
{
  wats_fake_clock_advance(&fake, seconds * S);
}

static struct wats_http_cache_stats cache_stats(void)
{
  struct wats_http_cache_stats s;
  wats_http_cache_stats(wats_client_cache(client), &s);
  return s;
}

static enum wats_errc ask_with(enum wats_cache_mode mode, const char *target)
{
  struct wats_request r = to("GET", target);
  r.cache_mode = mode;
  return perform(&r);
}

/* The product's answer is stored, and so much time passes. */
static void store(const char *answer, int age_s)
{
  peer_says(peer, answer);
  CHECK_INT(ask("GET", product), WATS_OK);
  wait_s(age_s);
}

/* Asks for the product while the server cannot be reached. */
static enum wats_errc ask_in_vain(void)
{
  peer_ends(peer, "", PEER_CLOSE);
  return ask("GET", product);
}

static void expect_stale(int age_s)
{
  CHECK_INT(got.code, WATS_OK);
  CHECK_INT(status(), 200);
  CHECK_STR(cached(), "stale");
  CHECK_STR(body(), "old");
  CHECK_INT(got.result.age_s, age_s);
}

/* ---- stale-if-error ------------------------------------------------------ */

static void stands_in_for_a_time(void)
{
  open_offline(100);
  store(OLD, 61);
  ask_in_vain();
  expect_stale(61);
  CHECK_STR(got.result.cache_reason,
            "the server could not be asked, stale-if-error");
  CHECK_INT(cache_stats().stale, 1);
  CHECK_INT(cache_stats().hits, 0);
  CHECK_INT(stats().failures, 0);
  CHECK_INT((int)figure("wats_http_cache_stale_total{}"), 1);
  wait_s(98);
  ask_in_vain();
  expect_stale(159);
  wait_s(2);
  CHECK_INT(ask_in_vain(), WATS_ERR_CONNECTION);
  close_world();
}

static void live_again_when_the_server_is(void)
{
  open_offline(100);
  store(OLD, 61);
  ask_in_vain();
  expect_stale(61);
  peer_says(peer, NEW);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK_STR(body(), "new");
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "hit");
  close_world();
}

/* Which statuses say that the server cannot answer now (RFC 5861, 4). */
static void statuses(void)
{
  static const struct {
    int status;
    bool stands_in;
  } rows[] = {{500, true},  {502, true},  {503, true},  {504, true},
              {501, false}, {505, false}, {404, false}, {401, false},
              {429, false}, {400, false}, {200, false}};
  char text[80];
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    open_offline(100);
    store(OLD, 61);
    snprintf(text, sizeof text, "HTTP/1.1 %d X\r\nContent-Length: 3\r\n\r\nbad",
             rows[i].status);
    peer_says(peer, text);
    CHECK_INT(ask("GET", product), WATS_OK);
    if (rows[i].stands_in)
      expect_stale(61);
    else {
      CHECK_INT(status(), rows[i].status);
      CHECK_STR(body(), "bad");
    }
    close_world();
  }
}

/* A fresh answer is no worse for a caller who wanted to look anew. */
static void never_for_those_who_want_it_live(void)
{
  open_offline(100);
  store(OLD, 0);
  peer_ends(peer, "", PEER_CLOSE);
  CHECK_INT(ask_with(WATS_CACHE_REFRESH, product), WATS_ERR_CONNECTION);
  peer_ends(peer, "", PEER_CLOSE);
  CHECK_INT(ask_with(WATS_CACHE_BYPASS, product), WATS_ERR_CONNECTION);
  CHECK_INT(cache_stats().stale, 0);
  close_world();
}

static void never_live_state(void)
{
  struct wats_request r = to("GET", "/api/Unit/1");
  open_offline(100);
  r.cache_ttl_ns = 60 * S;
  peer_says(peer, OLD);
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_STR(cached(), "hit");
  wait_s(61);
  peer_ends(peer, "", PEER_CLOSE);
  CHECK_INT(perform(&r), WATS_ERR_CONNECTION);
  close_world();
}

/* Its own word goes first, both ways. */
static void the_answer_says_itself(void)
{
  static const struct {
    const char *directives;
    int stale_s;
    bool stands_in;
  } rows[] = {{"max-age=60, must-revalidate", 1, false},
              {"max-age=60, stale-if-error=10", 9, true},
              {"max-age=60, stale-if-error=10", 11, false},
              {"max-age=60, stale-if-error=1000", 900, true},
              {"max-age=60, stale-if-error=0", 1, false},
              {"no-cache", 1, false}};
  char text[160];
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    open_offline(100);
    snprintf(text, sizeof text,
             "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nCache-Control: %s\r\n"
             "Content-Length: 3\r\n\r\nold",
             rows[i].directives);
    store(text, 60 + rows[i].stale_s);
    ask_in_vain();
    if (rows[i].stands_in)
      expect_stale(60 + rows[i].stale_s);
    else
      CHECK_INT(got.code, WATS_ERR_CONNECTION);
    close_world();
  }
}

/* What a write has made doubtful does not come back because the server went. */
static void never_past_a_write(void)
{
  open_offline(1000);
  store(OLD, 0);
  peer_says(peer, NOTHING);
  CHECK_INT(ask("PUT", "/api/Product"), WATS_OK);
  CHECK_INT(ask_in_vain(), WATS_ERR_CONNECTION);
  close_world();
}

static void gone_is_gone(void)
{
  open_offline(1000);
  store(OLD, 61);
  peer_says(peer, "HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n");
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_INT(status(), 404);
  CHECK_INT(ask_in_vain(), WATS_ERR_CONNECTION);
  close_world();
}

static void a_503_keeps_what_there_is(void)
{
  open_offline(1000);
  store(OLD, 61);
  peer_says(peer, BROKEN);
  ask("GET", product);
  expect_stale(61);
  peer_says(peer, BROKEN);
  ask("GET", product);
  expect_stale(61);
  close_world();
}

/* ---- stale-while-revalidate ---------------------------------------------- */

#define MEANWHILE                                                              \
  "HTTP/1.1 200 OK\r\nCache-Control: max-age=60, stale-while-revalidate=30"    \
  "\r\nContent-Length: 3\r\n\r\nold"

/* Until what goes on behind is over: the answer has come, and a moment later
** it has been dealt with. */
static void wait_until_quiet(void)
{
  int i;
  for (i = 0; i < 1000 && figure("wats_http_inflight{}") > 0; i++)
    peer_sleep(10);
  peer_sleep(100);
}

/* Asks the cache alone until it has the new answer, or for 4 s. */
static void look_until_refreshed(void)
{
  int i;
  for (i = 0; i < 200 && strcmp(cached(), "hit") != 0; i++) {
    peer_sleep(20);
    ask_with(WATS_CACHE_ONLY, product);
  }
}

static void refreshed_behind(void)
{
  int i;
  open_client();
  store(MEANWHILE, 61);
  peer_says(peer, NEW)->delay_ms = 100;
  for (i = 0; i < 5; i++) { /* one of them has it refreshed */
    ask("GET", product);
    expect_stale(61);
  }
  CHECK_INT(cache_stats().stale, 5);
  peer_sleep(50);
  CHECK_INT(cache_stats().requests, 6);
  CHECK_INT(cache_stats().misses, 1);
  look_until_refreshed();
  CHECK_STR(cached(), "hit");
  CHECK_STR(body(), "new");
  CHECK_INT(peer_requests(peer), 2);
  close_world();
}

/* Who never wants the server asked does not have it asked behind, and does not
** keep others from it; who asks for less has the whole refreshed. */
static void refreshed_for_whom(void)
{
  struct wats_headers own;
  struct wats_request r = to("HEAD", product);
  open_client();
  store(MEANWHILE, 61);
  ask_with(WATS_CACHE_ONLY, product);
  expect_stale(61);
  wats_headers_init(&own, 0);
  r.headers = &own;
  CHECK_INT(wats_headers_set(&own, "Cache-Control", "only-if-cached"), WATS_OK);
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_STR(cached(), "stale");
  CHECK_INT(wats_headers_set(&own, "Cache-Control", "no-store"), WATS_OK);
  CHECK_INT(perform(&r), WATS_OK);
  peer_sleep(50);
  CHECK_INT(peer_requests(peer), 1);
  peer_says(peer, NEW)->delay_ms = 200;
  r.timeout_ns = S / 20; /* his patience and room are not the refreshment's */
  r.max_body = 4;
  wats_headers_clear(&own);
  CHECK_INT(wats_headers_set(&own, "If-None-Match", "\"x\""), WATS_OK);
  CHECK_INT(wats_headers_set(&own, "Range", "bytes=0-1"), WATS_OK);
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_STR(cached(), "stale");
  look_until_refreshed();
  CHECK_STR(body(), "new");
  CHECK_INT(peer_requests(peer), 2);
  CHECK(peer_field(peer, 1, "If-None-Match") == NULL);
  CHECK(peer_field(peer, 1, "Range") == NULL);
  wats_headers_free(&own);
  close_world();
}

/* A refreshment takes nobody's turn. */
static void refreshed_without_waiting(void)
{
  struct wats_client_options options;
  int i;
  open_world();
  options = default_options(peer->url);
  options.limits = WATS_ASKED_ON;
  options.rate_limit.requests = 1;
  options.rate_limit.window_ns = 1000 * S;
  options.rate_limit.max_wait_ns = 5000 * S;
  CHECK_INT(wats_client_create(&options, &client, NULL), WATS_OK);
  store(MEANWHILE, 61);
  ask("GET", product);
  expect_stale(61);
  for (i = 0; i < 100 && stats().failures == 0; i++)
    peer_sleep(10);
  CHECK_INT(stats().failures, 1);
  CHECK_INT(peer_requests(peer), 1);
  close_world();
}

static void not_beyond_its_window(void)
{
  open_client();
  store(MEANWHILE, 91);
  peer_says(peer, NEW);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK_STR(body(), "new");
  close_world();
}

/* A refreshment that fails is not tried again with every look-up. */
static void a_failed_refreshment_waits(void)
{
  open_client();
  store(MEANWHILE, 61);
  peer_says(peer, BROKEN);
  ask("GET", product);
  expect_stale(61);
  wait_until_quiet();
  ask("GET", product);
  expect_stale(61);
  CHECK_INT(peer_requests(peer), 2);
  wait_s(WATS_CACHE_REFRESH_S);
  peer_says(peer, NEW);
  ask("GET", product);
  expect_stale(61 + WATS_CACHE_REFRESH_S);
  wait_until_quiet();
  CHECK_INT(peer_requests(peer), 3);
  close_world();
}

/* A client that is let go while one is under way: nothing is lost or left. */
static void let_go_meanwhile(void)
{
  open_client();
  store(MEANWHILE, 61);
  peer_says(peer, NEW)->delay_ms = 50;
  ask("GET", product);
  expect_stale(61);
  CHECK(figure("wats_http_inflight{}") == 1);
  wats_client_release(client);
  client = NULL;
  wait_until_quiet();
  CHECK_INT(peer_requests(peer), 2);
  close_world();
}

/* ---- the request's max-stale --------------------------------------------- */

static void max_stale(void)
{
  struct wats_request r = to("GET", product);
  struct wats_headers own;
  open_client();
  wats_headers_init(&own, 0);
  CHECK_INT(wats_headers_set(&own, "Cache-Control", "max-stale=10"), WATS_OK);
  r.headers = &own;
  peer_says(peer, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nCache-Control: max-age=60"
                  "\r\nContent-Length: 3\r\n\r\nold");
  CHECK_INT(ask("GET", product), WATS_OK);
  wait_s(65);
  perform(&r);
  expect_stale(65);
  CHECK_INT(cache_stats().hits, 1);
  CHECK_INT(cache_stats().stale, 1);
  wait_s(6);
  peer_says(peer, NEW);
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_STR(body(), "new");
  wats_headers_free(&own);
  close_world();
}

int main(void)
{
  RUN(stands_in_for_a_time);
  RUN(live_again_when_the_server_is);
  RUN(statuses);
  RUN(never_for_those_who_want_it_live);
  RUN(never_live_state);
  RUN(the_answer_says_itself);
  RUN(never_past_a_write);
  RUN(gone_is_gone);
  RUN(a_503_keeps_what_there_is);
  RUN(refreshed_behind);
  RUN(refreshed_for_whom);
  RUN(refreshed_without_waiting);
  RUN(not_beyond_its_window);
  RUN(a_failed_refreshment_waits);
  RUN(let_go_meanwhile);
  RUN(max_stale);
  return test_report();
}
