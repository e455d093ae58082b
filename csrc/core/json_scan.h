/*
** json_scan.h - how far does the plain part of a string go? Shared by
** json_reader and json_writer, which spend most of their time on it.
*/
#ifndef WATS_JSON_SCAN_H
#define WATS_JSON_SCAN_H

#include <stdint.h>
#include <string.h>

/* Is it a control character, '"', '\' or a byte of a longer character? */
static inline int wats_json_is_special(unsigned char c)
{
  return c < 0x20 || c == '"' || c == '\\' || c >= 0x80;
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

/* The first special byte from `at` on, or `end`. Eight bytes at a time where
** the order of bytes in a word is known to be little-endian. */
static inline const char *wats_json_skip_plain(const char *at, const char *end)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  while (end - at >= 8) {
    uint64_t word, mask;
    memcpy(&word, at, sizeof word);
    mask = wats_json_special_mask(word);
    if (mask) return at + (__builtin_ctzll(mask) >> 3);
    at += 8;
  }
#endif
  while (at < end && !wats_json_is_special((unsigned char)*at))
    at++;
  return at;
}

#endif
