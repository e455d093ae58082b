/*
** lua_stream.c - the methods by which Lua code moves the bytes of a streamed
** request; of a token, for wats/stream.lua.
**
**   :look()            -> is it over, does the source have to give ("more", or
**                      "restart": from its beginning; else nil), bytes
** received,
**                      to be received, sent, to be sent (nil: not known)
**   :failed()          -> is it over without an answer?
**   :status()          -> that of the answer, once it is over
**   :head()            -> of the answer that fills the sink: status,
**                      Content-Type ("": none), is it marked as a file?
**   :read(max)         -> bytes for the sink; nil: none for now; nil, err
**   :finish()          -> true, or nil, err: the body ends too early
**   :feed(text, from)  -> where to go on; puts bytes of the source from there
**   :end_source()      there are no more
** and core.is_special_file(name): is there something that is no regular file?
** and core.real_path(name): without links; nothing where there is no file.
*/
#include <lauxlib.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lua_arrivals.h"
#include "lua_error.h"
#include "lua_parts.h"

static void push_count(lua_State *L, int64_t count)
{
  if (count < 0)
    lua_pushnil(L);
  else
    lua_pushinteger(L, (lua_Integer)count);
}

static int stream_look(lua_State *L)
{
  bool over;
  struct wats_pending *p = wats_lua_check_token(L, 1, &over);
  struct wats_stream_view view;
  wats_stream_look(p->stream, &view);
  lua_pushboolean(L, over);
  if (view.wanted)
    lua_pushstring(L, view.restart ? "restart" : "more");
  else
    lua_pushnil(L);
  push_count(L, view.received);
  push_count(L, view.to_receive);
  push_count(L, view.sent);
  push_count(L, view.to_send);
  return 6;
}

static int stream_failed(lua_State *L)
{
  bool over;
  struct wats_pending *p = wats_lua_check_token(L, 1, &over);
  lua_pushboolean(L, over && p->code != WATS_OK);
  return 1;
}

static int stream_status(lua_State *L)
{
  bool over;
  struct wats_pending *p = wats_lua_check_token(L, 1, &over);
  if (!over || !p->result.response) return 0;
  lua_pushinteger(L, p->result.response->status);
  return 1;
}

static int stream_head(lua_State *L)
{
  bool over;
  struct wats_pending *p = wats_lua_check_token(L, 1, &over);
  struct wats_stream_head head;
  wats_stream_get_head(p->stream, &head);
  lua_pushinteger(L, head.status);
  lua_pushstring(L, head.type);
  lua_pushboolean(L, head.attachment);
  return 3;
}

static int push_failure(lua_State *L, const struct wats_error *error)
{
  lua_pushnil(L);
  wats_push_error(L, error);
  return 2;
}

static int read_packed(lua_State *L, struct wats_pending *p, size_t room)
{
  bool resume;
  size_t got;
  struct wats_error error;
  enum wats_errc code;
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, room);
  code = wats_stream_read(p->stream, out, room, &got, &resume, &error);
  if (resume) wats_pending_resume(p);
  if (code != WATS_OK) return push_failure(L, &error);
  luaL_pushresultsize(&buffer, got);
  if (got == 0) lua_pushnil(L);
  return 1;
}

static int stream_read(lua_State *L)
{
  bool over, resume;
  struct wats_pending *p = wats_lua_check_token(L, 1, &over);
  size_t room = (size_t)luaL_checkinteger(L, 2), length;
  const char *bytes;
  struct wats_error error;
  enum wats_errc code;
  if (!wats_stream_peek(p->stream, room, &bytes, &length))
    return read_packed(L, p, room);
  if (length == 0) return 0;
  lua_pushlstring(L, bytes, length);
  code = wats_stream_skip(p->stream, length, &resume, &error);
  if (resume) wats_pending_resume(p);
  return code == WATS_OK ? 1 : push_failure(L, &error);
}

static int stream_finish(lua_State *L)
{
  bool over;
  struct wats_pending *p = wats_lua_check_token(L, 1, &over);
  struct wats_error error;
  if (wats_stream_finish(p->stream, &error) != WATS_OK)
    return push_failure(L, &error);
  p->result.streamed = wats_stream_total(p->stream);
  lua_pushboolean(L, 1);
  return 1;
}

static int stream_feed(lua_State *L)
{
  bool over, resume;
  struct wats_pending *p = wats_lua_check_token(L, 1, &over);
  size_t length;
  const char *bytes = luaL_checklstring(L, 2, &length);
  size_t from = (size_t)luaL_checkinteger(L, 3) - 1;
  if (from > length) from = length;
  from += wats_stream_feed(p->stream, bytes + from, length - from, &resume);
  if (resume) wats_pending_resume(p);
  lua_pushinteger(L, (lua_Integer)from + 1);
  return 1;
}

static int stream_end_source(lua_State *L)
{
  bool over, resume;
  struct wats_pending *p = wats_lua_check_token(L, 1, &over);
  wats_stream_end_source(p->stream, &resume);
  if (resume) wats_pending_resume(p);
  return 0;
}

static int is_special_file(lua_State *L)
{
  struct stat status;
  lua_pushboolean(L, stat(luaL_checkstring(L, 1), &status) == 0 &&
                         !S_ISREG(status.st_mode));
  return 1;
}

/* Without links and dots, so that two names of one file are seen to be one. */
static int real_path(lua_State *L)
{
  char found[PATH_MAX];
  if (!realpath(luaL_checkstring(L, 1), found)) return 0;
  lua_pushstring(L, found);
  return 1;
}

/* After wats_open_arrivals. */
void wats_open_stream(lua_State *L)
{
  static const luaL_Reg methods[] = {{"look", stream_look},
                                     {"failed", stream_failed},
                                     {"status", stream_status},
                                     {"head", stream_head},
                                     {"read", stream_read},
                                     {"finish", stream_finish},
                                     {"feed", stream_feed},
                                     {"end_source", stream_end_source},
                                     {NULL, NULL}};
  wats_lua_add_token_methods(L, methods);
  lua_pushcfunction(L, is_special_file);
  lua_setfield(L, -2, "is_special_file");
  lua_pushcfunction(L, real_path);
  lua_setfield(L, -2, "real_path");
}
