/*
** metrics.h - counters, gauges and histograms in Prometheus' sense.
**
** A registry holds families (one name, type, help, set of label names); a
** family holds children (one per combination of label values). Changing a
** child is one to three atomic operations, from any thread, without a lock;
** finding one takes no lock either. One lock is taken to create, and one while
** a histogram is read out. A child lives as long as its registry, so its
** pointer may be kept; one who keeps it keeps a reference to the registry.
** A registry is counted: each holder retains it; the last release frees it.
**
** A family has at most WATS_METRIC_MAX_CHILDREN children. Label values beyond
** those all lead to one more child whose label values are all "overflow", and
** wats_metrics_overflow_total{family} counts how often that happened: a label
** that somebody fills with serial numbers cannot eat the station's memory.
** Label values and help that are not UTF-8 have each bad byte replaced by
** U+FFFD, since a scraper throws away the whole page otherwise.
**
** A child that was removed is shown no longer; who still has it may change it,
** to no effect. When its label values are asked for again it is there again,
** the same child, and begins at 0. Its memory stays, so of the values that come
** and go a family knows WATS_METRIC_MAX_VALUES; those beyond lead to the
** overflow too.
**
** After fork() the child has its own copy of all figures, and no lock is held
** in it, whatever the parent's threads were doing. In a signal handler nothing
** here may be called.
*/
#ifndef WATS_METRICS_H
#define WATS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum wats_metric_type {
  WATS_METRIC_COUNTER,
  WATS_METRIC_GAUGE,
  WATS_METRIC_HISTOGRAM
};

#define WATS_METRIC_MAX_LABELS   16
#define WATS_METRIC_MAX_BUCKETS  256
#define WATS_METRIC_MAX_CHILDREN 1000
#define WATS_METRIC_MAX_VALUES   (10 * WATS_METRIC_MAX_CHILDREN)

struct wats_registry;
struct wats_family;
struct wats_metric; /* a child */

struct wats_text { /* bytes with a length; label values may hold anything */
  const char *data;
  size_t length;
};

struct wats_family_options {
  enum wats_metric_type type;
  const char *name; /* [a-zA-Z_:][a-zA-Z0-9_:]*; counters end in _total */
  const char *help; /* UTF-8 text */
  const char *const *labels; /* names [a-zA-Z_][a-zA-Z0-9_]*, not "__...",
                                for histograms not "le" */
  size_t label_count;
  const double *buckets; /* histograms: ascending finite upper bounds, +Inf
                            goes without saying; NULL: 5 ms to 10 s, fit for
                            the durations of requests, in seconds */
  size_t bucket_count;
};

/* NULL when memory is short. */
struct wats_registry *wats_registry_create(void);
struct wats_registry *wats_registry_retain(struct wats_registry *registry);
void wats_registry_release(struct wats_registry *registry);
/* The process-wide one, made on first use; the caller owns one reference. */
struct wats_registry *wats_registry_default(void);

/*
** The family of that name, made when there is none. WATS_ERR_ARGUMENT: bad
** name or label, or the name stands for another type, label set or buckets, or
** one of the names it would show (x_bucket, x_sum, ...) is another family's.
** The first one's help stands.
*/
enum wats_errc wats_registry_family(struct wats_registry *registry,
                                    const struct wats_family_options *options,
                                    struct wats_family **out,
                                    struct wats_error *error);

/*
** The child with these label values (as many as the family has labels, in its
** order), made when there is none. NULL: memory is short, or `count` is not
** the number of labels.
*/
struct wats_metric *wats_family_child(struct wats_family *family,
                                      const struct wats_text *values,
                                      size_t count);

/* Removes the child with these label values; false: there is none. */
bool wats_family_remove(struct wats_family *family,
                        const struct wats_text *values, size_t count);
/* Removes all children; the one of a family without labels begins at 0. */
void wats_family_clear(struct wats_family *family);

enum wats_metric_type wats_family_type(const struct wats_family *family);
size_t wats_family_label_count(const struct wats_family *family);
const char *wats_family_label(const struct wats_family *family, size_t index);
const char *wats_family_name(const struct wats_family *family);
struct wats_registry *wats_family_registry(const struct wats_family *family);
const struct wats_family *wats_metric_family(const struct wats_metric *metric);
/* Of label `index`, NUL behind it; "overflow" for the child beyond the bound.
 */
struct wats_text wats_metric_label_value(const struct wats_metric *metric,
                                         size_t index);

/* Counters: n >= 0 and finite, else WATS_ERR_ARGUMENT and nothing happens. */
void wats_counter_inc(struct wats_metric *counter);
enum wats_errc wats_counter_add(struct wats_metric *counter, double n);
void wats_gauge_set(struct wats_metric *gauge, double value);
void wats_gauge_add(struct wats_metric *gauge, double n);
/* NaN counts in +Inf's bucket, as in the reference implementation. */
void wats_histogram_observe(struct wats_metric *histogram, double value);
/* Counter or gauge: its value. Histogram: the number of observations. */
double wats_metric_value(struct wats_metric *metric);
double wats_histogram_sum(struct wats_metric *histogram);
/* Both of the same observations. */
void wats_histogram_read(struct wats_metric *histogram, uint64_t *count,
                         double *sum);

/*
** Called before each read-out, with no lock held, to bring gauges up to date;
** never by two threads at once. The same pair given twice counts once.
** Removed by wats_registry_off_collect with the same pair; after that call has
** returned, the function is not running and will not run again (unless it is
** the function itself that called). That may wait for a read-out: call it with
** no lock held that such a function takes.
*/
enum wats_errc wats_registry_on_collect(struct wats_registry *registry,
                                        void (*function)(void *context),
                                        void *context);
void wats_registry_off_collect(struct wats_registry *registry,
                               void (*function)(void *context), void *context);

/* Reading out: exposition.h walks this snapshot. */
struct wats_sample {
  const struct wats_family *family; /* changes: HELP and TYPE lines are due */
  const struct wats_metric *metric;
  const char *labels; /* rendered: a="x",b="y"; "" if none */
  size_t labels_length;
  double value;            /* counter, gauge; histogram: sum */
  uint64_t whole;          /* counter: its value is whole + fraction, so that */
  double fraction;         /* 2^53 and more are exact when fraction is 0 */
  uint64_t count;          /* histogram: observations */
  const uint64_t *buckets; /* histogram: cumulative, +Inf last */
};
/*
** Calls `visit` for each child, families in order of name, children in order
** of creation, with no lock held. In each histogram the last bucket == count,
** and sum is that of exactly those observations. A family without children is
** not visited. Stops when visit returns other than WATS_OK, and returns that.
*/
enum wats_errc wats_registry_visit(
    struct wats_registry *registry,
    enum wats_errc (*visit)(const struct wats_sample *sample, void *context),
    void *context);
/* Calls `visit` for each family, children or not, in order of name. */
void wats_registry_families(struct wats_registry *registry,
                            void (*visit)(const struct wats_family *family,
                                          void *context),
                            void *context);
const char *wats_family_help(const struct wats_family *family);
/* Upper bounds without +Inf. */
const double *wats_family_buckets(const struct wats_family *family,
                                  size_t *count);

#endif
