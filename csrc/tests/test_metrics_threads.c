/*
** test_metrics_threads.c - many write while somebody reads: each reading agrees
** with itself, and in the end nothing is missing.
*/
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/metrics.h"
#include "test.h"

#define WRITERS 8
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define ROUNDS 20000
#else
#define ROUNDS 1000000
#endif
#define HISTOGRAMS 2
#define BUCKETS    4 /* with +Inf */

struct load {
  struct wats_registry *registry;
  struct wats_family *counters, *histograms;
  struct wats_metric *counter, *halves, *gauge, *histogram[HISTOGRAMS];
  int rounds;
  _Atomic bool done;
  int wrong, scrapes;
  uint64_t last[HISTOGRAMS]; /* of the scraper: counts never fall */
};

static struct wats_family *family(struct wats_registry *registry,
                                  enum wats_metric_type type, const char *name)
{
  static const double bounds[] = {1, 2, 3};
  static const char *const labels[] = {"l"};
  struct wats_family_options options = {.type = type,
                                        .name = name,
                                        .help = "help",
                                        .labels = labels,
                                        .label_count = 1};
  struct wats_family *out = NULL;
  if (type == WATS_METRIC_HISTOGRAM) {
    options.buckets = bounds;
    options.bucket_count = BUCKETS - 1;
  }
  if (wats_registry_family(registry, &options, &out, NULL) != WATS_OK) abort();
  return out;
}

static struct wats_metric *child(struct wats_family *of, const char *value)
{
  struct wats_text text = {value, strlen(value)};
  return wats_family_child(of, &text, 1);
}

static bool same(double a, double b)
{
  return !(a < b) && !(a > b);
}

static void prepare(struct load *load, int rounds)
{
  *load = (struct load){.registry = wats_registry_create(), .rounds = rounds};
  load->counters = family(load->registry, WATS_METRIC_COUNTER, "c_total");
  load->histograms = family(load->registry, WATS_METRIC_HISTOGRAM, "h");
  load->counter = child(load->counters, "whole");
  load->halves = child(load->counters, "half");
  load->gauge = child(family(load->registry, WATS_METRIC_GAUGE, "g"), "x");
  load->histogram[0] = child(load->histograms, "a");
  load->histogram[1] = child(load->histograms, "b");
}

/* Of four observations 1, 2, 3 and 4: in each bucket one. */
static void *write_figures(void *context)
{
  struct load *load = context;
  int i;
  for (i = 0; i < load->rounds; i++) {
    wats_counter_inc(load->counter);
    wats_counter_add(load->halves, 0.5);
    wats_gauge_add(load->gauge, i % 2 ? -1 : 1);
    wats_histogram_observe(load->histogram[i / 4 % HISTOGRAMS], i % 4 + 1);
  }
  return NULL;
}

/* The sum of buckets must be the count, and the sum what such buckets hold:
** each observation is a whole number, the upper bound of its bucket or 4. */
static enum wats_errc check_sample(const struct wats_sample *sample,
                                   void *context)
{
  struct load *load = context;
  uint64_t below = 0;
  double sum = 0;
  int i, which = sample->metric == load->histogram[1];
  if (sample->family != load->histograms) return WATS_OK;
  for (i = 0; i < BUCKETS; i++) {
    if (sample->buckets[i] < below) load->wrong++;
    sum += (double)(sample->buckets[i] - below) * (i + 1);
    below = sample->buckets[i];
  }
  if (below != sample->count || !same(sum, sample->value)) load->wrong++;
  if (sample->count < load->last[which]) load->wrong++;
  load->last[which] = sample->count;
  return WATS_OK;
}

static void *scrape(void *context)
{
  struct load *load = context;
  while (!load->done) {
    wats_registry_visit(load->registry, check_sample, load);
    load->scrapes++;
  }
  return NULL;
}

static void run(struct load *load, void *(*write)(void *),
                void *(*read)(void *))
{
  pthread_t writers[WRITERS], scraper;
  int i;
  CHECK_INT(pthread_create(&scraper, NULL, read, load), 0);
  for (i = 0; i < WRITERS; i++)
    CHECK_INT(pthread_create(writers + i, NULL, write, load), 0);
  for (i = 0; i < WRITERS; i++)
    pthread_join(writers[i], NULL);
  load->done = true;
  pthread_join(scraper, NULL);
}

static void test_nothing_is_missing(void)
{
  struct load load;
  uint64_t count[HISTOGRAMS];
  double sum[HISTOGRAMS], all = (double)WRITERS * ROUNDS;
  int i;
  prepare(&load, ROUNDS);
  run(&load, write_figures, scrape);
  CHECK_INT(load.wrong, 0);
  CHECK(load.scrapes > 0);
  CHECK(same(wats_metric_value(load.counter), all));
  CHECK(same(wats_metric_value(load.halves), all / 2));
  CHECK(same(wats_metric_value(load.gauge), 0));
  for (i = 0; i < HISTOGRAMS; i++) {
    wats_histogram_read(load.histogram[i], &count[i], &sum[i]);
    CHECK_INT(count[i], WRITERS * (ROUNDS / HISTOGRAMS));
    CHECK(same(sum[i], 2.5 * (double)count[i]));
  }
  wats_registry_release(load.registry);
}

/* Looks children up each time, while others take them away. */
static void *look_up_and_remove(void *context)
{
  static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
  struct load *load = context;
  int i;
  for (i = 0; i < load->rounds; i++) {
    const char *name = names[i % 8];
    struct wats_text text = {name, 1};
    wats_counter_inc(child(load->counters, name));
    wats_histogram_observe(child(load->histograms, name), 1);
    if (i % 97 == 0) wats_family_remove(load->histograms, &text, 1);
    if (i % 997 == 0) wats_family_clear(load->counters);
  }
  return NULL;
}

static enum wats_errc check_agreement(const struct wats_sample *sample,
                                      void *context)
{
  struct load *load = context;
  if (sample->family == load->histograms &&
      (sample->buckets[BUCKETS - 1] != sample->count ||
       sample->buckets[0] != sample->count ||
       !same(sample->value, (double)sample->count)))
    load->wrong++;
  return WATS_OK;
}

static void *scrape_for_agreement(void *context)
{
  struct load *load = context;
  while (!load->done)
    wats_registry_visit(load->registry, check_agreement, load);
  return NULL;
}

static void test_removed_meanwhile(void)
{
  struct load load;
  prepare(&load, ROUNDS / 10);
  run(&load, look_up_and_remove, scrape_for_agreement);
  CHECK_INT(load.wrong, 0);
  wats_family_clear(load.counters);
  wats_counter_inc(child(load.counters, "a"));
  CHECK(same(wats_metric_value(child(load.counters, "a")), 1));
  wats_registry_release(load.registry);
}

int main(void)
{
  RUN(test_nothing_is_missing);
  RUN(test_removed_meanwhile);
  return test_report();
}
