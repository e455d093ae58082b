/*
** lua_metric.c - counters, gauges and histograms as Lua objects.
**
** One userdata, the handle, stands for a family or a child; a family without
** labels is its own child. It holds a reference to the registry, so the figure
** under it stays. A function bound to a child holds the handle.
**
** A method must know in a nanosecond that its self is a handle of the right
** kind: comparing metatables costs more than the counting. So the handles that
** were last asked for stand in a table by address, which they leave when they
** are collected: what stands there is a handle and may be read. Any other
** userdata is told by its size and then by its first word, the address of its
** kind, a static of ours.
*/
#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "lua_metrics.h"

struct kind {
  enum wats_metric_type type;
  const char *name; /* for people */
  const char *type_name;
  const char *change; /* the method that bind binds */
};

static const struct kind counter_kind = {WATS_METRIC_COUNTER, "counter",
                                         "wats.counter", "inc"};
static const struct kind gauge_kind = {WATS_METRIC_GAUGE, "gauge", "wats.gauge",
                                       "set"};
static const struct kind histogram_kind = {WATS_METRIC_HISTOGRAM, "histogram",
                                           "wats.histogram", "observe"};

struct handle {
  const struct kind *kind; /* NULL: closed */
  struct wats_registry *registry;
  struct wats_family *family;
  struct wats_metric *metric; /* NULL: a family with labels */
};

/* --- self and arguments -------------------------------------------------- */

#define KNOWN_HANDLES 64

/* Of all Lua states; each thread reads and writes single entries only, and an
** address is only ever asked for by the state whose handle it is. */
static void *_Atomic known[KNOWN_HANDLES];

static inline void *_Atomic *known_place(const void *address)
{
  return known + ((uintptr_t)address / sizeof(struct handle)) % KNOWN_HANDLES;
}

static void forget_handle(struct handle *h)
{
  void *expected = h;
  atomic_compare_exchange_strong_explicit(known_place(h), &expected, NULL,
                                          memory_order_relaxed,
                                          memory_order_relaxed);
}

static struct handle *find_handle(lua_State *L, int arg,
                                  const struct kind *kind)
{
  struct handle *h = lua_touserdata(L, arg);
  if (!h || lua_rawlen(L, arg) != sizeof *h || h->kind != kind) return NULL;
  atomic_store_explicit(known_place(h), h, memory_order_relaxed);
  return h;
}

/* The handle of that kind at `arg`, or NULL when it is something else. */
static inline struct handle *test_handle(lua_State *L, int arg,
                                         const struct kind *kind)
{
  struct handle *h = lua_touserdata(L, arg);
  if (h && atomic_load_explicit(known_place(h), memory_order_relaxed) == h &&
      h->kind == kind)
    return h;
  return find_handle(L, arg, kind);
}

static struct handle *check_handle(lua_State *L, int arg,
                                   const struct kind *kind)
{
  struct handle *h = test_handle(L, arg, kind);
  if (!h) luaL_typeerror(L, arg, kind->name);
  return h;
}

/* Of any kind. */
static struct handle *check_any(lua_State *L, int arg)
{
  struct handle *h = test_handle(L, arg, &counter_kind);
  if (!h) h = test_handle(L, arg, &gauge_kind);
  if (!h) h = test_handle(L, arg, &histogram_kind);
  if (!h) luaL_typeerror(L, arg, "counter, gauge or histogram");
  return h;
}

/* A text that reads as a number is one, as everywhere in Lua. */
static double check_number(lua_State *L, int arg)
{
  return luaL_checknumber(L, arg);
}

static void check_amount(lua_State *L, int arg, double n)
{
  if (!(n >= 0) || isinf(n))
    luaL_argerror(L, arg, "a counter only grows: finite number >= 0 expected");
}

static void push_handle(lua_State *L, const struct kind *kind,
                        struct wats_family *family, struct wats_metric *metric)
{
  struct handle *h = lua_newuserdatauv(L, sizeof *h, 0);
  memset(h, 0, sizeof *h);
  luaL_setmetatable(L, kind->type_name);
  h->registry = wats_registry_retain(wats_family_registry(family));
  h->family = family;
  h->metric = metric;
  h->kind = kind;
}

/* --- labels -------------------------------------------------------------- */

static void push_label_names(lua_State *L, const struct wats_family *family)
{
  luaL_Buffer b;
  size_t count = wats_family_label_count(family), i;
  luaL_buffinit(L, &b);
  for (i = 0; i < count; i++) {
    if (i) luaL_addstring(&b, ", ");
    luaL_addstring(&b, wats_family_label(family, i));
  }
  luaL_pushresult(&b);
}

static int label_error(lua_State *L, int arg, const struct wats_family *family,
                       const char *what)
{
  push_label_names(L, family);
  return luaL_argerror(L, arg,
                       lua_pushfstring(L, "%s: %s expected, labels are: %s",
                                       wats_family_name(family), what,
                                       lua_tostring(L, -1)));
}

/* The value at the top as text, in its place; raises when it cannot be one. */
static struct wats_text label_text(lua_State *L, int arg,
                                   const struct wats_family *family,
                                   size_t label)
{
  struct wats_text text = {NULL, 0};
  int type = lua_type(L, -1);
  if (type == LUA_TBOOLEAN) {
    lua_pushstring(L, lua_toboolean(L, -1) ? "true" : "false");
    lua_replace(L, -2);
  } else if (type != LUA_TSTRING && type != LUA_TNUMBER)
    label_error(L, arg, family,
                lua_pushfstring(L, "text for label \"%s\"",
                                wats_family_label(family, label)));
  text.data = lua_tolstring(L, -1, &text.length);
  return text;
}

static void refuse_unknown_labels(lua_State *L, int arg,
                                  const struct wats_family *family)
{
  size_t count = wats_family_label_count(family), i;
  lua_pushnil(L);
  while (lua_next(L, arg)) {
    lua_pop(L, 1);
    for (i = 0; i < count; i++) {
      lua_pushstring(L, wats_family_label(family, i));
      if (lua_rawequal(L, -1, -2)) break;
      lua_pop(L, 1);
    }
    if (i == count)
      label_error(
          L, arg, family,
          lua_pushfstring(L, "no label \"%s\"", luaL_tolstring(L, -1, NULL)));
    lua_pop(L, 1);
  }
}

static size_t entries(lua_State *L, int arg)
{
  size_t count = 0;
  lua_pushnil(L);
  while (lua_next(L, arg)) {
    lua_pop(L, 1);
    count++;
  }
  return count;
}

static struct wats_metric *find_child(lua_State *L, struct wats_family *family,
                                      const struct wats_text *values)
{
  struct wats_metric *child =
      wats_family_child(family, values, wats_family_label_count(family));
  if (!child) luaL_error(L, "not enough memory");
  return child;
}

/* Of { label = value, ... } at `arg`; they stay on the stack. */
static void values_by_name(lua_State *L, int arg,
                           const struct wats_family *family,
                           struct wats_text *values)
{
  size_t count = wats_family_label_count(family), i;
  int top = lua_gettop(L);
  luaL_checktype(L, arg, LUA_TTABLE);
  luaL_checkstack(L, WATS_METRIC_MAX_LABELS + 8, NULL);
  if (entries(L, arg) != count) refuse_unknown_labels(L, arg, family);
  for (i = 0; i < count; i++) {
    lua_getfield(L, arg, wats_family_label(family, i));
    values[i] = label_text(L, arg, family, i);
  }
  lua_settop(L, top + (int)count); /* the texts stay until they are used */
}

/* Of the values from `arg` on, in the family's order. */
static void values_by_order(lua_State *L, int arg,
                            const struct wats_family *family,
                            struct wats_text *values)
{
  size_t count = wats_family_label_count(family), i;
  luaL_checkstack(L, WATS_METRIC_MAX_LABELS + 8, NULL);
  if (lua_gettop(L) - arg + 1 != (int)count)
    label_error(L, arg, family,
                lua_pushfstring(L, "%d label values", (int)count));
  for (i = 0; i < count; i++) {
    lua_pushvalue(L, arg + (int)i);
    values[i] = label_text(L, arg + (int)i, family, i);
  }
}

/* The child that a method is about: self, or by the labels at `arg`. */
static struct wats_metric *target(lua_State *L, const struct handle *h, int arg)
{
  struct wats_text values[WATS_METRIC_MAX_LABELS];
  bool given = !lua_isnoneornil(L, arg);
  if (h->metric && !given) return h->metric;
  if (h->metric)
    luaL_argerror(L, arg,
                  lua_pushfstring(L, "%s: no labels expected here",
                                  wats_family_name(h->family)));
  if (!given) label_error(L, arg, h->family, "table of labels");
  values_by_name(L, arg, h->family, values);
  return find_child(L, h->family, values);
}

/* --- counters ------------------------------------------------------------ */

/* inc([n,] [labels]) */
static int inc_in_full(lua_State *L)
{
  struct handle *h = check_handle(L, 1, &counter_kind);
  double n = 1;
  int labels = 2;
  if (!lua_istable(L, 2)) {
    if (!lua_isnoneornil(L, 2)) n = check_number(L, 2);
    check_amount(L, 2, n);
    labels = 3;
  }
  (void)wats_counter_add(target(L, h, labels), n);
  return 0;
}

static int counter_inc(lua_State *L)
{
  const struct handle *h = test_handle(L, 1, &counter_kind);
  if (!h || !h->metric || lua_gettop(L) != 1) return inc_in_full(L);
  wats_counter_inc(h->metric);
  return 0;
}

static int bound_inc(lua_State *L)
{
  struct wats_metric *metric = lua_touserdata(L, lua_upvalueindex(1));
  double n;
  if (lua_gettop(L) == 0) {
    wats_counter_inc(metric);
    return 0;
  }
  n = check_number(L, 1);
  check_amount(L, 1, n);
  (void)wats_counter_add(metric, n);
  return 0;
}

/* --- gauges -------------------------------------------------------------- */

static int gauge_set(lua_State *L)
{
  struct handle *h = check_handle(L, 1, &gauge_kind);
  double value = check_number(L, 2);
  wats_gauge_set(target(L, h, 3), value);
  return 0;
}

static int change_gauge(lua_State *L, double sign)
{
  struct handle *h = check_handle(L, 1, &gauge_kind);
  double n = 1;
  int labels = 2;
  if (!lua_istable(L, 2)) {
    if (!lua_isnoneornil(L, 2)) n = check_number(L, 2);
    labels = 3;
  }
  wats_gauge_add(target(L, h, labels), sign * n);
  return 0;
}

static int gauge_inc(lua_State *L)
{
  return change_gauge(L, 1);
}

static int gauge_dec(lua_State *L)
{
  return change_gauge(L, -1);
}

static int bound_set(lua_State *L)
{
  wats_gauge_set(lua_touserdata(L, lua_upvalueindex(1)), check_number(L, 1));
  return 0;
}

/* --- histograms ---------------------------------------------------------- */

/* observe(value [, labels]) */
static int observe_in_full(lua_State *L)
{
  struct handle *h = check_handle(L, 1, &histogram_kind);
  double value = check_number(L, 2);
  wats_histogram_observe(target(L, h, 3), value);
  return 0;
}

static int histogram_observe(lua_State *L)
{
  const struct handle *h = test_handle(L, 1, &histogram_kind);
  int is_number;
  double value = lua_tonumberx(L, 2, &is_number);
  if (!h || !h->metric || !is_number || lua_gettop(L) != 2)
    return observe_in_full(L);
  wats_histogram_observe(h->metric, value);
  return 0;
}

static int bound_observe(lua_State *L)
{
  wats_histogram_observe(lua_touserdata(L, lua_upvalueindex(1)),
                         check_number(L, 1));
  return 0;
}

struct wats_metric *wats_lua_check_counter(lua_State *L, int arg)
{
  const struct handle *h = check_handle(L, arg, &counter_kind);
  if (!h->metric) label_error(L, arg, h->family, "child (see labels)");
  return h->metric;
}

/* "x_seconds" and "x_duration_seconds" become "x_errors_total". */
static void push_errors_name(lua_State *L, const char *name)
{
  static const char *const units[] = {"_seconds", "_duration"};
  size_t length = strlen(name), i;
  for (i = 0; i < 2; i++) {
    size_t unit = strlen(units[i]);
    if (length > unit && memcmp(name + length - unit, units[i], unit) == 0)
      length -= unit;
  }
  lua_pushlstring(L, name, length);
  lua_pushliteral(L, "_errors_total");
  lua_concat(L, 2);
}

void wats_lua_push_errors_of(lua_State *L, int arg)
{
  struct wats_metric *timed = wats_lua_check_histogram(L, arg);
  const struct wats_family *family = wats_metric_family(timed);
  struct wats_text values[WATS_METRIC_MAX_LABELS];
  const char *labels[WATS_METRIC_MAX_LABELS];
  struct wats_family_options options = {
      .type = WATS_METRIC_COUNTER,
      .help = "Calls that raised an error or returned nil and one.",
      .labels = labels,
      .label_count = wats_family_label_count(family)};
  struct wats_family *counters = NULL;
  struct wats_error error;
  size_t i;
  for (i = 0; i < options.label_count; i++) {
    labels[i] = wats_family_label(family, i);
    values[i] = wats_metric_label_value(timed, i);
  }
  push_errors_name(L, wats_family_name(family));
  options.name = lua_tostring(L, -1);
  if (wats_registry_family(wats_family_registry(family), &options, &counters,
                           &error) != WATS_OK)
    luaL_error(L, "%s", error.message);
  lua_pop(L, 1);
  push_handle(L, &counter_kind, counters, find_child(L, counters, values));
}

struct wats_metric *wats_lua_check_histogram(lua_State *L, int arg)
{
  const struct handle *h = check_handle(L, arg, &histogram_kind);
  if (!h->metric)
    label_error(L, arg, h->family, "child (see labels) of a histogram");
  return h->metric;
}

/* --- all ----------------------------------------------------------------- */

/* value([labels]) -> number | count, sum */
static int metric_value(lua_State *L)
{
  struct handle *h = check_any(L, 1);
  struct wats_metric *metric = target(L, h, 2);
  uint64_t count;
  double value;
  if (h->kind != &histogram_kind) {
    lua_Integer whole;
    value = wats_metric_value(metric);
    if (h->kind == &counter_kind && !(value > floor(value)) &&
        lua_numbertointeger(value, &whole))
      lua_pushinteger(L, whole);
    else
      lua_pushnumber(L, value);
    return 1;
  }
  wats_histogram_read(metric, &count, &value);
  lua_pushinteger(L, (lua_Integer)count);
  lua_pushnumber(L, value);
  return 2;
}

/* The label values from argument 2 on, by order or by name. */
static void read_labels(lua_State *L, const struct handle *h,
                        struct wats_text *values)
{
  if (h->metric)
    luaL_error(L, "%s has no labels to be chosen", wats_family_name(h->family));
  if (lua_istable(L, 2) && lua_gettop(L) == 2)
    values_by_name(L, 2, h->family, values);
  else
    values_by_order(L, 2, h->family, values);
}

/* labels(value, ...) or labels { label = value } -> child */
static int metric_labels(lua_State *L)
{
  struct wats_text values[WATS_METRIC_MAX_LABELS];
  struct handle *h = check_any(L, 1);
  read_labels(L, h, values);
  push_handle(L, h->kind, h->family, find_child(L, h->family, values));
  return 1;
}

/* remove(value, ...) or remove { label = value } -> was there such a child? */
static int metric_remove(lua_State *L)
{
  struct wats_text values[WATS_METRIC_MAX_LABELS];
  struct handle *h = check_any(L, 1);
  read_labels(L, h, values);
  lua_pushboolean(L, wats_family_remove(h->family, values,
                                        wats_family_label_count(h->family)));
  return 1;
}

/* clear(): of one child it would be the others' figures too. */
static int metric_clear(lua_State *L)
{
  struct handle *h = check_any(L, 1);
  if (h->metric && wats_family_label_count(h->family))
    luaL_error(L, "%s: clear the whole, or remove a child",
               wats_family_name(h->family));
  wats_family_clear(h->family);
  return 0;
}

static int metric_bind(lua_State *L)
{
  const struct handle *h = check_any(L, 1);
  lua_CFunction function = bound_observe;
  if (!h->metric) label_error(L, 1, h->family, "child (see labels)");
  if (h->kind == &counter_kind) function = bound_inc;
  if (h->kind == &gauge_kind) function = bound_set;
  lua_pushlightuserdata(L, h->metric);
  lua_pushvalue(L, 1); /* keeps it alive */
  lua_pushcclosure(L, function, 2);
  return 1;
}

static int metric_tostring(lua_State *L)
{
  const struct handle *h = check_any(L, 1);
  size_t count = wats_family_label_count(h->family), i;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  luaL_addstring(&b, h->kind->name);
  luaL_addchar(&b, ' ');
  luaL_addstring(&b, wats_family_name(h->family));
  for (i = 0; i < count; i++) {
    luaL_addstring(&b, i ? ", " : "{");
    luaL_addstring(&b, wats_family_label(h->family, i));
    if (h->metric) {
      struct wats_text value = wats_metric_label_value(h->metric, i);
      luaL_addstring(&b, "=\"");
      luaL_addlstring(&b, value.data, value.length);
      luaL_addchar(&b, '"');
    }
  }
  if (count) luaL_addchar(&b, '}');
  luaL_pushresult(&b);
  return 1;
}

static int metric_gc(lua_State *L)
{
  struct handle *h = lua_touserdata(L, 1);
  if (!h || lua_rawlen(L, 1) != sizeof *h || !h->kind) return 0;
  check_any(L, 1);
  forget_handle(h);
  h->kind = NULL;
  wats_registry_release(h->registry);
  h->registry = NULL;
  return 0;
}

void wats_lua_push_family(lua_State *L, struct wats_family *family)
{
  static const struct kind *const kinds[] = {
      [WATS_METRIC_COUNTER] = &counter_kind,
      [WATS_METRIC_GAUGE] = &gauge_kind,
      [WATS_METRIC_HISTOGRAM] = &histogram_kind};
  struct wats_metric *metric = NULL;
  if (wats_family_label_count(family) == 0)
    metric = find_child(L, family, NULL);
  push_handle(L, kinds[wats_family_type(family)], family, metric);
}

/*
** Lua finds a key at once when it was the first to be put into a table with
** room for all: `__index` and the method that counts come first, for they are
** looked up in each call.
*/
static void open_kind(lua_State *L, const struct kind *kind,
                      const luaL_Reg *methods)
{
  static const luaL_Reg common[] = {
      {"labels", metric_labels}, {"value", metric_value}, {"bind", metric_bind},
      {"remove", metric_remove}, {"clear", metric_clear}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__gc", metric_gc}, {"__tostring", metric_tostring}, {NULL, NULL}};
  lua_createtable(L, 0, 8); /* the metatable */
  lua_createtable(L, 0, 16);
  luaL_setfuncs(L, methods, 0);
  luaL_setfuncs(L, common, 0);
  lua_setfield(L, -2, "__index");
  luaL_setfuncs(L, metamethods, 0);
  lua_pushstring(L, kind->name);
  lua_setfield(L, -2, "__name");
  lua_setfield(L, LUA_REGISTRYINDEX, kind->type_name);
}

void wats_lua_open_metric(lua_State *L)
{
  static const luaL_Reg counter[] = {{"inc", counter_inc}, {NULL, NULL}};
  static const luaL_Reg gauge[] = {
      {"set", gauge_set}, {"inc", gauge_inc}, {"dec", gauge_dec}, {NULL, NULL}};
  static const luaL_Reg histogram[] = {{"observe", histogram_observe},
                                       {NULL, NULL}};
  open_kind(L, &counter_kind, counter);
  open_kind(L, &gauge_kind, gauge);
  open_kind(L, &histogram_kind, histogram);
}
