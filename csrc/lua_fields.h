/*
** lua_fields.h - members of the table of options at index 1, which wats.options
** has checked: a wrong type here is a mistake of ours.
*/
#ifndef WATS_LUA_FIELDS_H
#define WATS_LUA_FIELDS_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

/* NULL when it is not there. The table keeps the text. */
static inline const char *wats_lua_text_field(lua_State *L, const char *name)
{
  const char *text;
  lua_getfield(L, 1, name);
  text = luaL_optstring(L, -1, NULL);
  lua_pop(L, 1);
  return text;
}

/* false when it is not there. */
static inline bool wats_lua_flag_field(lua_State *L, const char *name)
{
  bool flag;
  lua_getfield(L, 1, name);
  flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

#endif
