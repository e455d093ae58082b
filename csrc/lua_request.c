/*
** lua_request.c - from Lua's arguments to a struct wats_request.
**
** Options are read by walking the caller's table once, so that an unknown one
** is noticed; each has a reader below. A reader may raise: everything that
** owns memory is in the scratch userdata by then.
*/
#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/json_writer.h"
#include "core/url.h"
#include "lua_client.h"
#include "lua_error.h"
#include "lua_json.h"
#include "lua_parts.h"

#define SCRATCH_NAME "wats.scratch"

struct reader {
  lua_State *L;
  int options; /* stack index of the table */
  struct wats_request *request;
  struct wats_lua_scratch *scratch;
  bool has_json;
};

void wats_lua_free_scratch(struct wats_lua_scratch *scratch)
{
  if (!scratch) return;
  wats_buffer_free(&scratch->query);
  wats_buffer_free(&scratch->body);
  wats_headers_free(&scratch->headers);
}

static int collect_scratch(lua_State *L)
{
  wats_lua_free_scratch(lua_touserdata(L, 1));
  return 0;
}

struct wats_lua_scratch *wats_lua_new_scratch(lua_State *L)
{
  struct wats_lua_scratch *s = lua_newuserdatauv(L, sizeof *s, 0);
  wats_buffer_init(&s->query, 0);
  wats_buffer_init(&s->body, 0);
  wats_headers_init(&s->headers, 0);
  luaL_setmetatable(L, SCRATCH_NAME);
  return s;
}

static void check_memory(lua_State *L, enum wats_errc code)
{
  if (code != WATS_OK) wats_lua_raise(L, "not enough memory");
}

/* ---- query ------------------------------------------------------------ */

static void append_query_value(struct reader *r, int index, const char *name)
{
  struct wats_buffer *out = &r->scratch->query;
  lua_State *L = r->L;
  enum wats_errc code;
  switch (lua_type(L, index)) {
  case LUA_TSTRING: {
    size_t length;
    const char *text = lua_tolstring(L, index, &length);
    code = wats_url_append_encoded(out, text, length);
    break;
  }
  case LUA_TBOOLEAN:
    code = wats_buffer_append_string(out, lua_toboolean(L, index) ? "true"
                                                                  : "false");
    break;
  case LUA_TNUMBER:
    if (lua_isinteger(L, index))
      code = wats_json_write_integer(out, lua_tointeger(L, index));
    else if (!isfinite(lua_tonumber(L, index))) {
      wats_lua_raise(L, "query.%s: a number that is not finite", name);
      return;
    } else
      code = wats_json_write_double(out, lua_tonumber(L, index));
    break;
  default:
    wats_lua_raise(L,
                   "query.%s: string, number, boolean or a list of them "
                   "expected, got %s",
                   name, luaL_typename(L, index));
    return;
  }
  check_memory(L, code);
}

static void append_query_pair(struct reader *r, const char *name, size_t length,
                              int value)
{
  struct wats_buffer *out = &r->scratch->query;
  if (out->length) check_memory(r->L, wats_buffer_append_char(out, '&'));
  check_memory(r->L, wats_url_append_encoded(out, name, length));
  check_memory(r->L, wats_buffer_append_char(out, '='));
  append_query_value(r, value, name);
}

/* A list repeats the name, as OData and ASP.NET read it. */
static void append_query_entry(struct reader *r, const char *name,
                               size_t length)
{
  lua_State *L = r->L;
  lua_Integer i, count;
  if (!lua_istable(L, -1)) {
    append_query_pair(r, name, length, lua_gettop(L));
    return;
  }
  count = luaL_len(L, -1);
  for (i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    append_query_pair(r, name, length, lua_gettop(L));
    lua_pop(L, 1);
  }
}

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t count_names(struct reader *r, int table)
{
  lua_State *L = r->L;
  size_t count = 0;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      wats_lua_raise(L, "query: names are strings, got a %s",
                     luaL_typename(L, -2));
    if (strlen(lua_tostring(L, -2)) != lua_rawlen(L, -2))
      wats_lua_raise(L, "query: a name holds a NUL");
    count++;
    lua_pop(L, 1);
  }
  return count;
}

/* Sorted, so that one question has one URL and one place in the cache. */
static void read_query(struct reader *r)
{
  lua_State *L = r->L;
  int table = lua_gettop(L);
  size_t i = 0, count;
  const char **names;
  if (!lua_istable(L, table))
    wats_lua_raise(L, "query: table expected, got %s", luaL_typename(L, -1));
  count = count_names(r, table);
  luaL_checkstack(L, 8, "query");
  names = lua_newuserdatauv(L, count * sizeof *names, 0);
  lua_pushnil(L);
  while (lua_next(L, table)) {
    names[i++] = lua_tostring(L, -2);
    lua_pop(L, 1);
  }
  qsort(names, count, sizeof *names, compare_names);
  for (i = 0; i < count; i++) {
    lua_getfield(L, table, names[i]);
    append_query_entry(r, names[i], strlen(names[i]));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* ---- header fields ---------------------------------------------------- */

static void add_header(struct reader *r, int name, int value)
{
  lua_State *L = r->L;
  size_t name_length, value_length;
  const char *n, *v;
  enum wats_errc code;
  if (lua_type(L, name) != LUA_TSTRING)
    wats_lua_raise(L, "headers: names are strings, got a %s",
                   luaL_typename(L, name));
  n = lua_tolstring(L, name, &name_length);
  if (lua_type(L, value) != LUA_TSTRING && lua_type(L, value) != LUA_TNUMBER)
    wats_lua_raise(L, "headers: %s: string or number expected, got %s", n,
                   luaL_typename(L, value));
  v = luaL_tolstring(L, value, &value_length);
  code =
      wats_headers_add(&r->scratch->headers, n, name_length, v, value_length);
  if (code == WATS_ERR_ARGUMENT)
    wats_lua_raise(L,
                   "headers: \"%s\" is no header field (a name is a token; "
                   "a value holds no line break or NUL)",
                   n);
  check_memory(L, code);
  lua_pop(L, 1);
}

static void read_header_list(struct reader *r, int table)
{
  lua_State *L = r->L;
  lua_Integer i, count = luaL_len(L, table);
  for (i = 1; i <= count; i++) {
    if (lua_rawgeti(L, table, i) != LUA_TTABLE)
      wats_lua_raise(L, "headers[%d]: {name, value} expected, got %s", (int)i,
                     luaL_typename(L, -1));
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    add_header(r, lua_gettop(L) - 1, lua_gettop(L));
    lua_pop(L, 3);
  }
}

/* A map, or a list of {name, value} where order or repetition matters. */
static void read_headers(struct reader *r)
{
  lua_State *L = r->L;
  int table;
  if (!lua_istable(L, -1))
    wats_lua_raise(L, "headers: table expected, got %s", luaL_typename(L, -1));
  table = lua_gettop(L);
  luaL_checkstack(L, 8, "headers");
  if (lua_rawgeti(L, table, 1) != LUA_TNIL) {
    lua_pop(L, 1);
    read_header_list(r, table);
    return;
  }
  for (; lua_next(L, table); lua_pop(L, 1))
    add_header(r, lua_gettop(L) - 1, lua_gettop(L));
}

/* ---- the other options ------------------------------------------------ */

static void read_json(struct reader *r)
{
  struct wats_lua_scratch *s = r->scratch;
  wats_lua_json_encode(r->L, lua_gettop(r->L), &s->body);
  r->has_json = true;
  r->request->body = s->body.data;
  r->request->body_length = s->body.length;
}

static void read_body(struct reader *r)
{
  if (lua_type(r->L, -1) != LUA_TSTRING)
    wats_lua_raise(r->L,
                   "body: string expected, got %s (for a table there is "
                   "the option json)",
                   luaL_typename(r->L, -1));
  /* The caller's table keeps the string alive. */
  r->request->body = lua_tolstring(r->L, -1, &r->request->body_length);
}

static lua_Number read_positive(struct reader *r, const char *name)
{
  lua_Number n = lua_tonumber(r->L, -1);
  if (lua_type(r->L, -1) != LUA_TNUMBER || !(n > 0))
    wats_lua_raise(r->L, "%s: a number above 0 expected, got %s", name,
                   luaL_tolstring(r->L, -1, NULL));
  return n;
}

static void read_cache_table(struct reader *r)
{
  lua_State *L = r->L;
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    const char *name =
        lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
    lua_Number ttl = lua_tonumber(L, -1);
    if (strcmp(name, "ttl") != 0)
      wats_lua_raise(L, "cache: unknown option \"%s\" (there is ttl)", name);
    if (lua_type(L, -1) != LUA_TNUMBER || !(ttl >= 0))
      wats_lua_raise(L, "cache.ttl: seconds, 0 or more, expected");
    r->request->cache_ttl_ns = wats_seconds_to_ns((double)ttl);
    lua_pop(L, 1);
  }
}

static void read_cache(struct reader *r)
{
  static const char *const modes[] = {"default", "bypass", "refresh", "only"};
  const char *mode;
  unsigned i;
  if (lua_istable(r->L, -1)) {
    read_cache_table(r);
    return;
  }
  mode = lua_type(r->L, -1) == LUA_TSTRING ? lua_tostring(r->L, -1) : NULL;
  for (i = 0; mode && i < sizeof modes / sizeof *modes; i++)
    if (strcmp(mode, modes[i]) == 0) {
      r->request->cache_mode = (enum wats_cache_mode)i;
      return;
    }
  wats_lua_raise(r->L, "cache: \"default\", \"bypass\", \"refresh\", \"only\" "
                       "or {ttl = seconds} expected");
}

static void read_timeout(struct reader *r)
{
  r->request->timeout_ns =
      wats_seconds_to_ns((double)read_positive(r, "timeout"));
}

static void read_max_body(struct reader *r)
{
  lua_Number n = read_positive(r, "max_body");
  r->request->max_body = n < 9e15 ? (size_t)n : SIZE_MAX / 2;
}

static void read_route(struct reader *r)
{
  if (lua_type(r->L, -1) != LUA_TSTRING)
    wats_lua_raise(r->L, "route: string expected, got %s",
                   luaL_typename(r->L, -1));
  r->request->route = lua_tostring(r->L, -1);
}

static void read_decompress(struct reader *r)
{
  if (!lua_isboolean(r->L, -1))
    wats_lua_raise(r->L, "decompress: boolean expected, got %s",
                   luaL_typename(r->L, -1));
  r->request->raw_encoding = !lua_toboolean(r->L, -1);
}

static const struct option {
  const char *name;
  void (*read)(struct reader *r);
} options[] = {{"query", read_query},
               {"headers", read_headers},
               {"json", read_json},
               {"body", read_body},
               {"cache", read_cache},
               {"timeout", read_timeout},
               {"max_body", read_max_body},
               {"route", read_route},
               {"decompress", read_decompress}};

#define OPTION_COUNT (sizeof options / sizeof *options)

static void raise_unknown(lua_State *L, const char *name)
{
  size_t i;
  lua_createtable(L, (int)OPTION_COUNT, 0);
  for (i = 0; i < OPTION_COUNT; i++) {
    lua_pushstring(L, options[i].name);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  wats_lua_raise_unknown(L, "option", name, lua_gettop(L));
}

static void read_option(struct reader *r)
{
  lua_State *L = r->L;
  size_t i;
  int top = lua_gettop(L);
  const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
  for (i = 0; i < OPTION_COUNT && strcmp(options[i].name, name) != 0;)
    i++;
  if (i == OPTION_COUNT) {
    raise_unknown(L, luaL_tolstring(L, -2, NULL));
    return;
  }
  options[i].read(r);
  lua_settop(L, top);
}

static void finish(struct reader *r)
{
  struct wats_headers *h;
  lua_State *L = r->L;
  if (r->has_json) {
    lua_getfield(L, r->options, "body");
    if (!lua_isnil(L, -1)) wats_lua_raise(L, "body and json exclude another");
    lua_pop(L, 1);
    h = &r->scratch->headers;
    if (!wats_headers_get(h, "Content-Type"))
      check_memory(L, wats_headers_set(h, "Content-Type", "application/json"));
  }
  if (r->scratch->query.length) {
    r->request->query = r->scratch->query.data;
    r->request->query_length = r->scratch->query.length;
  }
  if (r->scratch->headers.count) r->request->headers = &r->scratch->headers;
}

void wats_lua_read_request(lua_State *L, int path, const char *method,
                           struct wats_request *request,
                           struct wats_lua_scratch **scratch)
{
  struct reader r = {.L = L, .options = path + 1, .request = request};
  memset(request, 0, sizeof *request);
  request->method = method;
  request->cache_ttl_ns = -1;
  request->target = luaL_checklstring(L, path, &request->target_length);
  *scratch = NULL;
  if (lua_isnoneornil(L, path + 1)) return;
  luaL_checktype(L, path + 1, LUA_TTABLE);
  lua_settop(L, path + 1);
  luaL_checkstack(L, 16, "request options");
  *scratch = r.scratch = wats_lua_new_scratch(L);
  lua_pushnil(L);
  while (lua_next(L, r.options)) {
    read_option(&r);
    lua_pop(L, 1);
  }
  finish(&r);
}

void wats_open_request(lua_State *L)
{
  luaL_newmetatable(L, SCRATCH_NAME);
  lua_pushcfunction(L, collect_scratch);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
}
