/*
** metrics_value.c - the figures themselves: changing and reading a child.
**
** A counter is an integer part and a part for everything else, so that the
** common increment is one atomic addition and stays exact beyond 2^53.
**
** A histogram has two sides. An observation takes a ticket, which says which
** side is in use, adds to that side's sum and then to its bucket. A reader
** turns the sides over, waits until the old one has as many observations as
** tickets were given for it (the writers that were under way: nanoseconds),
** takes its figures, and adds them to the new side. So he sees whole
** observations only, and writers never wait.
*/
#include <math.h>
#include <sched.h>

#include "clock.h"
#include "metrics_internal.h"
#include "sync.h"

#define SIDE_BIT (UINT64_C(1) << 63)
/* Up to here an amount goes to the integer part, which cannot overflow then in
** any station's life. */
#define WHOLE_LIMIT 1099511627776.0 /* 2^40 */

static struct wats_mutex reading = WATS_MUTEX_INIT;

void wats_metrics_reading_lock(void)
{
  wats_mutex_lock(&reading);
}

void wats_metrics_reading_unlock(void)
{
  wats_mutex_unlock(&reading);
}

/* --- counters and gauges ------------------------------------------------- */

void wats_counter_inc(struct wats_metric *counter)
{
  atomic_fetch_add_explicit(&counter->value.counter.whole, 1,
                            memory_order_relaxed);
}

enum wats_errc wats_counter_add(struct wats_metric *counter, double n)
{
  if (!(n >= 0) || isinf(n)) return WATS_ERR_ARGUMENT;
  if (n < WHOLE_LIMIT && n == (double)(uint64_t)n)
    atomic_fetch_add_explicit(&counter->value.counter.whole, (uint64_t)n,
                              memory_order_relaxed);
  else
    wats_metrics_add(&counter->value.counter.fraction, n);
  return WATS_OK;
}

void wats_gauge_set(struct wats_metric *gauge, double value)
{
  wats_metrics_store(&gauge->value.gauge, value);
}

void wats_gauge_add(struct wats_metric *gauge, double n)
{
  wats_metrics_add(&gauge->value.gauge, n);
}

double wats_metric_value(struct wats_metric *metric)
{
  struct histogram_snapshot snapshot;
  switch (metric->family->type) {
  case WATS_METRIC_COUNTER:
    return (double)atomic_load_explicit(&metric->value.counter.whole,
                                        memory_order_relaxed) +
           wats_metrics_load(&metric->value.counter.fraction);
  case WATS_METRIC_GAUGE:
    return wats_metrics_load(&metric->value.gauge);
  case WATS_METRIC_HISTOGRAM:
    break;
  }
  wats_metrics_histogram_read(metric, &snapshot);
  return (double)snapshot.count;
}

/* --- histograms ---------------------------------------------------------- */

/* Many buckets: apart, so that the usual few need no registers saved. */
static size_t search_bucket(const double *bounds, size_t count, double value)
{
  size_t low = 0, high = count;
  if (isnan(value)) return count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (value <= bounds[middle])
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

/* The first bucket whose bound is not below `value`; NaN is below none. */
static inline size_t bucket_of(const struct histogram *h, double value)
{
  const double *bounds = h->bounds;
  size_t count = h->bound_count, i;
  if (count > 24) return search_bucket(bounds, count, value);
  for (i = 0; i < count; i++)
    if (value <= bounds[i]) break;
  return i;
}

void wats_histogram_observe(struct wats_metric *histogram, double value)
{
  struct histogram *h = &histogram->value.histogram;
  size_t bucket = bucket_of(h, value);
  /* Acquire: sees the side emptied, if a reader has just turned it up. */
  size_t side = (size_t)(atomic_fetch_add_explicit(&h->started, 1,
                                                   memory_order_acquire) >>
                         63);
  wats_metrics_add(&h->sums[side], value);
  /* Release: who sees this count sees the sum. */
  atomic_fetch_add_explicit(&h->buckets[side][bucket], 1, memory_order_release);
}

static uint64_t completed(struct histogram *h, size_t side)
{
  uint64_t total = 0;
  size_t i;
  for (i = 0; i <= h->bound_count; i++)
    total += atomic_load_explicit(&h->buckets[side][i], memory_order_acquire);
  return total;
}

/*
** Waits for the writers under way on the side: a busy machine may let one wait
** for its turn between two instructions. One that never comes (a thread that
** fork left behind) is given up: its ticket is taken back, and should it come
** after all, it counts in a later reading.
*/
#define LONGEST_WAIT WATS_NS_PER_S

static void wait_for_writers(struct histogram *h, size_t side, uint64_t started)
{
  int64_t deadline = 0;
  uint64_t done;
  int i;
  for (i = 0; (done = completed(h, side)) < started; i++) {
    int64_t now;
    if (i < 100) continue;
    sched_yield();
    now = wats_clock_monotonic(&wats_system_clock);
    if (!deadline) deadline = now + LONGEST_WAIT;
    if (now < deadline) continue;
    atomic_fetch_sub_explicit(&h->started, started - done,
                              memory_order_relaxed);
    return;
  }
}

/* With the lock: observations go to the other side from now on, and those that
** had begun on this one are over. */
static size_t turn_over(struct histogram *h)
{
  uint64_t started =
      atomic_fetch_add_explicit(&h->started, SIDE_BIT, memory_order_acq_rel);
  size_t side = (size_t)(started >> 63);
  wait_for_writers(h, side, started & ~SIDE_BIT);
  return side;
}

void wats_metrics_histogram_read(struct wats_metric *metric,
                                 struct histogram_snapshot *out)
{
  struct histogram *h = &metric->value.histogram;
  uint64_t total = 0;
  size_t side, i;
  double sum;
  wats_metrics_reading_lock();
  side = turn_over(h);
  for (i = 0; i <= h->bound_count; i++) {
    uint64_t n =
        atomic_exchange_explicit(&h->buckets[side][i], 0, memory_order_acquire);
    atomic_fetch_add_explicit(&h->buckets[!side][i], n, memory_order_relaxed);
    total += n;
    out->buckets[i] = total;
  }
  sum = wats_metrics_take(&h->sums[side]);
  wats_metrics_add(&h->sums[!side], sum);
  wats_metrics_reading_unlock();
  out->count = total;
  out->sum = sum;
}

/* As a reading whose figures are thrown away, their tickets too. */
static void reset_histogram(struct histogram *h)
{
  uint64_t total = 0;
  size_t side, i;
  wats_metrics_reading_lock();
  side = turn_over(h);
  for (i = 0; i <= h->bound_count; i++)
    total +=
        atomic_exchange_explicit(&h->buckets[side][i], 0, memory_order_acquire);
  (void)wats_metrics_take(&h->sums[side]);
  atomic_fetch_sub_explicit(&h->started, total, memory_order_relaxed);
  wats_metrics_reading_unlock();
}

void wats_metrics_reset(struct wats_metric *metric)
{
  switch (metric->family->type) {
  case WATS_METRIC_COUNTER:
    atomic_store_explicit(&metric->value.counter.whole, 0,
                          memory_order_relaxed);
    wats_metrics_store(&metric->value.counter.fraction, 0);
    break;
  case WATS_METRIC_GAUGE:
    wats_metrics_store(&metric->value.gauge, 0);
    break;
  case WATS_METRIC_HISTOGRAM:
    reset_histogram(&metric->value.histogram);
    break;
  }
}

void wats_histogram_read(struct wats_metric *histogram, uint64_t *count,
                         double *sum)
{
  struct histogram_snapshot snapshot;
  wats_metrics_histogram_read(histogram, &snapshot);
  *count = snapshot.count;
  *sum = snapshot.sum;
}

double wats_histogram_sum(struct wats_metric *histogram)
{
  uint64_t count;
  double sum;
  wats_histogram_read(histogram, &count, &sum);
  return sum;
}
