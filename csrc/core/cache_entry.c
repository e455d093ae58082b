/*
** cache_entry.c - see cache_entry.h.
*/
#include "cache_entry.h"

#include <stddef.h>
#include <string.h>

#include "alloc.h"
#include "ascii.h"
#include "clock.h"
#include "vary.h"

#define NOWHERE  UINT32_MAX
#define NOT_SAID UINT32_MAX

struct wats_cache_others {
  size_t count; /* at least 1 */
  struct wats_cache_entry *list[];
};

/* --- fields of the connection --------------------------------------------- */

static bool is_hop_by_hop(const char *name)
{
  static const char *const names[] = {
      "connection",          "keep-alive",
      "proxy-connection",    "te",
      "transfer-encoding",   "upgrade",
      "proxy-authenticate",  "proxy-authentication-info",
      "proxy-authorization",
  };
  size_t i;
  for (i = 0; i < sizeof names / sizeof *names; i++)
    if (wats_name_equal(name, names[i])) return true;
  return false;
}

static bool is_separator(char c)
{
  return c == ',' || c == ' ' || c == '\t';
}

static bool list_names(const char *list, const char *name)
{
  size_t wanted = strlen(name);
  while (*list) {
    size_t length = 0;
    while (list[length] && !is_separator(list[length]))
      length++;
    if (length == wanted && wats_ascii_equal(list, name, length)) return true;
    list += length;
    while (is_separator(*list))
      list++;
  }
  return false;
}

/* Does Connection in `h`, which may be NULL, name this field? */
static bool connection_names(const struct wats_headers *h, const char *name)
{
  const char *ignored, *list;
  size_t position = 0;
  while (h && wats_headers_next(h, &position, "connection", &ignored, &list))
    if (list_names(list, name)) return true;
  return false;
}

/* Does a field that ends with its connection stand in the answer? */
static bool is_of_connection(const struct wats_cache_offer *offer,
                             const char *name)
{
  return is_hop_by_hop(name) ||
         connection_names(&offer->response->headers, name) ||
         connection_names(offer->validation, name);
}

static bool has_fields_of_connection(const struct wats_cache_offer *offer)
{
  const char *name, *value;
  size_t position = 0;
  while (wats_headers_next(&offer->response->headers, &position, NULL, &name,
                           &value))
    if (is_of_connection(offer, name)) return true;
  return false;
}

/* The other fields, in their order. */
static enum wats_errc copy_lasting(struct wats_headers *to,
                                   const struct wats_cache_offer *offer)
{
  const char *name, *value;
  size_t position = 0;
  enum wats_errc code;
  wats_headers_clear(to);
  while (wats_headers_next(&offer->response->headers, &position, NULL, &name,
                           &value)) {
    if (is_of_connection(offer, name)) continue;
    code = wats_headers_add(to, name, strlen(name), value, strlen(value));
    if (code != WATS_OK) return code;
  }
  return WATS_OK;
}

/* The answer itself or a copy without those fields, with a reference. */
static struct wats_response *lasting_part(const struct wats_cache_offer *offer)
{
  struct wats_response *nothing, *copy = NULL;
  if (!has_fields_of_connection(offer))
    return wats_response_retain(offer->response);
  nothing = wats_response_create();
  if (nothing) copy = wats_response_refresh(offer->response, nothing);
  wats_response_release(nothing);
  if (!copy) return NULL;
  copy->http_version = offer->response->http_version;
  if (copy_lasting(&copy->headers, offer) != WATS_OK) {
    wats_response_release(copy);
    return NULL;
  }
  return copy;
}

/* --- entries -------------------------------------------------------------- */

static uint32_t offset_in_key(const struct wats_cache_request *request)
{
  uintptr_t offset = (uintptr_t)request->path - (uintptr_t)request->key;
  bool inside = offset <= request->key_length &&
                request->path_length <= request->key_length - offset;
  return inside && offset < NOWHERE ? (uint32_t)offset : NOWHERE;
}

static uint32_t seconds_said(int64_t seconds)
{
  return seconds == WATS_SECONDS_NONE ? NOT_SAID : (uint32_t)seconds;
}

static int64_t seconds_of(uint32_t said)
{
  return said == NOT_SAID ? WATS_SECONDS_NONE : (int64_t)said;
}

struct wats_cache_entry *
wats_cache_entry_blank(const struct wats_cache_request *request,
                       const struct wats_buffer *record)
{
  uint32_t offset = offset_in_key(request);
  size_t copied = offset == NOWHERE ? request->path_length : 0;
  struct wats_cache_entry *e = wats_malloc(sizeof *e + record->length + copied);
  if (!e) return NULL;
  memset(e, 0, sizeof *e);
  atomic_init(&e->references, 1);
  e->path_offset = offset;
  e->path_length = (uint32_t)request->path_length;
  e->record_length = (uint32_t)record->length;
  if (record->length) memcpy(e->tail, record->data, record->length);
  if (copied) memcpy(e->tail + record->length, request->path, copied);
  return e;
}

static void fill(struct wats_cache_entry *e,
                 const struct wats_cache_ticket *ticket,
                 const struct wats_cache_offer *offer)
{
  e->age_field_s = (uint32_t)offer->answer.age_s;
  e->from = (uint8_t)offer->lifetime.from;
  e->no_cache = offer->answer.control.no_cache;
  e->must_revalidate = offer->answer.control.must_revalidate;
  e->while_revalidate_s =
      seconds_said(offer->answer.control.stale_while_revalidate);
  e->if_error_s = seconds_said(offer->answer.control.stale_if_error);
  atomic_init(&e->refreshed_ns, 0);
  e->others = NULL;
  e->lifetime_ns = offer->lifetime.ns;
  e->born_ns = offer->now_ns - offer->initial_age_ns;
  e->requested_ns = ticket->requested_ns;
  e->sequence = ticket->sequence;
}

struct wats_cache_entry *
wats_cache_entry_create(const struct wats_cache_request *request,
                        const struct wats_cache_ticket *ticket,
                        const struct wats_cache_offer *offer)
{
  struct wats_cache_entry *e = NULL;
  struct wats_buffer record;
  wats_buffer_init(&record, 0);
  if (offer->answer.has_vary &&
      wats_vary_record(&offer->response->headers, request->headers,
                       request->defaults, &record) != WATS_OK)
    goto done;
  e = wats_cache_entry_blank(request, &record);
  if (!e) goto done;
  fill(e, ticket, offer);
  e->response = lasting_part(offer);
  if (!e->response) {
    wats_free(e);
    e = NULL;
  }
done:
  wats_buffer_free(&record);
  return e;
}

void wats_cache_entry_retain(void *entry)
{
  struct wats_cache_entry *e = entry;
  atomic_fetch_add_explicit(&e->references, 1, memory_order_relaxed);
}

static void free_others(struct wats_cache_others *others)
{
  size_t i;
  for (i = 0; others && i < others->count; i++)
    wats_cache_entry_release(others->list[i]);
  wats_free(others);
}

void wats_cache_entry_release(void *entry)
{
  struct wats_cache_entry *e = entry;
  if (!e) return;
  if (atomic_fetch_sub_explicit(&e->references, 1, memory_order_acq_rel) != 1)
    return;
  free_others(e->others);
  wats_response_release(e->response);
  wats_free(e);
}

/* --- variants ------------------------------------------------------------- */

static size_t tail_length(const struct wats_cache_entry *e)
{
  return e->record_length + (e->path_offset == NOWHERE ? e->path_length : 0);
}

static bool fits(const struct wats_cache_entry *e,
                 const struct wats_cache_request *request)
{
  return wats_vary_matches(e->tail, e->record_length, request->headers,
                           request->defaults);
}

/* Without those behind it. */
static struct wats_cache_entry *copy_alone(const struct wats_cache_entry *e)
{
  const size_t fixed = offsetof(struct wats_cache_entry, path_offset);
  size_t size = sizeof *e + tail_length(e);
  struct wats_cache_entry *copy = wats_malloc(size);
  if (!copy) return NULL;
  memcpy((char *)copy + fixed, (const char *)e + fixed, size - fixed);
  atomic_init(&copy->references, 1);
  atomic_init(&copy->refreshed_ns,
              atomic_load_explicit(&e->refreshed_ns, memory_order_relaxed));
  copy->others = NULL;
  wats_response_retain(copy->response);
  return copy;
}

struct wats_cache_entry *
wats_cache_entry_other(const struct wats_cache_entry *e, size_t i)
{
  return e->others && i < e->others->count ? e->others->list[i] : NULL;
}

enum wats_errc wats_cache_entry_precede(
    struct wats_cache_entry *entry, const struct wats_cache_entry *older,
    const struct wats_cache_request *request,
    bool (*useful)(void *context, const struct wats_cache_entry *variant),
    void *context)
{
  const size_t most = WATS_CACHE_VARIANTS - 1;
  struct wats_cache_others *others = NULL;
  const struct wats_cache_entry *variant = older;
  size_t i = 0;
  for (; variant; variant = wats_cache_entry_other(older, i++)) {
    struct wats_cache_entry *copy;
    if (fits(variant, request) || !useful(context, variant)) continue;
    if (!others)
      others = wats_calloc(1, sizeof *others + most * sizeof *others->list);
    copy = others ? copy_alone(variant) : NULL;
    if (!copy) {
      free_others(others);
      return WATS_ERR_MEMORY;
    }
    others->list[others->count++] = copy;
    if (others->count == most) break;
  }
  entry->others = others;
  return WATS_OK;
}

struct wats_cache_entry *
wats_cache_entry_variant(struct wats_cache_entry *e,
                         const struct wats_cache_request *request)
{
  struct wats_cache_entry *variant = e;
  size_t i = 0;
  while (variant && !fits(variant, request))
    variant = wats_cache_entry_other(e, i++);
  return variant;
}

/* --- what it tells -------------------------------------------------------- */

static size_t size_alone(const struct wats_cache_entry *e)
{
  return sizeof *e + tail_length(e) + wats_response_size(e->response);
}

size_t wats_cache_entry_size(const struct wats_cache_entry *e)
{
  size_t size = size_alone(e), i;
  for (i = 0; e->others && i < e->others->count; i++)
    size += sizeof *e->others->list + size_alone(e->others->list[i]);
  return size;
}

const char *wats_cache_entry_path(const struct wats_cache_entry *e,
                                  const char *key)
{
  return e->path_offset == NOWHERE ? e->tail + e->record_length
                                   : key + e->path_offset;
}

void wats_cache_entry_at(const struct wats_cache_entry *e, int64_t now_ns,
                         struct wats_stored *out)
{
  out->lifetime.ns = e->lifetime_ns;
  out->lifetime.from = (enum wats_lifetime_from)e->from;
  out->no_cache = e->no_cache;
  out->must_revalidate = e->must_revalidate;
  out->while_revalidate_s = seconds_of(e->while_revalidate_s);
  out->if_error_s = seconds_of(e->if_error_s);
  out->age_ns = now_ns - e->born_ns;
  out->since_ns =
      now_ns - e->requested_ns + (int64_t)e->age_field_s * WATS_NS_PER_S;
}
