/*
** fuzz_cache_control.c - whatever comes, numbers stay in range, and what is
** added never makes an answer fresher.
*/
#include "core/cache_control.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_range(int64_t seconds)
{
  if (seconds < WATS_SECONDS_NONE || seconds > WATS_SECONDS_MAX) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct wats_cache_control cc;
  const char *text = (const char *)data;
  int64_t age = 0, before;
  wats_cache_control_init(&cc);
  wats_cache_control_parse(&cc, "max-age=60", 10);
  wats_cache_control_parse(&cc, text, size);
  if (cc.max_age < 0 || cc.max_age > 60) abort();
  check_range(cc.min_fresh);
  check_range(cc.max_stale);
  check_range(cc.stale_while_revalidate);
  check_range(cc.stale_if_error);
  before = cc.max_age;
  wats_cache_control_parse(&cc, text, size);
  if (cc.max_age != before) abort();
  if (wats_age_parse(text, size, &age)) check_range(age);
  return 0;
}
