/*
** metrics_text.c - makes any bytes fit for an exposition: UTF-8, escaped.
*/
#include <string.h>

#include "metrics_internal.h"

/*
** Bytes of the well-formed UTF-8 character at `text` (Unicode, table 3-7), or
** 0 when there is none.
*/
static size_t character(const unsigned char *text, size_t left)
{
  unsigned char first = text[0], low = 0x80, high = 0xbf;
  size_t length, i;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  if (left < length || text[1] < low || text[1] > high) return 0;
  for (i = 2; i < length; i++)
    if (text[i] < 0x80 || text[i] > 0xbf) return 0;
  return length;
}

static size_t put(char *out, size_t at, const void *bytes, size_t length)
{
  if (out) memcpy(out + at, bytes, length);
  return at + length;
}

size_t wats_metrics_clean(char *out, const char *text, size_t length,
                          bool escape)
{
  const unsigned char *in = (const unsigned char *)text;
  size_t at = 0, i = 0;
  while (i < length) {
    size_t n = character(in + i, length - i);
    if (!n) {
      at = put(out, at, "\xef\xbf\xbd", 3);
      i++;
      continue;
    }
    if (escape && in[i] == '\n')
      at = put(out, at, "\\n", 2);
    else if (escape && (in[i] == '\\' || in[i] == '"')) {
      at = put(out, at, "\\", 1);
      at = put(out, at, in + i, 1);
    } else
      at = put(out, at, in + i, n);
    i += n;
  }
  return at;
}
