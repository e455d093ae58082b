/*
** lua_json_encode.c - Lua values to JSON text; see lua_json.h.
**
** A table is walked once, in the order that `next` has. If its keys come as
** 1, 2, 3 and so on it is an array, if they are strings an object; anything
** else is looked at more closely, and mostly refused.
*/
#include <float.h>
#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json_reader.h"
#include "core/json_writer.h"
#include "core/utf8.h"
#include "lua_error.h"
#include "lua_json.h"

/* Where we are in a table: at a member or at an element. */
struct step {
  const void *table;
  const char *key; /* NULL: element */
  lua_Integer index;
};

struct encoder {
  lua_State *L;
  struct wats_buffer *out;
  const struct wats_lua_json *marks;
  size_t start; /* of our part of `out` */
  bool sorted;
  int depth;
  struct step steps[WATS_JSON_DEPTH];
};

/* ---- failures --------------------------------------------------------- */

#define PATH_SIZE  240
#define MIXED_KEYS "a table whose keys are neither all text nor 1, 2, 3 ..."

static bool is_name(const char *text)
{
  size_t i, length = strspn(text, "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
  for (i = 0; i < length; i++)
    if (i == 0 && text[i] >= '0' && text[i] <= '9') return false;
  return length > 0 && text[length] == '\0';
}

/* "root.steps[3].value", as a script would write it; cut when it is long. */
static void format_path(const struct encoder *e, int depth, char *path)
{
  size_t length = 0;
  int i;
  path[0] = '\0';
  for (i = 0; i < depth && length < PATH_SIZE; i++) {
    const struct step *step = &e->steps[i];
    char *at = path + length;
    size_t room = PATH_SIZE - length;
    int n;
    if (!step->key)
      n = snprintf(at, room, "[%lld]", (long long)step->index);
    else if (is_name(step->key))
      n = snprintf(at, room, "%s%s", length ? "." : "", step->key);
    else
      n = snprintf(at, room, "[\"%s\"]", step->key);
    length += n > 0 ? (size_t)n : 0;
  }
  if (length >= PATH_SIZE) memcpy(path + PATH_SIZE - 4, "...", 4);
}

/* Raises; the place is that of the value, or of what encloses `up` of it. */
__attribute__((noreturn)) static void refuse(struct encoder *e, int up,
                                             const char *what)
{
  char path[PATH_SIZE];
  format_path(e, e->depth - up, path);
  e->out->length = e->start;
  wats_lua_raise(e->L, "cannot write as JSON: %s%s%s", what,
                 *path ? " at " : "", path);
}

static void fail(struct encoder *e, enum wats_errc code)
{
  e->out->length = e->start;
  if (code == WATS_ERR_TOO_LARGE)
    wats_lua_raise(e->L, "cannot write as JSON: more than %zu bytes",
                   e->out->limit);
  luaL_error(e->L, "not enough memory");
}

static inline void check(struct encoder *e, enum wats_errc code)
{
  if (code != WATS_OK) fail(e, code);
}

/* ---- scalars ---------------------------------------------------------- */

static void write_text(struct encoder *e, const char *text)
{
  check(e, wats_buffer_append_string(e->out, text));
}

static void write_char_slowly(struct encoder *e, char c)
{
  check(e, wats_buffer_append_char(e->out, c));
}

static inline void write_char(struct encoder *e, char c)
{
  struct wats_buffer *b = e->out;
  if (b->length < b->capacity && b->limit == 0)
    b->data[b->length++] = c;
  else
    write_char_slowly(e, c);
}

__attribute__((noreturn)) static void
refuse_bytes(struct encoder *e, const char *text, size_t length, bool is_key)
{
  char what[80];
  size_t at = wats_utf8_invalid_at(text, length);
  snprintf(what, sizeof what, "%s that is not UTF-8 (byte %zu is 0x%02X)",
           is_key ? "a key" : "text", at + 1, (unsigned char)text[at]);
  refuse(e, is_key ? 1 : 0, what);
}

static void write_string(struct encoder *e, const char *text, size_t length,
                         bool is_key)
{
  enum wats_errc code = wats_json_write_string(e->out, text, length);
  if (code == WATS_ERR_ARGUMENT) refuse_bytes(e, text, length, is_key);
  check(e, code);
}

static void write_number(struct encoder *e)
{
  if (lua_isinteger(e->L, -1)) {
    check(e, wats_json_write_integer(e->out, lua_tointeger(e->L, -1)));
  } else {
    double value = lua_tonumber(e->L, -1);
    enum wats_errc code = wats_json_write_double(e->out, value);
    if (code == WATS_ERR_ARGUMENT)
      refuse(e, 0, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
    check(e, code);
  }
}

static void write_light_userdata(struct encoder *e)
{
  const void *value = lua_touserdata(e->L, -1);
  if (value == NULL)
    check(e, wats_json_write_null(e->out));
  else if (value == e->marks->cjson_empty_word)
    write_text(e, "[]");
  else
    refuse(e, 0, "a light userdata");
}

/* ---- tables ----------------------------------------------------------- */

static void write_value(struct encoder *e);

enum mark { MARK_NONE, MARK_ARRAY, MARK_ARRAY_IF_EMPTY };

/* Of the table on top of the stack. */
static enum mark mark_of(struct encoder *e)
{
  const void *metatable;
  if (!lua_getmetatable(e->L, -1)) return MARK_NONE;
  metatable = lua_topointer(e->L, -1);
  lua_pop(e->L, 1);
  if (metatable == e->marks->array || metatable == e->marks->cjson_array)
    return MARK_ARRAY;
  if (metatable == e->marks->cjson_empty) return MARK_ARRAY_IF_EMPTY;
  return MARK_NONE;
}

/*
** The rest of an array whose keys `next` does not hand out in order, from
** element `i` on. The table is on top of the stack.
*/
static void write_unordered(struct encoder *e, struct step *step, lua_Integer i)
{
  lua_State *L = e->L;
  lua_Integer count = 0;
  for (lua_pushnil(L); lua_next(L, -2); count++) {
    lua_pop(L, 1);
    if (!lua_isinteger(L, -1)) refuse(e, 1, MIXED_KEYS);
  }
  for (; i <= count; i++) {
    step->index = i;
    if (i > 1) write_char(e, ',');
    if (lua_rawgeti(L, -1, i) == LUA_TNIL) {
      char what[60];
      snprintf(what, sizeof what, "a hole (there is no [%lld])", (long long)i);
      refuse(e, 1, what);
    }
    write_value(e);
    lua_pop(L, 1);
  }
}

/* The table is on top of the stack, its first key and value above it: those
** are popped. */
static void write_elements(struct encoder *e, struct step *step)
{
  lua_State *L = e->L;
  lua_Integer i = 1;
  write_char(e, '[');
  do {
    if (!lua_isinteger(L, -2) || lua_tointeger(L, -2) != i) {
      lua_pop(L, 2);
      write_unordered(e, step, i);
      break;
    }
    step->index = i;
    if (i++ > 1) write_char(e, ',');
    write_value(e);
    lua_pop(L, 1);
  } while (lua_next(L, -2));
  write_char(e, ']');
}

static void write_member(struct encoder *e, struct step *step)
{
  size_t length;
  step->key = lua_tolstring(e->L, -2, &length);
  write_string(e, step->key, length, true);
  write_char(e, ':');
  write_value(e);
}

/* As write_elements, for members. */
static void write_members(struct encoder *e, struct step *step)
{
  lua_State *L = e->L;
  bool first = true;
  write_char(e, '{');
  do {
    if (lua_type(L, -2) != LUA_TSTRING) refuse(e, 1, MIXED_KEYS);
    if (!first) write_char(e, ',');
    first = false;
    write_member(e, step);
    lua_pop(L, 1);
  } while (lua_next(L, -2));
  write_char(e, '}');
}

struct key {
  const char *text;
  size_t length;
};

static int compare_keys(const void *a, const void *b)
{
  const struct key *x = a, *y = b;
  size_t shorter = x->length < y->length ? x->length : y->length;
  int order = memcmp(x->text, y->text, shorter);
  if (order) return order;
  return x->length < y->length ? -1 : x->length > y->length;
}

/* Pushes an array of the table's keys in order of their bytes, which live as
** long as the table. As write_members it finds a key and a value on top. */
static struct key *push_sorted_keys(struct encoder *e, size_t *count)
{
  lua_State *L = e->L;
  struct key *keys;
  size_t n = 1;
  lua_pushvalue(L, -2);
  while (lua_next(L, -4)) {
    lua_pop(L, 1);
    n++;
  }
  lua_pop(L, 2);
  keys = lua_newuserdatauv(L, n * sizeof *keys, 0);
  lua_pushnil(L);
  for (n = 0; lua_next(L, -3); n++) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) refuse(e, 1, MIXED_KEYS);
    keys[n].text = lua_tolstring(L, -1, &keys[n].length);
  }
  qsort(keys, n, sizeof *keys, compare_keys);
  *count = n;
  return keys;
}

static void write_sorted(struct encoder *e, struct step *step)
{
  lua_State *L = e->L;
  size_t count, i;
  const struct key *keys = push_sorted_keys(e, &count);
  write_char(e, '{');
  for (i = 0; i < count; i++) {
    if (i) write_char(e, ',');
    lua_pushlstring(L, keys[i].text, keys[i].length);
    lua_pushvalue(L, -1);
    lua_rawget(L, -4);
    write_member(e, step);
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
  write_char(e, '}');
}

/* The table on top of the stack has too many around it: is it one of them? */
__attribute__((noreturn)) static void refuse_depth(struct encoder *e)
{
  const void *table = lua_topointer(e->L, -1);
  char what[80];
  int i, j;
  for (j = 1; j <= e->depth; j++)
    for (i = 0; i < j; i++)
      if (e->steps[i].table == (j < e->depth ? e->steps[j].table : table)) {
        e->depth = j;
        refuse(e, 0, "a table within itself");
      }
  snprintf(what, sizeof what, "more than %d tables within each other",
           WATS_JSON_DEPTH);
  refuse(e, 0, what);
}

static void write_table(struct encoder *e)
{
  lua_State *L = e->L;
  enum mark mark = mark_of(e);
  struct step *step;
  if (e->depth == WATS_JSON_DEPTH) refuse_depth(e);
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  lua_pushnil(L);
  if (!lua_next(L, -2)) {
    write_text(e, mark == MARK_NONE ? "{}" : "[]");
    return;
  }
  step = &e->steps[e->depth++];
  step->table = lua_topointer(L, -3);
  step->key = NULL;
  step->index = 0;
  if (mark == MARK_ARRAY || lua_type(L, -2) != LUA_TSTRING)
    write_elements(e, step);
  else if (e->sorted)
    write_sorted(e, step);
  else
    write_members(e, step);
  e->depth--;
}

__attribute__((noreturn)) static void refuse_type(struct encoder *e)
{
  char what[40];
  snprintf(what, sizeof what, "a %s", luaL_typename(e->L, -1));
  refuse(e, 0, what);
}

/* The value on top of the stack, which stays there. */
static void write_value(struct encoder *e)
{
  const char *text;
  size_t length;
  switch (lua_type(e->L, -1)) {
  case LUA_TSTRING:
    text = lua_tolstring(e->L, -1, &length);
    write_string(e, text, length, false);
    return;
  case LUA_TNUMBER:
    write_number(e);
    return;
  case LUA_TTABLE:
    write_table(e);
    return;
  case LUA_TBOOLEAN:
    check(e, wats_json_write_bool(e->out, lua_toboolean(e->L, -1)));
    return;
  case LUA_TLIGHTUSERDATA:
    write_light_userdata(e);
    return;
  case LUA_TNIL:
    refuse(e, 0, "nil (wats.null is null)");
  default:
    refuse_type(e);
  }
}

void wats_lua_json_write(lua_State *L, int index, bool sorted,
                         const struct wats_lua_json *marks,
                         struct wats_buffer *out)
{
  struct encoder e;
  e.L = L;
  e.out = out;
  e.marks = marks;
  e.start = out->length;
  e.sorted = sorted;
  e.depth = 0;
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  lua_pushvalue(L, index);
  write_value(&e);
  lua_pop(L, 1);
}
