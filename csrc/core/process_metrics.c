/*
** process_metrics.c - see process_metrics.h.
**
** Reading /proc allocates nothing but what opendir does, and no descriptor
** stays open: a station that has run out of either still gets the rest.
*/
#include "process_metrics.h"

#include <curl/curl.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "metrics.h"
#include "sync.h"

enum figure { CPU, MAX_FDS, OPEN_FDS, RESIDENT, VIRTUAL, THREADS, START };
#define FIGURES (START + 1)

static const struct {
  enum wats_metric_type type;
  const char *name, *help;
} descriptions[FIGURES] = {
    [CPU] = {WATS_METRIC_COUNTER, "process_cpu_seconds_total",
             "User and system CPU time spent, in seconds."},
    [MAX_FDS] = {WATS_METRIC_GAUGE, "process_max_fds",
                 "Largest allowed number of open file descriptors."},
    [OPEN_FDS] = {WATS_METRIC_GAUGE, "process_open_fds",
                  "Open file descriptors."},
    [RESIDENT] = {WATS_METRIC_GAUGE, "process_resident_memory_bytes",
                  "Resident memory size in bytes."},
    [VIRTUAL] = {WATS_METRIC_GAUGE, "process_virtual_memory_bytes",
                 "Virtual memory size in bytes."},
    [THREADS] = {WATS_METRIC_GAUGE, "process_threads", "Threads."},
    [START] = {WATS_METRIC_GAUGE, "process_start_time_seconds",
               "When the process started, in seconds since 1970."},
};

static struct wats_mutex installing = WATS_MUTEX_INIT;
static bool installed;
static struct wats_metric *metrics[FIGURES];
static double cpu_shown; /* only the collector touches it */

/* --- everywhere ---------------------------------------------------------- */

static double seconds(struct timeval t)
{
  return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void collect_usage(void)
{
  struct rusage usage;
  struct rlimit limit;
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    double now = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    /* It starts again at 0 in a forked child. */
    if (now > cpu_shown) wats_counter_add(metrics[CPU], now - cpu_shown);
    cpu_shown = now;
  }
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    wats_gauge_set(metrics[MAX_FDS], limit.rlim_cur == RLIM_INFINITY
                                         ? (double)INFINITY
                                         : (double)limit.rlim_cur);
}

/* --- Linux --------------------------------------------------------------- */

#if defined(__linux__)
/* The beginning of a file, NUL-terminated; false when there is none. */
static bool read_file(const char *path, char *text, size_t size)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  size_t length = 0;
  ssize_t got;
  if (fd < 0) return false;
  while (length < size - 1 &&
         (got = read(fd, text + length, size - 1 - length)) > 0)
    length += (size_t)got;
  close(fd);
  text[length] = '\0';
  return length > 0;
}

/* The numbers behind `skip` words; NaN where there are fewer. */
static void read_numbers(const char *text, int skip, double *out, int count)
{
  int i;
  for (; skip > 0 && *text; skip--) {
    text += strspn(text, " ");
    text += strcspn(text, " ");
  }
  for (i = 0; i < count; i++) {
    char *end;
    double value = (double)strtoull(text, &end, 10);
    out[i] = end == text ? (double)NAN : value;
    text = end;
  }
}

/* When the machine started, in seconds since 1970. */
static double boot_time(void)
{
  char text[16384];
  const char *line;
  double value = (double)NAN;
  if (!read_file("/proc/stat", text, sizeof text)) return value;
  line = strstr(text, "\nbtime ");
  if (line) read_numbers(line + 1, 1, &value, 1);
  return value;
}

/* Threads and start: the words behind the command, which may hold anything
** but ends with the last parenthesis (proc(5): fields 20 and 22). */
static void collect_stat(void)
{
  char text[1024];
  double found[3] = {(double)NAN, (double)NAN, (double)NAN};
  static double boot; /* only the collector touches it */
  const char *rest = NULL;
  if (read_file("/proc/self/stat", text, sizeof text))
    rest = strrchr(text, ')');
  if (rest) read_numbers(rest + 1, 17, found, 3);
  if (!(boot > 0)) boot = boot_time();
  wats_gauge_set(metrics[THREADS], found[0]);
  wats_gauge_set(metrics[START],
                 boot + found[2] / (double)sysconf(_SC_CLK_TCK));
}

static void collect_memory(void)
{
  char text[256];
  double pages[2] = {(double)NAN, (double)NAN};
  double page = (double)sysconf(_SC_PAGESIZE);
  if (read_file("/proc/self/statm", text, sizeof text))
    read_numbers(text, 0, pages, 2);
  wats_gauge_set(metrics[VIRTUAL], pages[0] * page);
  wats_gauge_set(metrics[RESIDENT], pages[1] * page);
}

static void collect_descriptors(void)
{
  DIR *directory = opendir("/proc/self/fd");
  const struct dirent *entry;
  double count = -1; /* our own */
  if (!directory) {
    wats_gauge_set(metrics[OPEN_FDS], (double)NAN);
    return;
  }
  while ((entry = readdir(directory)) != NULL)
    if (entry->d_name[0] != '.') count++;
  closedir(directory);
  wats_gauge_set(metrics[OPEN_FDS], count);
}

#define AVAILABLE FIGURES
#else
#define AVAILABLE (MAX_FDS + 1)
#endif

static void collect(void *context)
{
  (void)context;
  collect_usage();
#if defined(__linux__)
  collect_stat();
  collect_memory();
  collect_descriptors();
#endif
}

/* --- installing ---------------------------------------------------------- */

static enum wats_errc make_metrics(struct wats_registry *registry)
{
  int i;
  for (i = 0; i < AVAILABLE; i++) {
    struct wats_family_options options = {.type = descriptions[i].type,
                                          .name = descriptions[i].name,
                                          .help = descriptions[i].help};
    struct wats_family *family;
    enum wats_errc code =
        wats_registry_family(registry, &options, &family, NULL);
    if (code) return code;
    metrics[i] = wats_family_child(family, NULL, 0);
    if (!metrics[i]) return WATS_ERR_MEMORY;
  }
  return wats_registry_on_collect(registry, collect, NULL);
}

enum wats_errc wats_process_metrics_install(void)
{
  struct wats_registry *registry = wats_registry_default();
  enum wats_errc code = WATS_OK;
  if (!registry) return WATS_ERR_MEMORY;
  wats_mutex_lock(&installing);
  if (!installed) code = make_metrics(registry);
  if (!code) installed = true;
  wats_mutex_unlock(&installing);
  wats_registry_release(registry);
  return code;
}

const char *wats_libcurl_version(void)
{
  return curl_version_info(CURLVERSION_NOW)->version;
}

enum wats_errc wats_build_info_install(const char *version, const char *lua)
{
  static const char *const labels[] = {"version", "libcurl", "lua"};
  struct wats_family_options options = {.type = WATS_METRIC_GAUGE,
                                        .name = "wats_build_info",
                                        .help = "Versions in use; always 1.",
                                        .labels = labels,
                                        .label_count = 3};
  const char *curl = wats_libcurl_version();
  struct wats_text values[] = {
      {version, strlen(version)}, {curl, strlen(curl)}, {lua, strlen(lua)}};
  struct wats_registry *registry = wats_registry_default();
  struct wats_metric *info = NULL;
  struct wats_family *family;
  enum wats_errc code;
  if (!registry) return WATS_ERR_MEMORY;
  code = wats_registry_family(registry, &options, &family, NULL);
  if (!code) info = wats_family_child(family, values, 3);
  if (info) wats_gauge_set(info, 1);
  wats_registry_release(registry);
  return code ? code : info ? WATS_OK : WATS_ERR_MEMORY;
}
