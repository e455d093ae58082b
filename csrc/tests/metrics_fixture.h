/*
** metrics_fixture.h - families and children for tests, made in one line.
*/
#ifndef WATS_METRICS_FIXTURE_H
#define WATS_METRICS_FIXTURE_H

#include <stdbool.h>
#include <string.h>

#include "core/metrics.h"
#include "test.h"

static inline enum wats_errc make(struct wats_registry *registry,
                                  enum wats_metric_type type, const char *name,
                                  const char *label, struct wats_family **out)
{
  struct wats_family_options options = {.type = type,
                                        .name = name,
                                        .help = "help",
                                        .labels = &label,
                                        .label_count = label ? 1 : 0};
  return wats_registry_family(registry, &options, out, NULL);
}

static inline struct wats_family *family(struct wats_registry *registry,
                                         enum wats_metric_type type,
                                         const char *name, const char *label)
{
  struct wats_family *out = NULL;
  CHECK_INT(make(registry, type, name, label, &out), WATS_OK);
  return out;
}

static inline struct wats_metric *child(struct wats_family *of,
                                        const char *value)
{
  struct wats_text text = {value, value ? strlen(value) : 0};
  return wats_family_child(of, &text, value ? 1 : 0);
}

static inline bool same(double a, double b)
{
  return !(a < b) && !(a > b);
}

#endif
