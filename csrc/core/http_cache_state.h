/*
** http_cache_state.h - what the http_cache_*.c files share. For them only.
**
** Locks: `lock` orders storing against the begin and end of writes; ttl_lru's
** own may be taken within it. A look-up takes only the latter, unless a write
** on a path is in flight or younger than what it found.
*/
#ifndef WATS_HTTP_CACHE_STATE_H
#define WATS_HTTP_CACHE_STATE_H

#include <stdatomic.h>

#include "cache_entry.h"
#include "cache_figures.h"
#include "cache_link.h"
#include "http_cache.h"
#include "sync.h"
#include "ttl_lru.h"

struct wats_http_cache {
  _Atomic unsigned references;
  int64_t ttl_ns, stale_if_error_ns;
  const struct wats_clock *clock;
  struct wats_ttl_lru *store; /* of struct wats_cache_entry */
  struct wats_mutex lock;     /* see above */
  struct wats_write_guard guard;
  struct wats_cache_link *link; /* to the disk tier; NULL: none */
  _Atomic uint64_t recalls;     /* entries that came from there */
  _Atomic uint64_t hits, misses, revalidations, stale, invalidations;
  struct wats_cache_figures figures;
};

static inline void wats_cache_count(_Atomic uint64_t *counter, uint64_t n)
{
  atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static inline int wats_cache_family_of(const struct wats_cache_request *request)
{
  return request->operation ? request->operation->family : WATS_NO_FAMILY;
}

/* What the operation and the caller allow of this request's answers. */
void wats_cache_policy_of(const struct wats_http_cache *cache,
                          const struct wats_cache_request *request,
                          struct wats_cache_policy *policy);

/* What writes say of an answer that was asked for at `since`. */
enum wats_guard_state wats_cache_state_since(struct wats_http_cache *cache,
                                             int family, const char *path,
                                             size_t length, uint64_t since);

/* With the lock held. NULL when stored, else why not. */
const char *wats_cache_put(struct wats_http_cache *cache,
                           const struct wats_cache_request *request,
                           struct wats_cache_entry *entry, int64_t now_ns);
/* For how much longer one variant is of any use. */
int64_t wats_cache_useful_for(const struct wats_http_cache *cache,
                              const struct wats_cache_entry *variant,
                              int64_t now_ns);

/* --- the disk tier; nothing where there is none --------------------------- */

/* Others' writes are ours from now on. */
void wats_cache_catch_up(struct wats_http_cache *cache, int64_t now_ns);
/*
** What memory lacks: the disk tier's answer, as an entry with a reference, or
** NULL. Where this is for use it is put into memory too.
*/
struct wats_cache_entry *
wats_cache_recall(struct wats_http_cache *cache,
                  const struct wats_cache_request *request, bool use,
                  int64_t now_ns);

#endif
