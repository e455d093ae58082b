/*
** test_json_writer.c - what json_writer.h promises.
*/
#include "core/json_writer.h"

#include <math.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/json_reader.h"
#include "test.h"

static void check_string(const char *text, size_t length, const char *expected)
{
  struct wats_buffer b;
  char *box = malloc(length ? length : 1); /* no byte is read too much */
  memcpy(box, text, length);
  wats_buffer_init(&b, 0);
  CHECK_INT(wats_json_write_string(&b, box, length), WATS_OK);
  wats_buffer_terminate(&b);
  CHECK_STR(b.data, expected);
  wats_buffer_free(&b);
  free(box);
}

static void test_strings(void)
{
  check_string("", 0, "\"\"");
  check_string("plain/text, longer than 8", 25,
               "\"plain/text, longer than 8\"");
  check_string("\"\\", 2, "\"\\\"\\\\\"");
  check_string("\b\t\n\f\r", 5, "\"\\b\\t\\n\\f\\r\"");
  check_string("\0\x01\x0b\x1f\x7f", 5, "\"\\u0000\\u0001\\u000b\\u001f\x7f\"");
  check_string("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9,
               "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
  check_string("12345678\n12345678\xc3\xa9\n", 20,
               "\"12345678\\n12345678\xc3\xa9\\n\"");
}

/* Whatever bytes, at whatever place in a word, come back from the reader. */
static void test_read_back(void)
{
  struct wats_json_reader r;
  struct wats_buffer b;
  char text[20], room[140];
  unsigned c;
  size_t length, place;
  wats_buffer_init(&b, 0);
  for (c = 0; c < 128; c++)
    for (length = 1; length <= sizeof text; length += 3)
      for (place = 0; place < length; place++) {
        memset(text, 'x', sizeof text);
        text[place] = (char)c;
        wats_buffer_clear(&b);
        CHECK_INT(wats_json_write_string(&b, text, length), WATS_OK);
        wats_json_reader_init(&r, b.data, b.length);
        CHECK_INT(wats_json_next(&r), WATS_JSON_STRING);
        CHECK_INT(wats_json_unescape(r.text, r.length, room), length);
        CHECK(memcmp(room, text, length) == 0);
      }
  wats_buffer_free(&b);
}

static void test_not_utf8(void)
{
  static const char *const texts[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc3",
                                      "\xc3(",
                                      "\xe0\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xff",
                                      "12345678\xe6",
                                      "\n\xe6"};
  struct wats_buffer b;
  size_t i;
  wats_buffer_init(&b, 0);
  wats_buffer_append_string(&b, "before");
  for (i = 0; i < sizeof texts / sizeof *texts; i++) {
    CHECK_INT(wats_json_write_string(&b, texts[i], strlen(texts[i])),
              WATS_ERR_ARGUMENT);
    CHECK_INT(b.length, 6); /* as it was */
  }
  wats_buffer_free(&b);
}

static void test_scalars(void)
{
  struct wats_buffer b;
  wats_buffer_init(&b, 0);
  CHECK_INT(wats_json_write_null(&b), WATS_OK);
  CHECK_INT(wats_json_write_bool(&b, true), WATS_OK);
  CHECK_INT(wats_json_write_bool(&b, false), WATS_OK);
  CHECK_INT(wats_json_write_integer(&b, INT64_MIN), WATS_OK);
  CHECK_INT(wats_json_write_double(&b, 5), WATS_OK);
  CHECK_INT(wats_json_write_double(&b, (double)NAN), WATS_ERR_ARGUMENT);
  CHECK_INT(wats_json_write_double(&b, HUGE_VAL), WATS_ERR_ARGUMENT);
  CHECK_INT(wats_json_write_double(&b, -HUGE_VAL), WATS_ERR_ARGUMENT);
  wats_buffer_terminate(&b);
  CHECK_STR(b.data, "nulltruefalse-92233720368547758085.0");
  wats_buffer_free(&b);
}

/* A limit is kept to the byte, and what does not fit changes nothing. */
static void test_limit(void)
{
  struct wats_buffer b;
  wats_buffer_init(&b, 10);
  wats_buffer_reserve(&b, 10);
  CHECK_INT(wats_json_write_integer(&b, 1234567890123), WATS_ERR_TOO_LARGE);
  CHECK_INT(wats_json_write_double(&b, 0.123456789), WATS_ERR_TOO_LARGE);
  CHECK_INT(wats_json_write_string(&b, "123456789", 9), WATS_ERR_TOO_LARGE);
  CHECK_INT(wats_json_write_string(&b, "\n\n\n\n\n", 5), WATS_ERR_TOO_LARGE);
  CHECK_INT(b.length, 0);
  CHECK_INT(wats_json_write_string(&b, "12345678", 8), WATS_OK);
  CHECK_INT(wats_json_write_bool(&b, true), WATS_ERR_TOO_LARGE);
  CHECK_INT(b.length, 10);
  wats_buffer_clear(&b);
  CHECK_INT(wats_json_write_string(&b, "\n\n\n\n", 4), WATS_OK);
  CHECK_INT(b.length, 10);
  wats_buffer_free(&b);
}

static enum wats_errc write_all(struct wats_buffer *b)
{
  enum wats_errc code = wats_json_write_double(b, 1.0 / 3);
  if (!code) code = wats_json_write_integer(b, 42);
  if (!code) code = wats_json_write_bool(b, true);
  if (!code) code = wats_json_write_null(b);
  if (!code)
    code = wats_json_write_string(b, "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", 17);
  return code;
}

static void test_short_of_memory(void)
{
  struct wats_buffer b;
  enum wats_errc code = WATS_ERR_MEMORY;
  long n;
  for (n = 0; code && n < 20; n++) {
    wats_buffer_init(&b, 0);
    wats_alloc_fail_after(n);
    code = write_all(&b);
    wats_alloc_fail_never();
    CHECK(code == WATS_OK || code == WATS_ERR_MEMORY);
    wats_buffer_free(&b);
  }
  CHECK_INT(code, WATS_OK);
  CHECK(n > 2);
}

int main(void)
{
  RUN(test_strings);
  RUN(test_read_back);
  RUN(test_not_utf8);
  RUN(test_scalars);
  RUN(test_limit);
  RUN(test_short_of_memory);
  return test_report();
}
