/*
** ttl_limbo.c - see ttl_limbo.h.
*/
#include "ttl_limbo.h"

void wats_limbo_init(struct wats_limbo *limbo)
{
  int i;
  for (i = 0; i < 2; i++) {
    limbo->windows[i].entered = 0;
    limbo->windows[i].limbo = WATS_SLOT_NONE;
    atomic_init(&limbo->windows[i].left, 0);
  }
  limbo->phase = 0;
  atomic_init(&limbo->waits, false);
}

void wats_limbo_put(struct wats_limbo *limbo, struct wats_slots *slots,
                    uint32_t i)
{
  struct wats_window *window = &limbo->windows[limbo->phase];
  wats_slot(slots, i)->chain = window->limbo;
  window->limbo = i;
}

static bool is_drained(struct wats_window *window)
{
  return window->entered == atomic_load(&window->left);
}

static void take(struct wats_slots *slots, struct wats_window *window,
                 struct wats_portion *portion)
{
  while (window->limbo != WATS_SLOT_NONE &&
         portion->count < WATS_LIMBO_PORTION) {
    uint32_t i = window->limbo;
    struct wats_slot *slot = wats_slot(slots, i);
    window->limbo = slot->chain;
    portion->values[portion->count] = slot->value;
    portion->keys[portion->count++] = slot->key;
    wats_slots_give(slots, i);
  }
}

/*
** What was dropped in this phase may be known to gets in either window; what
** was dropped in the phase before, only to those in that window: the other one
** was drained when the phase began to end.
*/
static void take_what_is_free(struct wats_limbo *limbo,
                              struct wats_slots *slots,
                              struct wats_portion *portion)
{
  struct wats_window *now = &limbo->windows[limbo->phase];
  struct wats_window *before = &limbo->windows[!limbo->phase];
  if (!is_drained(before)) return;
  take(slots, before, portion);
  if (before->limbo != WATS_SLOT_NONE) return;
  if (is_drained(now))
    take(slots, now, portion);
  else if (now->limbo != WATS_SLOT_NONE)
    limbo->phase = !limbo->phase;
}

static bool is_empty(const struct wats_limbo *limbo)
{
  return limbo->windows[0].limbo == WATS_SLOT_NONE &&
         limbo->windows[1].limbo == WATS_SLOT_NONE;
}

/* The mark is set before the windows are looked at, and a get leaves its window
** before it looks at the mark: one of them sees what the other did. */
void wats_limbo_take(struct wats_limbo *limbo, struct wats_slots *slots,
                     struct wats_portion *portion)
{
  portion->count = 0;
  if (is_empty(limbo)) return;
  atomic_store(&limbo->waits, true);
  take_what_is_free(limbo, slots, portion);
  if (is_empty(limbo)) atomic_store(&limbo->waits, false);
}

struct wats_window *wats_limbo_enter(struct wats_limbo *limbo)
{
  struct wats_window *window = &limbo->windows[limbo->phase];
  window->entered++;
  return window;
}

bool wats_limbo_leave(struct wats_limbo *limbo, struct wats_window *window)
{
  atomic_fetch_add(&window->left, 1);
  return atomic_load(&limbo->waits);
}
