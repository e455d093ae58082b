/*
** lua_core.c - luaopen_wats_core: registration and nothing else.
**
** Each part that Lua sees adds its own functions to the module's table in a
** `wats_open_<part>(L)` declared in lua_parts.h; the table is on top of the
** stack when it is called, and on return.
*/
#if !defined(_WIN32)
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* dladdr */
#endif
#include <dlfcn.h>
#endif
#include <lauxlib.h>
#include <lua.h>

#include "lua_parts.h"
#include "wats.h"

/*
** lua_close unloads the modules that its state loaded. This one must stay:
** other states and threads may be in it, and the C library calls its fork
** handlers until the process ends.
*/
static void pin(void)
{
#if !defined(_WIN32)
  static const char here;
  Dl_info info;
  if (dladdr(&here, &info) && info.dli_fname)
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
#endif
}

WATS_EXPORT int luaopen_wats_core(struct lua_State *L)
{
  luaL_checkversion(L);
  pin();
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
  wats_open_log(L);
  wats_open_queue(L);
  wats_open_arrivals(L);
  wats_open_stream(L);
  wats_open_client(L);
  wats_open_util(L);
  return 1;
}
