/*
** lua_error.c - see lua_error.h.
*/
#include "lua_error.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua_parts.h"

#define LIBRARY_KEY "wats.library"

/* Worth another try later, without anything being changed first? */
static bool is_retryable(enum wats_errc code)
{
  switch (code) {
  case WATS_ERR_CONNECTION:
  case WATS_ERR_TIMEOUT:
  case WATS_ERR_CIRCUIT_OPEN:
  case WATS_ERR_RATE_LIMITED:
  case WATS_ERR_QUEUE_FULL:
    return true;
  default:
    return false;
  }
}

void wats_push_error(lua_State *L, const struct wats_error *error)
{
  if (error->code == WATS_ERR_MEMORY || error->code == WATS_ERR_ARGUMENT)
    wats_lua_raise(L, "%s", error->message);
  lua_createtable(L, 0, 6);
  lua_pushstring(L, wats_errc_name(error->code));
  lua_setfield(L, -2, "kind");
  lua_pushstring(L, error->message);
  lua_setfield(L, -2, "message");
  lua_pushboolean(L, is_retryable(error->code));
  lua_setfield(L, -2, "retryable");
  luaL_setmetatable(L, WATS_LUA_ERROR_METATABLE);
}

/* Chunks of this library are named "@<directory of wats/init.lua>...". */
static bool is_ours(lua_State *L, const lua_Debug *frame)
{
  size_t length;
  const char *library;
  bool ours;
  if (*frame->what == 'C') return true;
  if (lua_getfield(L, LUA_REGISTRYINDEX, LIBRARY_KEY) != LUA_TSTRING) {
    lua_pop(L, 1);
    return false;
  }
  library = lua_tolstring(L, -1, &length);
  ours = strncmp(frame->source, library, length) == 0;
  lua_pop(L, 1);
  return ours;
}

/* Pushes "file:line: " of the first frame outside the library, or "". */
static void push_where(lua_State *L)
{
  lua_Debug frame;
  int level;
  for (level = 0; lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "Sl", &frame);
    if (is_ours(L, &frame) || frame.currentline <= 0) continue;
    lua_pushfstring(L, "%s:%d: ", frame.short_src, frame.currentline);
    return;
  }
  lua_pushliteral(L, "");
}

void wats_lua_raise(lua_State *L, const char *format, ...)
{
  char message[512];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  luaL_checkstack(L, 6, NULL);
  push_where(L);
  lua_pushstring(L, message);
  lua_concat(L, 2);
  lua_error(L);
  abort(); /* lua_error never returns, but is not declared so */
}

void wats_lua_raise_unknown(lua_State *L, const char *what, const char *name,
                            int known)
{
  luaL_checkstack(L, 8, NULL);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  if (lua_getfield(L, -1, "wats.options") == LUA_TTABLE &&
      lua_getfield(L, -1, "suggest") == LUA_TFUNCTION) {
    lua_pushstring(L, name);
    lua_pushvalue(L, known);
    lua_call(L, 2, 1); /* ' (did you mean "x"?)' or '' */
    wats_lua_raise(L, "unknown %s \"%s\"%s", what, name,
                   luaL_tolstring(L, -1, NULL));
  }
  wats_lua_raise(L, "unknown %s \"%s\"", what, name);
}

/* core.raise(message): for the library's Lua files. */
static int core_raise(lua_State *L)
{
  wats_lua_raise(L, "%s", luaL_checkstring(L, 1));
}

/* core.set_library(source_prefix): which chunks are the library's own. */
static int core_set_library(lua_State *L)
{
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, LIBRARY_KEY);
  return 0;
}

void wats_open_error(lua_State *L)
{
  static const luaL_Reg functions[] = {
      {"raise", core_raise}, {"set_library", core_set_library}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
  luaL_newmetatable(L, WATS_LUA_ERROR_METATABLE);
  lua_setfield(L, -2, "error_metatable");
}
