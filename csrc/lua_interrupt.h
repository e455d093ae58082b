/*
** lua_interrupt.h - Ctrl-C while a C function blocks.
**
** On a signal the interpreter sets a debug hook on the main thread, which
** raises
** as soon as Lua code runs there; while we block none does. So who blocks looks
** from time to time whether that hook has changed (wats_lua_interrupted), stops
** what he does, and lets it act (wats_lua_interrupt_now). A hook that was there
** before, such as a debugger's, is none of our business.
**
** Who waits so is not hung: he comes out by a deadline. So this is also where
** the state's heartbeats beat that do so by themselves (lua_health.h).
*/
#ifndef WATS_LUA_INTERRUPT_H
#define WATS_LUA_INTERRUPT_H

#include <lua.h>
#include <stdbool.h>

#include "lua_health.h"

struct wats_lua_interrupt {
  lua_State *main;
  lua_Hook before;
  struct wats_lua_pulse *pulse; /* NULL: no heartbeat beats by itself */
};

/*
** Before blocking. A signal may have come while Lua code ran in this coroutine:
** the main thread has the hook, and runs no code until we return. So a hook
** that
** is there already is let act: this may raise.
*/
void wats_lua_interrupt_begin(lua_State *L, struct wats_lua_interrupt *watch);
/* The same without that. */
void wats_lua_interrupt_watch(lua_State *L, struct wats_lua_interrupt *watch);
/* Has the main thread's hook changed since? Raises nothing; the argument is a
** struct wats_lua_interrupt. */
bool wats_lua_interrupted(void *watch);
/* Lets the hook act in this thread, coroutines too: it usually raises. */
void wats_lua_interrupt_now(lua_State *L,
                            const struct wats_lua_interrupt *watch);

#endif
