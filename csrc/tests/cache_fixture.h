/*
** cache_fixture.h - one cache on a clock that stands still, and exchanges in a
** line each, for the tests of http_cache.
*/
#ifndef WATS_CACHE_FIXTURE_H
#define WATS_CACHE_FIXTURE_H

#include "core/http_cache.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "core/metrics.h"
#include "core/ttl_lru.h"
#include "test.h"

#define S   WATS_NS_PER_S
#define NOW INT64_C(1700000000)

static struct wats_fake_clock fake;
static struct wats_http_cache *cache;

static inline void open_cache(int64_t ttl_s, size_t max_entries,
                              size_t max_bytes)
{
  struct wats_http_cache_options options = {0};
  wats_fake_clock_init(&fake, 1000 * S, NOW * S);
  options.ttl_ns = ttl_s * S;
  options.max_entries = max_entries;
  options.max_bytes = max_bytes;
  options.clock = &fake.clock;
  CHECK_INT(wats_http_cache_create(&options, &cache, NULL), WATS_OK);
}

static inline void close_cache(void)
{
  wats_http_cache_release(cache);
  cache = NULL;
}

static inline void wait_s(int64_t seconds)
{
  wats_fake_clock_advance(&fake, seconds * S);
}

/* Fields as "name: value|name: value". */
static inline void fill(struct wats_headers *h, const char *text)
{
  while (*text) {
    size_t line = strcspn(text, "|"), name = strcspn(text, ":");
    CHECK_INT(wats_headers_add(h, text, name, text + name + 1, line - name - 1),
              WATS_OK);
    text += line + (text[line] == '|');
  }
}

static inline struct wats_response *answer(int status, const char *fields,
                                           const char *body)
{
  struct wats_response *r = wats_response_create();
  struct wats_buffer bytes;
  if (!r) abort();
  r->status = status;
  r->http_version = 11;
  fill(&r->headers, fields);
  wats_buffer_init(&bytes, 0);
  CHECK_INT(wats_buffer_append_string(&bytes, body), WATS_OK);
  CHECK_INT(wats_response_set_body(r, &bytes), WATS_OK);
  return r;
}

static inline struct wats_cache_request asking(const char *path)
{
  struct wats_cache_request r = {0};
  r.key = r.path = path;
  r.key_length = r.path_length = strlen(path);
  r.ttl_ns = -1;
  return r;
}

static inline struct wats_cache_request
asking_for(const struct wats_operation *o, const char *path)
{
  struct wats_cache_request r = asking(path);
  r.operation = o;
  return r;
}

/* Looks up; the answer, if any, is let go at once. */
static inline enum wats_cache_verdict
look(const struct wats_cache_request *request)
{
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  enum wats_cache_verdict v =
      wats_http_cache_begin(cache, request, false, &ticket, &found);
  CHECK(found.reason != NULL);
  CHECK((found.response != NULL) ==
        (v == WATS_CACHE_FRESH || v == WATS_CACHE_STALE));
  wats_response_release(found.response);
  return v;
}

/* A whole exchange: why it was not stored, or NULL. */
static inline const char *fetch(const struct wats_cache_request *request,
                                int status, const char *fields)
{
  struct wats_cache_ticket ticket;
  struct wats_response *r = answer(status, fields, "body");
  const char *why = "";
  bool stored;
  wats_http_cache_ticket(cache, &ticket);
  stored = wats_http_cache_store(cache, request, &ticket, r, &why);
  CHECK(stored == (why == NULL));
  wats_response_release(r);
  return why;
}

static inline struct wats_http_cache_stats stats(void)
{
  struct wats_http_cache_stats s;
  wats_http_cache_stats(cache, &s);
  CHECK_INT(s.requests, s.hits + s.misses);
  return s;
}

/* The registry's figure of that name, brought up to date. */
struct reading {
  const char *name;
  double value;
  bool found;
};

static inline enum wats_errc pick_reading(const struct wats_sample *sample,
                                          void *context)
{
  struct reading *r = context;
  if (strcmp(wats_family_name(sample->family), r->name) == 0) {
    r->value = sample->value;
    r->found = true;
  }
  return WATS_OK;
}

static inline double figure(struct wats_registry *registry, const char *name)
{
  struct reading r = {name, -1, false};
  wats_registry_visit(registry, pick_reading, &r);
  CHECK(r.found);
  return r.value;
}

#endif
