/*
** test_http_date.c - RFC 9110, section 5.6.7.
*/
#include "core/http_date.h"

#include "test.h"

#define NOW INT64_C(1700000000) /* 2023-11-14 */

struct good {
  const char *text;
  int64_t seconds;
};

static const struct good good_dates[] = {
    /* 5.6.7: the three forms of one instant */
    {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
    {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
    {"Sun Nov  6 08:49:37 1994", 784111777},
    {"Wed Nov 16 08:49:37 1994", 784975777},
    {"Sun Nov 06 08:49:37 1994", 784111777},
    /* 5.6.7: a recipient should be robust against letter case */
    {"sun, 06 nov 1994 08:49:37 gmt", 784111777},
    {"SUN, 06 NOV 1994 08:49:37 GMT", 784111777},
    {"SUNDAY, 06-NOV-94 08:49:37 GMT", 784111777},
    /* 5.6.7: second 60 exists */
    {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
    /* beyond 32 bits, before the epoch, and the ends of the form */
    {"Tue, 19 Jan 2038 03:14:08 GMT", INT64_C(2147483648)},
    {"Sun, 07 Feb 2106 06:28:16 GMT", INT64_C(4294967296)},
    {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {"Wed, 31 Dec 1969 23:59:59 GMT", -1},
    {"Sat, 01 Jan 0000 00:00:00 GMT", INT64_C(-62167219200)},
    {"Fri, 31 Dec 9999 23:59:59 GMT", INT64_C(253402300799)},
    {"Thu, 29 Feb 2024 12:00:00 GMT", 1709208000},
    {"Tue, 29 Feb 2000 12:00:00 GMT", 951825600},
    /* 5.6.7: RFC 850 years, within 50 years of now */
    {"Tuesday, 19-Jan-38 03:14:08 GMT", INT64_C(2147483648)},
    {"Sunday, 01-Jan-73 00:00:00 GMT", INT64_C(3250454400)},
    {"Tuesday, 01-Jan-74 00:00:00 GMT", 126230400},
    /* the day's name is redundant: a wrong one does not hide the date */
    {"Mon, 06 Nov 1994 08:49:37 GMT", 784111777},
};

static const char *const bad_dates[] = {
    "",
    "0",
    "-1",
    "Sun",
    "Sun,",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 ",
    "Sun, 06 Nov 1994 08:49:37 GM",
    "Sun, 06 Nov 1994 08:49:37 GMTX",
    " Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT ",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 AEST",
    "Sun, 06 Nov 1994 08:49:37 +0000",
    "Sun, 06 Nov 94 08:49:37 GMT",
    "Sun, 06 Nov 01994 08:49:37 GMT",
    "Sun 06 Nov 1994 08:49:37 GMT",
    "Sun,06 Nov 1994 08:49:37 GMT",
    "Sun,  06 Nov 1994 08:49:37 GMT",
    "Sun, 06  Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov  1994 08:49:37 GMT",
    "Sun, 06 Nov 1994  08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37  GMT",
    "Sun, 06-Nov-1994 08:49:37 GMT",
    "Sun, 06-Nov-94 08:49:37 GMT",
    "Sun, 06 Nov 1994 08.49.37 GMT",
    "Sun, 06 Nov 1994 8:49:37 GMT",
    "Sun, 06 Nov 1994 08:49 GMT",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Foo 1994 08:49:37 GMT",
    "Foo, 06 Nov 1994 08:49:37 GMT",
    "06 Nov 1994 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 31 Nov 1994 08:49:37 GMT",
    "Wed, 29 Feb 2023 12:00:00 GMT",
    "Mon, 29 Feb 2100 12:00:00 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
    "Sun, -6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov -994 08:49:37 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT",
    "Sunday, 06 Nov 94 08:49:37 GMT",
    "Sunday 06-Nov-94 08:49:37 GMT",
    "Sunday, 6-Nov-94 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 UTC",
    "Sun Nov 6 08:49:37 1994",
    "Sun Nov  6 08:49:37 94",
    "Sun Nov  6 08:49:37 1994 GMT",
    "Sun Nov   6 08:49:37 1994",
    "Sun Nov  16 08:49:37 1994",
    "Sunday Nov  6 08:49:37 1994",
    "1994-11-06T08:49:37Z",
};

static void test_parse_accepts(void)
{
  size_t i;
  for (i = 0; i < sizeof good_dates / sizeof *good_dates; i++) {
    int64_t seconds = -12345;
    const char *text = good_dates[i].text;
    if (!wats_http_date_parse(text, strlen(text), NOW, &seconds) ||
        seconds != good_dates[i].seconds)
      printf("row \"%s\"\n", text);
    CHECK_INT(seconds, good_dates[i].seconds);
  }
}

static void test_parse_refuses_and_leaves_the_output(void)
{
  size_t i;
  for (i = 0; i < sizeof bad_dates / sizeof *bad_dates; i++) {
    int64_t seconds = -12345;
    bool ok =
        wats_http_date_parse(bad_dates[i], strlen(bad_dates[i]), NOW, &seconds);
    if (ok) printf("row \"%s\"\n", bad_dates[i]);
    CHECK(!ok);
    CHECK_INT(seconds, -12345);
  }
}

static void test_parse_reads_no_byte_behind_the_length(void)
{
  static const char text[] = "Sun, 06 Nov 1994 08:49:37 GMT";
  size_t n;
  int64_t seconds;
  for (n = 0; n < sizeof text - 1; n++)
    CHECK(!wats_http_date_parse(text, n, NOW, &seconds));
}

static void test_rfc850_century_follows_now(void)
{
  static const char text[] = "Sunday, 06-Nov-10 08:49:37 GMT";
  int64_t seconds = 0;
  /* now = 2080: '10 is 2110, thirty years ahead, not 2010 */
  CHECK(wats_http_date_parse(text, sizeof text - 1, INT64_C(3471292800),
                             &seconds));
  CHECK(seconds > INT64_C(4400000000));
  /* nonsense clocks do no harm */
  CHECK(wats_http_date_parse(text, sizeof text - 1, INT64_MIN, &seconds));
  CHECK(wats_http_date_parse(text, sizeof text - 1, INT64_MAX, &seconds));
}

static void test_format(void)
{
  char out[WATS_HTTP_DATE_SIZE] = "untouched";
  CHECK(!wats_http_date_format(INT64_C(253402300800), out));
  CHECK(!wats_http_date_format(INT64_C(-62167219201), out));
  CHECK(!wats_http_date_format(INT64_MAX, out));
  CHECK(!wats_http_date_format(INT64_MIN, out));
  CHECK_STR(out, "untouched");
  CHECK(wats_http_date_format(784111777, out));
  CHECK_STR(out, "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(wats_http_date_format(-1, out));
  CHECK_STR(out, "Wed, 31 Dec 1969 23:59:59 GMT");
  CHECK(wats_http_date_format(INT64_C(-62167219200), out));
  CHECK_STR(out, "Sat, 01 Jan 0000 00:00:00 GMT");
  CHECK(wats_http_date_format(INT64_C(253402300799), out));
  CHECK_STR(out, "Fri, 31 Dec 9999 23:59:59 GMT");
}

static void test_round_trip(void)
{
  char out[WATS_HTTP_DATE_SIZE];
  int64_t s, back;
  /* a prime step walks through all days of the week, months and hours */
  for (s = INT64_C(-62167219200); s <= INT64_C(253402300799);
       s += INT64_C(15485863)) {
    back = s + 1;
    if (!wats_http_date_format(s, out) ||
        !wats_http_date_parse(out, strlen(out), NOW, &back) || back != s) {
      CHECK_INT(back, s);
      return;
    }
  }
}

int main(void)
{
  RUN(test_parse_accepts);
  RUN(test_parse_refuses_and_leaves_the_output);
  RUN(test_parse_reads_no_byte_behind_the_length);
  RUN(test_rfc850_century_follows_now);
  RUN(test_format);
  RUN(test_round_trip);
  return test_report();
}
