/*
** http_cache_state.h - what the http_cache*.c share. For those files only.
*/
#ifndef WATS_HTTP_CACHE_STATE_H
#define WATS_HTTP_CACHE_STATE_H

#include "cache_entry.h"
#include "cache_figures.h"
#include "cache_link.h"
#include "sync.h"
#include "ttl_lru.h"

#define NO_FAMILY_GROUP WATS_MAX_FAMILIES

struct wats_http_cache {
  _Atomic unsigned references;
  int64_t ttl_ns;
  const struct wats_clock *clock;
  struct wats_ttl_lru *store; /* of struct wats_cache_entry */
  struct wats_mutex lock;     /* see above */
  struct wats_write_guard guard;
  struct wats_cache_link *link; /* to the disk tier; NULL: none */
  _Atomic uint64_t recalls;     /* entries that came from there */
  _Atomic uint64_t hits, misses, revalidations, invalidations;
  struct wats_cache_figures figures;
};

static inline void wats_http_cache_count(_Atomic uint64_t *counter, uint64_t n)
{
  atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* With the lock held. NULL when stored, else why not. */
const char *wats_http_cache_put(struct wats_http_cache *cache,
                                const struct wats_cache_request *request,
                                struct wats_cache_entry *entry,
                                int64_t useful_ns);
/* How long it is of any use: fresh, or worth revalidating. */
int64_t wats_http_cache_useful_for(const struct wats_cache_entry *entry,
                                   int64_t now_ns, bool has_validator);

/* --- the disk tier; nothing where there is none --------------------------- */

/* Others' writes are ours from now on. */
void wats_http_cache_catch_up(struct wats_http_cache *cache, int64_t now_ns);
/*
** What memory lacks: the disk tier's answer, as an entry with a reference, or
** NULL. Where this is for use it is put into memory too.
*/
struct wats_cache_entry *
wats_http_cache_recall(struct wats_http_cache *cache,
                       const struct wats_cache_request *request, bool use,
                       int64_t now_ns);

#endif
