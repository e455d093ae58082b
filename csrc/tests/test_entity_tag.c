/*
** test_entity_tag.c - RFC 9110, sections 8.8.3 and 13.1.2.
*/
#include "core/entity_tag.h"

#include "field_text.h"

static const struct {
  const char *fields, *tag; /* NULL: none */
  bool weak;
} tags[] = {
    {"ETag: \"a\"", "a", false},
    {"etag: W/\"a\"", "a", true},
    {"ETag: \"\"", "", false}, /* 8.8.3: empty is one */
    {"ETag: \"a, b \"", "a, b ", false},
    {"ETag: \"\xe9\x80\"", "\xe9\x80", false}, /* 8.8.3: obs-text */
    {"ETag: \"a\\\"", "a\\", false},           /* nothing is escaped */
    /* broken */
    {"", NULL, false},
    {"ETag:", NULL, false},
    {"ETag: a", NULL, false},
    {"ETag: 'a'", NULL, false},
    {"ETag: \"a", NULL, false},
    {"ETag: \"", NULL, false},
    {"ETag: a\"", NULL, false},
    {"ETag: w/\"a\"", NULL, false}, /* 8.8.3: W has a case */
    {"ETag: W\"a\"", NULL, false},
    {"ETag: W/a", NULL, false},
    {"ETag: W/ \"a\"", NULL, false},
    {"ETag: W", NULL, false},
    {"ETag: \"a\" b", NULL, false},
    {"ETag: \"a\", \"b\"", NULL, false},
    {"ETag: \"a\"|ETag: \"a\"", NULL, false}, /* 5.3: no list */
};

static void test_of(void)
{
  size_t i;
  for (i = 0; i < sizeof tags / sizeof *tags; i++) {
    struct wats_headers h;
    struct wats_entity_tag tag = {NULL, 0, false};
    int before = test_bad_checks;
    fill(&h, tags[i].fields);
    CHECK(wats_entity_tag_of(&h, &tag) == (tags[i].tag != NULL));
    if (tags[i].tag) {
      CHECK_INT(tag.length, strlen(tags[i].tag));
      CHECK(memcmp(tag.at, tags[i].tag, strlen(tags[i].tag)) == 0);
      CHECK(tag.weak == tags[i].weak);
    } else {
      CHECK(!tag.at);
    }
    if (test_bad_checks != before) printf("row %s\n", tags[i].fields);
    wats_headers_free(&h);
  }
}

/* 8.8.3.2, its table and more. */
static void test_comparison(void)
{
  static const struct {
    const char *a, *b;
    bool strong, weak;
  } rows[] = {
      {"W/\"1\"", "W/\"1\"", false, true}, {"W/\"1\"", "W/\"2\"", false, false},
      {"W/\"1\"", "\"1\"", false, true},   {"\"1\"", "W/\"1\"", false, true},
      {"\"1\"", "\"1\"", true, true},      {"\"1\"", "\"2\"", false, false},
      {"\"1\"", "\"12\"", false, false},   {"\"\"", "\"\"", true, true},
      {"\"a\"", "\"A\"", false, false},
  };
  size_t i;
  for (i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct wats_entity_tag a, b;
    const char *at = rows[i].a, *bt = rows[i].b;
    CHECK(wats_entity_tag_read(&at, &a) && !*at);
    CHECK(wats_entity_tag_read(&bt, &b) && !*bt);
    CHECK(wats_entity_tag_strongly_equal(&a, &b) == rows[i].strong);
    CHECK(wats_entity_tag_weakly_equal(&a, &b) == rows[i].weak);
  }
}

static const struct {
  const char *fields;
  int found; /* for the tag "x" */
} lists[] = {
    {"", WATS_TAG_LIST_ABSENT},
    {"If-Match: \"x\"", WATS_TAG_LIST_ABSENT},
    {"If-None-Match: \"x\"", WATS_TAG_LIST_MATCH},
    {"if-none-match: W/\"x\"", WATS_TAG_LIST_MATCH},
    {"If-None-Match: \"y\"", WATS_TAG_LIST_NO_MATCH},
    {"If-None-Match: \"y\", \"x\"", WATS_TAG_LIST_MATCH},
    {"If-None-Match: \"x\",\"y\"", WATS_TAG_LIST_MATCH},
    {"If-None-Match: \"y\" \t, \"x\" ,", WATS_TAG_LIST_MATCH},
    {"If-None-Match: ,, \"x\"", WATS_TAG_LIST_MATCH}, /* 5.6.1.2 */
    {"If-None-Match: \"y\"|If-None-Match: \"x\"", WATS_TAG_LIST_MATCH},
    {"If-None-Match: \"x\"|If-None-Match: \"y\"", WATS_TAG_LIST_MATCH},
    {"If-None-Match: \"a, \"|If-None-Match: \"x\"", WATS_TAG_LIST_MATCH},
    {"If-None-Match: \"a,b\", \"x\"", WATS_TAG_LIST_MATCH},
    {"If-None-Match: \"a, *, b\"", WATS_TAG_LIST_NO_MATCH},
    {"If-None-Match: \" x\"", WATS_TAG_LIST_NO_MATCH},
    {"If-None-Match: \"x \"", WATS_TAG_LIST_NO_MATCH},
    {"If-None-Match:", WATS_TAG_LIST_NO_MATCH},
    {"If-None-Match: ,", WATS_TAG_LIST_NO_MATCH},
    {"If-None-Match: *", WATS_TAG_LIST_ANY},
    {"If-None-Match: ,*", WATS_TAG_LIST_ANY},
    /* 13.1.2: * stands alone */
    {"If-None-Match: *, \"x\"", WATS_TAG_LIST_BROKEN},
    {"If-None-Match: \"x\"|If-None-Match: *", WATS_TAG_LIST_BROKEN},
    {"If-None-Match: *|If-None-Match: *", WATS_TAG_LIST_BROKEN},
    {"If-None-Match: **", WATS_TAG_LIST_BROKEN},
    {"If-None-Match: *x", WATS_TAG_LIST_BROKEN},
    {"If-None-Match: x", WATS_TAG_LIST_BROKEN},
    {"If-None-Match: \"x\", y", WATS_TAG_LIST_BROKEN},
    {"If-None-Match: y, \"x\"", WATS_TAG_LIST_BROKEN},
    {"If-None-Match: \"x\" \"y\"", WATS_TAG_LIST_BROKEN},
    {"If-None-Match: \"x\"\"y\"", WATS_TAG_LIST_BROKEN},
    {"If-None-Match: \"x", WATS_TAG_LIST_BROKEN},
    {"If-None-Match: w/\"x\"", WATS_TAG_LIST_BROKEN},
    {"If-None-Match: \"x\"|If-None-Match: y", WATS_TAG_LIST_BROKEN},
};

static void test_lists(void)
{
  static const struct wats_entity_tag x = {"x", 1, false};
  size_t i;
  for (i = 0; i < sizeof lists / sizeof *lists; i++) {
    struct wats_headers h;
    enum wats_tag_list found, without;
    fill(&h, lists[i].fields);
    found = wats_entity_tag_look_up(&h, "if-none-match", &x);
    if ((int)found != lists[i].found) printf("row %s\n", lists[i].fields);
    CHECK_INT(found, lists[i].found);
    without = wats_entity_tag_look_up(&h, "if-none-match", NULL);
    CHECK_INT(without,
              found == WATS_TAG_LIST_MATCH ? WATS_TAG_LIST_NO_MATCH : found);
    wats_headers_free(&h);
  }
}

int main(void)
{
  RUN(test_of);
  RUN(test_comparison);
  RUN(test_lists);
  return test_report();
}
