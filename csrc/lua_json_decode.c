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
#include <stdint.h>
#include <string.h>

#include "core/json_reader.h"
#include "lua_json.h"

#define ROOM        64 /* slots asked for at a time, beyond those in use */
#define NEEDED      6  /* slots that one step takes at most */
#define STACK_FULL  100000
#define EARLY_BATCH 2048 /* all levels together stay below Lua's 1,000,000 */

/* An array or object that is not over yet. */
struct level {
  int slot;      /* its place on the stack; the values lie above */
  int nulls;     /* members that will not be there */
  bool is_table; /* the slot holds it already, with values in it */
  bool repeats;  /* some name may be there twice */
  uint64_t places[WATS_JSON_KEYS / 64]; /* bit: a name of that place is there */
  lua_Integer moved;                    /* elements in there */
};

struct decoder {
  lua_State *L;
  int top;   /* slots in use */
  int limit; /* slots that may be */
  int known; /* slot of the table of names and of the arrays' mark */
  struct wats_lua_json *state;
  int depth;
  bool keep_nulls;
  struct level levels[WATS_JSON_DEPTH];
  struct wats_json_reader reader;
};

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

static unsigned place_of(const char *text, size_t length)
{
  unsigned first = (unsigned char)text[0];
  unsigned middle = (unsigned char)text[length / 2];
  unsigned last = (unsigned char)text[length - 1];
  return (first * 21 + middle * 7 + last * 3 + (unsigned)length) %
         WATS_JSON_KEYS;
}

static inline uint64_t word(const char *at)
{
  uint64_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static inline uint32_t half_word(const char *at)
{
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

/* memcmp in line: names are short, the call would cost more than the work.
** What is left at the end is compared with some of what was before it. */
static inline bool same_bytes(const char *a, const char *b, size_t length)
{
  size_t i, last = length - 8;
  if (length < 4)
    return a[0] == b[0] && a[length / 2] == b[length / 2] &&
           a[length - 1] == b[length - 1];
  if (length < 8)
    return half_word(a) == half_word(b) &&
           half_word(a + length - 4) == half_word(b + length - 4);
  for (i = 0; i < last; i += 8)
    if (word(a + i) != word(b + i)) return false;
  return word(a + last) == word(b + last);
}

/*
** Names come again and again, in this text and in the next: taking one from a
** table costs a fraction of what Lua needs to find that it has the string.
** Nothing between the comparison and the push can run other code.
*/
static void push_key(struct decoder *d)
{
  struct level *level = &d->levels[d->depth - 1];
  const char *text = d->reader.text;
  size_t length = d->reader.length;
  struct wats_lua_json_key *known;
  unsigned place;
  uint64_t bit, *places;
  if (d->reader.escaped || length - 1 >= sizeof known->text) {
    level->repeats = true;
    push_string(d);
    return;
  }
  place = place_of(text, length);
  bit = UINT64_C(1) << (place % 64);
  places = &level->places[place / 64];
  level->repeats |= (*places & bit) != 0;
  *places |= bit;
  known = &d->state->keys[place];
  if (known->length == length && same_bytes(known->text, text, length))
    lua_rawgeti(d->L, d->known, (lua_Integer)place + 1);
  else {
    lua_pushlstring(d->L, text, length);
    lua_pushvalue(d->L, -1);
    lua_rawseti(d->L, d->known, (lua_Integer)place + 1);
    memcpy(known->text, text, length);
    known->length = (unsigned char)length;
  }
  d->top++;
}

static void open_level(struct decoder *d)
{
  struct level *level = &d->levels[d->depth++];
  lua_pushnil(d->L);
  level->slot = ++d->top;
  level->nulls = 0;
  level->is_table = false;
  level->repeats = false;
  memset(level->places, 0, sizeof level->places);
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

/*
** Taking pairs from the top costs least, but puts the first in last. Where a
** name may repeat they go in the order of the text, so that the last counts.
*/
static void move_members(struct decoder *d, struct level *level)
{
  int count = (d->top - level->slot) / 2, i;
  make_table(d, level, 0, count - level->nulls);
  if (!level->repeats) {
    for (i = 0; i < count; i++)
      lua_rawset(d->L, level->slot);
  } else {
    for (i = level->slot + 1; i < d->top; i += 2) {
      lua_pushvalue(d->L, i);
      lua_pushvalue(d->L, i + 1);
      lua_rawset(d->L, level->slot);
    }
    lua_settop(d->L, level->slot);
  }
  d->top = level->slot;
}

static void close_array(struct decoder *d)
{
  struct level *level = &d->levels[--d->depth];
  move_elements(d, level);
  lua_rawgeti(d->L, d->known, WATS_JSON_MARK);
  lua_setmetatable(d->L, level->slot);
}

static void close_object(struct decoder *d)
{
  move_members(d, &d->levels[--d->depth]);
}

/* What an open level has, if it is much, goes into its table now. */
static void move_early(struct decoder *d, struct level *level)
{
  int count = d->top - level->slot;
  if (count < EARLY_BATCH) return;
  if (!d->reader.in_object)
    move_elements(d, level);
  else if (count % 2 == 0) /* no key waits for its value */
    move_members(d, level);
}

/* Fewer than NEEDED slots are left. */
__attribute__((noinline)) static void make_room(struct decoder *d)
{
  int extra = d->top / 2 + ROOM;
  if (d->top > STACK_FULL) {
    extra = EARLY_BATCH;
    if (d->depth) move_early(d, &d->levels[d->depth - 1]);
  }
  luaL_checkstack(d->L, extra, "JSON with too many values");
  d->limit = d->top + extra;
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
    if (d->limit - d->top < NEEDED) make_room(d);
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
      push_key(d);
      break;
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
  d.state = wats_lua_json_push_known(L);
  d.top = d.known = before + 1;
  d.limit = before + ROOM;
  wats_json_reader_init(&d.reader, text, length);
  if (!read_all(&d)) {
    lua_settop(L, before);
    wats_json_reader_error(&d.reader, error);
    return 0;
  }
  lua_replace(L, d.known);
  return 1;
}
