/*
** test_cache_pack.c - stored answers as bytes, and what their clocks say later.
*/
#include "core/cache_pack.h"

#include <stdlib.h>

#include "cache_fixture.h"

static const struct wats_cache_instant start = {1000 * S, 5000 * S, NOW *S, 77};
static struct wats_cache_request request;
static struct wats_buffer bytes, record;

/* Asked for 8 s before `start`, and 5 s old when it came. */
static struct wats_cache_entry *make_entry(enum wats_lifetime_from from)
{
  struct wats_cache_entry *e;
  request = asking("/api/Product/PN-1");
  wats_buffer_clear(&record);
  e = wats_cache_entry_blank(&request, &record);
  if (!e) abort();
  e->from = (uint8_t)from;
  e->age_field_s = 3;
  e->no_cache = true;
  e->while_revalidate_s = 30;
  e->if_error_s = 0;
  e->lifetime_ns = 300 * S;
  e->born_ns = start.monotonic_ns - 12 * S;
  e->requested_ns = start.monotonic_ns - 8 * S;
  e->sequence = 99;
  e->response = answer(203, "A: b|Set-Cookie: x|Set-Cookie: y|Empty:", "body");
  return e;
}

static void pack(const struct wats_cache_entry *e)
{
  wats_buffer_clear(&bytes);
  CHECK_INT(wats_cache_pack(e, &start, &bytes), WATS_OK);
}

static struct wats_cache_entry *unpack(const struct wats_cache_instant *now)
{
  struct wats_response *r = NULL;
  struct wats_cache_entry *e = NULL;
  CHECK_INT(wats_cache_unpack_response(bytes.data, bytes.length, &r), WATS_OK);
  CHECK_INT(wats_cache_unpack_entry(bytes.data, bytes.length, r, &request,
                                    &record, now, 5, &e),
            WATS_OK);
  wats_response_release(r);
  if (!e) abort();
  return e;
}

static void test_what_goes_in_comes_out(void)
{
  struct wats_cache_entry *in = make_entry(WATS_LIFETIME_EXPIRES), *out;
  const char *name, *value;
  size_t position = 0;
  pack(in);
  out = unpack(&start);
  CHECK_INT(out->response->status, 203);
  CHECK_INT(out->response->http_version, 11);
  CHECK_INT(out->response->headers.count, 4);
  CHECK_STR(wats_headers_get(&out->response->headers, "a"), "b");
  CHECK_STR(wats_headers_get(&out->response->headers, "empty"), "");
  CHECK(wats_headers_next(&out->response->headers, &position, "set-cookie",
                          &name, &value) &&
        wats_headers_next(&out->response->headers, &position, "set-cookie",
                          &name, &value));
  CHECK_STR(value, "y");
  CHECK_INT(out->from, WATS_LIFETIME_EXPIRES);
  CHECK(out->no_cache);
  CHECK(!out->must_revalidate);
  CHECK_INT(out->while_revalidate_s, 30);
  CHECK_INT(out->if_error_s, 0);
  CHECK_INT(out->age_field_s, 3);
  CHECK_INT(out->lifetime_ns, in->lifetime_ns);
  CHECK_INT(out->born_ns, in->born_ns);
  CHECK_INT(out->requested_ns, in->requested_ns);
  CHECK_INT(out->sequence, 5); /* as of now, not what it was elsewhere */
  CHECK(memcmp(wats_cache_entry_path(out, request.key), request.path,
               request.path_length) == 0);
  wats_cache_entry_release(in);
  wats_cache_entry_release(out);
}

static struct wats_stored state_at(const struct wats_cache_instant *now)
{
  struct wats_cache_entry *e = unpack(now);
  struct wats_stored stored;
  wats_cache_entry_at(e, now->monotonic_ns, &stored);
  wats_cache_entry_release(e);
  return stored;
}

/* Another process, its own monotonic clock, and the machine slept. */
static void test_a_strict_one_stays_strict(void)
{
  struct wats_cache_entry *in = make_entry(WATS_LIFETIME_MAX_AGE), *out;
  struct wats_stored stored;
  in->no_cache = false;
  in->must_revalidate = true;
  in->if_error_s = UINT32_MAX; /* it does not speak of it */
  pack(in);
  out = unpack(&start);
  CHECK(!out->no_cache);
  CHECK(out->must_revalidate);
  wats_cache_entry_at(out, start.monotonic_ns, &stored);
  CHECK(stored.must_revalidate);
  CHECK_INT(stored.if_error_s, WATS_SECONDS_NONE);
  wats_cache_entry_release(out);
  wats_cache_entry_release(in);
}

static void test_ages_within_one_start_of_the_machine(void)
{
  struct wats_cache_entry *e = make_entry(WATS_LIFETIME_MAX_AGE);
  struct wats_cache_instant later = {7 * S, 5100 * S, (NOW - 9999) * S, 77};
  struct wats_stored stored;
  pack(e);
  stored = state_at(&later);
  CHECK_INT(stored.age_ns, 112 * S);
  CHECK_INT(stored.since_ns, 111 * S);
  CHECK_INT(stored.lifetime.ns, 300 * S);
  CHECK_INT(stored.lifetime.from, WATS_LIFETIME_MAX_AGE);
  wats_cache_entry_release(e);
}

static const char *stale(const struct wats_stored *stored)
{
  static const struct wats_cache_term none;
  struct wats_cache_policy policy;
  struct wats_cache_demand demand;
  struct wats_stored s = *stored;
  struct wats_reuse reuse;
  wats_cache_policy_for(NULL, "/x", 2, false, -1, &none, 300 * S, &policy);
  wats_cache_demand_read(NULL, &demand);
  s.no_cache = false;
  wats_freshness_judge(&s, &policy, &demand, false, 0, &reuse);
  return reuse.reason;
}

static void test_after_another_start_it_must_be_revalidated(void)
{
  const enum wats_lifetime_from all[] = {
      WATS_LIFETIME_MAX_AGE, WATS_LIFETIME_MODIFIED, WATS_LIFETIME_TTL};
  /* the wall clock says: a moment ago; long ago; not yet */
  const int64_t walls[] = {1, 100000, -5000};
  size_t i, j;
  for (i = 0; i < 3; i++) {
    struct wats_cache_entry *e = make_entry(all[i]);
    pack(e);
    for (j = 0; j < 3; j++) {
      struct wats_cache_instant later = {9 * S, 20 * S, (NOW + walls[j]) * S,
                                         78};
      struct wats_stored stored = state_at(&later);
      CHECK_STR(stale(&stored), "stale");
      CHECK(stored.age_ns >= 0 && stored.lifetime.ns <= 300 * S);
      later.boot_id = 0; /* not known */
      stored = state_at(&later);
      CHECK_STR(stale(&stored), "stale");
      later.boot_id = 77;
      later.boot_ns = start.boot_ns;
      stored = state_at(&later);
      CHECK(stale(&stored) == NULL);
    }
    wats_cache_entry_release(e);
  }
}

static void test_a_start_that_is_not_known_is_no_other(void)
{
  struct wats_cache_entry *e = make_entry(WATS_LIFETIME_MAX_AGE);
  struct wats_cache_instant unknown = start;
  struct wats_stored stored;
  unknown.boot_id = 0;
  wats_buffer_clear(&bytes);
  CHECK_INT(wats_cache_pack(e, &unknown, &bytes), WATS_OK);
  stored = state_at(&unknown);
  CHECK_STR(stale(&stored), "stale");
  wats_cache_entry_release(e);
}

/* In a block of just that size, so that a sanitizer sees what is read past. */
static bool holds(const char *data, size_t length)
{
  struct wats_response *r = NULL;
  struct wats_cache_entry *e = NULL;
  char *copy = malloc(length ? length : 1);
  bool good;
  if (!copy) abort();
  memcpy(copy, data, length);
  good = wats_cache_unpack_response(copy, length, &r) == WATS_OK;
  if (good)
    CHECK_INT(wats_cache_unpack_entry(copy, length, r, &request, &record,
                                      &start, 1, &e),
              WATS_OK);
  wats_cache_entry_release(e);
  wats_response_release(r);
  free(copy);
  return good;
}

static void test_malformed_bytes_are_refused(void)
{
  struct wats_cache_entry *e = make_entry(WATS_LIFETIME_MAX_AGE);
  size_t n;
  unsigned seed = 1;
  pack(e);
  for (n = 0; n < bytes.length; n++)
    CHECK(!holds(bytes.data, n));
  CHECK(holds(bytes.data, bytes.length));
  for (n = 0; n < 20000; n++) { /* no crash, whatever comes out */
    size_t at;
    char before;
    seed = seed * 1103515245 + 12345;
    at = (seed >> 8) % bytes.length;
    before = bytes.data[at];
    bytes.data[at] = (char)(seed >> 24);
    (void)holds(bytes.data, bytes.length);
    if (n % 7) bytes.data[at] = before;
  }
  wats_cache_entry_release(e);
}

static void test_variants_need_the_key(void)
{
  unsigned char a[WATS_VARIANT_SIZE], b[WATS_VARIANT_SIZE];
  struct wats_hmac_key one, two;
  wats_hmac_key(&one, "key one", 7);
  wats_hmac_key(&two, "key two", 7);
  wats_cache_variant(&one, "x", 1, a);
  wats_cache_variant(&one, "x", 1, b);
  CHECK(memcmp(a, b, sizeof a) == 0);
  wats_cache_variant(&two, "x", 1, b);
  CHECK(memcmp(a, b, sizeof a) != 0);
  wats_cache_variant(&one, "", 0, b);
  CHECK(memcmp(a, b, sizeof a) != 0);
}

static void test_memory_runs_out(void)
{
  struct wats_cache_entry *e = make_entry(WATS_LIFETIME_MAX_AGE);
  long n, live;
  pack(e);
  live = wats_alloc_live();
  for (n = 0;; n++) {
    struct wats_response *r = NULL;
    struct wats_cache_entry *out = NULL;
    enum wats_errc code;
    wats_alloc_fail_after(n);
    code = wats_cache_unpack_response(bytes.data, bytes.length, &r);
    if (code == WATS_OK)
      code = wats_cache_unpack_entry(bytes.data, bytes.length, r, &request,
                                     &record, &start, 1, &out);
    wats_alloc_fail_never();
    wats_cache_entry_release(out);
    wats_response_release(r);
    if (code == WATS_OK) break;
    CHECK_INT(code, WATS_ERR_MEMORY);
  }
  CHECK_INT(n, 3);
  CHECK_INT(wats_alloc_live(), live);
  wats_cache_entry_release(e);
}

int main(void)
{
  wats_buffer_init(&bytes, 0);
  wats_buffer_init(&record, 0);
  RUN(test_what_goes_in_comes_out);
  RUN(test_a_strict_one_stays_strict);
  RUN(test_ages_within_one_start_of_the_machine);
  RUN(test_after_another_start_it_must_be_revalidated);
  RUN(test_a_start_that_is_not_known_is_no_other);
  RUN(test_malformed_bytes_are_refused);
  RUN(test_variants_need_the_key);
  RUN(test_memory_runs_out);
  wats_buffer_free(&bytes);
  wats_buffer_free(&record);
  return test_report();
}
