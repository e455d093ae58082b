/*
** test_base64.c - RFC 4648, sections 3, 4 and 10.
*/
#include "core/base64.h"

#include "test.h"

static const char *const pairs[][2] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/"},
};

static void test_known_texts(void)
{
  size_t i, size;
  for (i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    const char *plain = pairs[i][0], *text = pairs[i][1];
    char out[16];
    CHECK_INT(wats_base64_encoded_size(strlen(plain)), strlen(text));
    memset(out, 0, sizeof out);
    wats_base64_encode(plain, strlen(plain), out);
    CHECK_STR(out, text);
    memset(out, 0, sizeof out);
    CHECK(wats_base64_decode(text, strlen(text), out, &size));
    CHECK_INT(size, strlen(plain));
    CHECK_STR(out, plain);
  }
}

static void test_refuses_and_leaves_the_size(void)
{
  static const char *const bad[] = {
      "Z",       "Zg",      "Zg=",   "Zg===",     "====",     "A===",
      "=AAA",    "AA=A",    "Zh==",  "Zm9=",      "Zm8=Zm8=", "Zg==Zm9v",
      "Zm9v\n",  "Zm\n9v",  " Zm9v", "Zm9v    ",  "Zm-v",     "Zm_v",
      "Zm9\x80", "Zm9\xff", "Zm9,",  "Zm9vYg==\n"};
  size_t i;
  for (i = 0; i < sizeof bad / sizeof *bad; i++) {
    char out[16];
    size_t size = 77;
    bool ok = wats_base64_decode(bad[i], strlen(bad[i]), out, &size);
    if (ok) printf("text \"%s\"\n", bad[i]);
    CHECK(!ok);
    CHECK_INT(size, 77);
  }
  {
    char out[16];
    size_t size = 77;
    CHECK(!wats_base64_decode("Zm\0v", 4, out, &size));
  }
}

/* Exactly one of all characters' 2^8 values per place is told from the rest. */
static void test_alphabet_is_exact(void)
{
  int c, good = 0;
  for (c = 0; c < 256; c++) {
    char text[4] = {'A', 'A', 'A', 'A'}, back[4];
    unsigned char bytes[3];
    size_t size;
    text[1] = (char)c;
    if (!wats_base64_decode(text, 4, bytes, &size)) continue;
    good++;
    CHECK_INT(size, 3);
    wats_base64_encode(bytes, 3, back);
    CHECK(memcmp(text, back, 4) == 0);
  }
  CHECK_INT(good, 64);
}

static void test_round_trip(void)
{
  unsigned char bytes[100], back[100];
  char text[140];
  size_t length, size, i;
  for (i = 0; i < sizeof bytes; i++)
    bytes[i] = (unsigned char)(i * 151 + 13);
  for (length = 0; length <= sizeof bytes; length++) {
    size_t encoded = wats_base64_encoded_size(length);
    CHECK(encoded <= sizeof text);
    wats_base64_encode(bytes, length, text);
    CHECK(wats_base64_decoded_bound(encoded) >= length);
    CHECK(wats_base64_decode(text, encoded, back, &size));
    CHECK_INT(size, length);
    CHECK(memcmp(bytes, back, length) == 0);
  }
}

int main(void)
{
  RUN(test_known_texts);
  RUN(test_refuses_and_leaves_the_size);
  RUN(test_alphabet_is_exact);
  RUN(test_round_trip);
  return test_report();
}
