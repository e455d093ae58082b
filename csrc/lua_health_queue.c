/*
** lua_health_queue.c - a queue as the health server looks at it; see
** lua_health.h.
*/
#include "lua_health.h"

bool wats_lua_queue_source(lua_State *L, int index,
                           struct wats_health_source *out)
{
  (void)L;
  (void)index;
  (void)out;
  return false;
}
