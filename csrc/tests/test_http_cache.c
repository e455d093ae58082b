/*
** test_http_cache.c - RFC 9111 as a client sees it, and what writes do.
*/
#include "cache_fixture.h"

static const struct wats_operation status_of = {.method = "GET",
                                                .path = "/api/Asset/Status",
                                                .volatility =
                                                    WATS_VOLATILITY_LIVE,
                                                .family = 4};
static const struct wats_operation get_token = {.method = "GET",
                                                .path = "/api/Auth/GetToken",
                                                .side_effects = true,
                                                .family = WATS_NO_FAMILY};

/* --- 4: use --------------------------------------------------------------- */

static void test_hit_until_its_life_is_over(void)
{
  struct wats_cache_request r = asking("/x");
  open_cache(300, 10, 100000);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  CHECK(!fetch(&r, 200, "Cache-Control: max-age=60"));
  wait_s(59);
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  wait_s(1);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  CHECK(!fetch(&r, 200, ""));
  wait_s(299);
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  wait_s(1);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  CHECK_INT(stats().hits, 2);
  CHECK_INT(stats().misses, 3);
  CHECK_INT(stats().expirations, 2);
  CHECK_INT(stats().entries, 0);
  close_cache();
}

/* The steps of a wall clock change nothing (wats_api 5, row 14). */
static void test_wall_clock_steps_do_not_matter(void)
{
  struct wats_cache_request r = asking("/x");
  open_cache(300, 10, 100000);
  CHECK(!fetch(&r, 200, "Cache-Control: max-age=60"));
  fake.wall_ns += 7200 * S;
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  fake.wall_ns -= 9999 * S;
  wait_s(60);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  /* and a station whose clock is an hour ahead still gets its ttl */
  fake.wall_ns = (NOW + 3600) * S;
  CHECK(!fetch(&r, 200, "Date: Tue, 14 Nov 2023 22:13:20 GMT"));
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  close_cache();
}

static void test_age_is_told(void)
{
  struct wats_cache_request r = asking("/x");
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  struct wats_response *a =
      answer(200, "Cache-Control: max-age=60|Age: 5", "b");
  open_cache(300, 10, 100000);
  wats_http_cache_ticket(cache, &ticket);
  wait_s(2); /* the exchange took its time */
  CHECK(wats_http_cache_store(cache, &r, &ticket, a, NULL));
  wait_s(10);
  CHECK_INT(wats_http_cache_begin(cache, &r, false, &ticket, &found),
            WATS_CACHE_FRESH);
  CHECK_INT(found.age_s, 17);
  CHECK_STR(found.lifetime_from, "max-age");
  CHECK(found.lifetime_s == 60 && found.fresh_for_s == 43);
  CHECK(found.response == a); /* handed out without a copy */
  wats_response_release(found.response);
  wats_response_release(a);
  close_cache();
}

static void test_stale_has_validators(void)
{
  struct wats_cache_request r = asking("/x");
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  open_cache(300, 10, 100000);
  CHECK(!fetch(&r, 200,
               "Cache-Control: max-age=60|ETag: \"e\"|Last-Modified: "
               "Tue, 14 Nov 2023 22:13:20 GMT"));
  wait_s(61);
  CHECK_INT(wats_http_cache_begin(cache, &r, false, &ticket, &found),
            WATS_CACHE_STALE);
  CHECK_STR(found.etag, "\"e\"");
  CHECK_STR(found.last_modified, "Tue, 14 Nov 2023 22:13:20 GMT");
  CHECK_STR(found.reason, "stale");
  wats_response_release(found.response);
  wait_s(WATS_CACHE_KEEP_S);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  /* no-cache: stored, but never used without asking (5.2.2.4) */
  CHECK(!fetch(&r, 200, "Cache-Control: no-cache, max-age=60|ETag: \"e\""));
  CHECK_INT(look(&r), WATS_CACHE_STALE);
  CHECK(fetch(&r, 200, "Cache-Control: no-cache, max-age=60") != NULL);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  close_cache();
}

static void test_refresh_asks_again(void)
{
  struct wats_cache_request r = asking("/x");
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  open_cache(300, 10, 100000);
  CHECK(!fetch(&r, 200, "ETag: \"e\""));
  CHECK_INT(wats_http_cache_begin(cache, &r, true, &ticket, &found),
            WATS_CACHE_STALE);
  CHECK_STR(found.reason, "asked to revalidate");
  wats_response_release(found.response);
  CHECK(!fetch(&r, 200, ""));
  CHECK_INT(wats_http_cache_begin(cache, &r, true, &ticket, &found),
            WATS_CACHE_MISS);
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  close_cache();
}

static void test_ttl_zero_reuses_no_silent_answer(void)
{
  struct wats_cache_request r = asking("/x");
  open_cache(0, 10, 100000);
  CHECK(fetch(&r, 200, "") != NULL);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  CHECK(!fetch(&r, 200, "ETag: \"e\""));
  CHECK_INT(look(&r), WATS_CACHE_STALE);
  CHECK(!fetch(&r, 200, "Cache-Control: max-age=60"));
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  r.ttl_ns = 60 * S; /* the caller may still ask for it */
  CHECK(!fetch(&r, 200, ""));
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  r.ttl_ns = -1; /* but another did not */
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  close_cache();
}

static void test_a_shorter_ttl_of_the_caller_counts(void)
{
  struct wats_cache_request r = asking("/x");
  open_cache(300, 10, 100000);
  CHECK(!fetch(&r, 200, ""));
  wait_s(10);
  r.ttl_ns = 10 * S;
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  r.ttl_ns = 11 * S;
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  close_cache();
}

static void test_live_operations(void)
{
  struct wats_cache_request r = asking_for(&status_of, "/api/Asset/Status");
  open_cache(300, 10, 100000);
  CHECK_STR(fetch(&r, 200, "Cache-Control: max-age=60"), "live operation");
  CHECK_INT(look(&r), WATS_CACHE_ABSTAIN);
  r.ttl_ns = 5 * S;
  CHECK(!fetch(&r, 200, "Cache-Control: max-age=60"));
  wait_s(4);
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  r.ttl_ns = -1;
  CHECK_INT(look(&r), WATS_CACHE_ABSTAIN);
  r.ttl_ns = 5 * S;
  wait_s(1);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  CHECK_INT(stats().requests, 2); /* abstaining is not counted */
  CHECK(!fetch(&r, 200, ""));
  r.ttl_ns = -1;
  r.asked = true; /* "only": whoever asks gets what another had stored */
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  r.asked = false;
  CHECK_INT(look(&r), WATS_CACHE_ABSTAIN);
  r = asking_for(&get_token, "/api/Auth/GetToken");
  r.ttl_ns = 5 * S;
  CHECK(fetch(&r, 200, "Cache-Control: max-age=60") != NULL);
  CHECK_INT(look(&r), WATS_CACHE_ABSTAIN);
  r = asking("/api/Internal/Blob");
  CHECK_INT(look(&r), WATS_CACHE_ABSTAIN);
  close_cache();
}

/* RFC 9111, section 4.3.2; those that only the server can judge pass by. */
static void test_the_callers_own_condition(void)
{
  struct wats_cache_request r = asking("/x");
  struct wats_headers fields;
  open_cache(300, 10, 100000);
  CHECK(!fetch(&r, 200, ""));
  wats_headers_init(&fields, 0);
  fill(&fields, "If-None-Match: \"mine\"");
  r.headers = &fields;
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  CHECK(fetch(&r, 304, "ETag: \"mine\"") != NULL);
  CHECK(!fetch(&r, 200, "")); /* the whole answer after all */
  wats_headers_clear(&fields);
  fill(&fields, "If-Match: \"mine\"");
  CHECK_INT(look(&r), WATS_CACHE_ABSTAIN);
  wats_headers_free(&fields);
  close_cache();
}

static void test_only_if_cached_is_told(void)
{
  struct wats_cache_request r = asking("/x");
  struct wats_cache_found found;
  struct wats_headers fields;
  open_cache(300, 10, 100000);
  wats_headers_init(&fields, 0);
  fill(&fields, "Cache-Control: only-if-cached");
  r.headers = &fields;
  CHECK_INT(wats_http_cache_explain(cache, &r, false, &found), WATS_CACHE_MISS);
  CHECK(found.only_if_cached);
  wats_headers_free(&fields);
  close_cache();
}

static void test_vary_tells_apart(void)
{
  struct wats_cache_request r = asking("/x");
  struct wats_headers json, xml;
  open_cache(300, 10, 100000);
  wats_headers_init(&json, 0);
  wats_headers_init(&xml, 0);
  fill(&json, "Accept: application/json");
  fill(&xml, "Accept: application/xml");
  r.headers = &json;
  CHECK(!fetch(&r, 200, "Vary: Accept"));
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  r.headers = &xml;
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  r.headers = NULL;
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  wats_headers_free(&json);
  wats_headers_free(&xml);
  close_cache();
}

static void test_keys_do_not_mix(void)
{
  struct wats_cache_request a = asking("/x"), b = asking("/x");
  open_cache(300, 10, 100000);
  a.key = "GET alice /x";
  a.key_length = strlen(a.key);
  b.key = "GET bob /x";
  b.key_length = strlen(b.key);
  CHECK(!fetch(&a, 200, ""));
  CHECK_INT(look(&a), WATS_CACHE_FRESH);
  CHECK_INT(look(&b), WATS_CACHE_MISS);
  close_cache();
}

/* --- 3: storing ----------------------------------------------------------- */

static void test_no_store_and_errors_displace_nothing(void)
{
  struct wats_cache_request r = asking("/x");
  open_cache(300, 10, 100000);
  CHECK(!fetch(&r, 200, ""));
  CHECK_STR(fetch(&r, 200, "Cache-Control: no-store"), "answer says no-store");
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  CHECK(fetch(&r, 503, "") != NULL);
  CHECK(fetch(&r, 206, "Cache-Control: max-age=60") != NULL);
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  /* what replaces it but cannot be kept ends it */
  CHECK(fetch(&r, 200, "Cache-Control: max-age=0") != NULL);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  close_cache();
}

static void test_silent_errors_are_not_kept(void)
{
  struct wats_cache_request r = asking("/x");
  open_cache(300, 10, 100000);
  CHECK(fetch(&r, 404, "") != NULL);
  CHECK(fetch(&r, 500, "ETag: \"e\"") != NULL);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  CHECK(!fetch(&r, 404, "Cache-Control: max-age=5"));
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  close_cache();
}

/* Answers that overtake each other: the one asked for last stays. */
static void test_an_earlier_answer_does_not_win(void)
{
  struct wats_cache_request r = asking("/x");
  struct wats_cache_ticket first;
  struct wats_response *late = answer(200, "", "late");
  const char *why;
  open_cache(300, 10, 100000);
  wats_http_cache_ticket(cache, &first);
  wait_s(1);
  CHECK(!fetch(&r, 200, ""));
  CHECK(!wats_http_cache_store(cache, &r, &first, late, &why));
  CHECK_STR(why, "a later answer is stored");
  wats_response_release(late);
  late = answer(200, "Cache-Control: max-age=0", "late");
  CHECK(!wats_http_cache_store(cache, &r, &first, late, &why));
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  wats_response_release(late);
  close_cache();
}

static void test_fields_are_kept_but_the_connections(void)
{
  struct wats_cache_request r = asking("/x");
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  const char *name, *value;
  size_t position = 0, length;
  char all[256] = "";
  open_cache(300, 10, 100000);
  CHECK(!fetch(&r, 200,
               "Connection: close, X-Hop|Set-Cookie: a|X-Hop: 1|Set-Cookie: b|"
               "Keep-Alive: 5|Transfer-Encoding: chunked|Content-Range: z|"
               "TE: t|Upgrade: u|Proxy-Connection: p|X-Hops: 2|x-hop: 3"));
  wats_http_cache_begin(cache, &r, false, &ticket, &found);
  while (wats_headers_next(&found.response->headers, &position, NULL, &name,
                           &value)) {
    strncat(all, name, 40);
    strncat(all, "=", 2);
    strncat(all, value, 40);
    strncat(all, " ", 2);
  }
  CHECK_STR(all, "Set-Cookie=a Set-Cookie=b Content-Range=z X-Hops=2 ");
  CHECK_INT(found.response->http_version, 11);
  CHECK_INT(found.response->status, 200);
  CHECK(memcmp(wats_response_body(found.response, &length), "body", 4) == 0);
  CHECK_INT(length, 4);
  wats_response_release(found.response);
  close_cache();
}

static void test_bounds(void)
{
  struct wats_cache_request r;
  char path[32];
  size_t max_bytes = 4000;
  int i;
  open_cache(300, 5, 1000000);
  for (i = 0; i < 20; i++) {
    snprintf(path, sizeof path, "/x/%d", i);
    r = asking(path);
    CHECK(!fetch(&r, 200, ""));
    CHECK(stats().entries <= 5);
  }
  CHECK_INT(stats().evictions, 15);
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  close_cache();
  open_cache(300, 1000, max_bytes);
  for (i = 0; i < 100; i++) {
    snprintf(path, sizeof path, "/x/%d", i);
    r = asking(path);
    CHECK(!fetch(&r, 200, "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"));
    CHECK(stats().bytes <= max_bytes);
  }
  CHECK(stats().entries > 3);
  close_cache();
  open_cache(300, 10, 100);
  CHECK_STR(fetch(&r, 200, "ETag: \"e\""), "larger than the cache");
  CHECK_INT(stats().stores, 0);
  close_cache();
}

/* --- 4.3.4: 304 ----------------------------------------------------------- */

static void test_validated(void)
{
  struct wats_cache_request r = asking("/x");
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  struct wats_response *fresh;
  struct wats_response *news =
      answer(304,
             "Cache-Control: max-age=120|X-New: 2|Date: Tue, 14 Nov 2023 "
             "22:14:21 GMT|Connection: X-Hop|X-Hop: 1",
             "");
  open_cache(300, 10, 100000);
  CHECK(!fetch(&r, 200,
               "Cache-Control: max-age=60|ETag: \"e\"|Age: 7|X-New: 1|"
               "Date: Tue, 14 Nov 2023 22:13:20 GMT"));
  wait_s(61);
  CHECK_INT(wats_http_cache_begin(cache, &r, false, &ticket, &found),
            WATS_CACHE_STALE);
  fresh =
      wats_http_cache_validated(cache, &r, &ticket, found.response, news, NULL);
  CHECK(fresh != NULL);
  CHECK_INT(fresh->status, 200);
  CHECK_STR(wats_headers_get(&fresh->headers, "x-new"), "2");
  CHECK(!wats_headers_get(&fresh->headers, "age"));
  wats_response_release(found.response);
  wats_response_release(fresh);
  wait_s(119);
  CHECK_INT(wats_http_cache_begin(cache, &r, false, &ticket, &found),
            WATS_CACHE_FRESH);
  CHECK_INT(found.age_s, 119);
  CHECK_STR(wats_headers_get(&found.response->headers, "x-new"), "2");
  CHECK_STR(wats_headers_get(&found.response->headers, "etag"), "\"e\"");
  CHECK(!wats_headers_get(&found.response->headers, "x-hop"));
  wats_response_release(found.response);
  CHECK_INT(stats().revalidations, 1);
  CHECK_INT(stats().hits, 1);
  CHECK_INT(stats().misses, 1);
  wats_response_release(news);
  close_cache();
}

/* Without a Date of its own the 304 is as old as its arrival. */
static void test_validated_without_date(void)
{
  struct wats_cache_request r = asking("/x");
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  struct wats_response *fresh, *news = answer(304, "", "");
  open_cache(300, 10, 100000);
  CHECK(!fetch(&r, 200,
               "Cache-Control: max-age=60|ETag: \"e\"|"
               "Date: Tue, 14 Nov 2023 22:13:20 GMT"));
  wait_s(600);
  wats_http_cache_begin(cache, &r, false, &ticket, &found);
  fresh =
      wats_http_cache_validated(cache, &r, &ticket, found.response, news, NULL);
  wats_response_release(fresh);
  wats_response_release(found.response);
  wats_response_release(news);
  wait_s(59);
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  wait_s(1);
  CHECK_INT(look(&r), WATS_CACHE_STALE);
  close_cache();
}

int main(void)
{
  RUN(test_hit_until_its_life_is_over);
  RUN(test_wall_clock_steps_do_not_matter);
  RUN(test_age_is_told);
  RUN(test_stale_has_validators);
  RUN(test_refresh_asks_again);
  RUN(test_ttl_zero_reuses_no_silent_answer);
  RUN(test_a_shorter_ttl_of_the_caller_counts);
  RUN(test_live_operations);
  RUN(test_the_callers_own_condition);
  RUN(test_only_if_cached_is_told);
  RUN(test_vary_tells_apart);
  RUN(test_keys_do_not_mix);
  RUN(test_no_store_and_errors_displace_nothing);
  RUN(test_silent_errors_are_not_kept);
  RUN(test_an_earlier_answer_does_not_win);
  RUN(test_fields_are_kept_but_the_connections);
  RUN(test_bounds);
  RUN(test_validated);
  RUN(test_validated_without_date);
  CHECK_INT(wats_alloc_live(), 0);
  return test_report();
}
