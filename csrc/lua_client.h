/*
** lua_client.h - shared between the files of the client's binding:
** lua_client.c (the userdata and its methods), lua_client_options.c,
** lua_client_stats.c, lua_client_cache.c (its cache),
** lua_request.c (arguments to a request), lua_response.c (answers).
*/
#ifndef WATS_LUA_CLIENT_H
#define WATS_LUA_CLIENT_H

#include <lua.h>

#include "core/client.h"

/*
** The client of argument 1: the client's table, or a service's or its cache's,
** whose slot 1 holds the client's table. Whatever else a script hands in is
** looked at, never trusted, and raises. The userdata takes the argument's
** place,
** so that it lives as long as the call, whatever finalisers do to the tables
** meanwhile. Upvalue 1 must be the userdata's metatable.
*/
struct wats_client *wats_lua_check_client(lua_State *L);
/* The client's table at `index`, or NULL when it is something else. Borrowed
 *from
 ** that table. */
struct wats_client *wats_lua_test_client(lua_State *L, int index);
/* Reads the options at index 1, whose strings stay the table's. Raises where
 *one
 ** is missing. */
void wats_lua_read_client_options(lua_State *L,
                                  struct wats_client_options *options);
/* Adds method and url to the error object on top of the stack. */
void wats_lua_set_request_fields(lua_State *L, const struct wats_client *client,
                                 const struct wats_request *request);
/* Adds request_id to the table on top, unless `id` is "". */
void wats_lua_set_request_id(lua_State *L, const char *id);
/* Sets a field of the table on top. */
void wats_lua_set_count(lua_State *L, const char *name, uint64_t n);
/* (client) -> table: a method of clients. */
int wats_lua_client_stats(lua_State *L);
/* Adds the cache's methods to the table on top; the userdata's metatable stands
** at index `metatable`. */
void wats_lua_set_cache_methods(lua_State *L, int metatable);

/*
** What a request owns while it runs. It lives in a userdata with a finaliser,
** so that an error raised half-way through the arguments leaks nothing.
*/
struct wats_lua_scratch {
  bool streamed; /* an option says so: see wats/stream.lua */
  struct wats_buffer query, body, packed;
  struct wats_headers headers;
};

/*
** Reads `path` at index `path` and the options table (or nil) behind it into
** `request`, dropping arguments behind those. Whatever it borrows stays on the
** Lua stack, on top of what was there; `*scratch` is NULL when there are no
** options. Raises on a caller's mistake.
*/
void wats_lua_read_request(lua_State *L, int path, const char *method,
                           struct wats_request *request,
                           struct wats_lua_scratch **scratch);
/* Pushes an empty one. */
struct wats_lua_scratch *wats_lua_new_scratch(lua_State *L);
/* Frees the scratch's memory now rather than at the next collection. */
void wats_lua_free_scratch(struct wats_lua_scratch *scratch);

/*
** Pushes a response object that takes over the reference in `result`. Made in
** two steps, so that no reference is lost when memory is short: reserve before
** the request, fill (which cannot raise) after it.
*/
void *wats_lua_reserve_response(lua_State *L);
void wats_lua_fill_response(void *reserved, const struct wats_result *result);
/* Tells the collector of a large body, whose userdata looks small to it. */
void wats_lua_pay_for_response(lua_State *L, const void *response);
/* See result.request_id; lives as long as the response. */
const char *wats_lua_response_id(const void *response);
/* Is its status 2xx? */
bool wats_lua_response_ok(const void *response);
/* Is its Content-Type text/html? */
bool wats_lua_response_is_page(const void *response);
/*
** Pushes what the body of the response at `index` is: true when it is empty, a
** JSON value where Content-Type says so, else the bytes as a string; returns 1.
** Or pushes nil and an error object, and returns 2.
*/
int wats_lua_push_decoded(lua_State *L, int index);
/* Lets go of the answer before the collector does; for a response that Lua
** code has never seen. */
void wats_lua_drop_response(void *response);

#endif
