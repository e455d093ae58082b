/*
** cache_figures.h - what http_cache shows in a metrics registry.
**
** wats_http_cache_{requests,hits,misses,revalidations,stale,stores,evictions,
** expirations,invalidations}_total and the gauges
** wats_http_cache_{entries,bytes,max_entries,max_bytes}. Several caches of a
*process add up in one
** registry. The cache counts for itself; before each read-out the growth since
** the last one is added here, so that a look-up pays for no metric and the
** registry's growth is the statistics' growth, exactly.
*/
#ifndef WATS_CACHE_FIGURES_H
#define WATS_CACHE_FIGURES_H

#include "cache_types.h"
#include "error.h"
#include "metrics.h"
#include "sync.h"

#define WATS_CACHE_COUNTERS 9
#define WATS_CACHE_GAUGES   4

struct wats_cache_figures {
  struct wats_mutex lock; /* guards `shown` */
  struct wats_registry *registry;
  void (*read)(void *context, struct wats_http_cache_stats *out);
  void *context;
  struct wats_metric *metrics[WATS_CACHE_COUNTERS + WATS_CACHE_GAUGES];
  struct wats_http_cache_stats shown; /* what is in the registry of it */
};

/*
** Joins the registry, which may be NULL: then nothing is shown. `read` is
** called from any thread that reads the registry out, until stop has returned.
** On failure nothing is held; stop must not be called.
*/
enum wats_errc wats_cache_figures_start(
    struct wats_cache_figures *figures, struct wats_registry *registry,
    void (*read)(void *context, struct wats_http_cache_stats *out),
    void *context, struct wats_error *error);
/* Shows the last growth, takes the gauges back to what others have. */
void wats_cache_figures_stop(struct wats_cache_figures *figures);
/* In a forked child: as stop, but nothing is read that another thread of the
** parent may have been in, and nothing let go. */
void wats_cache_figures_abandon(struct wats_cache_figures *figures);

#endif
