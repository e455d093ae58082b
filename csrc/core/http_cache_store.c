/*
** http_cache_store.c - storing and confirming; see http_cache.h.
*/
#include <string.h>

#include "http_cache_state.h"

#define NO_FAMILY_GROUP WATS_MAX_FAMILIES

/* Why memory keeps neither it nor what was there before. */
static const char too_large[] = "larger than the cache";
static const char no_memory[] = "out of memory";

int64_t wats_cache_useful_for(const struct wats_http_cache *cache,
                              const struct wats_cache_entry *variant,
                              int64_t now_ns)
{
  const struct wats_headers *fields = &variant->response->headers;
  struct wats_cache_answer answer;
  struct wats_stored stored;
  wats_cache_entry_at(variant, now_ns, &stored);
  wats_cache_answer_read(fields, &answer);
  return wats_freshness_useful_ns(
      &stored, wats_freshness_has_validator(&answer), cache->stale_if_error_ns,
      WATS_CACHE_KEEP_S * WATS_NS_PER_S);
}

struct moment {
  const struct wats_http_cache *cache;
  int64_t now_ns;
};

static bool is_useful(void *context, const struct wats_cache_entry *variant)
{
  const struct moment *m = context;
  return wats_cache_useful_for(m->cache, variant, m->now_ns) > 0;
}

/* That of the one that lasts longest. */
static int64_t all_useful_for(const struct moment *m,
                              const struct wats_cache_entry *entry)
{
  const struct wats_cache_entry *variant = entry;
  int64_t longest = 0;
  size_t i = 0;
  for (; variant; variant = wats_cache_entry_other(entry, i++)) {
    int64_t useful_ns = wats_cache_useful_for(m->cache, variant, m->now_ns);
    if (useful_ns > longest) longest = useful_ns;
  }
  return longest;
}

static const struct wats_cache_entry *
latest_of(const struct wats_cache_entry *entry)
{
  const struct wats_cache_entry *latest = entry, *variant;
  size_t i = 0;
  while ((variant = wats_cache_entry_other(entry, i++)) != NULL)
    if (variant->requested_ns > latest->requested_ns) latest = variant;
  return latest;
}

/*
** With the lock held: was the answer that is stored for this request asked for
** later than `requested_ns`? Answers may overtake each other; the older one
** must not win. What is `for_all` requests must not win over any. `older`
** receives what is there else, all variants, with a reference, or NULL.
*/
static bool is_overtaken(struct wats_http_cache *cache,
                         const struct wats_cache_request *request,
                         int64_t requested_ns, bool for_all,
                         struct wats_cache_entry **older)
{
  struct wats_cache_entry *there =
      wats_ttl_lru_peek(cache->store, request->key, request->key_length);
  const struct wats_cache_entry *variant = NULL;
  if (there)
    variant =
        for_all ? latest_of(there) : wats_cache_entry_variant(there, request);
  *older = NULL;
  if (variant && variant->requested_ns > requested_ns) {
    wats_cache_entry_release(there);
    return true;
  }
  *older = there;
  return false;
}

/* With the lock held. NULL when stored, else why not. */
static const char *put_first(struct wats_http_cache *cache,
                             const struct wats_cache_request *request,
                             struct wats_cache_entry *entry,
                             const struct wats_cache_entry *older,
                             int64_t now_ns)
{
  int family = wats_cache_family_of(request);
  unsigned group = family >= 0 ? (unsigned)family : NO_FAMILY_GROUP;
  struct moment moment = {cache, now_ns};
  enum wats_errc code = WATS_OK;
  /* What does not vary is the answer to every request. */
  if (older && entry->record_length)
    code = wats_cache_entry_precede(entry, older, request, is_useful, &moment);
  if (code == WATS_OK)
    code = wats_ttl_lru_put(cache->store, request->key, request->key_length,
                            entry, wats_cache_entry_size(entry),
                            all_useful_for(&moment, entry), group);
  else
    wats_ttl_lru_remove(cache->store, request->key, request->key_length);
  if (code == WATS_OK) return NULL;
  /* The old one is gone from memory, and must not come back from the disk. */
  if (older && cache->link) wats_cache_link_forget(cache->link, request);
  return code == WATS_ERR_TOO_LARGE ? too_large : no_memory;
}

const char *wats_cache_put(struct wats_http_cache *cache,
                           const struct wats_cache_request *request,
                           struct wats_cache_entry *entry, int64_t now_ns)
{
  struct wats_cache_entry *older;
  const char *why;
  if (!wats_write_guard_may_store(&cache->guard, wats_cache_family_of(request),
                                  request->path, request->path_length,
                                  entry->sequence))
    return "a write concerned it meanwhile";
  if (is_overtaken(cache, request, entry->requested_ns, !entry->record_length,
                   &older))
    return "a later answer is stored";
  why = put_first(cache, request, entry, older, now_ns);
  wats_cache_entry_release(older);
  return why;
}

/* A later answer is not kept, and memory has none that it could take the place
** of; but room may have been wanted there since the look-up, and the file still
** has one. */
static void forget_on_disk(struct wats_http_cache *cache,
                           const struct wats_cache_request *request,
                           int64_t requested_ns)
{
  struct wats_cache_entry *there = NULL;
  if (cache->link) there = wats_cache_link_find(cache->link, request, 0, false);
  if (there && there->requested_ns <= requested_ns)
    wats_cache_link_forget(cache->link, request);
  wats_cache_entry_release(there);
}

/* A later answer took the place of what is stored, but is of no use itself. */
static void drop_older(struct wats_http_cache *cache,
                       const struct wats_cache_request *request,
                       int64_t requested_ns)
{
  struct wats_cache_entry *older;
  bool overtaken;
  wats_mutex_lock(&cache->lock);
  overtaken = is_overtaken(cache, request, requested_ns, false, &older);
  if (older)
    wats_ttl_lru_remove_if(cache->store, request->key, request->key_length,
                           older);
  wats_mutex_unlock(&cache->lock);
  if (older && cache->link)
    wats_cache_link_forget(cache->link, request);
  else if (!overtaken)
    forget_on_disk(cache, request, requested_ns);
  wats_cache_entry_release(older);
}

/* Does it say that what was there before is no more? */
static bool supersedes(int status)
{
  return status < 400 || status == 404 || status == 410;
}

/* Stores what may be stored. NULL when it was, else why not. */
static const char *accept(struct wats_http_cache *cache,
                          const struct wats_cache_request *request,
                          const struct wats_cache_ticket *ticket,
                          const struct wats_cache_offer *offer)
{
  const char *why = "nothing says how long it may be used";
  struct wats_cache_entry *entry = NULL;
  bool useful = false;
  if (offer->lifetime.from != WATS_LIFETIME_NONE) {
    entry = wats_cache_entry_create(request, ticket, offer);
    if (!entry) return no_memory;
    useful = wats_cache_useful_for(cache, entry, offer->now_ns) > 0;
    why = "over already, and without a validator";
  }
  if (!useful) {
    if (supersedes(offer->response->status))
      drop_older(cache, request, ticket->requested_ns);
  } else {
    wats_mutex_lock(&cache->lock);
    why = wats_cache_put(cache, request, entry, offer->now_ns);
    if (!why && cache->link)
      wats_cache_link_store(cache->link, request, ticket, entry);
    wats_mutex_unlock(&cache->lock);
    if (why == too_large || why == no_memory)
      forget_on_disk(cache, request, ticket->requested_ns);
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
  wats_cache_catch_up(cache, offer.now_ns);
  wats_cache_policy_of(cache, request, &policy);
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

/* The stored answer with the fields that came; NULL when memory is short. */
static struct wats_response *refreshed(const struct wats_response *stored,
                                       const struct wats_response *validation)
{
  struct wats_response *fresh = wats_response_refresh(stored, validation);
  /* The stored Age was that of the first answer. */
  if (fresh && !wats_headers_get(&validation->headers, "age"))
    wats_headers_remove(&fresh->headers, "age");
  return fresh;
}

struct wats_response *wats_http_cache_validated(
    struct wats_http_cache *cache, const struct wats_cache_request *request,
    const struct wats_cache_ticket *ticket, struct wats_response *stored,
    const struct wats_response *validation, int64_t *age_s)
{
  struct wats_response *fresh = refreshed(stored, validation);
  struct wats_cache_answer came;
  if (!fresh) return NULL;
  wats_cache_answer_read(&validation->headers, &came);
  if (age_s)
    *age_s = wats_freshness_initial_age(&came,
                                        wats_clock_monotonic(cache->clock) -
                                            ticket->requested_ns,
                                        wats_clock_wall(cache->clock)) /
             WATS_NS_PER_S;
  wats_cache_count(&cache->revalidations, 1);
  consider(cache, request, ticket, fresh, validation);
  return fresh;
}

/* --- HEAD ----------------------------------------------------------------- */

enum kinship { KIN_SAME, KIN_ANOTHER, KIN_UNKNOWN };

/* Does the answer say another value than what is stored, or say it alone? */
static bool differs(const struct wats_response *stored,
                    const struct wats_response *answer, const char *name)
{
  const char *then = wats_headers_get(&stored->headers, name);
  const char *now = wats_headers_get(&answer->headers, name);
  return now && (!then || strcmp(then, now) != 0);
}

/* A length counts for one coding only, and where both say it. */
static bool differs_in_length(const struct wats_response *stored,
                              const struct wats_response *answer)
{
  return !differs(stored, answer, "Content-Encoding") &&
         !differs(answer, stored, "Content-Encoding") &&
         wats_headers_get(&stored->headers, "Content-Length") &&
         differs(stored, answer, "Content-Length");
}

/* Is what the HEAD tells of the stored representation? Without a validator
** nobody knows: the body may have changed, length and all. */
static enum kinship kinship_of(const struct wats_response *stored,
                               const struct wats_response *answer)
{
  if (differs(stored, answer, "ETag") ||
      differs(stored, answer, "Last-Modified") ||
      differs_in_length(stored, answer))
    return KIN_ANOTHER;
  return wats_headers_get(&answer->headers, "ETag") ||
                 wats_headers_get(&answer->headers, "Last-Modified")
             ? KIN_SAME
             : KIN_UNKNOWN;
}

void wats_http_cache_head(struct wats_http_cache *cache,
                          const struct wats_cache_request *request,
                          const struct wats_cache_ticket *ticket,
                          const struct wats_response *answer)
{
  struct wats_cache_entry *stored, *variant;
  struct wats_response *fresh = NULL;
  if (answer->status != 200) return;
  stored = wats_ttl_lru_peek(cache->store, request->key, request->key_length);
  if (!stored) return;
  variant = wats_cache_entry_variant(stored, request);
  if (variant && variant->response->status == 200) {
    enum kinship kinship = kinship_of(variant->response, answer);
    if (kinship == KIN_ANOTHER)
      drop_older(cache, request, ticket->requested_ns);
    else if (kinship == KIN_SAME)
      fresh = refreshed(variant->response, answer);
  }
  if (fresh) consider(cache, request, ticket, fresh, answer);
  wats_response_release(fresh);
  wats_cache_entry_release(stored);
}
