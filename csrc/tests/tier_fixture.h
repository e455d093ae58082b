/*
** tier_fixture.h - caches with a disk tier in the test's own directory, on the
** clock of cache_fixture.h, whose functions ask the cache that `cache` points
** to.
*/
#ifndef WATS_TIER_FIXTURE_H
#define WATS_TIER_FIXTURE_H

#include "core/cache_disk.h"

#include "cache_fixture.h"
#include "files.h"

#define MIB (UINT64_C(1) << 20)

static struct wats_cache_disk_options tier_options;

static inline const char *tier_path(void)
{
  static char path[256];
  snprintf(path, sizeof path, "%s/tier", scratch_folder());
  return path;
}

static inline enum wats_errc open_tier(struct wats_cache_disk **disk,
                                       struct wats_error *error)
{
  tier_options.path = tier_path();
  if (!tier_options.boot_id) tier_options.boot_id = 1;
  return wats_cache_disk_open(&tier_options, disk, error);
}

/* A cache on the tier; the first in a test sets the clock. */
static inline struct wats_http_cache *open_shared(void)
{
  struct wats_http_cache_options options = {.ttl_ns = 300 * S,
                                            .max_entries = 100,
                                            .max_bytes = 10 * MIB,
                                            .clock = &fake.clock};
  struct wats_error error = {WATS_OK, ""};
  struct wats_http_cache *made = NULL;
  CHECK_INT(open_tier(&options.disk, &error), WATS_OK);
  if (!options.disk) printf("%s\n", error.message);
  CHECK_INT(wats_http_cache_create(&options, &made, NULL), WATS_OK);
  wats_cache_disk_release(options.disk);
  if (!made) abort();
  return made;
}

static inline void begin_test(void)
{
  wats_fake_clock_init(&fake, 1000 * S, NOW * S);
  memset(&tier_options, 0, sizeof tier_options);
  remove_files("tier*");
}

static inline struct wats_cache_disk *tier(void)
{
  return wats_http_cache_disk(cache);
}

static inline void flush(void)
{
  CHECK(wats_cache_disk_flush(tier(), wats_clock_monotonic(&wats_system_clock) +
                                          20 * S));
}

static inline struct wats_cache_disk_stats tier_stats(void)
{
  struct wats_cache_disk_stats s;
  wats_cache_disk_stats(tier(), &s);
  return s;
}

/* All is let go, as when the process ends, and another begins. */
static inline void start_again(void)
{
  flush();
  wats_http_cache_release(cache);
  fake.monotonic_ns += 5 * S;
  fake.wall_ns += 5 * S;
  cache = open_shared();
}

/* What the tests of a build without SQLite come to. */
static inline void test_is_left_out(void)
{
  struct wats_cache_disk *disk = NULL;
  struct wats_error error;
  CHECK_INT(open_tier(&disk, &error), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "cache.path: built without SQLite");
}

#endif
