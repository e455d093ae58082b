/*
** fuzz_http_date.c - what is accepted can be written and read again.
*/
#include "core/http_date.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char out[WATS_HTTP_DATE_SIZE];
  int64_t now = 0, seconds, again;
  if (size < sizeof now) return 0;
  memcpy(&now, data, sizeof now);
  data += sizeof now;
  size -= sizeof now;
  if (!wats_http_date_parse((const char *)data, size, now, &seconds)) return 0;
  /* RFC 850 near the end of year 9999, or a leap second there, may pass it */
  if (!wats_http_date_format(seconds, out)) return 0;
  if (!wats_http_date_parse(out, strlen(out), now, &again) || again != seconds)
    abort();
  return 0;
}
