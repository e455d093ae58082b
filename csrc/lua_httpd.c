/*
** lua_httpd.c - core/httpd.h for Lua: the server under the sandbox.
**
**   local httpd = core.httpd{ handler = fn, host =, port =, max_body =,
**                             max_connections =, idle_timeout = } | nil, text
**   httpd:port() -> number
**   httpd:step(timeout_s | nil, fd...) -> the fd that became readable | nil
**   httpd:close()
**
** The handler gets { method, target, path, query | nil, headers, body,
** too_large | nil }: target, path and query as sent, header names in lower
** case, repeated ones joined by ", ". It returns { status, headers, body,
** delay (seconds), action ("cut" | "close") }, all but status optional; a
** header's value is a string, a number or a list of them. What it raises is
** answered with 500 and the traceback as text. It runs under lua_pcall within
** step, in step's thread of Lua; it cannot yield, nor step or close.
*/
#include <lauxlib.h>
#include <lua.h>

#include <ctype.h>
#include <string.h>

#include "core/clock.h"
#include "core/httpd.h"
#include "lua_parts.h"

#define HTTPD_TYPE "wats.httpd"

struct httpd_object {
  struct wats_httpd *httpd; /* NULL = closed */
  lua_State *L;             /* who steps now; NULL outside step */
};

/* What one protected call works on; lives on the C stack of on_request. */
struct call {
  const struct wats_httpd_request *request;
  struct wats_httpd_reply *reply;
};

static void push_lower(lua_State *L, const char *text)
{
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (; *text; text++)
    luaL_addchar(&b, (char)tolower((unsigned char)*text));
  luaL_pushresult(&b);
}

static void push_headers(lua_State *L, const struct wats_headers *headers)
{
  const char *name, *value;
  size_t position = 0;
  lua_createtable(L, 0, (int)headers->count);
  while (wats_headers_next(headers, &position, NULL, &name, &value)) {
    push_lower(L, name);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) == LUA_TNIL) {
      lua_pop(L, 1);
      lua_pushstring(L, value);
    } else {
      lua_pushfstring(L, "%s, %s", lua_tostring(L, -1), value);
      lua_remove(L, -2);
    }
    lua_rawset(L, -3);
  }
}

static void push_request(lua_State *L, const struct wats_httpd_request *request)
{
  const char *target = request->target, *query = strchr(target, '?');
  lua_createtable(L, 0, 7);
  lua_pushstring(L, request->method);
  lua_setfield(L, -2, "method");
  lua_pushstring(L, target);
  lua_setfield(L, -2, "target");
  if (query) {
    lua_pushstring(L, query + 1);
    lua_setfield(L, -2, "query");
  }
  lua_pushlstring(L, target, query ? (size_t)(query - target) : strlen(target));
  lua_setfield(L, -2, "path");
  push_headers(L, &request->headers);
  lua_setfield(L, -2, "headers");
  lua_pushlstring(L, request->body.length ? request->body.data : "",
                  request->body.length);
  lua_setfield(L, -2, "body");
  if (request->body_too_large) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "too_large");
  }
}

/* The value on top of the stack becomes one more field. */
static void add_header(lua_State *L, struct wats_httpd_reply *reply,
                       const char *name, size_t name_length)
{
  size_t length;
  const char *value = lua_tolstring(L, -1, &length);
  enum wats_errc code;
  if (!value) luaL_error(L, "header %s: string expected", name);
  code = wats_headers_add(&reply->headers, name, name_length, value, length);
  if (code == WATS_ERR_MEMORY) luaL_error(L, "not enough memory");
  if (code) luaL_error(L, "header %s: not a valid name or value", name);
}

/* The reply table is on top; so is its field "headers" when this is called. */
static void read_headers(lua_State *L, struct wats_httpd_reply *reply)
{
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    size_t length;
    const char *name;
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "a header's name must be a string");
    name = lua_tolstring(L, -2, &length);
    if (lua_istable(L, -1)) {
      lua_Integer i;
      for (i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
        add_header(L, reply, name, length);
        lua_pop(L, 1);
      }
      lua_pop(L, 1);
    } else
      add_header(L, reply, name, length);
    lua_pop(L, 1);
  }
}

static enum wats_httpd_action read_action(lua_State *L)
{
  const char *action = lua_tostring(L, -1);
  if (!action) return WATS_HTTPD_ANSWER;
  if (strcmp(action, "cut") == 0) return WATS_HTTPD_CUT;
  if (strcmp(action, "close") == 0) return WATS_HTTPD_CLOSE;
  luaL_error(L, "action \"%s\": \"cut\" or \"close\" expected", action);
  return WATS_HTTPD_ANSWER;
}

static void read_reply(lua_State *L, struct wats_httpd_reply *reply)
{
  size_t length;
  const char *body;
  if (!lua_istable(L, -1)) luaL_error(L, "the handler must return a table");
  if (lua_getfield(L, -1, "status") != LUA_TNIL) {
    lua_Integer status = lua_tointeger(L, -1);
    if (status < 200 || status > 599)
      luaL_error(L, "status: 200..599 expected");
    reply->status = (int)status;
  }
  lua_pop(L, 1);
  if (lua_getfield(L, -1, "headers") != LUA_TNIL) {
    if (!lua_istable(L, -1)) luaL_error(L, "headers: table expected");
    read_headers(L, reply);
  }
  lua_pop(L, 1);
  lua_getfield(L, -1, "body");
  body = lua_tolstring(L, -1, &length);
  if (body && wats_buffer_append(&reply->body, body, length))
    luaL_error(L, "not enough memory");
  lua_pop(L, 1);
  lua_getfield(L, -1, "delay");
  reply->delay_ns = wats_seconds_to_ns(lua_tonumber(L, -1));
  lua_pop(L, 1);
  lua_getfield(L, -1, "action");
  reply->action = read_action(L);
  lua_pop(L, 1);
}

/* Arguments: the handler, a struct call. */
static int protected_call(lua_State *L)
{
  struct call *call = lua_touserdata(L, 2);
  lua_pushvalue(L, 1);
  push_request(L, call->request);
  lua_call(L, 1, 1);
  read_reply(L, call->reply);
  return 0;
}

static int add_traceback(lua_State *L)
{
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

/* The handler failed; what it raised is on top of the stack. */
static void reply_with_error(lua_State *L, struct wats_httpd_reply *reply)
{
  size_t length = 0;
  const char *text =
      lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
  wats_headers_clear(&reply->headers);
  wats_buffer_clear(&reply->body);
  reply->status = 500;
  reply->action = WATS_HTTPD_ANSWER;
  reply->delay_ns = 0;
  if (wats_headers_set(&reply->headers, "Content-Type",
                       "text/plain; charset=utf-8") ||
      (text && wats_buffer_append(&reply->body, text, length)))
    reply->action = WATS_HTTPD_CLOSE; /* no memory even for this */
}

/* Called by libmicrohttpd within step, whose argument 1 is the object. */
static void on_request(void *context, const struct wats_httpd_request *request,
                       struct wats_httpd_reply *reply)
{
  struct httpd_object *object = context;
  lua_State *L = object->L;
  struct call call = {request, reply};
  if (!lua_checkstack(L, 8)) {
    reply->action = WATS_HTTPD_CLOSE;
    return;
  }
  lua_pushcfunction(L, add_traceback);
  lua_pushcfunction(L, protected_call);
  lua_getiuservalue(L, 1, 1);
  lua_pushlightuserdata(L, &call);
  if (lua_pcall(L, 2, 0, -4) != LUA_OK) {
    reply_with_error(L, reply);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static lua_Integer option_integer(lua_State *L, const char *name,
                                  lua_Integer most)
{
  lua_Integer value = 0;
  int is_integer = 1;
  if (lua_getfield(L, 1, name) != LUA_TNIL)
    value = lua_tointegerx(L, -1, &is_integer);
  if (!is_integer || value < 0 || value > most)
    luaL_error(L, "option %s: a whole number from 0 to %I expected", name,
               (LUAI_UACINT)most);
  lua_pop(L, 1);
  return value;
}

static int httpd_open(lua_State *L)
{
  struct wats_httpd_options options = {0};
  struct httpd_object *object;
  struct wats_error error;
  enum wats_errc code;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  options.port = (uint16_t)option_integer(L, "port", 65535);
  options.max_body = (size_t)option_integer(L, "max_body", INT32_MAX);
  options.max_connections =
      (unsigned)option_integer(L, "max_connections", 65535);
  options.idle_timeout_s = (unsigned)option_integer(L, "idle_timeout", 86400);
  lua_getfield(L, 1, "host"); /* stays on the stack while it is used */
  options.host = luaL_optstring(L, -1, NULL);
  object = lua_newuserdatauv(L, sizeof *object, 1);
  object->httpd = NULL;
  object->L = NULL;
  luaL_setmetatable(L, HTTPD_TYPE);
  if (lua_getfield(L, 1, "handler") != LUA_TFUNCTION)
    return luaL_error(L, "option handler: function expected");
  lua_setiuservalue(L, -2, 1);
  options.handler = on_request;
  options.context = object;
  code = wats_httpd_create(&options, &object->httpd, &error);
  if (code == WATS_ERR_ARGUMENT || code == WATS_ERR_MEMORY)
    return luaL_error(L, "%s", error.message);
  if (code) {
    lua_pushnil(L);
    lua_pushstring(L, error.message);
    return 2;
  }
  return 1;
}

static struct httpd_object *check_open(lua_State *L)
{
  struct httpd_object *object = luaL_checkudata(L, 1, HTTPD_TYPE);
  luaL_argcheck(L, object->httpd, 1, "the server is closed");
  return object;
}

static int httpd_port(lua_State *L)
{
  lua_pushinteger(L, wats_httpd_port(check_open(L)->httpd));
  return 1;
}

static int httpd_step(lua_State *L)
{
  struct httpd_object *object = check_open(L);
  int64_t timeout = lua_isnoneornil(L, 2)
                        ? WATS_NEVER
                        : wats_seconds_to_ns(luaL_checknumber(L, 2));
  int watched[WATS_HTTPD_MAX_WATCHED], ready, i, count = lua_gettop(L) - 2;
  struct wats_error error;
  enum wats_errc code;
  luaL_argcheck(L, count <= WATS_HTTPD_MAX_WATCHED, 7, "too many descriptors");
  for (i = 0; i < count; i++)
    watched[i] = (int)luaL_checkinteger(L, i + 3);
  if (object->L) return luaL_error(L, "the server is already in a step");
  object->L = L;
  code = wats_httpd_step(object->httpd, timeout, watched,
                         count > 0 ? (size_t)count : 0, &ready, &error);
  object->L = NULL;
  if (code) return luaL_error(L, "%s", error.message);
  if (ready < 0) return 0;
  lua_pushinteger(L, ready);
  return 1;
}

static int httpd_close(lua_State *L)
{
  struct httpd_object *object = luaL_checkudata(L, 1, HTTPD_TYPE);
  struct wats_httpd *httpd = object->httpd;
  if (object->L) return luaL_error(L, "the server is in a step");
  object->httpd = NULL;
  wats_httpd_destroy(httpd);
  return 0;
}

static const luaL_Reg methods[] = {
    {"port", httpd_port},
    {"step", httpd_step},
    {"close", httpd_close},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", httpd_close},
    {"__close", httpd_close},
    {NULL, NULL},
};

void wats_open_httpd(lua_State *L)
{
  luaL_newmetatable(L, HTTPD_TYPE);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  lua_pushcfunction(L, httpd_open);
  lua_setfield(L, -2, "httpd");
}
