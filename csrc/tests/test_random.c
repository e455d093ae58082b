/*
** test_random.c - ids have the right form and do not repeat.
*/
#include "core/random.h"

#include "test.h"

static void test_bytes_beyond_what_the_system_gives_at_once(void)
{
  unsigned char bytes[1000], zeros[64] = {0};
  size_t at;
  memset(bytes, 0, sizeof bytes);
  CHECK_INT(wats_random_bytes(bytes, sizeof bytes - 64, NULL), WATS_OK);
  /* 64 zeros in a row are chance once in 2^512 */
  for (at = 0; at + 64 <= sizeof bytes - 64; at += 8)
    CHECK(memcmp(bytes + at, zeros, 64) != 0);
  CHECK(memcmp(bytes + sizeof bytes - 64, zeros, 64) == 0);
  CHECK_INT(wats_random_bytes(bytes, 0, NULL), WATS_OK);
}

static void test_uuid_has_its_form(void)
{
  char text[WATS_UUID_SIZE];
  int i, round;
  for (round = 0; round < 200; round++) {
    CHECK_INT(wats_uuid(text, NULL), WATS_OK);
    CHECK_INT(strlen(text), 36);
    for (i = 0; i < 36; i++)
      if (i == 8 || i == 13 || i == 18 || i == 23)
        CHECK(text[i] == '-');
      else
        CHECK(strchr("0123456789abcdef", text[i]));
    CHECK(text[14] == '4');
    CHECK(strchr("89ab", text[19]));
  }
}

static void test_uuids_differ(void)
{
  static char all[500][WATS_UUID_SIZE];
  int i, j;
  for (i = 0; i < 500; i++) {
    CHECK_INT(wats_uuid(all[i], NULL), WATS_OK);
    for (j = 0; j < i; j++)
      CHECK(strcmp(all[i], all[j]) != 0);
  }
}

int main(void)
{
  RUN(test_bytes_beyond_what_the_system_gives_at_once);
  RUN(test_uuid_has_its_form);
  RUN(test_uuids_differ);
  return test_report();
}
