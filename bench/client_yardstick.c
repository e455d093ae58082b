/*
** client_yardstick.c - what bench/client.lua measures against: a method call
** that does nothing, and GETs by libcurl's easy interface with one handle.
*/
#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>

struct body {
  char *bytes;
  size_t length, capacity;
};

static size_t keep(char *bytes, size_t size, size_t count, void *context)
{
  struct body *body = context;
  size_t length = size * count;
  if (body->length + length > body->capacity) {
    size_t capacity = 2 * (body->length + length);
    char *grown = realloc(body->bytes, capacity);
    if (!grown) return 0;
    body->bytes = grown;
    body->capacity = capacity;
  }
  memcpy(body->bytes + body->length, bytes, length);
  body->length += length;
  return length;
}

struct getter {
  CURL *curl;
  struct curl_slist *fields;
};

/* getter(url, authorization): what any program would set. */
static int make_getter(lua_State *L)
{
  const char *url = luaL_checkstring(L, 1);
  const char *authorization = luaL_checkstring(L, 2);
  struct getter *g = lua_newuserdatauv(L, sizeof *g, 0);
  g->curl = curl_easy_init();
  g->fields = curl_slist_append(NULL, "Accept: application/json");
  g->fields = curl_slist_append(g->fields, authorization);
  curl_easy_setopt(g->curl, CURLOPT_URL, url);
  curl_easy_setopt(g->curl, CURLOPT_HTTPHEADER, g->fields);
  curl_easy_setopt(g->curl, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  curl_easy_setopt(g->curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(g->curl, CURLOPT_PROXY, "");
  curl_easy_setopt(g->curl, CURLOPT_TIMEOUT_MS, 15000L);
  curl_easy_setopt(g->curl, CURLOPT_WRITEFUNCTION, keep);
  luaL_setmetatable(L, "yardstick.getter");
  return 1;
}

/* getter:get(count) -> bytes of the last body */
static int getter_get(lua_State *L)
{
  struct getter *g = luaL_checkudata(L, 1, "yardstick.getter");
  lua_Integer i, count = luaL_checkinteger(L, 2);
  lua_Integer length = 0;
  for (i = 0; i < count; i++) {
    struct body body = {NULL, 0, 0};
    long status = 0;
    CURLcode code;
    curl_easy_setopt(g->curl, CURLOPT_WRITEDATA, &body);
    code = curl_easy_perform(g->curl);
    curl_easy_getinfo(g->curl, CURLINFO_RESPONSE_CODE, &status);
    length = (lua_Integer)body.length;
    free(body.bytes);
    if (code != CURLE_OK || status != 200)
      return luaL_error(L, "yardstick: %s, status %d", curl_easy_strerror(code),
                        (int)status);
  }
  lua_pushinteger(L, length);
  return 1;
}

static int getter_gc(lua_State *L)
{
  struct getter *g = luaL_checkudata(L, 1, "yardstick.getter");
  curl_easy_cleanup(g->curl);
  curl_slist_free_all(g->fields);
  g->curl = NULL;
  g->fields = NULL;
  return 0;
}

/* object:nothing(): what a method does at least, see what it was called on. */
static int nothing(lua_State *L)
{
  luaL_checkudata(L, 1, "yardstick.object");
  return 0;
}

static int make_object(lua_State *L)
{
  lua_newuserdatauv(L, 16, 0);
  luaL_setmetatable(L, "yardstick.object");
  return 1;
}

int luaopen_client_yardstick(lua_State *L);

int luaopen_client_yardstick(lua_State *L)
{
  static const luaL_Reg object[] = {{"nothing", nothing}, {NULL, NULL}};
  static const luaL_Reg getter[] = {{"get", getter_get}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"object", make_object}, {"getter", make_getter}, {NULL, NULL}};
  luaL_newmetatable(L, "yardstick.object");
  luaL_newlib(L, object);
  lua_setfield(L, -2, "__index");
  luaL_newmetatable(L, "yardstick.getter");
  luaL_newlib(L, getter);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, getter_gc);
  lua_setfield(L, -2, "__gc");
  luaL_newlib(L, functions);
  return 1;
}
