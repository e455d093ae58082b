/*
** lua_log.h - what a Lua state hears of its requests: log function, captures.
**
** Each state has one log object. While it has a function, entries of the core's
** threads (core/log.h) wait for it in a queue of the state's own; they are
** delivered when a request begins and when it ends, at each turn of the
** scheduler, and when something is written or asked for. With nothing to hear
** of, a request pays for two looks at a field.
**
** The function is called through a C boundary: it cannot yield, so what waits
** in it blocks. What it raises is swallowed; the first time since it was set a
** line on stderr says so. While it runs nothing is delivered, and what it does
** itself is not logged, so it cannot call itself.
**
** For Lua, as core.log:
**   :set(fn)          nil: silent
**   :heard()          -> is there a function?
**   :write(level, message, fields)  delivers what waits, then this
**   :deliver()
**   :on_request(fn)   fn(client, record) when a request begins, while capturing
**   :capturing(boolean)
*/
#ifndef WATS_LUA_LOG_H
#define WATS_LUA_LOG_H

#include <lua.h>

#include "core/client.h"
#include "core/log.h"

struct wats_lua_log {
  struct wats_log_listener *listener; /* NULL: there is no function */
  uint64_t identity;
  bool telling;    /* the function runs */
  bool complained; /* of it, on stderr */
  bool captures;
};

/* The state's own, which lives as long as the state; pushed too. */
struct wats_lua_log *wats_lua_push_log(lua_State *L);

/* Is anybody to hear of requests? */
static inline bool wats_lua_log_observes(const struct wats_lua_log *log)
{
  return log->listener || log->captures;
}

/* Who is to hear of a request that now begins. */
static inline uint64_t wats_lua_log_about(const struct wats_lua_log *log)
{
  return log->telling ? WATS_LOG_NOBODY : log->identity;
}

void wats_lua_log_drain(lua_State *L, struct wats_lua_log *log);

/* Hands over what waits; usually one load. Runs Lua code, raises nothing but
** for want of memory. */
static inline void wats_lua_log_deliver(lua_State *L, struct wats_lua_log *log)
{
  if (log->listener && wats_log_waiting(log->listener))
    wats_lua_log_drain(L, log);
}

/*
** A request begins, of the client userdata at `client_index`. Pushes what is to
** be handed to the end: a record that captures have, or nil.
*/
void wats_lua_log_begin(lua_State *L, struct wats_lua_log *log,
                        int client_index, const struct wats_client *client,
                        const struct wats_request *request);

struct wats_lua_log_end {
  const struct wats_client *client;
  const struct wats_request *request;
  enum wats_errc code;
  const char *kind;                 /* instead of the code's name; NULL: that */
  int status;                       /* 0: no answer */
  const struct wats_result *result; /* NULL: it was left under way */
};
/* It has ended: completes the record at `record` (0 or nil: there is none), and
** tells the function. */
void wats_lua_log_end(lua_State *L, struct wats_lua_log *log, int record,
                      const struct wats_lua_log_end *end);

#endif
