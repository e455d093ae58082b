/*
** clock.h - time, injectable.
**
** Policy code is handed a clock, so that a test can move it. Monotonic time is
** for every deadline, age and duration; wall time only for what others must
** read (HTTP dates, report times). Both in nanoseconds.
** Any thread may read; the system clock takes no lock.
*/
#ifndef WATS_CLOCK_H
#define WATS_CLOCK_H

#include <stdint.h>

#define WATS_NS_PER_S  INT64_C(1000000000)
#define WATS_NS_PER_MS INT64_C(1000000)
/* A deadline that never comes. */
#define WATS_NEVER INT64_MAX

struct wats_clock {
  int64_t (*monotonic)(void *context); /* ns since some fixed point */
  int64_t (*wall)(void *context);      /* ns since 1970-01-01T00:00:00Z */
  void *context;
  /* ns since some point that all processes share until the machine starts
  ** anew, while it sleeps too; NULL: as monotonic */
  int64_t (*boot)(void *context);
};

extern const struct wats_clock wats_system_clock;

static inline int64_t wats_clock_monotonic(const struct wats_clock *clock)
{
  return clock->monotonic(clock->context);
}

static inline int64_t wats_clock_wall(const struct wats_clock *clock)
{
  return clock->wall(clock->context);
}

static inline int64_t wats_clock_boot(const struct wats_clock *clock)
{
  return clock->boot ? clock->boot(clock->context)
                     : clock->monotonic(clock->context);
}

/* Names the time since the machine was started: a number that another start
** does not have. 0: the system does not say. */
uint64_t wats_clock_boot_id(void);

/* A clock that stands still until a test moves it. Not thread-safe. */
struct wats_fake_clock {
  struct wats_clock clock; /* pass &fake.clock */
  /* atomic: what goes on in the background reads it while a test moves it */
  _Atomic int64_t monotonic_ns;
  _Atomic int64_t wall_ns;
};
void wats_fake_clock_init(struct wats_fake_clock *fake, int64_t monotonic_ns,
                          int64_t wall_ns);
/* Moves both by `ns`. */
void wats_fake_clock_advance(struct wats_fake_clock *fake, int64_t ns);

/* Seconds (may be huge, infinite or negative) to the nearest ns, saturating.
** Only 0 and NaN become 0: a life span of 0 means something else than a short
** one. */
int64_t wats_seconds_to_ns(double seconds);
/* a + b without overflow: stops at WATS_NEVER. Both >= 0. */
int64_t wats_time_add(int64_t a, int64_t b);

#endif
