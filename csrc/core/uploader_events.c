/*
** uploader_events.c - what has happened, for members who want to hear of it;
** see uploader.h. A ring for each: the thread writes with the uploader's lock,
** its member reads with it, unless one load says that there is nothing.
*/
#include "uploader_state.h"

#ifndef WATS_WITHOUT_QUEUE

#include <string.h>

#include "alloc.h"

enum wats_errc wats_uploader_subscribe(struct wats_uploader_member *member,
                                       struct wats_error *error)
{
  struct wats_uploader_ring *ring;
  if (atomic_load_explicit(&member->ring, memory_order_relaxed)) return WATS_OK;
  ring = wats_calloc(1, sizeof *ring);
  if (!ring) return wats_fail_memory(error);
  wats_mutex_lock(&member->uploader->lock);
  atomic_store_explicit(&member->ring, ring, memory_order_release);
  wats_mutex_unlock(&member->uploader->lock);
  return WATS_OK;
}

static void put(struct wats_uploader_ring *ring,
                const struct wats_uploader_event *event)
{
  size_t n = atomic_load_explicit(&ring->waiting, memory_order_relaxed);
  ring->events[(ring->first + n) % WATS_UPLOADER_EVENTS] = *event;
  if (n < WATS_UPLOADER_EVENTS)
    atomic_store_explicit(&ring->waiting, n + 1, memory_order_release);
  else {
    ring->first = (ring->first + 1) % WATS_UPLOADER_EVENTS;
    ring->lost++;
  }
}

void wats_uploader_tell(struct wats_uploader *u,
                        const struct wats_uploader_event *event)
{
  struct wats_uploader_member *m;
  for (m = u->members; m; m = m->next) {
    struct wats_uploader_ring *ring =
        atomic_load_explicit(&m->ring, memory_order_relaxed);
    if (ring) put(ring, event);
  }
}

static void take(struct wats_uploader_ring *ring,
                 struct wats_uploader_event *out)
{
  size_t n = atomic_load_explicit(&ring->waiting, memory_order_relaxed);
  if (ring->lost) { /* they would have come before the oldest that is there */
    const struct wats_uploader_event lost = {
        .kind = WATS_UPLOADER_LOST,
        .count = ring->lost,
        .wall_ns = wats_clock_wall(&wats_system_clock)};
    *out = lost;
    ring->lost = 0;
    return;
  }
  *out = ring->events[ring->first];
  ring->first = (ring->first + 1) % WATS_UPLOADER_EVENTS;
  atomic_store_explicit(&ring->waiting, n - 1, memory_order_relaxed);
}

bool wats_uploader_next_event(struct wats_uploader_member *member,
                              struct wats_uploader_event *out)
{
  struct wats_uploader_ring *ring =
      atomic_load_explicit(&member->ring, memory_order_relaxed);
  if (!ring || !atomic_load_explicit(&ring->waiting, memory_order_acquire))
    return false;
  wats_mutex_lock(&member->uploader->lock);
  take(ring, out);
  wats_mutex_unlock(&member->uploader->lock);
  return true;
}

#endif
