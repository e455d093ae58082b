/*
** test_http_cache_writes.c - writes, invalidation by hand, figures, and what
** is left when memory runs out.
*/
#include "cache_fixture.h"

static const struct wats_operation product = {
    .method = "GET",
    .path = "/api/Product/{partNumber}",
    .volatility = WATS_VOLATILITY_STANDARD,
    .family = 3};
static const struct wats_operation production = {
    .method = "GET",
    .path = "/api/Production/Units",
    .volatility = WATS_VOLATILITY_STANDARD,
    .family = 5};
static const struct wats_operation put_product = {.method = "PUT",
                                                  .path = "/api/Product",
                                                  .family = WATS_NO_FAMILY,
                                                  .stale = UINT64_C(1) << 3 |
                                                           UINT64_C(1) << 40};
static const struct wats_operation query = {.method = "POST",
                                            .path = "/api/App/DynamicYield",
                                            .pure_query = true,
                                            .family = WATS_NO_FAMILY};
static const struct wats_operation names_nothing = {
    .method = "POST", .path = "/api/Product/x", .family = WATS_NO_FAMILY};

static struct wats_cache_write write_to(const struct wats_operation *operation,
                                        const char *path)
{
  struct wats_cache_write w;
  wats_http_cache_write_begin(cache, operation, path, strlen(path), &w);
  return w;
}

static void test_write_on_families(void)
{
  struct wats_cache_request mine = asking_for(&product, "/api/Product/1");
  struct wats_cache_request other =
      asking_for(&production, "/api/Production/Units");
  struct wats_cache_write w;
  open_cache(300, 10, 100000);
  CHECK(!fetch(&mine, 200, ""));
  CHECK(!fetch(&other, 200, ""));
  w = write_to(&put_product, "/api/Product");
  /* in flight: kept, not used, nothing stored */
  CHECK_INT(look(&mine), WATS_CACHE_MISS);
  CHECK_INT(look(&other), WATS_CACHE_FRESH);
  CHECK_STR(fetch(&mine, 200, ""), "a write concerned it meanwhile");
  CHECK_INT(stats().entries, 2);
  /* refused by the server: it serves again */
  wats_http_cache_write_end(cache, &w, false);
  CHECK_INT(look(&mine), WATS_CACHE_FRESH);
  /* applied: gone at once, the other stays */
  w = write_to(&put_product, "/api/Product");
  wats_http_cache_write_end(cache, &w, true);
  CHECK_INT(stats().entries, 1);
  CHECK_INT(stats().invalidations, 1);
  CHECK_INT(look(&mine), WATS_CACHE_MISS);
  CHECK_INT(look(&other), WATS_CACHE_FRESH);
  CHECK(!fetch(&mine, 200, ""));
  CHECK_INT(look(&mine), WATS_CACHE_FRESH);
  close_cache();
}

/* Two at once: suspended until both have ended. */
static void test_overlapping_writes(void)
{
  struct wats_cache_request mine = asking_for(&product, "/api/Product/1");
  struct wats_cache_write a, b;
  open_cache(300, 10, 100000);
  CHECK(!fetch(&mine, 200, ""));
  a = write_to(&put_product, "/api/Product");
  b = write_to(&put_product, "/api/Product");
  wats_http_cache_write_end(cache, &a, false);
  CHECK_INT(look(&mine), WATS_CACHE_MISS);
  wats_http_cache_write_end(cache, &a, false);
  CHECK_INT(look(&mine), WATS_CACHE_MISS);
  wats_http_cache_write_end(cache, &b, false);
  CHECK_INT(look(&mine), WATS_CACHE_FRESH);
  close_cache();
}

/* wats_api 5, row 10: the old value must not come back after the write. */
static void test_get_in_flight_over_a_write_is_not_stored(void)
{
  static const bool applied[] = {true, false};
  size_t i;
  for (i = 0; i < 2; i++) {
    struct wats_cache_request mine = asking_for(&product, "/api/Product/1");
    struct wats_cache_request plain = asking("/api/plain/1");
    struct wats_cache_ticket before, meanwhile;
    struct wats_response *old = answer(200, "", "old");
    struct wats_cache_write w, p;
    open_cache(300, 10, 100000);
    wats_http_cache_ticket(cache, &before);
    CHECK(wats_http_cache_ticket_stands(cache, &mine, &before));
    w = write_to(&put_product, "/api/Product");
    p = write_to(NULL, "/api/plain");
    CHECK(!wats_http_cache_ticket_stands(cache, &mine, &before));
    CHECK(!wats_http_cache_ticket_stands(cache, &plain, &before));
    wats_http_cache_ticket(cache, &meanwhile);
    wats_http_cache_write_end(cache, &w, applied[i]);
    wats_http_cache_write_end(cache, &p, applied[i]);
    CHECK(!wats_http_cache_store(cache, &mine, &before, old, NULL));
    CHECK(!wats_http_cache_store(cache, &mine, &meanwhile, old, NULL));
    CHECK(!wats_http_cache_store(cache, &plain, &before, old, NULL));
    CHECK(!wats_http_cache_store(cache, &plain, &meanwhile, old, NULL));
    CHECK(!wats_http_cache_ticket_stands(cache, &mine, &meanwhile));
    wats_http_cache_ticket(cache, &before);
    CHECK(wats_http_cache_ticket_stands(cache, &mine, &before));
    CHECK(wats_http_cache_store(cache, &mine, &before, old, NULL));
    CHECK(wats_http_cache_store(cache, &plain, &before, old, NULL));
    wats_response_release(old);
    close_cache();
  }
}

/* A 304 that was in flight over a write is no proof either. */
static void test_validation_over_a_write_is_not_stored(void)
{
  struct wats_cache_request mine = asking_for(&product, "/api/Product/1");
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  struct wats_cache_write w;
  struct wats_response *news = answer(304, "", ""), *fresh;
  open_cache(300, 10, 100000);
  CHECK(!fetch(&mine, 200, "ETag: \"e\""));
  wats_http_cache_begin(cache, &mine, true, &ticket, &found);
  w = write_to(&put_product, "/api/Product");
  wats_http_cache_write_end(cache, &w, true);
  fresh = wats_http_cache_validated(cache, &mine, &ticket, found.response, news,
                                    NULL);
  CHECK(fresh != NULL);
  CHECK_INT(stats().entries, 0);
  CHECK_INT(look(&mine), WATS_CACHE_MISS);
  wats_response_release(fresh);
  wats_response_release(found.response);
  wats_response_release(news);
  close_cache();
}

static void test_write_on_a_path(void)
{
  struct wats_cache_request at = asking("/api/Product");
  struct wats_cache_request below = asking_for(&product, "/api/Product/1");
  struct wats_cache_request beside = asking("/api/Production");
  struct wats_cache_write w;
  open_cache(300, 10, 100000);
  CHECK(!fetch(&at, 200, ""));
  CHECK(!fetch(&below, 200, ""));
  CHECK(!fetch(&beside, 200, ""));
  w = write_to(NULL, "/api/product/");
  CHECK_INT(look(&at), WATS_CACHE_MISS);
  CHECK_INT(look(&below), WATS_CACHE_MISS);
  CHECK_INT(look(&beside), WATS_CACHE_FRESH);
  wats_http_cache_write_end(cache, &w, false);
  CHECK_INT(look(&at), WATS_CACHE_FRESH);
  CHECK_INT(look(&below), WATS_CACHE_FRESH);
  w = write_to(NULL, "/api/product/");
  wats_http_cache_write_end(cache, &w, true);
  CHECK_INT(look(&at), WATS_CACHE_MISS);
  CHECK_INT(look(&below), WATS_CACHE_MISS);
  CHECK_INT(look(&beside), WATS_CACHE_FRESH);
  CHECK_INT(stats().invalidations, 2);
  CHECK_INT(stats().entries, 1);
  CHECK(!fetch(&at, 200, ""));
  CHECK_INT(look(&at), WATS_CACHE_FRESH);
  close_cache();
}

static void test_what_concerns_nothing_and_what_names_nothing(void)
{
  struct wats_cache_request mine = asking_for(&product, "/api/Product/x");
  struct wats_cache_write w;
  open_cache(300, 10, 100000);
  CHECK(!fetch(&mine, 200, ""));
  w = write_to(&query, "/api/Product/x");
  CHECK_INT(look(&mine), WATS_CACHE_FRESH);
  wats_http_cache_write_end(cache, &w, true);
  CHECK_INT(look(&mine), WATS_CACHE_FRESH);
  w = write_to(&names_nothing, "/api/Product/x"); /* so its path counts */
  wats_http_cache_write_end(cache, &w, true);
  CHECK_INT(look(&mine), WATS_CACHE_MISS);
  close_cache();
}

/* --- by hand -------------------------------------------------------------- */

static size_t invalidate(const char *path)
{
  return wats_http_cache_invalidate(cache, path, path ? strlen(path) : 0);
}

static void test_invalidate_and_clear(void)
{
  struct wats_cache_request a = asking("/api/Product/1"), b = asking("GET b");
  struct wats_cache_request c = asking("/api/Production");
  struct wats_cache_ticket ticket;
  struct wats_response *old = answer(200, "", "old");
  b.path = "/api/Product/2"; /* not a part of its key */
  b.path_length = strlen(b.path);
  open_cache(300, 10, 100000);
  CHECK(!fetch(&a, 200, ""));
  CHECK(!fetch(&b, 200, ""));
  CHECK(!fetch(&c, 200, ""));
  wats_http_cache_ticket(cache, &ticket);
  CHECK_INT(invalidate("/api/Product"), 2);
  CHECK_INT(stats().entries, 1);
  CHECK_INT(stats().invalidations, 2);
  CHECK_INT(look(&c), WATS_CACHE_FRESH);
  /* what was in flight then is as old as what was dropped */
  CHECK(!wats_http_cache_store(cache, &a, &ticket, old, NULL));
  CHECK_INT(invalidate("/api/Product"), 0);
  CHECK_INT(invalidate(NULL), 1);
  CHECK_INT(stats().invalidations, 3);
  CHECK(!wats_http_cache_store(cache, &c, &ticket, old, NULL));
  CHECK(!fetch(&c, 200, ""));
  wats_http_cache_clear(cache);
  CHECK_INT(stats().entries, 0);
  CHECK_INT(stats().bytes, 0);
  CHECK_INT(stats().invalidations, 3);
  CHECK_INT(stats().stores, 4); /* statistics outlive a clear */
  wats_response_release(old);
  close_cache();
}

static void test_keys_show_what_is_useful(void)
{
  struct wats_cache_request a = asking("/a"), b = asking("/b");
  struct wats_ttl_lru_key *keys;
  struct wats_cache_write w;
  size_t n;
  open_cache(300, 10, 100000);
  CHECK(!fetch(&a, 200, ""));
  CHECK(!fetch(&b, 200, ""));
  CHECK_INT(look(&a), WATS_CACHE_FRESH);
  CHECK_INT(wats_http_cache_keys(cache, &keys, &n), WATS_OK);
  CHECK_INT(n, 2);
  CHECK_STR(keys[0].text, "/a");
  CHECK_STR(keys[1].text, "/b");
  while (n)
    wats_free(keys[--n].text);
  wats_free(keys);
  w = write_to(NULL, "/a");
  wats_http_cache_write_end(cache, &w, true);
  CHECK_INT(wats_http_cache_keys(cache, &keys, &n), WATS_OK);
  CHECK_INT(n, 1);
  CHECK_STR(keys[0].text, "/b");
  while (n)
    wats_free(keys[--n].text);
  wats_free(keys);
  close_cache();
}

static void test_explain_counts_nothing(void)
{
  struct wats_cache_request a = asking("/a");
  struct wats_cache_found found;
  struct wats_cache_write w;
  open_cache(300, 10, 100000);
  CHECK_INT(wats_http_cache_explain(cache, &a, false, &found), WATS_CACHE_MISS);
  CHECK_STR(found.reason, "not stored");
  CHECK(!fetch(&a, 200, ""));
  wait_s(100);
  CHECK_INT(wats_http_cache_explain(cache, &a, false, &found),
            WATS_CACHE_FRESH);
  CHECK_STR(found.reason, "fresh");
  CHECK_STR(found.lifetime_from, "ttl");
  CHECK(found.lifetime_s == 300 && found.fresh_for_s == 200);
  CHECK_INT(found.age_s, 100);
  wats_response_release(found.response);
  w = write_to(NULL, "/a");
  wats_http_cache_write_end(cache, &w, true);
  CHECK_INT(wats_http_cache_explain(cache, &a, false, &found), WATS_CACHE_MISS);
  CHECK_STR(found.reason, "a write made the stored answer stale");
  CHECK_INT(stats().requests, 0);
  CHECK_INT(stats().invalidations, 0);
  close_cache();
}

/* --- figures -------------------------------------------------------------- */

static void test_figures_are_the_statistics(void)
{
  struct wats_registry *registry = wats_registry_create();
  struct wats_http_cache_options options = {300 * S, 2, 100000, &fake.clock,
                                            registry};
  struct wats_cache_request r = asking("/a");
  struct wats_http_cache *other;
  int i;
  wats_fake_clock_init(&fake, 1000 * S, NOW * S);
  CHECK_INT(wats_http_cache_create(&options, &other, NULL), WATS_OK);
  CHECK_INT(wats_http_cache_create(&options, &cache, NULL), WATS_OK);
  for (i = 0; i < 3; i++) {
    static const char *const paths[] = {"/a", "/b", "/c"};
    r = asking(paths[i]);
    CHECK_INT(look(&r), WATS_CACHE_MISS);
    CHECK(!fetch(&r, 200, ""));
    CHECK_INT(look(&r), WATS_CACHE_FRESH);
  }
  CHECK(figure(registry, "wats_http_cache_requests_total") == 6);
  CHECK(figure(registry, "wats_http_cache_hits_total") == 3);
  CHECK(figure(registry, "wats_http_cache_misses_total") == 3);
  CHECK(figure(registry, "wats_http_cache_stores_total") == 3);
  CHECK(figure(registry, "wats_http_cache_evictions_total") == 1);
  CHECK(figure(registry, "wats_http_cache_expirations_total") == 0);
  CHECK(figure(registry, "wats_http_cache_revalidations_total") == 0);
  CHECK(figure(registry, "wats_http_cache_entries") == 2);
  CHECK(figure(registry, "wats_http_cache_bytes") == (double)stats().bytes);
  invalidate("/c");
  close_cache();
  cache = other;
  CHECK(!fetch(&r, 200, ""));
  /* counters keep what the closed one counted, gauges do not */
  CHECK(figure(registry, "wats_http_cache_requests_total") == 6);
  CHECK(figure(registry, "wats_http_cache_stores_total") == 4);
  CHECK(figure(registry, "wats_http_cache_invalidations_total") == 1);
  CHECK(figure(registry, "wats_http_cache_entries") == 1);
  close_cache();
  CHECK(figure(registry, "wats_http_cache_entries") == 0);
  CHECK(figure(registry, "wats_http_cache_bytes") == 0);
  wats_registry_release(registry);
}

/* --- memory --------------------------------------------------------------- */

static void test_memory_short_at_creation(void)
{
  struct wats_http_cache_options options = {300 * S, 2, 100000, &fake.clock,
                                            NULL};
  struct wats_error error;
  enum wats_errc code = WATS_ERR_MEMORY;
  long live = wats_alloc_live(), n;
  for (n = 0; code != WATS_OK && n < 200; n++) {
    struct wats_registry *registry = wats_registry_create();
    options.registry = registry;
    cache = NULL;
    wats_alloc_fail_after(n);
    code = wats_http_cache_create(&options, &cache, &error);
    wats_alloc_fail_never();
    CHECK(code == WATS_OK || code == WATS_ERR_MEMORY);
    CHECK((cache != NULL) == (code == WATS_OK));
    close_cache();
    wats_registry_release(registry);
    CHECK_INT(wats_alloc_live(), live);
  }
  CHECK_INT(code, WATS_OK);
}

static void test_memory_short_when_storing(void)
{
  struct wats_response *first =
      answer(200, "ETag: \"e\"|Vary: A|Connection: close", "body");
  struct wats_cache_request r = asking("/x");
  struct wats_headers fields;
  bool stored = false;
  long n;
  wats_headers_init(&fields, 0);
  fill(&fields, "A: 1");
  r.headers = &fields;
  r.path = "/elsewhere";
  r.path_length = strlen(r.path);
  for (n = 0; !stored && n < 50; n++) {
    struct wats_cache_ticket ticket;
    const char *why;
    open_cache(300, 10, 100000);
    wats_http_cache_ticket(cache, &ticket);
    wats_alloc_fail_after(n);
    stored = wats_http_cache_store(cache, &r, &ticket, first, &why);
    wats_alloc_fail_never();
    if (!stored) CHECK_STR(why, "out of memory");
    CHECK_INT(look(&r), stored ? WATS_CACHE_FRESH : WATS_CACHE_MISS);
    CHECK_INT(stats().entries, stored);
    close_cache();
  }
  CHECK(stored && n > 3);
  wats_headers_free(&fields);
  wats_response_release(first);
}

static void test_memory_short_when_validating(void)
{
  struct wats_response *news = answer(304, "Cache-Control: max-age=9", "");
  struct wats_cache_request r = asking("/x");
  enum wats_cache_verdict after = WATS_CACHE_MISS;
  long n;
  for (n = 0; after != WATS_CACHE_FRESH && n < 50; n++) {
    struct wats_cache_ticket ticket;
    struct wats_cache_found found;
    struct wats_response *fresh;
    open_cache(300, 10, 100000);
    CHECK(!fetch(&r, 200, "ETag: \"e\"|Cache-Control: max-age=1"));
    wait_s(2);
    wats_http_cache_begin(cache, &r, false, &ticket, &found);
    wats_alloc_fail_after(n);
    fresh = wats_http_cache_validated(cache, &r, &ticket, found.response, news,
                                      NULL);
    wats_alloc_fail_never();
    after = look(&r);
    if (after == WATS_CACHE_FRESH) CHECK(fresh != NULL);
    wats_response_release(fresh);
    wats_response_release(found.response);
    close_cache();
  }
  CHECK_INT(after, WATS_CACHE_FRESH);
  wats_response_release(news);
}

static void test_memory_short_by_hand(void)
{
  struct wats_cache_request r = asking("/x/1");
  long n;
  for (n = 0; n < 5; n++) {
    struct wats_ttl_lru_key *keys = NULL;
    size_t count = 0;
    open_cache(300, 10, 100000);
    CHECK(!fetch(&r, 200, ""));
    wats_alloc_fail_after(n);
    if (wats_http_cache_keys(cache, &keys, &count) != WATS_OK)
      CHECK(!keys && !count);
    wats_alloc_fail_never();
    while (count)
      wats_free(keys[--count].text);
    wats_free(keys);
    wats_alloc_fail_after(n);
    invalidate("/x"); /* dead, whether it could be counted or not */
    wats_alloc_fail_never();
    CHECK_INT(look(&r), WATS_CACHE_MISS);
    CHECK_INT(stats().entries, 0);
    CHECK_INT(stats().invalidations, 1);
    close_cache();
  }
}

int main(void)
{
  RUN(test_write_on_families);
  RUN(test_overlapping_writes);
  RUN(test_get_in_flight_over_a_write_is_not_stored);
  RUN(test_validation_over_a_write_is_not_stored);
  RUN(test_write_on_a_path);
  RUN(test_what_concerns_nothing_and_what_names_nothing);
  RUN(test_invalidate_and_clear);
  RUN(test_keys_show_what_is_useful);
  RUN(test_explain_counts_nothing);
  RUN(test_figures_are_the_statistics);
  RUN(test_memory_short_at_creation);
  RUN(test_memory_short_when_storing);
  RUN(test_memory_short_when_validating);
  RUN(test_memory_short_by_hand);
  CHECK_INT(wats_alloc_live(), 0);
  return test_report();
}
