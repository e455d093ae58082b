/*
** sha256.c - see sha256.h. Names as in FIPS 180-4, sections 4 and 6.2.
*/
#include "sha256.h"

#include <string.h>

#define BLOCK 64

static const uint32_t initial[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotr(uint32_t x, unsigned n)
{
  return x >> n | x << (32 - n);
}

static uint32_t load(const unsigned char *p)
{
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
         p[3];
}

static void store(unsigned char *p, uint32_t x)
{
  p[0] = (unsigned char)(x >> 24);
  p[1] = (unsigned char)(x >> 16);
  p[2] = (unsigned char)(x >> 8);
  p[3] = (unsigned char)x;
}

/* The compiler may not leave these writes out as it may memset's. */
static void wipe(void *memory, size_t size)
{
  volatile unsigned char *p = memory;
  while (size--)
    *p++ = 0;
}

static void expand(uint32_t w[64], const unsigned char *block)
{
  int t;
  for (t = 0; t < 16; t++)
    w[t] = load(block + 4 * t);
  for (; t < 64; t++) {
    uint32_t a = w[t - 15], b = w[t - 2];
    w[t] = w[t - 16] + (rotr(a, 7) ^ rotr(a, 18) ^ a >> 3) + w[t - 7] +
           (rotr(b, 17) ^ rotr(b, 19) ^ b >> 10);
  }
}

static void compress(uint32_t state[8], const unsigned char *block)
{
  uint32_t w[64], v[8];
  int t, i;
  expand(w, block);
  memcpy(v, state, sizeof v);
  for (t = 0; t < 64; t++) {
    uint32_t a = v[0], b = v[1], c = v[2], e = v[4], f = v[5], g = v[6];
    uint32_t t1 = v[7] + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) +
                  ((e & f) ^ (~e & g)) + K[t] + w[t];
    uint32_t t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) +
                  ((a & b) ^ (a & c) ^ (b & c));
    v[7] = g, v[6] = f, v[5] = e, v[4] = v[3] + t1;
    v[3] = c, v[2] = b, v[1] = a, v[0] = t1 + t2;
  }
  for (i = 0; i < 8; i++)
    state[i] += v[i];
}

void wats_sha256_init(struct wats_sha256 *s)
{
  memcpy(s->state, initial, sizeof s->state);
  s->length = 0;
}

void wats_sha256_update(struct wats_sha256 *s, const void *bytes, size_t length)
{
  const unsigned char *p = bytes;
  size_t waiting = s->length % BLOCK;
  if (length == 0) return;
  s->length += length;
  if (waiting) {
    size_t room = BLOCK - waiting;
    size_t taken = length < room ? length : room;
    memcpy(s->block + waiting, p, taken);
    if (taken < room) return;
    compress(s->state, s->block);
    p += taken;
    length -= taken;
  }
  for (; length >= BLOCK; p += BLOCK, length -= BLOCK)
    compress(s->state, p);
  if (length) memcpy(s->block, p, length);
}

void wats_sha256_final(struct wats_sha256 *s,
                       unsigned char digest[WATS_SHA256_SIZE])
{
  uint64_t bits = s->length * 8;
  size_t waiting = s->length % BLOCK;
  int i;
  s->block[waiting++] = 0x80;
  if (waiting > BLOCK - 8) {
    memset(s->block + waiting, 0, BLOCK - waiting);
    compress(s->state, s->block);
    waiting = 0;
  }
  memset(s->block + waiting, 0, BLOCK - 8 - waiting);
  store(s->block + BLOCK - 8, (uint32_t)(bits >> 32));
  store(s->block + BLOCK - 4, (uint32_t)bits);
  compress(s->state, s->block);
  for (i = 0; i < 8; i++)
    store(digest + 4 * i, s->state[i]);
  wipe(s, sizeof *s);
}

void wats_sha256(const void *bytes, size_t length,
                 unsigned char digest[WATS_SHA256_SIZE])
{
  struct wats_sha256 s;
  wats_sha256_init(&s);
  wats_sha256_update(&s, bytes, length);
  wats_sha256_final(&s, digest);
}

void wats_sha256_hex(const unsigned char digest[WATS_SHA256_SIZE],
                     char hex[WATS_SHA256_HEX_SIZE])
{
  static const char digits[] = "0123456789abcdef";
  int i;
  for (i = 0; i < WATS_SHA256_SIZE; i++) {
    hex[2 * i] = digits[digest[i] >> 4];
    hex[2 * i + 1] = digits[digest[i] & 15];
  }
  hex[2 * WATS_SHA256_SIZE] = '\0';
}

/* Starts a state with the key, each byte of it combined with `mask`. */
static void start_with_key(struct wats_sha256 *s, const unsigned char *key,
                           unsigned char mask)
{
  unsigned char pad[BLOCK];
  size_t i;
  for (i = 0; i < BLOCK; i++)
    pad[i] = key[i] ^ mask;
  wats_sha256_init(s);
  wats_sha256_update(s, pad, sizeof pad);
  wipe(pad, sizeof pad);
}

void wats_hmac_key(struct wats_hmac_key *k, const void *key, size_t key_length)
{
  unsigned char room[BLOCK] = {0};
  if (key_length > BLOCK)
    wats_sha256(key, key_length, room);
  else if (key_length)
    memcpy(room, key, key_length);
  start_with_key(&k->inner, room, 0x36);
  start_with_key(&k->outer, room, 0x5c);
  wipe(room, sizeof room);
}

void wats_hmac_with(const struct wats_hmac_key *k, const void *bytes,
                    size_t length, unsigned char digest[WATS_SHA256_SIZE])
{
  unsigned char inner[WATS_SHA256_SIZE];
  struct wats_sha256 s = k->inner;
  wats_sha256_update(&s, bytes, length);
  wats_sha256_final(&s, inner);
  s = k->outer;
  wats_sha256_update(&s, inner, sizeof inner);
  wats_sha256_final(&s, digest);
}

void wats_hmac_sha256(const void *key, size_t key_length, const void *bytes,
                      size_t length, unsigned char digest[WATS_SHA256_SIZE])
{
  struct wats_hmac_key k;
  wats_hmac_key(&k, key, key_length);
  wats_hmac_with(&k, bytes, length, digest);
  wipe(&k, sizeof k);
}
