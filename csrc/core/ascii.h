/*
** ascii.h - letters as protocols mean them: ASCII, whatever the locale.
*/
#ifndef WATS_ASCII_H
#define WATS_ASCII_H

#include <stdbool.h>
#include <stddef.h>

static inline char wats_ascii_lower(char c)
{
  if (c >= 'A' && c <= 'Z') c = (char)(c | 0x20);
  return c;
}

/* The same `length` characters, but for letter case. */
static inline bool wats_ascii_equal(const char *a, const char *b, size_t length)
{
  size_t i;
  for (i = 0; i < length; i++)
    if (wats_ascii_lower(a[i]) != wats_ascii_lower(b[i])) return false;
  return true;
}

#endif
