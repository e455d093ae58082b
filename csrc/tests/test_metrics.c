/*
** test_metrics.c - the registry: values, names, children and their bound,
** collectors, the walk, short memory, fork.
*/
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/alloc.h"
#include "metrics_fixture.h"

/* --- values -------------------------------------------------------------- */

static void counters(void)
{
  struct wats_registry *r = wats_registry_create();
  struct wats_metric *c =
      child(family(r, WATS_METRIC_COUNTER, "c_total", NULL), NULL);
  int i;
  CHECK(same(wats_metric_value(c), 0));
  wats_counter_inc(c);
  CHECK_INT(wats_counter_add(c, 41), WATS_OK);
  CHECK(same(wats_metric_value(c), 42));
  CHECK_INT(wats_counter_add(c, 0.5), WATS_OK);
  CHECK_INT(wats_counter_add(c, 0), WATS_OK);
  CHECK(same(wats_metric_value(c), 42.5));
  CHECK_INT(wats_counter_add(c, -1), WATS_ERR_ARGUMENT);
  CHECK_INT(wats_counter_add(c, (double)NAN), WATS_ERR_ARGUMENT);
  CHECK_INT(wats_counter_add(c, (double)INFINITY), WATS_ERR_ARGUMENT);
  CHECK(same(wats_metric_value(c), 42.5));
  for (i = 0; i < 3; i++)
    CHECK_INT(wats_counter_add(c, 1e300), WATS_OK);
  CHECK(same(wats_metric_value(c), 3e300));
  wats_registry_release(r);
}

static void gauges(void)
{
  struct wats_registry *r = wats_registry_create();
  struct wats_metric *g = child(family(r, WATS_METRIC_GAUGE, "g", NULL), NULL);
  wats_gauge_set(g, -2.5);
  wats_gauge_add(g, 1);
  CHECK(same(wats_metric_value(g), -1.5));
  wats_gauge_set(g, -(double)INFINITY);
  CHECK(isinf(wats_metric_value(g)));
  wats_registry_release(r);
}

static enum wats_errc keep(const struct wats_sample *sample, void *context)
{
  uint64_t *out = context;
  memcpy(out, sample->buckets, 4 * sizeof *out);
  out[4] = sample->count;
  return WATS_OK;
}

static void histograms(void)
{
  static const double bounds[] = {-1, 0.5, 2};
  struct wats_family_options options = {.type = WATS_METRIC_HISTOGRAM,
                                        .name = "h",
                                        .help = "",
                                        .buckets = bounds,
                                        .bucket_count = 3};
  struct wats_registry *r = wats_registry_create();
  struct wats_family *f = NULL;
  struct wats_metric *h;
  uint64_t seen[5], count = 0;
  double sum = 0;
  int round;
  CHECK_INT(wats_registry_family(r, &options, &f, NULL), WATS_OK);
  h = child(f, NULL);
  wats_histogram_observe(h, -1); /* a bound belongs to its bucket */
  wats_histogram_observe(h, 0.4);
  wats_histogram_observe(h, 0.5);
  wats_histogram_observe(h, 2.1);
  for (round = 0; round < 3; round++) { /* reading changes nothing */
    CHECK(same(wats_histogram_sum(h), 2.0));
    CHECK(same(wats_metric_value(h), 4));
    wats_histogram_read(h, &count, &sum);
    CHECK(count == 4 && same(sum, 2.0));
    CHECK_INT(wats_registry_visit(r, keep, seen), WATS_OK);
    CHECK_INT(seen[0], 1);
    CHECK_INT(seen[1], 3);
    CHECK_INT(seen[2], 3);
    CHECK_INT(seen[3], 4);
    CHECK_INT(seen[4], 4);
  }
  wats_histogram_observe(h, (double)NAN);
  CHECK_INT(wats_registry_visit(r, keep, seen), WATS_OK);
  CHECK_INT(seen[2], 3);
  CHECK_INT(seen[3], 5);
  CHECK(isnan(wats_histogram_sum(h)));
  wats_registry_release(r);
}

static void many_and_no_buckets(void)
{
  double bounds[WATS_METRIC_MAX_BUCKETS];
  struct wats_family_options options = {.type = WATS_METRIC_HISTOGRAM,
                                        .name = "h",
                                        .help = "",
                                        .buckets = bounds,
                                        .bucket_count =
                                            WATS_METRIC_MAX_BUCKETS};
  struct wats_registry *r = wats_registry_create();
  struct wats_family *f = NULL;
  struct wats_metric *h;
  size_t count;
  int i;
  for (i = 0; i < WATS_METRIC_MAX_BUCKETS; i++)
    bounds[i] = i;
  CHECK_INT(wats_registry_family(r, &options, &f, NULL), WATS_OK);
  h = child(f, NULL);
  for (i = -1; i < WATS_METRIC_MAX_BUCKETS + 1; i++)
    wats_histogram_observe(h, i - 0.25);
  CHECK(same(wats_metric_value(h), WATS_METRIC_MAX_BUCKETS + 2));
  options.bucket_count++;
  options.name = "more";
  CHECK_INT(wats_registry_family(r, &options, &f, NULL), WATS_ERR_ARGUMENT);
  options.bucket_count = 0;
  options.name = "none";
  CHECK_INT(wats_registry_family(r, &options, &f, NULL), WATS_OK);
  wats_histogram_observe(child(f, NULL), 7);
  CHECK(same(wats_histogram_sum(child(f, NULL)), 7));
  options.buckets = NULL;
  options.name = "standard";
  CHECK_INT(wats_registry_family(r, &options, &f, NULL), WATS_OK);
  CHECK(wats_family_buckets(f, &count)[0] < 0.006);
  CHECK_INT(count, 11);
  wats_registry_release(r);
}

/* --- names --------------------------------------------------------------- */

static void refuses_bad_names(void)
{
  static const char *const names[] = {"", "1a", "a-b", "a b", "\xc3\xa5"};
  static const char *const labels[] = {"", "1", "a:b", "__a", "le", "a\n"};
  struct wats_registry *r = wats_registry_create();
  struct wats_family *f = NULL;
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++)
    CHECK_INT(make(r, WATS_METRIC_GAUGE, names[i], NULL, &f),
              WATS_ERR_ARGUMENT);
  for (i = 0; i < sizeof labels / sizeof *labels; i++)
    CHECK_INT(make(r, WATS_METRIC_HISTOGRAM, "h", labels[i], &f),
              WATS_ERR_ARGUMENT);
  CHECK_INT(make(r, WATS_METRIC_COUNTER, "c", NULL, &f), WATS_ERR_ARGUMENT);
  CHECK_INT(make(r, WATS_METRIC_COUNTER, "_total", NULL, &f),
            WATS_ERR_ARGUMENT);
  CHECK_INT(make(r, WATS_METRIC_GAUGE, ":a_9:", "le", &f), WATS_OK);
  wats_registry_release(r);
}

static void refuses_bad_options(void)
{
  static const double unordered[] = {1, 1}, infinite[] = {1, (double)INFINITY};
  static const char *const twice[] = {"a", "b", "a"};
  struct wats_family_options options = {.type = WATS_METRIC_HISTOGRAM,
                                        .name = "h",
                                        .help = "",
                                        .buckets = unordered,
                                        .bucket_count = 2};
  struct wats_registry *r = wats_registry_create();
  struct wats_family *f = NULL;
  struct wats_error error;
  CHECK_INT(wats_registry_family(r, &options, &f, &error), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "h: buckets must be finite and ascending");
  options.buckets = infinite;
  CHECK_INT(wats_registry_family(r, &options, &f, &error), WATS_ERR_ARGUMENT);
  options.buckets = NULL;
  options.labels = twice;
  options.label_count = 3;
  CHECK_INT(wats_registry_family(r, &options, &f, &error), WATS_ERR_ARGUMENT);
  CHECK_STR(error.message, "h: label \"a\" given twice");
  options.label_count = 0;
  options.help = NULL;
  CHECK_INT(wats_registry_family(r, &options, &f, &error), WATS_ERR_ARGUMENT);
  CHECK(f == NULL);
  wats_registry_release(r);
}

static void one_name_one_family(void)
{
  struct wats_registry *r = wats_registry_create();
  struct wats_family *f = family(r, WATS_METRIC_HISTOGRAM, "h", "a"), *g = f;
  CHECK(family(r, WATS_METRIC_HISTOGRAM, "h", "a") == f);
  CHECK_INT(make(r, WATS_METRIC_GAUGE, "h", "a", &g), WATS_ERR_ARGUMENT);
  CHECK_INT(make(r, WATS_METRIC_HISTOGRAM, "h", "b", &g), WATS_ERR_ARGUMENT);
  CHECK_INT(make(r, WATS_METRIC_HISTOGRAM, "h", NULL, &g), WATS_ERR_ARGUMENT);
  /* What the histogram shows is taken. */
  CHECK_INT(make(r, WATS_METRIC_GAUGE, "h_sum", "a", &g), WATS_ERR_ARGUMENT);
  CHECK_INT(make(r, WATS_METRIC_GAUGE, "h_bucket", "a", &g), WATS_ERR_ARGUMENT);
  CHECK_INT(make(r, WATS_METRIC_GAUGE, "h_count", "a", &g), WATS_ERR_ARGUMENT);
  CHECK_INT(make(r, WATS_METRIC_GAUGE, "h_su", "a", &g), WATS_OK);
  CHECK_INT(make(r, WATS_METRIC_GAUGE, "x_count", "a", &g), WATS_OK);
  CHECK_INT(make(r, WATS_METRIC_HISTOGRAM, "x", "a", &g), WATS_ERR_ARGUMENT);
  /* OpenMetrics calls both of these "y". */
  CHECK_INT(make(r, WATS_METRIC_COUNTER, "y_total", "a", &g), WATS_OK);
  CHECK_INT(make(r, WATS_METRIC_GAUGE, "y", "a", &g), WATS_ERR_ARGUMENT);
  CHECK_INT(make(r, WATS_METRIC_GAUGE, "y_tota", "a", &g), WATS_OK);
  wats_registry_release(r);
}

/* --- children ------------------------------------------------------------ */

static void children_by_values(void)
{
  static const char *const labels[] = {"a", "b"};
  struct wats_family_options options = {.type = WATS_METRIC_COUNTER,
                                        .name = "c_total",
                                        .help = "",
                                        .labels = labels,
                                        .label_count = 2};
  struct wats_text one[] = {{"x", 1}, {"yz", 2}}, two[] = {{"xy", 2}, {"z", 1}};
  struct wats_text nul[] = {{"x\0", 2}, {"yz", 2}},
                   none[] = {{NULL, 0}, {"", 0}};
  struct wats_registry *r = wats_registry_create();
  struct wats_family *f = NULL;
  struct wats_metric *c;
  CHECK_INT(wats_registry_family(r, &options, &f, NULL), WATS_OK);
  c = wats_family_child(f, one, 2);
  CHECK(c && wats_family_child(f, one, 2) == c);
  CHECK(wats_family_child(f, two, 2) != c);
  CHECK(wats_family_child(f, nul, 2) != c);
  CHECK(wats_family_child(f, none, 2) != c);
  CHECK(wats_family_child(f, one, 1) == NULL);
  CHECK_STR(wats_metric_label_value(c, 1).data, "yz");
  CHECK_STR(wats_family_label(wats_metric_family(c), 1), "b");
  CHECK(wats_family_label(f, 2) == NULL && wats_family_registry(f) == r);
  wats_registry_release(r);
}

struct page {
  char text[4096];
  size_t length;
};

static enum wats_errc write_line(const struct wats_sample *sample,
                                 void *context)
{
  struct page *page = context;
  page->length += (size_t)snprintf(
      page->text + page->length, sizeof page->text - page->length,
      "%s{%.*s} %g\n", wats_family_name(sample->family),
      (int)sample->labels_length, sample->labels, sample->value);
  return WATS_OK;
}

static void walks_in_order(void)
{
  struct wats_registry *r = wats_registry_create();
  struct wats_family *b = family(r, WATS_METRIC_COUNTER, "b_total", "l");
  struct wats_family *c = family(r, WATS_METRIC_GAUGE, "c", "l");
  struct page page = {0};
  wats_gauge_set(child(c, "q\"\\\n\xff"), 0.5);
  wats_counter_inc(child(b, "y"));
  wats_counter_inc(child(b, "x"));
  wats_gauge_set(child(family(r, WATS_METRIC_GAUGE, "a", NULL), NULL), 1);
  family(r, WATS_METRIC_GAUGE, "nothing_in_it", NULL);
  CHECK_INT(wats_registry_visit(r, write_line, &page), WATS_OK);
  CHECK_STR(page.text, "a{} 1\n"
                       "b_total{l=\"y\"} 1\n"
                       "b_total{l=\"x\"} 1\n"
                       "c{l=\"q\\\"\\\\\\n\xef\xbf\xbd\"} 0.5\n");
  wats_registry_release(r);
}

static void bad_bytes_are_replaced(void)
{
  static const struct {
    const char *in, *out;
  } cases[] = {{"\xc3\xa5", "\xc3\xa5"},
               {"\xc3", "\xef\xbf\xbd"},
               {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
               {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
               {"\xf0\x9f\x98\x80!", "\xf0\x9f\x98\x80!"},
               {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                                    "\xef\xbf\xbd"}};
  struct wats_registry *r = wats_registry_create();
  struct wats_family *f = family(r, WATS_METRIC_GAUGE, "g", "l");
  size_t i;
  for (i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct wats_metric *m = child(f, cases[i].in);
    CHECK_STR(wats_metric_label_value(m, 0).data, cases[i].out);
    /* No two lines of the page may be the same. */
    CHECK(child(f, cases[i].out) == m && child(f, cases[i].in) == m);
  }
  wats_registry_release(r);
}

static void bounded(void)
{
  struct wats_registry *r = wats_registry_create();
  struct wats_family *f = family(r, WATS_METRIC_COUNTER, "c_total", "l");
  struct wats_family *all;
  struct wats_metric *first = child(f, "0"), *over = NULL;
  int i;
  for (i = 1; i < 1500; i++) {
    char value[16];
    struct wats_metric *m;
    snprintf(value, sizeof value, "%d", i);
    m = child(f, value);
    wats_counter_inc(m);
    if (i == 1000) over = m;
    CHECK((m == over) == (i >= 1000));
  }
  CHECK_STR(wats_metric_label_value(over, 0).data, "overflow");
  CHECK(same(wats_metric_value(over), 500));
  CHECK(child(f, "0") == first && child(f, "999") != over);
  all = family(r, WATS_METRIC_COUNTER, "wats_metrics_overflow_total", "family");
  CHECK(same(wats_metric_value(child(all, "c_total")), 500));
  wats_registry_release(r);
}

/* --- collectors ---------------------------------------------------------- */

struct collector {
  struct wats_registry *registry;
  struct wats_metric *gauge;
  int calls;
};

static void count_calls(void *context)
{
  struct collector *c = context;
  wats_gauge_set(c->gauge, ++c->calls);
}

static void read_and_leave(void *context)
{
  struct collector *c = context;
  struct page page = {0};
  c->calls++;
  CHECK_INT(wats_registry_visit(c->registry, write_line, &page), WATS_OK);
  wats_registry_off_collect(c->registry, read_and_leave, c);
}

static void collectors(void)
{
  struct wats_registry *r = wats_registry_create();
  struct collector c = {r, child(family(r, WATS_METRIC_GAUGE, "g", NULL), NULL),
                        0},
                   d = {r, NULL, 0};
  struct page page = {0};
  CHECK_INT(wats_registry_on_collect(r, read_and_leave, &d), WATS_OK);
  CHECK_INT(wats_registry_on_collect(r, count_calls, &c), WATS_OK);
  CHECK_INT(wats_registry_on_collect(r, count_calls, &c), WATS_OK);
  wats_registry_visit(r, write_line, &page);
  CHECK_STR(page.text, "g{} 1\n");
  wats_registry_visit(r, write_line, &page);
  CHECK_STR(page.text, "g{} 1\ng{} 2\n");
  CHECK_INT(d.calls, 1);
  wats_registry_off_collect(r, count_calls, &c);
  wats_registry_off_collect(r, count_calls, &c);
  wats_registry_visit(r, write_line, &page);
  CHECK_INT(c.calls, 2);
  wats_registry_release(r);
}

static enum wats_errc refuse(const struct wats_sample *sample, void *context)
{
  (void)sample;
  ++*(int *)context;
  return WATS_ERR_TOO_LARGE;
}

static void a_visitor_can_stop(void)
{
  struct wats_registry *r = wats_registry_create();
  int visits = 0;
  child(family(r, WATS_METRIC_GAUGE, "a", NULL), NULL);
  child(family(r, WATS_METRIC_GAUGE, "b", NULL), NULL);
  CHECK_INT(wats_registry_visit(r, refuse, &visits), WATS_ERR_TOO_LARGE);
  CHECK_INT(visits, 1);
  wats_registry_release(r);
}

static void the_default_registry_is_one(void)
{
  struct wats_registry *a = wats_registry_default();
  struct wats_registry *b = wats_registry_default();
  CHECK(a && a == b);
  wats_registry_release(b);
  child(family(a, WATS_METRIC_GAUGE, "kept", NULL), NULL);
  wats_registry_release(a);
  b = wats_registry_default();
  CHECK(a == b);
  wats_registry_release(b);
}

/* --- fork ---------------------------------------------------------------- */

struct load {
  struct wats_registry *registry;
  struct wats_family *histograms;
  _Atomic bool done;
};

static enum wats_errc look(const struct wats_sample *sample, void *context)
{
  (void)sample;
  (void)context;
  return WATS_OK;
}

static void *scrape(void *context)
{
  struct load *load = context;
  while (!load->done)
    wats_registry_visit(load->registry, look, NULL);
  return NULL;
}

static void *observe_until_done(void *context)
{
  struct load *load = context;
  while (!load->done)
    wats_histogram_observe(child(load->histograms, "a"), 1);
  return NULL;
}

/* The child must get through a read-out, whatever the others were at. */
static void a_forked_child_can_read(void)
{
  struct wats_registry *r = wats_registry_create();
  struct load load = {.registry = r,
                      .histograms = family(r, WATS_METRIC_HISTOGRAM, "h", "l")};
  pthread_t writer, scraper;
  int i, status = -1;
  CHECK_INT(pthread_create(&writer, NULL, observe_until_done, &load), 0);
  CHECK_INT(pthread_create(&scraper, NULL, scrape, &load), 0);
  for (i = 0; i < 20; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      struct page page = {0};
      alarm(20);
      wats_registry_visit(r, write_line, &page);
      child(load.histograms, "new");
      wats_registry_visit(r, write_line, &page);
      _exit(page.length > 0 ? 0 : 1);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
  }
  load.done = true;
  pthread_join(writer, NULL);
  pthread_join(scraper, NULL);
  wats_registry_release(r);
}

/* --- memory -------------------------------------------------------------- */

static void survives_short_memory(void)
{
  long n;
  for (n = 0; n < 40; n++) {
    struct wats_registry *r;
    struct wats_family *f = NULL;
    struct wats_metric *m = NULL;
    enum wats_errc code = WATS_ERR_MEMORY;
    char value[] = "00";
    wats_alloc_fail_after(n);
    r = wats_registry_create();
    if (r) code = make(r, WATS_METRIC_HISTOGRAM, "h", "l", &f);
    if (f) m = child(f, "first\xff");
    for (; f && value[0] < '9'; value[0]++)
      if (child(f, value)) wats_histogram_observe(child(f, value), 1);
    if (r) (void)wats_registry_on_collect(r, count_calls, NULL);
    wats_alloc_fail_never();
    CHECK(code == WATS_OK || code == WATS_ERR_MEMORY);
    if (m) CHECK(child(f, "first\xff") == m);
    if (f) CHECK(child(f, "last") != NULL);
    wats_registry_release(r);
  }
  wats_registry_release(NULL);
}

int main(void)
{
  RUN(counters);
  RUN(gauges);
  RUN(histograms);
  RUN(many_and_no_buckets);
  RUN(refuses_bad_names);
  RUN(refuses_bad_options);
  RUN(one_name_one_family);
  RUN(children_by_values);
  RUN(walks_in_order);
  RUN(bad_bytes_are_replaced);
  RUN(bounded);
  RUN(collectors);
  RUN(a_visitor_can_stop);
  RUN(the_default_registry_is_one);
  RUN(a_forked_child_can_read);
  RUN(survives_short_memory);
  return test_report();
}
