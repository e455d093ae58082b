/*
** base64.c - see base64.h.
*/
#include "base64.h"

#include <stdint.h>

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of each character in ASCII plus 1; 0 = not in the alphabet. */
static const unsigned char values[128] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,
    ['G'] = 7,  ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12,
    ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18,
    ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,
    ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
    ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
    ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54,
    ['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60,
    ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

static void encode_group(uint32_t group, char *text)
{
  text[0] = alphabet[group >> 18];
  text[1] = alphabet[group >> 12 & 63];
  text[2] = alphabet[group >> 6 & 63];
  text[3] = alphabet[group & 63];
}

void wats_base64_encode(const void *bytes, size_t length, char *text)
{
  const unsigned char *p = bytes;
  for (; length >= 3; p += 3, length -= 3, text += 4)
    encode_group((uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2], text);
  if (length == 0) return;
  encode_group((uint32_t)p[0] << 16 | (length == 2 ? (uint32_t)p[1] << 8 : 0),
               text);
  text[3] = '=';
  if (length == 1) text[2] = '=';
}

/* Puts `count` characters into one group of 24 bits; false: not base64. */
static bool decode_group(const char *text, int count, uint32_t *group)
{
  int i;
  *group = 0;
  for (i = 0; i < count; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c >= sizeof values || values[c] == 0) return false;
    *group |= (uint32_t)(values[c] - 1) << (18 - 6 * i);
  }
  return true;
}

/* The last four characters, of which `count` are not padding. */
static bool decode_last(const char *text, int count, unsigned char *out)
{
  uint32_t group;
  if (!decode_group(text, count, &group)) return false;
  if (group & (count == 2 ? 0xffffu : count == 3 ? 0xffu : 0)) return false;
  out[0] = (unsigned char)(group >> 16);
  if (count > 2) out[1] = (unsigned char)(group >> 8);
  if (count > 3) out[2] = (unsigned char)group;
  return true;
}

bool wats_base64_decode(const char *text, size_t length, void *bytes,
                        size_t *size)
{
  unsigned char *out = bytes;
  uint32_t group;
  int count = 4;
  if (length % 4 != 0) return false;
  if (length == 0) {
    *size = 0;
    return true;
  }
  for (; length > 4; text += 4, length -= 4) {
    if (!decode_group(text, 4, &group)) return false;
    *out++ = (unsigned char)(group >> 16);
    *out++ = (unsigned char)(group >> 8);
    *out++ = (unsigned char)group;
  }
  if (text[3] == '=') count = text[2] == '=' ? 2 : 3;
  if (!decode_last(text, count, out)) return false;
  *size = (size_t)(out - (unsigned char *)bytes) + (size_t)count - 1;
  return true;
}
