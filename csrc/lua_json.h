/*
** lua_json.h - JSON between text and Lua values, for all of the binding.
**
** Reading: objects and arrays become tables made at their exact size, arrays
** with a metatable that marks them, so that `[]` is written as `[]` again.
** Integers stay integers, every other number is a float. Members that are null
** are left out, or kept as wats.null; null elements are always kept, else the
** others would move. Of a repeated key the last value counts.
**
** Writing: nothing is lost or altered; what JSON cannot hold is a caller's
** mistake and raises, naming the place ("root.steps[3].value").
**
** Neither calls any Lua function, nor looks at metamethods.
*/
#ifndef WATS_LUA_JSON_H
#define WATS_LUA_JSON_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/buffer.h"
#include "core/error.h"

/*
** Pushes the value that `text` is, and returns 1; or fills `error` (code
** WATS_ERR_DECODE), leaves the stack as it was and returns 0. `text` must not
** move meanwhile. Short memory raises, as ever in Lua.
*/
int wats_lua_json_decode(lua_State *L, const char *text, size_t length,
                         int keep_nulls, struct wats_error *error);

/* The options of decode at `index`, which may be nil: are nulls kept? Raises
** for what is no such option. */
bool wats_lua_json_read_options(lua_State *L, int index);

/*
** Appends the value at `index` to `out`. Raises when it cannot be written,
** also by short memory: so `out` must belong to something that Lua collects
** (a userdata of the caller's, made before), never to a C frame. After it
** raised, `out` may hold a part.
*/
void wats_lua_json_encode(lua_State *L, int index, struct wats_buffer *out);

/* ---- for the files of this part only ---------------------------------- */

#define WATS_JSON_KEYS 256
#define WATS_JSON_MARK (WATS_JSON_KEYS + 1)

/* A name of members that was read. */
struct wats_lua_json_key {
  char text[31];
  unsigned char length; /* 0: none */
};

/* What a Lua state keeps for it, a userdata in the registry. */
struct wats_lua_json {
  /* Identities of metatables and of a light userdata; NULL = not there. */
  const void *array;            /* ours */
  const void *cjson_array;      /* lua-cjson's, where the flavour has them */
  const void *cjson_empty;      /* marks a table that is [] when empty */
  const void *cjson_empty_word; /* a value that stands for [] */
  /* Written by encode; calls nest like brackets (a finalizer may run while
  ** one is under way), each uses what is behind its predecessor's part. */
  struct wats_buffer buffer;
  size_t keep; /* bytes of memory that stay for the next call */
  /* Names read lately; the table of known things has each at its place + 1. */
  struct wats_lua_json_key keys[WATS_JSON_KEYS];
};

struct wats_lua_json *wats_lua_json_state(lua_State *L);
/* As it, and pushes the table of known things: Lua strings of `keys`, and at
** WATS_JSON_MARK the metatable that marks arrays. */
struct wats_lua_json *wats_lua_json_push_known(lua_State *L);
void wats_lua_json_write(lua_State *L, int index, bool sorted,
                         const struct wats_lua_json *marks,
                         struct wats_buffer *out);

#endif
