/*
** test_sha256.c - the vectors of FIPS 180-4's examples and of RFC 4231.
*/
#include "core/sha256.h"

#include "test.h"

static const char *hex_of(const void *bytes, size_t length)
{
  static char hex[WATS_SHA256_HEX_SIZE];
  unsigned char digest[WATS_SHA256_SIZE];
  wats_sha256(bytes, length, digest);
  wats_sha256_hex(digest, hex);
  return hex;
}

#define TWO_BLOCKS "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

static void test_known_digests(void)
{
  CHECK_STR(hex_of("abc", 3), "ba7816bf8f01cfea414140de5dae2223"
                              "b00361a396177a9cb410ff61f20015ad");
  CHECK_STR(hex_of(NULL, 0), "e3b0c44298fc1c149afbf4c8996fb924"
                             "27ae41e4649b934ca495991b7852b855");
  CHECK_STR(hex_of(TWO_BLOCKS, 56), "248d6a61d20638b8e5c026930c3e6039"
                                    "a33ce45964ff2167f6ecedd419db06c1");
}

static void test_a_million_letters(void)
{
  char part[1000], hex[WATS_SHA256_HEX_SIZE];
  unsigned char digest[WATS_SHA256_SIZE];
  struct wats_sha256 s;
  int i;
  memset(part, 'a', sizeof part);
  wats_sha256_init(&s);
  for (i = 0; i < 1000; i++)
    wats_sha256_update(&s, part, sizeof part);
  wats_sha256_final(&s, digest);
  wats_sha256_hex(digest, hex);
  CHECK_STR(hex, "cdc76e5c9914fb9281a1c7e284d73e67"
                 "f1809a48a497200e046d39ccc7112cd0");
}

/* However the bytes are cut, and at each length round the block's border. */
static void test_pieces_make_the_same_digest(void)
{
  unsigned char bytes[200], whole[WATS_SHA256_SIZE], pieces[WATS_SHA256_SIZE];
  struct wats_sha256 s;
  size_t length, step, at;
  for (at = 0; at < sizeof bytes; at++)
    bytes[at] = (unsigned char)(at * 7);
  for (length = 0; length <= sizeof bytes; length++)
    for (step = 1; step < 130; step += 9) {
      wats_sha256(bytes, length, whole);
      wats_sha256_init(&s);
      for (at = 0; at < length; at += step)
        wats_sha256_update(&s, bytes + at,
                           length - at < step ? length - at : step);
      wats_sha256_final(&s, pieces);
      CHECK(memcmp(whole, pieces, sizeof whole) == 0);
    }
}

/* Where the length's eight bytes no longer fit behind the 0x80. */
static void test_padding_at_the_border(void)
{
  char text[128];
  memset(text, 'a', sizeof text);
  CHECK_STR(hex_of(text, 55), "9f4390f8d30c2dd92ec9f095b65e2b9a"
                              "e9b0a925a5258e241c9f1e910f734318");
  CHECK_STR(hex_of(text, 56), "b35439a4ac6f0948b6d6f9e3c6af0f5f"
                              "590ce20f1bde7090ef7970686ec6738a");
  CHECK_STR(hex_of(text, 63), "7d3e74a05d7db15bce4ad9ec0658ea98"
                              "e3f06eeecf16b4c6fff2da457ddc2f34");
  CHECK_STR(hex_of(text, 64), "ffe054fe7ae0cb6dc65c3af9b61d5209"
                              "f439851db43d0ba5997337df154668eb");
}

static void test_final_wipes(void)
{
  struct wats_sha256 s, zero;
  unsigned char digest[WATS_SHA256_SIZE];
  memset(&zero, 0, sizeof zero);
  wats_sha256_init(&s);
  wats_sha256_update(&s, "secret", 6);
  wats_sha256_final(&s, digest);
  CHECK(memcmp(&s, &zero, sizeof s) == 0);
}

static const char *hmac_of(const void *key, size_t key_length, const char *text)
{
  static char hex[WATS_SHA256_HEX_SIZE];
  unsigned char digest[WATS_SHA256_SIZE];
  wats_hmac_sha256(key, key_length, text, strlen(text), digest);
  wats_sha256_hex(digest, hex);
  return hex;
}

static void test_hmac(void)
{
  unsigned char key[131];
  char text[51] = {0};
  memset(key, 0x0b, 20);
  CHECK_STR(hmac_of(key, 20, "Hi There"), "b0344c61d8db38535ca8afceaf0bf12b"
                                          "881dc200c9833da726e9376c2e32cff7");
  CHECK_STR(hmac_of("Jefe", 4, "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c7"
            "5a003f089d2739839dec58b964ec3843");
  memset(key, 0xaa, sizeof key);
  memset(text, 0xdd, 50);
  CHECK_STR(hmac_of(key, 20, text), "773ea91e36800e46854db8ebd09181a7"
                                    "2959098b3ef8c122d9635514ced565fe");
  /* keys longer than a block */
  CHECK_STR(hmac_of(key, 131,
                    "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK_STR(hmac_of(key, 131,
                    "This is a test using a larger than block-size key and a "
                    "larger than block-size data. The key needs to be hashed "
                    "before being used by the HMAC algorithm."),
            "9b09ffa71b942fcb27635fbcd5b0e944"
            "bfdc63644f0713938a7f51535c3a35e2");
  CHECK_STR(hmac_of(NULL, 0, ""), "b613679a0814d9ec772f95d778c35fc5"
                                  "ff1697c493715653c6c712144292c5ad");
}

int main(void)
{
  RUN(test_known_digests);
  RUN(test_a_million_letters);
  RUN(test_pieces_make_the_same_digest);
  RUN(test_padding_at_the_border);
  RUN(test_final_wipes);
  RUN(test_hmac);
  return test_report();
}
