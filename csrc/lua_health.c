/*
** lua_health.c - core/health.h for Lua; wats/health.lua checks what is handed
*in
** here.
**
**   core.health(options) -> userdata | nil, err
**   core.health_methods: functions of (health, ...), a table whose slot 1 holds
**     the userdata
**       set(name, ok, text | nil)   unset(name) -> boolean   beat()
**       port() -> number   url() -> text   stop()
**   core.versions() -> { libcurl =, libmicrohttpd = text | nil }
**
** A userdata that is collected stops its slot. After stop its methods do
** nothing: a script that ends in some order of its own is not to fail for that.
*/
#include "lua_health.h"

#include <lauxlib.h>
#include <string.h>

#include "core/httpd.h"
#include "core/process_metrics.h"
#include "lua_client.h"
#include "lua_error.h"
#include "lua_fields.h"
#include "lua_metrics.h"
#include "lua_parts.h"

#define HEALTH_NAME "wats.core_health"
#define TEXT_NAME   "wats.health_text"

_Atomic unsigned wats_lua_pulses;

struct health_box {
  struct wats_health *health; /* NULL: stopped */
  bool beats;                 /* by itself, and then in the state's list */
  struct health_box *next;
};

/* ---- heartbeats that beat by themselves --------------------------------- */

struct wats_lua_pulse {
  struct health_box *first;
};

static const char pulse_key;

struct wats_lua_pulse *wats_lua_find_pulse(lua_State *L)
{
  struct wats_lua_pulse *pulse;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &pulse_key);
  pulse = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return pulse;
}

void wats_lua_beat_on(const struct wats_lua_pulse *pulse)
{
  const struct health_box *box;
  for (box = pulse->first; box; box = box->next)
    wats_health_beat(box->health);
}

static struct wats_lua_pulse *need_pulse(lua_State *L)
{
  struct wats_lua_pulse *pulse = wats_lua_find_pulse(L);
  if (pulse) return pulse;
  pulse = lua_newuserdatauv(L, sizeof *pulse, 0);
  pulse->first = NULL;
  lua_rawsetp(L, LUA_REGISTRYINDEX, &pulse_key);
  return pulse;
}

static void leave_pulse(lua_State *L, struct health_box *box)
{
  struct wats_lua_pulse *pulse = wats_lua_find_pulse(L);
  struct health_box **link;
  if (!box->beats || !pulse) return;
  box->beats = false;
  for (link = &pulse->first; *link; link = &(*link)->next)
    if (*link == box) {
      *link = box->next;
      atomic_fetch_sub(&wats_lua_pulses, 1);
      return;
    }
}

/* ---- options ------------------------------------------------------------ */

static int64_t seconds_field(lua_State *L, const char *name)
{
  int64_t ns;
  lua_getfield(L, 1, name);
  ns = wats_seconds_to_ns(luaL_optnumber(L, -1, 0));
  lua_pop(L, 1);
  return ns;
}

static int port_field(lua_State *L)
{
  lua_Integer port;
  lua_getfield(L, 1, "port");
  port = luaL_optinteger(L, -1, -1);
  lua_pop(L, 1);
  return (int)port;
}

/* Its texts stay the table's; the array is a userdata that stays on the stack.
 */
static void read_hosts(lua_State *L, struct wats_health_options *options)
{
  lua_Integer i, count;
  const char **hosts;
  if (lua_getfield(L, 1, "allowed_hosts") == LUA_TNIL) return;
  count = luaL_len(L, -1);
  hosts = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof *hosts, 0);
  for (i = 0; i < count; i++) {
    lua_rawgeti(L, -2, i + 1);
    hosts[i] = luaL_checkstring(L, -1);
    lua_pop(L, 1);
  }
  options->allowed_hosts = hosts;
  options->allowed_count = (size_t)count;
}

static void read_parts(lua_State *L, struct wats_health_options *options)
{
  if (lua_getfield(L, 1, "client") != LUA_TNIL) {
    options->client = wats_lua_test_client(L, -1);
    if (!options->client)
      wats_lua_raise(L,
                     "wats.health.serve: option \"client\" must be a client");
  }
  if (lua_getfield(L, 1, "metrics") != LUA_TNIL) {
    options->registry = wats_lua_test_registry(L, -1);
    if (!options->registry)
      wats_lua_raise(
          L, "wats.health.serve: option \"metrics\" must be a registry");
  }
}

static void read_options(lua_State *L, struct wats_health_options *options)
{
  *options = (struct wats_health_options){
      .slot = wats_lua_text_field(L, "slot"),
      .host = wats_lua_text_field(L, "host"),
      .port = port_field(L),
      .socket = wats_lua_text_field(L, "socket"),
      .token = wats_lua_text_field(L, "token"),
      .instance = wats_lua_text_field(L, "instance"),
      .versions = wats_lua_text_field(L, "versions"),
      .silent = !wats_lua_flag_field(L, "systemd"),
      .heartbeat_timeout_ns = seconds_field(L, "heartbeat_timeout"),
      .server_within_ns = seconds_field(L, "require_server")};
  read_parts(L, options);
  read_hosts(L, options);
}

/* ---- life --------------------------------------------------------------- */

static int health_new(lua_State *L)
{
  struct wats_health_options options;
  struct wats_error error;
  struct health_box *box;
  struct wats_lua_pulse *pulse = NULL;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  read_options(L, &options);
  if (wats_lua_flag_field(L, "auto_beat")) pulse = need_pulse(L);
  box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = (struct health_box){NULL, false, NULL};
  luaL_setmetatable(L, HEALTH_NAME);
  /* Last, since it is owned from here on, and nothing below raises. */
  if (lua_getfield(L, 1, "queue") != LUA_TNIL &&
      !wats_lua_queue_source(L, -1, &options.queue))
    wats_lua_raise(L,
                   "wats.health.serve: option \"queue\" must be an open queue");
  if (wats_health_serve(&options, &box->health, &error) != WATS_OK) {
    if (error.code == WATS_ERR_ARGUMENT)
      wats_lua_raise(L, "wats.health.serve: %s", error.message);
    lua_pushnil(L);
    wats_push_error(L, &error);
    return 2;
  }
  if (pulse) {
    box->beats = true;
    box->next = pulse->first;
    pulse->first = box;
    atomic_fetch_add(&wats_lua_pulses, 1);
  }
  lua_pop(L, 1);
  return 1;
}

static void stop(lua_State *L, struct health_box *box)
{
  struct wats_health *health = box->health;
  leave_pulse(L, box);
  box->health = NULL;
  wats_health_stop(health);
}

static int health_gc(lua_State *L)
{
  stop(L, luaL_checkudata(L, 1, HEALTH_NAME));
  return 0;
}

/* ---- methods ------------------------------------------------------------ */

/* Of the table at 1, whose place its userdata takes, so that it lives as long
** as the call. */
static struct health_box *check_health(lua_State *L)
{
  struct health_box *box = NULL;
  if (lua_istable(L, 1)) {
    lua_rawgeti(L, 1, 1);
    box = luaL_testudata(L, -1, HEALTH_NAME);
  }
  if (!box)
    wats_lua_raise(L,
                   "a health object expected: call its methods with a colon, "
                   "as in health:beat()");
  lua_replace(L, 1);
  return box;
}

static int health_set(lua_State *L)
{
  struct health_box *box = check_health(L);
  const char *name = luaL_checkstring(L, 2), *text = luaL_optstring(L, 4, NULL);
  struct wats_error error;
  if (box->health && wats_health_set(box->health, name, lua_toboolean(L, 3),
                                     text, &error) != WATS_OK)
    wats_lua_raise(L, "health:set: %s", error.message);
  return 0;
}

static int health_unset(lua_State *L)
{
  struct health_box *box = check_health(L);
  const char *name = luaL_checkstring(L, 2);
  lua_pushboolean(L, box->health && wats_health_unset(box->health, name));
  return 1;
}

static int health_beat(lua_State *L)
{
  struct health_box *box = check_health(L);
  if (box->health) wats_health_beat(box->health);
  return 0;
}

static int health_port(lua_State *L)
{
  struct health_box *box = check_health(L);
  lua_pushinteger(L, box->health ? wats_health_port(box->health) : 0);
  return 1;
}

static int text_gc(lua_State *L)
{
  wats_buffer_free(luaL_checkudata(L, 1, TEXT_NAME));
  return 0;
}

static int health_url(lua_State *L)
{
  struct health_box *box = check_health(L);
  struct wats_buffer *text = lua_newuserdatauv(L, sizeof *text, 0);
  wats_buffer_init(text, 0);
  luaL_setmetatable(L, TEXT_NAME);
  if (box->health && wats_health_url(box->health, text) != WATS_OK)
    wats_lua_raise(L, "not enough memory");
  lua_pushlstring(L, text->length ? text->data : "", text->length);
  return 1;
}

static int health_stop(lua_State *L)
{
  stop(L, check_health(L));
  return 0;
}

static int versions(lua_State *L)
{
  lua_createtable(L, 0, 4);
  lua_pushstring(L, wats_libcurl_version());
  lua_setfield(L, -2, "libcurl");
  lua_pushstring(L, wats_httpd_version());
  lua_setfield(L, -2, "libmicrohttpd");
  return 1;
}

void wats_open_health(lua_State *L)
{
  static const luaL_Reg methods[] = {
      {"set", health_set},   {"unset", health_unset}, {"beat", health_beat},
      {"port", health_port}, {"url", health_url},     {"stop", health_stop},
      {NULL, NULL}};
  luaL_newmetatable(L, TEXT_NAME);
  lua_pushcfunction(L, text_gc);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
  luaL_newmetatable(L, HEALTH_NAME);
  lua_pushcfunction(L, health_gc);
  lua_setfield(L, -2, "__gc");
  lua_pushboolean(L, 0); /* a script has no business with it */
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "health_methods");
  lua_pushcfunction(L, health_new);
  lua_setfield(L, -2, "health");
  lua_pushcfunction(L, versions);
  lua_setfield(L, -2, "versions");
}
