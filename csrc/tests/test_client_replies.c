/*
** test_client_replies.c - what a client makes of stored answers: conditions,
** ranges, HEAD and variants; and what the answer to a write names.
*/
#include "client_fixture.h"

#define LIFE "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nETag: \"1\"\r\n"
#define TEN  LIFE "Content-Length: 10\r\n\r\n0123456789"
#define NEW                                                                    \
  "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nETag: \"2\"\r\n"            \
  "Content-Length: 3\r\n\r\nnew"
#define NOTHING "HTTP/1.1 204 No Content\r\n\r\n"

static const char product[] = "/api/Product/x";

static void wait_s(int seconds)
{
  wats_fake_clock_advance(&fake, seconds * S);
}

/* With fields "name: value|name: value". */
static enum wats_errc ask_with(const char *method, const char *target,
                               const char *fields)
{
  struct wats_request r = to(method, target);
  struct wats_headers own;
  enum wats_errc code;
  wats_headers_init(&own, 0);
  while (*fields) {
    size_t line = strcspn(fields, "|"), name = strcspn(fields, ":");
    CHECK_INT(wats_headers_add(&own, fields, name, fields + name + 1,
                               line - name - 1),
              WATS_OK);
    fields += line + (fields[line] == '|');
  }
  r.headers = &own;
  code = perform(&r);
  wats_headers_free(&own);
  return code;
}

static void ask_short_of_memory(const char *method, const char *line)
{
  struct wats_request r = to(method, product);
  struct wats_headers own;
  size_t name = strcspn(line, ":");
  wats_headers_init(&own, 0);
  if (*line && wats_headers_add(&own, line, name, line + name + 1,
                                strlen(line) - name - 1) == WATS_OK)
    r.headers = &own;
  if ((!*line || r.headers) && perform(&r) != WATS_OK)
    CHECK_INT(got.code, WATS_ERR_MEMORY);
  wats_headers_free(&own);
}

static const char *field(const char *name)
{
  const char *value = wats_headers_get(&got.result.response->headers, name);
  return value ? value : "";
}

/* ---- conditions ---------------------------------------------------------- */

/* RFC 9111, section 4.3.2. */
static void conditions_from_the_store(void)
{
  static const struct {
    const char *fields;
    int status;
  } rows[] = {{"If-None-Match: \"1\"", 304},
              {"If-None-Match: W/\"1\"", 304},
              {"If-None-Match: \"0\", \"1\"", 304},
              {"If-None-Match: *", 304},
              {"If-None-Match: \"2\"", 200}};
  size_t i;
  open_client();
  peer_says(peer, TEN);
  CHECK_INT(ask("GET", product), WATS_OK);
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    CHECK_INT(ask_with("GET", product, rows[i].fields), WATS_OK);
    CHECK_INT(status(), rows[i].status);
    CHECK_STR(cached(), "hit");
    CHECK_STR(field("ETag"), "\"1\"");
    CHECK_STR(body(), rows[i].status == 200 ? "0123456789" : "");
  }
  CHECK_INT(peer_requests(peer), 1);
  close_world();
}

/* The server is asked about what is stored, the caller told of what he has. */
static void a_stale_answer_is_confirmed_for_itself(void)
{
  open_client();
  peer_says(peer, TEN);
  CHECK_INT(ask("GET", product), WATS_OK);
  wait_s(61);
  peer_says(peer, "HTTP/1.1 304 X\r\nETag: \"1\"\r\nX-Now: yes\r\n\r\n");
  CHECK_INT(ask_with("GET", product, "If-None-Match: \"9\""), WATS_OK);
  CHECK_STR(peer_field(peer, 1, "If-None-Match"), "\"1\"");
  CHECK_INT(status(), 200);
  CHECK_STR(cached(), "revalidated");
  CHECK_STR(body(), "0123456789");
  CHECK_STR(field("X-Now"), "yes");
  wait_s(61);
  peer_says(peer, NEW);
  CHECK_INT(ask_with("GET", product, "If-None-Match: \"2\""), WATS_OK);
  CHECK_INT(status(), 304);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "hit");
  CHECK_STR(body(), "new");
  close_world();
}

/* The server must not judge by the caller's tag what we ask for by date: its
 *304
 ** would be taken for a word about what is stored. */
static void one_condition_at_a_time(void)
{
  static const char dated[] = "Tue, 14 Nov 2023 22:13:20 GMT";
  char text[160];
  open_client();
  snprintf(text, sizeof text,
           "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n"
           "Last-Modified: %s\r\nContent-Length: 3\r\n\r\nold",
           dated);
  peer_says(peer, text);
  CHECK_INT(ask("GET", product), WATS_OK);
  wait_s(61);
  peer_says(peer, NEW);
  CHECK_INT(ask_with("GET", product, "If-None-Match: \"9\""), WATS_OK);
  CHECK(peer_field(peer, 1, "If-None-Match") == NULL);
  CHECK_STR(peer_field(peer, 1, "If-Modified-Since"), dated);
  CHECK_STR(body(), "new");
  close_world();
}

/* Nothing stored: the condition goes to the server as it is. */
static void passed_on(void)
{
  open_client();
  peer_says(peer, "HTTP/1.1 304 X\r\nETag: \"9\"\r\n\r\n");
  CHECK_INT(ask_with("GET", product, "If-None-Match: \"9\""), WATS_OK);
  CHECK_INT(status(), 304);
  CHECK_STR(peer_field(peer, 0, "If-None-Match"), "\"9\"");
  peer_says(peer, TEN);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK_STR(body(), "0123456789");
  close_world();
}

static void what_only_the_server_can_judge(void)
{
  open_client();
  peer_says(peer, TEN);
  CHECK_INT(ask("GET", product), WATS_OK);
  peer_says(peer, "HTTP/1.1 412 X\r\nContent-Length: 0\r\n\r\n");
  CHECK_INT(ask_with("GET", product, "If-Match: \"9\""), WATS_OK);
  CHECK_INT(status(), 412);
  CHECK_STR(cached(), "bypass");
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "hit");
  close_world();
}

/* RFC 9111, section 4.3.4: a 304 about something else confirms nothing. */
static void a_304_about_another(void)
{
  open_client();
  peer_says(peer, TEN);
  CHECK_INT(ask("GET", product), WATS_OK);
  wait_s(61);
  peer_says(peer, "HTTP/1.1 304 X\r\nETag: \"2\"\r\n\r\n");
  peer_says(peer, NEW);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(body(), "new");
  CHECK_STR(cached(), "miss");
  CHECK_INT(peer_requests(peer), 3);
  CHECK(peer_field(peer, 2, "If-None-Match") == NULL);
  close_world();
}

/* Where there are no tags, by date: an older version was restored. */
static void a_304_about_another_date(void)
{
#define DATED(second, body)                                                    \
  "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n"                           \
  "Last-Modified: Tue, 14 Nov 2023 20:00:0" second " GMT\r\n"                  \
  "Content-Length: 3\r\n\r\n" body
  open_client();
  peer_says(peer, DATED("5", "old"));
  CHECK_INT(ask("GET", product), WATS_OK);
  wait_s(61);
  peer_says(peer, "HTTP/1.1 304 X\r\nCache-Control: max-age=60\r\n"
                  "Last-Modified: Tue, 14 Nov 2023 20:00:05 GMT\r\n\r\n");
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "revalidated");
  wait_s(61);
  peer_says(peer, "HTTP/1.1 304 X\r\n"
                  "Last-Modified: Tue, 14 Nov 2023 20:00:01 GMT\r\n\r\n");
  peer_says(peer, DATED("1", "new"));
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(body(), "new");
  CHECK_STR(cached(), "miss");
  close_world();
}

/* What was confirmed by a cache on the way is as old as that says. */
static void a_304_with_an_age(void)
{
  open_client();
  peer_says(peer, TEN);
  CHECK_INT(ask("GET", product), WATS_OK);
  wait_s(61);
  peer_says(peer, "HTTP/1.1 304 X\r\nAge: 40\r\n\r\n");
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "revalidated");
  CHECK_INT(got.result.age_s, 40);
  wait_s(1);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "hit");
  CHECK_INT(got.result.age_s, 41);
  close_world();
}

/* ---- ranges -------------------------------------------------------------- */

static void ranges_from_the_store(void)
{
  static const struct {
    const char *fields;
    int status;
    const char *range, *body;
  } rows[] = {
      {"Range: bytes=2-4", 206, "bytes 2-4/10", "234"},
      {"Range: bytes=7-", 206, "bytes 7-9/10", "789"},
      {"Range: bytes=-3", 206, "bytes 7-9/10", "789"},
      {"Range: bytes=0-99", 206, "bytes 0-9/10", "0123456789"},
      {"Range: bytes=10-", 416, "bytes */10", ""},
      {"Range: bytes=0-0|If-Range: \"1\"", 206, "bytes 0-0/10", "0"},
      {"Range: bytes=0-0|If-Range: \"2\"", 200, "", "0123456789"},
      {"Range: bytes=0-0|If-None-Match: \"1\"", 304, "", ""},
  };
  size_t i;
  open_client();
  peer_says(peer, TEN);
  CHECK_INT(ask("GET", product), WATS_OK);
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    char length[24];
    CHECK_INT(ask_with("GET", product, rows[i].fields), WATS_OK);
    CHECK_INT(status(), rows[i].status);
    CHECK_STR(cached(), "hit");
    CHECK_STR(body(), rows[i].body);
    CHECK_STR(field("Content-Range"), rows[i].range);
    snprintf(length, sizeof length, "%zu", strlen(rows[i].body));
    if (rows[i].status != 304) CHECK_STR(field("Content-Length"), length);
  }
  CHECK_INT(peer_requests(peer), 1);
  close_world();
}

/* Bytes as they were sent have ranges, whatever their coding. */
static void ranges_of_bytes_as_sent(void)
{
  struct wats_request raw = to("GET", product);
  struct wats_headers own;
  open_client();
  peer_says(peer, LIFE "Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\n"
                       "0123456789");
  raw.raw_encoding = true;
  CHECK_INT(perform(&raw), WATS_OK);
  wats_headers_init(&own, 0);
  CHECK_INT(wats_headers_set(&own, "Range", "bytes=2-4"), WATS_OK);
  raw.headers = &own;
  CHECK_INT(perform(&raw), WATS_OK);
  CHECK_INT(status(), 206);
  CHECK_STR(cached(), "hit");
  CHECK_STR(body(), "234");
  wats_headers_free(&own);
  close_world();
}

/* A part never becomes the answer to a request for the whole. */
static void a_part_is_not_stored(void)
{
  open_client();
  peer_says(peer,
            "HTTP/1.1 206 X\r\nCache-Control: max-age=60\r\n"
            "Content-Range: bytes 0-2/10\r\nContent-Length: 3\r\n\r\n012");
  CHECK_INT(ask_with("GET", product, "Range: bytes=0-2"), WATS_OK);
  CHECK_INT(status(), 206);
  peer_says(peer, TEN);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(body(), "0123456789");
  close_world();
}

/* ---- HEAD ---------------------------------------------------------------- */

static void head_from_the_store(void)
{
  open_client();
  peer_says(peer, TEN);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_INT(ask("HEAD", product), WATS_OK);
  CHECK_STR(cached(), "hit");
  CHECK_INT(status(), 200);
  CHECK_STR(body(), "");
  CHECK_STR(field("Content-Length"), "10");
  CHECK_STR(field("ETag"), "\"1\"");
  CHECK_INT(peer_requests(peer), 1);
  close_world();
}

/* max_body is about the bytes that come, not about those that are stored. */
static void as_much_as_is_wanted(void)
{
  static const struct {
    const char *method, *field, *value;
    enum wats_errc code;
  } rows[] = {{"HEAD", "X-Any", "1", WATS_OK},
              {"GET", "If-None-Match", "\"1\"", WATS_OK},
              {"GET", "Range", "bytes=0-4", WATS_OK},
              {"GET", "Range", "bytes=20-", WATS_OK},
              {"GET", "Range", "bytes=0-5", WATS_ERR_TOO_LARGE},
              {"GET", "X-Any", "1", WATS_ERR_TOO_LARGE}};
  size_t i;
  open_client();
  peer_says(peer, TEN);
  CHECK_INT(ask("GET", product), WATS_OK);
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct wats_request r = to(rows[i].method, product);
    struct wats_headers own;
    wats_headers_init(&own, 0);
    CHECK_INT(wats_headers_set(&own, rows[i].field, rows[i].value), WATS_OK);
    r.headers = &own;
    r.max_body = 5;
    CHECK_INT(perform(&r), rows[i].code);
    wats_headers_free(&own);
  }
  CHECK_INT(peer_requests(peer), 1);
  close_world();
}

/* RFC 9111, section 4.3.5. */
static void head_freshens_or_drops(void)
{
  open_client();
  peer_says(peer, TEN);
  CHECK_INT(ask("GET", product), WATS_OK);
  wait_s(61);
  peer_says(peer, LIFE "X-New: 1\r\nContent-Length: 10\r\n\r\n");
  CHECK_INT(ask("HEAD", product), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "hit");
  CHECK_STR(body(), "0123456789");
  CHECK_STR(field("X-New"), "1");
  wait_s(61);
  peer_says(peer, LIFE "Content-Length: 11\r\n\r\n");
  CHECK_INT(ask("HEAD", product), WATS_OK);
  peer_says(peer, NEW);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK(peer_field(peer, 3, "If-None-Match") == NULL);
  close_world();
}

/* Of a body that no validator names nobody knows whether it is the same. */
static void head_without_a_shared_validator(void)
{
#define SILENT                                                                 \
  "HTTP/1.1 200 OK\r\nCache-Control: max-age=60, stale-if-error=600\r\n"       \
  "Content-Length: 1\r\n"
  open_client();
  peer_says(peer, SILENT "\r\na");
  CHECK_INT(ask("GET", product), WATS_OK);
  wait_s(61);
  peer_says(peer, SILENT "\r\n");
  CHECK_INT(ask("HEAD", product), WATS_OK);
  peer_says(peer, SILENT "\r\nb");
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK_STR(body(), "b");
  wait_s(61);
  peer_says(peer, SILENT "ETag: \"c\"\r\n\r\n");
  CHECK_INT(ask("HEAD", product), WATS_OK);
  peer_says(peer, SILENT "ETag: \"c\"\r\n\r\nc");
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK_STR(body(), "c");
  close_world();
}

/* A HEAD brings no body that a GET could have. */
static void head_stores_nothing(void)
{
  open_client();
  peer_says(peer, LIFE "Content-Length: 10\r\n\r\n");
  CHECK_INT(ask("HEAD", product), WATS_OK);
  peer_says(peer, TEN);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "miss");
  CHECK_STR(body(), "0123456789");
  close_world();
}

/* ---- variants ------------------------------------------------------------ */

#define ENGLISH                                                                \
  "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nVary: Accept-Language\r\n"  \
  "Content-Length: 2\r\n\r\nen"
#define GERMAN                                                                 \
  "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nVary: Accept-Language\r\n"  \
  "Content-Length: 2\r\n\r\nde"

static void variants_side_by_side(void)
{
  int i;
  open_client();
  peer_says(peer, ENGLISH);
  peer_says(peer, GERMAN);
  CHECK_INT(ask_with("GET", product, "Accept-Language: en"), WATS_OK);
  CHECK_INT(ask_with("GET", product, "Accept-Language: de"), WATS_OK);
  for (i = 0; i < 2; i++) {
    CHECK_INT(ask_with("GET", product, "Accept-Language: en"), WATS_OK);
    CHECK_STR(cached(), "hit");
    CHECK_STR(body(), "en");
    CHECK_INT(ask_with("GET", product, "Accept-Language: de"), WATS_OK);
    CHECK_STR(cached(), "hit");
    CHECK_STR(body(), "de");
  }
  CHECK_INT(peer_requests(peer), 2);
  close_world();
}

/* What we ask for ourselves counts as much as what the caller says. */
static void our_own_fields_count(void)
{
  struct wats_request raw = to("GET", product);
  open_client();
  peer_says(peer, "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n"
                  "Vary: Accept-Encoding, User-Agent, Accept\r\n"
                  "Content-Length: 1\r\n\r\na");
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_INT(ask("GET", product), WATS_OK);
  CHECK_STR(cached(), "hit");
  CHECK_INT(ask_with("GET", product, "User-Agent: wats-test/1"), WATS_OK);
  CHECK_STR(cached(), "hit");
  peer_says(peer, NEW);
  CHECK_INT(ask_with("GET", product, "User-Agent: other"), WATS_OK);
  CHECK_STR(cached(), "miss");
  raw.raw_encoding = true;
  peer_says(peer, NEW);
  CHECK_INT(perform(&raw), WATS_OK);
  CHECK_STR(cached(), "miss");
  close_world();
}

/* ---- what the answer to a write names ------------------------------------ */

/* RFC 9111, section 4.4. */
static void location_is_dropped(void)
{
  static const char *const fields[] = {"Location", "Content-Location"};
  size_t i;
  for (i = 0; i < 2; i++) {
    char text[160];
    open_client();
    peer_says(peer, TEN);
    CHECK_INT(ask("GET", "/other/1"), WATS_OK);
    peer_says(peer, TEN);
    CHECK_INT(ask("GET", "/other/2"), WATS_OK);
    snprintf(text, sizeof text,
             "HTTP/1.1 201 X\r\n%s: /other/1\r\nContent-Length: 0\r\n\r\n",
             fields[i]);
    peer_says(peer, text);
    CHECK_INT(ask("POST", "/things"), WATS_OK);
    CHECK_INT(ask("GET", "/other/2"), WATS_OK);
    CHECK_STR(cached(), "hit");
    peer_says(peer, NEW);
    CHECK_INT(ask("GET", "/other/1"), WATS_OK);
    CHECK_STR(cached(), "miss");
    close_world();
  }
}

/* Neither of another origin, nor of a write that was refused. */
static void location_of_others_is_not(void)
{
  static const char *const answers[] = {
      "HTTP/1.1 201 X\r\nLocation: http://127.0.0.1:1/other/1\r\n"
      "Content-Length: 0\r\n\r\n",
      "HTTP/1.1 409 X\r\nLocation: /other/1\r\nContent-Length: 0\r\n\r\n"};
  size_t i;
  for (i = 0; i < 2; i++) {
    open_client();
    peer_says(peer, TEN);
    CHECK_INT(ask("GET", "/other/1"), WATS_OK);
    peer_says(peer, answers[i]);
    CHECK_INT(ask("POST", "/things"), WATS_OK);
    CHECK_INT(ask("GET", "/other/1"), WATS_OK);
    CHECK_STR(cached(), "hit");
    close_world();
  }
}

/* ---- memory -------------------------------------------------------------- */

#define LENIENT                                                                \
  "HTTP/1.1 200 OK\r\nCache-Control: max-age=60, %s\r\nETag: \"1\"\r\n"        \
  "Vary: X-Form\r\nContent-Length: 10\r\n\r\n0123456789"

/* What is refreshed behind needs this world. */
static void quieten(void)
{
  peer_sleep(5);
  while (stats().in_flight > 0)
    peer_sleep(5);
  peer_sleep(20);
}

/* What is short of memory says so, or is right; and the store is as it was. */
static void memory_at_every_point(void)
{
  static const struct {
    const char *directive, *method, *fields, *then;
    int after_s;
  } rows[] = {
      {"public", "HEAD", "", NULL, 0},
      {"public", "GET", "If-None-Match: \"1\"", NULL, 0},
      {"public", "GET", "Range: bytes=2-4", NULL, 0},
      {"public", "GET", "Range: bytes=20-", NULL, 0},
      {"public", "GET", "If-None-Match: \"1\"", "HTTP/1.1 304 X\r\n\r\n", 61},
      {"public", "HEAD", "", TEN, 61},
      {"public", "GET", "X-Form: other", TEN, 0},
      {"stale-while-revalidate=100", "GET", "Range: bytes=0-1", TEN, 61},
      {"stale-if-error=100", "GET", "",
       "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", 61}};
  char first[300];
  size_t i;
  int n;
  for (i = 0; i < sizeof rows / sizeof *rows; i++)
    for (n = 0; n < 45; n++) {
      open_client();
      snprintf(first, sizeof first, LENIENT, rows[i].directive);
      peer_says(peer, first);
      CHECK_INT(ask("GET", product), WATS_OK);
      wait_s(rows[i].after_s);
      if (rows[i].then) peer_says(peer, rows[i].then);
      peer_repeats(peer, TEN);
      wats_alloc_fail_after(n);
      ask_short_of_memory(rows[i].method, rows[i].fields);
      wats_alloc_fail_never();
      CHECK_INT(ask("GET", product), WATS_OK);
      CHECK_STR(body(), "0123456789");
      if (strstr(rows[i].directive, "revalidate")) quieten();
      close_world();
    }
}

int main(void)
{
  RUN(conditions_from_the_store);
  RUN(a_stale_answer_is_confirmed_for_itself);
  RUN(one_condition_at_a_time);
  RUN(passed_on);
  RUN(what_only_the_server_can_judge);
  RUN(a_304_about_another);
  RUN(a_304_about_another_date);
  RUN(a_304_with_an_age);
  RUN(ranges_from_the_store);
  RUN(ranges_of_bytes_as_sent);
  RUN(a_part_is_not_stored);
  RUN(head_from_the_store);
  RUN(as_much_as_is_wanted);
  RUN(head_freshens_or_drops);
  RUN(head_without_a_shared_validator);
  RUN(head_stores_nothing);
  RUN(variants_side_by_side);
  RUN(our_own_fields_count);
  RUN(location_is_dropped);
  RUN(location_of_others_is_not);
  RUN(memory_at_every_point);
  return test_report();
}
