/*
** lua_gzip.c - core/gzip.h for Lua.
**
**   core.gzip(text) -> packed
**   core.gunzip(packed [, limit in bytes]) -> text | nil, message
**
** No state. Short memory raises.
*/
#include <lauxlib.h>
#include <lua.h>

#include "core/gzip.h"
#include "lua_parts.h"

#define BUFFER_TYPE "wats.gzip.buffer"

/* Owns a buffer, so that an error of Lua's frees it. */
static struct wats_buffer *push_buffer(lua_State *L, size_t limit)
{
  struct wats_buffer *buffer = lua_newuserdatauv(L, sizeof *buffer, 0);
  wats_buffer_init(buffer, limit);
  luaL_setmetatable(L, BUFFER_TYPE);
  return buffer;
}

static int free_buffer(lua_State *L)
{
  wats_buffer_free(luaL_checkudata(L, 1, BUFFER_TYPE));
  return 0;
}

static int push_result(lua_State *L, struct wats_buffer *buffer,
                       enum wats_errc code, const struct wats_error *error)
{
  if (code == WATS_ERR_MEMORY) return luaL_error(L, "%s", error->message);
  if (code) {
    lua_pushnil(L);
    lua_pushstring(L, error->message);
    return 2;
  }
  lua_pushlstring(L, buffer->length ? buffer->data : "", buffer->length);
  wats_buffer_free(buffer);
  return 1;
}

static int gzip(lua_State *L)
{
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  struct wats_buffer *out = push_buffer(L, 0);
  struct wats_error error;
  enum wats_errc code = wats_gzip_compress(text, length, out, &error);
  return push_result(L, out, code, &error);
}

static int gunzip(lua_State *L)
{
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_Integer limit = luaL_optinteger(L, 2, 0);
  struct wats_buffer *out;
  struct wats_error error;
  enum wats_errc code;
  luaL_argcheck(L, limit >= 0, 2, "limit must not be negative");
  out = push_buffer(L, (size_t)limit);
  code = wats_gzip_decompress(text, length, out, &error);
  return push_result(L, out, code, &error);
}

void wats_open_gzip(lua_State *L)
{
  luaL_newmetatable(L, BUFFER_TYPE);
  lua_pushcfunction(L, free_buffer);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
  lua_pushcfunction(L, gzip);
  lua_setfield(L, -2, "gzip");
  lua_pushcfunction(L, gunzip);
  lua_setfield(L, -2, "gunzip");
}
