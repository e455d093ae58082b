/*
** lua_interrupt.c - see lua_interrupt.h.
*/
#include "lua_interrupt.h"

#include <lauxlib.h>

void wats_lua_interrupt_watch(lua_State *L, struct wats_lua_interrupt *watch)
{
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  watch->main = lua_tothread(L, -1);
  lua_pop(L, 1); /* the registry keeps it */
  watch->before = lua_gethook(watch->main);
  watch->pulse = wats_lua_beat(L);
}

bool wats_lua_interrupted(void *context)
{
  const struct wats_lua_interrupt *watch = context;
  lua_Hook hook = lua_gethook(watch->main);
  if (watch->pulse) wats_lua_beat_on(watch->pulse);
  return hook && hook != watch->before;
}

void wats_lua_interrupt_now(lua_State *L,
                            const struct wats_lua_interrupt *watch)
{
  if (L != watch->main)
    lua_sethook(L, lua_gethook(watch->main), lua_gethookmask(watch->main),
                lua_gethookcount(watch->main));
  if (luaL_loadstring(L, "return") == LUA_OK)
    lua_call(L, 0, 0);
  else
    lua_pop(L, 1);
}

/* Whether it is Ctrl-C's or a debugger's cannot be told, so it gets a call and
** leaves no trace here. */
static void catch_up(lua_State *L, const struct wats_lua_interrupt *watch)
{
  lua_Hook own = lua_gethook(L);
  int mask = lua_gethookmask(L), count = lua_gethookcount(L);
  if (L == watch->main || !watch->before || watch->before == own) return;
  wats_lua_interrupt_now(L, watch);
  lua_sethook(L, own, mask, count);
}

void wats_lua_interrupt_begin(lua_State *L, struct wats_lua_interrupt *watch)
{
  wats_lua_interrupt_watch(L, watch);
  catch_up(L, watch);
}
