/*
** lua_json_decode.c - JSON text to Lua values; see lua_json.h.
**
** The values of an open array or object collect on Lua's stack, where its own
** slot waits below them; when it ends, their number is known, and the table is
** made at that size. No recursion: the reader bounds the depth.
** Lua's stack is bounded too. What does not fit there moves into its table
** before the end, which then grows as tables do.
*/
#include <lauxlib.h>
#include <lua.h>

#include "core/json_reader.h"
#include "lua_json.h"

#define ROOM        64 /* slots asked for at a time, beyond those in use */
#define NEEDED      6  /* slots that one step takes at most */
#define STACK_FULL  100000
#define EARLY_BATCH 4096 /* (depth * batch + full) is below Lua's 1,000,000 */

/* An array or object that is not over yet. */
struct level {
  int slot;          /* its place on the stack; the values lie above */
  int nulls;         /* members that will not be there */
  bool is_table;     /* the slot holds it already, with values in it */
  lua_Integer moved; /* elements in there */
};

struct decoder {
  lua_State *L;
  int top;   /* slots in use */
  int limit; /* slots that may be */
  int mark;  /* slot of the metatable of arrays */
  int depth;
  bool keep_nulls;
  struct level levels[WATS_JSON_DEPTH];
  struct wats_json_reader reader;
};

static void need_room(struct decoder *d)
{
  if (d->limit - d->top >= NEEDED) return;
  luaL_checkstack(d->L, d->limit - d->top + d->top / 2 + ROOM,
                  "JSON with too many values");
  d->limit = d->top + d->top / 2 + ROOM;
}

/* The escaped text, made in Lua's own memory. */
static void push_unescaped(lua_State *L, const char *raw, size_t length)
{
  luaL_Buffer b;
  char *out = luaL_buffinitsize(L, &b, length);
  luaL_pushresultsize(&b, wats_json_unescape(raw, length, out));
}

static void push_string(struct decoder *d)
{
  if (d->reader.escaped)
    push_unescaped(d->L, d->reader.text, d->reader.length);
  else
    lua_pushlstring(d->L, d->reader.text, d->reader.length);
  d->top++;
}

static void open_level(struct decoder *d)
{
  struct level *level = &d->levels[d->depth++];
  lua_pushnil(d->L);
  level->slot = ++d->top;
  level->nulls = 0;
  level->is_table = false;
  level->moved = 0;
}

static void make_table(struct decoder *d, struct level *level, int elements,
                       int members)
{
  if (level->is_table) return;
  lua_createtable(d->L, elements, members);
  lua_replace(d->L, level->slot);
  level->is_table = true;
}

static void move_elements(struct decoder *d, struct level *level)
{
  int count = d->top - level->slot, i;
  make_table(d, level, count, 0);
  for (i = count; i > 0; i--)
    lua_rawseti(d->L, level->slot, level->moved + i);
  level->moved += count;
  d->top = level->slot;
}

/* In the order of the text, so that the last of equal keys counts. */
static void move_members(struct decoder *d, struct level *level)
{
  int count = (d->top - level->slot) / 2, i;
  make_table(d, level, 0, count - level->nulls);
  for (i = level->slot + 1; i < d->top; i += 2) {
    lua_pushvalue(d->L, i);
    lua_pushvalue(d->L, i + 1);
    lua_rawset(d->L, level->slot);
  }
  d->top = level->slot;
  lua_settop(d->L, d->top);
}

static void close_array(struct decoder *d)
{
  struct level *level = &d->levels[--d->depth];
  move_elements(d, level);
  lua_pushvalue(d->L, d->mark);
  lua_setmetatable(d->L, level->slot);
}

static void close_object(struct decoder *d)
{
  move_members(d, &d->levels[--d->depth]);
}

/* Lua's stack fills up: is the innermost level worth moving? */
static void move_early(struct decoder *d, bool in_object)
{
  struct level *level = &d->levels[d->depth - 1];
  if (d->top - level->slot < EARLY_BATCH) return;
  if (!in_object)
    move_elements(d, level);
  else if ((d->top - level->slot) % 2 == 0) /* no key waits for its value */
    move_members(d, level);
}

/* A member that is null takes its key away, should that be there twice. */
static void push_null(struct decoder *d)
{
  if (d->depth && d->reader.in_object && !d->keep_nulls) {
    d->levels[d->depth - 1].nulls++;
    lua_pushnil(d->L);
  } else
    lua_pushlightuserdata(d->L, NULL);
  d->top++;
}

/* Pushes the value; false: it is no JSON, and the stack holds a part. */
static bool read_all(struct decoder *d)
{
  lua_State *L = d->L;
  for (;;) {
    need_room(d);
    switch (wats_json_next(&d->reader)) {
    case WATS_JSON_ERROR:
      return false;
    case WATS_JSON_END:
      return true;
    case WATS_JSON_NULL:
      push_null(d);
      break;
    case WATS_JSON_FALSE:
      lua_pushboolean(L, 0);
      d->top++;
      break;
    case WATS_JSON_TRUE:
      lua_pushboolean(L, 1);
      d->top++;
      break;
    case WATS_JSON_INTEGER:
      lua_pushinteger(L, (lua_Integer)d->reader.integer);
      d->top++;
      break;
    case WATS_JSON_DOUBLE:
      lua_pushnumber(L, d->reader.number);
      d->top++;
      break;
    case WATS_JSON_KEY:
    case WATS_JSON_STRING:
      push_string(d);
      break;
    case WATS_JSON_ARRAY:
    case WATS_JSON_OBJECT:
      open_level(d);
      break;
    case WATS_JSON_ARRAY_END:
      close_array(d);
      break;
    case WATS_JSON_OBJECT_END:
      close_object(d);
      break;
    }
    if (d->top > STACK_FULL && d->depth) move_early(d, d->reader.in_object);
  }
}

int wats_lua_json_decode(lua_State *L, const char *text, size_t length,
                         int keep_nulls, struct wats_error *error)
{
  struct decoder d;
  int before = lua_gettop(L);
  d.L = L;
  d.keep_nulls = keep_nulls;
  d.depth = 0;
  luaL_checkstack(L, ROOM, NULL);
  wats_lua_json_push_array_mark(L);
  d.top = d.mark = before + 1;
  d.limit = before + ROOM;
  wats_json_reader_init(&d.reader, text, length);
  if (!read_all(&d)) {
    lua_settop(L, before);
    wats_json_reader_error(&d.reader, error);
    return 0;
  }
  lua_replace(L, d.mark);
  return 1;
}
