/*
** test_cache_control.c - RFC 9111, sections 5.1 and 5.2.
*/
#include "core/cache_control.h"

#include "test.h"

#define NONE WATS_SECONDS_NONE
#define MOST WATS_SECONDS_MAX

static struct wats_cache_control parse(const char *line)
{
  struct wats_cache_control cc;
  wats_cache_control_init(&cc);
  wats_cache_control_parse(&cc, line, strlen(line));
  return cc;
}

static const struct {
  const char *line;
  int64_t max_age;
} ages[] = {
    {"", NONE},
    {"max-age=0", 0},
    {"max-age=3600", 3600},
    {"MAX-AGE=3600", 3600}, /* 5.2: names compare without case */
    {"Max-aGe=3600", 3600},
    {"max-age=003600", 3600},
    {"max-age=\"3600\"", 3600}, /* 5.2: both forms ought to be accepted */
    {", ,max-age=3600,", 3600},
    {"public,\tmax-age=3600 ", 3600},
    /* 1.2.2: large numbers saturate */
    {"max-age=2147483647", 2147483647},
    {"max-age=2147483648", MOST},
    {"max-age=99999999999", MOST},
    {"max-age=340282366920938463463374607431768211456", MOST},
    /* 4.2.1: invalid freshness information is stale */
    {"max-age=-3600", 0},
    {"max-age=+3600", 0},
    {"max-age='3600'", 0},
    {"max-age=3600.0", 0},
    {"max-age=1e3", 0},
    {"max-age=3600a", 0},
    {"max-age=a3600", 0},
    {"max-age=", 0},
    {"max-age", 0},
    {"max-age=\"\"", 0},
    {"max-age=\"36 00\"", 0},
    {"max-age =3600", 0},
    {"max-age= 3600", 0},
    {"max-age=3600 0", 0},
    {"max-age=3600; foo=bar", 0},
    {"max-age: 3600", 0},
    {"max-age=\"3600\"0", 0},
    {"max-age=\"3600", 0},
    /* 4.2.1: the smallest of several */
    {"max-age=1800, max-age=3600", 1800},
    {"max-age=3600, max-age=1800", 1800},
    {"max-age=3600, max-age=x", 0},
    /* 5.2: an extension's quoted argument holds no directives */
    {"foo=\"a, max-age=9\", max-age=3600", 3600},
    {"foo=\"a\\\", max-age=9\", max-age=3600", 3600},
    {"foo=\"a, max-age=9\"", NONE},
    {"foo=bar max-age=9", NONE},
    {"\"max-age=9\"", NONE},
    {"x-max-age=9", NONE},
    {"max-ages=9", NONE},
    {"max-ag=9", NONE},
    /* 5.2.2.10: s-maxage is for shared caches */
    {"s-maxage=9", NONE},
    {"s-maxage=9, max-age=3600", 3600},
};

static void test_max_age(void)
{
  size_t i;
  for (i = 0; i < sizeof ages / sizeof *ages; i++) {
    struct wats_cache_control cc = parse(ages[i].line);
    if (cc.max_age != ages[i].max_age) printf("row \"%s\"\n", ages[i].line);
    CHECK_INT(cc.max_age, ages[i].max_age);
    CHECK(!cc.no_store);
  }
}

/* Letters: s no-store, c no-cache, p private, P public, m must-revalidate,
** i immutable, u must-understand, o only-if-cached. */
static const struct {
  const char *line, *flags;
} flag_rows[] = {
    {"", ""},
    {"no-store", "s"},
    {"No-Store", "s"},
    {"no-cache", "c"},
    {"no-cache, no-store", "sc"},
    {"private", "p"},
    {"public", "P"},
    {"must-revalidate", "m"},
    {"immutable", "i"},       /* RFC 8246 */
    {"must-understand", "u"}, /* 5.2.2.3 */
    {"Must-Understand, no-store", "su"},
    {"only-if-cached", "o"},    /* 5.2.1.7 */
    {"no-cache=\"a, b\"", "c"}, /* 5.2.2.4 */
    {"no-cache=Set-Cookie", "c"},
    {"private=\"a, no-store\"", "p"}, /* 5.2.2.7 */
    /* what forbids counts however garbled, what permits does not */
    {"no-store=1", "s"},
    {"no-store;", "s"},
    {"no-store; x", "s"},
    {"no-cache =x", "c"},
    {"public=1", ""},
    {"public;", ""},
    {"immutable=1", ""},
    {"immutable x", ""},
    {"must-understand=1", ""},
    /* 5.2.3: unknown directives are read over */
    {"no-transform, foo, bar=\"no-store\", no-stor, no-storee", ""},
    {"foo=\"no-store\"", ""},
    {"foo='no-store", ""},
    {"foo=no-store", ""},
    {"foo no-store", ""},
    {"foo, no-store", "s"},
    {"foo=\"x\" , no-store", "s"},
    {"foo;\"a,no-store,b\"", ""},
    /* an open quote may hide anything */
    {"foo=\"a, no-store", "c"},
    {"foo \"a, max-age=1", "c"},
};

static void test_flags(void)
{
  size_t i;
  for (i = 0; i < sizeof flag_rows / sizeof *flag_rows; i++) {
    struct wats_cache_control cc = parse(flag_rows[i].line);
    char got[9];
    size_t n = 0;
    if (cc.no_store) got[n++] = 's';
    if (cc.no_cache) got[n++] = 'c';
    if (cc.is_private) got[n++] = 'p';
    if (cc.is_public) got[n++] = 'P';
    if (cc.must_revalidate) got[n++] = 'm';
    if (cc.immutable) got[n++] = 'i';
    if (cc.must_understand) got[n++] = 'u';
    if (cc.only_if_cached) got[n++] = 'o';
    got[n] = '\0';
    if (strcmp(got, flag_rows[i].flags) != 0)
      printf("row \"%s\"\n", flag_rows[i].line);
    CHECK_STR(got, flag_rows[i].flags);
  }
}

static void test_other_numbers(void)
{
  struct wats_cache_control cc;
  cc = parse("stale-while-revalidate=30, stale-if-error=600"); /* RFC 5861 */
  CHECK_INT(cc.stale_while_revalidate, 30);
  CHECK_INT(cc.stale_if_error, 600);
  cc = parse("stale-while-revalidate=x, stale-if-error");
  CHECK_INT(cc.stale_while_revalidate, 0);
  CHECK_INT(cc.stale_if_error, 0);
  cc = parse("max-stale"); /* 5.2.1.2: alone means any */
  CHECK_INT(cc.max_stale, MOST);
  cc = parse("max-stale, max-stale=5");
  CHECK_INT(cc.max_stale, 5);
  cc = parse("max-stale=x");
  CHECK_INT(cc.max_stale, 0);
  cc = parse("max-stale;");
  CHECK_INT(cc.max_stale, 0);
  cc = parse("min-fresh=5, min-fresh=9"); /* 5.2.1.3: the larger asks more */
  CHECK_INT(cc.min_fresh, 9);
  cc = parse("min-fresh=x");
  CHECK_INT(cc.min_fresh, MOST);
  cc = parse("");
  CHECK_INT(cc.min_fresh, NONE);
  CHECK_INT(cc.max_stale, NONE);
  CHECK_INT(cc.stale_while_revalidate, NONE);
  CHECK_INT(cc.stale_if_error, NONE);
}

/* RFC 9110, 5.3: several lines are one list. */
static void test_lines_add_up(void)
{
  struct wats_cache_control cc;
  wats_cache_control_init(&cc);
  wats_cache_control_parse(&cc, "max-age=60", 10);
  wats_cache_control_parse(&cc, "no-store", 8);
  wats_cache_control_parse(&cc, "max-age=90", 10);
  CHECK_INT(cc.max_age, 60);
  CHECK(cc.no_store);
}

static const struct {
  const char *line;
  int64_t seconds; /* NONE: refused */
} age_rows[] = {
    /* 5.1: the first member counts, what is invalid is ignored */
    {"0", 0},          {"7200", 7200},       {" 7200 ", 7200},
    {"7200, 0", 7200}, {"0, 7200", 0},       {"7200 ,0", 7200},
    {"007200", 7200},  {"2147483648", MOST}, {"99999999999999999999", MOST},
    {"", NONE},        {",7200", NONE},      {"a", NONE},
    {"-7200", NONE},   {"+7200", NONE},      {"7200.0", NONE},
    {"7200 a", NONE},  {"7200a, 0", NONE},   {"\"7200\"", NONE},
};

static void test_age(void)
{
  size_t i;
  for (i = 0; i < sizeof age_rows / sizeof *age_rows; i++) {
    int64_t seconds = NONE;
    bool good =
        wats_age_parse(age_rows[i].line, strlen(age_rows[i].line), &seconds);
    if (seconds != age_rows[i].seconds)
      printf("row \"%s\"\n", age_rows[i].line);
    CHECK_INT(seconds, age_rows[i].seconds);
    CHECK(good == (seconds != NONE));
  }
}

int main(void)
{
  RUN(test_max_age);
  RUN(test_flags);
  RUN(test_other_numbers);
  RUN(test_lines_add_up);
  RUN(test_age);
  return test_report();
}
