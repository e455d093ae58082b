/*
** fuzz_byte_range.c - any Range and If-Range give bytes that are there; a range
** that is read can be written, and then says the same.
*/
#include "core/byte_range.h"

#include "fuzz.h"
#include "fuzz_fields.h"

static void require_the_same_written(const struct wats_headers *stored,
                                     size_t length,
                                     const struct wats_byte_range *range)
{
  struct wats_headers again;
  struct wats_byte_range got;
  char text[80];
  snprintf(text, sizeof text, "bytes=%zu-%zu", range->first, range->last);
  wats_headers_init(&again, 0);
  add_field(&again, "Range", text, strlen(text));
  wats_byte_range_read(&again, stored, length, &got);
  REQUIRE(got.kind == WATS_RANGE_PART);
  REQUIRE(got.first == range->first && got.last == range->last);
  wats_headers_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const size_t lengths[] = {0, 1, 2, 10, 4096, SIZE_MAX};
  const char *at = (const char *)data, *end = at + size, *stop;
  struct wats_headers request, stored, more;
  size_t i;
  stop = size ? memchr(at, '\n', size) : NULL;
  wats_headers_init(&request, 0);
  add_field(&request, "Range", at, (size_t)((stop ? stop : end) - at));
  at = stop ? stop + 1 : end;
  at = read_block(&more, at, end);
  read_block(&stored, at, end);
  for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    struct wats_byte_range got, with;
    wats_byte_range_read(&request, &stored, lengths[i], &got);
    REQUIRE(got.kind != WATS_RANGE_PART ||
            (got.first <= got.last && got.last < lengths[i]));
    REQUIRE(got.kind == WATS_RANGE_PART || (got.first == 0 && got.last == 0));
    if (got.kind == WATS_RANGE_PART)
      require_the_same_written(&stored, lengths[i], &got);
    wats_byte_range_read(&more, &stored, lengths[i], &with);
    REQUIRE(with.kind == WATS_RANGE_NONE || wats_byte_range_asked(&more));
  }
  wats_headers_free(&request);
  wats_headers_free(&more);
  wats_headers_free(&stored);
  return 0;
}
