/*
** fuzz_vary.c - an answer always fits the request that it answered, unless it
** says Vary: *; and where it does not name a language, two requests fit each
** other's answers or neither does.
*/
#include "core/vary.h"

#include "fuzz.h"
#include "fuzz_fields.h"

static bool has_star(const struct wats_headers *response)
{
  size_t position = 0;
  const char *name, *list;
  while (wats_headers_next(response, &position, "vary", &name, &list))
    for (list += strspn(list, ", \t"); *list; list += strspn(list, ", \t")) {
      size_t n = strcspn(list, ", \t");
      if (n == 1 && *list == '*') return true;
      list += n;
    }
  return false;
}

static bool fits(const struct wats_headers *response,
                 const struct wats_headers *answered,
                 const struct wats_headers *asked,
                 const struct wats_headers *defaults)
{
  struct wats_buffer record;
  bool match;
  wats_buffer_init(&record, 0);
  REQUIRE(wats_vary_record(response, answered, defaults, &record) == WATS_OK);
  match = wats_vary_matches(record.data, record.length, asked, defaults);
  wats_buffer_free(&record);
  return match;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *at = (const char *)data, *end = at + size;
  struct wats_headers response, one, other, defaults;
  at = read_block(&response, at, end);
  at = read_block(&one, at, end);
  at = read_block(&other, at, end);
  read_block(&defaults, at, end);
  REQUIRE(fits(&response, &one, &one, &defaults) == !has_star(&response));
  REQUIRE(fits(&response, NULL, NULL, &defaults) == !has_star(&response));
  if (!wats_headers_get(&response, "content-language"))
    REQUIRE(fits(&response, &one, &other, &defaults) ==
            fits(&response, &other, &one, &defaults));
  else
    (void)fits(&response, &one, &other, &defaults);
  wats_headers_free(&response);
  wats_headers_free(&one);
  wats_headers_free(&other);
  wats_headers_free(&defaults);
  return 0;
}
