/*
** http_cache_disk.c - what http_cache does where there is a disk tier; see
** cache_link.h.
*/
#include "http_cache_state.h"

void wats_cache_catch_up(struct wats_http_cache *cache, int64_t now_ns)
{
  struct wats_cache_link *link = cache->link;
  if (!link || !wats_cache_link_behind(link, now_ns)) return;
  wats_mutex_lock(&cache->lock);
  wats_cache_count(&cache->invalidations,
                   wats_cache_link_catch_up(link, now_ns));
  wats_mutex_unlock(&cache->lock);
}

struct wats_cache_entry *
wats_cache_recall(struct wats_http_cache *cache,
                  const struct wats_cache_request *request, bool use,
                  int64_t now_ns)
{
  struct wats_cache_entry *entry;
  bool useful;
  const char *why = "over";
  if (!cache->link) return NULL;
  entry = wats_cache_link_find(cache->link, request,
                               wats_write_guard_sequence(&cache->guard), use);
  if (!entry) return NULL;
  useful = wats_cache_useful_for(cache, entry, now_ns) > 0;
  if (!use && useful) return entry;
  if (useful) {
    wats_mutex_lock(&cache->lock);
    why = wats_cache_put(cache, request, entry, now_ns);
    wats_mutex_unlock(&cache->lock);
  }
  if (!why) {
    wats_cache_count(&cache->recalls, 1);
    return entry;
  }
  wats_cache_entry_release(entry);
  /* Another may have been quicker. */
  return wats_ttl_lru_peek(cache->store, request->key, request->key_length);
}

struct wats_cache_disk *
wats_http_cache_disk(const struct wats_http_cache *cache)
{
  return cache->link ? wats_cache_link_disk(cache->link) : NULL;
}
