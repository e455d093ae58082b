/*
** test_cache_reply.c - what a stored answer is to one request (RFC 9110,
** sections 9.3.2, 13 and 14).
*/
#include "core/cache_reply.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "test.h"

#define WALL (INT64_C(1700000000) * WATS_NS_PER_S)

/* Fields as "name: value|name: value". */
static void fill(struct wats_headers *h, const char *text)
{
  wats_headers_init(h, 0);
  while (*text) {
    size_t line = strcspn(text, "|"), name = strcspn(text, ":");
    CHECK_INT(wats_headers_add(h, text, name, text + name + 1, line - name - 1),
              WATS_OK);
    text += line + (text[line] == '|');
  }
}

static struct wats_response *stored_with(int status, const char *fields,
                                         const char *body)
{
  struct wats_response *r = wats_response_create();
  struct wats_buffer bytes;
  if (!r) abort();
  r->status = status;
  r->http_version = 11;
  fill(&r->headers, fields);
  wats_buffer_init(&bytes, 0);
  CHECK_INT(wats_buffer_append_string(&bytes, body), WATS_OK);
  CHECK_INT(wats_response_set_body(r, &bytes), WATS_OK);
  return r;
}

#define TAGGED                                                                 \
  "ETag: \"1\"|Date: Tue, 14 Nov 2023 22:13:20 GMT|Content-Type: text/plain|"  \
  "Content-Length: 5"

static const struct {
  const char *request;
  bool head, sent;
  int stored_status, status;
  const char *body, *type; /* type: Content-Type that goes with it */
} rows[] = {
    {"", false, false, 200, 200, "hello", "text/plain"},
    {"", true, false, 200, 200, "", "text/plain"},
    {"", false, false, 404, 404, "hello", "text/plain"},
    {"If-None-Match: \"1\"", false, false, 200, 304, "", ""},
    {"If-None-Match: \"1\"", true, false, 200, 304, "", ""},
    {"If-None-Match: \"1\"", false, true, 200, 304, "", ""},
    {"If-None-Match: \"1\"", false, false, 404, 404, "hello", "text/plain"},
    {"If-None-Match: \"2\"", false, false, 200, 200, "hello", "text/plain"},
    {"Range: bytes=1-3", false, false, 200, 206, "ell", "text/plain"},
    {"Range: bytes=4-9", false, false, 200, 206, "o", "text/plain"},
    {"Range: bytes=5-", false, false, 200, 416, "", ""},
    {"Range: bytes=-0", false, false, 200, 416, "", ""},
    {"Range: lines=1-3", false, false, 200, 200, "hello", "text/plain"},
    {"Range: bytes=0-0, 2-2", false, false, 200, 200, "hello", "text/plain"},
    /* the server sent the whole though asked for a part: it is the answer */
    {"Range: bytes=1-3", false, true, 200, 200, "hello", "text/plain"},
    /* HEAD has no parts (14.2) */
    {"Range: bytes=1-3", true, false, 200, 200, "", "text/plain"},
    {"Range: bytes=1-3", false, false, 404, 404, "hello", "text/plain"},
    {"Range: bytes=1-3|If-None-Match: \"1\"", false, false, 200, 304, "", ""},
    {"Range: bytes=1-3|If-None-Match: \"2\"", false, false, 200, 206, "ell",
     "text/plain"},
};

static const char *text_of(const struct wats_response *r)
{
  static char text[64];
  size_t length;
  const char *body = wats_response_body(r, &length);
  snprintf(text, sizeof text, "%.*s", (int)length, body ? body : "");
  return text;
}

static void test_table(void)
{
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct wats_response *stored =
        stored_with(rows[i].stored_status, TAGGED, "hello");
    struct wats_cache_request request = {0};
    struct wats_response *reply = NULL;
    struct wats_headers own;
    const char *type;
    int bad = test_bad_checks;
    fill(&own, rows[i].request);
    request.headers = *rows[i].request ? &own : NULL;
    request.head = rows[i].head;
    CHECK(wats_cache_reply_refusal(&request, stored) == NULL);
    CHECK_INT(wats_cache_reply(&request, stored, rows[i].sent, WALL, &reply),
              WATS_OK);
    CHECK_INT(reply->status, rows[i].status);
    CHECK_STR(text_of(reply), rows[i].body);
    type = wats_headers_get(&reply->headers, "Content-Type");
    CHECK_STR(type ? type : "", rows[i].type);
    if (test_bad_checks != bad) printf("  in row %zu\n", i);
    wats_response_release(reply);
    wats_response_release(stored);
    wats_headers_free(&own);
  }
}

static void test_refusals(void)
{
  static const struct {
    const char *request, *stored;
    bool as_sent, head, refused;
  } cases[] = {
      {"If-Match: \"1\"", TAGGED, false, false, true},
      {"If-Unmodified-Since: Tue, 14 Nov 2023 22:13:20 GMT", TAGGED, false,
       false, true},
      /* decoded: nobody knows which bytes are meant */
      {"Range: bytes=0-1", TAGGED "|Content-Encoding: gzip", false, false,
       true},
      {"Range: bytes=0-1", TAGGED "|Content-Encoding: gzip", true, false,
       false},
      {"Range: bytes=0-1", TAGGED "|Content-Encoding: identity", false, false,
       false},
      {"Range: bytes=0-1", TAGGED "|Content-Encoding: gzip", false, true,
       false},
      {"X: y", TAGGED "|Content-Encoding: gzip", false, false, false},
  };
  size_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct wats_response *stored = stored_with(200, cases[i].stored, "hello");
    struct wats_cache_request request = {0};
    struct wats_headers own;
    fill(&own, cases[i].request);
    request.headers = &own;
    request.as_sent = cases[i].as_sent;
    request.head = cases[i].head;
    CHECK((wats_cache_reply_refusal(&request, stored) != NULL) ==
          cases[i].refused);
    wats_response_release(stored);
    wats_headers_free(&own);
  }
}

/* What is whole is the stored answer itself: nothing is copied. */
static void test_nothing_is_copied(void)
{
  struct wats_response *stored = stored_with(200, TAGGED, "hello"), *reply;
  struct wats_cache_request request = {0};
  CHECK_INT(wats_cache_reply(&request, stored, false, WALL, &reply), WATS_OK);
  CHECK(reply == stored);
  wats_response_release(reply);
  wats_response_release(stored);
}

static void test_memory_is_short(void)
{
  size_t i;
  long before = wats_alloc_live();
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct wats_response *stored =
        stored_with(rows[i].stored_status, TAGGED, "hello");
    struct wats_cache_request request = {0};
    struct wats_headers own;
    enum wats_errc code = WATS_ERR_MEMORY;
    long n;
    fill(&own, rows[i].request);
    request.headers = &own;
    request.head = rows[i].head;
    for (n = 0; code != WATS_OK && n < 50; n++) {
      struct wats_response *reply = NULL;
      wats_alloc_fail_after(n);
      code = wats_cache_reply(&request, stored, rows[i].sent, WALL, &reply);
      wats_alloc_fail_never();
      CHECK(code == WATS_OK || code == WATS_ERR_MEMORY);
      CHECK((reply != NULL) == (code == WATS_OK));
      wats_response_release(reply);
    }
    CHECK_INT(code, WATS_OK);
    wats_response_release(stored);
    wats_headers_free(&own);
  }
  CHECK_INT(wats_alloc_live(), before);
}

int main(void)
{
  RUN(test_table);
  RUN(test_refusals);
  RUN(test_nothing_is_copied);
  RUN(test_memory_is_short);
  return test_report();
}
