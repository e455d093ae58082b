/*
** lua_operations.c - hands the operation table, written in Lua, to the core.
**
** load_operations(list) reads rows { method=, path=, volatility=, ... } into a
** table that a userdata owns until it is installed, so that a row that raises
** leaks nothing. One table stands for the whole process: later states' calls
** return at once.
*/
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "core/operations.h"
#include "lua_parts.h"

#define TABLE_TYPE "wats.operation_table"

static const char *const volatilities[] = {
    [WATS_VOLATILITY_UNKNOWN] = "unknown",
    [WATS_VOLATILITY_REFERENCE] = "reference",
    [WATS_VOLATILITY_STANDARD] = "standard",
    [WATS_VOLATILITY_LIVE] = "live",
};

static int table_gc(lua_State *L)
{
  struct wats_operation_table **table = luaL_checkudata(L, 1, TABLE_TYPE);
  wats_operation_table_destroy(*table);
  *table = NULL;
  return 0;
}

static int fault(lua_State *L, lua_Integer row, const char *message)
{
  return luaL_argerror(
      L, 1, lua_pushfstring(L, "operation %I: %s", (LUAI_UACINT)row, message));
}

static void check(lua_State *L, lua_Integer row, enum wats_errc code,
                  const struct wats_error *error)
{
  if (code == WATS_ERR_MEMORY) luaL_error(L, "not enough memory");
  if (code) fault(L, row, error->message);
}

/* The row's string, which stays on the stack; NULL when absent. */
static const char *text_field(lua_State *L, lua_Integer row, const char *name)
{
  int type = lua_getfield(L, -1, name);
  const char *text = lua_tostring(L, -1);
  lua_insert(L, -2); /* row on top again */
  if (type == LUA_TNIL) return NULL;
  if (type != LUA_TSTRING || strlen(text) != lua_rawlen(L, -2))
    fault(L, row, lua_pushfstring(L, "%s: string expected", name));
  return text;
}

static bool flag_field(lua_State *L, lua_Integer row, const char *name,
                       bool otherwise)
{
  int type = lua_getfield(L, -1, name);
  bool value = type == LUA_TNIL ? otherwise : lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (type != LUA_TNIL && type != LUA_TBOOLEAN)
    fault(L, row, lua_pushfstring(L, "%s: boolean expected", name));
  return value;
}

/* Who forgets to say how volatile it is gets what is never wrong. */
static enum wats_volatility volatility_field(lua_State *L, lua_Integer row)
{
  const char *text = text_field(L, row, "volatility");
  int i;
  if (!text) return WATS_VOLATILITY_LIVE;
  for (i = WATS_VOLATILITY_REFERENCE; i <= WATS_VOLATILITY_LIVE; i++)
    if (strcmp(text, volatilities[i]) == 0) return (enum wats_volatility)i;
  fault(L, row, "volatility: \"reference\", \"standard\" or \"live\" expected");
  return WATS_VOLATILITY_LIVE;
}

static bool is_idempotent(const char *method)
{
  static const char *const methods[] = {"GET",    "HEAD",    "PUT",
                                        "DELETE", "OPTIONS", "TRACE"};
  size_t i;
  for (i = 0; i < sizeof methods / sizeof *methods; i++)
    if (strcmp(method, methods[i]) == 0) return true;
  return false;
}

static int family_number(lua_State *L, lua_Integer row,
                         struct wats_operation_table *table, const char *name)
{
  struct wats_error error;
  int number = WATS_NO_FAMILY;
  check(L, row, wats_operation_table_family(table, name, &number, &error),
        &error);
  return number;
}

static int domain_field(lua_State *L, lua_Integer row,
                        struct wats_operation_table *table)
{
  struct wats_error error;
  int number = WATS_NO_DOMAIN;
  const char *name = text_field(L, row, "domain");
  if (name)
    check(L, row, wats_operation_table_domain(table, name, &number, &error),
          &error);
  return number;
}

static uint64_t stale_field(lua_State *L, lua_Integer row,
                            struct wats_operation_table *table)
{
  uint64_t stale = 0;
  lua_Integer i;
  int type = lua_getfield(L, -1, "stale");
  if (type != LUA_TNIL && type != LUA_TTABLE)
    fault(L, row, "stale: list of names expected");
  for (i = 1; type == LUA_TTABLE; i++) {
    if (lua_geti(L, -1, i) == LUA_TNIL) {
      lua_pop(L, 1);
      break;
    }
    if (lua_type(L, -1) != LUA_TSTRING)
      fault(L, row, "stale: list of names expected");
    stale |= UINT64_C(1) << family_number(L, row, table, lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return stale;
}

/* The row is on top of the stack. */
static void read_row(lua_State *L, lua_Integer row,
                     struct wats_operation_table *table)
{
  struct wats_operation operation = {0};
  struct wats_error error;
  const char *family;
  int top = lua_gettop(L);
  operation.method = text_field(L, row, "method");
  operation.path = text_field(L, row, "path");
  if (!operation.method) fault(L, row, "method: string expected");
  if (!operation.path) fault(L, row, "path: string expected");
  operation.volatility = volatility_field(L, row);
  operation.side_effects = flag_field(L, row, "side_effects", false);
  operation.idempotent =
      flag_field(L, row, "idempotent",
                 is_idempotent(operation.method) && !operation.side_effects);
  operation.pure_query = flag_field(L, row, "pure_query", false);
  family = text_field(L, row, "family");
  operation.family =
      family ? family_number(L, row, table, family) : WATS_NO_FAMILY;
  operation.domain = domain_field(L, row, table);
  operation.stale = stale_field(L, row, table);
  check(L, row, wats_operation_table_add(table, &operation, &error), &error);
  lua_settop(L, top);
}

/* load_operations(list) -> whether it was this list that was installed */
static int load_operations(lua_State *L)
{
  struct wats_operation_table **table;
  lua_Integer row;
  bool first;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  if (wats_operations()) {
    lua_pushboolean(L, 0);
    return 1;
  }
  table = lua_newuserdatauv(L, sizeof(struct wats_operation_table *), 0);
  *table = NULL;
  luaL_setmetatable(L, TABLE_TYPE);
  *table = wats_operation_table_create();
  if (!*table) return luaL_error(L, "not enough memory");
  for (row = 1; lua_geti(L, 1, row) != LUA_TNIL; row++) {
    if (!lua_istable(L, -1)) return fault(L, row, "table expected");
    read_row(L, row, *table);
    lua_pop(L, 1);
  }
  first = wats_operation_table_install(*table);
  if (first) *table = NULL;
  lua_pushboolean(L, first);
  return 1;
}

static void push_operation(lua_State *L, const struct wats_operation *operation)
{
  lua_Integer n = 0;
  int family;
  lua_createtable(L, 0, 9);
  lua_pushstring(L, operation->method);
  lua_setfield(L, -2, "method");
  lua_pushstring(L, operation->path);
  lua_setfield(L, -2, "path");
  lua_pushstring(L, volatilities[operation->volatility]);
  lua_setfield(L, -2, "volatility");
  lua_pushboolean(L, operation->side_effects);
  lua_setfield(L, -2, "side_effects");
  lua_pushboolean(L, operation->idempotent);
  lua_setfield(L, -2, "idempotent");
  lua_pushboolean(L, operation->pure_query);
  lua_setfield(L, -2, "pure_query");
  lua_pushstring(L, wats_operations_family(operation->family));
  lua_setfield(L, -2, "family");
  lua_pushstring(L, wats_operations_domain_name(operation->domain));
  lua_setfield(L, -2, "domain");
  lua_newtable(L);
  for (family = 0; family < WATS_MAX_FAMILIES; family++)
    if (operation->stale >> family & 1) {
      lua_pushstring(L, wats_operations_family(family));
      lua_rawseti(L, -2, ++n);
    }
  lua_setfield(L, -2, "stale");
}

/* Owned here until it is a Lua string: luaL_Buffer cannot be written to by the
** core, and a core buffer must not live across a call that can raise. */
static void push_canonical(lua_State *L, const char *method, const char *path,
                           size_t length)
{
  struct wats_buffer out;
  wats_buffer_init(&out, 0);
  out.data = lua_newuserdatauv(L, length + 1, 0);
  out.capacity = length + 1;
  wats_routes_match(wats_operations(), method, path, length, &out);
  lua_pushlstring(L, out.data, out.length);
  lua_remove(L, -2);
}

/* match_operation(method, path) -> operation | nil, canonical path */
static int match_operation(lua_State *L)
{
  const struct wats_operation *operation = NULL;
  const char *method = luaL_checkstring(L, 1);
  size_t length;
  const char *path = luaL_checklstring(L, 2, &length);
  const struct wats_routes *routes = wats_operations();
  if (routes) operation = wats_routes_match(routes, method, path, length, NULL);
  if (!operation) {
    lua_pushnil(L);
    lua_pushvalue(L, 2);
    return 2;
  }
  push_operation(L, operation);
  push_canonical(L, method, path, length);
  return 2;
}

void wats_open_operations(struct lua_State *L)
{
  static const luaL_Reg functions[] = {{"load_operations", load_operations},
                                       {"match_operation", match_operation},
                                       {NULL, NULL}};
  if (luaL_newmetatable(L, TABLE_TYPE)) {
    lua_pushcfunction(L, table_gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_pop(L, 1);
  luaL_setfuncs(L, functions, 0);
}
