/*
** http_cache.c - see http_cache.h.
**
** Locks: `lock` orders storing against the begin and end of writes; ttl_lru's
** own may be taken within it. A look-up takes only the latter, unless a write
** on a path is in flight or younger than what it found.
*/
#include "http_cache.h"

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

/* --- looking up ----------------------------------------------------------- */

static int family_of(const struct wats_cache_request *request)
{
  return request->operation ? request->operation->family : WATS_NO_FAMILY;
}

static void policy_of(const struct wats_http_cache *cache,
                      const struct wats_cache_request *request,
                      struct wats_cache_policy *policy)
{
  wats_cache_policy_for(request->operation, request->path, request->path_length,
                        request->asked, request->ttl_ns, cache->ttl_ns, policy);
}

static enum wats_guard_state state_since(struct wats_http_cache *cache,
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

/* Why this entry is not for this request at all, or NULL. */
static const char *unfit(struct wats_http_cache *cache,
                         const struct wats_cache_request *request,
                         const struct wats_cache_entry *entry, bool use)
{
  switch (state_since(cache, family_of(request), request->path,
                      request->path_length, entry->sequence)) {
  case WATS_GUARD_SUSPENDED:
    return "a write that concerns it is in flight";
  case WATS_GUARD_DROPPED:
    if (use && wats_ttl_lru_remove_if(cache->store, request->key,
                                      request->key_length, entry))
      wats_http_cache_count(&cache->invalidations, 1);
    return "a write made the stored answer stale";
  case WATS_GUARD_CLEAR:
    break;
  }
  if (!wats_cache_entry_fits(entry, request->headers))
    return "the stored answer varies by a request field";
  return NULL;
}

/* The entry is for this request: fresh, or to be revalidated, or neither. */
static enum wats_cache_verdict judge(const struct wats_cache_entry *entry,
                                     int64_t now_ns,
                                     const struct wats_cache_policy *policy,
                                     const struct wats_cache_demand *demand,
                                     bool revalidate,
                                     struct wats_cache_found *found)
{
  struct wats_stored stored;
  int64_t fresh_for_ns;
  const char *why;
  wats_cache_entry_at(entry, now_ns, &stored);
  why = wats_freshness_stale(&stored, policy, demand, &fresh_for_ns);
  if (!why && revalidate) why = "asked to revalidate";
  found->age_s = stored.age_ns / WATS_NS_PER_S;
  found->lifetime_from = wats_lifetime_from_name(stored.lifetime.from);
  found->lifetime_s = (double)stored.lifetime.ns / (double)WATS_NS_PER_S;
  found->fresh_for_s = (double)fresh_for_ns / (double)WATS_NS_PER_S;
  found->reason = why ? why : "fresh";
  if (why) {
    const struct wats_headers *fields = &entry->response->headers;
    found->etag = wats_headers_get(fields, "etag");
    if (found->etag && !*found->etag) found->etag = NULL;
    found->last_modified = wats_freshness_modified(fields);
    if (!found->etag && !found->last_modified) return WATS_CACHE_MISS;
  }
  found->response = wats_response_retain(entry->response);
  return why ? WATS_CACHE_STALE : WATS_CACHE_FRESH;
}

static enum wats_cache_verdict look_up(struct wats_http_cache *cache,
                                       const struct wats_cache_request *request,
                                       bool revalidate, bool use,
                                       int64_t now_ns,
                                       struct wats_cache_found *found)
{
  struct wats_cache_policy policy;
  struct wats_cache_demand demand;
  struct wats_cache_entry *entry;
  enum wats_cache_verdict verdict = WATS_CACHE_MISS;
  memset(found, 0, sizeof *found);
  policy_of(cache, request, &policy);
  wats_cache_demand_read(request->headers, &demand);
  found->only_if_cached = demand.control.only_if_cached;
  found->reason = policy.refusal;
  if (!found->reason && demand.conditional)
    found->reason = "the request has a condition or range";
  if (found->reason) return WATS_CACHE_ABSTAIN;
  entry =
      use ? wats_ttl_lru_get(cache->store, request->key, request->key_length)
          : wats_ttl_lru_peek(cache->store, request->key, request->key_length);
  if (!entry) entry = wats_http_cache_recall(cache, request, use, now_ns);
  if (!entry) {
    found->reason = "not stored";
    return WATS_CACHE_MISS;
  }
  found->reason = unfit(cache, request, entry, use);
  if (!found->reason)
    verdict = judge(entry, now_ns, &policy, &demand, revalidate, found);
  wats_cache_entry_release(entry);
  return verdict;
}

enum wats_cache_verdict
wats_http_cache_begin(struct wats_http_cache *cache,
                      const struct wats_cache_request *request, bool revalidate,
                      struct wats_cache_ticket *ticket,
                      struct wats_cache_found *found)
{
  enum wats_cache_verdict verdict;
  wats_http_cache_ticket(cache, ticket);
  verdict =
      look_up(cache, request, revalidate, true, ticket->requested_ns, found);
  if (verdict == WATS_CACHE_FRESH)
    wats_http_cache_count(&cache->hits, 1);
  else if (verdict != WATS_CACHE_ABSTAIN)
    wats_http_cache_count(&cache->misses, 1);
  return verdict;
}

enum wats_cache_verdict
wats_http_cache_explain(struct wats_http_cache *cache,
                        const struct wats_cache_request *request,
                        struct wats_cache_found *found)
{
  int64_t now_ns = wats_clock_monotonic(cache->clock);
  wats_http_cache_catch_up(cache, now_ns);
  return look_up(cache, request, false, false, now_ns, found);
}

void wats_http_cache_ticket(struct wats_http_cache *cache,
                            struct wats_cache_ticket *ticket)
{
  ticket->requested_ns = wats_clock_monotonic(cache->clock);
  wats_http_cache_catch_up(cache, ticket->requested_ns);
  /* In this order: what happens in between makes the answer look older. */
  ticket->epoch = cache->link ? wats_cache_link_epoch(cache->link) : 0;
  ticket->sequence = wats_write_guard_sequence(&cache->guard);
}

bool wats_http_cache_ticket_stands(struct wats_http_cache *cache,
                                   const struct wats_cache_request *request,
                                   const struct wats_cache_ticket *ticket)
{
  bool stands;
  wats_http_cache_catch_up(cache, wats_clock_monotonic(cache->clock));
  wats_mutex_lock(&cache->lock);
  stands = wats_write_guard_may_store(&cache->guard, family_of(request),
                                      request->path, request->path_length,
                                      ticket->sequence);
  wats_mutex_unlock(&cache->lock);
  return stands;
}

/* --- storing -------------------------------------------------------------- */

int64_t wats_http_cache_useful_for(const struct wats_cache_entry *entry,
                                   int64_t now_ns, bool has_validator)
{
  struct wats_stored stored;
  int64_t left;
  wats_cache_entry_at(entry, now_ns, &stored);
  left = stored.lifetime.ns - (stored.lifetime.from == WATS_LIFETIME_TTL
                                   ? stored.since_ns
                                   : stored.age_ns);
  if (stored.no_cache || left < 0) left = 0;
  return has_validator ? left + WATS_CACHE_KEEP_S * WATS_NS_PER_S : left;
}

/*
** With the lock held: was the answer that is stored asked for later than
** `requested_ns`? Answers may overtake each other; the older one must not win.
** `older` receives what is there else, with a reference, or NULL.
*/
static bool is_overtaken(struct wats_http_cache *cache,
                         const struct wats_cache_request *request,
                         int64_t requested_ns, struct wats_cache_entry **older)
{
  struct wats_cache_entry *there =
      wats_ttl_lru_peek(cache->store, request->key, request->key_length);
  *older = NULL;
  if (there && there->requested_ns > requested_ns) {
    wats_cache_entry_release(there);
    return true;
  }
  *older = there;
  return false;
}

const char *wats_http_cache_put(struct wats_http_cache *cache,
                                const struct wats_cache_request *request,
                                struct wats_cache_entry *entry,
                                int64_t useful_ns)
{
  int family = family_of(request);
  unsigned group = family >= 0 ? (unsigned)family : NO_FAMILY_GROUP;
  struct wats_cache_entry *older;
  enum wats_errc code;
  if (!wats_write_guard_may_store(&cache->guard, family, request->path,
                                  request->path_length, entry->sequence))
    return "a write concerned it meanwhile";
  if (is_overtaken(cache, request, entry->requested_ns, &older))
    return "a later answer is stored";
  wats_cache_entry_release(older);
  code =
      wats_ttl_lru_put(cache->store, request->key, request->key_length, entry,
                       wats_cache_entry_size(entry), useful_ns, group);
  if (code == WATS_OK) return NULL;
  /* The old one is gone from memory, and must not come back from the disk. */
  if (older && cache->link) wats_cache_link_forget(cache->link, request);
  return code == WATS_ERR_TOO_LARGE ? "larger than the cache" : "out of memory";
}

/* A later answer took the place of what is stored, but is of no use itself. */
static void drop_older(struct wats_http_cache *cache,
                       const struct wats_cache_request *request,
                       int64_t requested_ns)
{
  struct wats_cache_entry *older;
  wats_mutex_lock(&cache->lock);
  if (!is_overtaken(cache, request, requested_ns, &older) && older)
    wats_ttl_lru_remove_if(cache->store, request->key, request->key_length,
                           older);
  wats_mutex_unlock(&cache->lock);
  /* What the disk had, a look-up has put into memory before. */
  if (older && cache->link) wats_cache_link_forget(cache->link, request);
  wats_cache_entry_release(older);
}

/* Stores what may be stored. NULL when it was, else why not. */
static const char *accept(struct wats_http_cache *cache,
                          const struct wats_cache_request *request,
                          const struct wats_cache_ticket *ticket,
                          const struct wats_cache_offer *offer)
{
  bool has_validator = wats_freshness_has_validator(&offer->answer);
  const char *why = "nothing says how long it may be used";
  struct wats_cache_entry *entry = NULL;
  int64_t useful_ns = 0;
  if (offer->lifetime.from != WATS_LIFETIME_NONE) {
    entry = wats_cache_entry_create(request, ticket, offer);
    if (!entry) return "out of memory";
    useful_ns = wats_http_cache_useful_for(entry, offer->now_ns, has_validator);
    why = "over already, and without a validator";
  }
  if (useful_ns <= 0) {
    if (offer->response->status < 400)
      drop_older(cache, request, ticket->requested_ns);
  } else {
    wats_mutex_lock(&cache->lock);
    why = wats_http_cache_put(cache, request, entry, useful_ns);
    if (!why && cache->link)
      wats_cache_link_store(cache->link, request, ticket, entry);
    wats_mutex_unlock(&cache->lock);
  }
  wats_cache_entry_release(entry);
  return why;
}

/*
** `validation` is the 304 that refreshed the answer, or NULL: the fields that
** say how old it is are those of the message that came.
*/
static const char *consider(struct wats_http_cache *cache,
                            const struct wats_cache_request *request,
                            const struct wats_cache_ticket *ticket,
                            struct wats_response *response,
                            const struct wats_response *validation)
{
  struct wats_cache_offer offer = {.response = response};
  struct wats_cache_policy policy;
  struct wats_cache_demand demand;
  int64_t wall_ns = wats_clock_wall(cache->clock);
  const char *why;
  offer.now_ns = wats_clock_monotonic(cache->clock);
  wats_http_cache_catch_up(cache, offer.now_ns);
  policy_of(cache, request, &policy);
  if (policy.refusal) return policy.refusal;
  wats_cache_demand_read(request->headers, &demand);
  wats_cache_answer_read(&response->headers, &offer.answer);
  why = wats_freshness_refusal(response->status, &demand, &offer.answer);
  if (why) return why;
  if (validation) {
    struct wats_cache_answer came;
    offer.validation = &validation->headers;
    wats_cache_answer_read(&validation->headers, &came);
    offer.answer.age_s = came.age_s;
    offer.answer.date = came.date;
    offer.answer.date_twice = came.date_twice;
  }
  offer.lifetime = wats_freshness_lifetime(response->status, &offer.answer,
                                           &policy, wall_ns);
  offer.initial_age_ns = wats_freshness_initial_age(
      &offer.answer, offer.now_ns - ticket->requested_ns, wall_ns);
  return accept(cache, request, ticket, &offer);
}

bool wats_http_cache_store(struct wats_http_cache *cache,
                           const struct wats_cache_request *request,
                           const struct wats_cache_ticket *ticket,
                           struct wats_response *response, const char **reason)
{
  const char *why = consider(cache, request, ticket, response, NULL);
  if (reason) *reason = why;
  return !why;
}

struct wats_response *wats_http_cache_validated(
    struct wats_http_cache *cache, const struct wats_cache_request *request,
    const struct wats_cache_ticket *ticket, struct wats_response *stored,
    const struct wats_response *validation)
{
  struct wats_response *fresh = wats_response_refresh(stored, validation);
  if (!fresh) return NULL;
  /* The stored Age was that of the first answer. */
  if (!wats_headers_get(&validation->headers, "age"))
    wats_headers_remove(&fresh->headers, "age");
  wats_http_cache_count(&cache->revalidations, 1);
  consider(cache, request, ticket, fresh, validation);
  return fresh;
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
      wats_http_cache_count(&cache->invalidations,
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
    wats_http_cache_count(&cache->invalidations, dropped);
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
  wats_http_cache_count(&cache->invalidations, dropped);
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
  useful = state_since(
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
