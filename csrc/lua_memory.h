/*
** lua_memory.h - how much memory each Lua state of the process uses, in the
** default registry: wats_lua_memory_bytes{state="1"}, "2", ...
**
** A state cannot be asked by another thread, so it tells by itself: at a
** request that went to the server, at each turn of its tasks, and when it reads
** out a registry. A state that has ended is shown no longer, and the next one
** has its number.
*/
#ifndef WATS_LUA_MEMORY_H
#define WATS_LUA_MEMORY_H

#include <lua.h>

/* Tells how it is now. Raises nothing. */
void wats_lua_note_memory(lua_State *L);

#endif
