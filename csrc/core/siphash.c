/*
** siphash.c - see siphash.h.
*/
#include "siphash.h"

static uint64_t rotl(uint64_t x, unsigned n)
{
  return x << n | x >> (64 - n);
}

static void mix(uint64_t v[4])
{
  v[0] += v[1], v[2] += v[3];
  v[1] = rotl(v[1], 13) ^ v[0];
  v[3] = rotl(v[3], 16) ^ v[2];
  v[0] = rotl(v[0], 32);
  v[2] += v[1], v[0] += v[3];
  v[1] = rotl(v[1], 17) ^ v[2];
  v[3] = rotl(v[3], 21) ^ v[0];
  v[2] = rotl(v[2], 32);
}

/* Lowest byte first on any machine; compilers make one load of it. */
static uint64_t load(const unsigned char *p, size_t length)
{
  uint64_t word = 0;
  size_t i;
  for (i = 0; i < length; i++)
    word |= (uint64_t)p[i] << (8 * i);
  return word;
}

static uint64_t load8(const unsigned char *p)
{
  return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
         (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
         (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

uint64_t wats_siphash(const uint64_t seed[2], const void *bytes, size_t length)
{
  const unsigned char *p = bytes;
  uint64_t last = (uint64_t)(length & 255) << 56;
  uint64_t v[4] = {
      seed[0] ^ UINT64_C(0x736f6d6570736575),
      seed[1] ^ UINT64_C(0x646f72616e646f6d),
      seed[0] ^ UINT64_C(0x6c7967656e657261),
      seed[1] ^ UINT64_C(0x7465646279746573),
  };
  for (; length >= 8; p += 8, length -= 8) {
    uint64_t word = load8(p);
    v[3] ^= word;
    mix(v);
    v[0] ^= word;
  }
  last |= load(p, length);
  v[3] ^= last;
  mix(v);
  v[0] ^= last;
  v[2] ^= 0xff;
  mix(v);
  mix(v);
  mix(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}
