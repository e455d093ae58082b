/*
** lua_log_file.c - log files for wats/log/sink.lua.
**
**   core.log_file(path, max_bytes, keep) -> file | nil, err
**   file:write(line) -> true | nil, err      file:rotations()    file:close()
*/
#include <lauxlib.h>
#include <lua.h>

#include "core/log_file.h"
#include "lua_error.h"
#include "lua_parts.h"

#define FILE_NAME "wats.log_file"

struct box {
  struct wats_log_file *file; /* NULL: closed */
};

static int push_failure(lua_State *L, const struct wats_error *error)
{
  lua_pushnil(L);
  wats_push_error(L, error);
  return 2;
}

static int log_file(lua_State *L)
{
  const char *path = luaL_checkstring(L, 1);
  lua_Integer max_bytes = luaL_checkinteger(L, 2);
  lua_Integer keep = luaL_checkinteger(L, 3);
  struct wats_error error;
  struct box *box;
  luaL_argcheck(L, max_bytes >= 0, 2, "0 or more expected");
  luaL_argcheck(L, keep >= 1 && keep <= WATS_LOG_FILE_MAX_KEEP, 3,
                "out of range");
  box = lua_newuserdatauv(L, sizeof *box, 0);
  box->file = NULL;
  luaL_setmetatable(L, FILE_NAME);
  if (wats_log_file_open(path, (uint64_t)max_bytes, (unsigned)keep, &box->file,
                         &error) != WATS_OK)
    return push_failure(L, &error);
  return 1;
}

static struct wats_log_file *check_file(lua_State *L)
{
  struct box *box = luaL_checkudata(L, 1, FILE_NAME);
  if (!box->file) luaL_error(L, "the log file is closed");
  return box->file;
}

static int file_write(lua_State *L)
{
  size_t length;
  const char *line = luaL_checklstring(L, 2, &length);
  struct wats_error error;
  if (wats_log_file_write(check_file(L), line, length, &error) != WATS_OK)
    return push_failure(L, &error);
  lua_pushboolean(L, 1);
  return 1;
}

static int file_rotations(lua_State *L)
{
  lua_pushinteger(L, (lua_Integer)wats_log_file_rotations(check_file(L)));
  return 1;
}

static int file_close(lua_State *L)
{
  struct box *box = luaL_checkudata(L, 1, FILE_NAME);
  wats_log_file_close(box->file);
  box->file = NULL;
  return 0;
}

void wats_open_log_file(lua_State *L)
{
  static const luaL_Reg methods[] = {{"write", file_write},
                                     {"rotations", file_rotations},
                                     {"close", file_close},
                                     {NULL, NULL}};
  luaL_newmetatable(L, FILE_NAME);
  lua_pushcfunction(L, file_close);
  lua_setfield(L, -2, "__gc");
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0); /* a script has no business with the metatable */
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  lua_pushcfunction(L, log_file);
  lua_setfield(L, -2, "log_file");
}
