/*
** exposition.h - a registry as text, for a scraper or a person.
**
** Each function brings the registry up to date (its collectors run), and
** appends all families that have children, in order of name, to `out`. On
** failure (WATS_ERR_MEMORY, WATS_ERR_TOO_LARGE: the buffer's limit) `out` is
** as it was before. Any thread may call; no lock is held while text is made.
*/
#ifndef WATS_EXPOSITION_H
#define WATS_EXPOSITION_H

#include "buffer.h"
#include "metrics.h"

#define WATS_PROMETHEUS_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define WATS_OPENMETRICS_TYPE                                                  \
  "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define WATS_METRICS_JSON_TYPE "application/json"

/* Prometheus' text format 0.0.4. */
enum wats_errc wats_exposition_prometheus(struct wats_registry *registry,
                                          struct wats_buffer *out);
/*
** OpenMetrics 1.0.0. A counter's family is called without "_total", bounds are
** written "1.0". A histogram with a negative bound or sum shows neither sum nor
** count, as the standard demands; its last bucket is the count.
*/
enum wats_errc wats_exposition_openmetrics(struct wats_registry *registry,
                                           struct wats_buffer *out);
/*
** An object: { "families": [ {
**   "name": "x_total", "type": "counter" | "gauge" | "histogram",
**   "help": "...", "metrics": [
**     { "labels": { "a": "b" }, "value": 1 },                counter, gauge
**     { "labels": { }, "count": 2, "sum": 0.5, "buckets": [   histogram
**       { "le": 0.1, "count": 1 }, { "le": "+Inf", "count": 2 } ] }
** ] } ] }. Buckets are cumulative. Values that JSON has no number for are the
** texts "NaN", "+Inf" and "-Inf".
*/
enum wats_errc wats_exposition_json(struct wats_registry *registry,
                                    struct wats_buffer *out);

#endif
