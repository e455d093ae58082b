/*
** http_cache_manage.c - a cache's life, writes, and what is done by hand; see
** http_cache.h. http_cache_look.c looks up, http_cache_store.c stores.
*/
#include <string.h>

#include "alloc.h"
#include "http_cache_state.h"

/* --- life ----------------------------------------------------------------- */

static void read_stats(void *context, struct wats_http_cache_stats *out)
{
  wats_http_cache_stats(context, out);
}

enum wats_errc
wats_http_cache_create(const struct wats_http_cache_options *options,
                       struct wats_http_cache **out, struct wats_error *error)
{
  struct wats_ttl_lru_options store = {0};
  struct wats_http_cache *cache = wats_calloc(1, sizeof *cache);
  enum wats_errc code;
  if (!cache) return wats_fail_memory(error);
  atomic_init(&cache->references, 1);
  cache->ttl_ns = options->ttl_ns;
  cache->stale_if_error_ns = options->stale_if_error_ns;
  cache->clock = options->clock;
  wats_write_guard_init(&cache->guard);
  store.max_entries = options->max_entries;
  store.max_bytes = options->max_bytes;
  store.clock = options->clock;
  store.retain = wats_cache_entry_retain;
  store.release = wats_cache_entry_release;
  cache->store = wats_ttl_lru_create(&store);
  code = cache->store ? WATS_OK : wats_fail_memory(error);
  if (code != WATS_OK) goto no_store;
  if ((code = wats_mutex_init(&cache->lock)) != WATS_OK) {
    wats_fail(error, code, "cannot make a mutex");
    goto no_lock;
  }
  if (options->disk)
    code = wats_cache_link_create(options->disk, &cache->guard, cache->store,
                                  cache->clock, &cache->link, error);
  if (code != WATS_OK) goto no_link;
  code = wats_cache_figures_start(&cache->figures, options->registry,
                                  read_stats, cache, error);
  if (code != WATS_OK) goto no_figures;
  *out = cache;
  return WATS_OK;
no_figures:
  wats_cache_link_destroy(cache->link);
no_link:
  wats_mutex_destroy(&cache->lock);
no_lock:
  wats_ttl_lru_destroy(cache->store);
no_store:
  wats_free(cache);
  return code;
}

struct wats_http_cache *wats_http_cache_retain(struct wats_http_cache *cache)
{
  atomic_fetch_add_explicit(&cache->references, 1, memory_order_relaxed);
  return cache;
}

void wats_http_cache_release(struct wats_http_cache *cache)
{
  if (!cache) return;
  if (atomic_fetch_sub_explicit(&cache->references, 1, memory_order_acq_rel) !=
      1)
    return;
  wats_cache_figures_stop(&cache->figures);
  wats_cache_link_destroy(cache->link);
  wats_mutex_destroy(&cache->lock);
  wats_ttl_lru_destroy(cache->store);
  wats_free(cache);
}

void wats_http_cache_abandon(struct wats_http_cache *cache)
{
  wats_cache_figures_abandon(&cache->figures);
}

/* --- writes --------------------------------------------------------------- */

void wats_http_cache_write_begin(struct wats_http_cache *cache,
                                 const struct wats_operation *operation,
                                 const char *path, size_t length,
                                 struct wats_cache_write *write)
{
  memset(write, 0, sizeof *write);
  if (operation && operation->pure_query) return;
  wats_mutex_lock(&cache->lock);
  wats_write_guard_begin(&cache->guard, operation ? operation->stale : 0, path,
                         length, write);
  if (cache->link) wats_cache_link_write_begin(cache->link, write);
  wats_mutex_unlock(&cache->lock);
}

void wats_http_cache_write_end(struct wats_http_cache *cache,
                               struct wats_cache_write *write, bool applied)
{
  unsigned f;
  wats_mutex_lock(&cache->lock);
  if (cache->link) wats_cache_link_write_end(cache->link, write, applied);
  /* Dropped before they may be used again. */
  for (f = 0; applied && f < WATS_MAX_FAMILIES; f++)
    if (write->families >> f & 1)
      wats_cache_count(&cache->invalidations,
                       wats_ttl_lru_drop_group(cache->store, f));
  wats_write_guard_end(&cache->guard, write, applied);
  wats_mutex_unlock(&cache->lock);
}

/* --- by hand -------------------------------------------------------------- */

static void free_keys(struct wats_ttl_lru_key *keys, size_t n)
{
  while (n)
    wats_free(keys[--n].text);
  wats_free(keys);
}

static size_t drop_all(struct wats_http_cache *cache)
{
  size_t dropped;
  wats_mutex_lock(&cache->lock);
  if (cache->link) wats_cache_link_drop(cache->link, NULL, 0);
  wats_write_guard_drop_all(&cache->guard);
  dropped = wats_ttl_lru_clear(cache->store);
  wats_mutex_unlock(&cache->lock);
  return dropped;
}

/* True when the entry was below the path, older than `since`, and is gone. */
static bool drop_below(struct wats_http_cache *cache,
                       const struct wats_ttl_lru_key *key, const char *path,
                       size_t length, uint64_t since)
{
  struct wats_cache_entry *entry =
      wats_ttl_lru_peek(cache->store, key->text, key->length);
  bool dropped;
  if (!entry) return false;
  dropped = entry->sequence < since &&
            wats_path_is_below(wats_cache_entry_path(entry, key->text),
                               entry->path_length, path, length) &&
            wats_ttl_lru_remove_if(cache->store, key->text, key->length, entry);
  wats_cache_entry_release(entry);
  return dropped;
}

size_t wats_http_cache_invalidate(struct wats_http_cache *cache,
                                  const char *path, size_t length)
{
  struct wats_ttl_lru_key *keys;
  struct wats_cache_write write;
  size_t dropped = 0, n, i;
  uint64_t since;
  if (!path) {
    dropped = drop_all(cache);
    wats_cache_count(&cache->invalidations, dropped);
    return dropped;
  }
  wats_mutex_lock(&cache->lock);
  if (cache->link) wats_cache_link_drop(cache->link, path, length);
  wats_write_guard_begin(&cache->guard, 0, path, length, &write);
  wats_write_guard_end(&cache->guard, &write, true);
  since = wats_write_guard_sequence(&cache->guard);
  wats_mutex_unlock(&cache->lock);
  if (wats_ttl_lru_keys(cache->store, &keys, &n) != WATS_OK) return 0;
  for (i = 0; i < n; i++)
    dropped += drop_below(cache, &keys[i], path, length, since);
  free_keys(keys, n);
  wats_cache_count(&cache->invalidations, dropped);
  return dropped;
}

void wats_http_cache_clear(struct wats_http_cache *cache)
{
  drop_all(cache);
}

void wats_http_cache_stats(struct wats_http_cache *cache,
                           struct wats_http_cache_stats *out)
{
  struct wats_ttl_lru_stats store;
  wats_ttl_lru_stats(cache->store, &store);
  out->hits = atomic_load(&cache->hits);
  out->misses = atomic_load(&cache->misses);
  out->requests = out->hits + out->misses;
  out->revalidations = atomic_load(&cache->revalidations);
  out->stale = atomic_load(&cache->stale);
  out->invalidations = atomic_load(&cache->invalidations);
  out->stores = store.stores - atomic_load(&cache->recalls);
  out->evictions = store.evictions;
  out->expirations = store.expirations;
  out->entries = store.entries;
  out->max_entries = store.max_entries;
  out->bytes = store.bytes;
  out->max_bytes = store.max_bytes;
}

/* Not gone, and no write on its path has made it useless. */
static bool is_useful(struct wats_http_cache *cache,
                      const struct wats_ttl_lru_key *key)
{
  struct wats_cache_entry *entry =
      wats_ttl_lru_peek(cache->store, key->text, key->length);
  bool useful;
  if (!entry) return false;
  useful = wats_cache_state_since(
               cache, WATS_NO_FAMILY, wats_cache_entry_path(entry, key->text),
               entry->path_length, entry->sequence) != WATS_GUARD_DROPPED;
  wats_cache_entry_release(entry);
  return useful;
}

enum wats_errc wats_http_cache_keys(struct wats_http_cache *cache,
                                    struct wats_ttl_lru_key **keys, size_t *n)
{
  struct wats_ttl_lru_key *all;
  size_t total, i, useful = 0;
  enum wats_errc code = wats_ttl_lru_keys(cache->store, &all, &total);
  if (code != WATS_OK) return code;
  for (i = 0; i < total; i++) {
    if (is_useful(cache, &all[i]))
      all[useful++] = all[i];
    else
      wats_free(all[i].text);
  }
  *keys = all;
  *n = useful;
  return WATS_OK;
}
