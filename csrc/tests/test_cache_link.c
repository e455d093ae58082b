/*
** test_cache_link.c - caches on one disk tier: in this process, in others,
** and one after the other.
*/
#include "tier_fixture.h"

#include <signal.h>

#include "child.h"
#include "core/sha256.h"

#ifdef WATS_WITHOUT_QUEUE

int main(void)
{
  RUN(test_is_left_out);
  return test_report();
}

#else

static const struct wats_operation get_product = {
    .method = "GET", .path = "/api/Product/{pn}", .family = 2};
static const struct wats_operation put_product = {
    .method = "PUT", .path = "/api/Product", .stale = 1 << 2, .family = -1};

static struct wats_cache_request product(void)
{
  return asking_for(&get_product, "/api/Product/PN-1");
}

/* Begins a test with one cache. */
static void open_one(void)
{
  begin_test();
  cache = open_shared();
}

/* Or with two on the same tier; the first is asked until told otherwise. */
static void open_two(struct wats_http_cache **a, struct wats_http_cache **b)
{
  open_one();
  *a = cache;
  *b = open_shared();
}

static void let_go(struct wats_http_cache *a, struct wats_http_cache *b)
{
  wats_http_cache_release(a);
  wats_http_cache_release(b);
}

/* An exchange whose answer is on disk when this returns. */
static void keep(const struct wats_cache_request *r)
{
  CHECK(!fetch(r, 200, ""));
  flush();
}

static enum wats_cache_verdict look_in(struct wats_http_cache *c,
                                       const struct wats_cache_request *r)
{
  cache = c;
  return look(r);
}

static void begin_write(struct wats_http_cache *c,
                        const struct wats_operation *operation,
                        const char *path, struct wats_cache_write *write)
{
  wats_http_cache_write_begin(c, operation, path, strlen(path), write);
}

static void write_product(struct wats_http_cache *c, bool applied)
{
  struct wats_cache_write write;
  begin_write(c, &put_product, "/api/Product", &write);
  wats_http_cache_write_end(c, &write, applied);
}

/* ---- one after the other ------------------------------------------------- */

static void test_a_second_run_starts_warm(void)
{
  struct wats_cache_request r = product(), other = asking("/api/other");
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  size_t length;
  open_one();
  CHECK(!fetch(&r, 200, "Cache-Control: max-age=60|X-A: 1|X-A: 2"));
  start_again();
  CHECK_INT(look(&other), WATS_CACHE_MISS);
  CHECK_INT(wats_http_cache_begin(cache, &r, false, &ticket, &found),
            WATS_CACHE_FRESH);
  CHECK_INT(found.age_s, 5);
  CHECK_STR(found.lifetime_from, "max-age");
  CHECK(memcmp(wats_response_body(found.response, &length), "body", 4) == 0);
  CHECK_INT(length, 4);
  wats_response_release(found.response);
  CHECK_INT(look(&r), WATS_CACHE_FRESH); /* from memory */
  CHECK_INT(tier_stats().hits, 1);
  CHECK_INT(tier_stats().misses, 1);
  CHECK_INT(stats().stores, 0); /* nothing was stored in this run */
  CHECK_INT(stats().entries, 1);
  CHECK_INT(stats().hits, 2);
  start_again();
  wait_s(50); /* 5 + 5 + 50 */
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  close_cache();
}

static void test_to_explain_leaves_memory_alone(void)
{
  struct wats_cache_request r = product();
  struct wats_cache_found found;
  open_one();
  CHECK(!fetch(&r, 200, ""));
  start_again();
  CHECK_INT(wats_http_cache_explain(cache, &r, false, &found),
            WATS_CACHE_FRESH);
  wats_response_release(found.response);
  CHECK_INT(stats().entries, 0);
  CHECK_INT(stats().requests, 0);
  CHECK_INT(tier_stats().hits, 0);
  close_cache();
}

static void test_another_start_of_the_machine_asks_first(void)
{
  struct wats_cache_request r = product(), s = asking("/silent");
  struct wats_cache_ticket ticket;
  struct wats_cache_found found;
  open_one();
  CHECK(!fetch(&r, 200, "ETag: \"e\"|Cache-Control: max-age=900"));
  keep(&s);
  wats_http_cache_release(cache);
  tier_options.boot_id = 2;
  fake.monotonic_ns = 3 * S;
  cache = open_shared();
  CHECK_INT(wats_http_cache_begin(cache, &r, false, &ticket, &found),
            WATS_CACHE_STALE);
  CHECK_STR(found.etag, "\"e\"");
  wats_response_release(found.response);
  CHECK_INT(look(&s), WATS_CACHE_MISS);
  CHECK(!fetch(&r, 200, "ETag: \"e\"|Cache-Control: max-age=900"));
  start_again();
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  close_cache();
}

/* Two tokens are two keys, as the client makes them. */
static void test_keys_that_differ_in_one_bit_share_nothing(void)
{
  char one[] = "\001digest GET /x", two[] = "\002digest GET /x";
  struct wats_cache_request a = asking("/x"), b = a;
  open_one();
  a.key = one;
  b.key = two;
  a.key_length = b.key_length = sizeof one - 1;
  CHECK(!fetch(&a, 200, ""));
  start_again();
  CHECK_INT(look(&b), WATS_CACHE_MISS);
  CHECK_INT(look(&a), WATS_CACHE_FRESH);
  close_cache();
}

static struct wats_cache_request speaking(struct wats_headers *h,
                                          const char *language)
{
  struct wats_cache_request r = asking("/text");
  wats_headers_init(h, 0);
  fill(h, language);
  r.headers = h;
  return r;
}

static void test_variants_are_told_apart(void)
{
  struct wats_headers h[3];
  struct wats_cache_request no = speaking(&h[0], "Accept-Language: no"),
                            en = speaking(&h[1], "Accept-Language: en"),
                            fr = speaking(&h[2], "Accept-Language: fr");
  size_t i;
  open_one();
  CHECK(!fetch(&no, 200, "Vary: Accept-Language"));
  CHECK(!fetch(&en, 200, "Vary: Accept-Language"));
  start_again();
  CHECK_INT(tier_stats().entries, 2);
  CHECK_INT(look(&fr), WATS_CACHE_MISS);
  CHECK_INT(look(&no), WATS_CACHE_FRESH);
  start_again();
  CHECK_INT(look(&en), WATS_CACHE_FRESH);
  for (i = 0; i < 3; i++)
    wats_headers_free(&h[i]);
  close_cache();
}

static void test_what_was_overtaken_does_not_come_back(void)
{
  struct wats_cache_request r = product();
  open_one();
  CHECK(!fetch(&r, 200, "Cache-Control: max-age=600"));
  flush();
  wait_s(1);
  /* of no use itself, but later */
  CHECK(fetch(&r, 200, "Cache-Control: max-age=0") != NULL);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  start_again();
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  close_cache();
}

static void test_nor_does_what_a_larger_one_replaced(void)
{
  struct wats_cache_request r = product();
  struct wats_cache_ticket ticket;
  struct wats_response *large = answer(200, "", "");
  struct wats_buffer bytes;
  open_one();
  keep(&r);
  wats_buffer_init(&bytes, 0);
  CHECK_INT(wats_buffer_reserve(&bytes, 11 * MIB), WATS_OK);
  memset(bytes.data, 'x', 11 * MIB); /* than memory may hold */
  bytes.length = 11 * MIB;
  CHECK_INT(wats_response_set_body(large, &bytes), WATS_OK);
  wats_http_cache_ticket(cache, &ticket);
  CHECK(!wats_http_cache_store(cache, &r, &ticket, large, NULL));
  wats_response_release(large);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  close_cache();
}

/* ---- two caches ---------------------------------------------------------- */

static void test_a_write_in_one_counts_in_the_other(void)
{
  struct wats_cache_request r = product();
  struct wats_http_cache *a, *b;
  struct wats_cache_write write;
  struct wats_cache_found found;
  open_two(&a, &b);
  keep(&r);
  CHECK_INT(look_in(b, &r), WATS_CACHE_FRESH);
  begin_write(a, &put_product, "/api/Product", &write);
  CHECK_INT(look_in(b, &r), WATS_CACHE_MISS);
  (void)wats_http_cache_explain(b, &r, false, &found);
  CHECK_STR(found.reason, "a write that concerns it is in flight");
  wats_http_cache_write_end(a, &write, false); /* refused */
  CHECK_INT(look_in(b, &r), WATS_CACHE_FRESH);
  CHECK_INT(look_in(a, &r), WATS_CACHE_FRESH);
  write_product(a, true);
  CHECK_INT(look_in(b, &r), WATS_CACHE_MISS);
  CHECK_INT(look_in(a, &r), WATS_CACHE_MISS);
  cache = b;
  CHECK_INT(stats().invalidations, 1);
  wats_http_cache_release(a);
  start_again(); /* nor does the row serve */
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  close_cache();
}

static void test_a_write_to_a_path_likewise(void)
{
  struct wats_cache_request r = asking("/a/b/c"), s = asking("/a/bc");
  struct wats_http_cache *a, *b;
  struct wats_cache_write write;
  open_two(&a, &b);
  CHECK(!fetch(&r, 200, ""));
  keep(&s);
  CHECK_INT(look_in(b, &r), WATS_CACHE_FRESH);
  CHECK_INT(look_in(b, &s), WATS_CACHE_FRESH);
  begin_write(a, NULL, "/A/b", &write);
  CHECK_INT(look_in(b, &r), WATS_CACHE_MISS);
  wats_http_cache_write_end(a, &write, true);
  CHECK_INT(look_in(b, &r), WATS_CACHE_MISS);
  CHECK_INT(look_in(b, &s), WATS_CACHE_FRESH);
  wats_http_cache_release(a);
  start_again();
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  CHECK_INT(look(&s), WATS_CACHE_FRESH);
  close_cache();
}

static void test_an_answer_in_flight_over_it_is_not_stored(void)
{
  struct wats_cache_request r = product();
  struct wats_cache_ticket ticket;
  struct wats_response *old = answer(200, "Cache-Control: max-age=60", "old");
  struct wats_http_cache *a, *b;
  const char *why = NULL;
  open_two(&a, &b);
  wats_http_cache_ticket(b, &ticket);
  write_product(a, true);
  CHECK(!wats_http_cache_ticket_stands(b, &r, &ticket));
  CHECK(!wats_http_cache_store(b, &r, &ticket, old, &why));
  CHECK_STR(why, "a write concerned it meanwhile");
  CHECK_INT(look_in(b, &r), WATS_CACHE_MISS);
  wats_response_release(old);
  let_go(a, b);
}

static void test_dropped_by_hand(void)
{
  struct wats_cache_request r = product(), s = asking("/api/Asset");
  struct wats_http_cache *a, *b;
  open_two(&a, &b);
  CHECK(!fetch(&r, 200, ""));
  keep(&s);
  CHECK_INT(look_in(b, &r), WATS_CACHE_FRESH);
  CHECK_INT(look_in(b, &s), WATS_CACHE_FRESH);
  CHECK_INT(wats_http_cache_invalidate(a, "/api/Product", 12), 1);
  CHECK_INT(look_in(b, &r), WATS_CACHE_MISS);
  CHECK_INT(look_in(b, &s), WATS_CACHE_FRESH);
  wats_http_cache_clear(a);
  CHECK_INT(look_in(b, &s), WATS_CACHE_MISS);
  flush();
  CHECK_INT(tier_stats().entries, 0);
  keep(&s); /* what comes afterwards is kept */
  CHECK_INT(look_in(a, &s), WATS_CACHE_FRESH);
  let_go(a, b);
}

/* Who has missed events takes all he has in memory for useless; rows say for
** themselves whether they count. */
static void test_more_events_than_can_be_read_again(void)
{
  struct wats_cache_request r = product(), s = asking("/x");
  struct wats_http_cache *a, *b;
  int i;
  open_two(&a, &b);
  CHECK(!fetch(&r, 200, ""));
  keep(&s);
  CHECK_INT(look_in(b, &r), WATS_CACHE_FRESH);
  CHECK_INT(look_in(b, &s), WATS_CACHE_FRESH);
  CHECK_INT(tier_stats().hits, 2);
  for (i = 0; i <= WATS_EPOCH_RING / 2; i++)
    write_product(a, true);
  CHECK_INT(look_in(b, &s), WATS_CACHE_FRESH);
  CHECK_INT(tier_stats().hits, 3); /* not from memory */
  CHECK_INT(look_in(b, &r), WATS_CACHE_MISS);
  CHECK_INT(stats().invalidations, 2);
  let_go(a, b);
}

/* A write is under way while somebody misses events, or comes new. */
static void test_who_comes_late_knows_of_writes_under_way(void)
{
  struct wats_cache_request r = product();
  struct wats_http_cache *a, *b, *c;
  struct wats_cache_write write;
  int i;
  open_two(&a, &b);
  keep(&r);
  begin_write(a, &put_product, "/api/Product", &write);
  for (i = 0; i <= WATS_EPOCH_RING; i++)
    CHECK_INT(wats_http_cache_invalidate(a, "/elsewhere", 10), 0);
  c = open_shared();
  CHECK_INT(look_in(b, &r), WATS_CACHE_MISS);
  CHECK_INT(look_in(c, &r), WATS_CACHE_MISS);
  wats_http_cache_write_end(a, &write, false);
  CHECK_INT(look_in(b, &r), WATS_CACHE_FRESH);
  CHECK_INT(look_in(c, &r), WATS_CACHE_FRESH);
  let_go(a, b);
  wats_http_cache_release(c);
}

static void test_the_file_of_events_is_deleted(void)
{
  struct wats_cache_request r = product();
  struct wats_http_cache *a, *b;
  open_two(&a, &b);
  keep(&r);
  CHECK_INT(look_in(b, &r), WATS_CACHE_FRESH);
  CHECK_INT(unlink(scratch_file("tier-epoch")), 0);
  wait_s(1);
  CHECK_INT(look_in(a, &r), WATS_CACHE_MISS); /* nor do rows count */
  CHECK_INT(look_in(b, &r), WATS_CACHE_MISS);
  keep(&r);
  CHECK_INT(look_in(a, &r), WATS_CACHE_FRESH);
  write_product(b, true);
  CHECK_INT(look_in(a, &r), WATS_CACHE_MISS);
  let_go(a, b);
}

/* ---- processes ----------------------------------------------------------- */

#if !defined(__SANITIZE_THREAD__) /* which lets no child have threads */
static void check_warm_then_write(void)
{
  struct wats_cache_request r = product();
  uint64_t hits = tier_stats().hits;
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  CHECK_INT(tier_stats().hits,
            hits + 1); /* what was in memory is the parent's */
  write_product(cache, true);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  CHECK(!fetch(&r, 200, "X-By: child"));
  flush();
}

static void test_a_forked_child_is_another_process(void)
{
  struct wats_cache_request r = product();
  open_one();
  keep(&r);
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  CHECK_INT(tier_stats().hits, 0);
  CHECK_INT(in_child(check_warm_then_write), 0);
  CHECK_INT(look(&r), WATS_CACHE_FRESH); /* the child's */
  CHECK_INT(tier_stats().hits, 1);
  CHECK_INT(in_child(check_warm_then_write), 0);
  keep(&r); /* the parent's thread still works */
  CHECK_INT(tier_stats().stores, 2);
  close_cache();
}

#endif

static void die_in_a_write(void)
{
  struct wats_cache_write write;
  begin_write(cache, &put_product, "/api/Product", &write);
  raise(SIGKILL);
}

static void test_a_process_is_killed_in_a_write(void)
{
  struct wats_cache_request r = product();
  open_one();
  keep(&r);
  CHECK_INT(in_child(die_in_a_write), -1);
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  wait_s(1); /* it is seen that it is gone */
  CHECK_INT(look(&r), WATS_CACHE_MISS);
  CHECK(!fetch(&r, 200, "")); /* and it holds up nothing any more */
  CHECK_INT(look(&r), WATS_CACHE_FRESH);
  close_cache();
}

/* ---- memory -------------------------------------------------------------- */

static void test_memory_runs_out(void)
{
  struct wats_cache_request r = product();
  long n, live;
  begin_test();
  live = wats_alloc_live();
  cache = open_shared();
  keep(&r);
  start_again();
  for (n = 0; n < 20; n++) {
    struct wats_cache_found found;
    struct wats_cache_ticket ticket;
    enum wats_cache_verdict verdict;
    wats_alloc_fail_after(n);
    verdict = wats_http_cache_begin(cache, &r, false, &ticket, &found);
    wats_alloc_fail_never();
    wats_response_release(found.response);
    CHECK(verdict == WATS_CACHE_FRESH || verdict == WATS_CACHE_MISS);
    if (verdict == WATS_CACHE_FRESH) break;
  }
  CHECK(n > 3 && n < 20);
  for (n = 0; n < 8; n++) { /* storing: memory has it or not, no harm */
    wats_http_cache_clear(cache);
    flush();
    wats_alloc_fail_after(n + 6); /* past making the answer itself */
    (void)fetch(&r, 200, "");
    wats_alloc_fail_never();
    flush();
  }
  close_cache();
  CHECK_INT(wats_alloc_live(), live);
}

int main(void)
{
  RUN(test_a_second_run_starts_warm);
  RUN(test_to_explain_leaves_memory_alone);
  RUN(test_another_start_of_the_machine_asks_first);
  RUN(test_keys_that_differ_in_one_bit_share_nothing);
  RUN(test_variants_are_told_apart);
  RUN(test_what_was_overtaken_does_not_come_back);
  RUN(test_nor_does_what_a_larger_one_replaced);
  RUN(test_a_write_in_one_counts_in_the_other);
  RUN(test_a_write_to_a_path_likewise);
  RUN(test_an_answer_in_flight_over_it_is_not_stored);
  RUN(test_dropped_by_hand);
  RUN(test_more_events_than_can_be_read_again);
  RUN(test_who_comes_late_knows_of_writes_under_way);
  RUN(test_the_file_of_events_is_deleted);
#if !defined(__SANITIZE_THREAD__)
  RUN(test_a_forked_child_is_another_process);
#endif
  RUN(test_a_process_is_killed_in_a_write);
  RUN(test_memory_runs_out);
  remove_scratch();
  return test_report();
}

#endif
