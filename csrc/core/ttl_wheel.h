/*
** ttl_wheel.h - which entries' time is over? Private to ttl_lru.
**
** A hierarchical timing wheel with a resolution of 1 ns: 11 levels of 64
** places, each place a list of slots. An entry lies on the level of the
** highest digit (base 64) in which its end differs from the wheel's own time,
** and moves down as that time comes near: at most ten times in its life, so
** add, remove and due are O(1), and nothing is ever compared or sorted.
** Places that time has passed need no look at what they hold; the one in which
** time stands now is spread over the level below, a bounded number of entries
** with each call.
*/
#ifndef WATS_TTL_WHEEL_H
#define WATS_TTL_WHEEL_H

#include <stdint.h>

#include "ttl_slots.h"

struct wats_wheel {
  uint64_t base_ns;                  /* all before it was looked at */
  uint64_t marks[WATS_WHEEL_LEVELS]; /* bit d: place d is not empty */
  uint32_t levels;                   /* bit l: marks[l] is not 0 */
  uint32_t spreading; /* head of the place that moves down; its list may be
                         empty. WATS_SLOT_NONE: no such place yet */
};

void wats_wheel_init(struct wats_wheel *w, int64_t now_ns);
/* By the slot's expires_ns. */
void wats_wheel_add(struct wats_wheel *w, struct wats_slots *s, uint32_t i);
void wats_wheel_remove(struct wats_wheel *w, struct wats_slots *s, uint32_t i);
/*
** A slot whose expires_ns is not after `now_ns`, or WATS_SLOT_NONE. Spreads at
** most `*looks` entries, and counts them off: NONE with 0 left means that
** there may be one all the same; ask again.
*/
uint32_t wats_wheel_due(struct wats_wheel *w, struct wats_slots *s,
                        int64_t now_ns, unsigned *looks);

#endif
