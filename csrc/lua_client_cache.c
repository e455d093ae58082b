/*
** lua_client_cache.c - a client's cache, as Lua sees it: figures, keys, what
** would happen, and clearing. wats/client_cache.lua builds on it.
*/
#include <lauxlib.h>

#include "core/alloc.h"
#include "core/clock.h"
#include "core/ttl_lru.h"
#include "lua_client.h"
#include "lua_error.h"

static void set_integer(lua_State *L, const char *name, int64_t n)
{
  if (n < 0) return; /* cannot be had */
  lua_pushinteger(L, n);
  lua_setfield(L, -2, name);
}

static void push_disk_stats(lua_State *L, struct wats_cache_disk *disk)
{
  struct wats_cache_disk_stats s;
  wats_cache_disk_stats(disk, &s);
  lua_createtable(L, 0, 8);
  set_integer(L, "entries", s.entries);
  set_integer(L, "bytes", s.bytes);
  wats_lua_set_count(L, "max_bytes", s.max_bytes);
  wats_lua_set_count(L, "hits", s.hits);
  wats_lua_set_count(L, "misses", s.misses);
  wats_lua_set_count(L, "stores", s.stores);
  wats_lua_set_count(L, "queued", s.queued);
  wats_lua_set_count(L, "dropped", s.dropped);
}

static int cache_stats(lua_State *L)
{
  struct wats_http_cache_stats s = {0};
  struct wats_http_cache *cache = wats_client_cache(wats_lua_check_client(L));
  if (cache) wats_http_cache_stats(cache, &s);
  lua_createtable(L, 0, 14);
  wats_lua_set_count(L, "requests", s.requests);
  wats_lua_set_count(L, "hits", s.hits);
  wats_lua_set_count(L, "misses", s.misses);
  wats_lua_set_count(L, "revalidations", s.revalidations);
  wats_lua_set_count(L, "stale", s.stale);
  wats_lua_set_count(L, "stores", s.stores);
  wats_lua_set_count(L, "evictions", s.evictions);
  wats_lua_set_count(L, "expirations", s.expirations);
  wats_lua_set_count(L, "invalidations", s.invalidations);
  wats_lua_set_count(L, "size", s.entries);
  wats_lua_set_count(L, "max_size", s.max_entries);
  wats_lua_set_count(L, "bytes", s.bytes);
  wats_lua_set_count(L, "max_bytes", s.max_bytes);
  lua_pushnumber(L, s.requests ? (lua_Number)s.hits / (lua_Number)s.requests
                               : 0.0);
  lua_setfield(L, -2, "hit_rate");
  if (cache && wats_http_cache_disk(cache)) {
    push_disk_stats(L, wats_http_cache_disk(cache));
    lua_setfield(L, -2, "disk");
  }
  return 1;
}

static int cache_clear(lua_State *L)
{
  struct wats_http_cache *cache = wats_client_cache(wats_lua_check_client(L));
  if (cache) wats_http_cache_clear(cache);
  return 0;
}

/* (client [, path]) -> how many answers were dropped */
static int cache_invalidate(lua_State *L)
{
  struct wats_http_cache *cache = wats_client_cache(wats_lua_check_client(L));
  size_t length = 0;
  const char *path = luaL_optlstring(L, 2, NULL, &length);
  lua_pushinteger(
      L,
      cache ? (lua_Integer)wats_http_cache_invalidate(cache, path, length) : 0);
  return 1;
}

static void set_number(lua_State *L, const char *name, double n)
{
  lua_pushnumber(L, n);
  lua_setfield(L, -2, name);
}

static void push_explanation(lua_State *L, const struct wats_explanation *e)
{
  lua_createtable(L, 0, 8);
  lua_pushstring(L, wats_cache_status_name(e->status));
  lua_setfield(L, -2, "status");
  lua_pushstring(L, e->reason);
  lua_setfield(L, -2, "reason");
  lua_pushstring(L, e->route);
  lua_setfield(L, -2, "route");
  if (!e->lifetime_from) return;
  lua_pushstring(L, e->lifetime_from);
  lua_setfield(L, -2, "lifetime_from");
  lua_pushinteger(L, e->age_s);
  lua_setfield(L, -2, "age");
  set_number(L, "lifetime", e->lifetime_s);
  set_number(L, "fresh_for", e->fresh_for_s);
  set_number(L, "fresh_until",
             (double)wats_clock_wall(&wats_system_clock) / 1e9 +
                 e->fresh_for_s);
}

/* (client, path [, opts]) -> what the cache would do with that GET | nil, err
 */
static int cache_explain(lua_State *L)
{
  struct wats_client *client = wats_lua_check_client(L);
  struct wats_request request;
  struct wats_explanation explanation;
  struct wats_lua_scratch *scratch;
  struct wats_error error;
  enum wats_errc code;
  wats_lua_read_request(L, 2, "GET", &request, &scratch);
  code = wats_client_explain(client, &request, &explanation, &error);
  if (code == WATS_ERR_ARGUMENT)
    wats_lua_raise(L, "cache:explain: %s", error.message);
  if (code == WATS_OK) {
    push_explanation(L, &explanation);
    return 1;
  }
  lua_pushnil(L);
  wats_push_error(L, &error);
  wats_lua_set_request_fields(L, client, &request);
  return 2;
}

struct key_list { /* in a userdata: freed even if pushing a key raises */
  struct wats_ttl_lru_key *keys;
  size_t count;
};

static int key_list_gc(lua_State *L)
{
  struct key_list *list = lua_touserdata(L, 1);
  size_t i;
  for (i = 0; i < list->count; i++)
    wats_free(list->keys[i].text);
  wats_free(list->keys);
  list->keys = NULL;
  list->count = 0;
  return 0;
}

/* -> list of "GET url", most recently used first */
static int cache_keys(lua_State *L)
{
  struct wats_http_cache *cache = wats_client_cache(wats_lua_check_client(L));
  struct key_list *list = lua_newuserdatauv(L, sizeof *list, 0);
  size_t i;
  list->keys = NULL;
  list->count = 0;
  luaL_setmetatable(L, "wats.key_list");
  lua_newtable(L);
  if (cache &&
      wats_http_cache_keys(cache, &list->keys, &list->count) != WATS_OK)
    wats_lua_raise(L, "not enough memory");
  for (i = 0; i < list->count; i++) {
    size_t skip = WATS_CLIENT_KEY_PREFIX;
    lua_pushliteral(L, "GET ");
    lua_pushlstring(L, list->keys[i].text + skip, list->keys[i].length - skip);
    lua_concat(L, 2);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

void wats_lua_set_cache_methods(lua_State *L, int metatable)
{
  static const luaL_Reg methods[] = {
      {"cache_stats", cache_stats},           {"cache_clear", cache_clear},
      {"cache_invalidate", cache_invalidate}, {"cache_keys", cache_keys},
      {"cache_explain", cache_explain},       {NULL, NULL}};
  luaL_newmetatable(L, "wats.key_list");
  lua_pushcfunction(L, key_list_gc);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
  lua_pushvalue(L, metatable);
  luaL_setfuncs(L, methods, 1);
}
