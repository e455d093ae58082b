/*
** lua_response.c - answers as Lua sees them.
**
** A response object holds a counted answer of the core: a cached one is shared,
** not copied. Fields are made when they are read; body and header object are
** kept in user values, so that reading twice gives the same Lua value.
** Immutable; belongs to one Lua state.
*/
#include <lauxlib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/ascii.h"
#include "lua_client.h"
#include "lua_error.h"
#include "lua_json.h"
#include "lua_parts.h"

#define RESPONSE_NAME "wats.response"
#define HEADERS_NAME  "wats.headers"

enum { VALUE_BODY = 1, VALUE_HEADERS = 2 };

/* A body of this size is worth a step of the collector, which sees only a
** small userdata and would let many of them pile up. */
#define LARGE_BODY ((size_t)64 * 1024)

/*
** The metatables stand in the registry under these addresses as well: finding
** one by its name costs as much as looking up a cached answer.
*/
static const char response_type, headers_type;

static void set_type(lua_State *L, const void *type)
{
  lua_rawgetp(L, LUA_REGISTRYINDEX, type);
  lua_setmetatable(L, -2);
}

/* Is the metatable of the userdata argument 1 that upvalue? Those that are
 *called
 ** most have it, which is quicker still. */
static bool is_of_upvalue(lua_State *L, int upvalue)
{
  bool same;
  if (lua_type(L, 1) != LUA_TUSERDATA || !lua_getmetatable(L, 1)) return false;
  same = lua_rawequal(L, -1, lua_upvalueindex(upvalue));
  lua_pop(L, 1);
  return same;
}

static void *check_type(lua_State *L, int index, const void *type,
                        const char *name)
{
  if (lua_type(L, index) == LUA_TUSERDATA && lua_getmetatable(L, index)) {
    bool same;
    lua_rawgetp(L, LUA_REGISTRYINDEX, type);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    if (same) return lua_touserdata(L, index);
  }
  return luaL_checkudata(L, index, name); /* raises */
}

struct headers_box {
  struct wats_response *response; /* retained; NULL until filled */
  char age[24]; /* value of Age of a cached answer; "" = as sent */
};

/* ---- header fields ---------------------------------------------------- */

static const char *field_value(const struct headers_box *box, const char *name,
                               const char *value)
{
  return *box->age && wats_name_equal(name, "Age") ? box->age : value;
}

/* Finalisers run in any order: one may see the fields after their own did. */
static struct headers_box *check_headers(lua_State *L, int index)
{
  struct headers_box *box = check_type(L, index, &headers_type, HEADERS_NAME);
  if (!box->response) wats_lua_raise(L, "the answer was collected");
  return box;
}

/* headers[name]: the first value, or nil; or a method. */
static int headers_index(lua_State *L)
{
  struct headers_box *box = check_headers(L, 1);
  const char *name, *value;
  if (lua_type(L, 2) != LUA_TSTRING) {
    lua_pushnil(L);
    return 1;
  }
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  name = lua_tostring(L, 2);
  value = wats_headers_get(&box->response->headers, name);
  lua_pushstring(L, field_value(box, name, value));
  return 1;
}

/* headers:all(name) -> list of values in the order sent. */
static int headers_all(lua_State *L)
{
  struct headers_box *box = check_headers(L, 1);
  const char *only = luaL_checkstring(L, 2), *name, *value;
  size_t position = 0;
  lua_Integer count = 0;
  lua_newtable(L);
  while (wats_headers_next(&box->response->headers, &position, only, &name,
                           &value)) {
    lua_pushstring(L, field_value(box, name, value));
    lua_rawseti(L, -2, ++count);
  }
  if (count == 0 && *box->age && wats_name_equal(only, "Age")) {
    lua_pushstring(L, box->age);
    lua_rawseti(L, -2, 1);
  }
  return 1;
}

static int headers_step(lua_State *L)
{
  struct headers_box *box = check_headers(L, lua_upvalueindex(1));
  size_t position = (size_t)lua_tointeger(L, lua_upvalueindex(2));
  const char *name, *value;
  if (!wats_headers_next(&box->response->headers, &position, NULL, &name,
                         &value)) {
    /* An Age of ours that was not among the fields sent comes last, once. */
    if (lua_toboolean(L, lua_upvalueindex(3))) return 0;
    lua_pushboolean(L, 1);
    lua_replace(L, lua_upvalueindex(3));
    lua_pushliteral(L, "Age");
    lua_pushstring(L, box->age);
    return 2;
  }
  lua_pushinteger(L, (lua_Integer)position);
  lua_replace(L, lua_upvalueindex(2));
  lua_pushstring(L, name);
  lua_pushstring(L, field_value(box, name, value));
  return 2;
}

/* for name, value in headers:pairs(): as sent, in order. */
static int headers_pairs(lua_State *L)
{
  struct headers_box *box = check_headers(L, 1);
  bool none =
      !*box->age || wats_headers_get(&box->response->headers, "Age") != NULL;
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  lua_pushboolean(L, none);
  lua_pushcclosure(L, headers_step, 3);
  return 1;
}

static int headers_gc(lua_State *L)
{
  struct headers_box *box = luaL_checkudata(L, 1, HEADERS_NAME);
  wats_response_release(box->response);
  box->response = NULL;
  return 0;
}

static int headers_newindex(lua_State *L)
{
  wats_lua_raise(L, "an answer's header fields cannot be changed");
}

/* ---- the answer ------------------------------------------------------- */

static void push_headers(lua_State *L, struct wats_result *result)
{
  struct headers_box *box;
  if (lua_getiuservalue(L, 1, VALUE_HEADERS) == LUA_TUSERDATA) return;
  lua_pop(L, 1);
  box = lua_newuserdatauv(L, sizeof *box, 0);
  memset(box, 0, sizeof *box);
  set_type(L, &headers_type);
  box->response = wats_response_retain(result->response);
  if (result->age_s >= 0)
    snprintf(box->age, sizeof box->age, "%lld", (long long)result->age_s);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, 1, VALUE_HEADERS);
}

/*
** The bodies of stored answers that were read last, as Lua strings: one of some
** size takes longer to copy than all else that a request for it does. Nobody
** can
** change a string, so all may have the same.
*/
#define SHARED_BODIES 4
#define SHARED_FROM   ((size_t)2 * 1024)
#define SHARED_MOST   ((size_t)256 * 1024)

struct shared_bodies {                            /* a user value for each */
  struct wats_response *responses[SHARED_BODIES]; /* retained, or NULL */
  bool closed; /* the state ends: a finaliser that reads a body gets its own */
};

static const char shared_key; /* in the registry */

static void push_shared(lua_State *L, struct wats_response *response,
                        const char *bytes, size_t length)
{
  struct shared_bodies *shared;
  int place = (int)((uintptr_t)response / 64 % SHARED_BODIES);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &shared_key);
  shared = lua_touserdata(L, -1);
  if (shared->closed)
    lua_pushlstring(L, bytes, length);
  else if (shared->responses[place] == response)
    lua_getiuservalue(L, -1, place + 1);
  else {
    lua_pushlstring(L, bytes, length);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, -3, place + 1);
    wats_response_release(shared->responses[place]);
    shared->responses[place] = wats_response_retain(response);
  }
  lua_remove(L, -2);
}

static int shared_gc(lua_State *L)
{
  struct shared_bodies *shared = lua_touserdata(L, 1);
  int i;
  shared->closed = true;
  for (i = 0; i < SHARED_BODIES; i++) {
    wats_response_release(shared->responses[i]);
    shared->responses[i] = NULL;
  }
  return 0;
}

static void push_body(lua_State *L, const struct wats_result *result)
{
  size_t length;
  const char *bytes;
  if (lua_getiuservalue(L, 1, VALUE_BODY) == LUA_TSTRING) return;
  lua_pop(L, 1);
  bytes = wats_response_body(result->response, &length);
  if (result->cache_status == WATS_STATUS_HIT && length >= SHARED_FROM &&
      length <= SHARED_MOST)
    push_shared(L, result->response, bytes, length);
  else
    lua_pushlstring(L, bytes ? bytes : "", length);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, 1, VALUE_BODY);
}

/* `upvalue` is the metatable, or 0: it must be looked for. */
static struct wats_result *check_response(lua_State *L, int upvalue)
{
  struct wats_result *result =
      upvalue && is_of_upvalue(L, upvalue)
          ? lua_touserdata(L, 1)
          : check_type(L, 1, &response_type, RESPONSE_NAME);
  /* Only a finaliser that outlives the answer's own can get here. */
  if (!result->response) wats_lua_raise(L, "the answer was collected");
  return result;
}

static int push_json(lua_State *L, const struct wats_response *response,
                     bool keep)
{
  size_t length;
  const char *bytes = wats_response_body(response, &length);
  struct wats_error error;
  if (wats_lua_json_decode(L, bytes ? bytes : "", length, keep, &error))
    return 1;
  lua_pushnil(L);
  wats_push_error(L, &error);
  lua_pushinteger(L, response->status);
  lua_setfield(L, -2, "status");
  return 2;
}

/* response:json([{nulls = "keep"}]) -> value | nil, err */
static int response_json(lua_State *L)
{
  struct wats_result *result = check_response(L, 0);
  bool keep = wats_lua_json_read_options(L, 2);
  lua_settop(L, 1);
  return push_json(L, result->response, keep);
}

/* application/json, text/json, or application/problem+json and its like. */
static bool is_json(const struct wats_response *response)
{
  const char *type = wats_headers_get(&response->headers, "Content-Type");
  size_t length;
  if (!type) return false;
  length = strcspn(type, "; \t");
  return length >= 5 && wats_ascii_equal(type + length - 4, "json", 4) &&
         (type[length - 5] == '/' || type[length - 5] == '+');
}

const char *wats_lua_response_id(const void *response)
{
  return ((const struct wats_result *)response)->request_id;
}

bool wats_lua_response_ok(const void *response)
{
  const struct wats_result *result = response;
  return result->response->status / 100 == 2;
}

bool wats_lua_response_is_page(const void *response)
{
  const struct wats_result *result = response;
  const char *type =
      wats_headers_get(&result->response->headers, "Content-Type");
  return type && strcspn(type, "; \t") == 9 &&
         wats_ascii_equal(type, "text/html", 9);
}

int wats_lua_push_decoded(lua_State *L, int index)
{
  struct wats_result *result = lua_touserdata(L, index);
  size_t length = 0;
  const char *bytes = wats_response_body(result->response, &length);
  if (length == 0)
    lua_pushboolean(L, 1);
  else if (is_json(result->response))
    return push_json(L, result->response, false);
  else
    lua_pushlstring(L, bytes, length);
  return 1;
}

void wats_lua_drop_response(void *response)
{
  struct wats_result *result = response;
  wats_response_release(result->response);
  result->response = NULL;
}

enum field {
  FIELD_STATUS = 1,
  FIELD_OK,
  FIELD_BODY,
  FIELD_HEADERS,
  FIELD_ELAPSED,
  FIELD_ATTEMPTS,
  FIELD_HTTP_VERSION,
  FIELD_CACHE_STATUS,
  FIELD_CACHE_REASON,
  FIELD_FROM_CACHE,
  FIELD_AGE,
  FIELD_BYTES,
  FIELD_REQUEST_ID
};

static const struct {
  const char *name;
  enum field field;
} fields[] = {{"status", FIELD_STATUS},
              {"ok", FIELD_OK},
              {"body", FIELD_BODY},
              {"headers", FIELD_HEADERS},
              {"elapsed", FIELD_ELAPSED},
              {"attempts", FIELD_ATTEMPTS},
              {"http_version", FIELD_HTTP_VERSION},
              {"cache_status", FIELD_CACHE_STATUS},
              {"cache_reason", FIELD_CACHE_REASON},
              {"from_cache", FIELD_FROM_CACHE},
              {"age", FIELD_AGE},
              {"bytes", FIELD_BYTES},
              {"request_id", FIELD_REQUEST_ID}};

static void push_http_version(lua_State *L, int version)
{
  if (version % 10)
    lua_pushfstring(L, "%d.%d", version / 10, version % 10);
  else
    lua_pushfstring(L, version == 10 ? "1.0" : "%d", version / 10);
}

/* Of the body, which a sink may have had. */
static void push_bytes(lua_State *L, const struct wats_result *r)
{
  size_t length = 0;
  wats_response_body(r->response, &length);
  lua_pushinteger(L, (lua_Integer)length + (lua_Integer)r->streamed);
}

static void push_field(lua_State *L, struct wats_result *r, enum field field)
{
  int status = r->response->status;
  switch (field) {
  case FIELD_STATUS:
    lua_pushinteger(L, status);
    break;
  case FIELD_OK:
    lua_pushboolean(L, status >= 200 && status < 300);
    break;
  case FIELD_BODY:
    push_body(L, r);
    break;
  case FIELD_HEADERS:
    push_headers(L, r);
    break;
  case FIELD_ELAPSED:
    lua_pushnumber(L, (lua_Number)r->elapsed_ns / 1e9);
    break;
  case FIELD_ATTEMPTS:
    lua_pushinteger(L, r->attempts);
    break;
  case FIELD_HTTP_VERSION:
    push_http_version(L, r->response->http_version);
    break;
  case FIELD_CACHE_STATUS:
    lua_pushstring(L, wats_cache_status_name(r->cache_status));
    break;
  case FIELD_CACHE_REASON:
    lua_pushstring(L, r->cache_reason);
    break;
  case FIELD_FROM_CACHE:
    lua_pushboolean(L, r->cache_status >= WATS_STATUS_HIT);
    break;
  case FIELD_BYTES:
    push_bytes(L, r);
    break;
  case FIELD_REQUEST_ID:
    lua_pushstring(L, *r->request_id ? r->request_id : NULL);
    break;
  case FIELD_AGE:
    if (r->age_s < 0)
      lua_pushnil(L);
    else
      lua_pushinteger(L, r->age_s);
    break;
  }
}

/* Upvalue 1: name -> field number, or method; 2: the metatable. */
static int response_index(lua_State *L)
{
  struct wats_result *result = check_response(L, 2);
  lua_settop(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  if (lua_type(L, -1) == LUA_TNUMBER)
    push_field(L, result, (enum field)lua_tointeger(L, -1));
  return 1;
}

static int response_tostring(lua_State *L)
{
  struct wats_result *result = check_response(L, 0);
  size_t length = 0;
  wats_response_body(result->response, &length);
  lua_pushfstring(L, RESPONSE_NAME ": %d (%I bytes, cache: %s)",
                  result->response->status, (LUAI_UACINT)length,
                  wats_cache_status_name(result->cache_status));
  return 1;
}

static int response_newindex(lua_State *L)
{
  wats_lua_raise(L, "an answer cannot be changed");
}

/* Upvalue 1: the metatable. */
static int response_gc(lua_State *L)
{
  wats_lua_drop_response(is_of_upvalue(L, 1)
                             ? lua_touserdata(L, 1)
                             : check_type(L, 1, &response_type, RESPONSE_NAME));
  return 0;
}

void *wats_lua_reserve_response(lua_State *L)
{
  struct wats_result *result = lua_newuserdatauv(L, sizeof *result, 2);
  memset(result, 0, sizeof *result);
  set_type(L, &response_type);
  return result;
}

void wats_lua_fill_response(void *reserved, const struct wats_result *result)
{
  memcpy(reserved, result, sizeof *result);
}

void wats_lua_pay_for_response(lua_State *L, const void *response)
{
  const struct wats_result *result = response;
  size_t length = 0;
  wats_response_body(result->response, &length);
  if (length >= LARGE_BODY && result->cache_status != WATS_STATUS_HIT)
    lua_gc(L, LUA_GCSTEP, (int)(length / 1024 > 4096 ? 4096 : length / 1024));
}

/* ---- opening ---------------------------------------------------------- */

static void open_headers(lua_State *L)
{
  static const luaL_Reg methods[] = {
      {"all", headers_all}, {"pairs", headers_pairs}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", headers_gc},
                                         {"__newindex", headers_newindex},
                                         {"__pairs", headers_pairs},
                                         {NULL, NULL}};
  luaL_newmetatable(L, HEADERS_NAME);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &headers_type);
  luaL_setfuncs(L, metamethods, 0);
  lua_pushboolean(L, 0); /* a script has no business with the metatable */
  lua_setfield(L, -2, "__metatable");
  luaL_newlib(L, methods);
  lua_pushcclosure(L, headers_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

static void open_shared(lua_State *L)
{
  struct shared_bodies *shared =
      lua_newuserdatauv(L, sizeof *shared, SHARED_BODIES);
  memset(shared, 0, sizeof *shared);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, shared_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &shared_key);
}

void wats_open_response(lua_State *L)
{
  static const luaL_Reg metamethods[] = {{"__newindex", response_newindex},
                                         {"__tostring", response_tostring},
                                         {NULL, NULL}};
  size_t i;
  open_headers(L);
  open_shared(L);
  luaL_newmetatable(L, RESPONSE_NAME);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &response_type);
  luaL_setfuncs(L, metamethods, 0);
  lua_pushboolean(L, 0); /* a script has no business with the metatable */
  lua_setfield(L, -2, "__metatable");
  lua_newtable(L);
  for (i = 0; i < sizeof fields / sizeof *fields; i++) {
    lua_pushinteger(L, fields[i].field);
    lua_setfield(L, -2, fields[i].name);
  }
  lua_pushcfunction(L, response_json);
  lua_setfield(L, -2, "json");
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, response_index, 2);
  lua_setfield(L, -2, "__index");
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, response_gc, 1);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
}
