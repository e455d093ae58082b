/*
** lua_client_options.c - the table of a client's options, as wats/config.lua
** has
** checked it.
*/
#include <lauxlib.h>
#include <string.h>

#include "core/operations.h"
#include "lua_client.h"
#include "lua_fields.h"

static lua_Number number_field(lua_State *L, const char *name)
{
  lua_Number n;
  lua_getfield(L, 1, name);
  n = luaL_checknumber(L, -1);
  lua_pop(L, 1);
  return n;
}

static size_t size_field(lua_State *L, const char *name)
{
  lua_Number n = number_field(L, name);
  return n < 9e15 ? (size_t)n : SIZE_MAX / 2;
}

static bool is_given(lua_State *L, const char *name)
{
  bool given = lua_getfield(L, 1, name) != LUA_TNIL;
  lua_pop(L, 1);
  return given;
}

static int64_t seconds_or_none(lua_State *L, const char *name)
{
  return is_given(L, name) ? wats_seconds_to_ns(number_field(L, name)) : -1;
}

static size_t size_or_none(lua_State *L, const char *name)
{
  return is_given(L, name) ? size_field(L, name) : 0;
}

/* Nothing: not given. false: without. Else a table of numbers, pushed. */
static enum wats_asked asked_field(lua_State *L, const char *name)
{
  lua_getfield(L, 1, name);
  if (lua_istable(L, -1)) return WATS_ASKED_ON;
  return lua_isnil(L, -1) ? WATS_ASKED_NOTHING : WATS_ASKED_OFF;
}

static lua_Number part(lua_State *L, const char *name)
{
  lua_Number n;
  lua_getfield(L, -1, name);
  n = luaL_checknumber(L, -1);
  lua_pop(L, 1);
  return n;
}

static void read_policies(lua_State *L, struct wats_client_options *options)
{
  options->limits = asked_field(L, "rate_limit");
  if (options->limits == WATS_ASKED_ON)
    options->rate_limit = (struct wats_rate_limiter_options){
        .requests = (unsigned)part(L, "requests"),
        .window_ns = wats_seconds_to_ns(part(L, "window")),
        .max_wait_ns = wats_seconds_to_ns(part(L, "max_wait"))};
  lua_pop(L, 1);
  options->breaks = asked_field(L, "circuit_breaker");
  if (options->breaks == WATS_ASKED_ON)
    options->circuit = (struct wats_circuit_options){
        .min_calls = (unsigned)part(L, "min_calls"),
        .failure_ratio = part(L, "failure_ratio"),
        .window_ns = wats_seconds_to_ns(part(L, "window")),
        .open_for_ns = wats_seconds_to_ns(part(L, "open_for"))};
  lua_pop(L, 1);
}

/* Pushes the array that the lines stand in; they are the options table's. */
static void read_connect_to(lua_State *L, struct wats_connection_options *c)
{
  const char **lines;
  lua_Integer i, count;
  lua_getfield(L, 1, "connect_to");
  count = lua_istable(L, -1) ? (lua_Integer)lua_rawlen(L, -1) : 0;
  lines = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof *lines, 0);
  for (i = 1; i <= count; i++) {
    lua_rawgeti(L, -2, i);
    lines[i - 1] = luaL_checkstring(L, -1);
    lua_pop(L, 1);
  }
  c->connect_to = lines;
  c->connect_to_count = (size_t)count;
}

static void read_connection(lua_State *L, struct wats_connection_options *c)
{
  c->client_cert = wats_lua_text_field(L, "client_cert");
  c->client_key = wats_lua_text_field(L, "client_key");
  c->key_password = wats_lua_text_field(L, "key_password");
  c->proxy = wats_lua_text_field(L, "proxy");
  c->proxy_from_environment = wats_lua_flag_field(L, "proxy_from_environment");
  c->unix_socket = wats_lua_text_field(L, "unix_socket");
  c->all_codings = wats_lua_flag_field(L, "all_codings");
  c->ip_version = (int)number_field(L, "ip_version");
  read_connect_to(L, c);
}

/* The lifetime on top of the stack: seconds, or false. */
static struct wats_cache_term read_term(lua_State *L)
{
  struct wats_cache_term term = {.kind = WATS_TERM_NEVER};
  if (lua_isboolean(L, -1)) return term;
  term.kind = WATS_TERM_TTL;
  term.ns = wats_seconds_to_ns((double)luaL_checknumber(L, -1));
  return term;
}

static void read_terms(lua_State *L, struct wats_cache_terms *terms)
{
  if (lua_getfield(L, 1, "cache_reference_ttl") != LUA_TNIL)
    terms->reference = read_term(L);
  if (lua_getfield(L, 1, "cache_domains") != LUA_TNIL) {
    luaL_checktype(L, -1, LUA_TTABLE);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
      int domain = wats_operations_domain(luaL_checkstring(L, -2));
      if (domain != WATS_NO_DOMAIN) terms->domains[domain] = read_term(L);
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 2);
}

void wats_lua_read_client_options(lua_State *L,
                                  struct wats_client_options *options)
{
  memset(options, 0, sizeof *options);
  options->base_url = wats_lua_text_field(L, "base_url");
  options->token = wats_lua_text_field(L, "token");
  options->user_agent = wats_lua_text_field(L, "user_agent");
  options->ca_file = wats_lua_text_field(L, "ca_file");
  options->verify = wats_lua_flag_field(L, "verify");
  options->allow_http = wats_lua_flag_field(L, "allow_http");
  options->timeout_ns = wats_seconds_to_ns(number_field(L, "timeout"));
  options->attempt_timeout_ns =
      wats_seconds_to_ns(number_field(L, "attempt_timeout"));
  options->connect_timeout_ns =
      wats_seconds_to_ns(number_field(L, "connect_timeout"));
  options->low_speed_bytes = (long)number_field(L, "low_speed_bytes");
  options->low_speed_s = (long)number_field(L, "low_speed_seconds");
  options->max_body = size_field(L, "max_body");
  options->retry.max_attempts = (unsigned)number_field(L, "retry_max_attempts");
  options->retry.base_delay_ns =
      wats_seconds_to_ns((double)number_field(L, "retry_base_delay"));
  options->retry.max_delay_ns =
      wats_seconds_to_ns((double)number_field(L, "retry_max_delay"));
  options->retry_budget = (double)number_field(L, "retry_budget");
  read_policies(L, options);
  read_connection(L, &options->connection);
  options->max_connections = (long)number_field(L, "max_connections");
  options->cache = wats_lua_flag_field(L, "cache");
  if (options->cache) {
    options->cache_name = wats_lua_text_field(L, "cache_name");
    options->cache_ttl_ns = seconds_or_none(L, "cache_ttl");
    options->cache_stale_if_error_ns =
        seconds_or_none(L, "cache_stale_if_error");
    options->cache_max_entries = size_or_none(L, "cache_max_entries");
    options->cache_max_bytes = size_or_none(L, "cache_max_bytes");
    options->cache_path = wats_lua_text_field(L, "cache_path");
    options->cache_max_disk_bytes = size_or_none(L, "cache_max_disk_bytes");
    read_terms(L, &options->cache_terms);
  }
}
