/*
** lua_request.c - from Lua's arguments to a struct wats_request.
**
** Options are read by walking the caller's table once, so that an unknown one
** is noticed; each has a reader below. A reader may raise: everything that
** owns memory is in the scratch userdata by then. What the request borrows of a
** Lua string stands in a stack slot of its own: the collector may run anybody's
** finalisers meanwhile, and those may change the caller's tables. No reader
** calls a metamethod.
*/
#include <float.h>
#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/gzip.h"
#include "core/json_writer.h"
#include "core/url.h"
#include "lua_client.h"
#include "lua_error.h"
#include "lua_json.h"
#include "lua_parts.h"

#define SCRATCH_NAME "wats.scratch"

/* Stack slots behind the options' own. */
enum { SLOT_BODY = 1, SLOT_ROUTE };

struct reader {
  lua_State *L;
  int options; /* stack index of the table */
  struct wats_request *request;
  struct wats_lua_scratch *scratch;
  bool has_json, has_body, has_source, has_multipart, has_length;
  bool compress;
};

void wats_lua_free_scratch(struct wats_lua_scratch *scratch)
{
  if (!scratch) return;
  wats_buffer_free(&scratch->query);
  wats_buffer_free(&scratch->body);
  wats_buffer_free(&scratch->packed);
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
  s->streamed = false;
  wats_buffer_init(&s->query, 0);
  wats_buffer_init(&s->body, 0);
  wats_buffer_init(&s->packed, 0);
  wats_headers_init(&s->headers, 0);
  luaL_setmetatable(L, SCRATCH_NAME);
  return s;
}

static void check_memory(lua_State *L, enum wats_errc code)
{
  if (code != WATS_OK) wats_lua_raise(L, "not enough memory");
}

/* ---- query ------------------------------------------------------------ */

/* Names are the caller's, so they may be long and of any bytes. */
static const char *shown(lua_State *L, const char *text)
{
  struct wats_error line;
  (void)wats_fail(&line, WATS_ERR_ARGUMENT, "%.60s", text);
  return lua_pushstring(L, line.message);
}

static enum wats_errc append_number(struct wats_buffer *out, lua_State *L,
                                    int index)
{
  if (lua_isinteger(L, index))
    return wats_json_write_integer(out, lua_tointeger(L, index));
  return wats_json_write_double(out, lua_tonumber(L, index));
}

static void append_query_value(struct reader *r, int index, const char *name)
{
  struct wats_buffer *out = &r->scratch->query;
  lua_State *L = r->L;
  size_t length;
  const char *text;
  switch (lua_type(L, index)) {
  case LUA_TSTRING:
    text = lua_tolstring(L, index, &length);
    check_memory(L, wats_url_append_encoded(out, text, length));
    return;
  case LUA_TBOOLEAN:
    text = lua_toboolean(L, index) ? "true" : "false";
    check_memory(L, wats_buffer_append_string(out, text));
    return;
  case LUA_TNUMBER:
    if (!isfinite(lua_tonumber(L, index)))
      wats_lua_raise(L, "query.%s: a number that is not finite",
                     shown(L, name));
    check_memory(L, append_number(out, L, index));
    return;
  default:
    wats_lua_raise(L,
                   "query.%s: string, number, boolean or a list of them "
                   "expected, got %s",
                   shown(L, name), luaL_typename(L, index));
  }
}

struct name { /* of a query; the string is on the stack, at `index` */
  const char *text;
  size_t length;
  int index;
};

/* The value is at `index`. */
static void append_query_pair(struct reader *r, const struct name *name,
                              int index)
{
  struct wats_buffer *out = &r->scratch->query;
  if (out->length) check_memory(r->L, wats_buffer_append_char(out, '&'));
  check_memory(r->L, wats_url_append_encoded(out, name->text, name->length));
  check_memory(r->L, wats_buffer_append_char(out, '='));
  append_query_value(r, index, name->text);
}

/* A list repeats the name, as OData and ASP.NET read it. */
static void append_query_entry(struct reader *r, const struct name *name,
                               int index)
{
  lua_State *L = r->L;
  lua_Integer i, count;
  if (!lua_istable(L, index)) {
    append_query_pair(r, name, index);
    return;
  }
  count = (lua_Integer)lua_rawlen(L, index);
  lua_pushnil(L);
  if (count == 0 && lua_next(L, index))
    wats_lua_raise(L, "query.%s: a list expected, got a table with other keys",
                   shown(L, name->text));
  lua_settop(L, index);
  for (i = 1; i <= count; i++) {
    lua_rawgeti(L, index, i);
    append_query_pair(r, name, index + 1);
    lua_settop(L, index);
  }
}

static int compare_names(const void *a, const void *b)
{
  const struct name *x = a, *y = b;
  size_t shorter = x->length < y->length ? x->length : y->length;
  int order = memcmp(x->text, y->text, shorter);
  if (order) return order;
  return (x->length > y->length) - (x->length < y->length);
}

/* Pushes the names of the table and returns how many they are. */
static int push_names(lua_State *L, int table)
{
  int count = 0;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      wats_lua_raise(L, "query: names are strings, got a %s",
                     luaL_typename(L, -2));
    lua_pop(L, 1);
    luaL_checkstack(L, 8, "query");
    lua_pushvalue(L, -1); /* stays, the other is the key to go on from */
    count++;
  }
  return count;
}

/* Sorted, so that one question has one URL and one place in the cache. */
static void read_query(struct reader *r)
{
  lua_State *L = r->L;
  int table = lua_gettop(L), count, i;
  struct name *names;
  if (!lua_istable(L, table))
    wats_lua_raise(L, "query: table expected, got %s", luaL_typename(L, -1));
  count = push_names(L, table);
  names = lua_newuserdatauv(L, (size_t)count * sizeof *names, 0);
  for (i = 0; i < count; i++) {
    names[i].index = table + 1 + i;
    names[i].text = lua_tolstring(L, names[i].index, &names[i].length);
  }
  qsort(names, (size_t)count, sizeof *names, compare_names);
  for (i = 0; i < count; i++) {
    lua_pushvalue(L, names[i].index);
    lua_rawget(L, table);
    append_query_entry(r, &names[i], lua_gettop(L));
    lua_pop(L, 1);
  }
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
    wats_lua_raise(L, "headers: %s: string or number expected, got %s",
                   shown(L, n), luaL_typename(L, value));
  v = luaL_tolstring(L, value, &value_length);
  code =
      wats_headers_add(&r->scratch->headers, n, name_length, v, value_length);
  if (code == WATS_ERR_ARGUMENT)
    wats_lua_raise(L,
                   "headers: \"%s\" is no header field (a name is a token; "
                   "a value holds no line break or NUL)",
                   shown(L, n));
  check_memory(L, code);
  lua_pop(L, 1);
}

static void read_header_list(struct reader *r, int table)
{
  lua_State *L = r->L;
  lua_Integer i, count = (lua_Integer)lua_rawlen(L, table);
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
}

/* The string on top, which a stack slot keeps from now on. */
static const char *keep_string(struct reader *r, const char *name, int slot,
                               const char *hint, size_t *length)
{
  if (lua_type(r->L, -1) != LUA_TSTRING)
    wats_lua_raise(r->L, "%s: string expected, got %s%s", name,
                   luaL_typename(r->L, -1), hint);
  lua_copy(r->L, -1, r->options + slot);
  return lua_tolstring(r->L, -1, length);
}

static void read_body(struct reader *r)
{
  r->request->body = keep_string(r, "body", SLOT_BODY,
                                 " (for a table there is the option json)",
                                 &r->request->body_length);
  r->has_body = true;
}

static lua_Number read_number(struct reader *r, const char *name,
                              const char *expected, lua_Number least)
{
  lua_State *L = r->L;
  lua_Number n = lua_tonumber(L, -1);
  if (lua_type(L, -1) != LUA_TNUMBER)
    wats_lua_raise(L, "%s: %s expected, got %s", name, expected,
                   luaL_typename(L, -1));
  if (!(n >= least))
    wats_lua_raise(L, "%s: %s expected, got %s", name, expected,
                   luaL_tolstring(L, -1, NULL));
  return n;
}

static void read_cache_table(struct reader *r)
{
  lua_State *L = r->L;
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    if (lua_type(L, -2) != LUA_TSTRING ||
        strcmp(lua_tostring(L, -2), "ttl") != 0)
      wats_lua_raise(L, "cache: unknown option \"%s\" (there is ttl)",
                     shown(L, luaL_tolstring(L, -2, NULL)));
    r->request->cache_ttl_ns = wats_seconds_to_ns(
        (double)read_number(r, "cache.ttl", "seconds, 0 or more,", 0));
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
  r->request->timeout_ns = wats_seconds_to_ns(
      (double)read_number(r, "timeout", "a number above 0", DBL_TRUE_MIN));
}

static void read_max_body(struct reader *r)
{
  lua_Number n = read_number(r, "max_body", "a whole number above 0", 1);
  if (n != floor(n))
    wats_lua_raise(r->L, "max_body: a whole number above 0 expected, got %s",
                   luaL_tolstring(r->L, -1, NULL));
  r->request->max_body = n < 9e15 ? (size_t)n : SIZE_MAX / 2;
}

static void read_route(struct reader *r)
{
  r->request->route = keep_string(r, "route", SLOT_ROUTE, "", NULL);
}

static bool read_boolean(struct reader *r, const char *name)
{
  if (!lua_isboolean(r->L, -1))
    wats_lua_raise(r->L, "%s: boolean expected, got %s", name,
                   luaL_typename(r->L, -1));
  return lua_toboolean(r->L, -1);
}

static void read_decompress(struct reader *r)
{
  r->request->raw_encoding = !read_boolean(r, "decompress");
}

static void read_retry(struct reader *r)
{
  r->request->no_retry = !read_boolean(r, "retry");
}

static void read_idempotent(struct reader *r)
{
  r->request->idempotent = read_boolean(r, "idempotent");
  r->request->once = !r->request->idempotent;
}

/* What these hold is looked at by wats/stream.lua. */
static void read_streamed(struct reader *r, const char *name, int type,
                          int other, const char *expected)
{
  int given = lua_type(r->L, -1);
  if (given != type && given != other)
    wats_lua_raise(r->L, "%s: %s expected, got %s", name, expected,
                   luaL_typename(r->L, -1));
  r->scratch->streamed = true;
}

static void read_sink(struct reader *r)
{
  read_streamed(r, "sink", LUA_TFUNCTION, LUA_TSTRING,
                "a function or the name of a file");
}

static void read_source(struct reader *r)
{
  read_streamed(r, "source", LUA_TFUNCTION, LUA_TTABLE,
                "a function or {file = name}");
  r->has_source = true;
}

static void read_source_length(struct reader *r)
{
  if (!lua_isinteger(r->L, -1) || lua_tointeger(r->L, -1) < 0)
    wats_lua_raise(r->L, "source_length: a whole number, 0 or more, expected");
  r->has_length = true;
}

static void read_multipart(struct reader *r)
{
  read_streamed(r, "multipart", LUA_TTABLE, LUA_TTABLE, "a list of parts");
  r->has_multipart = true;
}

static void read_on_progress(struct reader *r)
{
  read_streamed(r, "on_progress", LUA_TFUNCTION, LUA_TFUNCTION, "a function");
}

static void read_compress(struct reader *r)
{
  r->compress = read_boolean(r, "compress");
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
               {"decompress", read_decompress},
               {"retry", read_retry},
               {"idempotent", read_idempotent},
               {"compress", read_compress},
               {"sink", read_sink},
               {"source", read_source},
               {"source_length", read_source_length},
               {"multipart", read_multipart},
               {"on_progress", read_on_progress}};

#define OPTION_COUNT (sizeof options / sizeof *options)

__attribute__((noreturn)) static void raise_unknown(lua_State *L,
                                                    const char *name)
{
  size_t i;
  lua_createtable(L, (int)OPTION_COUNT, 0);
  for (i = 0; i < OPTION_COUNT; i++) {
    lua_pushstring(L, options[i].name);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  name = shown(L, name); /* on top of the list */
  wats_lua_raise_unknown(L, "option", name, lua_gettop(L) - 1);
}

static const struct option *find_option(lua_State *L, int key)
{
  size_t i, length;
  const char *name;
  if (lua_type(L, key) != LUA_TSTRING) return NULL;
  name = lua_tolstring(L, key, &length);
  for (i = 0; i < OPTION_COUNT; i++)
    if (strcmp(options[i].name, name) == 0 && strlen(name) == length)
      return &options[i];
  return NULL;
}

static void read_option(struct reader *r)
{
  lua_State *L = r->L;
  int top = lua_gettop(L);
  const struct option *option = find_option(L, -2);
  if (!option) raise_unknown(L, luaL_tolstring(L, -2, NULL));
  option->read(r);
  lua_settop(L, top);
}

/* The body as it is sent, for good: an attempt more sends the same bytes. */
static void pack_body(struct reader *r)
{
  struct wats_lua_scratch *s = r->scratch;
  if (r->has_source || r->has_multipart)
    wats_lua_raise(r->L, "compress goes with body and json only");
  if (wats_headers_get(&s->headers, "Content-Encoding"))
    wats_lua_raise(r->L, "compress and a field Content-Encoding exclude "
                         "another");
  if (r->request->body_length == 0) return;
  check_memory(r->L,
               wats_gzip_compress(r->request->body, r->request->body_length,
                                  &s->packed, NULL));
  check_memory(r->L, wats_headers_set(&s->headers, "Content-Encoding", "gzip"));
  r->request->body = s->packed.data;
  r->request->body_length = s->packed.length;
}

static void finish(struct reader *r)
{
  struct wats_lua_scratch *s = r->scratch;
  if (r->has_json && r->has_body)
    wats_lua_raise(r->L, "body and json exclude another");
  if (r->has_json + r->has_body + r->has_source + r->has_multipart > 1)
    wats_lua_raise(r->L, "only one of body, json, source and multipart can be "
                         "given");
  if (r->has_length && !r->has_source)
    wats_lua_raise(r->L,
                   "source_length: it is the length of a function's source");
  if (r->has_json) {
    r->request->body = s->body.data;
    r->request->body_length = s->body.length;
    if (!wats_headers_get(&s->headers, "Content-Type"))
      check_memory(r->L, wats_headers_set(&s->headers, "Content-Type",
                                          "application/json"));
  }
  if (r->compress) pack_body(r);
  if (s->query.length) {
    r->request->query = s->query.data;
    r->request->query_length = s->query.length;
  }
  if (s->headers.count) r->request->headers = &s->headers;
}

void wats_lua_read_request(lua_State *L, int path, const char *method,
                           struct wats_request *request,
                           struct wats_lua_scratch **scratch)
{
  struct reader r = {.L = L, .options = path + 1, .request = request};
  memset(request, 0, sizeof *request);
  request->method = method;
  request->cache_ttl_ns = -1;
  if (lua_type(L, path) != LUA_TSTRING)
    wats_lua_raise(L, "path: a string such as \"/api/...\" expected, got %s",
                   luaL_typename(L, path));
  request->target = lua_tolstring(L, path, &request->target_length);
  lua_settop(L, r.options);
  *scratch = NULL;
  if (lua_isnil(L, r.options)) return;
  if (!lua_istable(L, r.options))
    wats_lua_raise(L, "options of the request: table expected, got %s",
                   luaL_typename(L, r.options));
  luaL_checkstack(L, 16, "request options");
  lua_settop(L, r.options + SLOT_ROUTE);
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
