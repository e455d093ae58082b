/*
** ttl_slots.c - see ttl_slots.h.
*/
#include "ttl_slots.h"

#include <string.h>

#include "alloc.h"

#define FIRST_BUCKETS 64u
#define MOST_BUCKETS  (UINT32_C(1) << 31)
/* Chains moved with each insertion. Two would do to be ready in time. */
#define MOVED_AT_ONCE 4

/* --- slots --------------------------------------------------------------- */

bool wats_slots_init(struct wats_slots *s)
{
  uint32_t i;
  memset(s, 0, sizeof *s);
  s->buckets = wats_calloc(FIRST_BUCKETS, sizeof *s->buckets);
  if (!s->buckets) return false;
  s->mask = FIRST_BUCKETS - 1;
  s->used = 1; /* number 0 is none */
  for (i = 0; i < WATS_HEADS; i++)
    s->heads[i].previous = s->heads[i].next = WATS_HEAD + i;
  return true;
}

void wats_slots_free(struct wats_slots *s)
{
  while (s->chunk_count)
    wats_free(s->chunks[--s->chunk_count]);
  wats_free(s->chunks);
  wats_free(s->old);
  wats_free(s->buckets);
}

static bool add_chunk(struct wats_slots *s)
{
  if (s->chunk_count == WATS_HEAD / WATS_SLOTS_A_CHUNK) return false;
  if (s->chunk_count == s->chunk_room) {
    uint32_t room = s->chunk_room ? 2 * s->chunk_room : 4;
    struct wats_slot **chunks = wats_realloc(s->chunks, room * sizeof *chunks);
    if (!chunks) return false;
    s->chunks = chunks;
    s->chunk_room = room;
  }
  s->chunks[s->chunk_count] =
      wats_malloc(WATS_SLOTS_A_CHUNK * sizeof(struct wats_slot));
  if (!s->chunks[s->chunk_count]) return false;
  s->chunk_count++;
  return true;
}

uint32_t wats_slots_take(struct wats_slots *s)
{
  uint32_t i = s->free;
  if (i != WATS_SLOT_NONE) {
    s->free = wats_slot(s, i)->chain;
    return i;
  }
  if (s->used / WATS_SLOTS_A_CHUNK == s->chunk_count && !add_chunk(s))
    return WATS_SLOT_NONE;
  return s->used++;
}

void wats_slots_give(struct wats_slots *s, uint32_t i)
{
  wats_slot(s, i)->chain = s->free;
  s->free = i;
}

/* --- table --------------------------------------------------------------- */

/* While chains move, each hash has its one bucket, in the one table or the
** other. */
static uint32_t *bucket_of(const struct wats_slots *s, uint32_t hash)
{
  if (s->old && (hash & s->old_mask) >= s->moved)
    return &s->old[hash & s->old_mask];
  return &s->buckets[hash & s->mask];
}

/* When memory is short the table stays as it is: chains get longer. */
static void grow(struct wats_slots *s)
{
  uint32_t size = s->mask + 1;
  uint32_t *buckets;
  if (s->old || s->count < size || size == MOST_BUCKETS) return;
  buckets = wats_calloc((size_t)size * 2, sizeof *buckets);
  if (!buckets) return;
  s->old = s->buckets;
  s->old_mask = s->mask;
  s->moved = 0;
  s->buckets = buckets;
  s->mask = size * 2 - 1;
}

static void move_chains(struct wats_slots *s)
{
  int n;
  for (n = 0; s->old && n < MOVED_AT_ONCE; n++) {
    uint32_t i = s->old[s->moved++];
    while (i != WATS_SLOT_NONE) {
      struct wats_slot *slot = wats_slot(s, i);
      uint32_t *bucket = &s->buckets[slot->hash & s->mask];
      uint32_t next = slot->chain;
      slot->chain = *bucket;
      *bucket = i;
      i = next;
    }
    if (s->moved > s->old_mask) {
      wats_free(s->old);
      s->old = NULL;
    }
  }
}

uint32_t wats_slots_find(const struct wats_slots *s, uint32_t hash,
                         const char *key, size_t length)
{
  uint32_t i = *bucket_of(s, hash);
  while (i != WATS_SLOT_NONE) {
    const struct wats_slot *slot = wats_slot(s, i);
    if (slot->hash == hash && slot->key_length == length &&
        (length == 0 || memcmp(slot->key, key, length) == 0))
      return i;
    i = slot->chain;
  }
  return WATS_SLOT_NONE;
}

void wats_slots_insert(struct wats_slots *s, uint32_t i)
{
  struct wats_slot *slot = wats_slot(s, i);
  uint32_t *bucket;
  grow(s);
  move_chains(s);
  bucket = bucket_of(s, slot->hash);
  slot->chain = *bucket;
  *bucket = i;
  s->count++;
}

void wats_slots_erase(struct wats_slots *s, uint32_t i)
{
  uint32_t *at = bucket_of(s, wats_slot(s, i)->hash);
  while (*at != i)
    at = &wats_slot(s, *at)->chain;
  *at = wats_slot(s, i)->chain;
  s->count--;
}

/* --- lists --------------------------------------------------------------- */

static void put_between(struct wats_slots *s, enum wats_list_kind kind,
                        uint32_t i, uint32_t previous, uint32_t next)
{
  struct wats_link *link = wats_slots_link(s, kind, i);
  link->previous = previous;
  link->next = next;
  wats_slots_link(s, kind, previous)->next = i;
  wats_slots_link(s, kind, next)->previous = i;
}

void wats_list_push_first(struct wats_slots *s, enum wats_list_kind kind,
                          uint32_t head, uint32_t i)
{
  put_between(s, kind, i, head, s->heads[head & ~WATS_HEAD].next);
}

void wats_list_push_last(struct wats_slots *s, enum wats_list_kind kind,
                         uint32_t head, uint32_t i)
{
  put_between(s, kind, i, s->heads[head & ~WATS_HEAD].previous, head);
}

uint32_t wats_list_remove(struct wats_slots *s, enum wats_list_kind kind,
                          uint32_t i)
{
  struct wats_link link = *wats_slots_link(s, kind, i);
  wats_slots_link(s, kind, link.previous)->next = link.next;
  wats_slots_link(s, kind, link.next)->previous = link.previous;
  return link.previous == link.next && link.next & WATS_HEAD ? link.next
                                                             : WATS_SLOT_NONE;
}

void wats_list_splice(struct wats_slots *s, enum wats_list_kind kind,
                      uint32_t to, uint32_t from)
{
  struct wats_link *source = &s->heads[from & ~WATS_HEAD];
  struct wats_link *target = &s->heads[to & ~WATS_HEAD];
  if (source->next == from) return;
  wats_slots_link(s, kind, target->previous)->next = source->next;
  wats_slots_link(s, kind, source->next)->previous = target->previous;
  wats_slots_link(s, kind, source->previous)->next = to;
  target->previous = source->previous;
  source->previous = source->next = from;
}
