/*
** ttl_wheel.c - see ttl_wheel.h.
*/
#include "ttl_wheel.h"

#include <string.h>

#define DIGIT 6 /* bits */

static uint64_t at_least_0(int64_t ns)
{
  return ns > 0 ? (uint64_t)ns : 0;
}

void wats_wheel_init(struct wats_wheel *w, int64_t now_ns)
{
  memset(w, 0, sizeof *w);
  w->base_ns = at_least_0(now_ns);
}

void wats_wheel_add(struct wats_wheel *w, struct wats_slots *s, uint32_t i)
{
  uint64_t end = at_least_0(wats_slot(s, i)->expires_ns), differs;
  unsigned level, place;
  /* Over by the time of another thread, who read the clock a little later. */
  if (end < w->base_ns) end = w->base_ns;
  differs = end ^ w->base_ns;
  level = differs ? (63u - (unsigned)__builtin_clzll(differs)) / DIGIT : 0;
  place = (unsigned)(end >> (DIGIT * level)) % WATS_WHEEL_PLACES;
  wats_list_push_last(s, WATS_BY_TIME,
                      WATS_HEAD_WHEEL + level * WATS_WHEEL_PLACES + place, i);
  w->marks[level] |= UINT64_C(1) << place;
  w->levels |= 1u << level;
}

void wats_wheel_remove(struct wats_wheel *w, struct wats_slots *s, uint32_t i)
{
  uint32_t emptied = wats_list_remove(s, WATS_BY_TIME, i), number;
  if (emptied == WATS_SLOT_NONE) return;
  number = emptied - WATS_HEAD_WHEEL;
  w->marks[number / WATS_WHEEL_PLACES] &=
      ~(UINT64_C(1) << number % WATS_WHEEL_PLACES);
  if (!w->marks[number / WATS_WHEEL_PLACES])
    w->levels &= ~(1u << number / WATS_WHEEL_PLACES);
}

/* A place that is not empty, and the time that it covers. */
struct place {
  uint32_t head;
  uint64_t first_ns, last_ns;
};

/*
** The earliest one, which lies on the lowest level that is not empty: what is
** there shares all higher digits with the wheel's time, what lies above is
** greater in one of them.
*/
static bool earliest_place(const struct wats_wheel *w, struct place *out)
{
  unsigned level, place, shift;
  uint64_t span;
  if (!w->levels) return false;
  level = (unsigned)__builtin_ctz(w->levels);
  place = (unsigned)__builtin_ctzll(w->marks[level]);
  shift = DIGIT * level;
  span = (UINT64_C(1) << shift) - 1;
  out->head = WATS_HEAD_WHEEL + level * WATS_WHEEL_PLACES + place;
  out->first_ns = w->base_ns >> shift;
  out->first_ns -= out->first_ns % WATS_WHEEL_PLACES;
  out->first_ns = (out->first_ns + place) << shift;
  out->last_ns = out->first_ns + span;
  return true;
}

uint32_t wats_wheel_due(struct wats_wheel *w, struct wats_slots *s,
                        int64_t now_ns, unsigned *looks)
{
  uint64_t now = at_least_0(now_ns);
  struct place place;
  for (;;) {
    uint32_t i = w->spreading ? wats_list_first(s, w->spreading) : 0;
    if (i != WATS_SLOT_NONE) {
      if (wats_slot(s, i)->expires_ns <= now_ns) return i;
      if (*looks) {
        --*looks;
        wats_wheel_remove(w, s, i);
        wats_wheel_add(w, s, i);
        continue;
      }
    }
    if (!earliest_place(w, &place) || place.first_ns > now)
      return WATS_SLOT_NONE;
    if (place.last_ns <= now) return wats_list_first(s, place.head);
    if (!*looks) return WATS_SLOT_NONE;
    w->base_ns = place.first_ns;
    w->spreading = place.head;
  }
}
