/*
** fuzz_http_date.c - what is read as a date can be written, and is then read
** as the same instant.
*/
#include "core/http_date.h"

#include <string.h>

#include "fuzz.h"

#define NOW_S INT64_C(1800000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  int64_t seconds = -7, again = -7;
  char text[WATS_HTTP_DATE_SIZE];
  if (!wats_http_date_parse((const char *)data, size, NOW_S, &seconds)) {
    REQUIRE(seconds == -7);
    return 0;
  }
  /* A leap second at the end of the last year that the form can hold. */
  if (!wats_http_date_format(seconds, text)) return 0;
  REQUIRE(wats_http_date_parse(text, strlen(text), NOW_S, &again));
  REQUIRE(again == seconds);
  return 0;
}
