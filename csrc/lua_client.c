/*
** lua_client.c - the client userdata and the verbs.
**
** To Lua a client is a table (made in wats/client.lua) whose slot 1 holds the
** userdata made here; the verbs are C functions called on that table, so that
** a cached answer costs one C call and nothing in between. All arguments are
** read before the request is made; nothing that can raise happens while memory
** is held that Lua does not know of.
*/
#include <lauxlib.h>
#include <string.h>

#include "core/operations.h"
#include "lua_arrivals.h"
#include "lua_client.h"
#include "lua_error.h"
#include "lua_interrupt.h"
#include "lua_log.h"
#include "lua_memory.h"
#include "lua_metrics.h"
#include "lua_parts.h"

#define CLIENT_NAME "wats.core_client"

/* Upvalues of the functions that make requests. */
enum { UPVALUE_METATABLE = 1, UPVALUE_METHOD, UPVALUE_ARRIVALS, UPVALUE_LOG };

struct client_box {
  struct wats_client *client; /* NULL: never made */
};

/* ---- creation --------------------------------------------------------- */

/*
** core.client(options [, registry]) -> userdata | nil, err. The table holds
** every field of struct wats_client_options, checked by wats/config.lua.
*/
static int client_new(lua_State *L)
{
  struct wats_client_options options;
  struct wats_error error;
  struct client_box *box;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  wats_lua_read_client_options(L, &options);
  options.routes = wats_operations();
  options.registry = wats_lua_check_registry(L, 2);
  box = lua_newuserdatauv(L, sizeof *box, 0);
  box->client = NULL;
  luaL_setmetatable(L, CLIENT_NAME);
  if (wats_client_create(&options, &box->client, &error) == WATS_OK) return 1;
  if (error.code == WATS_ERR_ARGUMENT)
    wats_lua_raise(L, "wats.connect: %s", error.message);
  lua_pushnil(L);
  wats_push_error(L, &error);
  return 2;
}

static int client_gc(lua_State *L)
{
  struct client_box *box = luaL_checkudata(L, 1, CLIENT_NAME);
  struct wats_client *client = box->client;
  box->client = NULL;
  wats_client_release(client);
  return 0;
}

/* ---- requests --------------------------------------------------------- */

/*
** Replaces the table on top of the stack by its slot 1, without metamethods,
** and says whether that is one of our userdata; upvalue 1 is their metatable.
*/
static bool enter_slot(lua_State *L)
{
  bool ours;
  lua_rawgeti(L, -1, 1);
  lua_replace(L, -2);
  if (lua_type(L, -1) != LUA_TUSERDATA || !lua_getmetatable(L, -1))
    return false;
  ours = lua_rawequal(L, -1, lua_upvalueindex(UPVALUE_METATABLE));
  lua_pop(L, 1);
  return ours;
}

struct wats_client *wats_lua_check_client(lua_State *L)
{
  struct wats_client *client = NULL;
  int steps;
  lua_pushvalue(L, 1);
  for (steps = 0; steps < 2 && !client && lua_istable(L, -1); steps++)
    if (enter_slot(L))
      client = ((struct client_box *)lua_touserdata(L, -1))->client;
  if (!client)
    wats_lua_raise(L, "a client expected: call its methods with a colon, as "
                      "in client:get(...)");
  lua_replace(L, 1);
  return client;
}

struct wats_client *wats_lua_test_client(lua_State *L, int index)
{
  const struct client_box *box;
  if (!lua_istable(L, index)) return NULL;
  lua_rawgeti(L, index, 1);
  box = luaL_testudata(L, -1, CLIENT_NAME);
  lua_pop(L, 1);
  return box ? box->client : NULL;
}

/* Pushes the full URL, or nil where there is none. */
static void push_url(lua_State *L, const struct wats_client *client,
                     const struct wats_request *request)
{
  struct wats_lua_scratch *scratch = wats_lua_new_scratch(L);
  if (wats_client_url(client, request, &scratch->body) == WATS_OK)
    lua_pushlstring(L, scratch->body.data, scratch->body.length);
  else
    lua_pushnil(L);
  lua_remove(L, -2);
}

void wats_lua_set_request_fields(lua_State *L, const struct wats_client *client,
                                 const struct wats_request *request)
{
  lua_pushstring(L, request->method);
  lua_setfield(L, -2, "method");
  push_url(L, client, request);
  lua_setfield(L, -2, "url");
}

void wats_lua_set_request_id(lua_State *L, const char *id)
{
  if (!*id) return;
  lua_pushstring(L, id);
  lua_setfield(L, -2, "request_id");
}

/* A path may be long and of any bytes; the reason must not be lost behind it.
 */
__attribute__((noreturn)) static void
raise_mistake(lua_State *L, const struct wats_client *client,
              const struct wats_request *request,
              const struct wats_error *error)
{
  struct wats_error shown;
  struct wats_buffer target;
  bool told;
  wats_buffer_init(&target, 0);
  told = wats_client_show_target(client, request, &target) == WATS_OK;
  (void)wats_fail(&shown, WATS_ERR_ARGUMENT, "%.60s%s", told ? target.data : "",
                  told && target.length > 60 ? "..." : "");
  wats_buffer_free(&target);
  wats_lua_raise(L, "%s %s: %s", request->method, shown.message,
                 error->message);
}

static int push_failure(lua_State *L, const struct wats_client *client,
                        const struct wats_request *request,
                        struct wats_result *result,
                        const struct wats_error *error)
{
  if (error->code == WATS_ERR_ARGUMENT)
    raise_mistake(L, client, request, error);
  lua_pushnil(L);
  wats_push_error(L, error);
  wats_lua_set_request_fields(L, client, request);
  wats_client_name_request(client, request, result->request_id);
  wats_lua_set_request_id(L, result->request_id);
  lua_pushnumber(L, (lua_Number)result->elapsed_ns / 1e9);
  lua_setfield(L, -2, "elapsed");
  lua_pushinteger(L, result->attempts);
  lua_setfield(L, -2, "attempts");
  if (result->retry_after_ns >= 0) {
    lua_pushnumber(L, (lua_Number)result->retry_after_ns / 1e9);
    lua_setfield(L, -2, "retry_after");
  }
  if (result->attempts && !result->repeatable) {
    lua_pushboolean(L, 0); /* it may have been done */
    lua_setfield(L, -2, "retryable");
  }
  return 2;
}

/* What a caller wants of an answer. */
enum want { WANT_RESPONSE, WANT_VALUE, WANT_TABLE, WANT_FILE };

/* In place of the response on top: nil, the response and the URL, of which Lua
** makes the error. */
static int push_unwanted(lua_State *L, const struct wats_client *client,
                         const struct wats_request *request)
{
  lua_pushnil(L);
  lua_insert(L, -2);
  push_url(L, client, request);
  return 3;
}

/* Is the value on top of the response nothing where there should be something,
** or the page of a proxy, which speaks to people? */
static bool is_wanted(lua_State *L, const void *response, enum want want)
{
  if (want == WANT_TABLE) return lua_istable(L, -1);
  return !lua_isuserdata(L, -1) &&
         !(lua_isstring(L, -1) && wats_lua_response_is_page(response));
}

/*
** In place of the response on top: its value; or nil and an error object when
** the body is broken; or, for any status but 2xx, for a page of HTML (somebody
** before the server wants a login), and for an answer that is not what was
** wanted, see push_unwanted. A write may answer with nothing: true.
*/
static int push_value(lua_State *L, const struct wats_client *client,
                      const struct wats_request *request, void *response,
                      enum want want)
{
  int count, index = lua_gettop(L);
  bool reads = strcmp(request->method, "GET") == 0;
  if (!wats_lua_response_ok(response) || wats_lua_response_is_page(response))
    return push_unwanted(L, client, request);
  count = wats_lua_push_decoded(L, index);
  if (count == 2) {
    wats_lua_set_request_fields(L, client, request);
    wats_lua_set_request_id(L, wats_lua_response_id(response));
  } else if (!reads && (lua_isuserdata(L, -1) || lua_isboolean(L, -1))) {
    if (lua_isuserdata(L, -1)) lua_pushboolean(L, 1); /* null */
  } else if (!is_wanted(L, response, want)) {
    lua_settop(L, index);
    return push_unwanted(L, client, request);
  }
  wats_lua_drop_response(response);
  return count;
}

static struct wats_lua_log *get_log(lua_State *L)
{
  return lua_touserdata(L, lua_upvalueindex(UPVALUE_LOG));
}

/* What a caller gets: of an answer, or of the lack of one. The reserved
** response is on top, below it what wats_lua_log_begin pushed, or nil. */
static int push_result(lua_State *L, struct wats_lua_log *log,
                       const struct wats_client *client,
                       const struct wats_request *request, void *response,
                       enum wats_errc code, struct wats_result *result,
                       const struct wats_error *error, enum want want)
{
  int status = code == WATS_OK ? result->response->status : 0;
  if (result->attempts) wats_lua_note_memory(L);
  if (code == WATS_OK) {
    wats_lua_fill_response(response, result);
    result->response = NULL;
  }
  if (wats_lua_log_observes(log) || !lua_isnil(L, -2)) {
    struct wats_lua_log_end end = {.client = client,
                                   .request = request,
                                   .code = code,
                                   .status = status,
                                   .result = result};
    wats_lua_log_end(L, log, lua_gettop(L) - 1, &end);
  }
  if (code != WATS_OK) return push_failure(L, client, request, result, error);
  if (want == WANT_VALUE || want == WANT_TABLE)
    return push_value(L, client, request, response, want);
  wats_lua_pay_for_response(L, response);
  return 1;
}

/* The token is at `index`, and its request over. */
static int push_pending(lua_State *L, int index, enum want want)
{
  struct wats_pending *p = wats_lua_pending(L, index);
  void *response;
  wats_lua_push_record(L, index);
  response = wats_lua_reserve_response(L);
  return push_result(L, get_log(L), p->client, &p->request, response, p->code,
                     &p->result, &p->error, want);
}

/* The same, for the only one who reads it. */
static int take_pending(lua_State *L, int index, enum want want)
{
  int count = push_pending(L, index, want);
  wats_lua_drop_pending(L, index);
  return count;
}

/* await has returned, at once or after the task was resumed: true, or nil and
** why the request is no longer waited for. */
static int awaited(lua_State *L, int status, lua_KContext context)
{
  int token = (int)(context >> 2);
  (void)status;
  if (!lua_toboolean(L, -2)) return 2;
  return take_pending(L, token, (enum want)(context & 3));
}

/* Pushes nil where nobody is to hear of the request. The client is argument 1.
 */
static void begin_record(lua_State *L, struct wats_lua_log *log,
                         const struct wats_client *client,
                         struct wats_request *request)
{
  request->log = wats_lua_log_about(log);
  if (!wats_lua_log_observes(log)) {
    lua_pushnil(L);
    return;
  }
  /* Now, so that it is known even if the request is given up. */
  wats_client_name_request(client, request, request->id);
  wats_lua_log_begin(L, log, 1, client, request);
}

/* Starts the request, and lets the scheduler wait for it. The record is on top.
 */
static int perform_awaited(lua_State *L, struct wats_lua_arrivals *arrivals,
                           struct wats_client *client,
                           const struct wats_request *request,
                           struct wats_lua_scratch *scratch, enum want want)
{
  bool over = wats_lua_start_pending(L, arrivals, client, request);
  int token = lua_gettop(L);
  lua_KContext context = (lua_KContext)token << 2 | (lua_KContext)want;
  wats_lua_free_scratch(scratch); /* it was copied */
  if (!lua_isnil(L, token - 1)) wats_lua_set_record(L, token, token - 1);
  if (over) return take_pending(L, token, want);
  wats_lua_push_await(L, arrivals);
  lua_pushvalue(L, token);
  lua_callk(L, 1, 2, context, awaited);
  return awaited(L, LUA_OK, context);
}

static int ran(lua_State *L, int status, lua_KContext context)
{
  (void)status;
  return lua_gettop(L) - (int)context;
}

/* Lua code starts the request and moves the bytes: see wats/stream.lua. */
static int perform_streamed(lua_State *L, int path, const char *method,
                            enum want want)
{
  int base = lua_gettop(L);
  wats_lua_push_stream_runner(L);
  if (lua_isnil(L, -1)) wats_lua_raise(L, "streams need wats.stream");
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  lua_pushstring(L, method);
  lua_pushvalue(L, path);
  lua_pushvalue(L, path + 1);
  lua_pushinteger(L, (lua_Integer)want);
  lua_callk(L, 5, LUA_MULTRET, base, ran);
  return ran(L, LUA_OK, base);
}

static int perform(lua_State *L, struct wats_client *client, int path,
                   const char *method, enum want want)
{
  struct wats_lua_arrivals *arrivals =
      lua_touserdata(L, lua_upvalueindex(UPVALUE_ARRIVALS));
  struct wats_lua_log *log = get_log(L);
  struct wats_request request;
  struct wats_result result;
  struct wats_lua_scratch *scratch;
  struct wats_error error;
  enum wats_errc code;
  struct wats_lua_interrupt interrupt;
  void *response;
  int count;
  wats_lua_read_request(L, path, method, &request, &scratch);
  if (scratch && scratch->streamed) {
    wats_lua_free_scratch(scratch);
    return perform_streamed(L, path, method, want);
  }
  begin_record(L, log, client, &request);
  if (wats_lua_awaits(arrivals))
    return perform_awaited(L, arrivals, client, &request, scratch, want);
  response = wats_lua_reserve_response(L);
  wats_lua_interrupt_begin(L, &interrupt);
  request.interrupted = wats_lua_interrupted;
  request.interrupt_context = &interrupt;
  code = wats_client_perform(client, &request, &result, &error);
  if (code == WATS_ERR_CANCELLED) wats_lua_interrupt_now(L, &interrupt);
  count = push_result(L, log, client, &request, response, code, &result, &error,
                      want);
  wats_lua_free_scratch(scratch); /* the request's texts lie there */
  return count;
}

/* client:get(path [, opts]) and the like; upvalue 2 is the method. */
static int client_verb(lua_State *L)
{
  const char *method = lua_tostring(L, lua_upvalueindex(UPVALUE_METHOD));
  return perform(L, wats_lua_check_client(L), 2, method, WANT_RESPONSE);
}

static const char *check_method(lua_State *L)
{
  if (lua_type(L, 2) != LUA_TSTRING)
    wats_lua_raise(L, "method: string expected, got %s", luaL_typename(L, 2));
  if (strlen(lua_tostring(L, 2)) != lua_rawlen(L, 2))
    wats_lua_raise(L, "method: a token such as GET expected");
  return lua_tostring(L, 2);
}

/* client:request(method, path [, opts]) */
static int client_request(lua_State *L)
{
  struct wats_client *client = wats_lua_check_client(L);
  return perform(L, client, 3, check_method(L), WANT_RESPONSE);
}

/* The same for a file: a page of HTML goes into no sink, see wats/stream.lua.
 */
static int client_fetch_file(lua_State *L)
{
  struct wats_client *client = wats_lua_check_client(L);
  return perform(L, client, 3, check_method(L), WANT_FILE);
}

/*
** (client, method, path, opts [, table])
**   -> the decoded body of a 2xx, true when it is empty
**   -> nil, err
**   -> nil, response, url
** With `table` any other value is unwanted.
*/
static int client_fetch(lua_State *L)
{
  enum want want = lua_toboolean(L, 5) ? WANT_TABLE : WANT_VALUE;
  struct wats_client *client = wats_lua_check_client(L);
  return perform(L, client, 3, check_method(L), want);
}

/* ---- streamed requests -------------------------------------------------- */

static void read_streaming(lua_State *L, int index,
                           struct wats_stream_options *options)
{
  lua_getfield(L, index, "sink");
  lua_getfield(L, index, "source");
  lua_getfield(L, index, "rewinds");
  lua_getfield(L, index, "length");
  options->sink = lua_toboolean(L, -4);
  options->source = lua_toboolean(L, -3);
  options->rewinds = lua_toboolean(L, -2);
  options->length = (int64_t)luaL_optinteger(L, -1, -1);
  lua_pop(L, 4);
}

/* (client, method, settings, path, opts) -> token, over at once or not. The
** settings are those of wats/stream.lua. */
static int client_start_stream(lua_State *L)
{
  struct wats_client *client = wats_lua_check_client(L);
  struct wats_stream_options options = {0};
  struct wats_request request;
  struct wats_lua_scratch *scratch;
  luaL_checktype(L, 3, LUA_TTABLE);
  read_streaming(L, 3, &options);
  wats_lua_read_request(L, 4, check_method(L), &request, &scratch);
  lua_getfield(L, 3, "content_type");
  if (scratch && !lua_isnil(L, -1)) {
    if (wats_headers_set(&scratch->headers, "Content-Type",
                         luaL_checkstring(L, -1)) != WATS_OK)
      wats_lua_raise(L, "not enough memory");
    request.headers = &scratch->headers;
  }
  options.max_sink = request.max_body;
  request.streaming = &options;
  begin_record(L, get_log(L), client, &request);
  wats_lua_start_pending(L,
                         lua_touserdata(L, lua_upvalueindex(UPVALUE_ARRIVALS)),
                         client, &request);
  wats_lua_free_scratch(scratch);
  wats_lua_set_record(L, lua_gettop(L), lua_gettop(L) - 1);
  return 1;
}

/* (token, want) -> what a verb returns; the request is over. */
static int client_finish_stream(lua_State *L)
{
  enum want want = (enum want)luaL_checkinteger(L, 2);
  if (!wats_lua_pending(L, 1)) wats_lua_raise(L, "the request is not over");
  return push_pending(L, 1, want);
}

/* (client, method, path) -> the URL, for error objects */
static int client_url(lua_State *L)
{
  struct wats_client *client = wats_lua_check_client(L);
  struct wats_request request = {.method = check_method(L)};
  request.target = luaL_checklstring(L, 3, &request.target_length);
  push_url(L, client, &request);
  return 1;
}

/* ---- the rest --------------------------------------------------------- */

static int client_close(lua_State *L)
{
  wats_client_close(wats_lua_check_client(L));
  return 0;
}

static int client_is_closed(lua_State *L)
{
  lua_pushboolean(L, wats_client_closed(wats_lua_check_client(L)));
  return 1;
}

/* (client, text) -> what a server said, without the token */
static int client_conceal(lua_State *L)
{
  struct wats_client *client = wats_lua_check_client(L);
  size_t length;
  const char *text = luaL_checklstring(L, 2, &length);
  struct wats_lua_scratch *scratch = wats_lua_new_scratch(L);
  if (wats_client_show_text(client, text, length, &scratch->body) != WATS_OK)
    wats_lua_raise(L, "not enough memory");
  lua_pushlstring(L, scratch->body.length ? scratch->body.data : "",
                  scratch->body.length);
  wats_lua_free_scratch(scratch);
  return 1;
}

static int client_base_url(lua_State *L)
{
  lua_pushstring(L, wats_client_base_url(wats_lua_check_client(L)));
  return 1;
}

void wats_lua_set_count(lua_State *L, const char *name, uint64_t n)
{
  lua_pushinteger(L, (lua_Integer)n);
  lua_setfield(L, -2, name);
}

/* ---- opening ---------------------------------------------------------- */

static void set_verbs(lua_State *L, int metatable)
{
  static const char *const verbs[][2] = {
      {"get", "GET"},     {"post", "POST"},     {"put", "PUT"},
      {"patch", "PATCH"}, {"delete", "DELETE"}, {"head", "HEAD"}};
  size_t i;
  for (i = 0; i < sizeof verbs / sizeof *verbs; i++) {
    lua_pushvalue(L, metatable);
    lua_pushstring(L, verbs[i][1]);
    wats_lua_push_arrivals(L);
    wats_lua_push_log(L);
    lua_pushcclosure(L, client_verb, 4);
    lua_setfield(L, -2, verbs[i][0]);
  }
}

/* core.client, and core.client_methods: what wats/client.lua builds on. */
void wats_open_client(lua_State *L)
{
  static const luaL_Reg methods[] = {{"request", client_request},
                                     {"fetch", client_fetch},
                                     {"fetch_file", client_fetch_file},
                                     {"start_stream", client_start_stream},
                                     {"finish_stream", client_finish_stream},
                                     {"url", client_url},
                                     {"close", client_close},
                                     {"is_closed", client_is_closed},
                                     {"base_url", client_base_url},
                                     {"conceal", client_conceal},
                                     {"stats", wats_lua_client_stats},
                                     {NULL, NULL}};
  int metatable;
  luaL_newmetatable(L, CLIENT_NAME);
  metatable = lua_gettop(L);
  lua_pushcfunction(L, client_gc);
  lua_setfield(L, metatable, "__gc");
  lua_pushboolean(L, 0); /* a script has no business with it */
  lua_setfield(L, metatable, "__metatable");
  lua_newtable(L);
  lua_pushvalue(L, metatable);
  lua_pushnil(L); /* they say themselves which method */
  wats_lua_push_arrivals(L);
  wats_lua_push_log(L);
  luaL_setfuncs(L, methods, 4);
  wats_lua_set_cache_methods(L, metatable);
  set_verbs(L, metatable);
  lua_setfield(L, metatable - 1, "client_methods");
  lua_pop(L, 1);
  lua_pushcfunction(L, client_new);
  lua_setfield(L, -2, "client");
}
