/*
** test_gzip.c - what gzip.h promises.
*/
#include "core/gzip.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "test.h"

#define BIG ((size_t)1000 * 1000)

/* Neither constant nor noise, so that packing has something to do. */
static void fill(char *bytes, size_t length)
{
  unsigned seed = 1;
  size_t i;
  for (i = 0; i < length; i++) {
    seed = seed * 1103515245u + 12345u;
    bytes[i] = (char)('a' + (seed >> 16) % 12);
  }
}

static void check_round_trip(const char *bytes, size_t length)
{
  struct wats_buffer packed, plain;
  wats_buffer_init(&packed, 0);
  wats_buffer_init(&plain, 0);
  CHECK_INT(wats_gzip_compress(bytes, length, &packed, NULL), WATS_OK);
  CHECK_INT(wats_gzip_decompress(packed.data, packed.length, &plain, NULL),
            WATS_OK);
  CHECK_INT(plain.length, length);
  CHECK(length == 0 || memcmp(plain.data, bytes, length) == 0);
  wats_buffer_free(&packed);
  wats_buffer_free(&plain);
}

static void test_round_trip(void)
{
  static const size_t lengths[] = {0, 1, 2, 1000, 65535, 65536, 65537, BIG};
  char *bytes = malloc(BIG);
  size_t i;
  fill(bytes, BIG);
  for (i = 0; i < sizeof lengths / sizeof *lengths; i++)
    check_round_trip(bytes, lengths[i]);
  free(bytes);
}

static void test_appends(void)
{
  struct wats_buffer packed, plain;
  wats_buffer_init(&packed, 0);
  wats_buffer_init(&plain, 0);
  CHECK_INT(wats_gzip_compress("one ", 4, &packed, NULL), WATS_OK);
  CHECK_INT(wats_gzip_compress("two", 3, &packed, NULL), WATS_OK);
  wats_buffer_append_string(&plain, "zero ");
  CHECK_INT(wats_gzip_decompress(packed.data, packed.length, &plain, NULL),
            WATS_OK);
  wats_buffer_terminate(&plain);
  CHECK_STR(plain.data, "zero one two"); /* both members */
  wats_buffer_free(&packed);
  wats_buffer_free(&plain);
}

/* Exactly the limit is fine; one byte more is refused, contents kept. */
static void test_limit(void)
{
  char *bytes = malloc(BIG);
  struct wats_buffer packed, plain;
  struct wats_error error;
  fill(bytes, BIG);
  wats_buffer_init(&packed, 0);
  CHECK_INT(wats_gzip_compress(bytes, BIG, &packed, NULL), WATS_OK);
  wats_buffer_init(&plain, BIG);
  CHECK_INT(wats_gzip_decompress(packed.data, packed.length, &plain, NULL),
            WATS_OK);
  CHECK_INT(plain.length, BIG);
  wats_buffer_free(&plain);
  wats_buffer_init(&plain, BIG - 1);
  CHECK_INT(wats_gzip_decompress(packed.data, packed.length, &plain, &error),
            WATS_ERR_TOO_LARGE);
  CHECK_INT(plain.length, 0);
  wats_buffer_free(&plain);
  wats_buffer_free(&packed);
  wats_buffer_init(&packed, 100);
  CHECK_INT(wats_gzip_compress(bytes, BIG, &packed, &error),
            WATS_ERR_TOO_LARGE);
  CHECK_INT(packed.length, 0);
  wats_buffer_free(&packed);
  free(bytes);
}

static void test_damaged(void)
{
  char bytes[1000];
  struct wats_buffer packed, plain;
  struct wats_error error;
  size_t i;
  fill(bytes, sizeof bytes);
  wats_buffer_init(&packed, 0);
  wats_buffer_init(&plain, 0);
  CHECK_INT(wats_gzip_compress(bytes, sizeof bytes, &packed, NULL), WATS_OK);
  for (i = 0; i < packed.length; i++) /* cut short, wherever */
    CHECK_INT(wats_gzip_decompress(packed.data, i, &plain, &error),
              WATS_ERR_DECODE);
  packed.data[packed.length - 6] ^= 1; /* the check sum */
  CHECK_INT(wats_gzip_decompress(packed.data, packed.length, &plain, &error),
            WATS_ERR_DECODE);
  CHECK_INT(wats_gzip_decompress("no gzip at all", 14, &plain, &error),
            WATS_ERR_DECODE);
  CHECK_INT(plain.length, 0);
  wats_buffer_free(&packed);
  wats_buffer_free(&plain);
}

static void test_short_of_memory(void)
{
  struct wats_buffer packed, plain, good;
  struct wats_error error;
  long n;
  enum wats_errc code = WATS_ERR_MEMORY;
  wats_buffer_init(&packed, 0);
  wats_buffer_init(&plain, 0);
  wats_buffer_init(&good, 0);
  wats_gzip_compress("some text", 9, &good, NULL);
  for (n = 0; code && n < 50; n++) {
    wats_alloc_fail_after(n);
    code = wats_gzip_compress("some text", 9, &packed, &error);
    CHECK(!code || code == WATS_ERR_MEMORY);
  }
  CHECK_INT(code, WATS_OK);
  for (n = 0, code = WATS_ERR_MEMORY; code && n < 50; n++) {
    wats_alloc_fail_after(n);
    code = wats_gzip_decompress(good.data, good.length, &plain, &error);
    CHECK(!code || code == WATS_ERR_MEMORY);
  }
  CHECK_INT(code, WATS_OK);
  CHECK(n > 1);
  wats_alloc_fail_never();
  wats_buffer_free(&packed);
  wats_buffer_free(&plain);
  wats_buffer_free(&good);
}

int main(void)
{
  RUN(test_round_trip);
  RUN(test_appends);
  RUN(test_limit);
  RUN(test_damaged);
  RUN(test_short_of_memory);
  return test_report();
}
