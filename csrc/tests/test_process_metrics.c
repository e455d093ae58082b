/*
** test_process_metrics.c - the figures are this process's, and move with it.
*/
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/exposition.h"
#include "core/process_metrics.h"
#include "test.h"

/* The value behind `name` and a space on the page; NaN when absent. */
static double figure(const char *name)
{
  struct wats_registry *r = wats_registry_default();
  struct wats_buffer out;
  char wanted[80];
  const char *line;
  double value = (double)NAN;
  wats_buffer_init(&out, 0);
  CHECK_INT(wats_exposition_prometheus(r, &out), WATS_OK);
  CHECK_INT(wats_buffer_terminate(&out), WATS_OK);
  snprintf(wanted, sizeof wanted, "\n%s ", name);
  line = strstr(out.data, wanted);
  if (line) value = strtod(line + strlen(wanted), NULL);
  wats_buffer_free(&out);
  wats_registry_release(r);
  return value;
}

static void a_short_memory_is_tried_again(void)
{
  enum wats_errc code;
  long n = 0;
  do {
    wats_alloc_fail_after(n++);
    code = wats_process_metrics_install();
    if (!code) code = wats_build_info_install("1.2.3", "Lua");
    wats_alloc_fail_never();
  } while (code == WATS_ERR_MEMORY && n < 200);
  CHECK_INT(code, WATS_OK);
  CHECK(n > 10 && n < 200);
  CHECK_INT(wats_process_metrics_install(), WATS_OK);
}

static void cpu_time_grows(void)
{
  double before = figure("process_cpu_seconds_total"), now;
  volatile double sink = 1;
  clock_t until = clock() + CLOCKS_PER_SEC / 20;
  while (clock() < until)
    sink = sqrt(sink + 1);
  now = figure("process_cpu_seconds_total");
  CHECK(before >= 0 && now >= before + 0.04 && now < before + 30);
}

static void limits(void)
{
  struct rlimit limit;
  CHECK_INT(getrlimit(RLIMIT_NOFILE, &limit), 0);
  CHECK_INT(figure("process_max_fds"), limit.rlim_cur);
}

#if defined(__linux__)
static void descriptors_are_counted(void)
{
  double before = figure("process_open_fds");
  int fds[5], i;
  for (i = 0; i < 5; i++)
    fds[i] = open("/dev/null", O_RDONLY);
  CHECK(before >= 0);
  CHECK_INT(figure("process_open_fds"), before + 5);
  for (i = 0; i < 5; i++)
    close(fds[i]);
  CHECK_INT(figure("process_open_fds"), before);
}

static void memory_threads_and_start(void)
{
  double start = figure("process_start_time_seconds");
  double now = (double)time(NULL);
  CHECK(figure("process_resident_memory_bytes") > 100000);
  CHECK(figure("process_virtual_memory_bytes") >=
        figure("process_resident_memory_bytes"));
  CHECK(figure("process_threads") >= 1 && figure("process_threads") < 100);
  /* The kernel rounds the start of the machine to seconds. */
  CHECK(start > now - 600 && start < now + 2);
}
#endif

static void build_info(void)
{
  struct wats_registry *r = wats_registry_default();
  struct wats_buffer out;
  wats_buffer_init(&out, 0);
  CHECK_INT(wats_exposition_prometheus(r, &out), WATS_OK);
  CHECK_INT(wats_buffer_terminate(&out), WATS_OK);
  CHECK(strstr(out.data, "\nwats_build_info{version=\"1.2.3\",libcurl=\"") !=
        NULL);
  CHECK(strstr(out.data, "\",lua=\"Lua\"} 1\n") != NULL);
  wats_buffer_free(&out);
  wats_registry_release(r);
}

int main(void)
{
  RUN(a_short_memory_is_tried_again);
  RUN(cpu_time_grows);
  RUN(limits);
#if defined(__linux__)
  RUN(descriptors_are_counted);
  RUN(memory_threads_and_start);
#endif
  RUN(build_info);
  return test_report();
}
