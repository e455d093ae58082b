/*
** metrics_internal.h - what the metrics_*.c files share; nobody else's.
*/
#ifndef WATS_METRICS_INTERNAL_H
#define WATS_METRICS_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "metrics.h"

/* A double changed atomically. By its bits, since compilers take _Atomic double
** through memory, which costs more than the addition. */
struct atomic_double {
  _Atomic uint64_t bits;
};

static inline uint64_t wats_metrics_bits(double value)
{
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static inline double wats_metrics_double(uint64_t bits)
{
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline double wats_metrics_load(const struct atomic_double *from)
{
  return wats_metrics_double(
      atomic_load_explicit(&from->bits, memory_order_relaxed));
}

static inline void wats_metrics_store(struct atomic_double *to, double value)
{
  atomic_store_explicit(&to->bits, wats_metrics_bits(value),
                        memory_order_relaxed);
}

static inline void wats_metrics_add(struct atomic_double *to, double n)
{
  uint64_t old = atomic_load_explicit(&to->bits, memory_order_relaxed);
  while (!atomic_compare_exchange_weak_explicit(
      &to->bits, &old, wats_metrics_bits(wats_metrics_double(old) + n),
      memory_order_relaxed, memory_order_relaxed))
    continue;
}

/* The value; 0 takes its place. */
static inline double wats_metrics_take(struct atomic_double *from)
{
  return wats_metrics_double(
      atomic_exchange_explicit(&from->bits, 0, memory_order_relaxed));
}

struct histogram {
  const double *bounds; /* the family's */
  size_t bound_count;
  /*
  ** Two sides, each a sum and bound_count + 1 buckets. Top bit: the side that
  ** observations go to; below: how many have been started. See
  ** metrics_value.c.
  */
  _Atomic uint64_t started;
  struct atomic_double sums[2];
  _Atomic uint64_t *buckets[2]; /* in the child's block */
};

struct wats_metric {
  struct wats_family *family;
  union {
    struct {
      _Atomic uint64_t whole;
      struct atomic_double fraction;
    } counter;
    struct atomic_double gauge;
    struct histogram histogram;
  } value;
  struct wats_metric *_Atomic next; /* in the family, by age */
  _Atomic bool removed;             /* changed under the lock */
  uint32_t hash;                    /* of the label values */
  size_t rendered_length;
  const char *rendered;      /* a="x",b="y"; in the block */
  struct wats_text values[]; /* one per label; in the block */
};

/* Open addressing; replaced by a larger one, never changed otherwise than by
** filling free slots, so it is searched without a lock. */
struct child_table {
  struct child_table *retired; /* its predecessor: somebody may be in it */
  size_t mask;
  struct wats_metric *_Atomic slots[];
};

struct wats_family {
  struct wats_registry *registry;   /* not counted: it owns the family */
  struct wats_family *_Atomic next; /* in the registry, by name */
  enum wats_metric_type type;
  char *name;
  char *help; /* UTF-8 */
  char *labels[WATS_METRIC_MAX_LABELS];
  size_t label_count;
  double *bounds;
  size_t bound_count;

  struct child_table *_Atomic table;
  struct wats_metric *_Atomic first;
  struct wats_metric *last;   /* under the lock */
  _Atomic size_t child_count; /* without the overflow child and removed ones */
  size_t placed; /* in the table, removed ones too; under the lock */
  struct wats_metric *_Atomic overflow;
  struct wats_metric *_Atomic overflow_count; /* in overflow_total */
};

struct histogram_snapshot {
  double sum;
  uint64_t count;
  uint64_t buckets[WATS_METRIC_MAX_BUCKETS + 1]; /* cumulative */
};

/* The lock round everything that creates (metrics_registry.c). */
void wats_metrics_lock(void);
void wats_metrics_unlock(void);
/* As wats_registry_family, with the lock held. */
enum wats_errc
wats_metrics_family_locked(struct wats_registry *registry,
                           const struct wats_family_options *options,
                           struct wats_family **out, struct wats_error *error);

/* metrics_family.c */
struct wats_family *
wats_metrics_family_create(struct wats_registry *registry,
                           const struct wats_family_options *options);
void wats_metrics_family_destroy(struct wats_family *family);

/* metrics_names.c */
enum wats_errc
wats_metrics_family_check(const struct wats_family_options *options,
                          struct wats_error *error);
/* Whether both could not be shown on one page, which names OpenMetrics
** and the suffixes of histograms considered. */
bool wats_metrics_names_clash(const char *a, enum wats_metric_type a_type,
                              const char *b, enum wats_metric_type b_type);
bool wats_metrics_family_is(const struct wats_family *family,
                            const struct wats_family_options *options);

/* The bounds asked for, or the default ones; NULL if not a histogram. */
const double *wats_metrics_bounds(const struct wats_family_options *options,
                                  size_t *count);

/* metrics_text.c: bytes that `text` takes up when bad ones are replaced (and,
** if `escape`, \ " and newline are written as \\ \" \n), written to `out`
** unless that is NULL. */
size_t wats_metrics_clean(char *out, const char *text, size_t length,
                          bool escape);

/* metrics_value.c */
void wats_metrics_histogram_read(struct wats_metric *metric,
                                 struct histogram_snapshot *out);
/* The child begins at 0. What is added meanwhile may count or not. */
void wats_metrics_reset(struct wats_metric *metric);
/* Held while a histogram is read; for the fork handlers. */
void wats_metrics_reading_lock(void);
void wats_metrics_reading_unlock(void);

#endif
