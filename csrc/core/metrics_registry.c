/*
** metrics_registry.c - registries: families by name, collectors, the walk.
**
** One lock for the process guards all that creates: it is held for moments,
** and a fork then has one thing to keep in order. Families hang in a list by
** name that is only ever added to, so that the walk takes no lock; a child that
** was removed stays where it is, with a mark.
*/
#include <pthread.h>
#include <string.h>

#include "alloc.h"
#include "at_fork.h"
#include "metrics_internal.h"
#include "sync.h"

struct collector {
  void (*function)(void *context); /* NULL: removed while running */
  void *context;
};

struct wats_registry {
  _Atomic unsigned references;
  struct wats_family *_Atomic families;
  struct collector *collectors;
  size_t collector_count, collector_capacity;
  unsigned collecting; /* the generation it was begun in; 0: nobody is */
  pthread_t collecting_thread;
};

static struct wats_once once = WATS_ONCE_INIT;
static struct wats_mutex lock = WATS_MUTEX_INIT;
static struct wats_cond collected; /* some read-out's collection has ended */
static enum wats_errc prepared;
static unsigned generation = 1; /* of processes: one more with each fork */
static struct wats_registry *standard;

void wats_metrics_lock(void)
{
  wats_mutex_lock(&lock);
}

void wats_metrics_unlock(void)
{
  wats_mutex_unlock(&lock);
}

/* --- fork ---------------------------------------------------------------- */

static void before_fork(void)
{
  wats_metrics_lock();
  wats_metrics_reading_lock();
}

static void after_fork_in_parent(void)
{
  wats_metrics_reading_unlock();
  wats_metrics_unlock();
}

/* Those who collected or waited are not here; their condition is made anew. */
static void after_fork_in_child(void)
{
  generation++;
  (void)wats_cond_init(&collected);
  after_fork_in_parent();
}

static void prepare(void)
{
  prepared = wats_cond_init(&collected);
  if (prepared == WATS_OK)
    prepared = wats_at_fork(WATS_FORK_METRICS, before_fork,
                            after_fork_in_parent, after_fork_in_child);
}

/* --- registries ---------------------------------------------------------- */

struct wats_registry *wats_registry_create(void)
{
  struct wats_registry *registry;
  wats_once(&once, prepare);
  if (prepared) return NULL;
  registry = wats_calloc(1, sizeof *registry);
  if (registry) atomic_store(&registry->references, 1);
  return registry;
}

struct wats_registry *wats_registry_retain(struct wats_registry *registry)
{
  atomic_fetch_add_explicit(&registry->references, 1, memory_order_relaxed);
  return registry;
}

void wats_registry_release(struct wats_registry *registry)
{
  struct wats_family *family, *next;
  if (!registry || atomic_fetch_sub_explicit(&registry->references, 1,
                                             memory_order_acq_rel) != 1)
    return;
  for (family = atomic_load(&registry->families); family; family = next) {
    next = atomic_load(&family->next);
    wats_metrics_family_destroy(family);
  }
  wats_free(registry->collectors);
  wats_free(registry);
}

struct wats_registry *wats_registry_default(void)
{
  struct wats_registry *fresh = NULL, *registry;
  wats_metrics_lock();
  if (!standard) {
    wats_metrics_unlock();
    fresh = wats_registry_create();
    wats_metrics_lock();
  }
  if (!standard) {
    standard = fresh; /* its reference stays with the process */
    fresh = NULL;
  }
  registry = standard ? wats_registry_retain(standard) : NULL;
  wats_metrics_unlock();
  wats_registry_release(fresh);
  return registry;
}

/* --- families ------------------------------------------------------------ */

static enum wats_errc family_differs(const struct wats_family *family,
                                     const struct wats_family_options *options,
                                     struct wats_error *error)
{
  const char *what = "label names";
  if (family->type != options->type)
    what = "type";
  else if (family->label_count == options->label_count) {
    size_t i = 0;
    while (i < family->label_count &&
           strcmp(family->labels[i], options->labels[i]) == 0)
      i++;
    if (i == family->label_count) what = "buckets";
  }
  return wats_fail(error, WATS_ERR_ARGUMENT,
                   "%.80s is already there with other %s", family->name, what);
}

enum wats_errc
wats_metrics_family_locked(struct wats_registry *registry,
                           const struct wats_family_options *options,
                           struct wats_family **out, struct wats_error *error)
{
  struct wats_family *_Atomic *place = &registry->families;
  struct wats_family *_Atomic *here = NULL;
  struct wats_family *family;
  for (; (family = atomic_load(place)) != NULL; place = &family->next) {
    int order = strcmp(family->name, options->name);
    if (order == 0) {
      if (!wats_metrics_family_is(family, options))
        return family_differs(family, options, error);
      *out = family;
      return WATS_OK;
    }
    if (order > 0 && !here) here = place;
    if (wats_metrics_names_clash(family->name, family->type, options->name,
                                 options->type))
      return wats_fail(error, WATS_ERR_ARGUMENT,
                       "%.80s would show names of %.80s, which is there",
                       options->name, family->name);
  }
  if (!here) here = place;
  family = wats_metrics_family_create(registry, options);
  if (!family) return wats_fail_memory(error);
  atomic_store(&family->next, atomic_load(here));
  atomic_store_explicit(here, family, memory_order_release);
  *out = family;
  return WATS_OK;
}

enum wats_errc wats_registry_family(struct wats_registry *registry,
                                    const struct wats_family_options *options,
                                    struct wats_family **out,
                                    struct wats_error *error)
{
  enum wats_errc code = wats_metrics_family_check(options, error);
  if (code) return code;
  wats_metrics_lock();
  code = wats_metrics_family_locked(registry, options, out, error);
  wats_metrics_unlock();
  return code;
}

/* --- collectors (all under the lock) ------------------------------------- */

static bool is_collecting(const struct wats_registry *registry)
{
  return registry->collecting == generation;
}

static bool is_mine(const struct wats_registry *registry)
{
  return is_collecting(registry) &&
         pthread_equal(registry->collecting_thread, pthread_self());
}

static struct collector *find_collector(struct wats_registry *registry,
                                        void (*function)(void *context),
                                        void *context)
{
  size_t i;
  for (i = 0; i < registry->collector_count; i++) {
    struct collector *c = registry->collectors + i;
    if (c->function == function && c->context == context) return c;
  }
  return NULL;
}

static bool add_collector(struct wats_registry *registry,
                          struct collector collector)
{
  if (registry->collector_count == registry->collector_capacity) {
    size_t capacity = 2 * registry->collector_capacity + 4;
    struct collector *grown =
        wats_realloc(registry->collectors, capacity * sizeof *grown);
    if (!grown) return false;
    registry->collectors = grown;
    registry->collector_capacity = capacity;
  }
  registry->collectors[registry->collector_count++] = collector;
  return true;
}

static void drop_removed(struct wats_registry *registry)
{
  size_t kept = 0, i;
  for (i = 0; i < registry->collector_count; i++)
    if (registry->collectors[i].function)
      registry->collectors[kept++] = registry->collectors[i];
  registry->collector_count = kept;
}

enum wats_errc wats_registry_on_collect(struct wats_registry *registry,
                                        void (*function)(void *context),
                                        void *context)
{
  bool done = true;
  wats_metrics_lock();
  if (!find_collector(registry, function, context))
    done = add_collector(registry, (struct collector){function, context});
  wats_metrics_unlock();
  return done ? WATS_OK : WATS_ERR_MEMORY;
}

void wats_registry_off_collect(struct wats_registry *registry,
                               void (*function)(void *context), void *context)
{
  struct collector *collector;
  wats_metrics_lock();
  while (is_collecting(registry) && !is_mine(registry))
    wats_cond_wait(&collected, &lock);
  collector = find_collector(registry, function, context);
  if (collector) collector->function = NULL;
  if (!is_collecting(registry)) drop_removed(registry);
  wats_metrics_unlock();
}

/* A collector that reads out its own registry gets what there is. */
static void collect(struct wats_registry *registry)
{
  size_t i;
  wats_metrics_lock();
  while (is_collecting(registry) && !is_mine(registry))
    wats_cond_wait(&collected, &lock);
  if (is_mine(registry)) {
    wats_metrics_unlock();
    return;
  }
  registry->collecting = generation;
  registry->collecting_thread = pthread_self();
  for (i = 0; i < registry->collector_count; i++) {
    struct collector c = registry->collectors[i];
    if (!c.function) continue;
    wats_metrics_unlock();
    c.function(c.context);
    wats_metrics_lock();
  }
  drop_removed(registry);
  registry->collecting = 0;
  wats_cond_broadcast(&collected);
  wats_metrics_unlock();
}

/* --- the walk ------------------------------------------------------------ */

static void take_sample(struct wats_metric *child,
                        struct histogram_snapshot *snapshot,
                        struct wats_sample *sample)
{
  const struct wats_family *family = child->family;
  *sample = (struct wats_sample){.family = family,
                                 .metric = child,
                                 .labels = child->rendered,
                                 .labels_length = child->rendered_length};
  switch (family->type) {
  case WATS_METRIC_COUNTER:
    sample->whole =
        atomic_load_explicit(&child->value.counter.whole, memory_order_relaxed);
    sample->fraction = wats_metrics_load(&child->value.counter.fraction);
    sample->value = (double)sample->whole + sample->fraction;
    break;
  case WATS_METRIC_GAUGE:
    sample->value = wats_metrics_load(&child->value.gauge);
    break;
  case WATS_METRIC_HISTOGRAM:
    wats_metrics_histogram_read(child, snapshot);
    sample->value = snapshot->sum;
    sample->count = snapshot->count;
    sample->buckets = snapshot->buckets;
    break;
  }
}

enum wats_errc wats_registry_visit(
    struct wats_registry *registry,
    enum wats_errc (*visit)(const struct wats_sample *sample, void *context),
    void *context)
{
  struct histogram_snapshot snapshot;
  struct wats_family *family;
  collect(registry);
  family = atomic_load_explicit(&registry->families, memory_order_acquire);
  for (; family;
       family = atomic_load_explicit(&family->next, memory_order_acquire)) {
    struct wats_metric *child =
        atomic_load_explicit(&family->first, memory_order_acquire);
    while (child) {
      struct wats_sample sample;
      enum wats_errc code = WATS_OK;
      if (!atomic_load_explicit(&child->removed, memory_order_acquire)) {
        take_sample(child, &snapshot, &sample);
        code = visit(&sample, context);
      }
      if (code) return code;
      child = atomic_load_explicit(&child->next, memory_order_acquire);
    }
  }
  return WATS_OK;
}

void wats_registry_families(struct wats_registry *registry,
                            void (*visit)(const struct wats_family *family,
                                          void *context),
                            void *context)
{
  struct wats_family *family =
      atomic_load_explicit(&registry->families, memory_order_acquire);
  for (; family;
       family = atomic_load_explicit(&family->next, memory_order_acquire))
    visit(family, context);
}
