/*
** test_crc32c.c - the vectors of RFC 3720, appendix B.4.
*/
#include "core/crc32c.h"

#include "test.h"

static void test_known_sums(void)
{
  unsigned char bytes[32];
  size_t i;
  static const unsigned char read_command[48] = {
      0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0,
      0x14, 0,    0, 0, 0, 0, 4, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18,
      0x28, 0,    0, 0, 0, 0, 0, 0, 2, 0, 0, 0,    0, 0, 0, 0};
  memset(bytes, 0, sizeof bytes);
  CHECK_INT(wats_crc32c(0, bytes, 32), 0x8a9136aa);
  memset(bytes, 0xff, sizeof bytes);
  CHECK_INT(wats_crc32c(0, bytes, 32), 0x62a8ab43);
  for (i = 0; i < 32; i++)
    bytes[i] = (unsigned char)i;
  CHECK_INT(wats_crc32c(0, bytes, 32), 0x46dd794e);
  for (i = 0; i < 32; i++)
    bytes[i] = (unsigned char)(31 - i);
  CHECK_INT(wats_crc32c(0, bytes, 32), 0x113fdb5c);
  CHECK_INT(wats_crc32c(0, read_command, 48), 0xd9963a56);
  CHECK_INT(wats_crc32c(0, "123456789", 9), 0xe3069283);
  CHECK_INT(wats_crc32c(0, NULL, 0), 0);
}

/* The definition, a bit at a time. */
static uint32_t slow(const unsigned char *p, size_t length)
{
  uint32_t crc = 0xffffffff;
  int bit;
  while (length--)
    for (crc ^= *p++, bit = 0; bit < 8; bit++)
      crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
  return ~crc;
}

static void test_any_length_cut_and_alignment(void)
{
  unsigned char bytes[80];
  size_t from, length, cut;
  for (from = 0; from < sizeof bytes; from++)
    bytes[from] = (unsigned char)(from * from + 3);
  for (from = 0; from < 8; from++)
    for (length = 0; length <= 70; length++) {
      uint32_t expected = slow(bytes + from, length);
      CHECK_INT(wats_crc32c(0, bytes + from, length), expected);
      for (cut = 0; cut <= length; cut += 5)
        CHECK_INT(wats_crc32c(wats_crc32c(0, bytes + from, cut),
                              bytes + from + cut, length - cut),
                  expected);
    }
}

int main(void)
{
  RUN(test_known_sums);
  RUN(test_any_length_cut_and_alignment);
  return test_report();
}
