/*
** lua_arrivals.h - requests that a Lua state has under way beside its code.
**
** Each state has one arrivals object. While its scheduler (wats/async) has
** tasks, requests are not blocked for: they are started, a token stands for
** each, and the scheduler's `await` is called with it, which suspends the task,
** or blocks while other tasks go on. The scheduler gets arrived tokens by
** `next` and sleeps in `wait`.
**
** For Lua, as core.arrivals:
**   :attach(await)   the function to call with a token; nil: block as ever
**   :busy(boolean)   are there tasks? Else requests block as ever
**   :attach_stream(run)  the function that does a streamed request
**   :next()          -> a token that has arrived, or whose stream is worth a
** look
**                    (lua_stream.c), or nil
**   :wait(seconds)   until something has arrived; nil: without limit. Raises
**                    what Ctrl-C raises
**   :count()         -> how many tokens are still to come from next
**   :fd()            -> a descriptor that is readable when next has something;
**                    nil, err
** and of a token
**   :cancel(kind)    makes it arrive soon, if it has not; nobody waits for it
**                    any more, for a reason of this kind (default: cancelled)
**   :abandon()       the same, and nobody is told: for a finaliser, which runs
**                    none of the caller's code
*/
#ifndef WATS_LUA_ARRIVALS_H
#define WATS_LUA_ARRIVALS_H

#include <lauxlib.h>
#include <lua.h>

#include "core/client_pending.h"

struct wats_lua_arrivals;

/* The state's own, which lives as long as the state; pushed too. */
struct wats_lua_arrivals *wats_lua_push_arrivals(lua_State *L);
/* Is a request to be awaited? */
bool wats_lua_awaits(const struct wats_lua_arrivals *arrivals);

/*
** Starts the request and pushes a token for it; true when it is over at once.
** Raises for want of memory.
*/
bool wats_lua_start_pending(lua_State *L, struct wats_lua_arrivals *arrivals,
                            struct wats_client *client,
                            const struct wats_request *request);
/* The request of the token at `index`, once it is over; the token keeps it. */
struct wats_pending *wats_lua_pending(lua_State *L, int index);
/* It has been read: what is left of it goes now, not when the collector finds
** the token. */
void wats_lua_drop_pending(lua_State *L, int index);
/* The request of the token at `index`, over or not; raises when there is none
** any more. */
struct wats_pending *wats_lua_check_token(lua_State *L, int index, bool *over);
/* What wats_lua_log_begin pushed for the token's request; indices absolute. */
void wats_lua_set_record(lua_State *L, int token, int record);
void wats_lua_push_record(lua_State *L, int token);
/* Adds methods to those of a token. */
void wats_lua_add_token_methods(lua_State *L, const luaL_Reg *methods);
/* Pushes the function that does a streamed request, or nil. */
void wats_lua_push_stream_runner(lua_State *L);
/* Pushes the function to be called with a token. */
void wats_lua_push_await(lua_State *L, struct wats_lua_arrivals *arrivals);

#endif
