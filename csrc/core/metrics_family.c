/*
** metrics_family.c - families, and their children by label values.
**
** A child is found without a lock: the table of children is only ever filled,
** and a fuller one replaced by a larger one that lists the same children; the
** old one stays until the registry goes, for one who may still be in it. That
** costs less than the last table once more, and tables end at the bound.
*/
#include <string.h>

#include "alloc.h"
#include "metrics_internal.h"

#define FIRST_SLOTS 8
#define OVERFLOW    "overflow"

/* --- making and freeing -------------------------------------------------- */

static bool fill(struct wats_family *family,
                 const struct wats_family_options *options)
{
  const double *bounds = wats_metrics_bounds(options, &family->bound_count);
  size_t help = strlen(options->help), i;
  size_t clean = wats_metrics_clean(NULL, options->help, help, false);
  family->name = wats_strndup(options->name, strlen(options->name));
  family->help = wats_malloc(clean + 1);
  if (!family->name || !family->help) return false;
  wats_metrics_clean(family->help, options->help, help, false);
  family->help[clean] = '\0';
  for (i = 0; i < options->label_count; i++) {
    family->labels[i] =
        wats_strndup(options->labels[i], strlen(options->labels[i]));
    if (!family->labels[i]) return false;
  }
  if (!family->bound_count) return true;
  family->bounds = wats_malloc(family->bound_count * sizeof *bounds);
  if (!family->bounds) return false;
  memcpy(family->bounds, bounds, family->bound_count * sizeof *bounds);
  return true;
}

struct wats_family *
wats_metrics_family_create(struct wats_registry *registry,
                           const struct wats_family_options *options)
{
  struct wats_family *family = wats_calloc(1, sizeof *family);
  if (!family) return NULL;
  family->registry = registry;
  family->type = options->type;
  family->label_count = options->label_count;
  if (fill(family, options)) return family;
  wats_metrics_family_destroy(family);
  return NULL;
}

void wats_metrics_family_destroy(struct wats_family *family)
{
  struct wats_metric *child = atomic_load(&family->first);
  struct child_table *table = atomic_load(&family->table);
  size_t i;
  while (child) {
    struct wats_metric *next = atomic_load(&child->next);
    wats_free(child);
    child = next;
  }
  while (table) {
    struct child_table *retired = table->retired;
    wats_free(table);
    table = retired;
  }
  for (i = 0; i < family->label_count; i++)
    wats_free(family->labels[i]);
  wats_free(family->bounds);
  wats_free(family->help);
  wats_free(family->name);
  wats_free(family);
}

/* --- children ------------------------------------------------------------ */

static uint32_t hash_values(const struct wats_text *values, size_t count)
{
  uint32_t hash = 2166136261u;
  size_t i, j;
  for (i = 0; i < count; i++) {
    for (j = 0; j < values[i].length; j++)
      hash = (hash ^ (unsigned char)values[i].data[j]) * 16777619u;
    hash = (hash ^ 0xff) * 16777619u;
  }
  return hash ^ hash >> 15; /* the table takes the low bits */
}

static bool has_values(const struct wats_metric *child,
                       const struct wats_text *values, size_t count)
{
  size_t i;
  for (i = 0; i < count; i++)
    if (child->values[i].length != values[i].length ||
        (values[i].length &&
         memcmp(child->values[i].data, values[i].data, values[i].length) != 0))
      return false;
  return true;
}

static struct wats_metric *find(struct wats_family *family, uint32_t hash,
                                const struct wats_text *values, size_t count)
{
  struct child_table *table =
      atomic_load_explicit(&family->table, memory_order_acquire);
  struct wats_metric *child;
  size_t i;
  if (!table) return NULL;
  for (i = hash & table->mask;; i = (i + 1) & table->mask) {
    child = atomic_load_explicit(&table->slots[i], memory_order_acquire);
    if (!child) return NULL;
    if (child->hash == hash && has_values(child, values, count)) return child;
  }
}

static void place(struct child_table *table, struct wats_metric *child)
{
  size_t i = child->hash & table->mask;
  while (atomic_load_explicit(&table->slots[i], memory_order_relaxed))
    i = (i + 1) & table->mask;
  atomic_store_explicit(&table->slots[i], child, memory_order_release);
}

/* Room for one more child at a load of a half at most. Under the lock. */
static bool make_room(struct wats_family *family)
{
  struct child_table *old = atomic_load(&family->table), *table;
  size_t slots = old ? 2 * (old->mask + 1) : FIRST_SLOTS, i;
  if (old && 2 * (family->placed + 1) <= old->mask + 1) return true;
  table = wats_calloc(1, sizeof *table + slots * sizeof table->slots[0]);
  if (!table) return false;
  table->mask = slots - 1;
  table->retired = old;
  for (i = 0; old && i <= old->mask; i++) {
    struct wats_metric *child = atomic_load(&old->slots[i]);
    if (child) place(table, child);
  }
  atomic_store_explicit(&family->table, table, memory_order_release);
  return true;
}

/* Bytes of a="x",b="y", written to `out` unless NULL. */
static size_t render(const struct wats_family *family,
                     const struct wats_text *values, char *out)
{
  size_t at = 0, i;
  for (i = 0; i < family->label_count; i++) {
    size_t name = strlen(family->labels[i]), value;
    if (out) {
      char *to = out + at;
      if (i) *to++ = ',';
      memcpy(to, family->labels[i], name);
      to[name] = '=';
      to[name + 1] = '"';
    }
    at += (i > 0) + name + 2;
    value = wats_metrics_clean(out ? out + at : NULL, values[i].data,
                               values[i].length, true);
    if (out) out[at + value] = '"';
    at += value + 1;
  }
  return at;
}

/* The bytes behind the struct: values, buckets, texts, in order of need for
** alignment. */
static struct wats_metric *child_create(struct wats_family *family,
                                        uint32_t hash,
                                        const struct wats_text *values)
{
  size_t count = family->label_count, i;
  size_t rendered = render(family, values, NULL);
  size_t buckets =
      family->type == WATS_METRIC_HISTOGRAM ? family->bound_count + 1 : 0;
  size_t size = sizeof(struct wats_metric) + count * sizeof *values +
                2 * buckets * sizeof(_Atomic uint64_t) + rendered;
  struct wats_metric *child;
  char *text;
  for (i = 0; i < count; i++)
    size += values[i].length + 1;
  child = wats_calloc(1, size);
  if (!child) return NULL;
  child->family = family;
  child->hash = hash;
  text = (char *)(child->values + count);
  if (buckets) {
    struct histogram *h = &child->value.histogram;
    h->bounds = family->bounds;
    h->bound_count = family->bound_count;
    h->buckets[0] = (_Atomic uint64_t *)(void *)text;
    h->buckets[1] = h->buckets[0] + buckets;
    text = (char *)(h->buckets[1] + buckets);
  }
  for (i = 0; i < count; i++) {
    child->values[i] = (struct wats_text){text, values[i].length};
    if (values[i].length) memcpy(text, values[i].data, values[i].length);
    text += values[i].length + 1;
  }
  child->rendered = text;
  child->rendered_length = render(family, values, text);
  return child;
}

/* Under the lock. */
static void append(struct wats_family *family, struct wats_metric *child)
{
  if (family->last)
    atomic_store_explicit(&family->last->next, child, memory_order_release);
  else
    atomic_store_explicit(&family->first, child, memory_order_release);
  family->last = child;
}

static bool is_removed(const struct wats_metric *child)
{
  return atomic_load_explicit(&child->removed, memory_order_acquire);
}

/* Under the lock. */
static void bring_back(struct wats_metric *child)
{
  wats_metrics_reset(child);
  atomic_store_explicit(&child->removed, false, memory_order_release);
}

/* Under the lock; the values are clean. */
static struct wats_metric *add(struct wats_family *family, uint32_t hash,
                               const struct wats_text *values, size_t count)
{
  struct wats_metric *child = find(family, hash, values, count);
  if (child && !is_removed(child)) return child;
  if (child)
    bring_back(child);
  else {
    if (!make_room(family)) return NULL;
    child = child_create(family, hash, values);
    if (!child) return NULL;
    append(family, child);
    place(atomic_load(&family->table), child);
    family->placed++;
  }
  atomic_fetch_add_explicit(&family->child_count, 1, memory_order_release);
  return child;
}

/* --- the bound ----------------------------------------------------------- */

/* Under the lock; NULL when memory is short, then a later look-up tries. */
static struct wats_metric *overflow_counter(struct wats_family *family)
{
  static const char *const labels[] = {"family"};
  struct wats_family_options options = {
      .type = WATS_METRIC_COUNTER,
      .name = "wats_metrics_overflow_total",
      .help = "Look-ups of label values beyond a family's bound, which led to "
              "its child \"overflow\".",
      .labels = labels,
      .label_count = 1};
  struct wats_text name = {family->name, strlen(family->name)};
  struct wats_family *counters;
  if (wats_metrics_family_locked(family->registry, &options, &counters, NULL))
    return NULL;
  /* Beyond a thousand such families nobody counts any more. */
  if (counters == family ||
      atomic_load(&counters->child_count) >= WATS_METRIC_MAX_CHILDREN)
    return NULL;
  return add(counters, hash_values(&name, 1), &name, 1);
}

/* Not there, or removed. */
static bool is_lacking(const struct wats_metric *child)
{
  return !child || is_removed(child);
}

/* Under the lock. One whose labels are such by chance serves as well; it counts
** among the children. */
static struct wats_metric *make_overflow(struct wats_family *family)
{
  struct wats_text values[WATS_METRIC_MAX_LABELS] = {{NULL, 0}};
  struct wats_metric *child = atomic_load(&family->overflow);
  struct wats_metric *own;
  size_t i;
  if (is_lacking(atomic_load(&family->overflow_count)))
    atomic_store_explicit(&family->overflow_count, overflow_counter(family),
                          memory_order_release);
  if (!is_lacking(child)) return child;
  for (i = 0; i < family->label_count; i++)
    values[i] = (struct wats_text){OVERFLOW, sizeof OVERFLOW - 1};
  own = find(family, hash_values(values, family->label_count), values,
             family->label_count);
  if (own) {
    if (is_removed(own)) atomic_fetch_add(&family->child_count, 1);
    child = own;
  }
  if (child && is_removed(child)) bring_back(child);
  if (!child) {
    child = child_create(family, 0, values);
    if (!child) return NULL;
    append(family, child);
  }
  atomic_store_explicit(&family->overflow, child, memory_order_release);
  return child;
}

static struct wats_metric *overflow(struct wats_family *family)
{
  struct wats_metric *child =
      atomic_load_explicit(&family->overflow, memory_order_acquire);
  struct wats_metric *counter =
      atomic_load_explicit(&family->overflow_count, memory_order_acquire);
  if (is_lacking(child) || is_lacking(counter)) {
    wats_metrics_lock();
    child = make_overflow(family);
    counter = atomic_load(&family->overflow_count);
    wats_metrics_unlock();
  }
  if (counter) wats_counter_inc(counter);
  return child;
}

/* --- look-up ------------------------------------------------------------- */

typedef struct wats_metric *look_up(struct wats_family *family,
                                    const struct wats_text *values,
                                    size_t count);

static struct wats_metric *find_or_add(struct wats_family *family,
                                       const struct wats_text *values,
                                       size_t count)
{
  uint32_t hash = hash_values(values, count);
  struct wats_metric *child;
  bool full;
  wats_metrics_lock();
  child = find(family, hash, values, count);
  full = atomic_load(&family->child_count) >= WATS_METRIC_MAX_CHILDREN ||
         (!child && family->placed >= WATS_METRIC_MAX_VALUES);
  if (is_lacking(child)) child = full ? NULL : add(family, hash, values, count);
  wats_metrics_unlock();
  return child || !full ? child : overflow(family);
}

/* NULL: there is none. The overflow child may be in no table. */
static struct wats_metric *find_and_remove(struct wats_family *family,
                                           const struct wats_text *values,
                                           size_t count)
{
  struct wats_metric *child, *beyond;
  wats_metrics_lock();
  child = find(family, hash_values(values, count), values, count);
  beyond = atomic_load(&family->overflow);
  if (!is_lacking(child))
    atomic_fetch_sub(&family->child_count, 1);
  else if (!is_lacking(beyond) && has_values(beyond, values, count))
    child = beyond;
  else
    child = NULL;
  if (child) atomic_store_explicit(&child->removed, true, memory_order_release);
  wats_metrics_unlock();
  return child;
}

/* Calls `function` with the values after bad bytes have been replaced. */
static struct wats_metric *with_clean(struct wats_family *family,
                                      const struct wats_text *values,
                                      size_t count, look_up *function)
{
  struct wats_text clean[WATS_METRIC_MAX_LABELS] = {{NULL, 0}};
  struct wats_metric *child;
  size_t size = 0, length = 0, i;
  char *text;
  for (i = 0; i < count; i++) {
    size += wats_metrics_clean(NULL, values[i].data, values[i].length, false);
    length += values[i].length;
  }
  /* A replacement is three bytes for one. */
  if (size == length) return function(family, values, count);
  text = wats_malloc(size);
  if (!text) return NULL;
  for (size = 0, i = 0; i < count; i++) {
    length = wats_metrics_clean(text + size, values[i].data, values[i].length,
                                false);
    clean[i] = (struct wats_text){text + size, length};
    size += length;
  }
  child = function(family, clean, count);
  wats_free(text);
  return child;
}

struct wats_metric *wats_family_child(struct wats_family *family,
                                      const struct wats_text *values,
                                      size_t count)
{
  struct wats_metric *child;
  if (count != family->label_count) return NULL;
  child = find(family, hash_values(values, count), values, count);
  return is_lacking(child) ? with_clean(family, values, count, find_or_add)
                           : child;
}

bool wats_family_remove(struct wats_family *family,
                        const struct wats_text *values, size_t count)
{
  return count == family->label_count && count > 0 &&
         with_clean(family, values, count, find_and_remove) != NULL;
}

void wats_family_clear(struct wats_family *family)
{
  struct wats_metric *child;
  wats_metrics_lock();
  for (child = atomic_load(&family->first); child;
       child = atomic_load(&child->next))
    if (family->label_count == 0)
      wats_metrics_reset(child);
    else
      atomic_store_explicit(&child->removed, true, memory_order_release);
  if (family->label_count) atomic_store(&family->child_count, 0);
  wats_metrics_unlock();
}

/* --- reading ------------------------------------------------------------- */

enum wats_metric_type wats_family_type(const struct wats_family *family)
{
  return family->type;
}

size_t wats_family_label_count(const struct wats_family *family)
{
  return family->label_count;
}

const char *wats_family_label(const struct wats_family *family, size_t index)
{
  return index < family->label_count ? family->labels[index] : NULL;
}

const char *wats_family_name(const struct wats_family *family)
{
  return family->name;
}

const char *wats_family_help(const struct wats_family *family)
{
  return family->help;
}

struct wats_registry *wats_family_registry(const struct wats_family *family)
{
  return family->registry;
}

const double *wats_family_buckets(const struct wats_family *family,
                                  size_t *count)
{
  *count = family->bound_count;
  return family->bounds;
}

const struct wats_family *wats_metric_family(const struct wats_metric *metric)
{
  return metric->family;
}

struct wats_text wats_metric_label_value(const struct wats_metric *metric,
                                         size_t index)
{
  return metric->values[index];
}
