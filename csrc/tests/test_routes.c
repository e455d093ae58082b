/*
** test_routes.c - matching, spelling, precedence, bad templates, short memory,
** and a random comparison with a matcher that tries every template.
*/
#include <string.h>

#include "core/alloc.h"
#include "core/routes.h"
#include "test.h"

static enum wats_errc add(struct wats_routes *routes, const char *method,
                          const char *path)
{
  struct wats_operation operation = {0};
  struct wats_error error;
  operation.method = method;
  operation.path = path;
  operation.family = WATS_NO_FAMILY;
  return wats_routes_add(routes, &operation, &error);
}

/* The template that matches, or "-"; `canonical` gets the spelling. */
static const char *match(struct wats_routes *routes, const char *method,
                         const char *path, char *canonical, size_t size)
{
  struct wats_buffer out;
  const struct wats_operation *operation;
  wats_buffer_init(&out, 0);
  operation = wats_routes_match(routes, method, path, strlen(path), &out);
  snprintf(canonical, size, "%.*s", (int)out.length, out.data ? out.data : "");
  wats_buffer_free(&out);
  return operation ? operation->path : "-";
}

#define CHECK_MATCH(method, path, template, spelling)                          \
  do {                                                                         \
    char spelled_[256];                                                        \
    CHECK_STR(match(routes, method, path, spelled_, sizeof spelled_),          \
              template);                                                       \
    CHECK_STR(spelled_, spelling);                                             \
  } while (0)

static struct wats_routes *sample(void)
{
  static const char *const table[][2] = {
      {"GET", "/api/Product/{partNumber}"},
      {"GET", "/api/Product/{partNumber}/{revision}"},
      {"GET", "/api/Product/Query"},
      {"PUT", "/api/Product/BOM"},
      {"PUT", "/api/Product"},
      {"GET", "/api/Asset/{assetId}"},
      {"GET", "/api/Asset/{serialNumber}"},
      {"POST", "/api/Report/WSJF"},
      {"GET", "/api/Report/Wsjf/{id}"},
      {"GET", "/api/SCIM/v2/Users/{id}"},
      {"GET", "/api/SCIM/v2/Users/userName={userName}"},
      {"GET", "/api/SCIM/v2/Users/user{rest}"},
      {"GET", "/api/SCIM/v2/Users/{id}/Groups"},
  };
  struct wats_routes *routes = wats_routes_create();
  size_t i;
  for (i = 0; i < sizeof table / sizeof *table; i++)
    CHECK_INT(add(routes, table[i][0], table[i][1]), WATS_OK);
  return routes;
}

static void matches_and_spells(void)
{
  struct wats_routes *routes = sample();
  CHECK_INT(wats_routes_count(routes), 12);
  CHECK_MATCH("GET", "/api/Product/PN-1", "/api/Product/{partNumber}",
              "/api/Product/PN-1");
  CHECK_MATCH("GET", "/API/product/pn%2f1", "/api/Product/{partNumber}",
              "/api/Product/pn%2f1");
  CHECK_MATCH("GET", "/api/%50rodu%63t/A/b",
              "/api/Product/{partNumber}/{revision}", "/api/Product/A/b");
  CHECK_MATCH("GET", "/api/Asset/7", "/api/Asset/{assetId}", "/api/Asset/7");
  CHECK_MATCH("POST", "/api/report/wsjf", "/api/Report/WSJF",
              "/api/Report/WSJF");
  CHECK_MATCH("GET", "/api/report/WSJF/1f", "/api/Report/Wsjf/{id}",
              "/api/Report/Wsjf/1f");
  CHECK_MATCH("GET", "/api/Product/PN-1//", "/api/Product/{partNumber}",
              "/api/Product/PN-1//");
  wats_routes_destroy(routes);
}

static void precedence(void)
{
  struct wats_routes *routes = sample();
  CHECK_MATCH("GET", "/api/Product/query", "/api/Product/Query",
              "/api/Product/Query");
  /* The literal has no GET, so the parameter takes it. */
  CHECK_MATCH("GET", "/api/Product/BOM", "/api/Product/{partNumber}",
              "/api/Product/BOM");
  /* A literal that leads nowhere is left again. */
  CHECK_MATCH("GET", "/api/Product/query/x",
              "/api/Product/{partNumber}/{revision}", "/api/Product/query/x");
  CHECK_MATCH("GET", "/api/scim/V2/users/USERNAME=Bob",
              "/api/SCIM/v2/Users/userName={userName}",
              "/api/SCIM/v2/Users/userName=Bob");
  CHECK_MATCH("GET", "/api/scim/v2/users/username%3dBob",
              "/api/SCIM/v2/Users/userName={userName}",
              "/api/SCIM/v2/Users/userName=Bob");
  CHECK_MATCH("GET", "/api/SCIM/v2/Users/userNam",
              "/api/SCIM/v2/Users/user{rest}", "/api/SCIM/v2/Users/userNam");
  /* A prefix alone leaves nothing for its parameter. */
  CHECK_MATCH("GET", "/api/SCIM/v2/Users/user", "/api/SCIM/v2/Users/{id}",
              "/api/SCIM/v2/Users/user");
  CHECK_MATCH("GET", "/api/SCIM/v2/Users/userName=B/groups",
              "/api/SCIM/v2/Users/{id}/Groups",
              "/api/SCIM/v2/Users/userName=B/Groups");
  wats_routes_destroy(routes);
}

static void not_in_the_table(void)
{
  static const char *const paths[] = {"",
                                      "/",
                                      "api/Product/x",
                                      "/api//Product/x",
                                      "/api/Prod",
                                      "//",
                                      "/api/Production/x",
                                      "/api/Product/x/y/z",
                                      "/api/Produc%",
                                      "/api/Produc%7",
                                      "/api/Produc%zz/x",
                                      "/api"};
  struct wats_routes *routes = sample();
  char spelled[64];
  size_t i;
  for (i = 0; i < sizeof paths / sizeof *paths; i++) {
    CHECK_STR(match(routes, "GET", paths[i], spelled, sizeof spelled), "-");
    CHECK_STR(spelled, paths[i]);
  }
  CHECK_MATCH("get", "/api/Product/x", "-", "/api/Product/x");
  CHECK_MATCH("DELETE", "/api/Product/x", "-", "/api/Product/x");
  CHECK(wats_routes_match(routes, "PUT", "/api/product", 12, NULL) != NULL);
  wats_routes_destroy(routes);
}

static void keeps_a_copy(void)
{
  char method[] = "GET", path[] = "/a/{b}";
  struct wats_operation operation = {
      method, path, WATS_VOLATILITY_LIVE, true, true, true, 7, 3, 5};
  struct wats_routes *routes = wats_routes_create();
  const struct wats_operation *found;
  CHECK_INT(wats_routes_add(routes, &operation, NULL), WATS_OK);
  memset(method, 'x', 3);
  memset(path, 'x', 6);
  found = wats_routes_match(routes, "GET", "/A/1", 4, NULL);
  CHECK(found && found->volatility == WATS_VOLATILITY_LIVE &&
        found->side_effects && found->idempotent && found->pure_query);
  CHECK(found && found->family == 7 && found->domain == 3 && found->stale == 5);
  CHECK_STR(found ? found->method : NULL, "GET");
  wats_routes_destroy(routes);
}

static void refuses_malformed(void)
{
  static const char *const bad[] = {
      "",      "/",      "a",    "/a/",       "//a",     "/a//b", "/{",
      "/{}",   "/{a",    "/a}",  "/{a}b",     "/{a}{b}", "/a b",  "/a?b",
      "/a%20", "/{a b}", "/x{}", "/\xc3\xa5", "/a#b",    "/{a}/", "/a\n"};
  static const char *const methods[] = {"", "get", "GE T", "G{T"};
  struct wats_operation operation = {0};
  struct wats_routes *routes = wats_routes_create();
  struct wats_error error;
  char deep[2 * WATS_ROUTES_MAX_SEGMENTS + 3] = "";
  size_t i;
  for (i = 0; i < sizeof bad / sizeof *bad; i++) {
    if (add(routes, "GET", bad[i]) != WATS_ERR_ARGUMENT)
      printf("taken: \"%s\"\n", bad[i]);
    CHECK_INT(add(routes, "GET", bad[i]), WATS_ERR_ARGUMENT);
  }
  for (i = 0; i < sizeof methods / sizeof *methods; i++)
    CHECK_INT(add(routes, methods[i], "/a"), WATS_ERR_ARGUMENT);
  for (i = 0; i < WATS_ROUTES_MAX_SEGMENTS; i++)
    memcpy(deep + 2 * i, "/a", 3);
  CHECK_INT(add(routes, "GET", deep), WATS_OK);
  memcpy(deep + 2 * i, "/a", 3);
  CHECK_INT(add(routes, "GET", deep), WATS_ERR_ARGUMENT);
  operation.method = "GET";
  operation.path = "/f";
  operation.family = WATS_MAX_FAMILIES;
  CHECK_INT(wats_routes_add(routes, &operation, &error), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "/f: volatility, family or domain out of range");
  operation.family = 0;
  operation.domain = WATS_MAX_DOMAINS + 1;
  CHECK_INT(wats_routes_add(routes, &operation, NULL), WATS_ERR_ARGUMENT);
  operation.domain = -1;
  CHECK_INT(wats_routes_add(routes, &operation, NULL), WATS_ERR_ARGUMENT);
  operation.domain = WATS_NO_DOMAIN;
  operation.stale = UINT64_C(1) << WATS_MAX_FAMILIES;
  CHECK_INT(wats_routes_add(routes, &operation, NULL), WATS_ERR_ARGUMENT);
  CHECK_INT(wats_routes_count(routes), 1);
  wats_routes_destroy(routes);
}

/* --- against a matcher that tries them all ------------------------------- */

static int rank(const char *segment)
{
  const char *brace = strchr(segment, '{');
  if (!brace) return 1000;
  return (int)(brace - segment);
}

static char lower(char c)
{
  return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool fits(const char *pattern, const char *segment)
{
  while (*pattern && *pattern != '{') {
    if (lower(*pattern++) != lower(*segment++)) return false;
  }
  return *pattern ? *segment != '\0' : *segment == '\0';
}

/* 1 a is better, -1 b is better, 0 neither (same shape). */
static int better(char a[][16], char b[][16], size_t count)
{
  size_t i;
  for (i = 0; i < count; i++)
    if (rank(a[i]) != rank(b[i])) return rank(a[i]) > rank(b[i]) ? 1 : -1;
  return 0;
}

static size_t cut(const char *path, char out[][16])
{
  size_t count = 0;
  while (*path) {
    size_t length = strcspn(path + 1, "/");
    memcpy(out[count], path + 1, length);
    out[count++][length] = '\0';
    path += 1 + length;
  }
  return count;
}

static const char *naive(char templates[][80], size_t n, const char *path)
{
  char wanted[8][16], best[8][16], these[8][16];
  const char *found = NULL;
  size_t count = cut(path, wanted), i, j;
  for (i = 0; i < n; i++) {
    if (cut(templates[i], these) != count) continue;
    for (j = 0; j < count && fits(these[j], wanted[j]); j++)
      continue;
    if (j < count) continue;
    if (found && better(these, best, count) <= 0) continue;
    found = templates[i];
    memcpy(best, these, sizeof best);
  }
  return found ? found : "-";
}

static unsigned next_random(unsigned below)
{
  static uint32_t state = 20240501;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % below;
}

static void random_path(char *out, bool template)
{
  static const char *const literals[] = {"a", "B", "ab", "Abc", "a=1", "x"};
  static const char *const others[] = {"{p}", "{q}", "a={p}", "ab{p}", "a{q}"};
  unsigned count = 1 + next_random(5), i;
  for (i = 0; i < count; i++) {
    const char *piece = template && next_random(2) ? others[next_random(5)]
                                                   : literals[next_random(6)];
    out += snprintf(out, 16, "/%s", piece);
  }
}

static void agrees_with_the_naive_matcher(void)
{
  unsigned round, i;
  for (round = 0; round < 300; round++) {
    char templates[40][80], path[80], spelled[80];
    struct wats_routes *routes = wats_routes_create();
    unsigned n = 1 + next_random(40);
    for (i = 0; i < n; i++) {
      random_path(templates[i], true);
      CHECK_INT(add(routes, "GET", templates[i]), WATS_OK);
    }
    for (i = 0; i < 60; i++) {
      const char *got, *expected;
      random_path(path, false);
      got = match(routes, "GET", path, spelled, sizeof spelled);
      expected = naive(templates, n, path);
      CHECK_STR(got, expected);
      CHECK_INT(strlen(spelled), strlen(path));
    }
    wats_routes_destroy(routes);
  }
}

static void survives_short_memory(void)
{
  long n;
  for (n = 0; n < 60; n++) {
    struct wats_routes *routes;
    enum wats_errc first, second;
    wats_alloc_fail_after(n);
    routes = wats_routes_create();
    if (!routes) {
      wats_alloc_fail_never();
      continue;
    }
    first = add(routes, "GET", "/api/x={a}/{b}/C");
    second = add(routes, "PUT", "/api/x={a}/{b}/D");
    wats_alloc_fail_never();
    CHECK(first == WATS_OK || first == WATS_ERR_MEMORY);
    CHECK_INT(wats_routes_count(routes),
              (first == WATS_OK) + (second == WATS_OK));
    CHECK(!wats_routes_match(routes, "GET", "/api/x=1/2/c", 12, NULL) ==
          (first != WATS_OK));
    CHECK_INT(add(routes, "GET", "/api/x={a}/{b}/C"), WATS_OK);
    CHECK_INT(add(routes, "PUT", "/api/x={a}/{b}/D"), WATS_OK);
    CHECK(wats_routes_match(routes, "PUT", "/API/X=1/2/d", 12, NULL) != NULL);
    wats_routes_destroy(routes);
  }
}

static void needs_no_memory_to_match(void)
{
  struct wats_routes *routes = sample();
  struct wats_buffer out;
  char path[] = "/api/product/1";
  wats_buffer_init(&out, 0);
  wats_alloc_fail_after(0);
  CHECK(wats_routes_match(routes, "GET", path, 14, NULL) != NULL);
  /* No room: the operation is found, the spelling is left out. */
  CHECK(wats_routes_match(routes, "GET", path, 14, &out) != NULL);
  CHECK_INT(out.length, 0);
  wats_alloc_fail_never();
  CHECK_INT(wats_buffer_append_string(&out, "GET "), WATS_OK);
  CHECK_INT(wats_buffer_reserve(&out, 14), WATS_OK);
  wats_alloc_fail_after(0);
  CHECK(wats_routes_match(routes, "GET", path, 14, &out) != NULL);
  wats_alloc_fail_never();
  CHECK_INT(out.length, 18);
  CHECK(memcmp(out.data, "GET /api/Product/1", 18) == 0);
  wats_buffer_free(&out);
  wats_routes_destroy(routes);
}

int main(void)
{
  wats_routes_destroy(NULL);
  RUN(matches_and_spells);
  RUN(precedence);
  RUN(not_in_the_table);
  RUN(keeps_a_copy);
  RUN(refuses_malformed);
  RUN(agrees_with_the_naive_matcher);
  RUN(survives_short_memory);
  RUN(needs_no_memory_to_match);
  return test_report();
}
