/*
** cache_figures.c - see cache_figures.h.
*/
#include "cache_figures.h"

#include <string.h>

/* The first gauge; the counters stand before it. */
enum { GAUGES = WATS_CACHE_COUNTERS };

static const struct {
  const char *name, *help;
} descriptions[] = {
    {"wats_http_cache_requests_total", "Look-ups in the response cache."},
    {"wats_http_cache_hits_total", "Look-ups answered without the server."},
    {"wats_http_cache_misses_total", "Look-ups that had to ask the server."},
    {"wats_http_cache_revalidations_total",
     "Misses that the server answered with 304."},
    {"wats_http_cache_stale_total",
     "Answers used after their time, by permission."},
    {"wats_http_cache_stores_total", "Answers stored."},
    {"wats_http_cache_evictions_total",
     "Usable answers dropped for want of room."},
    {"wats_http_cache_expirations_total",
     "Answers dropped because their time was over."},
    {"wats_http_cache_invalidations_total",
     "Answers dropped because of a write or by hand."},
    {"wats_http_cache_entries", "Answers stored now."},
    {"wats_http_cache_bytes", "Bytes that the stored answers take."},
    {"wats_http_cache_max_entries", "Answers that there is room for."},
    {"wats_http_cache_max_bytes", "Bytes that the stored answers may take."},
};

/* The counters of `s`, in the order of `descriptions`. */
static void counters(const struct wats_http_cache_stats *s,
                     uint64_t out[WATS_CACHE_COUNTERS])
{
  out[0] = s->requests;
  out[1] = s->hits;
  out[2] = s->misses;
  out[3] = s->revalidations;
  out[4] = s->stale;
  out[5] = s->stores;
  out[6] = s->evictions;
  out[7] = s->expirations;
  out[8] = s->invalidations;
}

/* Likewise the gauges. */
static void gauges(const struct wats_http_cache_stats *s,
                   double out[WATS_CACHE_GAUGES])
{
  out[0] = (double)s->entries;
  out[1] = (double)s->bytes;
  out[2] = (double)s->max_entries;
  out[3] = (double)s->max_bytes;
}

/* With the lock held. */
static void show(struct wats_cache_figures *f,
                 const struct wats_http_cache_stats *now)
{
  uint64_t then[WATS_CACHE_COUNTERS], to[WATS_CACHE_COUNTERS];
  double before[WATS_CACHE_GAUGES], after[WATS_CACHE_GAUGES];
  int i;
  counters(&f->shown, then);
  counters(now, to);
  for (i = 0; i < WATS_CACHE_COUNTERS; i++)
    if (to[i] > then[i])
      wats_counter_add(f->metrics[i], (double)(to[i] - then[i]));
  gauges(&f->shown, before);
  gauges(now, after);
  for (i = 0; i < WATS_CACHE_GAUGES; i++)
    wats_gauge_add(f->metrics[GAUGES + i], after[i] - before[i]);
  f->shown = *now;
}

static void collect(void *context)
{
  struct wats_cache_figures *f = context;
  struct wats_http_cache_stats now;
  wats_mutex_lock(&f->lock);
  f->read(f->context, &now);
  show(f, &now);
  wats_mutex_unlock(&f->lock);
}

static enum wats_errc make_metric(struct wats_cache_figures *f, int index,
                                  struct wats_error *error)
{
  struct wats_family_options options = {0};
  struct wats_family *family;
  enum wats_errc code;
  options.type =
      index < WATS_CACHE_COUNTERS ? WATS_METRIC_COUNTER : WATS_METRIC_GAUGE;
  options.name = descriptions[index].name;
  options.help = descriptions[index].help;
  code = wats_registry_family(f->registry, &options, &family, error);
  if (code != WATS_OK) return code;
  f->metrics[index] = wats_family_child(family, NULL, 0);
  return f->metrics[index] ? WATS_OK : wats_fail_memory(error);
}

enum wats_errc
wats_cache_figures_start(struct wats_cache_figures *f,
                         struct wats_registry *registry,
                         void (*read)(void *, struct wats_http_cache_stats *),
                         void *context, struct wats_error *error)
{
  enum wats_errc code = WATS_OK;
  int i;
  memset(f, 0, sizeof *f);
  if (!registry) return WATS_OK;
  f->registry = registry;
  f->read = read;
  f->context = context;
  for (i = 0; i < WATS_CACHE_COUNTERS + WATS_CACHE_GAUGES; i++)
    if ((code = make_metric(f, i, error)) != WATS_OK) return code;
  if ((code = wats_mutex_init(&f->lock)) != WATS_OK)
    return wats_fail(error, code, "cannot make a mutex");
  code = wats_registry_on_collect(registry, collect, f);
  if (code != WATS_OK) {
    wats_mutex_destroy(&f->lock);
    return wats_fail(error, code, "cannot join the metrics registry");
  }
  wats_registry_retain(registry);
  return WATS_OK;
}

void wats_cache_figures_stop(struct wats_cache_figures *f)
{
  struct wats_http_cache_stats last;
  if (!f->registry) return;
  wats_registry_off_collect(f->registry, collect, f);
  f->read(f->context, &last);
  last.entries = last.bytes = last.max_entries = last.max_bytes = 0;
  show(f, &last);
  wats_mutex_destroy(&f->lock);
  wats_registry_release(f->registry);
  f->registry = NULL;
}

void wats_cache_figures_abandon(struct wats_cache_figures *f)
{
  double shown[WATS_CACHE_GAUGES];
  int i;
  if (!f->registry) return;
  wats_registry_off_collect(f->registry, collect, f);
  gauges(&f->shown, shown);
  for (i = 0; i < WATS_CACHE_GAUGES; i++)
    wats_gauge_add(f->metrics[GAUGES + i], -shown[i]);
}
