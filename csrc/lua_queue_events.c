/*
** lua_queue_events.c - what the uploader has done, told to a Lua function.
**
** The queues that have a hook stand in a list of C pointers, so that it costs
** next to nothing to see that nothing has happened. A table of weak values
*leads
** from the pointer to the userdata, which has the function: a queue that nobody
** refers to any more is not found there, and tells nothing.
*/
#include <lauxlib.h>
#include <stdio.h>

#include "lua_client.h"
#include "lua_error.h"
#include "lua_queue.h"

/* User value of the state's own: the table. */
enum { VALUE_BOXES = 1 };

static const char queues_key;

struct wats_lua_queues *wats_lua_push_queues(lua_State *L)
{
  lua_rawgetp(L, LUA_REGISTRYINDEX, &queues_key);
  return lua_touserdata(L, -1);
}

/* ---- telling --------------------------------------------------------------
 */

static const char *kind_name(enum wats_uploader_event_kind kind)
{
  static const char *const names[] = {"sent", "dead", "paused", "resumed",
                                      "lost"};
  return names[kind];
}

static void push_event(lua_State *L, const struct wats_uploader_event *event)
{
  bool of_report =
      event->kind == WATS_UPLOADER_SENT || event->kind == WATS_UPLOADER_DEAD;
  lua_createtable(L, 0, 6);
  lua_pushstring(L, kind_name(event->kind));
  lua_setfield(L, -2, "kind");
  lua_pushnumber(L, (lua_Number)event->wall_ns / 1e9);
  lua_setfield(L, -2, "time");
  if (of_report) {
    wats_lua_push_id(L, event->uuid);
    lua_setfield(L, -2, "id");
    wats_lua_set_count(L, "attempts", event->attempts);
  }
  if (event->status) wats_lua_set_count(L, "status", (uint64_t)event->status);
  if (*event->reason) {
    lua_pushstring(L, event->reason);
    lua_setfield(L, -2, "reason");
  }
  if (event->kind == WATS_UPLOADER_LOST)
    wats_lua_set_count(L, "count", event->count);
}

/* The message is on top. Once for each hook: who does not mend it need not read
** of it for ever. */
static void complain(lua_State *L, struct wats_lua_queue *queue)
{
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1)
                                                    : luaL_typename(L, -1);
  if (queue->complained) return;
  queue->complained = true;
  fprintf(stderr,
          "wats: the function given to queue:on_event raised an error (told "
          "once): %s\n",
          text);
}

/* Pushes the userdata of `queue`; false, and nothing: it is being collected. */
static bool push_box(lua_State *L, const struct wats_lua_queue *queue)
{
  wats_lua_push_queues(L);
  lua_getiuservalue(L, -1, VALUE_BOXES);
  lua_rawgetp(L, -1, queue);
  lua_replace(L, -3);
  lua_pop(L, 1);
  if (lua_isuserdata(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

/* The queue's userdata is on top, which keeps it. */
static void tell(lua_State *L, struct wats_lua_queues *queues,
                 struct wats_lua_queue *queue,
                 const struct wats_uploader_event *event)
{
  int base = lua_gettop(L);
  push_event(L, event);
  lua_getiuservalue(L, base, WATS_QUEUE_HOOK);
  lua_insert(L, -2);
  queues->telling = true;
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) complain(L, queue);
  queues->telling = false;
  lua_settop(L, base);
}

/* Tells of one queue. What comes meanwhile waits for the next time, or a hook
** that submits might never be done. */
static void tell_of(lua_State *L, struct wats_lua_queues *queues,
                    struct wats_lua_queue *queue, unsigned *budget)
{
  struct wats_uploader_event event;
  if (!push_box(L, queue)) return;
  while (*budget && queue->hooked &&
         wats_uploader_next_event(queue->member, &event)) {
    --*budget;
    tell(L, queues, queue, &event);
  }
  lua_pop(L, 1);
}

void wats_lua_queues_tell(lua_State *L, struct wats_lua_queues *queues)
{
  unsigned budget = WATS_UPLOADER_EVENTS;
  struct wats_lua_queue *queue;
  luaL_checkstack(L, 16, "queue");
  do {
    queues->changed = false;
    for (queue = queues->first; queue && budget && !queues->changed;
         queue = queue->next)
      tell_of(L, queues, queue, &budget);
  } while (queues->changed && budget);
}

/* ---- the hook -------------------------------------------------------------
 */

void wats_lua_unhook_queue(lua_State *L, struct wats_lua_queue *queue)
{
  struct wats_lua_queues *queues = wats_lua_push_queues(L);
  struct wats_lua_queue **at = &queues->first;
  lua_pop(L, 1);
  if (!queue->hooked) return;
  while (*at != queue)
    at = &(*at)->next;
  *at = queue->next;
  queue->hooked = false;
  queues->changed = true;
}

/* The userdata is argument 1. What happened while nobody listened is not told.
 */
static void hook(lua_State *L, struct wats_lua_queue *queue)
{
  struct wats_lua_queues *queues = wats_lua_push_queues(L);
  struct wats_uploader_event event;
  lua_getiuservalue(L, -1, VALUE_BOXES);
  lua_pushvalue(L, 1);
  lua_rawsetp(L, -2, queue);
  lua_pop(L, 2);
  if (queue->hooked) return;
  while (wats_uploader_next_event(queue->member, &event))
    continue;
  queue->next = queues->first;
  queues->first = queue;
  queue->hooked = queues->changed = true;
}

int wats_lua_queue_on_event(lua_State *L)
{
  struct wats_lua_queue *queue = wats_lua_enter_queue(L);
  struct wats_error error;
  if (!queue) return 2;
  lua_settop(L, 2);
  if (lua_isnil(L, 2))
    wats_lua_unhook_queue(L, queue);
  else {
    if (!queue->member)
      wats_lua_raise(L, "a queue without a client sends nothing, so it has no "
                        "events");
    if (wats_uploader_subscribe(queue->member, &error) != WATS_OK)
      wats_lua_raise(L, "%s", error.message);
    hook(L, queue);
  }
  queue->complained = false;
  lua_setiuservalue(L, 1, WATS_QUEUE_HOOK);
  lua_pushboolean(L, 1);
  return 1;
}

void wats_lua_open_queues(lua_State *L)
{
  struct wats_lua_queues *queues = lua_newuserdatauv(L, sizeof *queues, 1);
  *queues = (struct wats_lua_queues){0};
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_setiuservalue(L, -2, VALUE_BOXES);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &queues_key);
}
