/*
** ttl_limbo.h - where values wait that were dropped while somebody may be
** about to retain them. Private to ttl_lru.
**
** A get finds a value under the store's mutex, but retains it only when the
** mutex is free again. Between the two it is in a `window`, and what is dropped
** meanwhile stays in limbo until it has left. There are two windows and a limbo
** to each, used by turns: while new gets enter the one, the other can only
** drain, so that limbo is emptied however many gets follow each other.
**
** All but `leave` is called with the store's mutex held.
*/
#ifndef WATS_TTL_LIMBO_H
#define WATS_TTL_LIMBO_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ttl_slots.h"

#define WATS_LIMBO_PORTION 32

struct wats_window {
  uint64_t entered;
  _Atomic uint64_t left;
  uint32_t limbo; /* first slot; linked by `chain` */
};

struct wats_limbo {
  struct wats_window windows[2];
  unsigned phase;     /* the window that is entered now */
  _Atomic bool waits; /* who leaves a window must see to it */
};

/* What has left limbo: nobody else can reach it any more. */
struct wats_portion {
  void *values[WATS_LIMBO_PORTION];
  char *keys[WATS_LIMBO_PORTION];
  unsigned count;
};

void wats_limbo_init(struct wats_limbo *limbo);
/* The slot was taken out of table and lists. */
void wats_limbo_put(struct wats_limbo *limbo, struct wats_slots *slots,
                    uint32_t i);
/* Takes out what can be, a full portion at most; slots are free again. */
void wats_limbo_take(struct wats_limbo *limbo, struct wats_slots *slots,
                     struct wats_portion *portion);

/* A value was found that is not in limbo, and will be retained. */
struct wats_window *wats_limbo_enter(struct wats_limbo *limbo);
/* It was retained. True: values wait for `take`. */
bool wats_limbo_leave(struct wats_limbo *limbo, struct wats_window *window);

#endif
