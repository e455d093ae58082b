/*
** utf8.h - UTF-8 as RFC 3629 has it: shortest forms only, no surrogates, at
** most U+10FFFF. Pure: any thread may call.
*/
#ifndef WATS_UTF8_H
#define WATS_UTF8_H

#include <stddef.h>

/* Bytes of the character at `at`, which is before `end`; 0 = there is none. */
static inline size_t wats_utf8_size(const char *at, const char *end)
{
  const unsigned char *c = (const unsigned char *)at;
  size_t left = (size_t)(end - at), size, i;
  if (c[0] < 0x80) return 1;
  if (c[0] < 0xc2 || c[0] > 0xf4) return 0;
  size = c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
  if (size > left) return 0;
  /* Longer forms than needed, surrogates, beyond U+10FFFF. */
  if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
      (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
    return 0;
  for (i = 1; i < size; i++)
    if ((c[i] & 0xc0) != 0x80) return 0;
  return size;
}

/* Where the first byte lies that belongs to no character; `length` = nowhere.
 */
static inline size_t wats_utf8_invalid_at(const char *text, size_t length)
{
  const char *at = text, *end = text + length;
  while (at < end) {
    size_t size = wats_utf8_size(at, end);
    if (size == 0) break;
    at += size;
  }
  return (size_t)(at - text);
}

#endif
