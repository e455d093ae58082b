/*
** test_transfer.c - what goes out, byte for byte, and what is made of answers
** that are in order.
*/
#include "transfer_fixture.h"

#define OK      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define NOTHING "HTTP/1.1 204 No Content\r\n\r\n"

/* Body of request `i`. */
static const char *sent_body(int i)
{
  const char *text = peer_request(peer, i), *end = strstr(text, "\r\n\r\n");
  return end ? end + 4 : "";
}

static bool sent_line(int i, const char *line)
{
  const char *text = peer_request(peer, i);
  size_t length = strlen(line);
  return strncmp(text, line, length) == 0 && text[length] == '\r';
}

static void a_plain_get(void)
{
  char expected[512];
  open_peer();
  peer_says(peer, OK);
  CHECK_INT(get(), WATS_OK);
  CHECK_INT(status(), 200);
  CHECK_STR(body(), "ok");
  CHECK_INT(got.result.response->http_version, 11);
  snprintf(expected, sizeof expected,
           "GET /x HTTP/1.1\r\n"
           "Host: 127.0.0.1:%d\r\n"
           "Accept-Encoding: gzip\r\n"
           "Accept: application/json\r\n"
           "User-Agent: wats-test/1\r\n"
           "Authorization: Basic c2VjcmV0\r\n"
           "\r\n",
           peer->port);
  CHECK_STR(peer_request(peer, 0), expected);
  close_peer();
}

static void without_credential_or_name(void)
{
  struct wats_profile_options options = {.connect_timeout_ns = WATS_NS_PER_S};
  open_with(&options);
  peer_says(peer, OK);
  CHECK_INT(get(), WATS_OK);
  CHECK(!peer_field(peer, 0, "Authorization"));
  CHECK(!peer_field(peer, 0, "User-Agent"));
  CHECK_STR(peer_field(peer, 0, "Accept"), "application/json");
  close_peer();
}

/* Neither libcurl nor we make another path of it. */
static void a_path_as_it_is(void)
{
  static const char *const paths[] = {
      "/api/Product/%2E%2E",  "/a/%2e/b",       "/a//b/",
      "/a;b=c,d?e={f}&g[]=|", "/a?b=c?d&&=%zz", "/%"};
  char line[100];
  int i;
  open_peer();
  peer_repeats(peer, OK);
  for (i = 0; i < (int)(sizeof paths / sizeof *paths); i++) {
    CHECK_INT(ask("GET", paths[i]), WATS_OK);
    snprintf(line, sizeof line, "GET %s HTTP/1.1", paths[i]);
    CHECK(sent_line(i, line));
  }
  close_peer();
}

static void methods_without_a_body(void)
{
  static const char *const none[] = {"GET", "DELETE", "OPTIONS", "PROPFIND",
                                     "M-SEARCH"};
  static const char *const empty[] = {"POST", "PUT", "PATCH"};
  char line[64];
  int i, n = 0;
  open_peer();
  peer_repeats(peer, OK);
  for (i = 0; i < 5; i++, n++) {
    CHECK_INT(ask(none[i], "/x"), WATS_OK);
    snprintf(line, sizeof line, "%s /x HTTP/1.1", none[i]);
    CHECK(sent_line(n, line));
    CHECK(!peer_field(peer, n, "Content-Length"));
  }
  for (i = 0; i < 3; i++, n++) {
    CHECK_INT(ask(empty[i], "/x"), WATS_OK);
    snprintf(line, sizeof line, "%s /x HTTP/1.1", empty[i]);
    CHECK(sent_line(n, line));
    CHECK_STR(peer_field(peer, n, "Content-Length"), "0");
    CHECK(!peer_field(peer, n, "Content-Type"));
    CHECK(!peer_field(peer, n, "Expect"));
    CHECK(!peer_field(peer, n, "Transfer-Encoding"));
  }
  close_peer();
}

static void methods_with_a_body(void)
{
  static const char *const methods[] = {"POST",   "PUT", "PATCH",
                                        "DELETE", "GET", "REPORT"};
  struct wats_headers own;
  char line[64];
  int i;
  open_peer();
  peer_repeats(peer, OK);
  wats_headers_init(&own, 0);
  wats_headers_set(&own, "content-type", "application/json");
  for (i = 0; i < 6; i++) {
    struct wats_transfer t = to(methods[i], "/x");
    t.body = "{\"a\":1}";
    t.body_length = 7;
    t.headers = i % 2 ? &own : NULL;
    CHECK_INT(perform(&t), WATS_OK);
    CHECK_INT(got.result.bytes_sent, 7);
    snprintf(line, sizeof line, "%s /x HTTP/1.1", methods[i]);
    CHECK(sent_line(i, line));
    CHECK_STR(peer_field(peer, i, "Content-Length"), "7");
    if (i % 2)
      CHECK_STR(peer_field(peer, i, "content-type"), "application/json");
    else
      CHECK(!peer_field(peer, i, "Content-Type"));
    CHECK(!peer_field(peer, i, "Expect"));
    CHECK_STR(peer_field(peer, i, "Authorization"), "Basic c2VjcmV0");
    CHECK_STR(sent_body(i), "{\"a\":1}");
  }
  wats_headers_free(&own);
  close_peer();
}

static void empty_and_binary_bodies(void)
{
  struct wats_transfer t;
  open_peer();
  peer_bytes(peer, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\0b", 41,
             PEER_KEEP)
      ->again = true;
  t = to("DELETE", "/x");
  t.body = "";
  CHECK_INT(perform(&t), WATS_OK);
  CHECK_STR(peer_field(peer, 0, "Content-Length"), "0");
  t = to("POST", "/x");
  t.body = "\0a\0\r\n\r\n\xff";
  t.body_length = 8;
  CHECK_INT(perform(&t), WATS_OK);
  CHECK_STR(peer_field(peer, 1, "Content-Length"), "8");
  CHECK(memcmp(sent_body(1), "\0a\0\r\n\r\n\xff", 8) == 0);
  CHECK_INT(body_length(), 3);
  CHECK(memcmp(wats_response_body(got.result.response, &(size_t){0}), "a\0b",
               3) == 0);
  close_peer();
}

static void large_bodies(void)
{
  const size_t size = 5 << 20;
  struct wats_transfer t;
  char *data = malloc(size + 100), *answer;
  size_t head, length, i;
  open_peer();
  head = (size_t)snprintf(
      data, 100, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", size);
  answer = data + head;
  for (i = 0; i < size; i++)
    answer[i] = (char)(i * 7 >> 3);
  peer_bytes(peer, data, head + size, PEER_KEEP);
  t = to("PUT", "/x");
  t.body = answer;
  t.body_length = size;
  t.max_body = size;
  CHECK_INT(perform(&t), WATS_OK);
  CHECK_INT(got.result.bytes_sent, size);
  CHECK_INT(got.result.bytes_received, head + size);
  CHECK(!peer_field(peer, 0, "Expect"));
  CHECK(memcmp(sent_body(0), answer, size) == 0);
  CHECK_INT(body_length(), size);
  CHECK(memcmp(wats_response_body(got.result.response, &length), answer,
               size) == 0);
  close_peer();
  free(data);
}

static void own_fields(void)
{
  struct wats_headers own;
  struct wats_transfer t;
  open_peer();
  peer_repeats(peer, OK);
  wats_headers_init(&own, 0);
  wats_headers_add(&own, "authorization", 13, "Bearer mine", 11);
  wats_headers_add(&own, "ACCEPT", 6, "text/plain", 10);
  wats_headers_add(&own, "X-Twice", 7, "1", 1);
  wats_headers_add(&own, "X-Twice", 7, "2", 1);
  wats_headers_add(&own, "X-Empty", 7, "", 0);
  t = to("GET", "/x");
  t.headers = &own;
  CHECK_INT(perform(&t), WATS_OK);
  CHECK_STR(peer_field(peer, 0, "authorization"), "Bearer mine");
  CHECK(!peer_field(peer, 0, "Authorization"));
  CHECK_STR(peer_field(peer, 0, "ACCEPT"), "text/plain");
  CHECK(!peer_field(peer, 0, "Accept"));
  CHECK(strstr(peer_request(peer, 0), "\r\nX-Twice: 1\r\nX-Twice: 2\r\n"));
  CHECK_STR(peer_field(peer, 0, "X-Empty"), "");
  CHECK_STR(peer_field(peer, 0, "User-Agent"), "wats-test/1");
  /* None of it is left for the next one. */
  CHECK_INT(get(), WATS_OK);
  CHECK_STR(peer_field(peer, 1, "Authorization"), "Basic c2VjcmV0");
  CHECK_STR(peer_field(peer, 1, "Accept"), "application/json");
  CHECK(!strstr(peer_request(peer, 1), "X-"));
  CHECK(!strstr(peer_request(peer, 1), "mine"));
  wats_headers_free(&own);
  close_peer();
}

static void expectations_are_the_callers(void)
{
  struct wats_headers own;
  struct wats_transfer t;
  open_peer();
  peer_says(peer, OK);
  wats_headers_init(&own, 0);
  wats_headers_set(&own, "Expect", "100-continue");
  t = to("POST", "/x");
  t.headers = &own;
  t.body = "a";
  t.body_length = 1;
  CHECK_INT(perform(&t), WATS_OK);
  CHECK_STR(peer_field(peer, 0, "Expect"), "100-continue");
  wats_headers_free(&own);
  close_peer();
}

static void when_gzip_is_asked_for(void)
{
  struct wats_headers own;
  struct wats_transfer t;
  open_peer();
  peer_repeats(peer, OK);
  t = to("GET", "/x");
  t.decompress = false;
  CHECK_INT(perform(&t), WATS_OK);
  CHECK(!peer_field(peer, 0, "Accept-Encoding"));
  wats_headers_init(&own, 0);
  wats_headers_set(&own, "Range", "bytes=0-1");
  t.decompress = true;
  t.headers = &own;
  CHECK_INT(perform(&t), WATS_OK);
  CHECK(!peer_field(peer, 1, "Accept-Encoding"));
  CHECK_STR(peer_field(peer, 1, "Range"), "bytes=0-1");
  CHECK_INT(get(), WATS_OK);
  CHECK_STR(peer_field(peer, 2, "Accept-Encoding"), "gzip");
  wats_headers_free(&own);
  close_peer();
}

/* The handle is the same one each time. */
static void no_method_rubs_off(void)
{
  static const char *const methods[] = {"HEAD", "GET",  "PUT",  "GET",
                                        "POST", "HEAD", "POST", "DELETE",
                                        "POST", "GET",  "HEAD", "DELETE"};
  char line[64];
  int i;
  open_peer();
  peer_repeats(peer, NOTHING);
  for (i = 0; i < 12; i++) {
    struct wats_transfer t = to(methods[i], "/x");
    if (*methods[i] == 'P') {
      t.body = "abc";
      t.body_length = 3;
    }
    CHECK_INT(perform(&t), WATS_OK);
    snprintf(line, sizeof line, "%s /x HTTP/1.1", methods[i]);
    CHECK(sent_line(i, line));
    CHECK((peer_field(peer, i, "Content-Length") != NULL) ==
          (*methods[i] == 'P'));
    CHECK_STR(sent_body(i), *methods[i] == 'P' ? "abc" : "");
  }
  CHECK_INT(peer_connections(peer), 1);
  close_peer();
}

static void answers_without_a_body(void)
{
  open_peer();
  peer_says(peer, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  peer_says(peer, NOTHING);
  peer_says(peer, "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
  peer_says(peer, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK_INT(ask("HEAD", "/x"), WATS_OK);
  CHECK_INT(status(), 200);
  CHECK_STR(field("content-length"), "1000");
  CHECK_INT(body_length(), 0);
  CHECK_INT(get(), WATS_OK);
  CHECK_INT(status(), 204);
  CHECK_INT(get(), WATS_OK);
  CHECK_INT(status(), 304);
  CHECK_INT(get(), WATS_OK);
  CHECK_INT(status(), 200);
  CHECK_INT(body_length(), 0);
  CHECK_INT(peer_connections(peer), 1);
  close_peer();
}

static void interim_answers(void)
{
  open_peer();
  peer_says(peer, "HTTP/1.1 100 Continue\r\nA: interim\r\n\r\n"
                  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" OK);
  CHECK_INT(get(), WATS_OK);
  CHECK_INT(status(), 200);
  CHECK_STR(body(), "ok");
  CHECK(!field("A") && !field("Link"));
  close_peer();
}

static void other_framings(void)
{
  open_peer();
  peer_says(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "2;ext=1\r\nab\r\n3\r\ncde\r\n0\r\nTrailer: x\r\n\r\n");
  peer_ends(peer, "HTTP/1.0 200 OK\r\n\r\nto the end", PEER_CLOSE);
  peer_ends(peer, "HTTP/1.1 200 OK\nContent-Length: 2\n\nlf", PEER_KEEP);
  CHECK_INT(get(), WATS_OK);
  CHECK_STR(body(), "abcde");
  CHECK(!field("Trailer"));
  CHECK_INT(get(), WATS_OK);
  CHECK_STR(body(), "to the end");
  CHECK_INT(got.result.response->http_version, 10);
  CHECK_INT(get(), WATS_OK);
  CHECK_STR(body(), "lf");
  close_peer();
}

/* 10,000 of them are taken apart in no time; libcurl's own list takes a second.
 */
static void many_fields(void)
{
  char *text = malloc(60000), *at = text;
  int64_t started;
  int i;
  open_peer();
  at += snprintf(at, 60, "HTTP/1.1 200 OK\r\n");
  for (i = 0; i < 10000; i++)
    at += snprintf(at, 60, "a:%d\r\n", i % 10);
  snprintf(at, 60, "Content-Length: 0\r\n\r\n");
  peer_says(peer, text);
  started = wats_clock_monotonic(&wats_system_clock);
  CHECK_INT(get(), WATS_OK);
  CHECK(wats_clock_monotonic(&wats_system_clock) - started < 5 * WATS_NS_PER_S);
  CHECK_INT(got.result.response->headers.count, 10001);
  close_peer();
  free(text);
}

static void figures(void)
{
  struct wats_transfer t;
  open_peer();
  peer_says(peer, OK)->delay_ms = 20;
  peer_says(peer, OK);
  t = to("POST", "/x");
  t.body = "12345";
  t.body_length = 5;
  CHECK_INT(perform(&t), WATS_OK);
  CHECK(got.result.tried && got.result.connected);
  CHECK(!got.result.connection_reused);
  CHECK_INT(got.result.sends, 1);
  CHECK_INT(got.result.bytes_sent, 5);
  CHECK_INT(got.result.bytes_received, strlen(OK));
  CHECK(got.result.elapsed_ns >= 15 * WATS_NS_PER_MS);
  CHECK(got.result.elapsed_ns < 10 * WATS_NS_PER_S);
  CHECK_INT(get(), WATS_OK);
  CHECK(got.result.connected && got.result.connection_reused);
  CHECK_INT(got.result.bytes_sent, 0);
  close_peer();
}

int main(void)
{
  RUN(a_plain_get);
  RUN(without_credential_or_name);
  RUN(a_path_as_it_is);
  RUN(methods_without_a_body);
  RUN(methods_with_a_body);
  RUN(empty_and_binary_bodies);
  RUN(large_bodies);
  RUN(own_fields);
  RUN(expectations_are_the_callers);
  RUN(when_gzip_is_asked_for);
  RUN(no_method_rubs_off);
  RUN(answers_without_a_body);
  RUN(interim_answers);
  RUN(other_framings);
  RUN(many_fields);
  RUN(figures);
  return test_report();
}
