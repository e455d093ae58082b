/*
** cache_entry.h - one stored answer and what must be known to use it again.
**
** Internal to http_cache. Counted and, but for `refreshed_ns`, never changed:
** the store, and whoever
** looks at it meanwhile, each hold a reference. Any thread may call.
**
** Answers of one URL that Vary tells apart (RFC 9111, section 4.1) are stored
** as one value: the newest, with the others behind it, newest first, at most
** WATS_CACHE_VARIANTS together. Another one makes a new value, in which the
** others are copies that share the response; so nobody who holds the old one
** sees it change.
*/
#ifndef WATS_CACHE_ENTRY_H
#define WATS_CACHE_ENTRY_H

#include <stdatomic.h>

#include "cache_types.h"
#include "freshness.h"
#include "response.h"

#define WATS_CACHE_VARIANTS 8

struct wats_cache_others;

struct wats_cache_entry {
  _Atomic unsigned references;
  _Atomic int64_t refreshed_ns;     /* monotonic, when a refreshment in the
                                       background was last begun; 0: never */
  struct wats_cache_others *others; /* NULL: the only one */
  /* What follows is never changed. */
  uint32_t path_offset; /* in the key, or NOWHERE: the tail has a copy */
  uint32_t path_length;
  uint32_t record_length; /* Vary record, at the start of the tail */
  uint32_t age_field_s;   /* Age as it came */
  /* Seconds after its life in which the answer allows its use, see
     freshness.h; NOT_SAID: it does not speak of it. */
  uint32_t while_revalidate_s, if_error_s;
  uint8_t from; /* enum wats_lifetime_from */
  bool no_cache, must_revalidate;
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
/*
** The same with the variants in `older` behind it, but for those that `request`
** asks for too (`entry` is the newer answer to it) and those of no use any more
** at `now_ns`. `entry` must not be shared yet. WATS_ERR_MEMORY: unchanged.
*/
enum wats_errc wats_cache_entry_precede(
    struct wats_cache_entry *entry, const struct wats_cache_entry *older,
    const struct wats_cache_request *request,
    bool (*useful)(void *context, const struct wats_cache_entry *variant),
    void *context);
/* The variant for this request, borrowed from `entry`; NULL: none fits. */
struct wats_cache_entry *
wats_cache_entry_variant(struct wats_cache_entry *entry,
                         const struct wats_cache_request *request);
/* Those behind it, in order: 0, 1, ...; NULL at the end. */
struct wats_cache_entry *
wats_cache_entry_other(const struct wats_cache_entry *entry, size_t i);
/* For ttl_lru; release accepts NULL. */
void wats_cache_entry_retain(void *entry);
void wats_cache_entry_release(void *entry);

/* Bytes that it takes beside its key, with the others. */
size_t wats_cache_entry_size(const struct wats_cache_entry *entry);
/* `key` is the one that it is stored under. */
const char *wats_cache_entry_path(const struct wats_cache_entry *entry,
                                  const char *key);
/* As it is at this monotonic instant. */
void wats_cache_entry_at(const struct wats_cache_entry *entry, int64_t now_ns,
                         struct wats_stored *out);

#endif
