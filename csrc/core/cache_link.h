/*
** cache_link.h - what ties one http_cache to a disk tier: events of others are
** played into its memory, its own are told to them, and what memory lacks is
** looked for on disk.
**
** A cache that is behind must catch up before it looks something up, stores, or
** lets somebody join: `behind` costs an atomic load or two, catching up is a
** few
** instructions for each event. A write by another process (or by another cache
** of this one that shares the tier) is in the guard from its begin to its end,
** as if it were one of ours; from what was missed it follows that everything
** may be stale. Every tenth of a second at most it is seen whether the file of
** events is still the same, and whether those who have writes under way live.
**
** Owned by its http_cache. Functions marked L belong under the lock that guards
** its write guard; the rest any thread may call.
*/
#ifndef WATS_CACHE_LINK_H
#define WATS_CACHE_LINK_H

#include "cache_disk.h"
#include "cache_types.h"
#include "clock.h"
#include "ttl_lru.h"
#include "write_guard.h"

struct wats_cache_link;

/* All outlive the link; the tier is retained. Families are the store's groups.
** WATS_ERR_MEMORY. */
enum wats_errc wats_cache_link_create(struct wats_cache_disk *disk,
                                      struct wats_write_guard *guard,
                                      struct wats_ttl_lru *store,
                                      const struct wats_clock *clock,
                                      struct wats_cache_link **out,
                                      struct wats_error *error);
/* Accepts NULL. */
void wats_cache_link_destroy(struct wats_cache_link *link);

bool wats_cache_link_behind(struct wats_cache_link *link, int64_t now_ns);
/* L. How many entries were dropped. */
size_t wats_cache_link_catch_up(struct wats_cache_link *link, int64_t now_ns);
/* Up to where it has caught up: for a ticket, before the guard's sequence. */
uint64_t wats_cache_link_epoch(const struct wats_cache_link *link);

/* An entry with a reference, dated `sequence`, that the guard had when the link
** had caught up; NULL: none. */
struct wats_cache_entry *
wats_cache_link_find(struct wats_cache_link *link,
                     const struct wats_cache_request *request,
                     uint64_t sequence, bool use);
/* L. An answer was stored in memory. */
void wats_cache_link_store(struct wats_cache_link *link,
                           const struct wats_cache_request *request,
                           const struct wats_cache_ticket *ticket,
                           struct wats_cache_entry *entry);
/* What is stored for this request has been overtaken. */
void wats_cache_link_forget(struct wats_cache_link *link,
                            const struct wats_cache_request *request);

/* L. After the guard's begin, and before its end. */
void wats_cache_link_write_begin(struct wats_cache_link *link,
                                 struct wats_cache_write *write);
void wats_cache_link_write_end(struct wats_cache_link *link,
                               const struct wats_cache_write *write,
                               bool applied);
/* L. A path and what is below it, or with NULL all there is, was dropped by
** hand. */
void wats_cache_link_drop(struct wats_cache_link *link, const char *path,
                          size_t length);

struct wats_cache_disk *wats_cache_link_disk(struct wats_cache_link *link);

#endif
