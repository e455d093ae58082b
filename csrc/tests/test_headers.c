/*
** test_headers.c - fields as sent: order, spelling, repetition; and what is
** refused.
*/
#include "core/headers.h"

#include "core/alloc.h"
#include "test.h"

static enum wats_errc add(struct wats_headers *h, const char *name,
                          const char *value)
{
  return wats_headers_add(h, name, strlen(name), value, strlen(value));
}

/* "Name: value|Name: value", to compare all at once. */
static const char *all_of(const struct wats_headers *h, const char *only)
{
  static char text[2000];
  size_t position = 0, at = 0, count = 0;
  const char *name, *value;
  text[0] = '\0';
  while (wats_headers_next(h, &position, only, &name, &value)) {
    at += (size_t)snprintf(text + at, sizeof text - at, "%s%s: %s",
                           count ? "|" : "", name, value);
    count++;
  }
  if (!only) CHECK_INT(h->count, count);
  return text;
}

static void finish(struct wats_headers *h)
{
  wats_headers_free(h);
  CHECK_INT(h->count, 0);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_kept_as_sent(void)
{
  struct wats_headers h;
  wats_headers_init(&h, 0);
  CHECK_STR(all_of(&h, NULL), "");
  CHECK(!wats_headers_get(&h, "a"));
  CHECK_INT(add(&h, "Content-TYPE", "text/plain"), WATS_OK);
  CHECK_INT(add(&h, "Warning", "1"), WATS_OK);
  CHECK_INT(add(&h, "X-Empty", ""), WATS_OK);
  CHECK_INT(add(&h, "warning", "2"), WATS_OK);
  CHECK_STR(all_of(&h, NULL),
            "Content-TYPE: text/plain|Warning: 1|X-Empty: |warning: 2");
  CHECK_STR(all_of(&h, "WARNING"), "Warning: 1|warning: 2");
  CHECK_STR(all_of(&h, "Warn"), "");
  CHECK_STR(wats_headers_get(&h, "warning"), "1");
  CHECK_STR(wats_headers_get(&h, "content-type"), "text/plain");
  CHECK_STR(wats_headers_get(&h, "x-empty"), "");
  CHECK(!wats_headers_get(&h, "content-typ"));
  CHECK(!wats_headers_get(&h, "content-types"));
  CHECK(!wats_headers_get(&h, "text/plain")); /* values are no names */
  wats_headers_clear(&h);
  CHECK_STR(all_of(&h, NULL), "");
  CHECK_INT(add(&h, "A", "b"), WATS_OK);
  CHECK_STR(all_of(&h, NULL), "A: b");
  finish(&h);
}

static void test_values_are_trimmed(void)
{
  struct wats_headers h;
  wats_headers_init(&h, 0);
  CHECK_INT(add(&h, "a", " \t b \t c\t "), WATS_OK);
  CHECK_INT(add(&h, "b", " \t "), WATS_OK);
  CHECK_INT(wats_headers_set(&h, "c", "  d "), WATS_OK);
  CHECK_INT(wats_headers_add(&h, "xyz", 1, "123", 2), WATS_OK); /* by length */
  CHECK_INT(wats_headers_add(&h, "y", 1, NULL, 0), WATS_OK);
  CHECK_STR(all_of(&h, NULL), "a: b \t c|b: |c: d|x: 12|y: ");
  finish(&h);
}

static void test_refuses_what_would_be_another_field(void)
{
  static const char *const names[] = {"",      " a", "a ",  "a:",  "a b",
                                      "a\r\n", "ø",  "a\t", "(a)", "a\x7f"};
  static const char *const values[] = {"\r", "a\nb", "a\r\nSet-Cookie: x",
                                       "\n"};
  struct wats_headers h;
  size_t i;
  wats_headers_init(&h, 0);
  add(&h, "Kept", "1");
  for (i = 0; i < sizeof names / sizeof *names; i++) {
    CHECK_INT(add(&h, names[i], "x"), WATS_ERR_ARGUMENT);
    CHECK_INT(wats_headers_set(&h, names[i], "x"), WATS_ERR_ARGUMENT);
  }
  for (i = 0; i < sizeof values / sizeof *values; i++) {
    CHECK_INT(add(&h, "x", values[i]), WATS_ERR_ARGUMENT);
    CHECK_INT(wats_headers_set(&h, "kept", values[i]), WATS_ERR_ARGUMENT);
  }
  CHECK_INT(wats_headers_add(&h, "x", 1, "a\0b", 3), WATS_ERR_ARGUMENT);
  CHECK_INT(wats_headers_add(&h, "x\0y", 3, "a", 1), WATS_ERR_ARGUMENT);
  CHECK_STR(all_of(&h, NULL), "Kept: 1");
  CHECK_INT(add(&h, "x", "bl\xe5, 8 bits and \x01 may come"), WATS_OK);
  finish(&h);
}

static void test_set_replaces_all(void)
{
  struct wats_headers h;
  wats_headers_init(&h, 0);
  CHECK_INT(wats_headers_set(&h, "Only", "0"), WATS_OK);
  add(&h, "a", "1");
  add(&h, "B", "2");
  add(&h, "A", "3");
  CHECK_INT(wats_headers_set(&h, "a", "4"), WATS_OK);
  CHECK_STR(all_of(&h, NULL), "Only: 0|B: 2|a: 4");
  finish(&h);
}

static void test_remove(void)
{
  struct wats_headers h;
  wats_headers_init(&h, 0);
  CHECK_INT(wats_headers_remove(&h, "a"), 0);
  add(&h, "a", "1");
  add(&h, "b", "2");
  add(&h, "A", "3");
  add(&h, "c", "4");
  CHECK_INT(wats_headers_remove(&h, "d"), 0);
  CHECK_INT(wats_headers_remove(&h, "A"), 2);
  CHECK_STR(all_of(&h, NULL), "b: 2|c: 4");
  CHECK_INT(wats_headers_remove(&h, "c"), 1);
  CHECK_INT(wats_headers_remove(&h, "b"), 1);
  CHECK_STR(all_of(&h, NULL), "");
  finish(&h);
}

/* "a: 1" takes 4 bytes, with a NUL behind each part. */
static void test_limit(void)
{
  struct wats_headers h;
  wats_headers_init(&h, 8);
  CHECK_INT(add(&h, "a", "1"), WATS_OK);
  CHECK_INT(add(&h, "b", "22"), WATS_ERR_TOO_LARGE);
  CHECK_INT(add(&h, "b", "2"), WATS_OK);
  CHECK_INT(add(&h, "c", ""), WATS_ERR_TOO_LARGE);
  CHECK_INT(wats_headers_set(&h, "a", "12"), WATS_ERR_TOO_LARGE);
  CHECK_STR(all_of(&h, NULL), "a: 1|b: 2");
  CHECK_INT(wats_headers_set(&h, "a", "3"), WATS_OK); /* in place of the old */
  CHECK_STR(all_of(&h, NULL), "b: 2|a: 3");
  finish(&h);
}

static void test_copy(void)
{
  struct wats_headers from, to, narrow;
  wats_headers_init(&from, 0);
  wats_headers_init(&to, 0);
  wats_headers_init(&narrow, 7);
  add(&from, "A", "1");
  add(&from, "A", "2");
  add(&to, "Old", "x");
  add(&narrow, "N", "1");
  CHECK_INT(wats_headers_copy(&to, &from), WATS_OK);
  CHECK_STR(all_of(&to, NULL), "A: 1|A: 2");
  add(&to, "B", "3"); /* its own */
  CHECK_STR(all_of(&from, NULL), "A: 1|A: 2");
  CHECK_INT(wats_headers_copy(&narrow, &from), WATS_ERR_TOO_LARGE);
  CHECK_STR(all_of(&narrow, NULL), "N: 1");
  CHECK_INT(wats_headers_copy(&from, &from), WATS_OK);
  CHECK_STR(all_of(&from, NULL), "A: 1|A: 2");
  wats_headers_clear(&from);
  CHECK_INT(wats_headers_copy(&to, &from), WATS_OK);
  CHECK_STR(all_of(&to, NULL), "");
  wats_headers_free(&from);
  wats_headers_free(&narrow);
  finish(&to);
}

static void test_combined(void)
{
  struct wats_headers h;
  struct wats_buffer out, narrow;
  bool found = true;
  wats_headers_init(&h, 0);
  wats_buffer_init(&out, 0);
  wats_buffer_init(&narrow, 4);
  add(&h, "Accept", "a");
  add(&h, "X", "y");
  add(&h, "accept", "");
  add(&h, "ACCEPT", "b, c");
  wats_buffer_append_string(&out, "what was there");
  CHECK_INT(wats_headers_combined(&h, "none", &out, &found), WATS_OK);
  CHECK(!found);
  CHECK_STR(out.data, "");
  CHECK_INT(wats_headers_combined(&h, "accept", &out, &found), WATS_OK);
  CHECK(found);
  CHECK_STR(out.data, "a, , b, c");
  CHECK_INT(out.length, 9);
  CHECK_INT(wats_headers_combined(&h, "x", &narrow, &found), WATS_OK);
  CHECK_STR(narrow.data, "y");
  CHECK_INT(wats_headers_combined(&h, "accept", &narrow, &found),
            WATS_ERR_TOO_LARGE);
  wats_buffer_free(&narrow);
  wats_buffer_free(&out);
  finish(&h);
}

/* A missing Cache-Control and one that there was no memory for are not alike.
 */
static void test_combined_without_memory_is_no_absent_field(void)
{
  struct wats_headers h;
  struct wats_buffer out;
  bool found;
  wats_headers_init(&h, 0);
  wats_buffer_init(&out, 0);
  add(&h, "Cache-Control", "no-store");
  wats_alloc_fail_after(0);
  CHECK_INT(wats_headers_combined(&h, "cache-control", &out, &found),
            WATS_ERR_MEMORY);
  CHECK_INT(wats_headers_combined(&h, "none", &out, &found), WATS_ERR_MEMORY);
  wats_alloc_fail_never();
  wats_buffer_free(&out);
  finish(&h);
}

static void test_no_memory_changes_nothing(void)
{
  struct wats_headers h, copy;
  char large[300];
  memset(large, 'x', sizeof large - 1);
  large[sizeof large - 1] = '\0';
  wats_headers_init(&h, 0);
  wats_headers_init(&copy, 0);
  wats_alloc_fail_after(0);
  CHECK_INT(add(&h, "a", "1"), WATS_ERR_MEMORY);
  CHECK_STR(all_of(&h, NULL), "");
  wats_alloc_fail_never();
  add(&h, "a", "1");
  wats_alloc_fail_after(0);
  CHECK_INT(add(&h, "b", large), WATS_ERR_MEMORY);
  CHECK_INT(wats_headers_set(&h, "a", large), WATS_ERR_MEMORY);
  CHECK_INT(wats_headers_copy(&copy, &h), WATS_ERR_MEMORY);
  CHECK_STR(all_of(&h, NULL), "a: 1");
  CHECK_STR(all_of(&copy, NULL), "");
  wats_alloc_fail_never();
  wats_headers_free(&copy);
  finish(&h);
}

static void test_names_and_tokens(void)
{
  CHECK(wats_name_equal("ETag", "etag"));
  CHECK(wats_name_equal("", ""));
  CHECK(!wats_name_equal("ETag", "ETa"));
  CHECK(!wats_name_equal("ETa", "ETag"));
  CHECK(!wats_name_equal("@", "`")); /* one bit apart, as letters' cases are */
  CHECK(!wats_name_equal("[", "{"));
  CHECK(!wats_name_equal("\xc5", "\xe5"));
  CHECK(wats_is_token("!#$%&'*+-.^_`|~09azAZ", 21));
  CHECK(!wats_is_token("", 0));
  CHECK(!wats_is_token("a\0", 2));
  CHECK(!wats_is_token("a/b", 3));
  CHECK(!wats_is_token("\"", 1));
}

int main(void)
{
  RUN(test_kept_as_sent);
  RUN(test_values_are_trimmed);
  RUN(test_refuses_what_would_be_another_field);
  RUN(test_set_replaces_all);
  RUN(test_remove);
  RUN(test_limit);
  RUN(test_copy);
  RUN(test_combined);
  RUN(test_combined_without_memory_is_no_absent_field);
  RUN(test_no_memory_changes_nothing);
  RUN(test_names_and_tokens);
  return test_report();
}
