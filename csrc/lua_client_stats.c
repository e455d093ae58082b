/*
** lua_client_stats.c - the figures of a client as a table; see wats/client.lua,
** Client:stats.
*/
#include "lua_client.h"

static void set_seconds(lua_State *L, const char *name, int64_t ns)
{
  lua_pushnumber(L, (lua_Number)ns / 1e9);
  lua_setfield(L, -2, name);
}

/* Pushes a table, or false where there is no limit. */
static void push_limiter(lua_State *L, const struct wats_upstream_stats *u)
{
  const struct wats_rate_limiter_stats *s = &u->limiter;
  if (!u->limits) {
    lua_pushboolean(L, 0);
    return;
  }
  lua_createtable(L, 0, 7);
  wats_lua_set_count(L, "granted", s->granted);
  wats_lua_set_count(L, "delayed", s->delayed);
  wats_lua_set_count(L, "refused", s->refused);
  wats_lua_set_count(L, "cancelled", s->cancelled);
  wats_lua_set_count(L, "pauses", s->pauses);
  set_seconds(L, "wait", s->wait_ns);
  set_seconds(L, "paused_for", s->paused_for_ns);
}

static void push_breaker(lua_State *L, const struct wats_upstream_stats *u)
{
  const struct wats_circuit_stats *s = &u->breaker;
  if (!u->breaks) {
    lua_pushboolean(L, 0);
    return;
  }
  lua_createtable(L, 0, 7);
  lua_pushstring(L, wats_circuit_state_name(s->state));
  lua_setfield(L, -2, "state");
  wats_lua_set_count(L, "opened", s->opened);
  wats_lua_set_count(L, "refused", s->refused);
  wats_lua_set_count(L, "probes", s->probes);
  wats_lua_set_count(L, "calls", s->calls);
  wats_lua_set_count(L, "failures", s->failures);
  set_seconds(L, "next_probe", s->next_probe_ns);
}

int wats_lua_client_stats(lua_State *L)
{
  struct wats_client_stats s;
  wats_client_stats(wats_lua_check_client(L), &s);
  lua_createtable(L, 0, 11);
  push_limiter(L, &s.upstream);
  lua_setfield(L, -2, "limiter");
  push_breaker(L, &s.upstream);
  lua_setfield(L, -2, "breaker");
  wats_lua_set_count(L, "requests", s.requests);
  wats_lua_set_count(L, "exchanges", s.exchanges);
  wats_lua_set_count(L, "failures", s.failures);
  wats_lua_set_count(L, "connections_new", s.connections_new);
  wats_lua_set_count(L, "connections_reused", s.connections_reused);
  wats_lua_set_count(L, "bytes_sent", s.bytes_sent);
  wats_lua_set_count(L, "bytes_received", s.bytes_received);
  wats_lua_set_count(L, "in_flight", s.in_flight);
  wats_lua_set_count(L, "retries", s.retries);
  wats_lua_set_count(L, "coalesced", s.coalesced);
  return 1;
}
