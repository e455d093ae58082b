/*
** clock_shim.c - loaded before a program, it moves the program's wall clock and
** its clock since boot, as a file says: two numbers of nanoseconds that are
** added, a rate, and the time since boot from which the rate counts. The file
** (WATS_TEST_CLOCK) is mapped, so whoever writes to it moves the clocks of all
** who run. The monotonic clock stays as it is. With WATS_TEST_BOOT_ID it is
** another start of the machine, as far as the program can see: the file named
** there is what it reads as the system's.
*/
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
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

typedef int open_fn(const char *, int, ...);

static int open_other(const char *name, const char *path, int flags, mode_t mode)
{
  static open_fn *open_real, *open64_real;
  open_fn **slot = strcmp(name, "open") == 0 ? &open_real : &open64_real;
  const char *other = getenv("WATS_TEST_BOOT_ID");
  if (!*slot) *(void **)slot = dlsym(RTLD_NEXT, name);
  if (other && strcmp(path, "/proc/sys/kernel/random/boot_id") == 0)
    path = other;
  return (*slot)(path, flags, mode);
}

#define OPEN(name)                                       \
  int name(const char *path, int flags, ...)             \
  {                                                      \
    mode_t mode = 0;                                     \
    if (flags & (O_CREAT | __O_TMPFILE)) {               \
      va_list list;                                      \
      va_start(list, flags);                             \
      mode = va_arg(list, mode_t);                       \
      va_end(list);                                      \
    }                                                    \
    return open_other(#name, path, flags, mode);         \
  }

OPEN(open)
OPEN(open64)
