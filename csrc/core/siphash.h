/*
** siphash.h - SipHash-1-3, a hash that depends on a secret.
**
** For tables whose keys others choose: who does not know the seed cannot make
** keys that collide (Aumasson and Bernstein, "SipHash: a fast short-input
** PRF"; one round a word and three at the end, as language run-times use it
** for their tables). Pure: any thread may call.
*/
#ifndef WATS_SIPHASH_H
#define WATS_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t wats_siphash(const uint64_t seed[2], const void *bytes, size_t length);

#endif
