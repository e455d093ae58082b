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
** ] } ],
** "http_cache": { "enabled", "size", "max_size", "requests", "hits", "misses",
**   "hit_rate", "evictions" },
** "queue": null | { "size", "active_workers", "total_processed" } }.
** The last two sum up, for those who look without a scraper, what the families
** say: all response caches, and all queues (size: what is not yet confirmed;
** workers: reports in flight; processed: sent or dead, by this process). Rates
** are 0..1. Buckets are cumulative. Values that JSON has no number for are the
** texts "NaN", "+Inf" and "-Inf".
*/
enum wats_errc wats_exposition_json(struct wats_registry *registry,
                                    struct wats_buffer *out);

typedef enum wats_errc wats_exposition(struct wats_registry *registry,
                                       struct wats_buffer *out);
/*
** A page of that form as a file, for node_exporter's textfile collector and the
** like: written beside it and renamed, so that a reader sees the old page or
** the new one, whole. WATS_ERR_IO: the old one stands.
*/
enum wats_errc wats_exposition_write_file(struct wats_registry *registry,
                                          wats_exposition *form,
                                          const char *path,
                                          struct wats_error *error);

#endif
