/*
** test_response.c - counted answers, and what a 304 makes of them.
*/
#include "core/response.h"

#include <stdbool.h>

#include "core/alloc.h"
#include "core/sync.h"

#include "test.h"

static void add(struct wats_response *r, const char *name, const char *value)
{
  CHECK_INT(
      wats_headers_add(&r->headers, name, strlen(name), value, strlen(value)),
      WATS_OK);
}

static struct wats_response *make(int status, const char *body)
{
  struct wats_response *r = wats_response_create();
  struct wats_buffer bytes;
  if (!r) return NULL;
  r->status = status;
  r->http_version = 11;
  wats_buffer_init(&bytes, 0);
  if (wats_buffer_append_string(&bytes, body) != WATS_OK ||
      wats_response_set_body(r, &bytes) != WATS_OK) {
    wats_response_release(r);
    r = NULL;
  } else
    CHECK(bytes.length == 0 && bytes.data == NULL);
  wats_buffer_free(&bytes);
  return r;
}

static bool body_is(const struct wats_response *r, const char *text)
{
  size_t length;
  const char *bytes = wats_response_body(r, &length);
  return length == strlen(text) &&
         (length == 0 || memcmp(bytes, text, length) == 0);
}

static void test_counts_its_owners(void)
{
  struct wats_response *r = make(200, "hello");
  CHECK(wats_response_retain(r) == r);
  wats_response_release(r);
  CHECK(body_is(r, "hello"));
  wats_response_release(r);
  wats_response_release(NULL);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_starts_empty(void)
{
  struct wats_response *r = wats_response_create();
  CHECK_INT(r->status, 0);
  CHECK_INT(r->headers.count, 0);
  CHECK(body_is(r, ""));
  wats_response_release(r);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_a_body_can_be_replaced(void)
{
  struct wats_response *r = make(200, "hello");
  struct wats_buffer bytes;
  size_t before = wats_response_size(r);
  CHECK(before >= 5 + sizeof *r);
  wats_buffer_init(&bytes, 0);
  CHECK_INT(wats_response_set_body(r, &bytes), WATS_OK);
  CHECK(body_is(r, ""));
  CHECK(wats_response_size(r) < before);
  wats_response_release(r);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_refresh(void)
{
  struct wats_response *old = make(200, "body"), *check = make(304, "");
  struct wats_response *fresh;
  const char *name, *value;
  size_t position = 0;
  check->http_version = 20;
  add(old, "ETag", "\"1\"");
  add(old, "Date", "old");
  add(old, "Content-Type", "application/json");
  add(old, "Content-Length", "4");
  add(old, "Warning", "one");
  add(old, "Warning", "two");
  add(check, "date", "new");
  add(check, "Content-Type", "text/html");
  add(check, "Content-Length", "0");
  add(check, "Content-Encoding", "gzip");
  add(check, "Connection", "close");
  add(check, "warning", "three");
  add(check, "Warning", "four");
  fresh = wats_response_refresh(old, check);
  CHECK_INT(fresh->status, 200);
  CHECK_INT(fresh->http_version, 11);
  CHECK(body_is(fresh, "body"));
  CHECK_STR(wats_headers_get(&fresh->headers, "ETag"), "\"1\"");
  CHECK_STR(wats_headers_get(&fresh->headers, "Date"), "new");
  CHECK_STR(wats_headers_get(&fresh->headers, "Content-Type"),
            "application/json");
  CHECK_STR(wats_headers_get(&fresh->headers, "Content-Length"), "4");
  CHECK(!wats_headers_get(&fresh->headers, "Content-Encoding"));
  CHECK(!wats_headers_get(&fresh->headers, "Connection"));
  CHECK(
      wats_headers_next(&fresh->headers, &position, "warning", &name, &value));
  CHECK_STR(value, "three");
  CHECK(
      wats_headers_next(&fresh->headers, &position, "warning", &name, &value));
  CHECK_STR(value, "four");
  CHECK(
      !wats_headers_next(&fresh->headers, &position, "warning", &name, &value));
  CHECK_STR(wats_headers_get(&old->headers, "Date"), "old"); /* immutable */
  wats_response_release(old);
  wats_response_release(check);
  CHECK(body_is(fresh, "body")); /* shared, and alive */
  wats_response_release(fresh);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_refresh_when_memory_is_short(void)
{
  struct wats_response *old = make(200, "body"), *check = make(304, "");
  struct wats_response *fresh = NULL;
  long n;
  add(old, "Date", "old");
  add(check, "Date",
      "a date that is so long that the block of fields must "
      "grow for it when it is copied");
  for (n = 0; !fresh && n < 20; n++) {
    wats_alloc_fail_after(n);
    fresh = wats_response_refresh(old, check);
    wats_alloc_fail_never();
  }
  CHECK(fresh && n > 2);
  CHECK(body_is(old, "body"));
  wats_response_release(fresh);
  wats_response_release(old);
  wats_response_release(check);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_set_body_when_memory_is_short(void)
{
  struct wats_response *r = make(200, "old");
  struct wats_buffer bytes;
  wats_buffer_init(&bytes, 0);
  CHECK_INT(wats_buffer_append_string(&bytes, "new"), WATS_OK);
  wats_alloc_fail_after(0);
  CHECK_INT(wats_response_set_body(r, &bytes), WATS_ERR_MEMORY);
  wats_alloc_fail_never();
  CHECK(body_is(r, "old"));
  CHECK_INT(bytes.length, 3); /* still the caller's */
  wats_buffer_free(&bytes);
  wats_response_release(r);
  CHECK_INT(wats_alloc_live(), 0);
}

static void *share(void *argument)
{
  int i;
  for (i = 0; i < 20000; i++)
    wats_response_release(wats_response_retain(argument));
  wats_response_release(argument);
  return NULL;
}

static void test_any_thread_may_hold_it(void)
{
  struct wats_response *r = make(200, "shared");
  struct wats_thread threads[3];
  int i;
  for (i = 0; i < 3; i++)
    CHECK_INT(wats_thread_start(&threads[i], share, wats_response_retain(r)),
              WATS_OK);
  wats_response_release(r);
  for (i = 0; i < 3; i++)
    wats_thread_join(&threads[i]);
  CHECK_INT(wats_alloc_live(), 0);
}

int main(void)
{
  RUN(test_counts_its_owners);
  RUN(test_starts_empty);
  RUN(test_a_body_can_be_replaced);
  RUN(test_refresh);
  RUN(test_refresh_when_memory_is_short);
  RUN(test_set_body_when_memory_is_short);
  RUN(test_any_thread_may_hold_it);
  return test_report();
}
