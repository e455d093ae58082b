/*
** test_ttl_lru_model.c - ttl_lru against a model that is too simple to be
** wrong: an array, searched from end to end, from which what is over or
** dropped vanishes at once. Random operations on few keys, with tiny bounds
** and a clock that the test moves; each answer is compared, and the statistics
** and the order of use time and again.
*/
#include "core/ttl_lru.h"

#include "core/alloc.h"

#include "test.h"
#include "value.h"

#define MOST_ENTRIES 300

struct plan {
  uint64_t seed;
  int steps, keys, groups;
  size_t max_entries, max_bytes, heaviest;
  int ttl_bits;       /* life spans up to 2^ttl_bits ns */
  bool cleaned_first; /* before a group is dropped: then all counts agree */
};

struct item {
  int key;
  struct value *value; /* not owned: for comparison */
  size_t weight;
  int64_t expires;
  unsigned group;
  uint64_t used;
};

struct model {
  struct item items[MOST_ENTRIES];
  size_t count, bytes;
  uint64_t clock; /* of use */
  struct wats_ttl_lru_stats stats;
};

struct run {
  const struct plan *plan;
  uint64_t random;
  struct wats_fake_clock fake;
  struct wats_ttl_lru *store;
  struct model model;
  bool failed;
};

static uint64_t next_random(struct run *r)
{
  r->random ^= r->random << 13;
  r->random ^= r->random >> 7;
  r->random ^= r->random << 17;
  return r->random * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

static unsigned below(struct run *r, unsigned n)
{
  return (unsigned)(next_random(r) % n);
}

static void expect(struct run *r, long long actual, long long expected,
                   const char *what)
{
  if (actual == expected || r->failed) return;
  printf("%s: %lld, the model says %lld\n", what, actual, expected);
  r->failed = true;
}

/* --- the model ------------------------------------------------------------ */

static void model_drop(struct model *m, size_t at, uint64_t *counter)
{
  m->bytes -= m->items[at].weight;
  m->items[at] = m->items[--m->count];
  ++*counter;
}

static struct item *model_find(struct model *m, int key)
{
  size_t i;
  for (i = 0; i < m->count; i++)
    if (m->items[i].key == key) return &m->items[i];
  return NULL;
}

static void model_expire(struct model *m, int64_t now)
{
  size_t i = 0;
  while (i < m->count)
    if (m->items[i].expires <= now)
      model_drop(m, i, &m->stats.expirations);
    else
      i++;
}

static void model_evict(struct model *m)
{
  size_t i, oldest = 0;
  for (i = 1; i < m->count; i++)
    if (m->items[i].used < m->items[oldest].used) oldest = i;
  model_drop(m, oldest, &m->stats.evictions);
}

static size_t model_drop_group(struct model *m, unsigned group)
{
  size_t i = 0, dropped = 0;
  while (i < m->count)
    if (m->items[i].group == group) {
      model_drop(m, i, &m->stats.removals);
      dropped++;
    } else
      i++;
  return dropped;
}

static enum wats_errc model_put(struct model *m, const struct plan *plan,
                                const struct item *item, int64_t ttl)
{
  struct item *old = model_find(m, item->key);
  bool heavy = item->weight > plan->max_bytes;
  bool stored = ttl > 0 && !heavy;
  if (old)
    model_drop(m, (size_t)(old - m->items),
               stored ? &m->stats.replacements : &m->stats.removals);
  if (!stored) return heavy ? WATS_ERR_TOO_LARGE : WATS_OK;
  while (m->count == plan->max_entries ||
         m->bytes + item->weight > plan->max_bytes)
    model_evict(m);
  m->items[m->count] = *item;
  m->items[m->count++].used = ++m->clock;
  m->bytes += item->weight;
  m->stats.stores++;
  return WATS_OK;
}

/* --- both ----------------------------------------------------------------- */

/* The key's text; its length differs from key to key. */
static size_t key_text(int key, char text[24])
{
  return (size_t)snprintf(text, 24, "k%d%.*s", key, key % 7, "-------");
}

static void step_put(struct run *r)
{
  struct item item = {0};
  char key[24];
  size_t length;
  enum wats_errc code;
  int64_t ttl =
      (int64_t)(next_random(r) &
                ((UINT64_C(1) << below(r, (unsigned)r->plan->ttl_bits + 1)) -
                 1));
  if (below(r, 20) == 0) ttl = WATS_NEVER;
  item.key = (int)below(r, (unsigned)r->plan->keys);
  item.value = value_new(item.key);
  item.group = below(r, (unsigned)r->plan->groups);
  length = key_text(item.key, key);
  item.weight = length + below(r, (unsigned)r->plan->heaviest + 1);
  item.expires = wats_time_add(r->fake.monotonic_ns, ttl);
  code = wats_ttl_lru_put(r->store, key, length, item.value,
                          item.weight - length, ttl, item.group);
  expect(r, code, model_put(&r->model, r->plan, &item, ttl), "put");
  value_release(item.value);
}

static void step_look(struct run *r, bool use)
{
  int number = (int)below(r, (unsigned)r->plan->keys);
  char key[24];
  size_t length = key_text(number, key);
  struct item *item = model_find(&r->model, number);
  struct value *value = use ? wats_ttl_lru_get(r->store, key, length)
                            : wats_ttl_lru_peek(r->store, key, length);
  expect(r, value != NULL, item != NULL, use ? "get" : "peek");
  expect(r, !value || !item || value == item->value, 1, "value");
  if (value) value_release(value);
  if (!use) return;
  if (item) {
    item->used = ++r->model.clock;
    r->model.stats.hits++;
  } else
    r->model.stats.misses++;
}

static void step_remove(struct run *r)
{
  int number = (int)below(r, (unsigned)r->plan->keys);
  char key[24];
  size_t length = key_text(number, key);
  struct item *item = model_find(&r->model, number);
  if (below(r, 2))
    expect(r, wats_ttl_lru_remove(r->store, key, length), item != NULL,
           "remove");
  else if (below(r, 2)) {
    expect(r, wats_ttl_lru_remove_if(r->store, key, length, r), 0, "remove_if");
    return;
  } else
    expect(r,
           wats_ttl_lru_remove_if(r->store, key, length,
                                  item ? item->value : NULL),
           item != NULL, "remove_if");
  if (item)
    model_drop(&r->model, (size_t)(item - r->model.items),
               &r->model.stats.removals);
}

static void step_drop(struct run *r)
{
  unsigned group = below(r, (unsigned)r->plan->groups), g;
  size_t dropped, expected = 0;
  bool all = below(r, 10) == 0;
  if (r->plan->cleaned_first) wats_ttl_lru_cleanup(r->store);
  dropped = all ? wats_ttl_lru_clear(r->store)
                : wats_ttl_lru_drop_group(r->store, group);
  for (g = 0; g < (unsigned)r->plan->groups; g++)
    if (all || g == group) expected += model_drop_group(&r->model, g);
  if (r->plan->cleaned_first)
    expect(r, (long long)dropped, (long long)expected, "drop");
  else
    expect(r, dropped >= expected, 1, "drop");
}

static void step_time(struct run *r)
{
  uint64_t by = next_random(r) &
                ((UINT64_C(1) << below(r, (unsigned)r->plan->ttl_bits)) - 1);
  wats_fake_clock_advance(&r->fake, (int64_t)by);
  model_expire(&r->model, r->fake.monotonic_ns);
}

static void check_stats(struct run *r)
{
  struct wats_ttl_lru_stats s, *m = &r->model.stats;
  wats_ttl_lru_stats(r->store, &s);
  expect(r, (long long)s.hits, (long long)m->hits, "hits");
  expect(r, (long long)s.misses, (long long)m->misses, "misses");
  expect(r, (long long)s.stores, (long long)m->stores, "stores");
  expect(r, (long long)s.replacements, (long long)m->replacements,
         "replacements");
  expect(r, (long long)s.evictions, (long long)m->evictions, "evictions");
  expect(r, (long long)(s.expirations + s.removals),
         (long long)(m->expirations + m->removals), "expirations + removals");
  if (r->plan->cleaned_first)
    expect(r, (long long)s.expirations, (long long)m->expirations,
           "expirations");
  expect(r, (long long)s.entries, (long long)r->model.count, "entries");
  expect(r, (long long)s.bytes, (long long)r->model.bytes, "bytes");
}

/* The order of use, by the model's own marks. */
static void check_keys(struct run *r)
{
  struct wats_ttl_lru_key *keys;
  uint64_t last = UINT64_MAX;
  size_t count, i;
  if (wats_ttl_lru_keys(r->store, &keys, &count) != WATS_OK) return;
  expect(r, (long long)count, (long long)r->model.count, "keys");
  for (i = 0; i < count; i++) {
    struct item *item =
        model_find(&r->model, (int)strtol(keys[i].text + 1, NULL, 10));
    expect(r, item && item->used < last, 1, "order of keys");
    if (item) last = item->used;
    wats_free(keys[i].text);
  }
  wats_free(keys);
}

static void step(struct run *r)
{
  unsigned what = below(r, 1000);
  if (what < 400)
    step_put(r);
  else if (what < 640)
    step_look(r, true);
  else if (what < 720)
    step_look(r, false);
  else if (what < 800)
    step_remove(r);
  else if (what < 960)
    step_time(r);
  else if (what < 970)
    step_drop(r);
  else if (what < 985)
    check_stats(r);
  else if (what < 995)
    check_keys(r);
  else
    wats_ttl_lru_cleanup(r->store);
}

static void run_plan(const struct plan *plan)
{
  static struct run r;
  struct wats_ttl_lru_options options = {.max_entries = plan->max_entries,
                                         .max_bytes = plan->max_bytes,
                                         .clock = &r.fake.clock,
                                         .retain = value_retain,
                                         .release = value_release};
  int i;
  memset(&r, 0, sizeof r);
  r.plan = plan;
  r.random = plan->seed;
  wats_fake_clock_init(&r.fake, (int64_t)(next_random(&r) >> 4), 0);
  r.store = wats_ttl_lru_create(&options);
  for (i = 0; i < plan->steps && !r.failed; i++)
    step(&r);
  if (r.failed)
    printf("seed %llu, %d keys, step %d\n", (unsigned long long)plan->seed,
           plan->keys, i);
  else
    check_stats(&r);
  CHECK(!r.failed);
  wats_ttl_lru_destroy(r.store);
  CHECK_INT(values_alive, 0);
  CHECK_INT(wats_alloc_live(), 0);
}

static void test_tiny(void)
{
  static const struct plan plans[] = {
      {1, 60000, 8, 3, 4, 60, 20, 6, true},
      {2, 60000, 8, 3, 4, 60, 20, 6, false},
      {3, 30000, 2, 1, 1, 30, 40, 3, true},
      {4, 30000, 12, 4, 100, 40, 30, 8, true},
  };
  size_t i;
  for (i = 0; i < sizeof plans / sizeof *plans; i++)
    run_plan(&plans[i]);
}

/* Time in all scales: every level of the wheel, and the jumps between. */
static void test_all_scales_of_time(void)
{
  static const struct plan plans[] = {
      {5, 40000, 30, 6, 20, 1000, 60, 12, true},
      {6, 40000, 30, 6, 20, 1000, 60, 24, false},
      {7, 40000, 30, 6, 20, 1000, 60, 36, true},
      {8, 40000, 30, 6, 20, 1000, 60, 45, false},
  };
  size_t i;
  for (i = 0; i < sizeof plans / sizeof *plans; i++)
    run_plan(&plans[i]);
}

/* Enough for the table to grow, and for groups that take many operations. */
static void test_hundreds_of_keys(void)
{
  static const struct plan plans[] = {
      {9, 30000, 500, 2, 300, 1000000, 60, 30, true},
      {10, 30000, 500, 64, 300, 6000, 60, 40, false},
      {11, 30000, 300, 1, 300, 1000000, 60, 52, false},
  };
  size_t i;
  for (i = 0; i < sizeof plans / sizeof *plans; i++)
    run_plan(&plans[i]);
}

int main(void)
{
  RUN(test_tiny);
  RUN(test_all_scales_of_time);
  RUN(test_hundreds_of_keys);
  return test_report();
}
