/*
** test_json_pen.c - what json_pen.h promises.
*/
#include "core/json_pen.h"

#include <math.h>

#include "core/alloc.h"
#include "test.h"

static void write_all(struct wats_json_pen *pen)
{
  wats_json_pen_open(pen, NULL, '{');
  wats_json_pen_text(pen, "a \"b\"", "line\nfeed");
  wats_json_pen_text(pen, "none", NULL);
  wats_json_pen_text(pen, "bad", "x\xffy\xc3");
  wats_json_pen_bool(pen, "yes", true);
  wats_json_pen_bool(pen, "no", false);
  wats_json_pen_open(pen, "empty", '{');
  wats_json_pen_close(pen, '}');
  wats_json_pen_open(pen, "list", '[');
  wats_json_pen_count(pen, NULL, UINT64_MAX);
  wats_json_pen_number(pen, NULL, 0.25);
  wats_json_pen_number(pen, NULL, (double)NAN);
  wats_json_pen_seconds(pen, NULL, INT64_C(1234567890));
  wats_json_pen_seconds(pen, NULL, -1);
  wats_json_pen_open(pen, NULL, '[');
  wats_json_pen_close(pen, ']');
  wats_json_pen_close(pen, ']');
  wats_json_pen_raw(pen, "raw", "[1]", 3);
  wats_json_pen_close(pen, '}');
}

static const char EXPECTED[] =
    "{\"a \\\"b\\\"\":\"line\\nfeed\",\"none\":null,"
    "\"bad\":\"x\xef\xbf\xbdy\xef\xbf\xbd\",\"yes\":true,\"no\":false,"
    "\"empty\":{},\"list\":[18446744073709551615,0.25,null,1.234,null,[]],"
    "\"raw\":[1]}";

static void test_writes(void)
{
  struct wats_buffer out;
  struct wats_json_pen pen;
  wats_buffer_init(&out, 0);
  wats_json_pen_init(&pen, &out);
  write_all(&pen);
  CHECK_INT(pen.code, WATS_OK);
  CHECK_INT(wats_buffer_terminate(&out), WATS_OK);
  CHECK_STR(out.data, EXPECTED);
  wats_buffer_free(&out);
}

static void test_keeps_the_first_failure(void)
{
  long before = wats_alloc_live(), n;
  struct wats_buffer out;
  struct wats_json_pen pen;
  enum wats_errc code = WATS_ERR_MEMORY;
  wats_buffer_init(&out, 20);
  wats_json_pen_init(&pen, &out);
  write_all(&pen);
  CHECK_INT(pen.code, WATS_ERR_TOO_LARGE);
  CHECK(out.length <= 20);
  wats_buffer_free(&out);
  for (n = 0; n < 100 && code; n++) {
    wats_buffer_init(&out, 0);
    wats_json_pen_init(&pen, &out);
    wats_alloc_fail_after(n);
    write_all(&pen);
    wats_alloc_fail_never();
    code = pen.code;
    CHECK(code == WATS_OK || code == WATS_ERR_MEMORY);
    wats_buffer_free(&out);
    CHECK_INT(wats_alloc_live(), before);
  }
  CHECK(n > 2);
  CHECK_INT(code, WATS_OK);
}

int main(void)
{
  RUN(test_writes);
  RUN(test_keeps_the_first_failure);
  return test_report();
}
