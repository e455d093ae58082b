/*
** lua_json.c - JSON for Lua: core.json, on which wats.json stands.
**
**   decode(text [, {nulls = "drop"|"keep"}]) -> value | nil, err
**   encode(value [, {sorted = true}]) -> text
**   null            light userdata NULL, the same as lua-cjson's
**   array_mt        the metatable that marks arrays
**   accept_marks(array_mt, empty_array_mt, empty_array)
**                   lua-cjson's own marks, each nil where the flavour has none
*/
#include "lua_json.h"

#include <lauxlib.h>
#include <string.h>

#include "lua_error.h"
#include "lua_parts.h"

#define STATE_TYPE "wats.json.state"
#define ARRAY_TYPE "wats.array"
/* Written texts up to this size leave their memory for the next. */
#define KEPT_BYTES ((size_t)256 * 1024)

/* Registry key, by address. */
static const char state_key;

/* What the state keeps alive: lua-cjson's three marks, and the table. */
enum value { VALUE_MARKS = 1, VALUE_KNOWN = 4, VALUES = 4 };

struct wats_lua_json *wats_lua_json_state(lua_State *L)
{
  struct wats_lua_json *state;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
  state = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return state;
}

struct wats_lua_json *wats_lua_json_push_known(lua_State *L)
{
  struct wats_lua_json *state;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
  state = lua_touserdata(L, -1);
  lua_getiuservalue(L, -1, VALUE_KNOWN);
  lua_replace(L, -2);
  return state;
}

/* Finalizers that run later may still write: they keep no memory. */
static int state_gc(lua_State *L)
{
  struct wats_lua_json *state = luaL_checkudata(L, 1, STATE_TYPE);
  state->keep = 0;
  wats_buffer_free(&state->buffer);
  return 0;
}

/* ---- options ---------------------------------------------------------- */

/* Walks the options at `index`, which are all called `name`: true with the
** value on top of the stack when it is there. */
static bool push_option(lua_State *L, int index, const char *name)
{
  if (lua_isnoneornil(L, index)) return false;
  if (!lua_istable(L, index))
    wats_lua_raise(L, "a table of options expected, got %s",
                   luaL_typename(L, index));
  lua_pushnil(L);
  while (lua_next(L, index)) {
    const char *given = luaL_tolstring(L, -2, NULL);
    if (lua_type(L, -3) != LUA_TSTRING || strcmp(given, name) != 0) {
      lua_createtable(L, 1, 0);
      lua_pushstring(L, name);
      lua_rawseti(L, -2, 1);
      wats_lua_raise_unknown(L, "option", given, lua_gettop(L));
    }
    lua_pop(L, 2);
  }
  return lua_getfield(L, index, name) != LUA_TNIL;
}

bool wats_lua_json_read_options(lua_State *L, int index)
{
  int before = lua_gettop(L);
  bool keep = false;
  if (push_option(L, index, "nulls")) {
    const char *word = lua_tostring(L, -1);
    keep = word && strcmp(word, "keep") == 0;
    if (!keep && (!word || strcmp(word, "drop") != 0))
      wats_lua_raise(L, "option \"nulls\" must be \"drop\" or \"keep\"");
  }
  lua_settop(L, before);
  return keep;
}

/* ---- functions -------------------------------------------------------- */

static int json_decode(lua_State *L)
{
  size_t length;
  const char *text;
  bool keep;
  struct wats_error error;
  luaL_checktype(L, 1, LUA_TSTRING);
  text = lua_tolstring(L, 1, &length);
  keep = wats_lua_json_read_options(L, 2);
  if (wats_lua_json_decode(L, text, length, keep, &error)) return 1;
  lua_pushnil(L);
  wats_push_error(L, &error);
  return 2;
}

void wats_lua_json_encode(lua_State *L, int index, struct wats_buffer *out)
{
  wats_lua_json_write(L, index, false, wats_lua_json_state(L), out);
}

static int json_encode(lua_State *L)
{
  struct wats_lua_json *state = lua_touserdata(L, lua_upvalueindex(1));
  struct wats_buffer *out = &state->buffer;
  size_t start = out->length;
  bool sorted = false;
  luaL_argcheck(L, !lua_isnoneornil(L, 1), 1, "value expected, got nil");
  if (push_option(L, 2, "sorted")) sorted = lua_toboolean(L, -1);
  lua_settop(L, 1);
  wats_lua_json_write(L, 1, sorted, state, out);
  lua_pushlstring(L, out->data + start, out->length - start);
  out->length = start;
  if (start == 0 && out->capacity > state->keep) wats_buffer_free(out);
  return 1;
}

static int json_accept_marks(lua_State *L)
{
  struct wats_lua_json *state = wats_lua_json_state(L);
  int i;
  lua_settop(L, 3);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
  for (i = 0; i < 3; i++) { /* they stay alive, so that no other value can
                               come to lie at their address */
    lua_pushvalue(L, i + 1);
    lua_setiuservalue(L, 4, VALUE_MARKS + i);
  }
  state->cjson_array = lua_topointer(L, 1);
  state->cjson_empty = lua_topointer(L, 2);
  state->cjson_empty_word = lua_touserdata(L, 3);
  return 0;
}

static void make_state(lua_State *L)
{
  struct wats_lua_json *state = lua_newuserdatauv(L, sizeof *state, VALUES);
  int i;
  memset(state, 0, sizeof *state);
  wats_buffer_init(&state->buffer, 0);
  state->keep = KEPT_BYTES;
  if (luaL_newmetatable(L, STATE_TYPE)) {
    lua_pushcfunction(L, state_gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  lua_createtable(L, WATS_JSON_MARK, 0);
  for (i = 1; i <= WATS_JSON_KEYS; i++) { /* no hole, so no rehash, ever */
    lua_pushboolean(L, 0);
    lua_rawseti(L, -2, i);
  }
  luaL_newmetatable(L, ARRAY_TYPE);
  state->array = lua_topointer(L, -1);
  lua_rawseti(L, -2, WATS_JSON_MARK);
  lua_setiuservalue(L, -2, VALUE_KNOWN);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &state_key);
}

void wats_open_json(lua_State *L)
{
  make_state(L);
  lua_createtable(L, 0, 5);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
  lua_pushcclosure(L, json_encode, 1);
  lua_setfield(L, -2, "encode");
  lua_pushcfunction(L, json_decode);
  lua_setfield(L, -2, "decode");
  lua_pushcfunction(L, json_accept_marks);
  lua_setfield(L, -2, "accept_marks");
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  wats_lua_json_push_known(L);
  lua_rawgeti(L, -1, WATS_JSON_MARK);
  lua_setfield(L, -3, "array_mt");
  lua_pop(L, 1);
  lua_setfield(L, -2, "json");
}
