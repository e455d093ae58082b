/*
** test_exposition.c - the three formats byte for byte, and short memory.
*/
#include <math.h>

#include "core/alloc.h"
#include "core/exposition.h"
#include "files.h"
#include "test.h"

/* Of a registry without caches and queues. */
#define NO_SUMMARY                                                             \
  ",\"http_cache\":{\"enabled\":false,\"size\":0,\"max_size\":0,"              \
  "\"requests\":0,\"hits\":0,\"misses\":0,\"hit_rate\":0,\"evictions\":0},"    \
  "\"queue\":null}"

static struct wats_family *family(struct wats_registry *registry,
                                  struct wats_family_options options)
{
  struct wats_family *out = NULL;
  CHECK_INT(wats_registry_family(registry, &options, &out, NULL), WATS_OK);
  return out;
}

static struct wats_metric *child(struct wats_family *of, const char *value)
{
  struct wats_text text = {value, value ? strlen(value) : 0};
  return wats_family_child(of, &text, value ? 1 : 0);
}

static void check_page(struct wats_registry *registry, wats_exposition *write,
                       const char *expected)
{
  struct wats_buffer out;
  wats_buffer_init(&out, 0);
  CHECK_INT(write(registry, &out), WATS_OK);
  CHECK_INT(wats_buffer_terminate(&out), WATS_OK);
  CHECK_STR(out.data, expected);
  wats_buffer_free(&out);
}

/* A counter, a gauge with labels and help that need care, a histogram. */
static struct wats_registry *sample(void)
{
  static const char *const labels[] = {"route"};
  static const double bounds[] = {0.005, 1, 2.5e10};
  struct wats_registry *r = wats_registry_create();
  struct wats_family *g =
      family(r, (struct wats_family_options){.type = WATS_METRIC_GAUGE,
                                             .name = "b",
                                             .help = "a \"q\" \\ and\nlines",
                                             .labels = labels,
                                             .label_count = 1});
  struct wats_metric *c =
      child(family(r, (struct wats_family_options){.type = WATS_METRIC_COUNTER,
                                                   .name = "a_total",
                                                   .help = ""}),
            NULL);
  struct wats_metric *h = child(
      family(r, (struct wats_family_options){.type = WATS_METRIC_HISTOGRAM,
                                             .name = "c",
                                             .help = "Time.",
                                             .labels = labels,
                                             .label_count = 1,
                                             .buckets = bounds,
                                             .bucket_count = 3}),
      "/x");
  wats_counter_add(c, 1099511627775.0);
  wats_gauge_set(child(g, "\"\\\n\t"), -0.1);
  wats_gauge_set(child(g, ""), (double)NAN);
  wats_gauge_set(child(g, "+"), (double)INFINITY);
  wats_gauge_set(child(g, "-"), -(double)INFINITY);
  wats_histogram_observe(h, 0.005);
  wats_histogram_observe(h, 0.5);
  wats_histogram_observe(h, 3e10);
  return r;
}

static void prometheus(void)
{
  struct wats_registry *r = sample();
  check_page(r, wats_exposition_prometheus,
             "# HELP a_total \n"
             "# TYPE a_total counter\n"
             "a_total 1099511627775\n"
             "# HELP b a \"q\" \\\\ and\\nlines\n"
             "# TYPE b gauge\n"
             "b{route=\"\\\"\\\\\\n\t\"} -0.1\n"
             "b{route=\"\"} NaN\n"
             "b{route=\"+\"} +Inf\n"
             "b{route=\"-\"} -Inf\n"
             "# HELP c Time.\n"
             "# TYPE c histogram\n"
             "c_bucket{route=\"/x\",le=\"0.005\"} 1\n"
             "c_bucket{route=\"/x\",le=\"1\"} 2\n"
             "c_bucket{route=\"/x\",le=\"25000000000\"} 2\n"
             "c_bucket{route=\"/x\",le=\"+Inf\"} 3\n"
             "c_sum{route=\"/x\"} 30000000000.505\n"
             "c_count{route=\"/x\"} 3\n");
  wats_registry_release(r);
}

static void openmetrics(void)
{
  struct wats_registry *r = sample();
  check_page(r, wats_exposition_openmetrics,
             "# HELP a \n"
             "# TYPE a counter\n"
             "a_total 1099511627775\n"
             "# HELP b a \\\"q\\\" \\\\ and\\nlines\n"
             "# TYPE b gauge\n"
             "b{route=\"\\\"\\\\\\n\t\"} -0.1\n"
             "b{route=\"\"} NaN\n"
             "b{route=\"+\"} +Inf\n"
             "b{route=\"-\"} -Inf\n"
             "# HELP c Time.\n"
             "# TYPE c histogram\n"
             "c_bucket{route=\"/x\",le=\"0.005\"} 1\n"
             "c_bucket{route=\"/x\",le=\"1.0\"} 2\n"
             "c_bucket{route=\"/x\",le=\"25000000000.0\"} 2\n"
             "c_bucket{route=\"/x\",le=\"+Inf\"} 3\n"
             "c_sum{route=\"/x\"} 30000000000.505\n"
             "c_count{route=\"/x\"} 3\n"
             "# EOF\n");
  wats_registry_release(r);
}

static void json(void)
{
  struct wats_registry *r = sample();
  check_page(r, wats_exposition_json,
             "{\"families\":["
             "{\"name\":\"a_total\",\"type\":\"counter\",\"help\":\"\","
             "\"metrics\":[{\"labels\":{},\"value\":1099511627775}]},"
             "{\"name\":\"b\",\"type\":\"gauge\","
             "\"help\":\"a \\\"q\\\" \\\\ and\\u000alines\",\"metrics\":["
             "{\"labels\":{\"route\":\"\\\"\\\\\\u000a\\u0009\"},"
             "\"value\":-0.1},"
             "{\"labels\":{\"route\":\"\"},\"value\":\"NaN\"},"
             "{\"labels\":{\"route\":\"+\"},\"value\":\"+Inf\"},"
             "{\"labels\":{\"route\":\"-\"},\"value\":\"-Inf\"}]},"
             "{\"name\":\"c\",\"type\":\"histogram\",\"help\":\"Time.\","
             "\"metrics\":[{\"labels\":{\"route\":\"/x\"},\"count\":3,"
             "\"sum\":30000000000.505,\"buckets\":["
             "{\"le\":0.005,\"count\":1},{\"le\":1,\"count\":2},"
             "{\"le\":25000000000,\"count\":2},"
             "{\"le\":\"+Inf\",\"count\":3}]}]}]" NO_SUMMARY);
  wats_registry_release(r);
}

static void nothing_to_show(void)
{
  struct wats_registry *r = wats_registry_create();
  family(r, (struct wats_family_options){
                .type = WATS_METRIC_GAUGE, .name = "no_child", .help = "-"});
  check_page(r, wats_exposition_prometheus, "");
  check_page(r, wats_exposition_openmetrics, "# EOF\n");
  check_page(r, wats_exposition_json, "{\"families\":[]" NO_SUMMARY);
  wats_registry_release(r);
}

static void fractions_of_counters(void)
{
  struct wats_registry *r = wats_registry_create();
  struct wats_metric *c =
      child(family(r, (struct wats_family_options){.type = WATS_METRIC_COUNTER,
                                                   .name = "c_total",
                                                   .help = "-"}),
            NULL);
  int i;
  for (i = 0; i < 3; i++)
    wats_counter_add(c, 0.1);
  check_page(r, wats_exposition_prometheus,
             "# HELP c_total -\n# TYPE c_total counter\n"
             "c_total 0.30000000000000004\n");
  wats_registry_release(r);
}

static void no_sum_that_could_fall(void)
{
  static const double bounds[] = {-1, 1};
  struct wats_registry *r = wats_registry_create();
  wats_histogram_observe(
      child(
          family(r, (struct wats_family_options){.type = WATS_METRIC_HISTOGRAM,
                                                 .name = "h",
                                                 .help = "-",
                                                 .buckets = bounds,
                                                 .bucket_count = 2}),
          NULL),
      0.5);
  check_page(r, wats_exposition_openmetrics,
             "# HELP h -\n# TYPE h histogram\n"
             "h_bucket{le=\"-1.0\"} 0\nh_bucket{le=\"1.0\"} 1\n"
             "h_bucket{le=\"+Inf\"} 1\n# EOF\n");
  wats_registry_release(r);
}

static void failure_leaves_the_buffer_alone(void)
{
  static wats_exposition *const formats[] = {wats_exposition_prometheus,
                                             wats_exposition_openmetrics,
                                             wats_exposition_json};
  struct wats_registry *r = sample();
  size_t i, limit;
  for (i = 0; i < sizeof formats / sizeof *formats; i++) {
    struct wats_buffer out;
    long n = 0;
    enum wats_errc code;
    do {
      wats_buffer_init(&out, 0);
      CHECK_INT(wats_buffer_append_string(&out, "before"), WATS_OK);
      wats_alloc_fail_after(n++);
      code = formats[i](r, &out);
      wats_alloc_fail_never();
      if (code) CHECK_INT(code, WATS_ERR_MEMORY);
      if (code) CHECK_INT(out.length, 6);
      CHECK(memcmp(out.data, "before", 6) == 0);
      wats_buffer_free(&out);
    } while (code && n < 50);
    CHECK(n > 1 && n < 50);
    for (limit = 1; limit < 400; limit += 7) {
      wats_buffer_init(&out, limit);
      CHECK_INT(formats[i](r, &out), WATS_ERR_TOO_LARGE);
      CHECK_INT(out.length, 0);
      wats_buffer_free(&out);
    }
  }
  wats_registry_release(r);
}

static void a_file(void)
{
  struct wats_registry *r = sample();
  const char *path = scratch_file("page.prom");
  struct wats_buffer page;
  struct wats_error error;
  char text[2048] = "";
  FILE *file;
  long n, live;
  enum wats_errc code = WATS_ERR_MEMORY;
  wats_buffer_init(&page, 0);
  CHECK_INT(wats_exposition_prometheus(r, &page), WATS_OK);
  CHECK_INT(wats_buffer_terminate(&page), WATS_OK);
  live = wats_alloc_live();
  for (n = 0; code == WATS_ERR_MEMORY && n < 50; n++) {
    wats_alloc_fail_after(n);
    code =
        wats_exposition_write_file(r, wats_exposition_prometheus, path, &error);
    wats_alloc_fail_never();
    CHECK_INT(wats_alloc_live(), live);
    CHECK_INT(count_files("*"), code == WATS_OK);
  }
  CHECK_INT(code, WATS_OK);
  CHECK(n > 1);
  file = fopen(path, "rb");
  CHECK(file && fread(text, 1, sizeof text - 1, file) > 0);
  if (file) fclose(file);
  CHECK_STR(text, page.data);
  CHECK_INT(wats_exposition_write_file(r, wats_exposition_json,
                                       scratch_file("none/page"), &error),
            WATS_ERR_IO);
  CHECK_INT(mkdir(scratch_file("taken"), 0700), 0);
  write_file(scratch_file("taken/x"), "x", 1);
  CHECK_INT(wats_exposition_write_file(r, wats_exposition_json,
                                       scratch_file("taken"), &error),
            WATS_ERR_IO);
  CHECK_INT(count_files("*"), 2);
  remove_files("taken/x");
  remove_scratch();
  wats_buffer_free(&page);
  wats_registry_release(r);
}

int main(void)
{
  RUN(a_file);
  RUN(prometheus);
  RUN(openmetrics);
  RUN(json);
  RUN(nothing_to_show);
  RUN(fractions_of_counters);
  RUN(no_sum_that_could_fall);
  RUN(failure_leaves_the_buffer_alone);
  return test_report();
}
