/*
** fuzz_cache_control.c - any two field lines give numbers in range, and a
** second line never takes back what the first forbids.
*/
#include "core/cache_control.h"

#include <string.h>

#include "fuzz.h"

static void require_in_range(int64_t seconds)
{
  REQUIRE(seconds >= WATS_SECONDS_NONE && seconds <= WATS_SECONDS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *line = (const char *)data;
  const char *end = size ? memchr(line, '\n', size) : NULL;
  size_t first = end ? (size_t)(end - line) : size;
  struct wats_cache_control one, both;
  int64_t age = -7;

  wats_cache_control_init(&one);
  wats_cache_control_parse(&one, line, first);
  both = one;
  if (end) wats_cache_control_parse(&both, end + 1, size - first - 1);
  REQUIRE(both.no_store >= one.no_store);
  REQUIRE(both.no_cache >= one.no_cache);
  REQUIRE(both.must_revalidate >= one.must_revalidate);
  REQUIRE(one.max_age == WATS_SECONDS_NONE || both.max_age <= one.max_age);
  require_in_range(both.max_age);
  require_in_range(both.min_fresh);
  require_in_range(both.max_stale);
  require_in_range(both.stale_while_revalidate);
  require_in_range(both.stale_if_error);

  if (wats_age_parse(line, first, &age))
    REQUIRE(age >= 0 && age <= WATS_SECONDS_MAX);
  else
    REQUIRE(age == -7);
  return 0;
}
