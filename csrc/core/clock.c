/*
** clock.c - see clock.h.
*/
#include "clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
  struct timespec now;
  clock_gettime(id, &now);
  return (int64_t)now.tv_sec * WATS_NS_PER_S + now.tv_nsec;
}

static int64_t system_monotonic(void *context)
{
  (void)context;
  return read_clock(CLOCK_MONOTONIC);
}

static int64_t system_wall(void *context)
{
  (void)context;
  return read_clock(CLOCK_REALTIME);
}

const struct wats_clock wats_system_clock = {system_monotonic, system_wall,
                                             NULL};

static int64_t fake_monotonic(void *context)
{
  return ((struct wats_fake_clock *)context)->monotonic_ns;
}

static int64_t fake_wall(void *context)
{
  return ((struct wats_fake_clock *)context)->wall_ns;
}

void wats_fake_clock_init(struct wats_fake_clock *fake, int64_t monotonic_ns,
                          int64_t wall_ns)
{
  fake->clock.monotonic = fake_monotonic;
  fake->clock.wall = fake_wall;
  fake->clock.context = fake;
  fake->monotonic_ns = monotonic_ns;
  fake->wall_ns = wall_ns;
}

void wats_fake_clock_advance(struct wats_fake_clock *fake, int64_t ns)
{
  fake->monotonic_ns += ns;
  fake->wall_ns += ns;
}

int64_t wats_seconds_to_ns(double seconds)
{
  double ns = seconds * 1e9;
  if (ns >= 9.2233720368547e18) return WATS_NEVER;
  if (ns <= -9.2233720368547e18) return INT64_MIN;
  if (ns > 0) return ns < 1 ? 1 : (int64_t)(ns + 0.5);
  if (ns < 0) return ns > -1 ? -1 : (int64_t)(ns - 0.5);
  return 0; /* NaN too: it is neither */
}

int64_t wats_time_add(int64_t a, int64_t b)
{
  return a > WATS_NEVER - b ? WATS_NEVER : a + b;
}
