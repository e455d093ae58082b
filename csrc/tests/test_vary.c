/*
** test_vary.c - RFC 9111, section 4.1.
*/
#include "core/vary.h"

#include "core/alloc.h"
#include "test.h"

/* Fields as "name: value|name: value". */
static void fill(struct wats_headers *h, const char *text)
{
  wats_headers_init(h, 0);
  while (*text) {
    size_t line = strcspn(text, "|"), name = strcspn(text, ":");
    CHECK_INT(wats_headers_add(h, text, name, text + name + 1, line - name - 1),
              WATS_OK);
    text += line + (text[line] == '|');
  }
}

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
};

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
    CHECK_INT(wats_vary_record(&response, &stored, &record), WATS_OK);
    match = wats_vary_matches(record.data, record.length, &asked);
    if (match != rows[i].match)
      printf("row %s / %s / %s\n", rows[i].vary, rows[i].stored, rows[i].asked);
    CHECK(match == rows[i].match);
    CHECK(wats_vary_matches(record.data, record.length, &stored));
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
  CHECK_INT(wats_vary_record(&response, NULL, &record), WATS_OK);
  CHECK(wats_vary_matches(record.data, record.length, NULL));
  CHECK(!wats_vary_matches(record.data, record.length, &asked));
  wats_buffer_free(&record);
  wats_headers_free(&response);
  wats_headers_free(&asked);
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
    code = wats_vary_record(&response, &stored, &record);
    wats_alloc_fail_never();
    CHECK(code == WATS_OK || code == WATS_ERR_MEMORY);
    if (code == WATS_OK)
      CHECK(wats_vary_matches(record.data, record.length, &stored));
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
  RUN(test_no_fields_at_all);
  RUN(test_memory_runs_out);
  return test_report();
}
