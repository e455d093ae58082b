/*
** health_figures.c - the gauges of slots and checks; see health_state.h.
*/
#include <string.h>

#include "health_state.h"

#define CHECK_GAUGE   "wats_health_check"
#define AGE_GAUGE     "wats_health_heartbeat_age_seconds"
#define TIMEOUT_GAUGE "wats_health_heartbeat_timeout_seconds"

/* What stands for a slot, or for one of its checks. */
struct gauge {
  struct wats_family *family; /* NULL: memory is short */
  struct wats_text values[2];
  size_t count;
};

static struct gauge find_gauge(struct wats_registry *registry, const char *name,
                               const char *help, const char *slot,
                               const char *check)
{
  static const char *const labels[] = {"slot", "check"};
  struct gauge gauge = {NULL, {{slot, strlen(slot)}, {NULL, 0}}, 1};
  struct wats_family_options options = {
      .type = WATS_METRIC_GAUGE, .name = name, .help = help, .labels = labels};
  if (check)
    gauge.values[gauge.count++] = (struct wats_text){check, strlen(check)};
  options.label_count = gauge.count;
  if (wats_registry_family(registry, &options, &gauge.family, NULL))
    gauge.family = NULL;
  return gauge;
}

static struct gauge check_gauge(const struct wats_health *health,
                                const char *check)
{
  return find_gauge(health->registry, CHECK_GAUGE,
                    "Whether a check of a slot is true (1) or not (0).",
                    health->slot, check);
}

static struct gauge age_gauge(const struct wats_health *health)
{
  return find_gauge(health->registry, AGE_GAUGE,
                    "Since the last heartbeat of a slot.", health->slot, NULL);
}

static struct gauge timeout_gauge(const struct wats_health *health)
{
  return find_gauge(health->registry, TIMEOUT_GAUGE,
                    "How old a slot's heartbeat may be.", health->slot, NULL);
}

static struct wats_metric *show_gauge(struct gauge gauge)
{
  return gauge.family
             ? wats_family_child(gauge.family, gauge.values, gauge.count)
             : NULL;
}

/* What is no more is neither fine nor out of order. */
static void hide_gauge(struct gauge gauge)
{
  if (gauge.family)
    (void)wats_family_remove(gauge.family, gauge.values, gauge.count);
}

/* A figure that cannot be had is left out: better than no check at all. */
void wats_health_figures_begin(struct wats_health *health,
                               void (*collect)(void *context))
{
  struct wats_metric *timeout;
  if (!health->timeout_ns ||
      wats_registry_on_collect(health->registry, collect, NULL) != WATS_OK)
    return;
  timeout = show_gauge(timeout_gauge(health));
  if (timeout) wats_gauge_set(timeout, (double)health->timeout_ns / 1e9);
  health->age = show_gauge(age_gauge(health));
}

void wats_health_figure_check(const struct wats_health *health,
                              struct wats_health_check *check)
{
  check->gauge = show_gauge(check_gauge(health, check->name));
}

void wats_health_figure_uncheck(const struct wats_health *health,
                                struct wats_health_check *check)
{
  if (check->gauge) hide_gauge(check_gauge(health, check->name));
  check->gauge = NULL;
}

void wats_health_figures_end(struct wats_health *health)
{
  size_t i;
  if (health->timeout_ns) {
    hide_gauge(age_gauge(health));
    hide_gauge(timeout_gauge(health));
  }
  health->age = NULL;
  for (i = 0; i < health->check_count; i++)
    wats_health_figure_uncheck(health, &health->checks[i]);
}
