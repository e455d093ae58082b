/*
** crc32c.c - see crc32c.h. Eight bytes at a time, each through its own table:
** table[n][b] is what byte b does to the sum with n zero bytes behind it.
*/
#include "crc32c.h"

#include "sync.h"

#define POLYNOMIAL 0x82f63b78u /* 0x1edc6f41, lowest bit first */

static uint32_t table[8][256];
static struct wats_once table_made = WATS_ONCE_INIT;

static void make_table(void)
{
  uint32_t byte, crc;
  int bit, n;
  for (byte = 0; byte < 256; byte++) {
    crc = byte;
    for (bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
    table[0][byte] = crc;
  }
  for (byte = 0; byte < 256; byte++)
    for (n = 1; n < 8; n++) {
      crc = table[n - 1][byte];
      table[n][byte] = crc >> 8 ^ table[0][crc & 255];
    }
}

/* Lowest byte first, whatever the machine. */
static uint32_t load(const unsigned char *p)
{
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
         (uint32_t)p[3] << 24;
}

uint32_t wats_crc32c(uint32_t crc, const void *bytes, size_t length)
{
  const unsigned char *p = bytes;
  wats_once(&table_made, make_table);
  crc = ~crc;
  for (; length >= 8; p += 8, length -= 8) {
    uint32_t a = crc ^ load(p), b = load(p + 4);
    crc = table[7][a & 255] ^ table[6][a >> 8 & 255] ^ table[5][a >> 16 & 255] ^
          table[4][a >> 24] ^ table[3][b & 255] ^ table[2][b >> 8 & 255] ^
          table[1][b >> 16 & 255] ^ table[0][b >> 24];
  }
  for (; length; p++, length--)
    crc = crc >> 8 ^ table[0][(crc ^ *p) & 255];
  return ~crc;
}
