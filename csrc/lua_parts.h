/*
** lua_parts.h - the parts of the binding, one opener each.
**
** An opener finds the module's table on top of the stack, adds its functions
** and metatables, and leaves the stack as it was.
*/
#ifndef WATS_LUA_PARTS_H
#define WATS_LUA_PARTS_H

struct lua_State;

void wats_open_arrivals(struct lua_State *L);
void wats_open_client(struct lua_State *L);
void wats_open_error(struct lua_State *L);
void wats_open_json(struct lua_State *L);
void wats_open_log(struct lua_State *L);
void wats_open_metrics(struct lua_State *L);
void wats_open_operations(struct lua_State *L);
void wats_open_gzip(struct lua_State *L);
void wats_open_httpd(struct lua_State *L);
void wats_open_process(struct lua_State *L);
void wats_open_queue(struct lua_State *L);
void wats_open_request(struct lua_State *L);
void wats_open_response(struct lua_State *L);
void wats_open_stream(struct lua_State *L);
void wats_open_util(struct lua_State *L);

#endif
