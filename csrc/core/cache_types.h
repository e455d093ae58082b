/*
** cache_types.h - what http_cache and its parts tell each other. Users include
** http_cache.h.
*/
#ifndef WATS_CACHE_TYPES_H
#define WATS_CACHE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "freshness.h"
#include "headers.h"
#include "routes.h"

/* What the request is, as far as the cache needs to know. */
struct wats_cache_request {
  const char *key;
  size_t key_length;
  const char *path; /* canonical, without query; best a part of key: that
                       saves a copy of it in each entry */
  size_t path_length;
  const struct wats_operation *operation; /* NULL: not in the table */
  const struct wats_headers *headers;     /* the request's; NULL: none. Read:
                                             Cache-Control, Pragma, conditions
                                             and what Vary names */
  const struct wats_headers *defaults;    /* fields that are sent where
                                             `headers` has none of that name;
                                             NULL: none */
  int64_t ttl_ns; /* the caller's own life span for a silent answer; -1: the
                     operation's class or the cache's ttl decides */
  struct wats_cache_term term; /* the client's for this operation */
  bool head;    /* HEAD: the answer to a GET serves it without its body */
  bool as_sent; /* bodies under this key are stored as they were sent, no
                   content coding undone */
  bool offline; /* the server is not to be asked, not even behind */
  bool asked;   /* the caller chose a mode: live operations are cached only
                   for those who ask, so or by a ttl of their own */
};

struct wats_cache_ticket { /* filled by begin, handed to store */
  uint64_t sequence;
  uint64_t epoch;       /* where time stood for those who share the disk tier */
  int64_t requested_ns; /* monotonic, when the request was made */
};

/*
** What a write on a path outside the table has made useless counts in
** `entries` and `bytes` until a look-up meets it or it must make room; then it
** counts as invalidated. What a write on families drops is gone at once.
*/
struct wats_http_cache_stats {
  uint64_t requests; /* look-ups = hits + misses */
  uint64_t hits;     /* answered without asking the server */
  uint64_t misses;
  uint64_t revalidations; /* misses that a 304 answered */
  uint64_t stale;         /* answers used after their time, hits (max-stale,
                             stale-while-revalidate) and misses (stale-if-error) */
  uint64_t stores, evictions, expirations, invalidations;
  size_t entries, max_entries, bytes, max_bytes;
};

#endif
