/*
** fuzz_routes.c - any path is matched without fault, its canonical form is not
** longer, and belongs to the same operation.
*/
#include "core/routes.h"

#include <string.h>

#include "fuzz.h"

static const char *const templates[] = {
    "/api/Product/{partNumber}",
    "/api/Product/{partNumber}/{revision}",
    "/api/Product/Query",
    "/api/App/Version",
    "/api/Auth/GetToken/userName={userName}",
    "/api/Report/Query/Header",
    "/api/internal/{a}/b/{c}/d",
};

static struct wats_routes *fill(void)
{
  struct wats_routes *routes = wats_routes_create();
  size_t i;
  REQUIRE(routes);
  for (i = 0; i < sizeof templates / sizeof *templates; i++) {
    struct wats_operation operation = {.method = "GET", .path = templates[i]};
    struct wats_error error;
    operation.family = WATS_NO_FAMILY;
    REQUIRE(wats_routes_add(routes, &operation, &error) == WATS_OK);
  }
  return routes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct wats_routes *routes;
  struct wats_buffer once, twice;
  const struct wats_operation *operation;
  if (!routes) routes = fill();
  wats_buffer_init(&once, size + 1);
  wats_buffer_init(&twice, size + 1);
  operation = wats_routes_match(routes, "GET", (const char *)data, size, &once);
  REQUIRE(once.length <= size);
  REQUIRE(wats_routes_match(routes, "GET", once.data ? once.data : "",
                            once.length, &twice) == operation);
  REQUIRE(twice.length == once.length);
  REQUIRE(!once.length || memcmp(twice.data, once.data, once.length) == 0);
  wats_buffer_free(&once);
  wats_buffer_free(&twice);
  return 0;
}
