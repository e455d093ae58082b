/*
** test_siphash.c - SipHash-1-3 against the hashes of CPython 3.11 with a seed
** of zeros (PYTHONHASHSEED=0), and of the usual test key.
*/
#include "core/siphash.h"

#include "test.h"

static void test_known_hashes(void)
{
  static const struct {
    const char *text;
    uint64_t hash;
  } known[] = {
      {"a", UINT64_C(0x407448d2b89b1813)},
      {"abcdefg", UINT64_C(0x6db12aae9070f506)},
      {"abcdefgh", UINT64_C(0x3f7b849c0b8e35ea)},
      {"abcdefghi", UINT64_C(0xf89b34a3d11eb6e5)},
      {"/api/Product/PN-1?x=%20", UINT64_C(0xe9515baa8ce55151)},
  };
  const uint64_t zeros[2] = {0, 0};
  const uint64_t seed[2] = {UINT64_C(0x0706050403020100),
                            UINT64_C(0x0f0e0d0c0b0a0908)};
  size_t i;
  for (i = 0; i < sizeof known / sizeof *known; i++)
    CHECK(wats_siphash(zeros, known[i].text, strlen(known[i].text)) ==
          known[i].hash);
  CHECK(wats_siphash(seed, NULL, 0) == UINT64_C(0xabac0158050fc4dc));
}

static void test_depends_on_each_bit(void)
{
  uint64_t seed[2] = {1, 2}, hash;
  unsigned char bytes[40] = {0};
  size_t length, bit;
  for (length = 1; length <= sizeof bytes; length++) {
    hash = wats_siphash(seed, bytes, length);
    CHECK(hash != wats_siphash(seed, bytes, length - 1));
    for (bit = 0; bit < length * 8; bit++) {
      bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
      CHECK(hash != wats_siphash(seed, bytes, length));
      bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    for (bit = 0; bit < 128; bit++) {
      seed[bit / 64] ^= UINT64_C(1) << bit % 64;
      CHECK(hash != wats_siphash(seed, bytes, length));
      seed[bit / 64] ^= UINT64_C(1) << bit % 64;
    }
  }
}

int main(void)
{
  RUN(test_known_hashes);
  RUN(test_depends_on_each_bit);
  return test_report();
}
