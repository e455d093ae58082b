/*
** test_byte_range.c - RFC 9110, sections 13.1.5, 14.1.2 and 14.2.
*/
#include "core/byte_range.h"

#include "field_text.h"

#define T         "Tue, 14 Nov 2023 22:13:20 GMT"
#define T_1S_ON   "Tue, 14 Nov 2023 22:13:21 GMT"
#define T_850     "Tuesday, 14-Nov-23 22:13:20 GMT"
#define T_ASCTIME "Tue Nov 14 22:13:20 2023"
#define NONE      WATS_RANGE_NONE, 0, 0
#define WRONG     WATS_RANGE_UNSATISFIABLE, 0, 0
#define PART      WATS_RANGE_PART
#define HUGE      "99999999999999999999999999"

static const struct {
  const char *request;
  size_t length;
  int kind;
  size_t first, last;
} ranges[] = {
    {"", 10, NONE},
    {"Range: bytes=0-0", 10, PART, 0, 0},
    {"Range: bytes=2-4", 10, PART, 2, 4},
    {"range: bytes=2-", 10, PART, 2, 9},
    {"Range: bytes=-3", 10, PART, 7, 9},
    {"Range: bytes=9-9", 10, PART, 9, 9},
    {"Range: bytes=0-9", 10, PART, 0, 9},
    {"Range: bytes=002-004", 10, PART, 2, 4},
    /* 14.1: units have no case */
    {"Range: Bytes=2-4", 10, PART, 2, 4},
    /* 14.1.2: what is behind the end is cut */
    {"Range: bytes=2-10", 10, PART, 2, 9},
    {"Range: bytes=2-" HUGE, 10, PART, 2, 9},
    {"Range: bytes=-10", 10, PART, 0, 9},
    {"Range: bytes=-11", 10, PART, 0, 9},
    {"Range: bytes=-" HUGE, 10, PART, 0, 9},
    /* 14.1.2: nothing of it is there */
    {"Range: bytes=10-", 10, WRONG},
    {"Range: bytes=10-12", 10, WRONG},
    {"Range: bytes=-0", 10, WRONG},
    {"Range: bytes=" HUGE "-", 10, WRONG},
    {"Range: bytes=" HUGE "-" HUGE, 10, WRONG},
    {"Range: bytes=18446744073709551616-", 10, WRONG}, /* 2^64 is not 0 */
    {"Range: bytes=18446744073709551617-18446744073709551618", 10, WRONG},
    /* an empty answer */
    {"Range: bytes=0-", 0, WRONG},
    {"Range: bytes=0-0", 0, WRONG},
    {"Range: bytes=-0", 0, WRONG},
    {"Range: bytes=-1", 0, NONE},
    /* 5.6.1: empty members of the list */
    {"Range: bytes=,2-4", 10, PART, 2, 4},
    {"Range: bytes=2-4 , ,", 10, PART, 2, 4},
    /* 14.2: ranges that we do not answer are read over */
    {"Range: bytes=0-0,2-4", 10, NONE},
    {"Range: bytes=0-0, -1", 10, NONE},
    {"Range: bytes=2-4|Range: bytes=2-4", 10, NONE},
    {"Range: lines=2-4", 10, NONE},
    {"Range: byte=2-4", 10, NONE},
    {"Range: bytess=2-4", 10, NONE},
    /* 14.1.1, 14.2: and so is what is malformed */
    {"Range: bytes=4-2", 10, NONE},
    {"Range: bytes=" HUGE "-4", 10, NONE},
    {"Range:", 10, NONE},
    {"Range: bytes", 10, NONE},
    {"Range: bytes=", 10, NONE},
    {"Range: bytes=-", 10, NONE},
    {"Range: bytes=,", 10, NONE},
    {"Range: bytes=2", 10, NONE},
    {"Range: bytes=--4", 10, NONE},
    {"Range: bytes=2--4", 10, NONE},
    {"Range: bytes=+2-4", 10, NONE},
    {"Range: bytes=2-4x", 10, NONE},
    {"Range: bytes=2-x", 10, NONE},
    {"Range: bytes=x-4", 10, NONE},
    {"Range: bytes=0x2-4", 10, NONE},
    {"Range: bytes=2 -4", 10, NONE},
    {"Range: bytes=2- 4", 10, NONE},
    {"Range: bytes= 2-4", 10, NONE},
    {"Range: bytes =2-4", 10, NONE},
    {"Range: bytes:2-4", 10, NONE},
    {"Range: 2-4", 10, NONE},
};

static void check_range(const struct wats_headers *request,
                        const struct wats_headers *stored, size_t i)
{
  struct wats_byte_range got;
  int before = test_bad_checks;
  memset(&got, 0x5a, sizeof got);
  wats_byte_range_read(request, stored, ranges[i].length, &got);
  CHECK_INT(got.kind, ranges[i].kind);
  CHECK_INT(got.first, ranges[i].first);
  CHECK_INT(got.last, ranges[i].last);
  if (test_bad_checks != before) printf("row %s\n", ranges[i].request);
}

static void test_ranges(void)
{
  struct wats_headers stored;
  size_t i;
  fill(&stored, "");
  for (i = 0; i < sizeof ranges / sizeof *ranges; i++) {
    struct wats_headers request;
    fill(&request, ranges[i].request);
    check_range(&request, &stored, i);
    CHECK(wats_byte_range_asked(&request) == (i > 0));
    wats_headers_free(&request);
  }
  check_range(NULL, &stored, 0);
  CHECK(!wats_byte_range_asked(NULL));
  wats_headers_free(&stored);
}

/* 13.1.5: does the range count? */
static const struct {
  const char *if_range, *stored;
  bool counts;
} conditions[] = {
    {"If-Range: \"a\"", "ETag: \"a\"", true},
    {"If-Range: \"a,b \"", "ETag: \"a,b \"", true},
    {"If-Range: \"a\"", "ETag: \"b\"", false},
    {"If-Range: \"a\"", "", false},
    {"If-Range: \"a\"", "Last-Modified: " T "|Date: " T_1S_ON, false},
    /* 13.1.5: strong comparison */
    {"If-Range: W/\"a\"", "ETag: W/\"a\"", false},
    {"If-Range: W/\"a\"", "ETag: \"a\"", false},
    {"If-Range: \"a\"", "ETag: W/\"a\"", false},
    /* one tag or one date, and well-formed */
    {"If-Range: a", "ETag: a", false},
    {"If-Range:", "ETag:", false},
    {"If-Range: *", "ETag: \"a\"", false},
    {"If-Range: \"a\", \"b\"", "ETag: \"a\"", false},
    {"If-Range: \"a\"|If-Range: \"a\"", "ETag: \"a\"", false},
    {"If-Range: \"a\"", "ETag: \"a\"|ETag: \"a\"", false},
    /* 8.8.2.2: a second between them makes the date strong */
    {"If-Range: " T, "Last-Modified: " T "|Date: " T_1S_ON, true},
    {"If-Range: " T, "Last-Modified: " T "|Date: " T, false},
    {"If-Range: " T_1S_ON, "Last-Modified: " T_1S_ON "|Date: " T, false},
    {"If-Range: " T, "Last-Modified: " T, false},
    {"If-Range: " T, "Last-Modified: " T "|Date: x", false},
    {"If-Range: " T, "Last-Modified: " T "|Date: " T_1S_ON "|Date: " T_1S_ON,
     false},
    {"If-Range: " T, "Date: " T_1S_ON, false},
    {"If-Range: " T, "ETag: \"a\"|Date: " T_1S_ON, false},
    /* 13.1.5: exactly this date; later is not good enough */
    {"If-Range: " T_1S_ON, "Last-Modified: " T "|Date: " T_1S_ON, false},
    {"If-Range: " T_850, "Last-Modified: " T_850 "|Date: " T_1S_ON, true},
    {"If-Range: " T_850, "Last-Modified: " T_850 "|Date: " T, false},
    {"If-Range: " T_850, "Last-Modified: " T_850 "|Date: " T_850, false},
    {"If-Range: " T_850, "Last-Modified: " T_850 "|Date: " T_ASCTIME, false},
    {"If-Range: " T_850, "Last-Modified: " T "|Date: " T_1S_ON, false},
    {"If-Range: x", "Last-Modified: x|Date: " T_1S_ON, false},
};

static void test_if_range(void)
{
  size_t i;
  for (i = 0; i < sizeof conditions / sizeof *conditions; i++) {
    struct wats_headers request, stored;
    struct wats_byte_range got;
    fill(&request, conditions[i].if_range);
    fill(&stored, conditions[i].stored);
    CHECK_INT(wats_headers_add(&request, "Range", 5, "bytes=-0", 8), WATS_OK);
    wats_byte_range_read(&request, &stored, 10, &got);
    if ((got.kind != WATS_RANGE_NONE) != conditions[i].counts)
      printf("row %s / %s\n", conditions[i].if_range, conditions[i].stored);
    CHECK_INT(got.kind, conditions[i].counts ? WATS_RANGE_UNSATISFIABLE
                                             : WATS_RANGE_NONE);
    wats_headers_free(&request);
    wats_headers_free(&stored);
  }
}

int main(void)
{
  RUN(test_ranges);
  RUN(test_if_range);
  return test_report();
}
