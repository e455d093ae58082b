/*
** fuzz_condition.c - any fields on either side give a verdict; a 304 comes only
** where the request has a condition and the answer is a 200; the tag that is
** stored is always found in a list that it is added to.
*/
#include "core/condition.h"

#include "core/entity_tag.h"
#include "fuzz.h"
#include "fuzz_fields.h"

#define NOW INT64_C(1800000000)

static bool has_condition(const struct wats_headers *h)
{
  return wats_headers_get(h, "if-none-match") ||
         wats_headers_get(h, "if-modified-since");
}

static void require_found(const struct wats_headers *request,
                          const struct wats_headers *stored)
{
  struct wats_entity_tag tag;
  struct wats_headers longer;
  enum wats_tag_list before, after;
  if (!wats_entity_tag_of(stored, &tag)) return;
  wats_headers_init(&longer, 0);
  REQUIRE(wats_headers_copy(&longer, request) == WATS_OK);
  add_field(&longer, "If-None-Match", wats_headers_get(stored, "etag"),
            strlen(wats_headers_get(stored, "etag")));
  before = wats_entity_tag_look_up(request, "if-none-match", &tag);
  after = wats_entity_tag_look_up(&longer, "if-none-match", &tag);
  REQUIRE(after ==
          (before == WATS_TAG_LIST_BROKEN || before == WATS_TAG_LIST_ANY
               ? WATS_TAG_LIST_BROKEN
               : WATS_TAG_LIST_MATCH));
  wats_headers_free(&longer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *at = (const char *)data, *end = at + size;
  struct wats_headers request, stored, made;
  enum wats_condition verdict;
  at = read_block(&request, at, end);
  read_block(&stored, at, end);
  wats_headers_init(&made, 0);
  verdict = wats_condition_judge(&request, 200, &stored, NOW);
  REQUIRE(verdict == WATS_CONDITION_NONE ||
          verdict == WATS_CONDITION_NOT_OURS || has_condition(&request));
  REQUIRE(wats_condition_judge(&request, 404, &stored, NOW) !=
          WATS_CONDITION_FALSE_304);
  REQUIRE(wats_condition_not_modified_fields(&stored, &made) == WATS_OK);
  REQUIRE(made.count <= stored.count);
  require_found(&request, &stored);
  wats_headers_free(&made);
  wats_headers_free(&request);
  wats_headers_free(&stored);
  return 0;
}
