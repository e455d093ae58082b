/*
** ttl_lru.c - see ttl_lru.h.
**
** An entry is dropped at once, and its value released later: under the mutex
** it leaves table and lists and goes to limbo (ttl_limbo.h); out of limbo it is
** taken in portions, which are released when the mutex is free again.
**
** A group is dropped by moving its list behind that of the doomed, and its
** `epoch` on: an entry of another epoch than its group's is doomed. Each
** drop_group reaps some of the doomed, oldest first, so none is left long
** before 2^32 epochs have passed.
*/
#include "ttl_lru.h"

#include <string.h>

#include "alloc.h"
#include "random.h"
#include "siphash.h"
#include "sync.h"
#include "ttl_limbo.h"
#include "ttl_slots.h"
#include "ttl_wheel.h"

#define LOOKS_TO_EVICT 4096 /* see ttl_lru.h */
#define LOOKS_ASIDE    8    /* entries that any put spreads in the wheel */
#define REAPED_ASIDE   4    /* dead entries that any operation takes apart */
#define PORTION        WATS_LIMBO_PORTION

struct group {
  uint32_t epoch;
  size_t entries, bytes; /* neither dropped, nor known to be over */
};

struct wats_ttl_lru {
  struct wats_ttl_lru_options options;
  uint64_t seed[2];
  struct wats_mutex mutex; /* over all that follows */
  struct wats_slots slots;
  struct wats_wheel wheel;
  struct group groups[WATS_TTL_LRU_GROUPS];
  struct wats_ttl_lru_stats stats;
  size_t held_entries, held_bytes; /* with the doomed: what the bounds bind */
  size_t key_bytes;                /* likewise */
  struct wats_limbo limbo;
};

enum cause { EVICTED, EXPIRED, REMOVED, REPLACED };

/* --- releasing ----------------------------------------------------------- */

static void release(struct wats_ttl_lru *store,
                    const struct wats_portion *portion)
{
  unsigned n;
  for (n = 0; n < portion->count; n++) {
    store->options.release(portion->values[n]);
    wats_free(portion->keys[n]);
  }
}

/* The end of an operation: unlocks, and releases what can be. */
static void finish(struct wats_ttl_lru *store)
{
  struct wats_portion portion;
  for (;;) {
    wats_limbo_take(&store->limbo, &store->slots, &portion);
    wats_mutex_unlock(&store->mutex);
    release(store, &portion);
    if (portion.count < PORTION) return;
    wats_mutex_lock(&store->mutex);
  }
}

/* Without the mutex. */
static void *hand_out(struct wats_ttl_lru *store, struct wats_window *window,
                      void *value)
{
  store->options.retain(value);
  if (wats_limbo_leave(&store->limbo, window)) {
    wats_mutex_lock(&store->mutex);
    finish(store);
  }
  return value;
}

/* --- entries, with the mutex held ---------------------------------------- */

static bool is_doomed(const struct wats_ttl_lru *store,
                      const struct wats_slot *slot)
{
  return slot->epoch != store->groups[slot->group].epoch;
}

static void count_drop(struct wats_ttl_lru *store, const struct wats_slot *slot,
                       enum cause cause)
{
  struct wats_ttl_lru_stats *stats = &store->stats;
  switch (cause) {
  case EVICTED:
    stats->evictions++;
    break;
  case EXPIRED:
    stats->expirations++;
    break;
  case REMOVED:
    stats->removals++;
    break;
  case REPLACED:
    stats->replacements++;
    break;
  }
  stats->entries--;
  stats->bytes -= slot->weight;
  store->groups[slot->group].entries--;
  store->groups[slot->group].bytes -= slot->weight;
}

/* Of a doomed entry the cause was counted when its group was dropped. */
static void drop(struct wats_ttl_lru *store, uint32_t i, enum cause cause)
{
  struct wats_slot *slot = wats_slot(&store->slots, i);
  if (!is_doomed(store, slot)) count_drop(store, slot, cause);
  store->held_entries--;
  store->held_bytes -= slot->weight;
  store->key_bytes -= slot->key_length;
  wats_slots_erase(&store->slots, i);
  wats_list_remove(&store->slots, WATS_BY_USE, i);
  wats_list_remove(&store->slots, WATS_BY_GROUP, i);
  wats_wheel_remove(&store->wheel, &store->slots, i);
  wats_limbo_put(&store->limbo, &store->slots, i);
}

/* Takes apart at most `n` doomed entries; returns how many. */
static unsigned reap_doomed(struct wats_ttl_lru *store, unsigned n)
{
  unsigned done;
  for (done = 0; done < n; done++) {
    uint32_t i = wats_list_first(&store->slots, WATS_HEAD_DOOMED);
    if (i == WATS_SLOT_NONE) break;
    drop(store, i, REMOVED);
  }
  return done;
}

/* Drops an entry whose time is over; false when none is known. */
static bool expire_one(struct wats_ttl_lru *store, int64_t now, unsigned *looks)
{
  uint32_t i = wats_wheel_due(&store->wheel, &store->slots, now, looks);
  if (i == WATS_SLOT_NONE) return false;
  drop(store, i, EXPIRED);
  return true;
}

/* The live entry of that key. One that is dead is dropped, and not found. */
static uint32_t find_live(struct wats_ttl_lru *store, uint32_t hash,
                          const char *key, size_t length, int64_t now)
{
  uint32_t i = wats_slots_find(&store->slots, hash, key, length);
  const struct wats_slot *slot;
  if (i == WATS_SLOT_NONE) return i;
  slot = wats_slot(&store->slots, i);
  if (!is_doomed(store, slot) && now < slot->expires_ns) return i;
  drop(store, i, EXPIRED);
  return WATS_SLOT_NONE;
}

static uint32_t hash_of(const struct wats_ttl_lru *store, const char *key,
                        size_t length)
{
  return (uint32_t)wats_siphash(store->seed, key, length);
}

static int64_t now_of(const struct wats_ttl_lru *store)
{
  return wats_clock_monotonic(store->options.clock);
}

/* --- life ---------------------------------------------------------------- */

struct wats_ttl_lru *
wats_ttl_lru_create(const struct wats_ttl_lru_options *options)
{
  struct wats_ttl_lru *store = wats_calloc(1, sizeof *store);
  if (!store) return NULL;
  if (!wats_slots_init(&store->slots)) goto no_slots;
  if (wats_mutex_init(&store->mutex) != WATS_OK) goto no_mutex;
  store->options = *options;
  store->stats.max_entries = options->max_entries;
  store->stats.max_bytes = options->max_bytes;
  wats_limbo_init(&store->limbo);
  wats_wheel_init(&store->wheel, now_of(store));
  /* A system without random bytes still gets a seed that is hard to guess. */
  if (wats_random_bytes(store->seed, sizeof store->seed, NULL) != WATS_OK) {
    store->seed[0] = (uint64_t)wats_clock_wall(&wats_system_clock);
    store->seed[1] = (uint64_t)(uintptr_t)store;
  }
  return store;
no_mutex:
  wats_slots_free(&store->slots);
no_slots:
  wats_free(store);
  return NULL;
}

void wats_ttl_lru_destroy(struct wats_ttl_lru *store)
{
  if (!store) return;
  wats_ttl_lru_clear(store);
  wats_mutex_destroy(&store->mutex);
  wats_slots_free(&store->slots);
  wats_free(store);
}

/* --- looking ------------------------------------------------------------- */

static void use(struct wats_ttl_lru *store, uint32_t i)
{
  if (wats_list_first(&store->slots, WATS_HEAD_USE) == i) return;
  wats_list_remove(&store->slots, WATS_BY_USE, i);
  wats_list_push_first(&store->slots, WATS_BY_USE, WATS_HEAD_USE, i);
}

void *wats_ttl_lru_get(struct wats_ttl_lru *store, const char *key,
                       size_t length)
{
  uint32_t hash = hash_of(store, key, length), i;
  int64_t now = now_of(store);
  struct wats_window *window = NULL;
  struct wats_portion portion;
  void *value = NULL;
  wats_mutex_lock(&store->mutex);
  i = find_live(store, hash, key, length, now);
  reap_doomed(store, REAPED_ASIDE);
  wats_limbo_take(&store->limbo, &store->slots, &portion);
  if (i != WATS_SLOT_NONE) {
    store->stats.hits++;
    use(store, i);
    value = wats_slot(&store->slots, i)->value;
    window = wats_limbo_enter(&store->limbo);
  } else
    store->stats.misses++;
  wats_mutex_unlock(&store->mutex);
  if (window) hand_out(store, window, value);
  release(store, &portion);
  return value;
}

void *wats_ttl_lru_peek(struct wats_ttl_lru *store, const char *key,
                        size_t length)
{
  uint32_t hash = hash_of(store, key, length), i;
  int64_t now = now_of(store);
  struct wats_window *window = NULL;
  void *value = NULL;
  wats_mutex_lock(&store->mutex);
  i = wats_slots_find(&store->slots, hash, key, length);
  if (i != WATS_SLOT_NONE) {
    const struct wats_slot *slot = wats_slot(&store->slots, i);
    if (!is_doomed(store, slot) && now < slot->expires_ns) {
      value = slot->value;
      window = wats_limbo_enter(&store->limbo);
    }
  }
  wats_mutex_unlock(&store->mutex);
  return window ? hand_out(store, window, value) : NULL;
}

/* --- storing ------------------------------------------------------------- */

/* For `weight` more bytes, which alone are not too many. */
static void make_room(struct wats_ttl_lru *store, size_t weight, int64_t now)
{
  unsigned looks = LOOKS_TO_EVICT;
  size_t most_bytes = store->options.max_bytes - weight;
  while (store->held_entries >= store->options.max_entries ||
         store->held_bytes > most_bytes) {
    if (reap_doomed(store, 1) || expire_one(store, now, &looks)) continue;
    drop(store, wats_list_last(&store->slots, WATS_HEAD_USE), EVICTED);
  }
}

static void add(struct wats_ttl_lru *store, uint32_t i)
{
  struct wats_slot *slot = wats_slot(&store->slots, i);
  struct group *group = &store->groups[slot->group];
  slot->epoch = group->epoch;
  wats_slots_insert(&store->slots, i);
  wats_list_push_first(&store->slots, WATS_BY_USE, WATS_HEAD_USE, i);
  wats_list_push_last(&store->slots, WATS_BY_GROUP,
                      WATS_HEAD_GROUPS + slot->group, i);
  wats_wheel_add(&store->wheel, &store->slots, i);
  group->entries++;
  group->bytes += slot->weight;
  store->held_entries++;
  store->held_bytes += slot->weight;
  store->key_bytes += slot->key_length;
  store->stats.stores++;
  store->stats.entries++;
  store->stats.bytes += slot->weight;
}

/* With the mutex held. Takes over key and value if it can store them; with no
** key it only drops what was there. */
static bool replace(struct wats_ttl_lru *store, const char *key,
                    const struct wats_slot *entry, int64_t now)
{
  uint32_t old = find_live(store, entry->hash, key, entry->key_length, now);
  uint32_t i = entry->key ? wats_slots_take(&store->slots) : WATS_SLOT_NONE;
  if (old != WATS_SLOT_NONE)
    drop(store, old, i != WATS_SLOT_NONE ? REPLACED : REMOVED);
  if (i == WATS_SLOT_NONE) return false;
  make_room(store, entry->weight, now);
  *wats_slot(&store->slots, i) = *entry;
  add(store, i);
  return true;
}

static void upkeep(struct wats_ttl_lru *store, int64_t now)
{
  unsigned looks = LOOKS_ASIDE, n = reap_doomed(store, REAPED_ASIDE);
  while (n < REAPED_ASIDE && expire_one(store, now, &looks))
    n++;
}

enum wats_errc wats_ttl_lru_put(struct wats_ttl_lru *store, const char *key,
                                size_t length, void *value, size_t bytes,
                                int64_t ttl_ns, unsigned group)
{
  struct wats_slot entry = {0};
  enum wats_errc code = WATS_OK;
  int64_t now;
  bool stored;
  if (group >= WATS_TTL_LRU_GROUPS) return WATS_ERR_ARGUMENT;
  /* No such key was ever stored. */
  if (length > WATS_SLOT_KEY_MAX) return WATS_ERR_TOO_LARGE;
  if (store->options.max_entries == 0 || bytes > store->options.max_bytes ||
      length > store->options.max_bytes - bytes)
    code = WATS_ERR_TOO_LARGE;
  else if (ttl_ns > 0) {
    entry.key = wats_malloc(length);
    if (!entry.key) code = WATS_ERR_MEMORY;
  }
  if (entry.key) {
    if (length) memcpy(entry.key, key, length);
    store->options.retain(value);
  }
  now = now_of(store);
  entry.value = value;
  entry.weight = length + bytes;
  entry.key_length = (uint32_t)length & WATS_SLOT_KEY_MAX;
  entry.hash = hash_of(store, key, length);
  entry.group = group & (WATS_TTL_LRU_GROUPS - 1);
  if (entry.key) entry.expires_ns = wats_time_add(now > 0 ? now : 0, ttl_ns);
  wats_mutex_lock(&store->mutex);
  stored = replace(store, key, &entry, now);
  upkeep(store, now);
  finish(store);
  if (stored || !entry.key) return code;
  store->options.release(value);
  wats_free(entry.key);
  return WATS_ERR_MEMORY;
}

/* --- dropping ------------------------------------------------------------ */

static bool remove_entry(struct wats_ttl_lru *store, const char *key,
                         size_t length, bool any, const void *value)
{
  uint32_t hash = hash_of(store, key, length), i;
  int64_t now = now_of(store);
  bool found;
  wats_mutex_lock(&store->mutex);
  i = find_live(store, hash, key, length, now);
  found = i != WATS_SLOT_NONE &&
          (any || wats_slot(&store->slots, i)->value == value);
  if (found) drop(store, i, REMOVED);
  reap_doomed(store, REAPED_ASIDE);
  finish(store);
  return found;
}

bool wats_ttl_lru_remove(struct wats_ttl_lru *store, const char *key,
                         size_t length)
{
  return remove_entry(store, key, length, true, NULL);
}

bool wats_ttl_lru_remove_if(struct wats_ttl_lru *store, const char *key,
                            size_t length, const void *value)
{
  return remove_entry(store, key, length, false, value);
}

/* With the mutex held. */
static size_t doom(struct wats_ttl_lru *store, unsigned number)
{
  struct group *group = &store->groups[number];
  size_t dropped = group->entries;
  wats_list_splice(&store->slots, WATS_BY_GROUP, WATS_HEAD_DOOMED,
                   WATS_HEAD_GROUPS + number);
  store->stats.removals += dropped;
  store->stats.entries -= dropped;
  store->stats.bytes -= group->bytes;
  group->entries = 0;
  group->bytes = 0;
  group->epoch++;
  return dropped;
}

size_t wats_ttl_lru_drop_group(struct wats_ttl_lru *store, unsigned group)
{
  size_t dropped;
  if (group >= WATS_TTL_LRU_GROUPS) return 0;
  wats_mutex_lock(&store->mutex);
  dropped = doom(store, group);
  reap_doomed(store, REAPED_ASIDE);
  finish(store);
  return dropped;
}

size_t wats_ttl_lru_clear(struct wats_ttl_lru *store)
{
  size_t dropped = 0;
  unsigned group;
  wats_mutex_lock(&store->mutex);
  for (group = 0; group < WATS_TTL_LRU_GROUPS; group++)
    dropped += doom(store, group);
  while (reap_doomed(store, PORTION)) {
    finish(store);
    wats_mutex_lock(&store->mutex);
  }
  finish(store);
  return dropped;
}

/*
** Drops all that is over, a portion at a time, and returns with the mutex held
** and nothing left that is over; finish follows.
*/
static size_t expire_all(struct wats_ttl_lru *store)
{
  int64_t now = now_of(store);
  size_t dropped = 0;
  wats_mutex_lock(&store->mutex);
  for (;;) {
    uint64_t before = store->stats.expirations;
    unsigned looks = LOOKS_TO_EVICT, n = 0;
    while (n < PORTION && expire_one(store, now, &looks))
      n++;
    dropped += (size_t)(store->stats.expirations - before);
    if (n < PORTION && looks > 0) return dropped;
    finish(store);
    wats_mutex_lock(&store->mutex);
  }
}

size_t wats_ttl_lru_cleanup(struct wats_ttl_lru *store)
{
  size_t dropped = expire_all(store);
  finish(store);
  return dropped;
}

/* --- for people ---------------------------------------------------------- */

void wats_ttl_lru_stats(struct wats_ttl_lru *store,
                        struct wats_ttl_lru_stats *out)
{
  expire_all(store);
  *out = store->stats;
  finish(store);
}

/* What `keys` copies under the mutex: in one block, so that it is quick. */
struct copy {
  size_t room, entries; /* what there is memory for */
  char *text;
  size_t *lengths;
};

/* With the mutex held: false when there is more than there was room for. */
static bool copy_keys(struct wats_ttl_lru *store, struct copy *copy,
                      size_t *count)
{
  size_t at = 0, n = 0;
  uint32_t i;
  if (store->key_bytes > copy->room || store->held_entries > copy->entries)
    return false;
  for (i = wats_list_first(&store->slots, WATS_HEAD_USE); i != WATS_SLOT_NONE;
       i = wats_list_next(&store->slots, WATS_BY_USE, i)) {
    const struct wats_slot *slot = wats_slot(&store->slots, i);
    if (is_doomed(store, slot)) continue;
    if (slot->key_length) memcpy(copy->text + at, slot->key, slot->key_length);
    at += copy->lengths[n++] = slot->key_length;
  }
  *count = n;
  return true;
}

static bool allocate_copy(struct wats_ttl_lru *store, struct copy *copy)
{
  wats_free(copy->text);
  wats_free(copy->lengths);
  wats_mutex_lock(&store->mutex);
  copy->room = store->key_bytes + store->key_bytes / 8;
  copy->entries = store->held_entries + store->held_entries / 8;
  wats_mutex_unlock(&store->mutex);
  copy->text = wats_malloc(copy->room);
  copy->lengths = wats_calloc(copy->entries, sizeof *copy->lengths);
  return copy->text && copy->lengths;
}

static struct wats_ttl_lru_key *split_copy(const struct copy *copy, size_t n)
{
  struct wats_ttl_lru_key *keys = wats_calloc(n, sizeof *keys);
  size_t at = 0, i;
  if (!keys) return NULL;
  for (i = 0; i < n; at += copy->lengths[i], i++) {
    keys[i].length = copy->lengths[i];
    keys[i].text = wats_strndup(copy->text + at, copy->lengths[i]);
    if (!keys[i].text) {
      while (i)
        wats_free(keys[--i].text);
      wats_free(keys);
      return NULL;
    }
  }
  return keys;
}

enum wats_errc wats_ttl_lru_keys(struct wats_ttl_lru *store,
                                 struct wats_ttl_lru_key **keys, size_t *count)
{
  struct copy copy = {0};
  struct wats_ttl_lru_key *list = NULL;
  bool copied = false;
  size_t n = 0;
  while (!copied && allocate_copy(store, &copy)) {
    expire_all(store);
    copied = copy_keys(store, &copy, &n);
    finish(store);
  }
  if (copied) list = split_copy(&copy, n);
  wats_free(copy.lengths);
  wats_free(copy.text);
  if (!list) return WATS_ERR_MEMORY;
  *keys = list;
  *count = n;
  return WATS_OK;
}
