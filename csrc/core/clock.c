/*
** clock.c - see clock.h.
*/
#include "clock.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>
#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif

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

#if defined(CLOCK_BOOTTIME)
static int64_t system_boot(void *context)
{
  (void)context;
  return read_clock(CLOCK_BOOTTIME);
}
#else /* on macOS the monotonic clock goes on while the machine sleeps */
#define system_boot NULL
#endif

const struct wats_clock wats_system_clock = {system_monotonic, system_wall,
                                             NULL, system_boot};

static uint64_t hash_bytes(const void *bytes, size_t length)
{
  const unsigned char *b = bytes;
  uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
  size_t i;
  for (i = 0; i < length; i++)
    hash = (hash ^ b[i]) * UINT64_C(1099511628211);
  return hash ? hash : 1;
}

uint64_t wats_clock_boot_id(void)
{
  char text[64];
#if defined(__APPLE__)
  size_t size = sizeof text;
  if (sysctlbyname("kern.bootsessionuuid", text, &size, NULL, 0) != 0) return 0;
  return hash_bytes(text, size);
#else
  ssize_t length;
  int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  length = read(file, text, sizeof text);
  close(file);
  return length > 0 ? hash_bytes(text, (size_t)length) : 0;
#endif
}

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
  fake->clock.boot = 0;
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
