/*
** test_client.c - making clients, what requests are refused, redirects, ends,
** figures. The cache is test_client_cache.c's.
*/
#include "client_fixture.h"

#define OK      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define NOTHING "HTTP/1.1 204 No Content\r\n\r\n"

/* ---- making ------------------------------------------------------------- */

static void refuses(const struct wats_client_options *options,
                    enum wats_errc kind, const char *message)
{
  struct wats_client *c = NULL;
  struct wats_error error;
  enum wats_errc code = wats_client_create(options, &c, &error);
  CHECK_STR(wats_errc_name(code), wats_errc_name(kind));
  if (code != WATS_OK) CHECK_STR(error.message, message);
  wats_client_release(c);
}

static void base_urls_and_options(void)
{
  struct wats_client_options o;
  open_world();
  o = default_options("ftp://x");
  CHECK_INT(wats_client_create(&o, &client, &got.error), WATS_ERR_ARGUMENT);
  CHECK(strncmp(got.error.message, "base_url: ", 10) == 0);
  CHECK(client == NULL);
  o = default_options("http://wats.example");
  refuses(&o, WATS_ERR_ARGUMENT,
          "base_url: http would send the token readable by all; use https, or "
          "say allow_http = true");
  o.allow_http = true;
  refuses(&o, WATS_OK, "");
  o = default_options("https://wats.example");
  o.token = "";
  refuses(&o, WATS_ERR_ARGUMENT, "token: it is empty");
  o.token = "abc\r\nX: y";
  refuses(&o, WATS_ERR_ARGUMENT,
          "token: it holds a character that no token has (at position 4)");
  o.token = NULL;
  o.user_agent = "a\nb";
  refuses(&o, WATS_ERR_ARGUMENT,
          "user_agent: it holds a control character (at position 2)");
  o.user_agent = NULL;
  o.ca_file = "/nonexistent/ca.pem";
  refuses(&o, WATS_ERR_IO,
          "ca_file: cannot read /nonexistent/ca.pem: No such file or "
          "directory");
  o.ca_file = "/";
  refuses(&o, WATS_ERR_IO, "ca_file: cannot read /: Is a directory");
  o.ca_file = "/dev/null";
  refuses(&o, WATS_ERR_IO, "ca_file: no certificate (PEM) in /dev/null");
  close_world();
}

static void nothing_on_its_own(void)
{
  open_client();
  CHECK_STR(wats_client_base_url(client), peer->url);
  CHECK(!wats_client_closed(client));
  CHECK_INT(peer_connections(peer), 0);
  CHECK_INT(stats().requests, 0);
  close_world();
}

/* ---- requests that are none --------------------------------------------- */

static void refused_requests(void)
{
  static const char *const targets[] = {
      "",       "api",    "http://x/",  "/a b",   "/a\\b",
      "/a#b",   "/a\nb",  "/../b",      "/a/./b", "/a/..",
      "/a\x7f", "/a?b c", "/a?b\r\nc:", "//x/\t", "/a?b#c"};
  struct wats_request r;
  size_t i;
  open_client();
  for (i = 0; i < sizeof targets / sizeof *targets; i++) {
    CHECK_INT(ask("GET", targets[i]), WATS_ERR_ARGUMENT);
    CHECK(got.error.message[0] != '\0');
  }
  CHECK_FAILS(ask("", "/x"), WATS_ERR_ARGUMENT,
              "a method is a token such as GET");
  CHECK_FAILS(ask("GE T", "/x"), WATS_ERR_ARGUMENT,
              "a method is a token such as GET");
  CHECK_FAILS(ask("GET /y HTTP/1.1\r\nA: b\r\n\r\nGET", "/x"),
              WATS_ERR_ARGUMENT, "a method is a token such as GET");
  r = to("HEAD", "/x");
  r.body = "";
  CHECK_FAILS(perform(&r), WATS_ERR_ARGUMENT, "HEAD is sent without a body");
  r = to("GET", "/x");
  r.query = "a=b\r\nc";
  r.query_length = 6;
  CHECK_INT(perform(&r), WATS_ERR_ARGUMENT);
  CHECK_INT(peer_connections(peer), 0);
  CHECK_INT(stats().requests, 0); /* they have not begun */
  CHECK_INT(stats().failures, 0);
  close_world();
}

static void framing_is_ours(void)
{
  static const char *const names[] = {"Content-Length", "transfer-encoding"};
  struct wats_request r = to("POST", "/x");
  int i;
  open_client();
  for (i = 0; i < 2; i++) {
    struct wats_headers own;
    char expected[80];
    wats_headers_init(&own, 0);
    wats_headers_set(&own, names[i], "5");
    r.headers = &own;
    snprintf(expected, sizeof expected,
             "the header field %s is the client's to send", names[i]);
    CHECK_FAILS(perform(&r), WATS_ERR_ARGUMENT, expected);
    wats_headers_free(&own);
  }
  CHECK_INT(peer_connections(peer), 0);
  close_world();
}

static void long_targets(void)
{
  size_t size = 65536;
  char *target = malloc(size + 2);
  struct wats_request r;
  open_client();
  peer_repeats(peer, OK);
  memset(target, 'a', size + 1);
  target[0] = '/';
  target[size + 1] = '\0';
  CHECK_FAILS(ask("GET", target), WATS_ERR_ARGUMENT,
              "path and query have 65537 bytes, at most 65536 are sent");
  target[size] = '\0';
  r = to("GET", target);
  r.query = "a";
  r.query_length = 1;
  CHECK_INT(perform(&r), WATS_ERR_ARGUMENT);
  CHECK_INT(peer_requests(peer), 0);
  target[60000] = '\0';
  CHECK_INT(ask("GET", target), WATS_OK);
  CHECK_INT(strlen(peer_request(peer, 0)) > 60000, 1);
  free(target);
  close_world();
}

/* ---- what is sent ------------------------------------------------------- */

static void targets_and_queries(void)
{
  static const struct {
    const char *target, *query, *line;
  } cases[] = {{"/api/product/Ab", NULL, "GET /api/Product/Ab HTTP/1.1"},
               {"/API/PRODUCT/%2f", NULL, "GET /api/Product/%2f HTTP/1.1"},
               {"/api/Other/ab", NULL, "GET /api/Other/ab HTTP/1.1"},
               {"/x?", "a=1", "GET /x?a=1 HTTP/1.1"},
               {"/x?b=2", "a=1", "GET /x?b=2&a=1 HTTP/1.1"},
               {"/x", "a=1", "GET /x?a=1 HTTP/1.1"},
               {"/x?b", NULL, "GET /x?b HTTP/1.1"},
               {"/\xc3\xb8", NULL, "GET /%C3%B8 HTTP/1.1"},
               {"/x?\xc3\xb8", NULL, "GET /x?%C3%B8 HTTP/1.1"}};
  int i;
  open_client();
  peer_repeats(peer, OK);
  for (i = 0; i < (int)(sizeof cases / sizeof *cases); i++) {
    struct wats_request r = to("GET", cases[i].target);
    r.query = cases[i].query;
    r.query_length = r.query ? strlen(r.query) : 0;
    r.cache_mode = WATS_CACHE_BYPASS;
    CHECK_INT(perform(&r), WATS_OK);
    CHECK_STR(asked_line(i), cases[i].line);
  }
  close_world();
}

static void urls_for_errors(void)
{
  struct wats_request r = to("GET", "/api/product/x?b");
  struct wats_buffer out;
  char expected[128];
  open_client();
  wats_buffer_init(&out, 0);
  CHECK_INT(wats_client_url(client, &r, &out), WATS_OK);
  snprintf(expected, sizeof expected, "%s/api/Product/x?b", peer->url);
  CHECK_STR(out.data, expected);
  r = to("GET", "no path");
  CHECK_INT(wats_client_url(client, &r, &out), WATS_ERR_ARGUMENT);
  wats_buffer_free(&out);
  close_world();
}

/* A dead kept connection: may the request go out a second time? */
static void sent_twice(void)
{
  static const struct {
    const char *method, *target;
    bool twice;
  } cases[] = {{"GET", "/api/Product/x", true},
               {"GET", "/unknown", true},
               {"PUT", "/api/Product", true},
               {"POST", "/api/Report/WSJF", true},
               {"POST", "/api/Unit/Create", false},
               {"GET", "/api/Auth/GetToken", false},
               {"GET", "/api//Auth/GetToken", false},
               {"POST", "/unknown", false},
               {"PATCH", "/unknown", false},
               {"DELETE", "/unknown", true}};
  size_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    open_client();
    peer_says(peer, OK);
    peer_ends(peer, "", PEER_CLOSE);
    peer_repeats(peer, OK);
    CHECK_INT(ask("GET", "/warm-up"), WATS_OK);
    CHECK_INT(ask(cases[i].method, cases[i].target),
              cases[i].twice ? WATS_OK : WATS_ERR_CONNECTION);
    CHECK_INT(peer_requests(peer), cases[i].twice ? 3 : 2);
    CHECK_INT(got.result.attempts, cases[i].twice ? 2 : 1);
    CHECK_INT(stats().exchanges, cases[i].twice ? 3 : 2);
    CHECK_INT(stats().failures, cases[i].twice ? 0 : 1);
    close_world();
  }
}

/* ---- where internal calls come from ------------------------------------- */

static void a_redirect(const char *status_line, const char *location)
{
  static char text[512];
  snprintf(text, sizeof text,
           "HTTP/1.1 %s\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
           status_line, location);
  peer_says(peer, text);
}

static void internal_calls_have_a_referer(void)
{
  static const struct {
    const char *method, *target;
    bool internal;
  } cases[] = {{"GET", "/api/internal/Blob/x", true},
               {"GET", "/API/Internal/x?y=1", true},
               {"POST", "/api/internal/x", true},
               {"DELETE", "/api/internal/", true},
               {"GET", "/api/internals/x", false},
               {"GET", "/api/internal", true},
               {"GET", "/api/Product/internal", false},
               {"GET", "/x/api/internal/y", false}};
  int i;
  open_client();
  peer_repeats(peer, OK);
  for (i = 0; i < (int)(sizeof cases / sizeof *cases); i++) {
    CHECK_INT(ask(cases[i].method, cases[i].target), WATS_OK);
    if (cases[i].internal)
      CHECK_STR(peer_field(peer, i, "Referer"), peer->url);
    else
      CHECK(peer_field(peer, i, "Referer") == NULL);
    CHECK(peer_field(peer, i, "X-Request-Id") != NULL);
    CHECK_STR(peer_field(peer, i, "Authorization"), "Basic c2VjcmV0");
  }
  close_world();
}

static void the_callers_referer_stands(void)
{
  struct wats_request r = to("POST", "/api/internal/x");
  struct wats_headers own;
  open_client();
  a_redirect("307 Temporary", "/there");
  peer_repeats(peer, OK);
  wats_headers_init(&own, 0);
  wats_headers_set(&own, "X-Own", "1");
  r.headers = &own;
  r.body = "{}";
  r.body_length = 2;
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_STR(peer_field(peer, 0, "Referer"), peer->url);
  CHECK_STR(peer_field(peer, 0, "X-Own"), "1");
  CHECK_STR(peer_field(peer, 1, "Referer"), peer->url);
  wats_headers_set(&own, "referer", "http://elsewhere/page");
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_STR(peer_field(peer, 2, "referer"), "http://elsewhere/page");
  CHECK(strstr(peer_request(peer, 2), peer->url) == NULL);
  wats_headers_free(&own);
  close_world();
}

/* ---- redirects ---------------------------------------------------------- */

static void followed_redirects(void)
{
  static const struct {
    const char *method, *status;
    bool follow;
  } cases[] = {{"GET", "301 Moved", true},     {"GET", "302 Found", true},
               {"GET", "303 See", true},       {"GET", "307 Temporary", true},
               {"GET", "308 Permanent", true}, {"HEAD", "303 See", true},
               {"POST", "301 Moved", false},   {"POST", "302 Found", false},
               {"POST", "303 See", false},     {"POST", "307 Temporary", true},
               {"PUT", "308 Permanent", true}, {"GET", "300 Choices", false},
               {"GET", "305 Proxy", false}};
  size_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    char line[64];
    open_client();
    a_redirect(cases[i].status, "/there?x");
    peer_repeats(peer, NOTHING);
    CHECK_INT(ask(cases[i].method, "/here"), WATS_OK);
    CHECK_INT(peer_requests(peer), cases[i].follow ? 2 : 1);
    snprintf(line, sizeof line, "%s /there?x HTTP/1.1", cases[i].method);
    if (cases[i].follow) CHECK_STR(asked_line(1), line);
    CHECK_INT(status(),
              cases[i].follow ? 204 : (int)strtol(cases[i].status, NULL, 10));
    CHECK_INT(got.result.attempts, cases[i].follow ? 2 : 1);
    close_world();
  }
}

static void redirects_elsewhere_are_the_answer(void)
{
  static const char *const places[] = {"http://127.0.0.1:1/x",
                                       "//127.0.0.2/x",
                                       "https://127.0.0.1/x",
                                       "",
                                       "#a",
                                       "http://[",
                                       "file:///etc/passwd"};
  size_t i;
  for (i = 0; i < sizeof places / sizeof *places; i++) {
    open_client();
    a_redirect("302 Found", places[i]);
    CHECK_INT(ask("GET", "/here"), WATS_OK);
    CHECK_INT(status(), 302);
    CHECK_INT(peer_requests(peer), 1);
    close_world();
  }
}

static void redirects_end(void)
{
  open_client();
  peer_repeats(peer, "HTTP/1.1 302 Found\r\nLocation: /again\r\n"
                     "Content-Length: 0\r\n\r\n");
  CHECK_INT(ask("GET", "/here"), WATS_OK);
  CHECK_INT(status(), 302);
  CHECK_INT(peer_requests(peer), 6);
  CHECK_INT(stats().exchanges, 6);
  CHECK_INT(stats().requests, 1);
  close_world();
}

static void the_body_goes_along(void)
{
  struct wats_request r = to("POST", "/api/Report/WSJF");
  open_client();
  a_redirect("307 Temporary", "/there");
  peer_says(peer, NOTHING);
  r.body = "{}";
  r.body_length = 2;
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_STR(strstr(peer_request(peer, 1), "\r\n\r\n"), "\r\n\r\n{}");
  CHECK_STR(peer_field(peer, 1, "Authorization"), "Basic c2VjcmV0");
  close_world();
}

static void failure_behind_a_redirect(void)
{
  open_client();
  a_redirect("302 Found", "/there");
  peer_ends(peer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
            PEER_CLOSE);
  CHECK_INT(ask("GET", "/here"), WATS_ERR_CONNECTION);
  CHECK_INT(got.result.attempts, 2);
  CHECK_INT(stats().failures, 1);
  CHECK_INT(stats().in_flight, 0);
  close_world();
}

/* ---- ends --------------------------------------------------------------- */

static void closed_clients(void)
{
  struct wats_request r = to("GET", "/x");
  struct wats_explanation explanation;
  open_client();
  peer_repeats(peer, OK);
  CHECK_INT(ask("GET", "/api/Product/x"), WATS_OK);
  wats_client_close(client);
  wats_client_close(client);
  CHECK(wats_client_closed(client));
  CHECK_FAILS(ask("GET", "/api/Product/x"), WATS_ERR_CLOSED,
              "the client is closed");
  CHECK_FAILS(ask("GET", "no path"), WATS_ERR_ARGUMENT, got.error.message);
  CHECK_INT(wats_client_explain(client, &r, &explanation, NULL),
            WATS_ERR_CLOSED);
  CHECK_INT(peer_requests(peer), 1);
  close_world();
}

static void no_time(void)
{
  struct wats_request r = to("GET", "/x");
  open_client();
  peer_bytes(peer, OK, sizeof OK - 1, PEER_KEEP)->delay_ms = 3000;
  r.timeout_ns = 50 * WATS_NS_PER_MS;
  CHECK_INT(perform(&r), WATS_ERR_TIMEOUT);
  CHECK_INT(got.result.attempts, 1);
  close_world();
}

/* ---- figures ------------------------------------------------------------ */

static void figures_agree(void)
{
  struct wats_client_stats s;
  struct wats_request r = to("GET", "/secret/1");
  open_client();
  peer_says(peer, OK);
  peer_says(peer, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  peer_says(peer, OK);
  peer_says(peer, NOTHING);
  peer_ends(peer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
            PEER_CLOSE);
  CHECK_INT(ask("GET", "/api/Product/a"), WATS_OK);
  CHECK_INT(ask("GET", "/api/Product/b"), WATS_OK);
  CHECK_INT(ask("GET", "/api/Product/a"), WATS_OK); /* cached */
  CHECK_INT(perform(&r), WATS_OK);
  CHECK_INT(ask("PROPFIND", "/api/Product/a"), WATS_OK);
  r.route = "secrets";
  r.cache_mode = WATS_CACHE_BYPASS;
  CHECK_INT(perform(&r), WATS_ERR_CONNECTION);
  s = stats();
  CHECK_INT(s.requests, 6);
  CHECK_INT(s.exchanges, 5);
  CHECK_INT(s.failures, 1);
  CHECK_INT(s.connections_new, 1);
  CHECK_INT(s.connections_reused, 4);
  CHECK_INT(s.in_flight, 0);
  CHECK_INT(figure("wats_http_requests_total{method=\"GET\",route=\"/api/"
                   "Product/{partNumber}\",status=\"200\"}"),
            1);
  CHECK_INT(figure("wats_http_requests_total{method=\"GET\",route=\"/api/"
                   "Product/{partNumber}\",status=\"404\"}"),
            1);
  CHECK_INT(figure("wats_http_requests_total{method=\"GET\",route=\"other\","
                   "status=\"200\"}"),
            1);
  CHECK_INT(figure("wats_http_requests_total{method=\"other\",route=\"other\","
                   "status=\"204\"}"),
            1);
  CHECK_INT(figure("wats_http_requests_total{method=\"GET\","
                   "route=\"secrets\",status=\"connection\"}"),
            1);
  CHECK_INT(figure("wats_http_request_duration_seconds{method=\"GET\","
                   "route=\"/api/Product/{partNumber}\"}"),
            2);
  CHECK_INT(figure("wats_http_connections_total{state=\"new\"}"), 1);
  CHECK_INT(figure("wats_http_connections_total{state=\"reused\"}"), 4);
  CHECK_INT(figure("wats_http_inflight{}"), 0);
  close_world();
}

/* What never came to the network is no exchange. */
static void nobody_there(void)
{
  struct wats_client_options o;
  struct wats_client *nowhere;
  char url[64];
  int port;
  open_world();
  port = peer->port;
  peer_close(peer);
  snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
  o = default_options(url);
  CHECK_INT(wats_client_create(&o, &nowhere, NULL), WATS_OK);
  client = nowhere;
  CHECK_INT(ask("GET", "/x"), WATS_ERR_CONNECTION);
  CHECK_INT(got.result.attempts, 1);
  CHECK_INT(stats().exchanges, 1);
  CHECK_INT(stats().connections_new, 0);
  CHECK_INT(stats().bytes_sent, 0);
  peer = peer_open();
  close_world();
}

int main(void)
{
  RUN(base_urls_and_options);
  RUN(nothing_on_its_own);
  RUN(refused_requests);
  RUN(framing_is_ours);
  RUN(long_targets);
  RUN(targets_and_queries);
  RUN(urls_for_errors);
  RUN(sent_twice);
  RUN(internal_calls_have_a_referer);
  RUN(the_callers_referer_stands);
  RUN(followed_redirects);
  RUN(redirects_elsewhere_are_the_answer);
  RUN(redirects_end);
  RUN(the_body_goes_along);
  RUN(failure_behind_a_redirect);
  RUN(closed_clients);
  RUN(no_time);
  RUN(figures_agree);
  RUN(nobody_there);
  return test_report();
}
