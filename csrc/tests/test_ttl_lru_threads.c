/*
** test_ttl_lru_threads.c - four threads on one store: counts add up exactly,
** and no value is used after its last release. `make tsan` runs it too.
*/
#include "core/ttl_lru.h"

#include "core/alloc.h"
#include "core/sync.h"

#include "test.h"
#include "value.h"

#define THREADS 4
#define STEPS   40000
#define KEYS    64

struct worker {
  struct wats_thread thread;
  struct wats_ttl_lru *store;
  uint64_t random;
  uint64_t hits, misses, stores;
  bool bad;
};

static unsigned below(struct worker *w, unsigned n)
{
  w->random ^= w->random << 13;
  w->random ^= w->random >> 7;
  w->random ^= w->random << 17;
  return (unsigned)(w->random >> 20) % n;
}

static void look(struct worker *w, const char *key, size_t length, int number)
{
  bool use = below(w, 4) != 0;
  struct value *v = use ? wats_ttl_lru_get(w->store, key, length)
                        : wats_ttl_lru_peek(w->store, key, length);
  if (v) {
    value_check(v);
    w->bad = w->bad || v->number != number;
    if (below(w, 8) == 0) wats_ttl_lru_remove_if(w->store, key, length, v);
    value_check(v); /* ours, whatever became of the entry */
    value_release(v);
  }
  if (use) v ? w->hits++ : w->misses++;
}

static void store_one(struct worker *w, const char *key, size_t length,
                      int number)
{
  struct value *v = value_new(number);
  int64_t ttl = below(w, 8) ? WATS_NS_PER_S : below(w, 200) * 1000;
  if (wats_ttl_lru_put(w->store, key, length, v, below(w, 100), ttl,
                       (unsigned)number % 8) == WATS_OK &&
      ttl > 0)
    w->stores++;
  value_release(v);
}

static void list_keys(struct worker *w)
{
  struct wats_ttl_lru_key *keys;
  size_t count;
  if (wats_ttl_lru_keys(w->store, &keys, &count) != WATS_OK) return;
  w->bad = w->bad || count > KEYS;
  while (count)
    wats_free(keys[--count].text);
  wats_free(keys);
}

/* The sum holds at any moment, not only at the end. */
static void look_at_stats(struct worker *w)
{
  struct wats_ttl_lru_stats s;
  wats_ttl_lru_stats(w->store, &s);
  w->bad = w->bad || s.entries > s.max_entries || s.bytes > s.max_bytes ||
           s.stores != s.replacements + s.evictions + s.expirations +
                           s.removals + s.entries;
}

static void *work(void *argument)
{
  struct worker *w = argument;
  int i;
  for (i = 0; i < STEPS; i++) {
    int number = (int)below(w, KEYS);
    char key[16];
    size_t length = (size_t)snprintf(key, sizeof key, "key %d", number);
    unsigned what = below(w, 1000);
    if (what < 600)
      look(w, key, length, number);
    else if (what < 950)
      store_one(w, key, length, number);
    else if (what < 970)
      wats_ttl_lru_remove(w->store, key, length);
    else if (what < 990)
      wats_ttl_lru_drop_group(w->store, below(w, 8));
    else if (what < 994)
      look_at_stats(w);
    else if (what < 996)
      list_keys(w);
    else if (what < 998)
      wats_ttl_lru_cleanup(w->store);
    else
      wats_ttl_lru_clear(w->store);
  }
  return NULL;
}

static void test_counts_add_up(void)
{
  struct wats_ttl_lru_options options = {.max_entries = 40,
                                         .max_bytes = 3000,
                                         .clock = &wats_system_clock,
                                         .retain = value_retain,
                                         .release = value_release};
  struct worker workers[THREADS] = {0};
  struct wats_ttl_lru_stats s;
  uint64_t hits = 0, misses = 0, stores = 0;
  int i;
  for (i = 0; i < THREADS; i++) {
    workers[i].store = i ? workers[0].store : wats_ttl_lru_create(&options);
    workers[i].random = UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)(i + 1);
    CHECK_INT(wats_thread_start(&workers[i].thread, work, &workers[i]),
              WATS_OK);
  }
  for (i = 0; i < THREADS; i++) {
    wats_thread_join(&workers[i].thread);
    hits += workers[i].hits;
    misses += workers[i].misses;
    stores += workers[i].stores;
    CHECK(!workers[i].bad);
  }
  wats_ttl_lru_stats(workers[0].store, &s);
  CHECK_INT(s.hits, hits);
  CHECK_INT(s.misses, misses);
  CHECK_INT(s.stores, stores);
  CHECK_INT(s.stores, s.replacements + s.evictions + s.expirations +
                          s.removals + s.entries);
  CHECK(hits > 0 && misses > 0 && s.evictions > 0 && s.expirations > 0);
  /* With nobody inside, what was dropped is released: none waits for more. */
  wats_ttl_lru_clear(workers[0].store);
  CHECK_INT(values_alive, 0);
  wats_ttl_lru_destroy(workers[0].store);
  CHECK_INT(wats_alloc_live(), 0);
}

int main(void)
{
  RUN(test_counts_add_up);
  return test_report();
}
