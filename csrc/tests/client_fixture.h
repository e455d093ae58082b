/*
** client_fixture.h - one peer, one client with a small operation table on a
** clock that stands still, and requests in a line each. What came of the last
** one stands in `got`.
*/
#ifndef WATS_CLIENT_FIXTURE_H
#define WATS_CLIENT_FIXTURE_H

#include "core/alloc.h"
#include "core/client.h"
#include "core/engine.h"
#include "core/ttl_lru.h"
#include "peer.h"
#include "test.h"

#define S WATS_NS_PER_S

static const struct wats_operation operations[] = {
    {.method = "GET",
     .path = "/api/Product/{partNumber}",
     .volatility = WATS_VOLATILITY_STANDARD,
     .idempotent = true,
     .family = 1},
    {.method = "PUT",
     .path = "/api/Product",
     .idempotent = true,
     .family = WATS_NO_FAMILY,
     .stale = 1u << 1},
    {.method = "POST",
     .path = "/api/Report/WSJF",
     .idempotent = true,
     .family = WATS_NO_FAMILY},
    {.method = "POST",
     .path = "/api/Unit/Create",
     .family = WATS_NO_FAMILY,
     .stale = 1u << 2},
    {.method = "POST",
     .path = "/api/Product/Search",
     .idempotent = true,
     .pure_query = true,
     .family = WATS_NO_FAMILY},
    {.method = "GET",
     .path = "/api/Auth/GetToken",
     .side_effects = true,
     .family = WATS_NO_FAMILY,
     .stale = 1u << 3},
    {.method = "GET",
     .path = "/api/Unit/{serialNumber}",
     .volatility = WATS_VOLATILITY_LIVE,
     .idempotent = true,
     .family = 2}};

static struct peer *peer;
static struct wats_routes *routes;
static struct wats_registry *registry;
static struct wats_client *client;
static struct wats_fake_clock fake;
static long blocks_before;

static struct {
  enum wats_errc code;
  struct wats_result result;
  struct wats_error error;
} got;

static inline struct wats_client_options default_options(const char *base_url)
{
  return (struct wats_client_options){.base_url = base_url,
                                      .token = "c2VjcmV0",
                                      .user_agent = "wats-test/1",
                                      .verify = true,
                                      .timeout_ns = 20 * S,
                                      .attempt_timeout_ns = 15 * S,
                                      .connect_timeout_ns = 5 * S,
                                      .max_body = 1 << 20,
                                      .limits = WATS_ASKED_OFF,
                                      .breaks = WATS_ASKED_OFF,
                                      .cache = true,
                                      .cache_ttl_ns = 300 * S,
                                      .cache_max_entries = 100,
                                      .cache_max_bytes = 1 << 20,
                                      .routes = routes,
                                      .registry = registry,
                                      .clock = &fake.clock};
}

/* All but the client. */
static inline void open_world(void)
{
  size_t i;
  blocks_before = wats_alloc_live();
  peer = peer_open();
  wats_fake_clock_init(&fake, 1000 * S, 1700000000 * S);
  registry = wats_registry_create();
  routes = wats_routes_create();
  if (!registry || !routes) abort();
  for (i = 0; i < sizeof operations / sizeof *operations; i++)
    CHECK_INT(wats_routes_add(routes, operations + i, NULL), WATS_OK);
}

static inline void open_client(void)
{
  struct wats_client_options options;
  open_world();
  options = default_options(peer->url);
  CHECK_INT(wats_client_create(&options, &client, NULL), WATS_OK);
}

static inline void let_go(void)
{
  wats_response_release(got.result.response);
  memset(&got, 0, sizeof got);
}

/* Ends a test: nothing that it took may be left. */
static inline void close_world(void)
{
  let_go();
  wats_client_release(client);
  client = NULL;
  wats_engine_drain();
  wats_upstream_drain();
  peer_close(peer);
  wats_routes_destroy(routes);
  wats_registry_release(registry);
  CHECK_INT(wats_alloc_live(), blocks_before);
}

static inline struct wats_request to(const char *method, const char *target)
{
  return (struct wats_request){.method = method,
                               .target = target,
                               .target_length = strlen(target),
                               .cache_ttl_ns = -1};
}

static inline enum wats_errc perform(const struct wats_request *r)
{
  let_go();
  got.code = wats_client_perform(client, r, &got.result, &got.error);
  CHECK((got.code == WATS_OK) == (got.result.response != NULL));
  if (got.code != WATS_OK) CHECK_INT(got.error.code, got.code);
  return got.code;
}

static inline enum wats_errc ask(const char *method, const char *target)
{
  struct wats_request r = to(method, target);
  return perform(&r);
}

static inline int status(void)
{
  return got.result.response ? got.result.response->status : -1;
}

/* The body as text, up to its first 255 bytes. */
static inline const char *body(void)
{
  static char text[256];
  size_t length = 0;
  const char *bytes = got.result.response
                          ? wats_response_body(got.result.response, &length)
                          : NULL;
  snprintf(text, sizeof text, "%.*s", (int)length, bytes ? bytes : "");
  return text;
}

/* How the cache took part in the last request. */
static inline const char *cached(void)
{
  return wats_cache_status_name(got.result.cache_status);
}

static inline struct wats_client_stats stats(void)
{
  struct wats_client_stats s;
  wats_client_stats(client, &s);
  return s;
}

/* "name{a="x"}" as the registry has it; -1 where there is no such figure. */
struct reading {
  const char *name;
  double value;
};

static inline enum wats_errc pick_reading(const struct wats_sample *sample,
                                          void *context)
{
  struct reading *r = context;
  char name[256];
  snprintf(name, sizeof name, "%s{%.*s}", wats_family_name(sample->family),
           (int)sample->labels_length, sample->labels);
  if (strcmp(name, r->name) == 0)
    r->value = wats_family_type(sample->family) == WATS_METRIC_HISTOGRAM
                   ? (double)sample->count
                   : sample->value;
  return WATS_OK;
}

static inline double figure(const char *name)
{
  struct reading r = {name, -1};
  wats_registry_visit(registry, pick_reading, &r);
  return r.value;
}

/* The request line of request `i`, without its CR. */
static inline const char *asked_line(int i)
{
  static char line[256];
  const char *text = peer_request(peer, i);
  snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\r"), text);
  return line;
}

#define CHECK_FAILS(call, kind, text)                                          \
  do {                                                                         \
    CHECK_STR(wats_errc_name(call), wats_errc_name(kind));                     \
    CHECK_STR(got.error.message, text);                                        \
  } while (0)

#endif
