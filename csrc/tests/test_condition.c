/*
** test_condition.c - RFC 9110, sections 13.1.2, 13.1.3, 13.2 and 15.4.5; RFC
** 9111, section 4.3.2.
*/
#include "core/condition.h"

#include "core/alloc.h"
#include "field_text.h"

#define NOW       INT64_C(1700000000) /* T */
#define T         "Tue, 14 Nov 2023 22:13:20 GMT"
#define T_1S_AGO  "Tue, 14 Nov 2023 22:13:19 GMT"
#define T_1S_ON   "Tue, 14 Nov 2023 22:13:21 GMT"
#define T_850     "Tuesday, 14-Nov-23 22:13:20 GMT"
#define T_ASCTIME "Tue Nov 14 22:13:20 2023"

enum {
  NONE = WATS_CONDITION_NONE,
  NOT_MODIFIED = WATS_CONDITION_FALSE_304,
  WHOLE = WATS_CONDITION_TRUE,
  ORIGIN = WATS_CONDITION_NOT_OURS
};

static const struct {
  const char *request;
  int status;
  const char *stored;
  int verdict;
} rows[] = {
    {"", 200, "ETag: \"a\"", NONE},
    {"Range: bytes=0-1|If-Range: \"a\"", 200, "ETag: \"a\"", NONE},
    /* 13.1.2: weak comparison, lists, * */
    {"If-None-Match: \"a\"", 200, "ETag: \"a\"", NOT_MODIFIED},
    {"If-None-Match: W/\"a\"", 200, "ETag: \"a\"", NOT_MODIFIED},
    {"If-None-Match: \"a\"", 200, "ETag: W/\"a\"", NOT_MODIFIED},
    {"If-None-Match: \"x\", \"a\"", 200, "ETag: \"a\"", NOT_MODIFIED},
    {"If-None-Match: \"x\"|If-None-Match: \"a\"", 200, "ETag: \"a\"",
     NOT_MODIFIED},
    {"If-None-Match: \"x, y\", \"a\"", 200, "ETag: \"a\"", NOT_MODIFIED},
    {"If-None-Match: \"\xc3\xa9\"", 200, "ETag: \"\xc3\xa9\"", NOT_MODIFIED},
    {"If-None-Match: *", 200, "ETag: \"a\"", NOT_MODIFIED},
    {"If-None-Match: *", 200, "", NOT_MODIFIED},
    {"If-None-Match: \"a\"", 200, "ETag: \"b\"", WHOLE},
    {"If-None-Match: \"a\"", 200, "ETag: \"A\"", WHOLE},
    {"If-None-Match: \"a\"", 200, "", WHOLE},
    /* what is malformed matches nothing */
    {"If-None-Match: a", 200, "ETag: \"a\"", WHOLE},
    {"If-None-Match: a", 200, "ETag: a", WHOLE},
    {"If-None-Match: \"a\"", 200, "ETag: a", WHOLE},
    {"If-None-Match: \"a\", b", 200, "ETag: \"a\"", WHOLE},
    {"If-None-Match: *, \"a\"", 200, "ETag: \"a\"", WHOLE},
    {"If-None-Match:", 200, "ETag: \"a\"", WHOLE},
    {"If-None-Match: \"\"", 200, "ETag:", WHOLE},
    /* 13.1.3: with If-None-Match the date is not looked at */
    {"If-None-Match: \"a\"|If-Modified-Since: " T, 200,
     "ETag: \"b\"|Last-Modified: " T, WHOLE},
    {"If-Modified-Since: " T_1S_AGO "|If-None-Match: \"a\"", 200,
     "ETag: \"a\"|Last-Modified: " T, NOT_MODIFIED},
    {"If-None-Match: a|If-Modified-Since: " T, 200, "Last-Modified: " T, WHOLE},
    /* 13.1.3 */
    {"If-Modified-Since: " T, 200, "Last-Modified: " T, NOT_MODIFIED},
    {"If-Modified-Since: " T, 200, "Last-Modified: " T_1S_AGO, NOT_MODIFIED},
    {"If-Modified-Since: " T, 200, "Last-Modified: " T_1S_ON, WHOLE},
    {"If-Modified-Since: " T, 200, "ETag: \"a\"|Last-Modified: " T,
     NOT_MODIFIED},
    /* 5.6.7: the three forms, on either side */
    {"If-Modified-Since: " T_850, 200, "Last-Modified: " T, NOT_MODIFIED},
    {"If-Modified-Since: " T_850, 200, "Last-Modified: " T_1S_ON, WHOLE},
    {"If-Modified-Since: " T_ASCTIME, 200, "Last-Modified: " T, NOT_MODIFIED},
    {"If-Modified-Since: " T_ASCTIME, 200, "Last-Modified: " T_1S_ON, WHOLE},
    {"If-Modified-Since: " T, 200, "Last-Modified: " T_850, NOT_MODIFIED},
    {"If-Modified-Since: " T, 200, "Last-Modified: " T_ASCTIME, NOT_MODIFIED},
    {"If-Modified-Since: tue, 14 nov 2023 22:13:20 gmt", 200,
     "Last-Modified: " T, NOT_MODIFIED},
    /* RFC 9111, 4.3.2: Date where there is no Last-Modified */
    {"If-Modified-Since: " T, 200, "Date: " T, NOT_MODIFIED},
    {"If-Modified-Since: " T, 200, "Date: " T_1S_ON, WHOLE},
    {"If-Modified-Since: " T, 200, "Last-Modified: x|Date: " T, NOT_MODIFIED},
    {"If-Modified-Since: " T, 200, "Date: x", WHOLE},
    {"If-Modified-Since: " T, 200, "", WHOLE},
    {"If-Modified-Since: " T, 200, "Date: " T "|Date: " T, WHOLE},
    /* 13.1.3: what is no date, or two, is ignored */
    {"If-Modified-Since: x", 200, "Last-Modified: " T, NONE},
    {"If-Modified-Since:", 200, "Last-Modified: " T, NONE},
    {"If-Modified-Since: 0", 200, "Last-Modified: " T, NONE},
    {"If-Modified-Since: Tue, 14 Nov 2023 22:13:20 UTC", 200,
     "Last-Modified: " T, NONE},
    {"If-Modified-Since: " T "|If-Modified-Since: " T, 200, "Last-Modified: " T,
     NONE},
    /* RFC 9111, 4.3.2: for the origin, whatever else is there */
    {"If-Match: \"a\"", 200, "ETag: \"a\"", ORIGIN},
    {"If-Match: *", 200, "ETag: \"a\"", ORIGIN},
    {"If-Unmodified-Since: " T, 200, "Last-Modified: " T, ORIGIN},
    {"If-None-Match: \"a\"|If-Match: \"a\"", 200, "ETag: \"a\"", ORIGIN},
    {"If-Modified-Since: " T "|If-Unmodified-Since: " T, 200,
     "Last-Modified: " T, ORIGIN},
    {"If-Unmodified-Since: x", 404, "", ORIGIN},
    /* 13.2.1: for other answers conditions do not count */
    {"If-None-Match: \"a\"", 404, "ETag: \"a\"", WHOLE},
    {"If-None-Match: *", 404, "", WHOLE},
    {"If-None-Match: \"a\"", 203, "ETag: \"a\"", WHOLE},
    {"If-Modified-Since: " T, 404, "Last-Modified: " T, WHOLE},
    {"If-Modified-Since: " T, 301, "Last-Modified: " T, WHOLE},
};

static void test_rows(void)
{
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct wats_headers request, stored;
    enum wats_condition got;
    fill(&request, rows[i].request);
    fill(&stored, rows[i].stored);
    got = wats_condition_judge(&request, rows[i].status, &stored, NOW);
    if ((int)got != rows[i].verdict)
      printf("row %s / %d / %s\n", rows[i].request, rows[i].status,
             rows[i].stored);
    CHECK_INT(got, rows[i].verdict);
    CHECK_INT(wats_condition_judge(NULL, rows[i].status, &stored, NOW), NONE);
    wats_headers_free(&request);
    wats_headers_free(&stored);
  }
}

static void test_fields(void)
{
  CHECK(wats_condition_is_field("If-Match"));
  CHECK(wats_condition_is_field("if-none-match"));
  CHECK(wats_condition_is_field("IF-MODIFIED-SINCE"));
  CHECK(wats_condition_is_field("If-Unmodified-Since"));
  CHECK(wats_condition_is_field("If-Range"));
  CHECK(wats_condition_is_field("Range"));
  CHECK(!wats_condition_is_field("If"));
  CHECK(!wats_condition_is_field("Ranges"));
  CHECK(!wats_condition_is_field("Accept-Ranges"));
  CHECK(!wats_condition_is_field(""));
}

/* 15.4.5 */
static void test_not_modified(void)
{
  static const struct {
    const char *stored, *made;
  } table[] = {
      {"", ""},
      {"X: 1|Content-Type: a|Content-Length: 4|Set-Cookie: a=1|Age: 3", ""},
      {"Date: " T "|Cache-Control: a|ETag: \"a\"|Cache-Control: b|Server: s|"
       "Content-Location: /l|VARY: A|Expires: 0|Vary: B",
       "Date: " T "|Cache-Control: a|ETag: \"a\"|Cache-Control: b|"
       "Content-Location: /l|VARY: A|Expires: 0|Vary: B"},
      {"Last-Modified: " T, "Last-Modified: " T},
      {"ETag: \"a\"|Last-Modified: " T, "ETag: \"a\""},
      {"ETag:|Last-Modified: " T, "ETag: |Last-Modified: " T},
  };
  size_t i;
  for (i = 0; i < sizeof table / sizeof *table; i++) {
    struct wats_headers stored, made;
    fill(&stored, table[i].stored);
    fill(&made, "");
    CHECK_INT(wats_condition_not_modified_fields(&stored, &made), WATS_OK);
    CHECK_STR(text_of(&made), table[i].made);
    wats_headers_free(&stored);
    wats_headers_free(&made);
  }
}

static void test_not_modified_without_memory(void)
{
  struct wats_headers stored, made;
  enum wats_errc code = WATS_ERR_MEMORY;
  char value[600];
  long n;
  memset(value, 'v', sizeof value);
  fill(&stored, "Date: " T);
  wats_headers_add(&stored, "Vary", 4, value, sizeof value);
  for (n = 0; code != WATS_OK && n < 50; n++) {
    fill(&made, "A: 1");
    wats_alloc_fail_after(n);
    code = wats_condition_not_modified_fields(&stored, &made);
    wats_alloc_fail_never();
    CHECK(code == WATS_OK || code == WATS_ERR_MEMORY);
    if (code != WATS_OK) CHECK_STR(text_of(&made), "A: 1");
    CHECK_INT(made.count, code == WATS_OK ? 3 : 1);
    wats_headers_free(&made);
  }
  CHECK_INT(code, WATS_OK);
  CHECK(n > 1);
  wats_headers_free(&stored);
  CHECK_INT(wats_alloc_live(), 0);
}

int main(void)
{
  RUN(test_rows);
  RUN(test_fields);
  RUN(test_not_modified);
  RUN(test_not_modified_without_memory);
  return test_report();
}
