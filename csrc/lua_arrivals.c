/*
** lua_arrivals.c - see lua_arrivals.h.
**
** A token is a userdata. While its request is under way it has a place in a
** table
** of the arrivals object, and its address is the request's tag; the request is
** the core's then, and the token only points to it. It becomes the
** token's own when `next` hands it out, or when it was over at once.
*/
#include "lua_arrivals.h"

#include <lauxlib.h>

#include "core/clock.h"
#include "lua_error.h"
#include "lua_interrupt.h"
#include "lua_log.h"
#include "lua_parts.h"
#include "lua_queue.h"

#define ARRIVALS_NAME "wats.arrivals"
#define TOKEN_NAME    "wats.token"

/* How long a signal can go unseen. */
#define SLICE_NS (100 * WATS_NS_PER_MS)

/* User values of the arrivals object. */
enum { VALUE_AWAIT = 1, VALUE_TOKENS, VALUE_STREAM };

struct wats_lua_arrivals {
  struct wats_arrivals *core; /* NULL: made when first needed */
  struct wats_pending *taken; /* arrived, and not handed out yet */
  lua_Integer count;          /* tokens in the table */
  bool busy, attached;
  struct wats_lua_log *log; /* lives as long, as do these */
  struct wats_lua_queues *queues;
};

struct token {
  struct wats_pending *pending; /* NULL: not started */
  bool over;                    /* and the token's own */
  bool told;                    /* that it was given up */
  int place;                    /* in the table, while it is under way */
};

/* A token's user value: the record of lua_log.h, or nil. */
enum { VALUE_RECORD = 1 };

/* In the registry. By its name the metatable would be found more slowly. */
static const char arrivals_key, token_type;

struct wats_lua_arrivals *wats_lua_push_arrivals(lua_State *L)
{
  lua_rawgetp(L, LUA_REGISTRYINDEX, &arrivals_key);
  return lua_touserdata(L, -1);
}

bool wats_lua_awaits(const struct wats_lua_arrivals *arrivals)
{
  return arrivals->busy && arrivals->attached;
}

void wats_lua_push_await(lua_State *L, struct wats_lua_arrivals *arrivals)
{
  (void)arrivals;
  wats_lua_push_arrivals(L);
  lua_getiuservalue(L, -1, VALUE_AWAIT);
  lua_remove(L, -2);
}

void wats_lua_push_stream_runner(lua_State *L)
{
  wats_lua_push_arrivals(L);
  lua_getiuservalue(L, -1, VALUE_STREAM);
  lua_remove(L, -2);
}

/* The token at `index`; raises for anything else. */
static struct token *check_token(lua_State *L, int index)
{
  if (lua_type(L, index) == LUA_TUSERDATA && lua_getmetatable(L, index)) {
    bool same;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &token_type);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    if (same) return lua_touserdata(L, index);
  }
  return luaL_checkudata(L, index, TOKEN_NAME); /* raises */
}

/* ---- starting ----------------------------------------------------------- */

static struct wats_arrivals *need_core(lua_State *L,
                                       struct wats_lua_arrivals *arrivals)
{
  struct wats_error error;
  if (!arrivals->core &&
      wats_arrivals_create(&arrivals->core, &error) != WATS_OK)
    wats_lua_raise(L, "%s", error.message);
  return arrivals->core;
}

/* Gives the token on top a place in the table, from where it can be had while
** its request is under way. */
static void place_token(lua_State *L, struct token *token)
{
  wats_lua_push_arrivals(L);
  lua_getiuservalue(L, -1, VALUE_TOKENS);
  lua_pushvalue(L, -3);
  token->place = luaL_ref(L, -2);
  lua_pop(L, 2);
}

static void displace_token(lua_State *L, struct token *token)
{
  wats_lua_push_arrivals(L);
  lua_getiuservalue(L, -1, VALUE_TOKENS);
  luaL_unref(L, -1, token->place);
  lua_pop(L, 2);
}

bool wats_lua_start_pending(lua_State *L, struct wats_lua_arrivals *arrivals,
                            struct wats_client *client,
                            const struct wats_request *request)
{
  struct wats_arrivals *core = need_core(L, arrivals);
  struct token *token = lua_newuserdatauv(L, sizeof *token, 1);
  struct wats_error error;
  token->pending = NULL;
  token->over = token->told = false;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &token_type);
  lua_setmetatable(L, -2);
  /* Room in the table first: afterwards nothing may raise. */
  place_token(L, token);
  if (wats_pending_start(core, client, request, &token->pending, &token->over,
                         &error) != WATS_OK) {
    displace_token(L, token);
    wats_lua_raise(L, "%s", error.message);
  }
  token->pending->tag = token;
  if (token->over)
    displace_token(L, token);
  else
    arrivals->count++;
  return token->over;
}

struct wats_pending *wats_lua_pending(lua_State *L, int index)
{
  struct token *token = check_token(L, index);
  return token->over ? token->pending : NULL;
}

struct wats_pending *wats_lua_check_token(lua_State *L, int index, bool *over)
{
  struct token *token = check_token(L, index);
  if (!token->pending) wats_lua_raise(L, "the request is gone");
  *over = token->over;
  return token->pending;
}

void wats_lua_add_token_methods(lua_State *L, const luaL_Reg *methods)
{
  luaL_getmetatable(L, TOKEN_NAME);
  lua_getfield(L, -1, "__index");
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 2);
}

void wats_lua_set_record(lua_State *L, int token, int record)
{
  lua_pushvalue(L, record);
  lua_setiuservalue(L, token, VALUE_RECORD);
}

void wats_lua_push_record(lua_State *L, int token)
{
  lua_getiuservalue(L, token, VALUE_RECORD);
}

/* What is under way is the core's to read: nothing of its result is known. */
static void tell_given_up(lua_State *L, struct token *token, const char *kind)
{
  struct wats_lua_log *log = wats_lua_push_log(L);
  struct wats_lua_log_end end = {.client = token->pending->client,
                                 .request = &token->pending->request,
                                 .code = WATS_ERR_CANCELLED,
                                 .kind = kind};
  if (token->told) return;
  token->told = true;
  wats_lua_push_record(L, 1);
  if (log->listener || lua_istable(L, -1))
    wats_lua_log_end(L, log, lua_gettop(L), &end);
}

static int token_cancel(lua_State *L)
{
  struct token *token = check_token(L, 1);
  const char *kind = luaL_optstring(L, 2, NULL);
  if (!token->pending) return 0;
  if (!token->over) wats_pending_cancel(token->pending);
  tell_given_up(L, token, kind);
  return 0;
}

static int token_abandon(lua_State *L)
{
  struct token *token = check_token(L, 1);
  if (token->pending && !token->over) wats_pending_cancel(token->pending);
  return 0;
}

static void let_go(struct token *token)
{
  if (token->over) wats_pending_free(token->pending);
  token->pending = NULL;
  token->over = false;
}

void wats_lua_drop_pending(lua_State *L, int index)
{
  let_go(check_token(L, index));
}

static int token_gc(lua_State *L)
{
  let_go(check_token(L, 1));
  return 0;
}

/* ---- the scheduler's side ----------------------------------------------- */

static struct wats_lua_arrivals *check_arrivals(lua_State *L)
{
  return luaL_checkudata(L, 1, ARRIVALS_NAME);
}

static int arrivals_attach(lua_State *L)
{
  struct wats_lua_arrivals *arrivals = check_arrivals(L);
  lua_settop(L, 2);
  arrivals->attached = !lua_isnil(L, 2);
  lua_setiuservalue(L, 1, VALUE_AWAIT);
  return 0;
}

static int arrivals_attach_stream(lua_State *L)
{
  check_arrivals(L);
  lua_settop(L, 2);
  lua_setiuservalue(L, 1, VALUE_STREAM);
  return 0;
}

static int arrivals_busy(lua_State *L)
{
  check_arrivals(L)->busy = lua_toboolean(L, 2);
  return 0;
}

/* The next request that has arrived, no longer the core's; NULL: none has. */
static struct wats_pending *next_pending(struct wats_lua_arrivals *arrivals)
{
  struct wats_pending *p;
  if (!arrivals->taken && arrivals->core)
    arrivals->taken = wats_arrivals_take(arrivals->core);
  p = arrivals->taken;
  if (p) arrivals->taken = p->next;
  return p;
}

static int arrivals_next(lua_State *L)
{
  struct wats_lua_arrivals *arrivals = check_arrivals(L);
  struct wats_pending *p;
  struct token *token;
  /* Lua code may run in there. */
  wats_lua_log_deliver(L, arrivals->log);
  wats_lua_queues_deliver(L, arrivals->queues);
  p = arrivals->core ? wats_arrivals_next_event(arrivals->core) : NULL;
  if (p) {
    token = p->tag;
    lua_getiuservalue(L, 1, VALUE_TOKENS);
    lua_rawgeti(L, -1, token->place);
    return 1;
  }
  p = next_pending(arrivals);
  if (!p) return 0;
  token = p->tag;
  lua_getiuservalue(L, 1, VALUE_TOKENS);
  lua_rawgeti(L, -1, token->place);
  luaL_unref(L, -2, token->place);
  token->over = true;
  arrivals->count--;
  return 1;
}

static int arrivals_count(lua_State *L)
{
  lua_pushinteger(L, check_arrivals(L)->count);
  return 1;
}

/* Is there something for `next`? */
static int arrivals_news(lua_State *L)
{
  const struct wats_lua_arrivals *arrivals = check_arrivals(L);
  lua_pushboolean(
      L, arrivals->taken ||
             (arrivals->core && wats_arrivals_have_news(arrivals->core)));
  return 1;
}

static int arrivals_nudge(lua_State *L)
{
  const struct wats_lua_arrivals *arrivals = check_arrivals(L);
  if (arrivals->core) wats_arrivals_nudge(arrivals->core);
  return 0;
}

static int arrivals_fd(lua_State *L)
{
  struct wats_arrivals *core = need_core(L, check_arrivals(L));
  struct wats_error error;
  int fd;
  if (wats_arrivals_fd(core, &fd, &error) == WATS_OK) {
    lua_pushinteger(L, fd);
    return 1;
  }
  lua_pushnil(L);
  wats_push_error(L, &error);
  return 2;
}

/* Seconds from now, as an instant; nil: never. */
static int64_t read_end(lua_State *L, int index)
{
  if (lua_isnoneornil(L, index)) return WATS_NEVER;
  return wats_time_add(wats_clock_monotonic(&wats_system_clock),
                       wats_seconds_to_ns((double)luaL_checknumber(L, index)));
}

static int arrivals_wait(lua_State *L)
{
  struct wats_lua_arrivals *arrivals = check_arrivals(L);
  struct wats_arrivals *core = need_core(L, arrivals);
  int64_t end = read_end(L, 2), time;
  struct wats_lua_interrupt watch;
  wats_lua_interrupt_begin(L, &watch);
  while (!arrivals->taken &&
         (time = wats_clock_monotonic(&wats_system_clock)) < end) {
    int64_t slice = wats_time_add(time, SLICE_NS);
    if (wats_arrivals_wait(core, slice < end ? slice : end)) break;
    if (!wats_lua_interrupted(&watch)) continue;
    wats_lua_interrupt_now(L, &watch);
    wats_lua_interrupt_watch(L, &watch);
  }
  return 0;
}

/* The state ends. Tokens that are left in the table are dead from now on. */
static int arrivals_gc(lua_State *L)
{
  struct wats_lua_arrivals *arrivals = check_arrivals(L);
  lua_getiuservalue(L, 1, VALUE_TOKENS);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    struct token *token = lua_touserdata(L, -1);
    if (token) token->pending = NULL; /* else the place is free */
  }
  while (arrivals->taken) {
    struct wats_pending *p = arrivals->taken;
    arrivals->taken = p->next;
    wats_pending_free(p);
  }
  wats_arrivals_close(arrivals->core);
  arrivals->core = NULL;
  arrivals->busy = arrivals->attached = false;
  return 0;
}

/* ---- opening ------------------------------------------------------------ */

static void open_metatable(lua_State *L, const char *name,
                           const luaL_Reg *methods, lua_CFunction gc)
{
  luaL_newmetatable(L, name);
  lua_pushcfunction(L, gc);
  lua_setfield(L, -2, "__gc");
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0); /* a script has no business with the metatable */
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

void wats_open_arrivals(lua_State *L)
{
  static const luaL_Reg token_methods[] = {
      {"cancel", token_cancel}, {"abandon", token_abandon}, {NULL, NULL}};
  static const luaL_Reg methods[] = {
      {"attach", arrivals_attach}, {"attach_stream", arrivals_attach_stream},
      {"busy", arrivals_busy},     {"next", arrivals_next},
      {"wait", arrivals_wait},     {"count", arrivals_count},
      {"fd", arrivals_fd},         {"news", arrivals_news},
      {"nudge", arrivals_nudge},   {NULL, NULL}};
  struct wats_lua_arrivals *arrivals;
  open_metatable(L, TOKEN_NAME, token_methods, token_gc);
  luaL_getmetatable(L, TOKEN_NAME);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &token_type);
  open_metatable(L, ARRIVALS_NAME, methods, arrivals_gc);
  arrivals = lua_newuserdatauv(L, sizeof *arrivals, 3);
  *arrivals = (struct wats_lua_arrivals){.log = wats_lua_push_log(L),
                                         .queues = wats_lua_push_queues(L)};
  lua_pop(L, 2);
  lua_newtable(L);
  lua_setiuservalue(L, -2, VALUE_TOKENS);
  luaL_setmetatable(L, ARRIVALS_NAME);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &arrivals_key);
  lua_setfield(L, -2, "arrivals");
}
