/*
** metrics.h - counters, gauges and histograms in Prometheus' sense.
**
** A registry holds families (one name, type, help, set of label names); a
** family holds children (one per combination of label values). Changing a
** child is one or two atomic operations, from any thread, without a lock;
** locks are taken only to create and to read out. A child lives as long as its
** registry, so its pointer may be kept.
** A registry is counted: each holder retains it; the last release frees it.
*/
#ifndef WATS_METRICS_H
#define WATS_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum wats_metric_type {
  WATS_METRIC_COUNTER,
  WATS_METRIC_GAUGE,
  WATS_METRIC_HISTOGRAM
};

#define WATS_METRIC_MAX_LABELS 16

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
  const double *buckets; /* histograms: ascending upper bounds without +Inf;
                            NULL = WATS_DEFAULT_BUCKETS */
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
** name or label, or the name stands for another type, label set or buckets.
*/
enum wats_errc wats_registry_family(struct wats_registry *registry,
                                    const struct wats_family_options *options,
                                    struct wats_family **out,
                                    struct wats_error *error);

/*
** The child with these label values (as many as the family has labels, in its
** order), made when there is none. NULL: memory is short.
*/
struct wats_metric *wats_family_child(struct wats_family *family,
                                      const struct wats_text *values,
                                      size_t count);

enum wats_metric_type wats_family_type(const struct wats_family *family);
size_t wats_family_label_count(const struct wats_family *family);
const char *wats_family_label(const struct wats_family *family, size_t index);
const char *wats_family_name(const struct wats_family *family);

/* Counters: n >= 0 and finite, else WATS_ERR_ARGUMENT and nothing happens. */
void wats_counter_inc(struct wats_metric *counter);
enum wats_errc wats_counter_add(struct wats_metric *counter, double n);
void wats_gauge_set(struct wats_metric *gauge, double value);
void wats_gauge_add(struct wats_metric *gauge, double n);
/* NaN counts in +Inf's bucket, as in the reference implementation. */
void wats_histogram_observe(struct wats_metric *histogram, double value);
/* Counter or gauge: its value. Histogram: the number of observations. */
double wats_metric_value(const struct wats_metric *metric);
double wats_histogram_sum(const struct wats_metric *histogram);

/*
** Called before each read-out, with no lock held, to bring gauges up to date.
** Removed by wats_registry_off_collect with the same pair; after that call has
** returned, the function is not running and will not run again.
*/
enum wats_errc wats_registry_on_collect(struct wats_registry *registry,
                                        void (*function)(void *context),
                                        void *context);
void wats_registry_off_collect(struct wats_registry *registry,
                               void (*function)(void *context), void *context);

/* Reading out: exposition.h walks this snapshot. */
struct wats_sample {
  const struct wats_family *family; /* changes: HELP and TYPE lines are due */
  const char *labels;               /* rendered: a="x",b="y"; "" if none */
  size_t labels_length;
  double value;            /* counter, gauge; histogram: sum */
  uint64_t count;          /* histogram: observations */
  const uint64_t *buckets; /* histogram: cumulative, +Inf last */
};
/*
** Calls `visit` for each child, families in order of name, children in order
** of creation; sum of buckets == count in each histogram. Stops when visit
** returns other than WATS_OK, and returns that.
*/
enum wats_errc
wats_registry_visit(struct wats_registry *registry,
                    enum wats_errc (*visit)(const struct wats_sample *sample,
                                            void *context),
                    void *context);
const char *wats_family_help(const struct wats_family *family);
/* Upper bounds without +Inf. */
const double *wats_family_buckets(const struct wats_family *family,
                                  size_t *count);

#endif
