/*
** test_json_reader.c - what json_reader.h promises.
*/
#include "core/json_reader.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "test.h"

/* Room for a text that lies in a block of exactly its size, so that the
** sanitizer sees every byte that is read too much. */
static char *boxed(const char *text, size_t length)
{
  char *box = malloc(length ? length : 1);
  memcpy(box, text, length);
  return box;
}

/* Reads to the end; the number of events, or -1 for an error. */
static int read_all(const char *text, size_t length, struct wats_error *error)
{
  struct wats_json_reader r;
  enum wats_json_event event;
  char *box = boxed(text, length), *room = malloc(length + 1);
  int count = 0;
  wats_json_reader_init(&r, box, length);
  while ((event = wats_json_next(&r)) > WATS_JSON_END) {
    count++;
    if ((event == WATS_JSON_STRING || event == WATS_JSON_KEY) && r.escaped)
      CHECK(wats_json_unescape(r.text, r.length, room) < r.length);
  }
  CHECK(wats_json_next(&r) == event); /* both stay */
  if (event == WATS_JSON_ERROR) {
    CHECK_INT(wats_json_reader_error(&r, error), WATS_ERR_DECODE);
    count = -1;
  }
  free(box);
  free(room);
  return count;
}

struct text {
  const char *bytes;
  size_t length;
};
#define T(literal)                                                             \
  {                                                                            \
    literal, sizeof(literal) - 1                                               \
  }

static const struct text accepted[] = {
    T("0"),
    T("-0"),
    T("-1"),
    T("1e0"),
    T("1E+2"),
    T("1e-2"),
    T("0e1"),
    T("0.5"),
    T("-0.0"),
    T("123.456e78"),
    T("1e-99999999999999999999999"),
    T("0e99999999999999999999999"),
    T("true"),
    T("false"),
    T("null"),
    T("\"\""),
    T("[]"),
    T("{}"),
    T(" [ ] "),
    T("\t{\n}\r"),
    T("[[],[[]],{}]"),
    T("[1,2]"),
    T("[ 1 , 2 ]"),
    T("{\"\":0}"),
    T("{\"a\":1,\"a\":2}"),
    T("{ \"a\" : { \"b\" : [ null ] } }"),
    T("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    T("\"\\u0000\\u00e9\\uFFFF\\uD83D\\uDE00\""),
    T("\"\x7f\""),
    T("\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\""),
    T("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""),
    T("\"\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\""),
    T("\xef\xbb\xbf{\"bom\":true}"),
    T("[\"a long string of more than eight bytes, plain\"]"),
    T("1.7976931348623157e308"),
    T("4.9e-324"),
    T("1e-400"),
};

static const struct text refused[] = {
    T(""),
    T(" "),
    T("\xef\xbb\xbf"),
    T("\xef\xbb"),
    T("\xef\xbb\xbf\xef\xbb\xbf"
      "1"),
    T(" \xef\xbb\xbf"
      "1"),
    T("\xff\xfe"
      "1\0"),
    T("1\0"),
    T("\0"),
    T("01"),
    T("-01"),
    T("00"),
    T("-"),
    T("--1"),
    T("+1"),
    T("1."),
    T("1.e1"),
    T(".5"),
    T("-.5"),
    T("1e"),
    T("1e+"),
    T("1E-"),
    T("1e1.5"),
    T("1ee1"),
    T("0x10"),
    T("1_0"),
    T("1 2"),
    T("1,"),
    T("1e309"),
    T("-1e309"),
    T("1e400"),
    T("1e99999999999999999999999"),
    T("NaN"),
    T("nan"),
    T("Infinity"),
    T("-Infinity"),
    T("inf"),
    T("-inf"),
    T("nul"),
    T("nulll"),
    T("True"),
    T("tru"),
    T("falsee"),
    T("undefined"),
    T("a"),
    T("'a'"),
    T("["),
    T("]"),
    T("{"),
    T("}"),
    T("[1"),
    T("[1,"),
    T("[1,]"),
    T("[,1]"),
    T("[,]"),
    T("[1,,2]"),
    T("[1 2]"),
    T("[1;2]"),
    T("[1}"),
    T("[1]]"),
    T("[\"a\":1]"),
    T("{\"a\"}"),
    T("{\"a\":}"),
    T("{\"a\":1"),
    T("{\"a\":1,"),
    T("{\"a\":1,}"),
    T("{,}"),
    T("{\"a\" 1}"),
    T("{\"a\":1 \"b\":2}"),
    T("{\"a\":1]"),
    T("{\"a\"::1}"),
    T("{a:1}"),
    T("{'a':1}"),
    T("{1:1}"),
    T("{null:1}"),
    T("[1]x"),
    T("{}{}"),
    T("[] // no"),
    T("/**/[]"),
    T("#\n[]"),
    T("\v[]"),
    T("\f[]"),
    T("\xc2\xa0[]"),
    T("\""),
    T("\"a"),
    T("\"\\\""),
    T("\"\\"),
    T("\"\\x41\""),
    T("\"\\a\""),
    T("\"\\'\""),
    T("\"\\0\""),
    T("\"\\\n\""),
    T("\"\\u\""),
    T("\"\\u123\""),
    T("\"\\u12g4\""),
    T("\"\\u-123\""),
    T("\"\\U0041\""),
    T("\"\\u004"),
    T("\"\\ud800\""),
    T("\"\\udc00\""),
    T("\"\\ud800\\ud800\""),
    T("\"\\ud800\\u0041\""),
    T("\"\\ud800 \\udc00\""),
    T("\"\\ud800\\n\""),
    T("\"\\ud800\\udc0"),
    T("\"\\udc00\\ud800\""),
    T("\"\n\""),
    T("\"\t\""),
    T("\"\0\""),
    T("\"12345678\x1f\""),
    T("\"\x80\""),
    T("\"\xbf\""),
    T("\"\xc0\x80\""),
    T("\"\xc1\xbf\""),
    T("\"\xc2\""),
    T("\"\xc3("),
    T("\"\xe0\x80\x80\""),
    T("\"\xe0\x9f\xbf\""),
    T("\"\xed\xa0\x80\""),
    T("\"\xed\xbf\xbf\""),
    T("\"\xe2\x82"),
    T("\"\xf0\x80\x80\x80\""),
    T("\"\xf0\x8f\xbf\xbf\""),
    T("\"\xf4\x90\x80\x80\""),
    T("\"\xf5\x80\x80\x80\""),
    T("\"\xff\""),
    T("{\"\xe6\":1}"),
    T("[\xe9]"),
};

static void test_accepted(void)
{
  struct wats_error error;
  size_t i;
  for (i = 0; i < sizeof accepted / sizeof *accepted; i++)
    if (read_all(accepted[i].bytes, accepted[i].length, &error) < 0) {
      printf("refused: %s: %s\n", accepted[i].bytes, error.message);
      CHECK(0);
    }
}

static void test_refused(void)
{
  struct wats_error error;
  size_t i;
  for (i = 0; i < sizeof refused / sizeof *refused; i++)
    if (read_all(refused[i].bytes, refused[i].length, &error) >= 0) {
      printf("accepted: %s\n", refused[i].bytes);
      CHECK(0);
    }
}

/* Each proper beginning of a bracketed text is cut short. */
static void test_cut_short(void)
{
  static const char text[] =
      " {\"a\\u00e9\\ud83d\\ude00\":[1,-2.5e-3,true,false,null,\"\xc3\xa9\"],"
      "\"b\":{\"c\":[]}} ";
  size_t i, whole = strlen(text) - 1;
  for (i = 0; i < whole; i++)
    CHECK_INT(read_all(text, i, NULL), -1);
  CHECK_INT(read_all(text, whole, NULL), 17);
}

static void test_events(void)
{
  static const char text[] =
      "{\"a\":[null,true,false,7,-7.5,\"x\\ty\",{}],\"b\\u0041\":\"\"}";
  static const enum wats_json_event expected[] = {
      WATS_JSON_OBJECT,  WATS_JSON_KEY,        WATS_JSON_ARRAY,
      WATS_JSON_NULL,    WATS_JSON_TRUE,       WATS_JSON_FALSE,
      WATS_JSON_INTEGER, WATS_JSON_DOUBLE,     WATS_JSON_STRING,
      WATS_JSON_OBJECT,  WATS_JSON_OBJECT_END, WATS_JSON_ARRAY_END,
      WATS_JSON_KEY,     WATS_JSON_STRING,     WATS_JSON_OBJECT_END,
      WATS_JSON_END};
  struct wats_json_reader r;
  char room[10];
  size_t i;
  wats_json_reader_init(&r, text, sizeof text - 1);
  for (i = 0; i < sizeof expected / sizeof *expected; i++) {
    CHECK_INT(wats_json_next(&r), expected[i]);
    switch (i) {
    case 1:
      CHECK(r.length == 1 && *r.text == 'a' && !r.escaped);
      CHECK(r.text == text + 2); /* nothing was copied */
      break;
    case 6:
      CHECK_INT(r.integer, 7);
      break;
    case 7:
      CHECK(r.number == -7.5);
      break;
    case 8:
      CHECK(r.escaped);
      CHECK_INT(wats_json_unescape(r.text, r.length, room), 3);
      CHECK(memcmp(room, "x\ty", 3) == 0);
      break;
    case 12:
      CHECK_INT(wats_json_unescape(r.text, r.length, room), 2);
      CHECK(memcmp(room, "bA", 2) == 0);
      break;
    default:
      break;
    }
  }
}

static void check_escape(const char *raw, const char *expected, size_t length)
{
  char text[100], room[100];
  struct wats_json_reader r;
  snprintf(text, sizeof text, "\"%s\"", raw);
  wats_json_reader_init(&r, text, strlen(text));
  CHECK_INT(wats_json_next(&r), WATS_JSON_STRING);
  CHECK(r.escaped);
  CHECK_INT(wats_json_unescape(r.text, r.length, room), length);
  CHECK(memcmp(room, expected, length) == 0);
}

static void test_escapes(void)
{
  check_escape("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t", 8);
  check_escape("\\u0000", "\0", 1);
  check_escape("\\u007f\\u0080", "\x7f\xc2\x80", 3);
  check_escape("\\u07FF\\u0800", "\xdf\xbf\xe0\xa0\x80", 5);
  check_escape("\\uffff", "\xef\xbf\xbf", 3);
  check_escape("\\ud800\\udc00", "\xf0\x90\x80\x80", 4);
  check_escape("\\uDBFF\\uDFFF", "\xf4\x8f\xbf\xbf", 4);
  check_escape("a\\u00e9\xc3\xa9z", "a\xc3\xa9\xc3\xa9z", 6);
}

/* The one value of a text. */
static enum wats_json_event read_one(const char *text,
                                     struct wats_json_reader *r)
{
  enum wats_json_event event;
  wats_json_reader_init(r, text, strlen(text));
  event = wats_json_next(r);
  CHECK(event == WATS_JSON_ERROR || wats_json_next(r) == WATS_JSON_END);
  return event;
}

static void check_integer(const char *text, int64_t expected)
{
  struct wats_json_reader r;
  CHECK_INT(read_one(text, &r), WATS_JSON_INTEGER);
  CHECK_INT(r.integer, expected);
}

static void check_double(const char *text, double expected)
{
  struct wats_json_reader r;
  CHECK_INT(read_one(text, &r), WATS_JSON_DOUBLE);
  if (memcmp(&r.number, &expected, sizeof expected) != 0)
    printf("%s: %a, expected %a\n", text, r.number, expected);
  CHECK(memcmp(&r.number, &expected, sizeof expected) == 0);
}

static void test_integers(void)
{
  check_integer("0", 0);
  check_integer("-1", -1);
  check_integer("9007199254740993", INT64_C(9007199254740993));
  check_integer("1000000000000000000", INT64_C(1000000000000000000));
  check_integer("9223372036854775807", INT64_MAX);
  check_integer("-9223372036854775807", -INT64_MAX);
  check_integer("-9223372036854775808", INT64_MIN);
  check_double("9223372036854775808", 0x1p63);
  check_double("-9223372036854775809", -0x1p63);
  check_double("9999999999999999999", 1e19);
  check_double("10000000000000000000", 1e19);
  check_double("18446744073709551616", 0x1p64);
  check_double("18446744073709551615", 0x1p64);
  check_double("123456789012345678901234567890",
               123456789012345678901234567890.0);
  check_double("-0", -0.0);
}

static void test_doubles(void)
{
  check_double("0.0", 0.0);
  check_double("-0.0", -0.0);
  check_double("-0e5", -0.0);
  check_double("0.1", 0.1);
  check_double("5.0", 5.0);
  check_double("1e22", 1e22);
  check_double("1e23", 1e23);
  check_double("1e-22", 1e-22);
  check_double("123456789.123456789", 123456789.123456789);
  check_double("2.2250738585072014e-308", 0x1p-1022);
  check_double("2.2250738585072011e-308", 0x0.fffffffffffffp-1022);
  check_double("2.2250738585072012e-308", 0x1p-1022); /* once hung others */
  check_double("1.7976931348623157e308", 0x1.fffffffffffffp1023);
  check_double("1.7976931348623158e308", 0x1.fffffffffffffp1023);
  check_double("4.9406564584124654e-324", 0x1p-1074);
  check_double("2.4703282292062328e-324", 0x1p-1074); /* just above half */
  check_double("2.4703282292062327e-324", 0.0);
  check_double("1e-400", 0.0);
  check_double("-1e-400", -0.0);
  check_double("9007199254740993.0", 0x1p53); /* ties go to even */
  check_double("9007199254740993.000000000000000000000000001",
               9007199254740994.0);
  check_double("9007199254740995e0", 9007199254740996.0);
  check_double("0.000000000000000000000000000000000000000000000012345678901234"
               "5678901234567890e20",
               1.23456789012345678901234567890e-27);
  check_double("1e0000000000000000000000000000000001", 10.0);
}

/* Numbers with more digits than any table has, at the border between two. */
static void test_long_numbers(void)
{
  static const size_t lengths[] = {30, 700, 790, 800, 801, 810, 5000};
  size_t i;
  for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    size_t n = lengths[i];
    char *text = malloc(n + 40);
    strncpy(text, "9007199254740993.", n);
    memset(text + 17, '0', n);
    text[17 + n] = '\0';
    check_double(text, 0x1p53);
    text[17 + n - 1] = '1'; /* above half-way, however little */
    check_double(text, 9007199254740994.0);
    memset(text, '0', n); /* 0.000...1e+n is 1 */
    text[1] = '.';
    snprintf(text + n, 40, "1e%zu", n - 1);
    check_double(text, 1.0);
    free(text);
  }
}

/* Random digits, a point somewhere, as strtod has them. */
static void test_random_numbers(void)
{
  unsigned seed = 1;
  int i, j;
  for (i = 0; i < 20000; i++) {
    char text[80];
    int digits = 2 + i % 40, point = 1 + i % (digits - 1), length = 0;
    for (j = 0; j < digits; j++) {
      seed = seed * 1103515245u + 12345u;
      if (j == point) text[length++] = '.';
      text[length++] = (char)((j == 0 ? 49u : 48u) + (seed >> 16) % 9);
    }
    snprintf(text + length, 10, "e%d", (int)(seed >> 8) % 330 - 30);
    if (isfinite(strtod(text, NULL))) check_double(text, strtod(text, NULL));
  }
}

static void test_locale(void)
{
  static const char *const names[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8",
                                      "nb_NO.UTF-8", "C.UTF-8"};
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++)
    if (setlocale(LC_ALL, names[i])) break;
  check_double("0.1", 0.1);
  check_double("1234.56789012345678901234", 1234.56789012345678901234);
  setlocale(LC_ALL, "C");
}

static void test_depth(void)
{
  char text[2 * WATS_JSON_DEPTH + 10];
  struct wats_error error;
  memset(text, '[', WATS_JSON_DEPTH);
  memset(text + WATS_JSON_DEPTH, ']', WATS_JSON_DEPTH);
  CHECK_INT(read_all(text, (size_t)WATS_JSON_DEPTH * 2, &error),
            WATS_JSON_DEPTH * 2);
  memset(text, '[', WATS_JSON_DEPTH + 1);
  CHECK_INT(read_all(text, WATS_JSON_DEPTH + 1, &error), -1);
  CHECK_STR(error.message,
            "not JSON: nested too deep (line 1, column 201, byte 201)");
}

/* Each level closes as what it was opened. */
static void test_mixed_levels(void)
{
  char text[1000] = "";
  size_t length = 0, i;
  unsigned bits = 0x5a3c96e1;
  for (i = 0; i < 130; i++)
    length += (size_t)snprintf(text + length, sizeof text - length, "%s",
                               bits >> i % 32 & 1 ? "{\"k\":" : "[");
  text[length++] = '1';
  for (i = 130; i-- > 0;)
    text[length++] = bits >> i % 32 & 1 ? '}' : ']';
  CHECK(read_all(text, length, NULL) > 0);
  for (i = length - 130; i < length; i++) {
    char was = text[i];
    text[i] = was == '}' ? ']' : '}';
    CHECK_INT(read_all(text, length, NULL), -1);
    text[i] = was;
  }
}

static void check_place(const char *text, const char *expected)
{
  struct wats_error error;
  CHECK_INT(read_all(text, strlen(text), &error), -1);
  CHECK_INT(error.code, WATS_ERR_DECODE);
  CHECK_STR(error.message, expected);
}

static void test_places(void)
{
  check_place("", "not JSON: the text ends here (line 1, column 1, byte 1)");
  check_place("{\n  \"a\": 1,\n  \"\xc3\xa9\": x\n}",
              "not JSON: a value expected (line 3, column 8, byte 21)");
  check_place("\xef\xbb\xbf[1,]",
              "not JSON: a value expected (line 1, column 5, byte 7)");
  check_place("[\"ab", "not JSON: this string has no end (line 1, column 2, "
                       "byte 2)");
  check_place("[\"a\xe6\"]", "not JSON: bytes that are not UTF-8 (line 1, "
                             "column 4, byte 4)");
  check_place("[1", "not JSON: the text ends here (line 1, column 3, byte 3)");
  check_place("[1 2", "not JSON: ',' or ']' expected (line 1, column 4, "
                      "byte 4)");
  check_place("{\"a\":1 2", "not JSON: ',' or '}' expected (line 1, column 8, "
                            "byte 8)");
  check_place("[1e999]", "not JSON: a number too large to be held (line 1, "
                         "column 2, byte 2)");
}

/* A text of a million values costs no memory. */
static void test_no_allocation(void)
{
  size_t count = 1000000, i;
  char *text = malloc(2 * count + 1);
  text[0] = '[';
  for (i = 0; i < count; i++)
    memcpy(text + 1 + 2 * i, i + 1 < count ? "1," : "1]", 2);
  wats_alloc_fail_after(0);
  CHECK_INT(read_all(text, 2 * count + 1, NULL), count + 2);
  wats_alloc_fail_never();
  free(text);
}

int main(void)
{
  RUN(test_accepted);
  RUN(test_refused);
  RUN(test_cut_short);
  RUN(test_events);
  RUN(test_escapes);
  RUN(test_integers);
  RUN(test_doubles);
  RUN(test_long_numbers);
  RUN(test_random_numbers);
  RUN(test_locale);
  RUN(test_depth);
  RUN(test_mixed_levels);
  RUN(test_places);
  RUN(test_no_allocation);
  return test_report();
}
