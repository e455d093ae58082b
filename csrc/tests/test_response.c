/*
** test_response.c - counted answers, bodies that are shared, and what a 304
** changes.
*/
#include "core/response.h"

#include "core/alloc.h"
#include "core/sync.h"
#include "test.h"

static void add(struct wats_response *r, const char *name, const char *value)
{
  CHECK_INT(
      wats_headers_add(&r->headers, name, strlen(name), value, strlen(value)),
      WATS_OK);
}

static void set_body(struct wats_response *r, const char *text)
{
  struct wats_buffer bytes;
  wats_buffer_init(&bytes, 0);
  wats_buffer_append_string(&bytes, text);
  CHECK_INT(wats_response_set_body(r, &bytes), WATS_OK);
  CHECK_INT(bytes.length, 0);
  CHECK(!bytes.data);
}

static bool body_is(const struct wats_response *r, const char *text)
{
  size_t length;
  const char *body = wats_response_body(r, &length);
  return length == strlen(text) && body && memcmp(body, text, length) == 0;
}

static void test_a_new_one_is_empty(void)
{
  struct wats_response *r = wats_response_create();
  size_t length = 9;
  CHECK_INT(r->status, 0);
  CHECK_INT(r->headers.count, 0);
  CHECK(!wats_response_body(r, &length));
  CHECK_INT(length, 0);
  wats_response_release(r);
  wats_response_release(NULL);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_lives_until_the_last_release(void)
{
  struct wats_response *r = wats_response_create();
  set_body(r, "abc");
  CHECK(wats_response_retain(r) == r);
  wats_response_release(r);
  CHECK(body_is(r, "abc"));
  wats_response_release(r);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_body(void)
{
  struct wats_response *r = wats_response_create();
  struct wats_buffer none;
  size_t empty = wats_response_size(r), length;
  set_body(r, "abc");
  CHECK(body_is(r, "abc"));
  CHECK(wats_response_size(r) >= empty + 3);
  set_body(r, "a longer one"); /* in place of the first */
  CHECK(body_is(r, "a longer one"));
  wats_buffer_init(&none, 0);
  wats_buffer_reserve(&none, 100);
  CHECK_INT(wats_response_set_body(r, &none), WATS_OK);
  CHECK(!wats_response_body(r, &length));
  CHECK_INT(wats_response_size(r), empty);
  add(r, "a", "1");
  CHECK_INT(wats_response_size(r), empty + 4);
  wats_response_release(r);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_a_body_that_there_is_no_memory_for(void)
{
  struct wats_response *r = wats_response_create();
  struct wats_buffer bytes;
  set_body(r, "old");
  wats_buffer_init(&bytes, 0);
  wats_buffer_append_string(&bytes, "new");
  wats_alloc_fail_after(0);
  CHECK_INT(wats_response_set_body(r, &bytes), WATS_ERR_MEMORY);
  wats_alloc_fail_never();
  CHECK(body_is(r, "old"));
  CHECK_INT(bytes.length, 3); /* still the caller's */
  wats_buffer_free(&bytes);
  wats_response_release(r);
  CHECK_INT(wats_alloc_live(), 0);
}

/* --- refreshed by a 304 --------------------------------------------------- */

static const char *all_of(const struct wats_response *r)
{
  static char text[2000];
  size_t position = 0, at = 0;
  const char *name, *value;
  text[0] = '\0';
  while (wats_headers_next(&r->headers, &position, NULL, &name, &value))
    at += (size_t)snprintf(text + at, sizeof text - at, "%s%s: %s",
                           at ? "|" : "", name, value);
  return text;
}

static struct wats_response *make_stored(void)
{
  struct wats_response *r = wats_response_create();
  r->status = 203;
  r->http_version = 20;
  add(r, "Content-Length", "4");
  add(r, "content-type", "text/plain");
  add(r, "Warning", "old 1");
  add(r, "ETag", "\"1\"");
  add(r, "Warning", "old 2");
  add(r, "X-Only-Stored", "1");
  set_body(r, "body");
  return r;
}

static struct wats_response *make_validation(void)
{
  struct wats_response *r = wats_response_create();
  r->status = 304;
  r->http_version = 11;
  add(r, "etag", "\"2\"");
  add(r, "Date", "now");
  add(r, "warning", "new 1");
  add(r, "WARNING", "new 2");
  return r;
}

static void test_refresh_updates_fields_and_shares_the_body(void)
{
  struct wats_response *stored = make_stored(), *nothing = make_validation();
  struct wats_response *fresh = wats_response_refresh(stored, nothing);
  size_t length;
  CHECK_INT(fresh->status, 203);
  CHECK_INT(fresh->http_version, 20);
  CHECK_STR(all_of(fresh),
            "Content-Length: 4|content-type: text/plain|X-Only-Stored: 1|"
            "etag: \"2\"|Date: now|warning: new 1|WARNING: new 2");
  CHECK(wats_response_body(fresh, &length) ==
        wats_response_body(stored, &length));
  /* the stored one is as it was */
  CHECK_STR(wats_headers_get(&stored->headers, "etag"), "\"1\"");
  CHECK_INT(stored->headers.count, 6);
  wats_response_release(nothing);
  wats_response_release(stored); /* the body lives on in the fresh one */
  CHECK(body_is(fresh, "body"));
  set_body(fresh, "other");
  wats_response_release(fresh);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_refresh_keeps_what_describes_the_stored_bytes(void)
{
  static const char *const kept[] = {"Content-Length",
                                     "content-encoding",
                                     "CONTENT-RANGE",
                                     "Content-Type",
                                     "Connection",
                                     "Keep-Alive",
                                     "Proxy-Authenticate",
                                     "Proxy-Authentication-Info",
                                     "TE",
                                     "Proxy-Authorization",
                                     "Transfer-Encoding",
                                     "Trailer",
                                     "Upgrade",
                                     "Proxy-Connection"};
  struct wats_response *stored = make_stored();
  struct wats_response *nothing = wats_response_create(), *fresh;
  char before[200];
  size_t i;
  snprintf(before, sizeof before, "%s", all_of(stored));
  for (i = 0; i < sizeof kept / sizeof *kept; i++)
    add(nothing, kept[i], "x");
  fresh = wats_response_refresh(stored, nothing);
  CHECK_STR(all_of(fresh), before);
  wats_response_release(fresh);
  wats_response_release(nothing);
  wats_response_release(stored);
  CHECK_INT(wats_alloc_live(), 0);
}

/* RFC 9110, section 7.6.1: they concern this connection only. */
static void test_refresh_keeps_what_the_connection_field_names(void)
{
  struct wats_response *stored = wats_response_create();
  struct wats_response *nothing = wats_response_create(), *fresh;
  add(stored, "X-Hop", "stored");
  add(stored, "X-Ho", "stored");
  add(nothing, "Connection", "close , x-hop");
  add(nothing, "connection", ",Y-Hop");
  add(nothing, "X-Hop", "new");
  add(nothing, "X-Ho", "new");
  add(nothing, "y-hop", "new");
  fresh = wats_response_refresh(stored, nothing);
  CHECK_STR(all_of(fresh), "X-Hop: stored|X-Ho: new");
  CHECK(!wats_response_body(fresh, &(size_t){0}));
  wats_response_release(fresh);
  wats_response_release(nothing);
  wats_response_release(stored);
  CHECK_INT(wats_alloc_live(), 0);
}

/* RFC 9111, section 3.2: all others are updated, whatever their names. */
static void test_refresh_updates_every_other_field(void)
{
  static const char *const names[] = {"Cache-Control",
                                      "Expires",
                                      "Date",
                                      "Age",
                                      "ETag",
                                      "Last-Modified",
                                      "Vary",
                                      "Content-Foo",
                                      "X-Content-Foo",
                                      "Content-Types",
                                      "X-Content-Type",
                                      "X-Content-Length",
                                      "Content-Language",
                                      "Content-MD5",
                                      "Content-Location",
                                      "Set-Cookie",
                                      "Clear-Site-Data",
                                      "Content-Disposition",
                                      "X-Connection",
                                      "Content-Security-Policy"};
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++) {
    struct wats_response *stored = wats_response_create();
    struct wats_response *nothing = wats_response_create(), *fresh;
    const char *was = names[i];
    char text[100];
    add(stored, was, "old 1");
    add(stored, "Other", "stays");
    add(stored, was, "old 2");
    add(nothing, was, "new 1");
    add(nothing, was, "new 2");
    fresh = wats_response_refresh(stored, nothing);
    snprintf(text, sizeof text, "Other: stays|%s: new 1|%s: new 2", was, was);
    CHECK_STR(all_of(fresh), text);
    wats_response_release(fresh);
    wats_response_release(nothing);
    wats_response_release(stored);
  }
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_every_allocation_may_fail(void)
{
  struct wats_response *stored = make_stored(), *nothing = make_validation();
  struct wats_response *fresh = NULL;
  long before, n;
  char large[500];
  memset(large, 'x', sizeof large - 1);
  large[sizeof large - 1] = '\0';
  add(nothing, "Large", large); /* so that the copy must grow */
  before = wats_alloc_live();
  for (n = 0; !fresh; n++) {
    wats_alloc_fail_after(n);
    fresh = wats_response_refresh(stored, nothing);
    wats_alloc_fail_never();
    if (!fresh) CHECK_INT(wats_alloc_live() - before, 0);
  }
  CHECK(n > 3);
  CHECK(body_is(fresh, "body"));
  CHECK(body_is(stored, "body"));
  wats_alloc_fail_after(0);
  CHECK(!wats_response_create());
  wats_alloc_fail_never();
  wats_response_release(fresh);
  wats_response_release(nothing);
  wats_response_release(stored);
  CHECK_INT(wats_alloc_live(), 0);
}

/* --- in one block --------------------------------------------------------- */

/* With a body of so many 'x'. */
static struct wats_response *make(struct wats_buffer *body, size_t length)
{
  struct wats_headers fields;
  struct wats_response *r;
  wats_headers_init(&fields, 0);
  wats_headers_add(&fields, "A", 1, "1", 1);
  wats_headers_add(&fields, "B", 1, "2", 1);
  wats_buffer_init(body, 0);
  wats_buffer_reserve(body, length);
  if (length) memset(body->data, 'x', length);
  body->length = length;
  r = wats_response_make(&fields, body);
  wats_headers_free(&fields);
  return r;
}

static bool has_so_many(const struct wats_response *r, size_t wanted)
{
  size_t length, i;
  const char *bytes = wats_response_body(r, &length);
  if (length != wanted || (wanted == 0) != (bytes == NULL)) return false;
  for (i = 0; i < length; i++)
    if (bytes[i] != 'x') return false;
  return true;
}

static void test_few_bytes_are_copied_and_many_taken_over(void)
{
  static const size_t lengths[] = {0, 1, 300, 4096, 4097, 100000};
  struct wats_buffer body;
  size_t i;
  for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    struct wats_response *r = make(&body, lengths[i]), *fresh;
    CHECK_STR(all_of(r), "A: 1|B: 2");
    CHECK(has_so_many(r, lengths[i]));
    CHECK_INT(body.length, lengths[i] > 4096 ? 0 : lengths[i]);
    CHECK(wats_response_size(r) >= sizeof *r + 8 + lengths[i]);
    CHECK_INT(wats_headers_add(&r->headers, "C", 1, "3", 1),
              WATS_ERR_TOO_LARGE);
    wats_buffer_free(&body);
    fresh = wats_response_refresh(r, r); /* outlives it */
    wats_response_release(r);
    CHECK(has_so_many(fresh, lengths[i]));
    add(fresh, "C", "3");
    CHECK_STR(all_of(fresh), "A: 1|B: 2|C: 3");
    set_body(fresh, "another");
    CHECK(body_is(fresh, "another"));
    wats_response_release(fresh);
    CHECK_INT(wats_alloc_live(), 0);
  }
}

static void test_another_body_in_place_of_one_within(void)
{
  struct wats_buffer body;
  struct wats_response *r = make(&body, 300);
  wats_buffer_free(&body);
  set_body(r, "another");
  CHECK(body_is(r, "another"));
  wats_response_release(r);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_no_memory_for_one_with_many_bytes(void)
{
  struct wats_headers none;
  struct wats_buffer body;
  struct wats_response *r = NULL;
  long n;
  wats_headers_init(&none, 0);
  wats_buffer_init(&body, 0);
  while (body.length < 5000)
    wats_buffer_append_char(&body, 'x');
  for (n = 0; n < 10 && !r; n++) {
    wats_alloc_fail_after(n);
    r = wats_response_make(&none, &body);
    wats_alloc_fail_never();
    CHECK_INT(body.length, r ? 0 : 5000);
  }
  CHECK_INT(n, 3);
  CHECK(r && has_so_many(r, 5000));
  wats_response_release(r);
  CHECK_INT(wats_alloc_live(), 0);
}

/* --- many owners ---------------------------------------------------------- */

#define THREADS 4

static void *own_for_a_while(void *argument)
{
  struct wats_response *r = argument, *nothing = wats_response_create();
  int i;
  for (i = 0; i < 2000; i++) {
    struct wats_response *fresh = wats_response_refresh(r, nothing);
    wats_response_retain(r);
    if (!fresh || !body_is(fresh, "shared")) break;
    wats_response_release(r);
    wats_response_release(fresh);
  }
  wats_response_release(nothing);
  wats_response_release(r); /* the one that came with the argument */
  return i == 2000 ? argument : NULL;
}

static void test_owners_in_many_threads(void)
{
  struct wats_response *r = wats_response_create();
  struct wats_thread threads[THREADS];
  int i;
  set_body(r, "shared");
  for (i = 0; i < THREADS; i++) {
    wats_response_retain(r);
    CHECK_INT(wats_thread_start(&threads[i], own_for_a_while, r), WATS_OK);
  }
  wats_response_release(r);
  for (i = 0; i < THREADS; i++)
    wats_thread_join(&threads[i]);
  CHECK_INT(wats_alloc_live(), 0);
}

int main(void)
{
  RUN(test_a_new_one_is_empty);
  RUN(test_lives_until_the_last_release);
  RUN(test_body);
  RUN(test_a_body_that_there_is_no_memory_for);
  RUN(test_refresh_updates_fields_and_shares_the_body);
  RUN(test_refresh_keeps_what_describes_the_stored_bytes);
  RUN(test_refresh_keeps_what_the_connection_field_names);
  RUN(test_refresh_updates_every_other_field);
  RUN(test_every_allocation_may_fail);
  RUN(test_few_bytes_are_copied_and_many_taken_over);
  RUN(test_another_body_in_place_of_one_within);
  RUN(test_no_memory_for_one_with_many_bytes);
  RUN(test_owners_in_many_threads);
  return test_report();
}
