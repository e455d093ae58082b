/*
** lua_health.h - heartbeats that beat by themselves, for those parts of the
** binding in which a Lua state spends its time.
**
** A slot with auto_beat beats whenever its state begins a request, wherever it
** waits in this library (at least each tenth of a second), and at each turn of
** the scheduler. A state without one pays for one load.
*/
#ifndef WATS_LUA_HEALTH_H
#define WATS_LUA_HEALTH_H

#include <lua.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/health.h"

/* The slots of one state that beat by themselves. Lives as long as the state.
 */
struct wats_lua_pulse;

extern _Atomic unsigned wats_lua_pulses; /* such slots, of all states */

struct wats_lua_pulse *wats_lua_find_pulse(lua_State *L);
void wats_lua_beat_on(const struct wats_lua_pulse *pulse);

/* Beats; returns what will beat again without a look at the state, or NULL.
** Raises nothing; needs a slot of the stack. */
static inline struct wats_lua_pulse *wats_lua_beat(lua_State *L)
{
  struct wats_lua_pulse *pulse;
  if (!atomic_load_explicit(&wats_lua_pulses, memory_order_relaxed))
    return NULL;
  pulse = wats_lua_find_pulse(L);
  if (pulse) wats_lua_beat_on(pulse);
  return pulse;
}

/*
** Fills `out` from the queue at `index` and returns true, or false when it is
** none (or closed). The source holds a reference of its own.
*/
bool wats_lua_queue_source(lua_State *L, int index,
                           struct wats_health_source *out);

#endif
