/*
** lua_metrics.c - registries as Lua objects: making families, rendering.
**
**   core.metrics_default() -> the process's registry
**   core.metrics_new() -> a registry of its own
**   core.metrics_wrap(f, histogram [, counter of errors | false]) -> function
**   registry:counter(name, help [, labels]), :gauge, :histogram(..., options)
**   registry:families() -> what there is, children or not
**   registry:render([format]) -> text      registry:time(histogram, f, ...)
**   registry:write_file(path [, format]) -> true | nil, err
**
** A registry userdata holds one reference; whatever was made from it holds its
** own, so the order in which Lua collects them does not matter. Text is
** rendered into memory that a userdata owns until it is a Lua string.
*/
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "core/clock.h"
#include "core/engine_metrics.h"
#include "core/exposition.h"
#include "core/process_metrics.h"
#include "lua_error.h"
#include "lua_memory.h"
#include "lua_metrics.h"
#include "lua_parts.h"
#include "wats.h"

#define REGISTRY_TYPE "wats.registry"
#define TEXT_TYPE     "wats.metrics_text"
#define TIMER_TYPE    "wats.metrics_timer"

/* --- registries ---------------------------------------------------------- */

struct wats_registry *wats_lua_test_registry(lua_State *L, int index)
{
  struct wats_registry **box = luaL_testudata(L, index, REGISTRY_TYPE);
  return box ? *box : NULL;
}

struct wats_registry *wats_lua_check_registry(lua_State *L, int arg)
{
  struct wats_registry *registry = wats_lua_test_registry(L, arg);
  if (!registry) luaL_typeerror(L, arg, "metrics registry");
  return registry;
}

static struct wats_registry **push_box(lua_State *L)
{
  struct wats_registry **box =
      lua_newuserdatauv(L, sizeof(struct wats_registry *), 0);
  *box = NULL;
  luaL_setmetatable(L, REGISTRY_TYPE);
  return box;
}

void wats_lua_push_registry(lua_State *L, struct wats_registry *registry)
{
  *push_box(L) = wats_registry_retain(registry);
}

static int registry_default(lua_State *L)
{
  struct wats_registry **box = push_box(L);
  *box = wats_registry_default();
  if (!*box) return luaL_error(L, "not enough memory");
  return 1;
}

static int registry_new(lua_State *L)
{
  struct wats_registry **box = push_box(L);
  *box = wats_registry_create();
  if (!*box) return luaL_error(L, "not enough memory");
  return 1;
}

static int registry_gc(lua_State *L)
{
  struct wats_registry **box = luaL_checkudata(L, 1, REGISTRY_TYPE);
  wats_registry_release(*box);
  *box = NULL;
  return 0;
}

/* Two userdata of one registry are the same registry. */
static int registry_eq(lua_State *L)
{
  lua_pushboolean(L,
                  wats_lua_test_registry(L, 1) == wats_lua_test_registry(L, 2));
  return 1;
}

/* --- families ------------------------------------------------------------ */

static const char *check_text(lua_State *L, int arg)
{
  size_t length;
  const char *text;
  luaL_checktype(L, arg, LUA_TSTRING);
  text = lua_tolstring(L, arg, &length);
  luaL_argcheck(L, strlen(text) == length, arg, "text without NUL expected");
  return text;
}

/* The names stay in the table at `arg`, which the caller does not change. */
static size_t read_labels(lua_State *L, int arg, const char **labels)
{
  size_t count = 0;
  if (lua_isnoneornil(L, arg)) return 0;
  luaL_checktype(L, arg, LUA_TTABLE);
  while (lua_rawgeti(L, arg, (lua_Integer)count + 1) != LUA_TNIL) {
    luaL_argcheck(L, count < WATS_METRIC_MAX_LABELS, arg, "too many labels");
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, arg,
                  "list of label names expected");
    labels[count++] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  lua_pushnil(L);
  luaL_argcheck(L, count > 0 || !lua_next(L, arg), arg,
                "list of label names expected");
  lua_settop(L, arg > 5 ? arg : 5);
  return count;
}

static int make_family(lua_State *L, struct wats_family_options options)
{
  struct wats_registry *registry = wats_lua_check_registry(L, 1);
  const char *labels[WATS_METRIC_MAX_LABELS];
  struct wats_family *family = NULL;
  struct wats_error error;
  enum wats_errc code;
  options.name = check_text(L, 2);
  options.help = check_text(L, 3);
  options.labels = labels;
  options.label_count = read_labels(L, 4, labels);
  code = wats_registry_family(registry, &options, &family, &error);
  if (code == WATS_ERR_MEMORY) return luaL_error(L, "not enough memory");
  if (code) return luaL_error(L, "%s", error.message);
  wats_lua_push_family(L, family);
  return 1;
}

static int make_plain(lua_State *L, enum wats_metric_type type)
{
  struct wats_family_options options = {.type = type};
  luaL_argcheck(L, lua_isnoneornil(L, 5), 5, "no options expected");
  lua_settop(L, 5);
  return make_family(L, options);
}

static int registry_counter(lua_State *L)
{
  return make_plain(L, WATS_METRIC_COUNTER);
}

static int registry_gauge(lua_State *L)
{
  return make_plain(L, WATS_METRIC_GAUGE);
}

/* options.buckets; the options are at 5. */
static size_t read_buckets(lua_State *L, double *bounds)
{
  size_t count = 0;
  lua_pushnil(L);
  while (lua_next(L, 5)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING ||
        strcmp(lua_tostring(L, -1), "buckets") != 0)
      luaL_argerror(L, 5,
                    lua_pushfstring(L,
                                    "unknown option \"%s\", only "
                                    "\"buckets\" expected",
                                    luaL_tolstring(L, -1, NULL)));
  }
  lua_getfield(L, 5, "buckets");
  if (lua_isnil(L, -1)) return 0;
  luaL_argcheck(L, lua_istable(L, -1), 5, "buckets: list of numbers expected");
  while (lua_rawgeti(L, -1, (lua_Integer)count + 1) != LUA_TNIL) {
    luaL_argcheck(L, count < WATS_METRIC_MAX_BUCKETS, 5, "too many buckets");
    luaL_argcheck(L, lua_type(L, -1) == LUA_TNUMBER, 5,
                  "buckets: list of numbers expected");
    bounds[count++] = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  luaL_argcheck(L, count > 0, 5, "buckets: list of numbers expected");
  return count;
}

static int registry_histogram(lua_State *L)
{
  double bounds[WATS_METRIC_MAX_BUCKETS];
  struct wats_family_options options = {.type = WATS_METRIC_HISTOGRAM};
  lua_settop(L, 5);
  if (!lua_isnil(L, 5)) {
    luaL_checktype(L, 5, LUA_TTABLE);
    options.bucket_count = read_buckets(L, bounds);
    if (options.bucket_count) options.buckets = bounds;
  }
  lua_settop(L, 5);
  return make_family(L, options);
}

/* Onto the list on top. */
static void add_family(const struct wats_family *family, void *context)
{
  static const char *const types[] = {[WATS_METRIC_COUNTER] = "counter",
                                      [WATS_METRIC_GAUGE] = "gauge",
                                      [WATS_METRIC_HISTOGRAM] = "histogram"};
  lua_State *L = context;
  size_t count = wats_family_label_count(family), i;
  lua_createtable(L, 0, 4);
  lua_pushstring(L, wats_family_name(family));
  lua_setfield(L, -2, "name");
  lua_pushstring(L, types[wats_family_type(family)]);
  lua_setfield(L, -2, "type");
  lua_pushstring(L, wats_family_help(family));
  lua_setfield(L, -2, "help");
  lua_createtable(L, (int)count, 0);
  for (i = 0; i < count; i++) {
    lua_pushstring(L, wats_family_label(family, i));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "labels");
  lua_rawseti(L, -2, luaL_len(L, -2) + 1);
}

/* registry:families() -> list of { name, type, help, labels } */
static int registry_families(lua_State *L)
{
  struct wats_registry *registry = wats_lua_check_registry(L, 1);
  luaL_checkstack(L, 8, NULL);
  lua_newtable(L);
  wats_registry_families(registry, add_family, L);
  return 1;
}

/* --- render -------------------------------------------------------------- */

static int text_gc(lua_State *L)
{
  wats_buffer_free(luaL_checkudata(L, 1, TEXT_TYPE));
  return 0;
}

static wats_exposition *check_format(lua_State *L, int arg)
{
  const char *format = luaL_optstring(L, arg, "prometheus");
  if (strcmp(format, "prometheus") == 0) return wats_exposition_prometheus;
  if (strcmp(format, "openmetrics") == 0) return wats_exposition_openmetrics;
  if (strcmp(format, "json") == 0) return wats_exposition_json;
  luaL_argerror(L, arg,
                lua_pushfstring(L,
                                "\"prometheus\", \"openmetrics\" or \"json\" "
                                "expected, got \"%s\"",
                                format));
  return NULL;
}

static int registry_render(lua_State *L)
{
  struct wats_registry *registry = wats_lua_check_registry(L, 1);
  wats_exposition *write = check_format(L, 2);
  struct wats_buffer *text = lua_newuserdatauv(L, sizeof *text, 0);
  wats_buffer_init(text, 0);
  luaL_setmetatable(L, TEXT_TYPE);
  wats_lua_note_memory(L);
  if (write(registry, text)) return luaL_error(L, "not enough memory");
  lua_pushlstring(L, text->data ? text->data : "", text->length);
  wats_buffer_free(text);
  return 1;
}

/* (registry, path [, format]) -> true | nil, err */
static int registry_write_file(lua_State *L)
{
  struct wats_registry *registry = wats_lua_check_registry(L, 1);
  const char *path = check_text(L, 2);
  wats_exposition *form = check_format(L, 3);
  struct wats_error error;
  wats_lua_note_memory(L);
  if (wats_exposition_write_file(registry, form, path, &error) == WATS_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  wats_push_error(L, &error);
  return 2;
}

/* --- time ---------------------------------------------------------------- */

struct timer {
  struct wats_metric *histogram; /* kept by the handle on the stack */
  struct wats_metric *errors;    /* likewise; NULL: not counted */
  int64_t started_ns;
};

/* (timer, error or nil) */
static int timer_close(lua_State *L)
{
  const struct timer *timer = luaL_checkudata(L, 1, TIMER_TYPE);
  int64_t now = wats_clock_monotonic(&wats_system_clock);
  wats_histogram_observe(timer->histogram, (double)(now - timer->started_ns) /
                                               (double)WATS_NS_PER_S);
  if (timer->errors && !lua_isnoneornil(L, 2)) wats_counter_inc(timer->errors);
  return 0;
}

/* Stack: registry, histogram, timer, results... `nil, err` is a failure as
** well. */
static int timed(lua_State *L, int status, lua_KContext context)
{
  const struct timer *timer = lua_touserdata(L, 3);
  (void)status;
  (void)context;
  if (timer->errors && lua_isnil(L, 4) && !lua_isnoneornil(L, 5))
    wats_counter_inc(timer->errors);
  return lua_gettop(L) - 3;
}

static void check_callable(lua_State *L, int arg)
{
  if (luaL_getmetafield(L, arg, "__call") == LUA_TNIL)
    luaL_checktype(L, arg, LUA_TFUNCTION);
  else
    lua_pop(L, 1);
}

/* Stack: anything, histogram, function, arguments... */
static int call_timed(lua_State *L, struct wats_metric *histogram,
                      struct wats_metric *errors)
{
  struct timer *timer = lua_newuserdatauv(L, sizeof *timer, 0);
  timer->histogram = histogram;
  timer->errors = errors;
  luaL_setmetatable(L, TIMER_TYPE);
  lua_insert(L, 3);
  lua_toclose(L, 3);
  timer->started_ns = wats_clock_monotonic(&wats_system_clock);
  lua_callk(L, lua_gettop(L) - 4, LUA_MULTRET, 0, timed);
  return timed(L, LUA_OK, 0);
}

/*
** The observation is made by a value to be closed: on return, on an error
** (which passes on as it is, its traceback whole), and when the coroutine in
** which the function yielded is closed.
*/
static int registry_time(lua_State *L)
{
  struct wats_metric *histogram;
  wats_lua_check_registry(L, 1);
  histogram = wats_lua_check_histogram(L, 2);
  check_callable(L, 3);
  return call_timed(L, histogram, NULL);
}

/* Upvalues: the function, the histogram, the counter of errors or nil. */
static int wrapped(lua_State *L)
{
  struct wats_metric *errors = NULL;
  struct wats_metric *histogram =
      wats_lua_check_histogram(L, lua_upvalueindex(2));
  if (!lua_isnil(L, lua_upvalueindex(3)))
    errors = wats_lua_check_counter(L, lua_upvalueindex(3));
  lua_pushnil(L);
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_rotate(L, 1, 3);
  return call_timed(L, histogram, errors);
}

/* (function, histogram [, counter | false]) -> function */
static int metrics_wrap(lua_State *L)
{
  lua_settop(L, 3);
  check_callable(L, 1);
  wats_lua_check_histogram(L, 2);
  if (lua_isboolean(L, 3) && !lua_toboolean(L, 3))
    lua_pushnil(L);
  else if (!lua_isnil(L, 3)) {
    wats_lua_check_counter(L, 3);
    lua_pushvalue(L, 3);
  } else
    wats_lua_push_errors_of(L, 2);
  lua_replace(L, 3);
  lua_pushcclosure(L, wrapped, 3);
  return 1;
}

/* --- opening ------------------------------------------------------------- */

static void new_type(lua_State *L, const char *name, const char *metamethod,
                     lua_CFunction function)
{
  luaL_newmetatable(L, name);
  lua_pushcfunction(L, function);
  lua_setfield(L, -2, metamethod);
}

void wats_open_metrics(struct lua_State *L)
{
  static const luaL_Reg functions[] = {{"metrics_default", registry_default},
                                       {"metrics_new", registry_new},
                                       {"metrics_wrap", metrics_wrap},
                                       {NULL, NULL}};
  static const luaL_Reg methods[] = {
      {"counter", registry_counter},     {"gauge", registry_gauge},
      {"histogram", registry_histogram}, {"render", registry_render},
      {"time", registry_time},           {"write_file", registry_write_file},
      {"families", registry_families},   {NULL, NULL}};
  if (wats_process_metrics_install() || wats_engine_metrics_install() ||
      wats_build_info_install(WATS_VERSION, &LUA_RELEASE[strlen("Lua ")]))
    luaL_error(L, "not enough memory");
  wats_lua_open_metric(L);
  new_type(L, TEXT_TYPE, "__gc", text_gc);
  new_type(L, TIMER_TYPE, "__close", timer_close);
  new_type(L, REGISTRY_TYPE, "__gc", registry_gc);
  lua_pushcfunction(L, registry_eq);
  lua_setfield(L, -2, "__eq");
  lua_pushliteral(L, "metrics registry");
  lua_setfield(L, -2, "__name");
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 3);
  luaL_setfuncs(L, functions, 0);
}
