/*
** clock_shim.c - loaded before a program, it moves the program's wall clock and
** its clock since boot, as a file says: two numbers of nanoseconds that are
** added, a rate, and the time since boot from which the rate counts. The file
** (WATS_TEST_CLOCK) is mapped, so whoever writes to it moves the clocks of all
** who run. The monotonic clock stays as it is.
*/
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct steps {
  int64_t wall_ahead, boot_ahead;
  double rate;
  int64_t base;
};

static const volatile struct steps *steps;
static int (*real)(clockid_t, struct timespec *);

__attribute__((constructor)) static void map_steps(void)
{
  const char *path = getenv("WATS_TEST_CLOCK");
  int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void *map;
  *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
  if (fd < 0) return;
  map = mmap(NULL, sizeof *steps, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (map != MAP_FAILED) steps = map;
}

int clock_gettime(clockid_t which, struct timespec *out)
{
  int result;
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
  result = real(which, out);
  if (result == 0 && steps &&
      (which == CLOCK_REALTIME || which == CLOCK_BOOTTIME)) {
    int64_t t = (int64_t)out->tv_sec * 1000000000 + out->tv_nsec;
    if (which == CLOCK_REALTIME)
      t += steps->wall_ahead;
    else
      t = steps->base + (int64_t)((double)(t - steps->base) * steps->rate) +
          steps->boot_ahead;
    out->tv_sec = (time_t)(t / 1000000000);
    out->tv_nsec = (long)(t % 1000000000);
  }
  return result;
}
