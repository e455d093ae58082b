/*
** sha256.h - SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104).
**
** For naming things: whose token a stored answer belongs to, which body was
** received. The state is embedded by value and holds no other memory; nothing
** can fail. One thread at a time per state. What could betray the input is
** wiped when the digest is had.
*/
#ifndef WATS_SHA256_H
#define WATS_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define WATS_SHA256_SIZE     32 /* bytes of a digest */
#define WATS_SHA256_HEX_SIZE 65 /* characters of its hex text, with the NUL */

struct wats_sha256 {
  uint32_t state[8];
  uint64_t length; /* bytes so far; the last length % 64 wait in `block` */
  unsigned char block[64];
};

void wats_sha256_init(struct wats_sha256 *s);
/* `bytes` may be NULL when `length` is 0. */
void wats_sha256_update(struct wats_sha256 *s, const void *bytes,
                        size_t length);
/* The state must be initialised again before its next use. */
void wats_sha256_final(struct wats_sha256 *s,
                       unsigned char digest[WATS_SHA256_SIZE]);

/* All three at once. */
void wats_sha256(const void *bytes, size_t length,
                 unsigned char digest[WATS_SHA256_SIZE]);

/* Lower case, NUL-terminated. */
void wats_sha256_hex(const unsigned char digest[WATS_SHA256_SIZE],
                     char hex[WATS_SHA256_HEX_SIZE]);

/* A key made ready: for many digests, at half the cost for short texts. As
** secret as the key itself. */
struct wats_hmac_key {
  struct wats_sha256 inner, outer;
};
void wats_hmac_key(struct wats_hmac_key *k, const void *key, size_t key_length);
void wats_hmac_with(const struct wats_hmac_key *k, const void *bytes,
                    size_t length, unsigned char digest[WATS_SHA256_SIZE]);
/* A digest of `bytes` that only the holder of the key can make. */
void wats_hmac_sha256(const void *key, size_t key_length, const void *bytes,
                      size_t length, unsigned char digest[WATS_SHA256_SIZE]);

#endif
