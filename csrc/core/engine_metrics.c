/*
** engine_metrics.c - see engine_metrics.h.
*/
#include "engine_metrics.h"

#include "handles.h"
#include "metrics.h"

static void collect(void *open)
{
  wats_gauge_set(open, (double)wats_handles_connections());
}

/* The registry tells by itself what it has already. */
enum wats_errc wats_engine_metrics_install(void)
{
  struct wats_family_options options = {
      .type = WATS_METRIC_GAUGE,
      .name = "wats_http_connections_open",
      .help = "Connections to servers, open or being made, of this process."};
  struct wats_registry *registry = wats_registry_default();
  struct wats_family *family;
  struct wats_metric *open = NULL;
  enum wats_errc code = WATS_ERR_MEMORY;
  if (!registry) return code;
  code = wats_registry_family(registry, &options, &family, NULL);
  if (code == WATS_OK) open = wats_family_child(family, NULL, 0);
  if (code == WATS_OK)
    code = open ? wats_registry_on_collect(registry, collect, open)
                : WATS_ERR_MEMORY;
  wats_registry_release(registry);
  return code;
}
