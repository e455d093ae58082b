/*
** lua_core.c - luaopen_wats_core: registration and nothing else.
**
** Each part that Lua sees adds its own functions to the module's table in a
** `wats_open_<part>(L)` declared in lua_parts.h; the table is on top of the
** stack when it is called, and on return.
*/
#include <lua.h>
#include <lauxlib.h>

#include "lua_parts.h"
#include "wats.h"

WATS_EXPORT int luaopen_wats_core(struct lua_State *L)
{
  luaL_checkversion(L);
  lua_newtable(L);
  lua_pushliteral(L, WATS_VERSION);
  lua_setfield(L, -2, "version");
  wats_open_error(L);
  wats_open_json(L);
  wats_open_metrics(L);
  wats_open_operations(L);
  wats_open_gzip(L);
  wats_open_httpd(L);
  wats_open_process(L);
  wats_open_request(L);
  wats_open_response(L);
  wats_open_client(L);
  wats_open_util(L);
  return 1;
}
