/*
** fuzz_cache_pack.c - no bytes that a file may hold are read past; what is
** accepted has fields that can be walked through and an age that makes sense,
** and packed again it says the same.
*/
#include "core/cache_pack.h"

#include "fuzz.h"

static const struct wats_cache_instant now = {1000, 2000, 3000, 7};

static void require_sound(const struct wats_response *r)
{
  const char *name, *value;
  size_t position = 0, count = 0;
  while (wats_headers_next(&r->headers, &position, NULL, &name, &value))
    count++;
  REQUIRE(count == r->headers.count);
  REQUIRE(r->status >= 100 && r->status <= 599);
}

static void require_the_same_again(const struct wats_cache_entry *e,
                                   const struct wats_cache_request *request,
                                   const struct wats_buffer *record)
{
  struct wats_buffer bytes;
  struct wats_response *r = NULL;
  struct wats_cache_entry *again = NULL;
  wats_buffer_init(&bytes, 0);
  REQUIRE(wats_cache_pack(e, &now, &bytes) == WATS_OK);
  REQUIRE(wats_cache_unpack_response(bytes.data, bytes.length, &r) == WATS_OK);
  REQUIRE(wats_cache_unpack_entry(bytes.data, bytes.length, r, request, record,
                                  &now, e->sequence, &again) == WATS_OK);
  REQUIRE(again->lifetime_ns == e->lifetime_ns);
  REQUIRE(again->no_cache == e->no_cache &&
          again->must_revalidate == e->must_revalidate);
  REQUIRE(again->born_ns == e->born_ns &&
          again->requested_ns == e->requested_ns);
  REQUIRE(r->status == e->response->status &&
          r->headers.count == e->response->headers.count);
  wats_cache_entry_release(again);
  wats_response_release(r);
  wats_buffer_free(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct wats_cache_request request = {
      .key = "k/x", .key_length = 3, .path = "/x", .path_length = 2};
  struct wats_response *r = NULL;
  struct wats_cache_entry *e = NULL;
  struct wats_buffer record;
  wats_buffer_init(&record, 0);
  if (wats_cache_unpack_response(data, size, &r) == WATS_OK) {
    require_sound(r);
    REQUIRE(wats_cache_unpack_entry(data, size, r, &request, &record, &now, 5,
                                    &e) == WATS_OK);
    REQUIRE(e->born_ns <= now.monotonic_ns &&
            e->requested_ns <= now.monotonic_ns && e->lifetime_ns >= 0);
    require_the_same_again(e, &request, &record);
  }
  wats_cache_entry_release(e);
  wats_response_release(r);
  wats_buffer_free(&record);
  return 0;
}
