/*
** test_write_guard.c - what a write makes stale, and for whom.
*/
#include "core/write_guard.h"

#include <stdio.h>

#include "test.h"

#define NF WATS_NO_FAMILY

static struct wats_write_guard guard;

static enum wats_guard_state state(int family, const char *path, uint64_t since)
{
  enum wats_guard_state s =
      wats_write_guard_state(&guard, family, path, strlen(path), since);
  /* quick may not know, but must never say clear where it is not so */
  if (wats_write_guard_quick(&guard, family, since))
    CHECK_INT(s, WATS_GUARD_CLEAR);
  return s;
}

static bool may_store(int family, const char *path, uint64_t since)
{
  return wats_write_guard_may_store(&guard, family, path, strlen(path), since);
}

static struct wats_cache_write begin(uint64_t families, const char *path)
{
  struct wats_cache_write w;
  wats_write_guard_begin(&guard, families, path, strlen(path), &w);
  return w;
}

static uint64_t now(void)
{
  return wats_write_guard_sequence(&guard);
}

static void test_quiet_guard_allows_all(void)
{
  wats_write_guard_init(&guard);
  CHECK_INT(state(3, "/a", now()), WATS_GUARD_CLEAR);
  CHECK(may_store(3, "/a", now()));
  CHECK(wats_write_guard_quick(&guard, NF, now()));
}

static void test_family_write_suspends_and_bars(void)
{
  struct wats_cache_write w;
  uint64_t before, meanwhile;
  wats_write_guard_init(&guard);
  before = now();
  w = begin(UINT64_C(1) << 3, "/a");
  meanwhile = now();
  CHECK_INT(state(3, "/a", before), WATS_GUARD_SUSPENDED);
  CHECK_INT(state(4, "/a", before), WATS_GUARD_CLEAR);
  CHECK_INT(state(NF, "/a", before), WATS_GUARD_CLEAR);
  CHECK(!may_store(3, "/a", before));
  CHECK(!may_store(3, "/a", meanwhile));
  CHECK(may_store(4, "/a", before));
  wats_write_guard_end(&guard, &w, false);
  CHECK_INT(state(3, "/a", before), WATS_GUARD_CLEAR);
  CHECK(!may_store(3, "/a", before));
  CHECK(!may_store(3, "/a", meanwhile));
  CHECK(may_store(3, "/a", now()));
}

static void test_second_end_does_nothing(void)
{
  struct wats_cache_write a, b;
  wats_write_guard_init(&guard);
  a = begin(2, "");
  b = begin(2, "");
  wats_write_guard_end(&guard, &a, true);
  wats_write_guard_end(&guard, &a, true);
  CHECK_INT(state(1, "/x", now()), WATS_GUARD_SUSPENDED);
  wats_write_guard_end(&guard, &b, true);
  CHECK_INT(state(1, "/x", now()), WATS_GUARD_CLEAR);
  a = begin(0, "/x");
  b = begin(0, "/x");
  wats_write_guard_end(&guard, &a, false);
  wats_write_guard_end(&guard, &a, true);
  CHECK_INT(state(1, "/x", 1), WATS_GUARD_SUSPENDED);
  wats_write_guard_end(&guard, &b, false);
  CHECK_INT(state(1, "/x", 1), WATS_GUARD_CLEAR);
}

/* wats_api 5, row 8: substring and case errors, both ways */
static const struct {
  const char *written, *read;
  bool concerned;
} paths[] = {
    {"/api/Product", "/api/Product", true},
    {"/api/Product", "/api/Product/PN-1", true},
    {"/api/Product", "/api/Product/PN-1/A", true},
    {"/api/Product", "/api/Production", false},
    {"/api/Product", "/api/Products", false},
    {"/api/Product", "/api", false},
    {"/api/Product/PN-1", "/api/Product", false},
    {"/api/Product/PN-1", "/api/Product/PN-10", false},
    {"/api/Product/", "/api/Product", true},
    {"/api/Product", "/api/Product/", true},
    {"/api//Product", "/api/Product/x", true},
    {"/API/product", "/api/Product/x", true},
    {"/api/%50roduct", "/api/Product/x", true},
    {"/api/a%2fb", "/api/a%2Fb", true},
    {"/api/a%2fb", "/api/a/b", false},
    {"/api/a%", "/api/a%", true},
    {"/api/a%4", "/api/a%4/b", true},
    {"/", "/api/Product", true},
    {"", "/api/Product", true},
    {"api", "/api/Product", true},
};

static void test_paths_on_segment_borders(void)
{
  size_t i;
  for (i = 0; i < sizeof paths / sizeof *paths; i++) {
    const char *written = paths[i].written, *read = paths[i].read;
    struct wats_cache_write w;
    uint64_t before;
    bool bad = test_bad_checks > 0;
    wats_write_guard_init(&guard);
    before = now();
    CHECK(wats_path_is_below(read, strlen(read), written, strlen(written)) ==
          paths[i].concerned);
    w = begin(0, written);
    CHECK_INT(state(NF, read, before),
              paths[i].concerned ? WATS_GUARD_SUSPENDED : WATS_GUARD_CLEAR);
    CHECK(may_store(NF, read, now()) == !paths[i].concerned);
    wats_write_guard_end(&guard, &w, true);
    CHECK_INT(state(NF, read, before),
              paths[i].concerned ? WATS_GUARD_DROPPED : WATS_GUARD_CLEAR);
    CHECK(may_store(NF, read, before) == !paths[i].concerned);
    CHECK(may_store(NF, read, now()));
    CHECK_INT(state(NF, read, now()), WATS_GUARD_CLEAR);
    if (!bad && test_bad_checks) printf("row %s %s\n", written, read);
  }
}

static void test_failed_path_write_lets_serve_again(void)
{
  struct wats_cache_write w;
  uint64_t before;
  wats_write_guard_init(&guard);
  before = now();
  w = begin(0, "/x");
  wats_write_guard_end(&guard, &w, false);
  CHECK_INT(state(NF, "/x/1", before), WATS_GUARD_CLEAR);
  CHECK(!may_store(NF, "/x/1", before));
}

/* A known family's answers also fall to an unknown write above them. */
static void test_path_write_concerns_families_too(void)
{
  struct wats_cache_write w;
  wats_write_guard_init(&guard);
  w = begin(0, "/api/Product");
  CHECK_INT(state(3, "/api/Product/1", 1), WATS_GUARD_SUSPENDED);
  wats_write_guard_end(&guard, &w, true);
  CHECK_INT(state(3, "/api/Product/1", 1), WATS_GUARD_DROPPED);
}

/* More paths than marks: what is forgotten must only ever drop too much. */
static void test_full_table_forgets_nothing(void)
{
  enum { PATHS = WATS_GUARD_MARKS * 5 };
  char path[32];
  uint64_t before;
  int i, clear = 0;
  wats_write_guard_init(&guard);
  before = now();
  for (i = 0; i < PATHS; i++) {
    struct wats_cache_write w;
    snprintf(path, sizeof path, "/api/x/%d", i);
    w = begin(0, path);
    wats_write_guard_end(&guard, &w, true);
  }
  for (i = 0; i < PATHS; i++) {
    snprintf(path, sizeof path, "/api/x/%d", i);
    CHECK_INT(state(NF, path, before), WATS_GUARD_DROPPED);
    CHECK(!may_store(NF, path, before));
  }
  CHECK(may_store(NF, "/api/x/1", now()));
  CHECK_INT(state(NF, "/api/x/1", now()), WATS_GUARD_CLEAR);
  /* a few writes leave the rest alone */
  wats_write_guard_init(&guard);
  for (i = 0; i < 20; i++) {
    struct wats_cache_write w;
    snprintf(path, sizeof path, "/api/x/%d", i);
    w = begin(0, path);
    wats_write_guard_end(&guard, &w, true);
  }
  for (i = 100; i < 200; i++) {
    snprintf(path, sizeof path, "/api/x/%d", i);
    clear += state(NF, path, 1) == WATS_GUARD_CLEAR;
  }
  CHECK_INT(clear, 100);
}

/* More writes in flight than marks: all suspended until the last has ended. */
static void test_full_table_of_writes_in_flight(void)
{
  enum { WRITES = WATS_GUARD_MARKS * 2 };
  static struct wats_cache_write w[WRITES];
  char path[32];
  uint64_t before;
  int i;
  wats_write_guard_init(&guard);
  before = now();
  for (i = 0; i < WRITES; i++) {
    snprintf(path, sizeof path, "/w/%d", i);
    w[i] = begin(0, path);
  }
  for (i = 0; i < WRITES; i++) {
    snprintf(path, sizeof path, "/w/%d/x", i);
    CHECK_INT(state(NF, path, now()), WATS_GUARD_SUSPENDED);
  }
  for (i = 0; i < WRITES; i++) {
    wats_write_guard_end(&guard, &w[i], true);
    snprintf(path, sizeof path, "/w/%d/x", i);
    CHECK(state(NF, path, before) == WATS_GUARD_DROPPED);
  }
  CHECK_INT(state(NF, "/w/1/x", now()), WATS_GUARD_CLEAR);
  CHECK(may_store(NF, "/w/1/x", now()));
}

static void test_drop_all(void)
{
  uint64_t before;
  wats_write_guard_init(&guard);
  before = now();
  wats_write_guard_drop_all(&guard);
  CHECK_INT(state(NF, "/x", before), WATS_GUARD_DROPPED);
  CHECK_INT(state(5, "/y", before), WATS_GUARD_DROPPED);
  CHECK(!may_store(5, "/y", before));
  CHECK(may_store(5, "/y", now()));
}

int main(void)
{
  RUN(test_quiet_guard_allows_all);
  RUN(test_family_write_suspends_and_bars);
  RUN(test_second_end_does_nothing);
  RUN(test_paths_on_segment_borders);
  RUN(test_failed_path_write_lets_serve_again);
  RUN(test_path_write_concerns_families_too);
  RUN(test_full_table_forgets_nothing);
  RUN(test_full_table_of_writes_in_flight);
  RUN(test_drop_all);
  return test_report();
}
