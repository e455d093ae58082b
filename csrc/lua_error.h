/*
** lua_error.h - the two kinds of failure that Lua sees.
**
** What the world did becomes an error object, returned behind nil. What the
** caller did wrong is raised, at the line of the first caller outside this
** library, so that a mistake deep in a domain call still points at the script.
*/
#ifndef WATS_LUA_ERROR_H
#define WATS_LUA_ERROR_H

#include <lua.h>

#include "core/error.h"

/* Registry key of the error objects' metatable; filled by wats.errors. */
#define WATS_LUA_ERROR_METATABLE "wats.error"

/*
** Pushes {kind, message, retryable} with the metatable. Memory trouble and a
** caller's mistake have no kind: those are raised here.
*/
void wats_push_error(lua_State *L, const struct wats_error *error);

/* Raises "file:line: message"; never returns. */
#if defined(__GNUC__)
__attribute__((noreturn, format(printf, 2, 3)))
#endif
void wats_lua_raise(lua_State *L, const char *format, ...);

/*
** Raises `unknown <what> "name"` with the nearest of the names in the list at
** `known` ("did you mean"); never returns.
*/
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void wats_lua_raise_unknown(lua_State *L, const char *what, const char *name,
                            int known);

#endif
