/*
** ttl_slots.h - where ttl_lru keeps its entries: slots, lists and the table of
** keys. Private to ttl_lru, under whose mutex all of it lies.
**
** Slots are numbered and lie in chunks that never move, so that links are 32
** bits wide: a slot is 72 bytes, the table adds 4 to 8 for each entry. Memory
** of slots is reused, and given back by `free` only.
** Lists are circular, with heads that are numbered beside the slots: taking an
** entry out of whatever list it is in needs no more than its number.
** The table doubles when it is full, and moves to the larger one a few chains
** with each insertion: no operation waits for all entries to be moved.
*/
#ifndef WATS_TTL_SLOTS_H
#define WATS_TTL_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATS_SLOT_NONE     0u
#define WATS_SLOT_KEY_MAX  ((UINT32_C(1) << 26) - 1)
#define WATS_SLOTS_A_CHUNK 256u
#define WATS_HEAD          UINT32_C(0x80000000) /* the number of a list's head */
#define WATS_WHEEL_LEVELS  11
#define WATS_WHEEL_PLACES  64

/* Numbers of the heads. */
#define WATS_HEAD_USE    (WATS_HEAD + 0u) /* first = used last */
#define WATS_HEAD_DOOMED (WATS_HEAD + 1u) /* dropped groups' entries */
#define WATS_HEAD_GROUPS (WATS_HEAD + 2u)
#define WATS_HEAD_WHEEL  (WATS_HEAD_GROUPS + 64u)
#define WATS_HEADS                                                             \
  (WATS_HEAD_WHEEL - WATS_HEAD + WATS_WHEEL_LEVELS * WATS_WHEEL_PLACES)

/* Each entry is in one list of each kind. */
enum wats_list_kind {
  WATS_BY_USE,
  WATS_BY_GROUP,
  WATS_BY_TIME,
  WATS_LIST_KINDS
};

struct wats_link {
  uint32_t previous, next;
};

struct wats_slot {
  struct wats_link links[WATS_LIST_KINDS];
  uint32_t chain; /* next of the same bucket, or in the list of free slots */
  uint32_t hash;
  int64_t expires_ns;
  void *value;
  char *key; /* wats_free; no NUL */
  size_t weight;
  uint32_t key_length : 26;
  uint32_t group : 6;
  uint32_t epoch; /* of the group, when the entry came */
};

struct wats_slots {
  struct wats_slot **chunks;
  uint32_t chunk_count, chunk_room;
  uint32_t used;  /* slots below were handed out at some time */
  uint32_t free;  /* first of those that came back */
  uint32_t count; /* in the table */
  uint32_t *buckets, mask;
  uint32_t *old, old_mask; /* while its chains move: those below `moved` did */
  uint32_t moved;
  struct wats_link heads[WATS_HEADS];
};

/* False when memory is short. */
bool wats_slots_init(struct wats_slots *s);
/* Of the slots' own; keys and values are the caller's. */
void wats_slots_free(struct wats_slots *s);

static inline struct wats_slot *wats_slot(const struct wats_slots *s,
                                          uint32_t i)
{
  return &s->chunks[i / WATS_SLOTS_A_CHUNK][i % WATS_SLOTS_A_CHUNK];
}

/* WATS_SLOT_NONE when memory is short. */
uint32_t wats_slots_take(struct wats_slots *s);
void wats_slots_give(struct wats_slots *s, uint32_t i);

/* The table of keys: the slot's key, key_length and hash are set. */
uint32_t wats_slots_find(const struct wats_slots *s, uint32_t hash,
                         const char *key, size_t length);
void wats_slots_insert(struct wats_slots *s, uint32_t i);
void wats_slots_erase(struct wats_slots *s, uint32_t i);

static inline struct wats_link *
wats_slots_link(struct wats_slots *s, enum wats_list_kind kind, uint32_t i)
{
  return i & WATS_HEAD ? &s->heads[i & ~WATS_HEAD]
                       : &wats_slot(s, i)->links[kind];
}

/* First and last of a list, or WATS_SLOT_NONE. */
static inline uint32_t wats_list_first(const struct wats_slots *s,
                                       uint32_t head)
{
  uint32_t i = s->heads[head & ~WATS_HEAD].next;
  return i & WATS_HEAD ? WATS_SLOT_NONE : i;
}

static inline uint32_t wats_list_last(const struct wats_slots *s, uint32_t head)
{
  uint32_t i = s->heads[head & ~WATS_HEAD].previous;
  return i & WATS_HEAD ? WATS_SLOT_NONE : i;
}

static inline uint32_t wats_list_next(const struct wats_slots *s,
                                      enum wats_list_kind kind, uint32_t i)
{
  uint32_t next = wats_slot(s, i)->links[kind].next;
  return next & WATS_HEAD ? WATS_SLOT_NONE : next;
}

void wats_list_push_first(struct wats_slots *s, enum wats_list_kind kind,
                          uint32_t head, uint32_t i);
void wats_list_push_last(struct wats_slots *s, enum wats_list_kind kind,
                         uint32_t head, uint32_t i);
/* Returns the head of the list if that is empty now, else WATS_SLOT_NONE. */
uint32_t wats_list_remove(struct wats_slots *s, enum wats_list_kind kind,
                          uint32_t i);
/* Puts all of `from` behind what `to` has; `from` is empty afterwards. O(1). */
void wats_list_splice(struct wats_slots *s, enum wats_list_kind kind,
                      uint32_t to, uint32_t from);

#endif
