/*
** http_cache_look.c - looking up; see http_cache.h. Section numbers are RFC
** 9111's.
*/
#include <string.h>

#include "cache_reply.h"
#include "http_cache_state.h"

void wats_cache_policy_of(const struct wats_http_cache *cache,
                          const struct wats_cache_request *request,
                          struct wats_cache_policy *policy)
{
  wats_cache_policy_for(request->operation, request->path, request->path_length,
                        request->asked, request->ttl_ns, &request->term,
                        cache->ttl_ns, policy);
}

enum wats_guard_state wats_cache_state_since(struct wats_http_cache *cache,
                                             int family, const char *path,
                                             size_t length, uint64_t since)
{
  enum wats_guard_state state;
  if (wats_write_guard_quick(&cache->guard, family, since))
    return WATS_GUARD_CLEAR;
  wats_mutex_lock(&cache->lock);
  state = wats_write_guard_state(&cache->guard, family, path, length, since);
  wats_mutex_unlock(&cache->lock);
  return state;
}

/* A look-up under way. */
struct look {
  struct wats_http_cache *cache;
  const struct wats_cache_request *request;
  struct wats_cache_policy policy;
  struct wats_cache_demand demand;
  int64_t now_ns;
  bool use;        /* it counts as use, and what is dead is cleared away */
  bool revalidate; /* whatever is stored, the server is to be asked */
};

/* Why this is not for the request at all, or NULL. `stored` is what the store
** holds, `variant` the part of it in question. */
static const char *unfit(const struct look *l,
                         const struct wats_cache_entry *stored,
                         const struct wats_cache_entry *variant)
{
  const struct wats_cache_request *r = l->request;
  if (!variant) return "the stored answer varies by a request field";
  switch (wats_cache_state_since(l->cache, wats_cache_family_of(r), r->path,
                                 r->path_length, variant->sequence)) {
  case WATS_GUARD_SUSPENDED:
    return "a write that concerns it is in flight";
  case WATS_GUARD_DROPPED:
    if (l->use &&
        wats_ttl_lru_remove_if(l->cache->store, r->key, r->key_length, stored))
      wats_cache_count(&l->cache->invalidations, 1);
    return "a write made the stored answer stale";
  case WATS_GUARD_CLEAR:
    break;
  }
  return NULL;
}

/* How the stored answer stands now, into `reuse` and `found`'s numbers. */
static void measure(const struct look *l, const struct wats_cache_entry *entry,
                    struct wats_reuse *reuse, struct wats_cache_found *found)
{
  const struct wats_cache_request *r = l->request;
  struct wats_stored stored;
  wats_cache_entry_at(entry, l->now_ns, &stored);
  wats_freshness_judge(
      &stored, &l->policy, &l->demand,
      wats_operation_is_live(r->operation, r->path, r->path_length),
      l->cache->stale_if_error_ns, reuse);
  found->age_s = stored.age_ns / WATS_NS_PER_S;
  found->lifetime_from = wats_lifetime_from_name(stored.lifetime.from);
  found->lifetime_s = (double)stored.lifetime.ns / (double)WATS_NS_PER_S;
  found->fresh_for_s = (double)reuse->fresh_for_ns / (double)WATS_NS_PER_S;
}

/* One refreshment in a while, also when it has failed; none for who will not
** have the server asked, or nothing stored of it. */
static bool may_refresh(const struct look *l, struct wats_cache_entry *entry)
{
  const struct wats_cache_control *wish = &l->demand.control;
  int64_t last =
      atomic_load_explicit(&entry->refreshed_ns, memory_order_relaxed);
  if (!l->use || l->request->offline || wish->only_if_cached || wish->no_store)
    return false;
  if (last && l->now_ns - last < WATS_CACHE_REFRESH_S * WATS_NS_PER_S)
    return false;
  return atomic_compare_exchange_strong_explicit(
      &entry->refreshed_ns, &last, l->now_ns, memory_order_relaxed,
      memory_order_relaxed);
}

/* The entry is for this request: to be used, to be revalidated, or neither. */
static enum wats_cache_verdict judge(const struct look *l,
                                     struct wats_cache_entry *entry,
                                     struct wats_cache_found *found)
{
  const struct wats_headers *fields = &entry->response->headers;
  struct wats_reuse reuse;
  bool used;
  measure(l, entry, &reuse, found);
  used = reuse.kind != WATS_REUSE_NO && !l->revalidate;
  found->reason = reuse.reason;
  if (!found->reason) found->reason = used ? "fresh" : "asked to revalidate";
  found->stale = used && reuse.kind != WATS_REUSE_FRESH;
  if (used && reuse.kind == WATS_REUSE_MEANWHILE)
    found->refresh = may_refresh(l, entry);
  if (!used) {
    found->etag = wats_headers_get(fields, "etag");
    if (found->etag && !*found->etag) found->etag = NULL;
    found->last_modified = wats_freshness_modified(fields);
    if (!found->etag && !found->last_modified) return WATS_CACHE_MISS;
  }
  found->response = wats_response_retain(entry->response);
  return used ? WATS_CACHE_FRESH : WATS_CACHE_STALE;
}

/* False: the cache keeps out of it. */
static bool start(struct look *l, struct wats_cache_found *found)
{
  memset(found, 0, sizeof *found);
  wats_cache_policy_of(l->cache, l->request, &l->policy);
  wats_cache_demand_read(l->request->headers, &l->demand);
  found->only_if_cached = l->demand.control.only_if_cached;
  found->reason = l->policy.refusal;
  return !found->reason;
}

/* What is stored under the key, with a reference, or NULL; the variant for this
** request in *variant, or NULL. What memory lacks may be on disk. */
static struct wats_cache_entry *fetch(const struct look *l,
                                      struct wats_cache_entry **variant)
{
  const struct wats_cache_request *r = l->request;
  struct wats_cache_entry *recalled,
      *stored = l->use
                    ? wats_ttl_lru_get(l->cache->store, r->key, r->key_length)
                    : wats_ttl_lru_peek(l->cache->store, r->key, r->key_length);
  *variant = stored ? wats_cache_entry_variant(stored, r) : NULL;
  if (*variant) return stored;
  recalled = wats_cache_recall(l->cache, r, l->use, l->now_ns);
  if (!recalled) return stored;
  wats_cache_entry_release(stored);
  *variant = wats_cache_entry_variant(recalled, r);
  return recalled;
}

static enum wats_cache_verdict look_up(struct look *l,
                                       struct wats_cache_found *found)
{
  struct wats_cache_entry *stored, *variant;
  enum wats_cache_verdict verdict = WATS_CACHE_MISS;
  if (!start(l, found)) return WATS_CACHE_ABSTAIN;
  stored = fetch(l, &variant);
  if (!stored) {
    found->reason = "not stored";
    return WATS_CACHE_MISS;
  }
  found->reason = unfit(l, stored, variant);
  if (!found->reason) {
    found->reason = wats_cache_reply_refusal(l->request, variant->response);
    verdict = found->reason ? WATS_CACHE_ABSTAIN : judge(l, variant, found);
  }
  wats_cache_entry_release(stored);
  return verdict;
}

enum wats_cache_verdict
wats_http_cache_begin(struct wats_http_cache *cache,
                      const struct wats_cache_request *request, bool revalidate,
                      struct wats_cache_ticket *ticket,
                      struct wats_cache_found *found)
{
  struct look look = {.cache = cache,
                      .request = request,
                      .use = true,
                      .revalidate = revalidate};
  enum wats_cache_verdict verdict;
  wats_http_cache_ticket(cache, ticket);
  look.now_ns = ticket->requested_ns;
  verdict = look_up(&look, found);
  if (verdict == WATS_CACHE_FRESH)
    wats_cache_count(&cache->hits, 1);
  else if (verdict != WATS_CACHE_ABSTAIN)
    wats_cache_count(&cache->misses, 1);
  if (found->stale) wats_cache_count(&cache->stale, 1);
  return verdict;
}

enum wats_cache_verdict
wats_http_cache_explain(struct wats_http_cache *cache,
                        const struct wats_cache_request *request,
                        bool revalidate, struct wats_cache_found *found)
{
  struct look look = {.cache = cache,
                      .request = request,
                      .now_ns = wats_clock_monotonic(cache->clock),
                      .revalidate = revalidate};
  wats_cache_catch_up(cache, look.now_ns);
  return look_up(&look, found);
}

bool wats_http_cache_fallback(struct wats_http_cache *cache,
                              const struct wats_cache_request *request,
                              struct wats_cache_found *found)
{
  struct look look = {.cache = cache,
                      .request = request,
                      .now_ns = wats_clock_monotonic(cache->clock)};
  struct wats_cache_entry *stored, *variant;
  struct wats_reuse reuse;
  bool allowed = false;
  wats_cache_catch_up(cache, look.now_ns);
  if (!start(&look, found) || !(stored = fetch(&look, &variant))) return false;
  if (!unfit(&look, stored, variant) &&
      !wats_cache_reply_refusal(request, variant->response)) {
    measure(&look, variant, &reuse, found);
    allowed = reuse.if_error_ns > 0;
  }
  if (allowed) {
    found->response = wats_response_retain(variant->response);
    found->stale = true;
    wats_cache_count(&cache->stale, 1);
  }
  wats_cache_entry_release(stored);
  return allowed;
}

void wats_http_cache_ticket(struct wats_http_cache *cache,
                            struct wats_cache_ticket *ticket)
{
  ticket->requested_ns = wats_clock_monotonic(cache->clock);
  wats_cache_catch_up(cache, ticket->requested_ns);
  /* In this order: what happens in between makes the answer look older. */
  ticket->epoch = cache->link ? wats_cache_link_epoch(cache->link) : 0;
  ticket->sequence = wats_write_guard_sequence(&cache->guard);
}

bool wats_http_cache_ticket_stands(struct wats_http_cache *cache,
                                   const struct wats_cache_request *request,
                                   const struct wats_cache_ticket *ticket)
{
  bool stands;
  wats_cache_catch_up(cache, wats_clock_monotonic(cache->clock));
  wats_mutex_lock(&cache->lock);
  stands = wats_write_guard_may_store(
      &cache->guard, wats_cache_family_of(request), request->path,
      request->path_length, ticket->sequence);
  wats_mutex_unlock(&cache->lock);
  return stands;
}
