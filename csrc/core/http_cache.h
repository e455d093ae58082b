/*
** http_cache.h - a private cache by RFC 9111 over ttl_lru.
**
** For GET, and for HEAD as far as a GET's answer serves it. Key: method, full
** URL and the credential's digest (and
** whatever else changes the bytes), built by the caller. Values: counted
** immutable responses, handed out without copying; fields that belong to one
** connection are not stored. What a write makes stale is named by families
** (see routes.h) or, for paths outside the table, by the path and what lies
** below. The rules of age and storing are freshness.h's.
**
** A look-up says what to do; the caller does the request and comes back:
**
**   wats_http_cache_begin   -> FRESH:  use found.response, by cache_reply.h;
**                                      with found.refresh ask all the same,
**                                      behind the caller's back
**                              STALE:  ask with found.etag / last_modified;
**                                      304 -> wats_http_cache_validated
**                              MISS:   ask
**                              ABSTAIN: ask; the cache keeps out of it
**   wats_http_cache_store    after any other answer to a GET
**   wats_http_cache_head     after one to a HEAD
**   wats_http_cache_fallback when the server gave none, or a 500, 502, 503 or
**                            504
**
** An answer stays until it is of no use: to the end of its life, or for as long
** as it may be used stale, with a validator at least WATS_CACHE_KEEP_S longer.
** Answers of one URL that Vary tells apart stand side by side, up to
** WATS_CACHE_VARIANTS of them.
** A GET that was in flight while a write concerned it is not stored: begin
** notes where time stands in the `ticket`, store compares.
** With a disk tier, what memory lacks is looked for there, what is stored goes
** there too, and writes of other processes count as our own; keys and sizes are
** those of memory. See cache_link.h.
** Any thread may call. No lock is held across a call. When memory is short
** nothing is stored, and nothing else changes.
*/
#ifndef WATS_HTTP_CACHE_H
#define WATS_HTTP_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "cache_disk.h"
#include "cache_types.h"
#include "clock.h"
#include "metrics.h"
#include "response.h"
#include "write_guard.h"

#define WATS_CACHE_KEEP_S 86400
/* So long nobody else refreshes a stale answer in the background when one does,
** whatever becomes of it. */
#define WATS_CACHE_REFRESH_S 10

struct wats_http_cache;

struct wats_http_cache_options {
  int64_t ttl_ns;     /* life of an answer that names none; 0: never reused
                         without revalidation */
  size_t max_entries; /* at least 1 */
  size_t max_bytes;   /* at least 1 */
  const struct wats_clock *clock; /* outlives the cache */
  struct wats_registry *registry; /* figures; retained; NULL = none */
  int64_t stale_if_error_ns;    /* so long after its life an answer may stand in
                                   when the server does not answer, unless it says
                                   itself; 0: not at all (RFC 5861) */
  struct wats_cache_disk *disk; /* retained; NULL: memory alone */
};

enum wats_errc
wats_http_cache_create(const struct wats_http_cache_options *options,
                       struct wats_http_cache **out, struct wats_error *error);
struct wats_http_cache *wats_http_cache_retain(struct wats_http_cache *cache);
/* Accepts NULL. */
void wats_http_cache_release(struct wats_http_cache *cache);
/* In a forked child: nobody uses it any more. It stays as it is, locks that
** threads of the parent held included; the registry forgets it. */
void wats_http_cache_abandon(struct wats_http_cache *cache);

enum wats_cache_verdict {
  WATS_CACHE_MISS,
  WATS_CACHE_FRESH,  /* to be used, also where it is stale by permission */
  WATS_CACHE_STALE,  /* there, but must be revalidated before use */
  WATS_CACHE_ABSTAIN /* live and not asked for, with side effects, or with a
                       condition or range that only the server can judge:
                       neither used nor stored, not counted */
};

/* Numbers are 0 and texts NULL where there is no answer to speak of. */
struct wats_cache_found {
  struct wats_response *response; /* retained; FRESH and STALE only */
  int64_t age_s;                  /* current_age (RFC 9111, 4.2.3) */
  const char *etag;               /* STALE: of response, for If-None-Match */
  const char *last_modified;      /* STALE: for If-Modified-Since */
  const char *reason;             /* static text: why this verdict */
  bool stale;   /* FRESH: its time is over, and it may be used all the same */
  bool refresh; /* FRESH: the caller is to have it refreshed behind
                   (stale-while-revalidate, RFC 5861) */
  /* To explain: */
  const char *lifetime_from; /* "max-age", "Expires", "Last-Modified", "ttl" */
  double lifetime_s;         /* its whole life */
  double fresh_for_s;        /* what is left for this request; < 0: over */
  bool only_if_cached;       /* the request says so: unless FRESH, answer 504 */
};

/*
** Looks up. With `revalidate` a stored answer is at best STALE (mode
** "refresh"). Counts in the statistics a request and a hit or (MISS, STALE) a
** miss; whoever bypasses the cache does not call this but
** wats_http_cache_ticket. The ticket is filled whatever the verdict.
*/
enum wats_cache_verdict
wats_http_cache_begin(struct wats_http_cache *cache,
                      const struct wats_cache_request *request, bool revalidate,
                      struct wats_cache_ticket *ticket,
                      struct wats_cache_found *found);
/* The same answer, but counts nothing, as use neither: to explain. */
enum wats_cache_verdict
wats_http_cache_explain(struct wats_http_cache *cache,
                        const struct wats_cache_request *request,
                        bool revalidate, struct wats_cache_found *found);
/*
** No answer was had: may what is stored stand in (stale-if-error)? Then true,
** with `found` filled (response retained, age) and counted as stale. What a
** write has touched meanwhile may not, nor what somebody asked to be live.
*/
bool wats_http_cache_fallback(struct wats_http_cache *cache,
                              const struct wats_cache_request *request,
                              struct wats_cache_found *found);
void wats_http_cache_ticket(struct wats_http_cache *cache,
                            struct wats_cache_ticket *ticket);
/*
** Has no write concerned this request since the ticket was had? Only then may
** another caller join the transfer.
*/
bool wats_http_cache_ticket_stands(struct wats_http_cache *cache,
                                   const struct wats_cache_request *request,
                                   const struct wats_cache_ticket *ticket);

/*
** Stores an answer if that is allowed (RFC 9111, section 3): final status, no
** no-store on either side, no `Vary: *`, some life span or a validator, and no
** write since begin. Returns whether it was stored; `reason` (may be NULL)
** receives in static text why not, else NULL. What was stored before stays
** when the new answer says no-store, is an error, or was asked for earlier; it
** goes when the new one replaces it but is of no use itself.
*/
bool wats_http_cache_store(struct wats_http_cache *cache,
                           const struct wats_cache_request *request,
                           const struct wats_cache_ticket *ticket,
                           struct wats_response *response, const char **reason);

/*
** A 304 came for `stored`: makes the refreshed answer, stores it if allowed,
** counts a revalidation. `age_s` (may be NULL) receives how old the 304 says
** that it is. NULL when memory is short.
*/
struct wats_response *wats_http_cache_validated(
    struct wats_http_cache *cache, const struct wats_cache_request *request,
    const struct wats_cache_ticket *ticket, struct wats_response *stored,
    const struct wats_response *validation, int64_t *age_s);

/*
** An answer to a HEAD came. What is stored for the GET is refreshed by a 200
** that names a validator of it, and none besides, and its length; it is dropped
** when they differ (RFC 9111, section 4.3.5), and left as it is when the HEAD
** has no validator: then nobody knows whether the body is still the same.
*/
void wats_http_cache_head(struct wats_http_cache *cache,
                          const struct wats_cache_request *request,
                          const struct wats_cache_ticket *ticket,
                          const struct wats_response *answer);

/*
** A write. `begin` before it is sent: from now on the entries that it concerns
** are kept but not used, and no GET begun before or meanwhile is stored.
** `end` with applied = true (2xx, 3xx, 502, 504, no answer to what was sent)
** drops them; with false they serve again. Concerned: the families in
** operation->stale, or where it names none that path and its sub-paths on
** segment borders; for a pure query nothing. Every begin needs its end;
** a second end does nothing.
** Neither allocates, fails, or walks through the entries.
*/
void wats_http_cache_write_begin(struct wats_http_cache *cache,
                                 const struct wats_operation *operation,
                                 const char *path, size_t length,
                                 struct wats_cache_write *write);
void wats_http_cache_write_end(struct wats_http_cache *cache,
                               struct wats_cache_write *write, bool applied);

/*
** Drops the path and its sub-paths, or with path NULL everything, also what
** GETs in flight would store; returns how many entries. Cost O(n). When memory
** is short the entries are dead all the same, but counted later, as they are
** met.
*/
size_t wats_http_cache_invalidate(struct wats_http_cache *cache,
                                  const char *path, size_t length);
/* As invalidate(NULL), but statistics do not call it invalidation. */
void wats_http_cache_clear(struct wats_http_cache *cache);

void wats_http_cache_stats(struct wats_http_cache *cache,
                           struct wats_http_cache_stats *out);
/* Its disk tier; NULL: none. Borrowed. */
struct wats_cache_disk *
wats_http_cache_disk(const struct wats_http_cache *cache);

/* Keys that a write has not made useless, most recently used first; see
** wats_ttl_lru_keys. */
struct wats_ttl_lru_key;
enum wats_errc wats_http_cache_keys(struct wats_http_cache *cache,
                                    struct wats_ttl_lru_key **keys,
                                    size_t *count);

#endif
