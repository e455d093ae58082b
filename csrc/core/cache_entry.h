/*
** cache_entry.h - one stored answer and what must be known to use it again.
**
** Internal to http_cache. Counted and never changed: the store, and whoever
** looks at it meanwhile, each hold a reference. Any thread may call.
*/
#ifndef WATS_CACHE_ENTRY_H
#define WATS_CACHE_ENTRY_H

#include <stdatomic.h>

#include "cache_types.h"
#include "freshness.h"
#include "response.h"

struct wats_cache_entry {
  _Atomic unsigned references;
  uint32_t path_offset; /* in the key, or NOWHERE: the tail has a copy */
  uint32_t path_length;
  uint32_t record_length; /* Vary record, at the start of the tail */
  uint32_t age_field_s;   /* Age as it came */
  uint8_t from;           /* enum wats_lifetime_from */
  bool no_cache;
  struct wats_response *response;
  int64_t lifetime_ns;
  int64_t born_ns;      /* monotonic, when current_age was 0 (4.2.3) */
  int64_t requested_ns; /* monotonic, when it was asked for */
  uint64_t sequence;    /* the write guard's, when it was asked for */
  char tail[];
};

/* What is to be stored, and what was made of its fields. */
struct wats_cache_offer {
  struct wats_response *response;
  const struct wats_headers *validation; /* of the 304 that refreshed it, or
                                            NULL */
  struct wats_cache_answer answer;
  struct wats_lifetime lifetime;
  int64_t initial_age_ns;
  int64_t now_ns; /* monotonic */
};

/*
** An entry with one reference, with the path and this Vary record, and nothing
** else: the caller fills it. NULL when memory is short.
*/
struct wats_cache_entry *
wats_cache_entry_blank(const struct wats_cache_request *request,
                       const struct wats_buffer *record);
/*
** An entry with one reference that holds a reference to the answer, or to a
** copy without the fields that belong to its connection (RFC 9111, section
** 3.1; the body is shared). NULL when memory is short.
*/
struct wats_cache_entry *
wats_cache_entry_create(const struct wats_cache_request *request,
                        const struct wats_cache_ticket *ticket,
                        const struct wats_cache_offer *offer);
/* For ttl_lru; release accepts NULL. */
void wats_cache_entry_retain(void *entry);
void wats_cache_entry_release(void *entry);

/* Bytes that it takes beside its key. */
size_t wats_cache_entry_size(const struct wats_cache_entry *entry);
/* `key` is the one that it is stored under. */
const char *wats_cache_entry_path(const struct wats_cache_entry *entry,
                                  const char *key);
bool wats_cache_entry_fits(const struct wats_cache_entry *entry,
                           const struct wats_headers *request);
/* As it is at this monotonic instant. */
void wats_cache_entry_at(const struct wats_cache_entry *entry, int64_t now_ns,
                         struct wats_stored *out);

#endif
