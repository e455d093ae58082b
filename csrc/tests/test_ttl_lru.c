/*
** test_ttl_lru.c - each promise of ttl_lru.h, one at a time.
*/
#include "core/ttl_lru.h"

#include <stdio.h>

#include "core/alloc.h"

#include "test.h"
#include "value.h"

static struct wats_fake_clock fake;

static struct wats_ttl_lru *create(size_t max_entries, size_t max_bytes)
{
  struct wats_ttl_lru_options options = {.max_entries = max_entries,
                                         .max_bytes = max_bytes,
                                         .clock = &fake.clock,
                                         .retain = value_retain,
                                         .release = value_release};
  wats_fake_clock_init(&fake, 1000, 0);
  return wats_ttl_lru_create(&options);
}

static enum wats_errc put_in(struct wats_ttl_lru *store, const char *key,
                             long number, size_t bytes, int64_t ttl,
                             unsigned group)
{
  struct value *v = value_new(number);
  enum wats_errc code =
      wats_ttl_lru_put(store, key, strlen(key), v, bytes, ttl, group);
  value_release(v);
  return code;
}

static enum wats_errc put(struct wats_ttl_lru *store, const char *key,
                          long number, int64_t ttl)
{
  return put_in(store, key, number, 1, ttl, 0);
}

static long number_of(struct value *v)
{
  long number;
  if (!v) return -1;
  number = v->number;
  value_release(v);
  return number;
}

static long get(struct wats_ttl_lru *store, const char *key)
{
  return number_of(wats_ttl_lru_get(store, key, strlen(key)));
}

static long peek(struct wats_ttl_lru *store, const char *key)
{
  return number_of(wats_ttl_lru_peek(store, key, strlen(key)));
}

static struct wats_ttl_lru_stats stats_of(struct wats_ttl_lru *store)
{
  struct wats_ttl_lru_stats stats;
  wats_ttl_lru_stats(store, &stats);
  CHECK_INT(stats.stores, stats.replacements + stats.evictions +
                              stats.expirations + stats.removals +
                              stats.entries);
  return stats;
}

static void destroy(struct wats_ttl_lru *store)
{
  wats_ttl_lru_destroy(store);
  CHECK_INT(values_alive, 0);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_hands_out_what_was_stored(void)
{
  struct wats_ttl_lru *store = create(10, 1000);
  struct wats_ttl_lru_stats stats;
  CHECK_INT(get(store, "a"), -1);
  CHECK_INT(put(store, "a", 1, 50), WATS_OK);
  CHECK_INT(put(store, "", 2, 50), WATS_OK);
  CHECK_INT(wats_ttl_lru_put(store, "a\0b", 3, NULL, 0, 0, 0), WATS_OK);
  CHECK_INT(get(store, "a"), 1);
  CHECK_INT(get(store, ""), 2);
  CHECK(!wats_ttl_lru_get(store, "a\0b", 3));
  CHECK_INT(peek(store, "a"), 1);
  CHECK_INT(peek(store, "b"), -1);
  CHECK_INT(put(store, "a", 3, 50), WATS_OK);
  CHECK_INT(get(store, "a"), 3);
  stats = stats_of(store);
  CHECK_INT(stats.hits, 3);
  CHECK_INT(stats.misses, 2);
  CHECK_INT(stats.stores, 3);
  CHECK_INT(stats.replacements, 1);
  CHECK_INT(stats.entries, 2);
  CHECK_INT(stats.bytes, 3); /* two values of 1, keys of 1 and 0 */
  CHECK_INT(stats.max_entries, 10);
  CHECK_INT(stats.max_bytes, 1000);
  destroy(store);
}

static void test_evicts_the_one_not_used_for_longest(void)
{
  struct wats_ttl_lru *store = create(3, 1000);
  struct wats_ttl_lru_stats stats;
  put(store, "a", 1, 50);
  put(store, "b", 2, 50);
  put(store, "c", 3, 50);
  CHECK_INT(get(store, "a"), 1);
  CHECK_INT(peek(store, "b"), 2); /* no use */
  put(store, "d", 4, 50);
  CHECK_INT(peek(store, "b"), -1);
  CHECK_INT(peek(store, "a"), 1);
  CHECK_INT(peek(store, "c"), 3);
  put(store, "c", 5, 50); /* takes no room that it did not have */
  stats = stats_of(store);
  CHECK_INT(stats.evictions, 1);
  CHECK_INT(stats.entries, 3);
  destroy(store);
}

static void test_bytes_are_bounded_too(void)
{
  struct wats_ttl_lru *store = create(100, 20);
  put_in(store, "a", 1, 9, 50, 0);
  put_in(store, "b", 2, 9, 50, 0);
  CHECK_INT(stats_of(store).bytes, 20);
  put_in(store, "c", 3, 0, 50, 0);
  CHECK_INT(get(store, "a"), -1);
  CHECK_INT(put_in(store, "d", 4, 19, 50, 0), WATS_OK); /* fills it alone */
  CHECK_INT(stats_of(store).entries, 1);
  CHECK_INT(put_in(store, "d", 5, 20, 50, 0), WATS_ERR_TOO_LARGE);
  CHECK_INT(get(store, "d"), -1); /* the old value is not served any more */
  CHECK_INT(put_in(store, "e", 5, SIZE_MAX, 50, 0), WATS_ERR_TOO_LARGE);
  CHECK_INT(stats_of(store).removals, 1);
  CHECK_INT(stats_of(store).bytes, 0);
  destroy(store);
}

static void test_time_ends_to_the_nanosecond(void)
{
  struct wats_ttl_lru *store = create(10, 1000);
  put(store, "a", 1, 100);
  put(store, "forever", 2, WATS_NEVER);
  wats_fake_clock_advance(&fake, 99);
  CHECK_INT(get(store, "a"), 1);
  wats_fake_clock_advance(&fake, 1);
  CHECK_INT(peek(store, "a"), -1);
  CHECK_INT(get(store, "a"), -1);
  CHECK_INT(stats_of(store).expirations, 1);
  CHECK_INT(stats_of(store).misses, 1);
  fake.monotonic_ns = WATS_NEVER - 1;
  CHECK_INT(get(store, "forever"), 2);
  destroy(store);
}

static void test_no_time_stores_nothing(void)
{
  struct wats_ttl_lru *store = create(10, 1000);
  put(store, "a", 1, 100);
  CHECK_INT(put(store, "a", 2, 0), WATS_OK);
  CHECK_INT(get(store, "a"), -1);
  CHECK_INT(put(store, "b", 3, -5), WATS_OK);
  CHECK_INT(get(store, "b"), -1);
  CHECK_INT(stats_of(store).stores, 1);
  CHECK_INT(stats_of(store).removals, 1);
  destroy(store);
}

/* Also those that the wheel must first tell from later ones. */
static void test_what_is_over_goes_before_what_is_not(void)
{
  int64_t scale;
  for (scale = 1; scale < INT64_C(1) << 40; scale *= 37) {
    struct wats_ttl_lru *store = create(4, 1000);
    put(store, "old", 1, 100 * scale); /* used longest ago */
    put(store, "over", 2, 49 * scale);
    put(store, "more", 3, 51 * scale);
    put(store, "new", 4, 100 * scale);
    wats_fake_clock_advance(&fake, 50 * scale);
    put(store, "x", 5, 100 * scale);
    CHECK_INT(peek(store, "old"), 1);
    CHECK_INT(peek(store, "more"), 3);
    CHECK_INT(peek(store, "new"), 4);
    CHECK_INT(stats_of(store).evictions, 0);
    CHECK_INT(stats_of(store).expirations, 1);
    destroy(store);
  }
}

static void test_groups(void)
{
  struct wats_ttl_lru *store = create(4, 1000);
  put_in(store, "a", 1, 1, 50, 7);
  put_in(store, "b", 2, 1, 50, 7);
  put_in(store, "c", 3, 1, 50, 63);
  CHECK_INT(wats_ttl_lru_drop_group(store, 7), 2);
  CHECK_INT(wats_ttl_lru_drop_group(store, 7), 0);
  CHECK_INT(wats_ttl_lru_drop_group(store, 64), 0);
  CHECK_INT(get(store, "a"), -1);
  CHECK_INT(peek(store, "b"), -1);
  CHECK_INT(get(store, "c"), 3);
  CHECK_INT(put_in(store, "a", 4, 1, 50, 7), WATS_OK); /* a group lives on */
  CHECK_INT(get(store, "a"), 4);
  CHECK_INT(put_in(store, "d", 5, 1, 50, 64), WATS_ERR_ARGUMENT);
  CHECK_INT(stats_of(store).removals, 2);
  CHECK_INT(stats_of(store).entries, 2);
  destroy(store);
}

/* More of them than one operation takes apart. */
static void test_a_dropped_group_goes_first_and_bit_by_bit(void)
{
  struct wats_ttl_lru *store = create(200, 100000);
  char key[16];
  int i;
  put_in(store, "keep", -5, 1, 50, 1); /* used longest ago */
  for (i = 0; i < 199; i++) {
    snprintf(key, sizeof key, "%d", i);
    put_in(store, key, i, 1, 50, 2);
  }
  CHECK_INT(wats_ttl_lru_drop_group(store, 2), 199);
  CHECK_INT(stats_of(store).entries, 1);
  CHECK(values_alive > 150);
  for (i = 0; i < 199; i++) {
    snprintf(key, sizeof key, "new %d", i);
    put_in(store, key, i, 1, 50, 1);
  }
  CHECK_INT(peek(store, "keep"), -5);
  CHECK_INT(stats_of(store).evictions, 0);
  CHECK_INT(values_alive, 200);
  wats_ttl_lru_drop_group(store, 1);
  for (i = 0; i < 60; i++)
    CHECK_INT(get(store, "none"), -1);
  CHECK_INT(values_alive, 0);
  destroy(store);
}

static void test_remove_and_clear(void)
{
  struct wats_ttl_lru *store = create(200, 1000);
  struct value *mine = value_new(9), *other = value_new(10);
  char key[16];
  int i;
  CHECK(!wats_ttl_lru_remove(store, "a", 1));
  wats_ttl_lru_put(store, "a", 1, mine, 1, 50, 0);
  CHECK(!wats_ttl_lru_remove_if(store, "a", 1, other));
  CHECK(wats_ttl_lru_remove_if(store, "a", 1, mine));
  CHECK(!wats_ttl_lru_remove_if(store, "a", 1, mine));
  put(store, "b", 1, 50);
  CHECK(wats_ttl_lru_remove(store, "b", 1));
  put(store, "b", 1, 50);
  wats_fake_clock_advance(&fake, 50);
  CHECK(!wats_ttl_lru_remove(store, "b", 1)); /* it was over */
  CHECK_INT(stats_of(store).removals, 2);
  CHECK_INT(stats_of(store).expirations, 1);
  for (i = 0; i < 150; i++) {
    snprintf(key, sizeof key, "%d", i);
    put_in(store, key, i, 1, 50, (unsigned)i % 64);
  }
  CHECK_INT(wats_ttl_lru_clear(store), 150);
  CHECK_INT(values_alive, 2); /* ours: the rest is released at once */
  CHECK_INT(wats_ttl_lru_clear(store), 0);
  CHECK_INT(stats_of(store).removals, 152);
  value_release(mine);
  value_release(other);
  destroy(store);
}

static void test_cleanup(void)
{
  struct wats_ttl_lru *store = create(2000, 100000);
  char key[16];
  int i;
  for (i = 0; i < 1000; i++) {
    snprintf(key, sizeof key, "%d", i);
    put(store, key, i, i < 400 ? 1000 + i : INT64_C(1000000000));
  }
  CHECK_INT(wats_ttl_lru_cleanup(store), 0);
  wats_fake_clock_advance(&fake, 1199);
  CHECK_INT(wats_ttl_lru_cleanup(store), 200);
  CHECK_INT(values_alive, 800);
  wats_fake_clock_advance(&fake, 200);
  CHECK_INT(stats_of(store).entries, 600); /* without being asked */
  CHECK_INT(stats_of(store).expirations, 400);
  destroy(store);
}

static void free_keys(struct wats_ttl_lru_key *keys, size_t count)
{
  while (count)
    wats_free(keys[--count].text);
  wats_free(keys);
}

static void test_keys(void)
{
  struct wats_ttl_lru *store = create(10, 1000);
  struct wats_ttl_lru_key *keys = NULL;
  size_t count = 77;
  CHECK_INT(wats_ttl_lru_keys(store, &keys, &count), WATS_OK);
  CHECK_INT(count, 0);
  free_keys(keys, count);
  put_in(store, "first", 1, 1, 50, 0);
  put_in(store, "second", 2, 1, 50, 0);
  put_in(store, "over", 3, 1, 10, 0);
  put_in(store, "dropped", 4, 1, 50, 3);
  put_in(store, "third", 5, 1, 50, 0);
  wats_ttl_lru_drop_group(store, 3);
  wats_fake_clock_advance(&fake, 20);
  get(store, "first");
  CHECK_INT(wats_ttl_lru_keys(store, &keys, &count), WATS_OK);
  CHECK_INT(count, 3);
  CHECK_STR(keys[0].text, "first");
  CHECK_STR(keys[1].text, "third");
  CHECK_STR(keys[2].text, "second");
  CHECK_INT(keys[2].length, 6);
  free_keys(keys, count);
  destroy(store);
}

/* --- callbacks that come back into the store ------------------------------ */

static struct wats_ttl_lru *reentered;
static int depth, alive_in_window;

/*
** Stands for another thread that drops the value just when a get has found it.
** That it does not hang shows that no lock is held.
*/
static void retain_and_drop(void *value)
{
  value_check(value);
  if (depth++ == 0 && reentered) {
    struct wats_ttl_lru *store = reentered;
    CHECK(wats_ttl_lru_remove(store, "a", 1));
    CHECK_INT(peek(store, "b"), 2);
    CHECK(wats_ttl_lru_remove(store, "b", 1));
    CHECK_INT(wats_ttl_lru_clear(store), 0);
    alive_in_window = (int)values_alive;
  }
  depth--;
  value_retain(value);
}

static void release_and_look(void *value)
{
  if (depth++ == 0 && reentered)
    CHECK_INT(wats_ttl_lru_peek(reentered, "none", 4) != NULL, 0);
  depth--;
  value_release(value);
}

static void test_a_value_found_is_not_released_before_it_is_retained(void)
{
  struct wats_ttl_lru_options options = {.max_entries = 5,
                                         .max_bytes = 100,
                                         .clock = &fake.clock,
                                         .retain = retain_and_drop,
                                         .release = release_and_look};
  struct wats_ttl_lru *store = wats_ttl_lru_create(&options);
  struct value *found;
  reentered = NULL;
  put(store, "a", 1, 50);
  put(store, "b", 2, 50);
  reentered = store;
  found = wats_ttl_lru_get(store, "a", 1);
  CHECK(found != NULL);
  CHECK(alive_in_window >= 1);
  CHECK_INT(values_alive, 1); /* ours; the store let go of all when get left */
  CHECK_INT(found->references, 1);
  reentered = NULL;
  value_release(found);
  destroy(store);
}

/* --- no memory ------------------------------------------------------------ */

#define MANY 700 /* makes the table and the chunks grow */

static void check_consistent(struct wats_ttl_lru *store)
{
  struct wats_ttl_lru_stats stats = stats_of(store);
  char key[16];
  size_t found = 0;
  int i;
  for (i = 0; i < MANY; i++) {
    snprintf(key, sizeof key, "%d", i);
    found += peek(store, key) == i + 1;
  }
  CHECK_INT(found, stats.entries);
}

/* True when nothing was refused. */
static bool life_without_memory(long allocations)
{
  struct wats_ttl_lru_key *keys;
  struct wats_ttl_lru *store;
  bool refused = false;
  size_t count;
  char key[16];
  int i;
  wats_alloc_fail_after(allocations);
  store = create(MANY, 100000);
  for (i = 0; store && i < MANY; i++) {
    enum wats_errc code;
    snprintf(key, sizeof key, "%d", i);
    code = put(store, key, i + 1, 50);
    CHECK(code == WATS_OK || code == WATS_ERR_MEMORY);
    if (code == WATS_OK) code = put(store, key, i + 1, 50);
    CHECK_INT(peek(store, key), code == WATS_OK ? i + 1 : -1);
    refused = refused || code != WATS_OK;
  }
  if (store && wats_ttl_lru_keys(store, &keys, &count) == WATS_OK) {
    CHECK_INT(count, stats_of(store).entries);
    free_keys(keys, count);
  } else
    refused = true;
  wats_alloc_fail_never();
  if (store) check_consistent(store);
  destroy(store);
  return !refused;
}

static void test_every_allocation_may_fail(void)
{
  long n = 0;
  while (!life_without_memory(n))
    n++;
  CHECK(n > 2 * MANY);
}

/* A put that finds no memory drops the old value: it is out of date. */
static void test_no_memory_drops_the_old_value(void)
{
  struct wats_ttl_lru *store = create(10, 1000);
  put(store, "a", 1, 50);
  wats_alloc_fail_after(0);
  CHECK_INT(put(store, "a", 2, 50), WATS_ERR_MEMORY);
  wats_alloc_fail_never();
  CHECK_INT(get(store, "a"), -1);
  CHECK_INT(stats_of(store).removals, 1);
  destroy(store);
}

int main(void)
{
  RUN(test_hands_out_what_was_stored);
  RUN(test_evicts_the_one_not_used_for_longest);
  RUN(test_bytes_are_bounded_too);
  RUN(test_time_ends_to_the_nanosecond);
  RUN(test_no_time_stores_nothing);
  RUN(test_what_is_over_goes_before_what_is_not);
  RUN(test_groups);
  RUN(test_a_dropped_group_goes_first_and_bit_by_bit);
  RUN(test_remove_and_clear);
  RUN(test_cleanup);
  RUN(test_keys);
  RUN(test_a_value_found_is_not_released_before_it_is_retained);
  RUN(test_every_allocation_may_fail);
  RUN(test_no_memory_drops_the_old_value);
  return test_report();
}
