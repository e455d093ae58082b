/*
** test_vary.c - RFC 9111, section 4.1.
*/
#include "core/vary.h"

#include "core/alloc.h"
#include "field_text.h"

static const struct {
  const char *vary, *stored, *asked;
  bool match;
} rows[] = {
    {"", "A: 1", "A: 2", true},
    {"Vary: A", "A: 1", "A: 1", true},
    {"Vary: A", "A: 1", "A: 2", false},
    {"Vary: A", "A: 1", "A: 12", false},
    {"Vary: A", "A: 12", "A: 1", false},
    {"Vary: a", "A: 1", "a: 1", true},
    {"Vary: A", "A: 1", "A: 1|B: 2", true},
    {"Vary: A, B", "A: 1|B: 2", "B: 2|A: 1", true},
    {"Vary: A, B", "A: 1|B: 2", "A: 1|B: 3", false},
    {"Vary: A|Vary: B", "A: 1|B: 2", "A: 1|B: 3", false},
    {"Vary: ,A ,, B,", "A: 1|B: 2", "A: 1|B: 3", false},
    /* absent matches only absent */
    {"Vary: A", "", "", true},
    {"Vary: A", "", "A: 1", false},
    {"Vary: A", "A: 1", "", false},
    {"Vary: A", "", "A:", false},
    {"Vary: A", "A:", "A:", true},
    {"Vary: A", "A: -", "", false},
    {"Vary: A", "", "A: -", false},
    /* lines are one list, space round commas does not count */
    {"Vary: A", "A: 1, 2", "A: 1,2", true},
    {"Vary: A", "A: 1,2", "A: 1 \t, \t2", true},
    {"Vary: A", "A: 1, 2", "A: 1|A: 2", true},
    {"Vary: A", "A: 1, 2", "A: 2, 1", false},
    {"Vary: A", "A: 1 2", "A: 1  2", true},
    {"Vary: A", "A: 1 2", "A: 12", false},
    {"Vary: A", "A: \"1 , 2\"", "A: \"1,2\"", false},
    {"Vary: A", "A: \"x\" , y", "A: \"x\",y", true},
    /* values compare with case, those of the Accept fields without */
    {"Vary: A", "A: X", "A: x", false},
    {"Vary: Accept-Language", "Accept-Language: EN, de",
     "accept-language: en,de", true},
    {"Vary: Accept-Language", "Accept-Language: en", "Accept-Language: de",
     false},
    {"Vary: Accept", "Accept: application/json", "Accept: application/xml",
     false},
    /* several lines of a quoted text that is never closed */
    {"Vary: A", "A: \"1|A: 2 , 3", "A: \"1|A: 2,3", true},
    {"Vary: A", "A: \"1 , 2|A: 3", "A: \"1,2|A: 3", false},
};

#define VL "Vary: Accept-Language"
#define VE "Vary: Accept-Encoding"
#define VC "Vary: Accept-Charset"
#define L  "Accept-Language: "
#define E  "Accept-Encoding: "
#define C  "Accept-Charset: "

/* 4.1: fields whose meaning is known. These hold in both directions. */
static const struct {
  const char *vary, *a, *b;
  bool match;
} weighted[] = {
    /* letter case and space */
    {VL, L "en, de", L "eN, De", true},
    {VL, L "en, de", L " en ,   de", true},
    {VL, L "en;q=0.5", L "en ; q=0.5", true},
    {VL, L "en;q=0.5", L "en;\tQ=0.5", true},
    {VL, L "en,, de,", L "en, de", true},
    {VL, L "en, de", L "en|" L "de", true},
    /* RFC 9110, 12.5.4: order among equals cannot be relied upon */
    {VL, L "en, de", L "de, en", true},
    {VL, L "en;q=0.5, de;q=0.5, fr", L "fr, de;q=0.5, en;q=0.5", true},
    {VL, L "en, de;q=0.5", L "de;q=0.5, en", true},
    {VL, L "en, de;q=0.5", L "de, en;q=0.5", false},
    {VL, L "en, de", L "en", false},
    {VL, L "en, de", L "en, fr", false},
    {VL, L "en, de", L "en-GB, de", false},
    {VL, L "en, de", L "en, de, *", false},
    {VL, L "en, de;q=0", L "en", false},
    {VL, L "en", L "en, en", false},
    {VL, L, L "en", false},
    {VL, L, L " , ", true},
    {VL, "", L, false},
    {VL, "", L "en", false},
    /* 12.4.2: q=1 says nothing, and digits have one value */
    {VL, L "en", L "en;q=1", true},
    {VL, L "en", L "en;q=1.000", true},
    {VL, L "en;q=0.5", L "en;q=0.500", true},
    {VL, L "en;q=0", L "en;q=0.0", true},
    {VL, L "en;q=0.", L "en;q=0", true},
    {VL, L "en;q=0.5", L "en;q=0.501", false},
    {VL, L "en;q=0.5", L "en;q=0.05", false},
    {VL, L "en", L "en;q=0", false},
    {VL, L "en", L "en;q=0.999", false},
    /* what is no such list is compared by its characters */
    {VL, L "en;q=2", L "en", false},
    {VL, L "en;q=1.5", L "en;q=1.500", false},
    {VL, L "en;q=0.5000", L "en;q=0.5", false},
    {VL, L "en;q=.5", L "en;q=0.5", false},
    {VL, L "en;q=", L "en", false},
    {VL, L "en;x=1", L "en", false},
    {VL, L "en de", L "de en", false},
    {VL, L "en;q=x, de", L "EN;q=x,de", true},
    {VL, L "\"en, de\"", L "\"de, en\"", false},
    /* RFC 9110, 12.5.3, 12.5.2 */
    {VE, E "gzip, deflate", E "deflate,GZip", true},
    {VE, E "gzip, br;q=0.5", E "br;q=0.5,gzip;q=1.0", true},
    {VE, E "gzip", E "gzip, deflate", false},
    {VE, E "gzip", E "identity", false},
    {VE, E "gzip", "", false},
    {VE, E, "", false},
    {VC, C "utf-8, iso-8859-1;q=0.5", C "ISO-8859-1;q=0.5, UTF-8", true},
    /* other lists keep their order */
    {"Vary: Accept", "Accept: a/b, c/d", "Accept: c/d, a/b", false},
    {"Vary: Foo", "Foo: en, de", "Foo: de, en", false},
    {"Vary: Foo", "Foo: 1,2", "Foo: 1, 2", true},
};

static bool fits(const char *response_fields, const char *stored_fields,
                 const char *asked_fields, const char *default_fields)
{
  struct wats_headers response, stored, asked, defaults;
  struct wats_buffer record;
  bool match;
  fill(&response, response_fields);
  fill(&stored, stored_fields);
  fill(&asked, asked_fields);
  fill(&defaults, default_fields);
  wats_buffer_init(&record, 0);
  CHECK_INT(wats_vary_record(&response, &stored, &defaults, &record), WATS_OK);
  match = wats_vary_matches(record.data, record.length, &asked, &defaults);
  wats_buffer_free(&record);
  wats_headers_free(&response);
  wats_headers_free(&stored);
  wats_headers_free(&asked);
  wats_headers_free(&defaults);
  return match;
}

static void test_weighted(void)
{
  size_t i;
  for (i = 0; i < sizeof weighted / sizeof *weighted; i++) {
    const char *a = weighted[i].a, *b = weighted[i].b;
    int before = test_bad_checks;
    CHECK(fits(weighted[i].vary, a, b, "") == weighted[i].match);
    CHECK(fits(weighted[i].vary, b, a, "") == weighted[i].match);
    CHECK(fits(weighted[i].vary, a, a, ""));
    CHECK(fits(weighted[i].vary, b, b, ""));
    if (test_bad_checks != before)
      printf("row %s / %s / %s\n", weighted[i].vary, a, b);
  }
}

/* More members than are sorted: compared by their characters. */
static void test_a_long_list(void)
{
  char a[300] = L "x1", b[300] = L "x1";
  size_t at = strlen(a), i;
  for (i = 0; i < 32; i++) {
    snprintf(a + at, sizeof a - at, ",a%02zu", i);
    snprintf(b + at, sizeof b - at, ",A%02zu", i);
    at += 4;
  }
  CHECK(fits(VL, a, b, ""));
  b[at - 1] = 'x';
  CHECK(!fits(VL, a, b, ""));
}

#define VLD VL "|Content-Language: de"

/* The answer is in German: for whom is that the right one? */
static const struct {
  const char *response, *stored, *asked;
  bool match;
} languages[] = {
    {VLD, L "en, de", L "fr;q=0.5, de;q=1.0", true},
    {VLD, L "en, de", L "de", true},
    {VLD, L "en, de", L "DE;q=0.1", true},
    {VLD, L "en, de", L "de, en", true},
    {VLD, L "en, de", L "EN,de", true}, /* the same request */
    {VLD, L "de, en", L "en, de", false},
    {VLD, L "en, de", L "fr, de", false}, /* there may be a French one */
    {VLD, L "en, de", L "fr;q=0.5, en, de", false},
    {VLD, L "en, de", L "de-CH, de;q=0.9", false},
    {VLD, L "en, de", L "*, de;q=0.9", false},
    {VLD, L "en, de", L "de;q=0", false},
    {VLD, L "en, de", "", false},
    {VLD, L "en, de", L "de;q=x", false},
    {VLD, "", L "de", true},
    {VLD, "", L "en", false},
    {VLD, "", "", true},
    {VL "|Content-Language: de-CH", L "en", L "de", false},
    {VL "|Content-Language: de-CH", L "en", L "de-ch, en", true},
    /* without one language nothing is known */
    {VL "|Content-Language: de, en", L "en", L "de", false},
    {VL "|Content-Language: de|Content-Language: en", L "en", L "de", false},
    {VL "|Content-Language:", L "en", L "de", false},
    {VL "|Content-Language: *", L "en", L "*", false},
    {"Vary: Foo|Content-Language: de", "Foo: en", "Foo: de", false},
    {VE "|Content-Language: gzip", E "br", E "gzip", false},
    /* all that Vary names must fit */
    {"Vary: Accept-Language, A|Content-Language: de", L "en|A: 1", L "de|A: 1",
     true},
    {"Vary: Accept-Language, A|Content-Language: de", L "en|A: 1", L "de|A: 2",
     false},
};

static void test_languages(void)
{
  size_t i;
  for (i = 0; i < sizeof languages / sizeof *languages; i++) {
    bool match = fits(languages[i].response, languages[i].stored,
                      languages[i].asked, "");
    if (match != languages[i].match)
      printf("row %s / %s / %s\n", languages[i].response, languages[i].stored,
             languages[i].asked);
    CHECK(match == languages[i].match);
  }
}

/* 4.1: * in any place means never. */
static void test_star(void)
{
  CHECK(!fits("Vary: *", "", "", ""));
  CHECK(!fits("Vary: A, *", "A: 1", "A: 1", ""));
  CHECK(!fits("Vary: A|Vary: , *", "A: 1", "A: 1", ""));
  CHECK(!fits("Vary: *", "*: 1", "*: 1", ""));
}

/* What is sent although the caller did not say it. */
static void test_defaults(void)
{
  static const char ours[] = "Accept-Encoding: gzip|User-Agent: wats";
  CHECK(fits(VE, "", "", ours));
  CHECK(fits(VE, "", E "gzip", ours));
  CHECK(fits(VE, E "GZIP", "", ours));
  CHECK(!fits(VE, "", E "br", ours));
  CHECK(!fits(VE, E "br", "", ours));
  CHECK(!fits(VE, "", E, ours));
  CHECK(!fits("Vary: user-agent", "", "User-Agent: mine", ours));
  CHECK(fits("Vary: user-agent", "User-Agent: mine", "User-Agent: mine", ours));
  CHECK(fits("Vary: Other", "", "", ours));
}

static void test_rows(void)
{
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct wats_headers response, stored, asked;
    struct wats_buffer record;
    bool match;
    fill(&response, rows[i].vary);
    fill(&stored, rows[i].stored);
    fill(&asked, rows[i].asked);
    wats_buffer_init(&record, 0);
    CHECK_INT(wats_vary_record(&response, &stored, NULL, &record), WATS_OK);
    match = wats_vary_matches(record.data, record.length, &asked, NULL);
    if (match != rows[i].match)
      printf("row %s / %s / %s\n", rows[i].vary, rows[i].stored, rows[i].asked);
    CHECK(match == rows[i].match);
    CHECK(wats_vary_matches(record.data, record.length, &stored, NULL));
    wats_buffer_free(&record);
    wats_headers_free(&response);
    wats_headers_free(&stored);
    wats_headers_free(&asked);
  }
}

static void test_no_fields_at_all(void)
{
  struct wats_headers response, asked;
  struct wats_buffer record;
  fill(&response, "Vary: A");
  fill(&asked, "A: 1");
  wats_buffer_init(&record, 0);
  CHECK_INT(wats_vary_record(&response, NULL, NULL, &record), WATS_OK);
  CHECK(wats_vary_matches(record.data, record.length, NULL, NULL));
  CHECK(!wats_vary_matches(record.data, record.length, &asked, NULL));
  CHECK(!wats_vary_matches(record.data, record.length, NULL, &asked));
  wats_buffer_free(&record);
  wats_headers_free(&response);
  wats_headers_free(&asked);
}

/* Each request of a caller who gives none is sent with a name of its own. */
static void test_names_of_requests(void)
{
  struct wats_headers response, named;
  struct wats_buffer record;
  fill(&response, "Vary: x-request-id");
  fill(&named, "X-Request-Id: 1");
  wats_buffer_init(&record, 0);
  CHECK_INT(wats_vary_record(&response, NULL, NULL, &record), WATS_OK);
  CHECK(!wats_vary_matches(record.data, record.length, NULL, NULL));
  wats_buffer_clear(&record);
  CHECK_INT(wats_vary_record(&response, &named, NULL, &record), WATS_OK);
  CHECK(wats_vary_matches(record.data, record.length, &named, NULL));
  CHECK(!wats_vary_matches(record.data, record.length, NULL, NULL));
  wats_buffer_free(&record);
  wats_headers_free(&response);
  wats_headers_free(&named);
}

static void test_memory_runs_out(void)
{
  struct wats_headers response, stored;
  struct wats_buffer record;
  enum wats_errc code = WATS_ERR_MEMORY;
  char value[600];
  long n;
  memset(value, 'v', sizeof value);
  fill(&response, "Vary: A");
  wats_headers_init(&stored, 0);
  wats_headers_add(&stored, "A", 1, value, sizeof value);
  for (n = 0; code != WATS_OK && n < 50; n++) {
    wats_buffer_init(&record, 0);
    wats_alloc_fail_after(n);
    code = wats_vary_record(&response, &stored, NULL, &record);
    wats_alloc_fail_never();
    CHECK(code == WATS_OK || code == WATS_ERR_MEMORY);
    if (code == WATS_OK)
      CHECK(wats_vary_matches(record.data, record.length, &stored, NULL));
    wats_buffer_free(&record);
  }
  CHECK_INT(code, WATS_OK);
  CHECK(n > 2);
  wats_headers_free(&response);
  wats_headers_free(&stored);
}

int main(void)
{
  RUN(test_rows);
  RUN(test_weighted);
  RUN(test_a_long_list);
  RUN(test_languages);
  RUN(test_star);
  RUN(test_defaults);
  RUN(test_no_fields_at_all);
  RUN(test_names_of_requests);
  RUN(test_memory_runs_out);
  return test_report();
}
