/*
** test_transfer_faults.c - answers that are broken, too large or none at all:
** which kind of error, in which words, and that nothing is left behind.
*/
#include "core/handles.h"
#include "transfer_fixture.h"

#define OK "HTTP/1.1 200 OK\r\n"

/* What a GET brings when the server says just this. */
static enum wats_errc says(const char *text, enum peer_end end)
{
  enum wats_errc code;
  open_peer();
  peer_ends(peer, text, end);
  code = get();
  CHECK(got.result.tried);
  CHECK(got.result.connected);
  CHECK_INT(got.result.sends, 1);
  return code;
}

struct fault {
  const char *bytes;
  enum wats_errc kind;
  const char *message;
};

static void run(const struct fault *faults, size_t count)
{
  size_t i;
  for (i = 0; i < count; i++) {
    CHECK_FAILS(says(faults[i].bytes, PEER_CLOSE), faults[i].kind,
                faults[i].message);
    close_peer();
  }
}

#define RUN_FAULTS(faults) run(faults, sizeof(faults) / sizeof *(faults))

static void nobody_listens(void)
{
  struct wats_transfer t;
  char url[80];
  open_peer();
  peer_says(peer, OK "Content-Length: 0\r\n\r\n");
  CHECK_INT(get(), WATS_OK);
  snprintf(url, sizeof url, "%s/x", peer->url);
  t = to("GET", "/x");
  t.url = url;
  peer_close(peer);
  peer = peer_open();
  CHECK_INT(perform(&t), WATS_ERR_CONNECTION);
  CHECK(strstr(got.error.message, "Failed to connect to 127.0.0.1") ||
        strstr(got.error.message, "Couldn't connect to server"));
  /* The handle is the one that had a connection before. */
  CHECK(got.result.tried && !got.result.connected);
  CHECK(!got.result.connection_reused);
  CHECK_INT(got.result.sends, 0);
  CHECK_INT(got.result.bytes_received, 0);
  close_peer();
}

static void no_answer(void)
{
  CHECK_FAILS(says("", PEER_CLOSE), WATS_ERR_CONNECTION,
              "Empty reply from server");
  close_peer();
  CHECK_FAILS(says("", PEER_RESET), WATS_ERR_CONNECTION,
              "Recv failure: Connection reset by peer");
  close_peer();
  open_peer();
  peer_ends(peer, "", PEER_AT_ACCEPT);
  CHECK_INT(get(), WATS_ERR_CONNECTION);
  CHECK(*got.error.message);
  close_peer();
  CHECK_FAILS(says("HTTP/1.1 100 Continue\r\n\r\n", PEER_CLOSE),
              WATS_ERR_CONNECTION, "Empty reply from server");
  close_peer();
}

static void heads_cut_short(void)
{
  static const char cut[] =
      "the connection ended within the answer's header fields";
  static const struct fault faults[] = {
      {"HTTP/1.", WATS_ERR_CONNECTION, "Empty reply from server"},
      {OK, WATS_ERR_CONNECTION, cut},
      {OK "Conte", WATS_ERR_CONNECTION, cut},
      {OK "A: b\r\n", WATS_ERR_CONNECTION, cut},
      {"HTTP/1.1 100 Continue\r\n\r\n" OK "A: b\r\n", WATS_ERR_CONNECTION, cut},
  };
  RUN_FAULTS(faults);
}

static void bodies_cut_short(void)
{
  static const char left[] =
      "transfer closed with outstanding read data remaining";
  static const struct fault faults[] = {
      {OK "Content-Length: 10\r\n\r\nab", WATS_ERR_CONNECTION,
       "transfer closed with 8 bytes remaining to read"},
      {OK "Transfer-Encoding: chunked\r\n\r\n5\r\nab", WATS_ERR_CONNECTION,
       left},
      {OK "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", WATS_ERR_CONNECTION,
       left},
      {OK "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
       WATS_ERR_CONNECTION, left},
  };
  RUN_FAULTS(faults);
  CHECK_FAILS(says(OK "Content-Length: 10\r\n\r\nab", PEER_RESET),
              WATS_ERR_CONNECTION, "Recv failure: Connection reset by peer");
  close_peer();
}

static void bad_chunks(void)
{
  static const struct fault faults[] = {
      {OK "Transfer-Encoding: chunked\r\n\r\nzz\r\nab", WATS_ERR_PROTOCOL,
       "Illegal or missing hexadecimal sequence in chunked-encoding"},
      {OK "Transfer-Encoding: chunked\r\n\r\n2\r\nabXX", WATS_ERR_PROTOCOL,
       "Malformed encoding found in chunked-encoding"},
      {OK "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nab",
       WATS_ERR_PROTOCOL, "Too long hexadecimal number in chunked-encoding"},
  };
  RUN_FAULTS(faults);
}

static void no_http(void)
{
  static const char none[] =
      "what came is no HTTP answer: it does not begin with a status line";
  static const struct fault faults[] = {
      {"garbage\r\n\r\n", WATS_ERR_PROTOCOL, none},
      {"<html>HTTP/0.9</html>", WATS_ERR_PROTOCOL, none},
      {"SSH-2.0-OpenSSH_9\r\n", WATS_ERR_PROTOCOL, none},
      {"\x15\x03\x01", WATS_ERR_PROTOCOL, none},
      {"HTTP/3.7 200 OK\r\n\r\n", WATS_ERR_PROTOCOL,
       "Unsupported HTTP version (3.7) in response"},
      {"HTTP/1.1 20 OK\r\n\r\n", WATS_ERR_PROTOCOL,
       "Unsupported response code in HTTP response"},
      {"HTTP/1.1 2000 OK\r\n\r\n", WATS_ERR_PROTOCOL,
       "Unsupported response code in HTTP response"},
      {"HTTP/1.1 000 OK\r\n\r\n", WATS_ERR_PROTOCOL,
       "Unsupported response code in HTTP response"},
      {"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nab", WATS_ERR_PROTOCOL,
       "the answer's status is 101, which ends no exchange"},
  };
  RUN_FAULTS(faults);
}

static void bad_fields(void)
{
  static const struct fault faults[] = {
      {OK "no colon\r\n\r\n", WATS_ERR_PROTOCOL, "Header without colon"},
      {OK " a: b\r\n\r\n", WATS_ERR_PROTOCOL,
       "the answer has a malformed header field"},
      {OK "a b: c\r\nContent-Length: 0\r\n\r\n", WATS_ERR_PROTOCOL,
       "the answer has a malformed header field (\"a b\")"},
      {OK "a: b\rc\r\nContent-Length: 0\r\n\r\n", WATS_ERR_PROTOCOL,
       "the answer has a malformed header field (\"a\")"},
      {OK "Content-Length: -1\r\n\r\n", WATS_ERR_PROTOCOL,
       "Invalid Content-Length: value"},
      {OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", WATS_ERR_PROTOCOL,
       "the answer's Content-Length is malformed or contradicts itself"},
      {OK "Content-Length: 2x\r\n\r\nab", WATS_ERR_PROTOCOL,
       "the answer's Content-Length is malformed or contradicts itself"},
  };
  static const char nul[] = OK "a: b\0c\r\nContent-Length: 0\r\n\r\n";
  RUN_FAULTS(faults);
  open_peer();
  peer_bytes(peer, nul, sizeof nul - 1, PEER_CLOSE);
  CHECK_FAILS(get(), WATS_ERR_PROTOCOL, "Nul byte in header");
  close_peer();
}

/* Libcurl hands a line on when it is whole, if it has less than 100 KB. */
static void heads_too_large(void)
{
  static const size_t sizes[] = {70000, 150000, 1000};
  static const int lines[] = {1, 1, 400};
  char *text = malloc(1 << 20);
  int i, line;
  for (i = 0; i < 3; i++) {
    char *at = text + snprintf(text, 100, OK);
    for (line = 0; line < lines[i]; line++) {
      at += snprintf(at, 10, "a: ");
      memset(at, 'x', sizes[i]);
      at += sizes[i];
      at += snprintf(at, 10, "\r\n");
    }
    snprintf(at, 50, "Content-Length: 2\r\n\r\nok");
    CHECK_FAILS(says(text, PEER_CLOSE), WATS_ERR_TOO_LARGE,
                "the answer's header fields have more than 65536 bytes");
    close_peer();
  }
  free(text);
}

static enum wats_errc with_limit(size_t max_body, const char *text)
{
  struct wats_transfer t;
  open_peer();
  peer_ends(peer, text, PEER_CLOSE);
  t = to("GET", "/x");
  t.max_body = max_body;
  return perform(&t);
}

static void bodies_too_large(void)
{
  static const char *const answers[] = {
      OK "Content-Length: 5\r\n\r\n12345",
      OK "Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n2\r\n45\r\n0\r\n\r\n",
      OK "\r\n12345",
      OK "Content-Encoding: identity\r\nContent-Length: 5\r\n\r\n12345"};
  size_t i;
  for (i = 0; i < 4; i++) {
    CHECK_INT(with_limit(5, answers[i]), WATS_OK);
    CHECK_STR(body(), "12345");
    close_peer();
    CHECK_FAILS(with_limit(4, answers[i]), WATS_ERR_TOO_LARGE,
                "the answer has more than max_body = 4 bytes");
    close_peer();
  }
  /* What is not sent is not too large. */
  open_peer();
  peer_says(peer, OK "Content-Length: 5000000\r\n\r\n");
  CHECK_INT(ask("HEAD", "/x"), WATS_OK);
  close_peer();
}

static void codings(void)
{
  static const struct fault faults[] = {
      {OK "Content-Encoding: br\r\nContent-Length: 2\r\n\r\nab",
       WATS_ERR_DECODE,
       "the answer's Content-Encoding is \"br\", which was not asked for"},
      {OK "Content-Encoding: x-what\r\nContent-Length: 2\r\n\r\nab",
       WATS_ERR_DECODE,
       "the answer's Content-Encoding is \"x-what\", which was not asked for"},
      {OK "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab",
       WATS_ERR_DECODE, "the answer's gzip is broken or ends too early"},
      {OK "Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nab",
       WATS_ERR_CONNECTION, "transfer closed with 7 bytes remaining to read"},
  };
  struct wats_transfer t;
  RUN_FAULTS(faults);
  open_peer();
  peer_says(peer, OK "Content-Encoding: br\r\nContent-Length: 2\r\n\r\nab");
  t = to("GET", "/x");
  t.decompress = false;
  CHECK_INT(perform(&t), WATS_OK);
  CHECK_STR(body(), "ab");
  close_peer();
}

/* What follows an answer is not taken for the next one. */
static void leftovers(void)
{
  static const char evil[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
  static const char *const heads[] = {
      "HTTP/1.1 204 No Content\r\n\r\n%s",
      "HTTP/1.1 304 Not Modified\r\n\r\n%s", OK "Content-Length: 0\r\n\r\n%s",
      OK "Content-Length: 2\r\n\r\nab%s",
      OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n%s"};
  char text[200];
  size_t i;
  for (i = 0; i < 5; i++) {
    open_peer();
    snprintf(text, sizeof text, heads[i], evil);
    peer_says(peer, text);
    peer_repeats(peer, OK "Content-Length: 4\r\n\r\ngood");
    CHECK_INT(get(), WATS_OK);
    peer_sleep(5);
    if (get() == WATS_OK) CHECK_STR(body(), "good");
    CHECK_INT(got.code, WATS_OK);
    close_peer();
  }
}

/* A URL that libcurl does not copy must not leave the last one in place. */
static void url_too_long(void)
{
  const size_t size = 9000000;
  char *url = malloc(size);
  struct wats_transfer t;
  size_t head;
  open_peer();
  peer_repeats(peer, OK "Content-Length: 0\r\n\r\n");
  CHECK_INT(get(), WATS_OK);
  head = (size_t)snprintf(url, size, "%s/", peer->url);
  memset(url + head, 'a', size - head);
  url[size - 1] = '\0';
  t = to("GET", "/x");
  t.url = url;
  CHECK_FAILS(perform(&t), WATS_ERR_ARGUMENT,
              "the URL is too long: 8999999 bytes");
  CHECK(!got.result.tried);
  CHECK_INT(peer_requests(peer), 1);
  url[100000] = '\0';
  CHECK_INT(perform(&t), WATS_OK);
  CHECK_INT(strlen(peer_request(peer, 1)) > 99000, 1);
  close_peer();
  free(url);
}

static void memory_at_every_point(void)
{
  struct wats_headers own;
  struct wats_transfer t;
  long n;
  open_peer();
  peer_repeats(peer, OK "A: b\r\nContent-Length: 2\r\n\r\nok");
  wats_headers_init(&own, 0);
  wats_headers_set(&own, "X-Own", "1");
  t = to("POST", "/x");
  t.headers = &own;
  t.body = "a";
  t.body_length = 1;
  for (n = 0; n < 100; n++) {
    wats_handles_drain(); /* one that was used has memory for the next */
    wats_alloc_fail_after(n);
    perform(&t);
    wats_alloc_fail_never();
    if (got.code == WATS_OK) break;
    CHECK_FAILS(got.code, WATS_ERR_MEMORY, "not enough memory");
  }
  CHECK(n > 5 && n < 100);
  CHECK_STR(body(), "ok");
  wats_headers_free(&own);
  close_peer();
}

static void profile_without_memory(void)
{
  struct wats_profile_options options = {.user_agent = "a",
                                         .authorization = "Basic b",
                                         .ca_file = "/no/such/file"};
  long n, before = wats_alloc_live();
  struct wats_error error;
  for (n = 0; n < 100; n++) {
    enum wats_errc code;
    struct wats_profile *made = NULL;
    wats_alloc_fail_after(n);
    code = wats_profile_create(&options, &made, &error);
    wats_alloc_fail_never();
    wats_profile_release(made);
    CHECK_INT(wats_alloc_live(), before);
    if (code == WATS_OK) break;
    CHECK_INT(code, WATS_ERR_MEMORY);
    CHECK(made == NULL);
  }
  CHECK(n > 2 && n < 100);
}

static void ask_through(const char *proxy)
{
  struct wats_profile_options options = {.connect_timeout_ns =
                                             5 * WATS_NS_PER_S};
  options.connection.proxy = proxy;
  options.connection.proxy_from_environment = !proxy;
  open_with(&options);
  CHECK_INT(ask("GET", "/"), WATS_ERR_CONNECTION);
  CHECK_INT(got.result.sends, 0);
  CHECK(!strstr(got.error.message, "s3same"));
  close_peer();
}

/* libcurl's own words for these have all of the URL. The last one is so long
** that they end before the "@". */
static void proxies_without_sense(void)
{
  static char endless[400];
  const char *const urls[] = {"http://slot:s3same@127.0.0.1:99999",
                              "http://slot:s3same@127.0.0.1:port",
                              "slot:s3same@127.0.0.1:99999",
                              "http://slot:s3same@[::1",
                              "http://slot:s3same#x@127.0.0.1:1",
                              "gopher://slot:s3same@127.0.0.1:1",
                              endless};
  size_t i;
  memset(endless, 'a', sizeof endless - 1);
  memcpy(endless, "http://slot:s3same", 18);
  memcpy(endless + sizeof endless - 18, "@127.0.0.1:999999", 18);
  for (i = 0; i < sizeof urls / sizeof *urls; i++) {
    ask_through(urls[i]);
    CHECK_INT(setenv("http_proxy", urls[i], 1), 0);
    CHECK_INT(setenv("no_proxy", "", 1), 0);
    ask_through(NULL);
  }
  unsetenv("http_proxy");
  unsetenv("no_proxy");
}

int main(void)
{
  RUN(nobody_listens);
  RUN(no_answer);
  RUN(heads_cut_short);
  RUN(bodies_cut_short);
  RUN(bad_chunks);
  RUN(no_http);
  RUN(bad_fields);
  RUN(heads_too_large);
  RUN(bodies_too_large);
  RUN(codings);
  RUN(leftovers);
  RUN(url_too_long);
  RUN(proxies_without_sense);
  RUN(memory_at_every_point);
  RUN(profile_without_memory);
  return test_report();
}
