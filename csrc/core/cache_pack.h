/*
** cache_pack.h - a stored answer as bytes that outlive the process, and back.
**
** Everything of an entry but what only this process knows: key, path, sequence.
** Request fields that Vary names stand for nothing but a digest (`variant`), as
** they may be secret: whether an answer fits a request is found out by making
** the digest of that request. Instants are kept on three clocks: within one
** start of the machine ages are exact, sleep included; after another they go by
** the wall clock, which may be wrong, so such an answer is taken for one whose
** life has just ended: to be revalidated, or used when the server cannot be
** had.
** Numbers are little-endian. What is malformed is refused, never read past.
** Pure; any thread may call.
*/
#ifndef WATS_CACHE_PACK_H
#define WATS_CACHE_PACK_H

#include "cache_entry.h"
#include "clock.h"
#include "sha256.h"

#define WATS_VARIANT_SIZE 16

/* One instant on all clocks. */
struct wats_cache_instant {
  int64_t monotonic_ns, boot_ns, wall_ns;
  uint64_t boot_id; /* 0: not known */
};

void wats_cache_instant(const struct wats_clock *clock, uint64_t boot_id,
                        struct wats_cache_instant *out);

/* Appends to `out`, all but the body. WATS_ERR_MEMORY. */
enum wats_errc wats_cache_pack(const struct wats_cache_entry *entry,
                               const struct wats_cache_instant *now,
                               struct wats_buffer *out);

/* Key of the digests: nobody who reads the file can try values. */
void wats_cache_variant(const struct wats_hmac_key *key, const char *record,
                        size_t length, unsigned char out[WATS_VARIANT_SIZE]);

/*
** The answer's head: status and fields, with no body yet. WATS_ERR_DECODE:
** malformed. WATS_ERR_MEMORY.
*/
enum wats_errc wats_cache_unpack_response(const void *bytes, size_t length,
                                          struct wats_response **out);
/*
** The entry for that response, which it retains. `record` is the request's Vary
** record for it; `sequence` is the write guard's as of now, since whoever read
** the
** row has seen to it that no write before concerns it.
*/
enum wats_errc wats_cache_unpack_entry(const void *bytes, size_t length,
                                       struct wats_response *response,
                                       const struct wats_cache_request *request,
                                       const struct wats_buffer *record,
                                       const struct wats_cache_instant *now,
                                       uint64_t sequence,
                                       struct wats_cache_entry **out);

#endif
