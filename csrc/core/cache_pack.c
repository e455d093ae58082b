/*
** cache_pack.c - see cache_pack.h.
**
** Layout: version, lifetime_from, flags, HTTP version (one byte each); status
** and the number of fields; the length of the field block; Age as it came;
** lifetime; when it was born and when it was asked for, on the clock of the
** boot and on the wall's; the boot's id; the seconds in which the answer itself
** allows its use beyond that life, while it is refreshed and on errors; the
** field block as headers.h has it.
*/
#include "cache_pack.h"

#include <string.h>

#include "alloc.h"
#include "clock.h"

#define VERSION     2
#define FIXED       80
#define FLAG_ASK    1 /* no_cache */
#define FLAG_STRICT 2 /* must_revalidate */
#define KNOWN_FLAGS (FLAG_ASK | FLAG_STRICT)

void wats_cache_instant(const struct wats_clock *clock, uint64_t boot_id,
                        struct wats_cache_instant *out)
{
  out->monotonic_ns = wats_clock_monotonic(clock);
  out->boot_ns = wats_clock_boot(clock);
  out->wall_ns = wats_clock_wall(clock);
  out->boot_id = boot_id;
}

/* ---- numbers ------------------------------------------------------------ */

static unsigned char *put(unsigned char *at, uint64_t n, int bytes)
{
  while (bytes--) {
    *at++ = (unsigned char)n;
    n >>= 8;
  }
  return at;
}

static uint64_t get(const unsigned char **at, int bytes)
{
  uint64_t n = 0;
  int i;
  for (i = 0; i < bytes; i++)
    n |= (uint64_t)(*at)[i] << 8 * i;
  *at += bytes;
  return n;
}

/* ---- packing ------------------------------------------------------------ */

enum wats_errc wats_cache_pack(const struct wats_cache_entry *e,
                               const struct wats_cache_instant *now,
                               struct wats_buffer *out)
{
  const struct wats_headers *fields = &e->response->headers;
  int64_t born = e->born_ns - now->monotonic_ns;
  int64_t requested = e->requested_ns - now->monotonic_ns;
  unsigned char fixed[FIXED], *at = fixed;
  unsigned flags =
      (e->no_cache ? FLAG_ASK : 0u) | (e->must_revalidate ? FLAG_STRICT : 0u);
  enum wats_errc code;
  at = put(at, VERSION, 1);
  at = put(at, e->from, 1);
  at = put(at, flags, 1);
  at = put(at, (uint64_t)e->response->http_version, 1);
  at = put(at, (uint64_t)e->response->status, 4);
  at = put(at, fields->count, 4);
  at = put(at, fields->block.length, 8);
  at = put(at, e->age_field_s, 4);
  at = put(at, (uint64_t)e->lifetime_ns, 8);
  at = put(at, (uint64_t)(now->boot_ns + born), 8);
  at = put(at, (uint64_t)(now->boot_ns + requested), 8);
  at = put(at, (uint64_t)(now->wall_ns + born), 8);
  at = put(at, (uint64_t)(now->wall_ns + requested), 8);
  at = put(at, now->boot_id, 8);
  at = put(at, e->while_revalidate_s, 4);
  (void)put(at, e->if_error_s, 4);
  code = wats_buffer_append(out, fixed, sizeof fixed);
  if (code == WATS_OK)
    code = wats_buffer_append(out, fields->block.data, fields->block.length);
  return code;
}

void wats_cache_variant(const struct wats_hmac_key *key, const char *record,
                        size_t length, unsigned char out[WATS_VARIANT_SIZE])
{
  unsigned char digest[WATS_SHA256_SIZE];
  wats_hmac_with(key, record, length, digest);
  memcpy(out, digest, WATS_VARIANT_SIZE);
}

/* ---- unpacking ---------------------------------------------------------- */

struct packed {
  unsigned version, from, flags, http_version;
  int status;
  size_t count, block_length;
  uint32_t age_field_s, while_revalidate_s, if_error_s;
  int64_t lifetime_ns, boot_born, boot_requested, wall_born, wall_requested;
  uint64_t boot_id;
  const char *block;
};

/* Two texts for each field, each ended; nothing else. */
static bool block_holds(const char *block, size_t length, size_t count)
{
  size_t ends = 0, i;
  for (i = 0; i < length; i++)
    if (!block[i]) ends++;
  return ends == 2 * count && (length == 0 || !block[length - 1]);
}

/* So far from the limits that no difference of two overflows. */
static bool is_sane(int64_t ns)
{
  return ns > -(INT64_C(1) << 61) && ns < INT64_C(1) << 61;
}

static bool read_packed(const void *bytes, size_t length, struct packed *p)
{
  const unsigned char *at = bytes;
  uint64_t block_length;
  if (length < FIXED) return false;
  p->version = (unsigned)get(&at, 1);
  p->from = (unsigned)get(&at, 1);
  p->flags = (unsigned)get(&at, 1);
  p->http_version = (unsigned)get(&at, 1);
  p->status = (int)(get(&at, 4) & 0xffff);
  p->count = (size_t)get(&at, 4);
  block_length = get(&at, 8);
  p->age_field_s = (uint32_t)get(&at, 4);
  p->lifetime_ns = (int64_t)get(&at, 8);
  p->boot_born = (int64_t)get(&at, 8);
  p->boot_requested = (int64_t)get(&at, 8);
  p->wall_born = (int64_t)get(&at, 8);
  p->wall_requested = (int64_t)get(&at, 8);
  p->boot_id = get(&at, 8);
  p->while_revalidate_s = (uint32_t)get(&at, 4);
  p->if_error_s = (uint32_t)get(&at, 4);
  p->block = (const char *)at;
  if (p->version != VERSION || p->from > WATS_LIFETIME_TTL ||
      (p->flags & ~(unsigned)KNOWN_FLAGS) || p->status < 100 ||
      p->status > 599 || block_length != length - FIXED || p->lifetime_ns < 0 ||
      !is_sane(p->boot_born) || !is_sane(p->boot_requested) ||
      !is_sane(p->wall_born) || !is_sane(p->wall_requested))
    return false;
  p->block_length = (size_t)block_length;
  return block_holds(p->block, p->block_length, p->count);
}

enum wats_errc wats_cache_unpack_response(const void *bytes, size_t length,
                                          struct wats_response **out)
{
  struct packed p;
  struct wats_response *r;
  if (!read_packed(bytes, length, &p)) return WATS_ERR_DECODE;
  r = wats_response_create();
  if (!r) return WATS_ERR_MEMORY;
  r->status = p.status;
  r->http_version = (int)p.http_version;
  if (wats_buffer_append(&r->headers.block, p.block, p.block_length) !=
      WATS_OK) {
    wats_response_release(r);
    return WATS_ERR_MEMORY;
  }
  r->headers.count = p.count;
  *out = r;
  return WATS_OK;
}

static int64_t at_most(int64_t a, int64_t b)
{
  return a < b ? a : b;
}

/* Ages as they are now; clocks may have been moved. */
static void date(struct wats_cache_entry *e, const struct packed *p,
                 const struct wats_cache_instant *now)
{
  bool same_boot = p->boot_id && p->boot_id == now->boot_id;
  int64_t age =
      same_boot ? now->boot_ns - p->boot_born : now->wall_ns - p->wall_born;
  int64_t since = same_boot ? now->boot_ns - p->boot_requested
                            : now->wall_ns - p->wall_requested;
  int64_t field_ns = (int64_t)p->age_field_s * WATS_NS_PER_S;
  if (since < 0) since = 0;
  if (age < 0) age = 0;
  e->lifetime_ns = p->lifetime_ns;
  if (!same_boot) {
    e->lifetime_ns = at_most(p->lifetime_ns, at_most(age, since + field_ns));
    e->while_revalidate_s = UINT32_MAX; /* nobody knows how old it is */
  }
  e->born_ns = now->monotonic_ns - age;
  e->requested_ns = now->monotonic_ns - since;
}

enum wats_errc wats_cache_unpack_entry(const void *bytes, size_t length,
                                       struct wats_response *response,
                                       const struct wats_cache_request *request,
                                       const struct wats_buffer *record,
                                       const struct wats_cache_instant *now,
                                       uint64_t sequence,
                                       struct wats_cache_entry **out)
{
  struct wats_cache_entry *e;
  struct packed p;
  if (!read_packed(bytes, length, &p)) return WATS_ERR_DECODE;
  e = wats_cache_entry_blank(request, record);
  if (!e) return WATS_ERR_MEMORY;
  e->age_field_s = p.age_field_s;
  e->from = (uint8_t)p.from;
  e->no_cache = (p.flags & FLAG_ASK) != 0;
  e->must_revalidate = (p.flags & FLAG_STRICT) != 0;
  e->while_revalidate_s = p.while_revalidate_s;
  e->if_error_s = p.if_error_s;
  e->sequence = sequence;
  date(e, &p, now);
  e->response = wats_response_retain(response);
  *out = e;
  return WATS_OK;
}
