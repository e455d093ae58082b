/*
** json_scan.h - how far does the plain part of a string go? json_reader and
** json_writer spend most of their time on it, so it goes by 16 bytes where
** the processor can, by 8 in a machine word elsewhere.
*/
#ifndef WATS_JSON_SCAN_H
#define WATS_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Is it a control character, '"', '\' or a byte of a longer character? */
static inline bool wats_json_is_special(char c)
{
  return (signed char)c < 0x20 || c == '"' || c == '\\';
}

#define WATS_JSON_EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Bit 7 of each special byte; above the first of them there may be more. */
static inline uint64_t wats_json_special_mask(uint64_t word)
{
  uint64_t quote = word ^ WATS_JSON_EACH_BYTE('"');
  uint64_t slash = word ^ WATS_JSON_EACH_BYTE('\\');
  uint64_t below = (word - WATS_JSON_EACH_BYTE(0x20)) & ~word;
  quote = (quote - WATS_JSON_EACH_BYTE(1)) & ~quote;
  slash = (slash - WATS_JSON_EACH_BYTE(1)) & ~slash;
  return (word | below | quote | slash) & WATS_JSON_EACH_BYTE(0x80);
}

/* The first special byte from `at` on, or `end`. */
static inline const char *wats_json_skip_plain(const char *at, const char *end)
{
#if defined(__SSE2__)
  while (end - at >= 16) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    /* As signed bytes those of longer characters are below 0. */
    __m128i below = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    int mask =
        _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), below));
    if (mask) return at + __builtin_ctz((unsigned)mask);
    at += 16;
  }
#elif defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  while (end - at >= 8) {
    uint64_t word, mask;
    memcpy(&word, at, sizeof word);
    mask = wats_json_special_mask(word);
    if (mask) return at + (__builtin_ctzll(mask) >> 3);
    at += 8;
  }
#endif
  while (at < end && !wats_json_is_special(*at))
    at++;
  return at;
}

/* Copies `length` bytes and tells whether all of them are plain; if not, part
** of them is copied. */
static inline bool wats_json_copy_plain(char *to, const char *from,
                                        size_t length)
{
  uint64_t word;
  bool special = false;
  size_t i;
  if (length < 8) {
    for (i = 0; i < length; i++) {
      to[i] = from[i];
      special |= wats_json_is_special(from[i]);
    }
    return !special;
  }
  for (i = 0; i + 8 < length; i += 8) {
    memcpy(&word, from + i, sizeof word);
    memcpy(to + i, &word, sizeof word);
    if (wats_json_special_mask(word)) return false;
  }
  /* The last eight, some of them for the second time. */
  memcpy(&word, from + length - 8, sizeof word);
  memcpy(to + length - 8, &word, sizeof word);
  return !wats_json_special_mask(word);
}

#endif
