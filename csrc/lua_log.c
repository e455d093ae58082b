/*
** lua_log.c - see lua_log.h.
*/
#include "lua_log.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "lua_client.h"
#include "lua_error.h"
#include "lua_parts.h"

#define LOG_NAME "wats.log"

/* User values of the log object. */
enum { VALUE_FUNCTION = 1, VALUE_ON_REQUEST };

static const char log_key;

struct wats_lua_log *wats_lua_push_log(lua_State *L)
{
  lua_rawgetp(L, LUA_REGISTRYINDEX, &log_key);
  return lua_touserdata(L, -1);
}

/* ---- telling ------------------------------------------------------------ */

static int to_text(lua_State *L)
{
  luaL_tolstring(L, 1, NULL);
  return 1;
}

/* What was raised is on top, such as an error of ours, which has words of its
** own. Once for each function: who does not mend it need not read of it for
** ever. */
static void complain(lua_State *L, struct wats_lua_log *log)
{
  const char *text;
  if (log->complained) return;
  log->complained = true;
  text = luaL_typename(L, -1);
  lua_pushcfunction(L, to_text);
  lua_pushvalue(L, -2);
  if (lua_pcall(L, 1, 1, 0) == LUA_OK) text = lua_tostring(L, -1);
  fprintf(stderr,
          "wats: the function given to wats.log.set raised an error (told "
          "once): %s\n",
          text);
}

/* Calls the function with the fields on top, which it takes off. */
static void tell(lua_State *L, struct wats_lua_log *log,
                 enum wats_log_level level, const char *message,
                 int64_t wall_ns)
{
  int fields = lua_gettop(L);
  lua_pushnumber(L, (lua_Number)wall_ns / 1e9);
  lua_setfield(L, fields, "time");
  wats_lua_push_log(L);
  lua_getiuservalue(L, -1, VALUE_FUNCTION);
  lua_pushstring(L, wats_log_level_name(level));
  lua_pushstring(L, message);
  lua_pushvalue(L, fields);
  log->telling = true;
  if (lua_pcall(L, 3, 0, 0) != LUA_OK) complain(L, log);
  log->telling = false;
  lua_settop(L, fields - 1);
}

static void push_fields(lua_State *L, const struct wats_log_entry *entry)
{
  size_t i;
  lua_createtable(L, 0, (int)entry->count + 1);
  for (i = 0; i < entry->count; i++) {
    const struct wats_log_field *f = &entry->fields[i];
    if (f->type == WATS_LOG_STRING)
      lua_pushstring(L, f->text);
    else if (f->type == WATS_LOG_INTEGER)
      lua_pushinteger(L, (lua_Integer)f->integer);
    else
      lua_pushnumber(L, (lua_Number)f->number);
    lua_setfield(L, -2, f->name);
  }
}

/* What comes meanwhile waits for the next time, or a function that makes
** requests might never be done. */
void wats_lua_log_drain(lua_State *L, struct wats_lua_log *log)
{
  struct wats_log_entry entry;
  size_t left;
  if (log->telling || !log->listener) return;
  luaL_checkstack(L, 12, "log");
  left = wats_log_waiting(log->listener);
  /* The function may take itself off. */
  while (left-- && log->listener && wats_log_take(log->listener, &entry)) {
    push_fields(L, &entry);
    tell(L, log, entry.level, entry.message, entry.wall_ns);
  }
}

/* ---- requests ----------------------------------------------------------- */

void wats_lua_log_begin(lua_State *L, struct wats_lua_log *log,
                        int client_index, const struct wats_client *client,
                        const struct wats_request *request)
{
  luaL_checkstack(L, 12, "log");
  wats_lua_log_deliver(L, log);
  if (!log->captures) {
    lua_pushnil(L);
    return;
  }
  lua_createtable(L, 0, 9);
  wats_lua_set_request_fields(L, client, request);
  wats_lua_set_request_id(L, request->id);
  wats_lua_push_log(L);
  lua_getiuservalue(L, -1, VALUE_ON_REQUEST);
  lua_replace(L, -2);
  lua_pushvalue(L, client_index);
  lua_pushvalue(L, -3);
  lua_call(L, 2, 0);
}

static void set_bytes(lua_State *L, const struct wats_result *result)
{
  lua_createtable(L, 0, 2);
  wats_lua_set_count(L, "sent", result->bytes_sent);
  wats_lua_set_count(L, "received", result->bytes_received);
  lua_setfield(L, -2, "bytes");
}

/* Sets what is known at the end in the table on top. */
static void set_end(lua_State *L, const struct wats_lua_log_end *end)
{
  const struct wats_result *result = end->result;
  if (result) {
    wats_lua_set_request_id(L, result->request_id);
    lua_pushnumber(L, (lua_Number)result->elapsed_ns / 1e9);
    lua_setfield(L, -2, "elapsed");
    wats_lua_set_count(L, "attempts", result->attempts);
    set_bytes(L, result);
  }
  if (result && end->status) {
    lua_pushinteger(L, end->status);
    lua_setfield(L, -2, "status");
    lua_pushstring(L, wats_cache_status_name(result->cache_status));
    lua_setfield(L, -2, "cache_status");
  }
  if (end->code != WATS_OK) {
    lua_pushstring(L, end->kind ? end->kind : wats_errc_name(end->code));
    lua_setfield(L, -2, "error");
  }
}

void wats_lua_log_end(lua_State *L, struct wats_lua_log *log, int record,
                      const struct wats_lua_log_end *end)
{
  luaL_checkstack(L, 12, "log");
  if (record && lua_istable(L, record)) {
    lua_pushvalue(L, record);
    set_end(L, end);
    lua_pop(L, 1);
  }
  wats_lua_log_deliver(L, log);
  if (!log->listener || log->telling) return;
  lua_createtable(L, 0, 10);
  wats_lua_set_request_fields(L, end->client, end->request);
  wats_lua_set_request_id(L, end->request->id);
  set_end(L, end);
  tell(L, log, WATS_LOG_DEBUG, "request", wats_clock_wall(&wats_system_clock));
}

/* ---- methods ------------------------------------------------------------ */

static struct wats_lua_log *check_log(lua_State *L)
{
  return luaL_checkudata(L, 1, LOG_NAME);
}

static int log_set(lua_State *L)
{
  struct wats_lua_log *log = check_log(L);
  struct wats_error error;
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    wats_log_close(log->listener);
    log->listener = NULL;
  } else if (!log->listener &&
             wats_log_listen(log->identity, &log->listener, &error) != WATS_OK)
    wats_lua_raise(L, "%s", error.message);
  log->complained = false;
  lua_setiuservalue(L, 1, VALUE_FUNCTION);
  return 0;
}

static int log_heard(lua_State *L)
{
  lua_pushboolean(L, check_log(L)->listener != NULL);
  return 1;
}

static int log_write(lua_State *L)
{
  static const char *const levels[] = {"debug", "info", "warn", "error", NULL};
  struct wats_lua_log *log = check_log(L);
  enum wats_log_level level =
      (enum wats_log_level)luaL_checkoption(L, 2, NULL, levels);
  const char *message = luaL_checkstring(L, 3);
  luaL_checktype(L, 4, LUA_TTABLE);
  lua_settop(L, 4);
  wats_lua_log_deliver(L, log);
  if (log->listener && !log->telling)
    tell(L, log, level, message, wats_clock_wall(&wats_system_clock));
  return 0;
}

static int log_deliver(lua_State *L)
{
  wats_lua_log_deliver(L, check_log(L));
  return 0;
}

static int log_on_request(lua_State *L)
{
  check_log(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  lua_setiuservalue(L, 1, VALUE_ON_REQUEST);
  return 0;
}

static int log_capturing(lua_State *L)
{
  check_log(L)->captures = lua_toboolean(L, 2);
  return 0;
}

static int log_gc(lua_State *L)
{
  struct wats_lua_log *log = check_log(L);
  wats_log_close(log->listener);
  log->listener = NULL;
  log->captures = false;
  return 0;
}

/* Before the parts that look at it. */
void wats_open_log(lua_State *L)
{
  static const luaL_Reg methods[] = {{"set", log_set},
                                     {"heard", log_heard},
                                     {"write", log_write},
                                     {"deliver", log_deliver},
                                     {"on_request", log_on_request},
                                     {"capturing", log_capturing},
                                     {NULL, NULL}};
  struct wats_lua_log *log;
  luaL_newmetatable(L, LOG_NAME);
  lua_pushcfunction(L, log_gc);
  lua_setfield(L, -2, "__gc");
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0); /* a script has no business with the metatable */
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  log = lua_newuserdatauv(L, sizeof *log, 2);
  *log = (struct wats_lua_log){.identity = wats_log_identity()};
  luaL_setmetatable(L, LOG_NAME);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &log_key);
  lua_setfield(L, -2, "log");
}
