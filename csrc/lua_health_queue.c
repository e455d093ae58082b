/*
** lua_health_queue.c - a queue as the health server looks at it; see
** lua_health.h.
*/
#include "core/health_outbox.h"
#include "lua_health.h"
#include "lua_queue.h"

bool wats_lua_queue_source(lua_State *L, int index,
                           struct wats_health_source *out)
{
  const struct wats_lua_queue *queue = wats_lua_test_queue(L, index);
  return queue && queue->outbox &&
         wats_health_outbox(queue->outbox, queue->target, out) == WATS_OK;
}
