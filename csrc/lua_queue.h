/*
** lua_queue.h - shared between the files of the queue's binding: lua_queue.c
** (the userdata, taking in, by a person), lua_queue_rows.c (what is in it),
** lua_queue_events.c (the hook).
**
** To Lua a queue is a table (made in wats/queue.lua) whose slot 1 holds the
** userdata; the functions of core.queue_methods are called on that table.
** Nothing that can raise happens while memory is held that Lua does not know
** of.
**
** Events are told to the hook through a C boundary, so it cannot yield; what it
** raises is swallowed, and told on stderr once. They come when a function of a
** queue begins or ends, and at each turn of the scheduler; while a hook of this
** state runs, none come.
*/
#ifndef WATS_LUA_QUEUE_H
#define WATS_LUA_QUEUE_H

#include <lua.h>
#include <stdbool.h>

#include "core/outbox_metrics.h"
#include "core/uploader.h"

#define WATS_LUA_QUEUE_NAME "wats.core_queue"

struct wats_lua_queue {
  struct wats_outbox *outbox;          /* NULL: closed */
  struct wats_uploader_member *member; /* NULL: it stores only */
  struct wats_outbox_watch *watch;
  const char *target;          /* a user value's text */
  struct wats_lua_queue *next; /* among those that have a hook */
  bool hooked, complained;
};

/* User values of the userdata. */
enum { WATS_QUEUE_TARGET = 1, WATS_QUEUE_HOOK, WATS_QUEUE_VALUES = 2 };

/* What each state has one of. */
struct wats_lua_queues {
  struct wats_lua_queue *first; /* of those that have a hook */
  bool telling;                 /* a hook runs */
  bool changed;                 /* the list has, meanwhile */
};

/*
** The queue of argument 1, whose userdata takes the argument's place, so that
** it lives as long as the call. Raises for anything else. Tells what has
** happened first, so it may be closed: NULL, and nil and an error of kind
** "closed" are on the stack, to be returned.
*/
struct wats_lua_queue *wats_lua_enter_queue(lua_State *L);
/* Tells what has happened meanwhile; returns `count`. */
int wats_lua_leave_queue(lua_State *L, int count);
/* The same for a call that came to nothing: nil, err. */
int wats_lua_fail_queue(lua_State *L, const struct wats_error *error);
/* The queue's table at `index`, or NULL when it is something else. Borrowed
 *from
 ** that table; it may be closed. */
struct wats_lua_queue *wats_lua_test_queue(lua_State *L, int index);

/* The id at `index`; raises when it is none. */
void wats_lua_check_id(lua_State *L, int index, unsigned char uuid[WATS_UUID]);
void wats_lua_push_id(lua_State *L, const unsigned char uuid[WATS_UUID]);

/* (queue [, all]) -> table; see wats/queue.lua */
int wats_lua_queue_stats(lua_State *L);
/* (queue, states, limit, after, all) -> list of rows */
int wats_lua_queue_list(lua_State *L);
/* (queue, id) -> row, or nil where there is none */
int wats_lua_queue_get(lua_State *L);

/* ---- events ---------------------------------------------------------------
 */

/* The state's own, which lives as long as the state; pushed too. */
struct wats_lua_queues *wats_lua_push_queues(lua_State *L);
void wats_lua_queues_tell(lua_State *L, struct wats_lua_queues *queues);

/* Tells what has happened in all queues of this state; without any hook, two
** loads. Runs Lua code, raises nothing but for want of memory. */
static inline void wats_lua_queues_deliver(lua_State *L,
                                           struct wats_lua_queues *queues)
{
  if (queues->first && !queues->telling) wats_lua_queues_tell(L, queues);
}

/* (queue, function or nil) */
int wats_lua_queue_on_event(lua_State *L);
/* No event is told any more. */
void wats_lua_unhook_queue(lua_State *L, struct wats_lua_queue *queue);
/* Makes the state's own. Before the parts that look at it. */
void wats_lua_open_queues(lua_State *L);

#endif
