/*
** test_client_cache.c - how a client uses its cache: what is asked, what is
** served, what a write drops. The cache's own rules are test_http_cache.c's.
*/
#include "client_fixture.h"

#define OK      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define OK2     "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew"
#define TAGGED  "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 2\r\n\r\nok"
#define SAME    "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n"
#define NOTHING "HTTP/1.1 204 No Content\r\n\r\n"

static const char product[] = "/api/Product/x";

static enum wats_errc ask_with(enum wats_cache_mode mode, const char *target)
{
  struct wats_request r = to("GET", target);
  r.cache_mode = mode;
  return perform(&r);
}

static enum wats_errc ask_own(const char *name, const char *value)
{
  struct wats_request r = to("GET", product);
  struct wats_headers own;
  enum wats_errc code;
  wats_headers_init(&own, 0);
  wats_headers_set(&own, name, value);
  r.headers = &own;
  code = perform(&r);
  wats_headers_free(&own);
  return code;
}

static void wait_s(int seconds)
{
  wats_fake_clock_advance(&fake, seconds * S);
}

/* ---- reading ------------------------------------------------------------ */

static void miss_then_hit(void)
{
  open_client();
  peer_repeats(peer, OK);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK_INT(got.result.age_s, -1);
  wait_s(299);
  CHECK_INT(ask("GET", "/api/product/x"), WATS_OK); /* the same resource */
  CHECK_STR(cached(), "hit");
  CHECK_STR(body(), "ok");
  CHECK_INT(got.result.age_s, 299);
  CHECK_INT(got.result.attempts, 0);
  wait_s(1);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK_INT(peer_requests(peer), 2);
  close_world();
}

/* Neither an operation that changes something, nor live state, nor what a
** server might take for another path. */
static void never_from_the_cache(void)
{
  static const struct {
    const char *target, *status;
  } cases[] = {
      {"/api/Auth/GetToken", "bypass"},  {"/api/Unit/123", "bypass"},
      {"/api/Product/%2e%2e", "bypass"}, {"/api/Product/%2E", "bypass"},
      {"/api//Unit/123", "bypass"},      {"//api/Unit/123", "bypass"}};
  size_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    open_client();
    peer_repeats(peer, OK);
    CHECK_INT(ask("GET", cases[i].target), WATS_OK);
    CHECK_INT(ask("GET", cases[i].target), WATS_OK);
    CHECK_STR(cached(), cases[i].status);
    CHECK_INT(peer_requests(peer), 2);
    close_world();
  }
}

static void only_get_is_cached(void)
{
  static const char *const methods[] = {"DELETE", "POST", "OPTIONS", "REPORT"};
  size_t i;
  for (i = 0; i < sizeof methods / sizeof *methods; i++) {
    open_client();
    peer_repeats(peer, NOTHING);
    CHECK_INT(ask(methods[i], "/x"), WATS_OK);
    CHECK_INT(ask(methods[i], "/x"), WATS_OK);
    CHECK_STR(cached(), "bypass");
    CHECK_STR(got.result.cache_reason, "only GET is cached");
    CHECK_INT(peer_requests(peer), 2);
    close_world();
  }
}

static void modes(void)
{
  open_client();
  peer_says(peer, OK);
  peer_repeats(peer, OK2);
  CHECK_INT(ask_with(WATS_CACHE_ONLY, product), WATS_OK);
  CHECK_INT(status(), 504);
  CHECK_STR(cached(), "miss");
  CHECK_INT(peer_requests(peer), 0);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_INT(ask_with(WATS_CACHE_BYPASS, product), WATS_OK);
  CHECK_STR(cached(), "bypass");
  CHECK_STR(body(), "new");
  CHECK_INT(ask_with(WATS_CACHE_ONLY, product), WATS_OK);
  CHECK_STR(body(), "ok"); /* it was not stored */
  CHECK_INT(ask_with(WATS_CACHE_REFRESH, product), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "hit");
  CHECK_STR(body(), "new");
  CHECK_INT(peer_requests(peer), 3);
  close_world();
}

static void stored_answers_obey_max_body(void)
{
  struct wats_request r = to("GET", product);
  open_client();
  peer_says(peer, TAGGED);
  peer_repeats(peer, SAME);
  CHECK_INT(perform(&r), WATS_OK);
  r.max_body = 2;
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_STR(cached(), "hit");
  r.max_body = 1;
  CHECK_FAILS(perform(&r), WATS_ERR_TOO_LARGE,
              "the answer has more than max_body = 1 bytes");
  wait_s(301);
  CHECK_INT(perform(&r), WATS_ERR_TOO_LARGE);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "hit");
  close_world();
}

static void without_a_cache(void)
{
  struct wats_client_options o;
  open_world();
  o = default_options(peer->url);
  o.cache = false;
  CHECK_INT(wats_client_create(&o, &client, NULL), WATS_OK);
  CHECK(wats_client_cache(client) == NULL);
  peer_repeats(peer, OK);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(got.result.cache_reason, "the client stores nothing");
  CHECK_INT(ask_with(WATS_CACHE_ONLY, product), WATS_OK);
  CHECK_INT(status(), 504);
  CHECK_INT(ask("PUT", "/api/Product"), WATS_OK);
  CHECK_INT(peer_requests(peer), 3);
  close_world();
}

/* ---- whose answer it is ------------------------------------------------- */

static void own_fields_have_answers_of_their_own(void)
{
  static const char *const names[] = {"Authorization", "accept", "Cookie",
                                      "HOST"};
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++) {
    open_client();
    peer_repeats(peer, OK);
    CHECK_INT(ask("GET", product), WATS_OK);
    CHECK_INT(ask_own(names[i], "a"), WATS_OK);
    CHECK_STR(cached(), "miss");
    CHECK_INT(ask_own(names[i], "b"), WATS_OK);
    CHECK_STR(cached(), "miss");
    CHECK_INT(ask_own(names[i], "a"), WATS_OK);
    CHECK_STR(cached(), "hit");
    CHECK_INT(ask_own("X-Other", "a"), WATS_OK);
    CHECK_STR(cached(), "hit");
    CHECK_INT(peer_requests(peer), 3);
    close_world();
  }
}

/* Bytes as stored there are another answer than the text. */
static void raw_encoding_is_another_answer(void)
{
  struct wats_request r = to("GET", product);
  open_client();
  peer_repeats(peer, OK);
  CHECK_INT(perform(&r), WATS_OK);
  r.raw_encoding = true;
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK(peer_field(peer, 0, "Accept-Encoding") != NULL);
  CHECK(peer_field(peer, 1, "Accept-Encoding") == NULL);
  close_world();
}

/* The first key of a client with that token, which has asked for one thing. */
static void key_with(const char *token, char *out, size_t size)
{
  struct wats_client_options o = default_options(peer->url);
  struct wats_ttl_lru_key *keys = NULL;
  size_t count = 0;
  o.token = token;
  CHECK_INT(wats_client_create(&o, &client, NULL), WATS_OK);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_INT(wats_http_cache_keys(wats_client_cache(client), &keys, &count),
            WATS_OK);
  CHECK_INT(count, 1);
  memset(out, 0, size);
  if (count && keys[0].length <= size)
    memcpy(out, keys[0].text, keys[0].length);
  while (count)
    wats_free(keys[--count].text);
  wats_free(keys);
  let_go();
  wats_client_release(client);
  client = NULL;
}

static void another_token_another_key(void)
{
  char one[256], again[256], other[256], none[256];
  open_world();
  peer_repeats(peer, OK);
  key_with("b25l", one, sizeof one);
  key_with("b25l", again, sizeof again);
  key_with("b3RoZXI=", other, sizeof other);
  key_with(NULL, none, sizeof none);
  CHECK(memcmp(one, again, sizeof one) == 0);
  CHECK(memcmp(one, other, WATS_CLIENT_KEY_PREFIX) != 0);
  CHECK(memcmp(one, none, WATS_CLIENT_KEY_PREFIX) != 0);
  CHECK(!memmem(one, sizeof one, "b25l", 4)); /* a digest, not the token */
  CHECK(memcmp(one + WATS_CLIENT_KEY_PREFIX, peer->url, strlen(peer->url)) ==
        0);
  close_world();
}

/* ---- revalidation ------------------------------------------------------- */

static void confirmed_by_a_304(void)
{
  open_client();
  peer_says(peer, TAGGED);
  peer_says(peer, SAME);
  peer_says(peer, OK2);
  CHECK_INT(ask("GET", product), WATS_OK);
  wait_s(301);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "revalidated");
  CHECK_INT(status(), 200);
  CHECK_STR(body(), "ok");
  CHECK_INT(got.result.age_s, 0);
  CHECK_STR(peer_field(peer, 1, "If-None-Match"), "\"1\"");
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "hit"); /* for another life span */
  wait_s(301);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK_STR(body(), "new");
  close_world();
}

static void no_server_no_stale_answer(void)
{
  open_client();
  peer_says(peer, TAGGED);
  CHECK_INT(ask("GET", product), WATS_OK);
  wait_s(301);
  CHECK_INT(ask("GET", product), WATS_ERR_CONNECTION);
  CHECK_INT(ask_with(WATS_CACHE_ONLY, product), WATS_OK);
  CHECK_INT(status(), 504);
  close_world();
}

/* A 304 from elsewhere confirms nothing that was had from here. */
static void no_condition_behind_a_redirect(void)
{
  open_client();
  peer_says(peer, TAGGED);
  peer_says(peer, "HTTP/1.1 302 Found\r\nLocation: /there\r\n"
                  "Content-Length: 0\r\n\r\n");
  peer_says(peer, OK2);
  peer_says(peer, SAME);
  CHECK_INT(ask("GET", product), WATS_OK);
  wait_s(301);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(body(), "new");
  CHECK(peer_field(peer, 1, "If-None-Match") != NULL);
  CHECK(peer_field(peer, 2, "If-None-Match") == NULL);
  CHECK_STR(got.result.cache_reason, "a redirect was followed");
  close_world();
}

/* ---- writes ------------------------------------------------------------- */

static void what_a_write_drops(void)
{
  static const struct {
    const char *answer;
    bool dropped;
  } cases[] = {
      {NOTHING, true},
      {"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", true},
      {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", true},
      {"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n", true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", true},
      {"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", false},
      {"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n", false}};
  size_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    open_client();
    peer_says(peer, OK);
    peer_ends(peer, cases[i].answer, PEER_CLOSE);
    peer_repeats(peer, OK2);
    CHECK_INT(ask("GET", product), WATS_OK);
    ask("PUT", "/api/Product");
    CHECK_INT(ask("GET", product), WATS_OK);
    CHECK_STR(cached(), cases[i].dropped ? "miss" : "hit");
    close_world();
  }
}

/* A write that goes to the server another way. */
static void a_write_that_is_announced(void)
{
  struct wats_cache_write write;
  open_client();
  peer_repeats(peer, OK);
  ask("GET", product);
  wats_client_write_begin(client, "PUT", "/api/Product", &write);
  ask("GET", product); /* not used while it is under way */
  CHECK_STR(cached(), "miss");
  wats_client_write_end(client, &write, false);
  ask("GET", product);
  CHECK_STR(cached(), "hit");
  wats_client_write_begin(client, "PUT", "/api/Product", &write);
  wats_client_write_end(client, &write, true);
  ask("GET", product);
  CHECK_STR(cached(), "miss");
  wats_client_write_begin(client, "POST", "/api/Unit/Create", &write);
  wats_client_write_end(client, &write, true);
  ask("GET", product);
  CHECK_STR(cached(), "hit");
  /* not in the table: by its path */
  wats_client_write_begin(client, "POST", product, &write);
  wats_client_write_end(client, &write, true);
  ask("GET", product);
  CHECK_STR(cached(), "miss");
  close_world();
}

static void whether_a_write_was_applied(void)
{
  open_client();
  peer_says(peer, OK);
  peer_says(peer, "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n");
  peer_says(peer, "HTTP/1.1 504 Late\r\nContent-Length: 0\r\n\r\n");
  peer_ends(peer, "", PEER_CLOSE);
  peer_repeats(peer, OK);
  ask("PUT", "/api/Product");
  CHECK(got.result.applied);
  ask("PUT", "/api/Product");
  CHECK(!got.result.applied);
  ask("PUT", "/api/Product");
  CHECK(got.result.applied); /* it may have been */
  CHECK_INT(ask("POST", "/api/Unit/Create"), WATS_ERR_CONNECTION);
  CHECK(got.result.applied);
  ask("GET", product);
  CHECK(!got.result.applied);
  ask("POST", "/api/Product/Search");
  CHECK(!got.result.applied);
  close_world();
}

static void bounds(void)
{
  struct wats_client_options options;
  struct wats_client_bounds b;
  open_world();
  options = default_options(peer->url);
  CHECK_INT(wats_client_create(&options, &client, NULL), WATS_OK);
  wats_client_bounds(client, &b);
  CHECK_INT(b.timeout_ns, 20 * S);
  CHECK(!b.limits);
  wats_client_release(client);
  wats_upstream_drain();
  options.limits = WATS_ASKED_ON;
  options.rate_limit = (struct wats_rate_limiter_options){7, S, 2 * S};
  CHECK_INT(wats_client_create(&options, &client, NULL), WATS_OK);
  wats_client_bounds(client, &b);
  CHECK(b.limits);
  CHECK_INT(b.rate_limit.requests, 7);
  CHECK_INT(b.rate_limit.max_wait_ns, 2 * S);
  close_world();
}

static void a_question_drops_nothing(void)
{
  open_client();
  peer_repeats(peer, OK);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_INT(ask("POST", "/api/Product/Search"), WATS_OK);
  CHECK_INT(ask("POST", "/api/Unit/Create"), WATS_OK); /* another family */
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "hit");
  close_world();
}

/* Where it went nobody knows: nothing that is stored counts any longer. */
static void a_redirected_write_drops_all(void)
{
  open_client();
  peer_says(peer, OK);
  peer_says(peer, "HTTP/1.1 307 There\r\nLocation: /api/There\r\n"
                  "Content-Length: 0\r\n\r\n");
  peer_repeats(peer, OK2);
  CHECK_INT(ask("GET", "/a"), WATS_OK);
  CHECK_INT(ask("PUT", "/b"), WATS_OK);
  CHECK_INT(ask("GET", "/a"), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK_INT(ask("PUT", "/b/%2e%2e/a"), WATS_OK);
  CHECK_INT(ask("GET", "/a"), WATS_OK);
  CHECK_STR(cached(), "miss");
  close_world();
}

/* A GET that was answered before a write ended is not stored behind it. */
struct slow_get {
  struct wats_thread thread;
  enum wats_errc code;
};

static void *slow_get_main(void *context)
{
  struct slow_get *slow = context;
  struct wats_request r = to("GET", product);
  struct wats_result result;
  struct wats_error error;
  slow->code = wats_client_perform(client, &r, &result, &error);
  wats_response_release(result.response);
  return NULL;
}

static void a_late_answer_is_not_stored(void)
{
  struct slow_get slow = {.code = WATS_ERR_IO};
  int i;
  open_client();
  peer_bytes(peer, OK, sizeof OK - 1, PEER_KEEP)->delay_ms = 300;
  peer_says(peer, NOTHING);
  peer_repeats(peer, OK2);
  CHECK_INT(wats_thread_start(&slow.thread, slow_get_main, &slow), WATS_OK);
  for (i = 0; i < 500 && peer_requests(peer) == 0; i++)
    peer_sleep(10);
  CHECK_INT(ask("PUT", "/api/Product"), WATS_OK);
  wats_thread_join(&slow.thread);
  CHECK_INT(slow.code, WATS_OK);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK_STR(body(), "new");
  close_world();
}

/* ---- explaining --------------------------------------------------------- */

static void explains(const char *target, const char *expected)
{
  struct wats_request r = to("GET", target);
  struct wats_explanation e;
  struct wats_client_stats before = stats();
  CHECK_INT(wats_client_explain(client, &r, &e, NULL), WATS_OK);
  CHECK_STR(wats_cache_status_name(e.status), expected);
  CHECK_INT(stats().requests, before.requests);
}

static void explanations(void)
{
  open_client();
  peer_repeats(peer, TAGGED);
  explains(product, "miss");
  CHECK_INT(ask("GET", product), WATS_OK);
  explains(product, "hit");
  wait_s(301);
  explains(product, "revalidated");
  explains("/api/Auth/GetToken", "bypass");
  CHECK_INT(peer_requests(peer), 1);
  close_world();
}

int main(void)
{
  RUN(miss_then_hit);
  RUN(never_from_the_cache);
  RUN(only_get_is_cached);
  RUN(modes);
  RUN(stored_answers_obey_max_body);
  RUN(without_a_cache);
  RUN(own_fields_have_answers_of_their_own);
  RUN(raw_encoding_is_another_answer);
  RUN(another_token_another_key);
  RUN(confirmed_by_a_304);
  RUN(no_server_no_stale_answer);
  RUN(no_condition_behind_a_redirect);
  RUN(what_a_write_drops);
  RUN(a_write_that_is_announced);
  RUN(whether_a_write_was_applied);
  RUN(bounds);
  RUN(a_question_drops_nothing);
  RUN(a_redirected_write_drops_all);
  RUN(a_late_answer_is_not_stored);
  RUN(explanations);
  return test_report();
}
