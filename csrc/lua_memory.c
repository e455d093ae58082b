/*
** lua_memory.c - see lua_memory.h.
*/
#include "lua_memory.h"

#include <lauxlib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/metrics.h"
#include "lua_parts.h"

/* States beyond that share the last number. */
#define MAX_STATES 256

struct state {
  struct wats_registry *registry; /* NULL: closed */
  struct wats_family *family;
  struct wats_metric *bytes;
  int number; /* from 1 */
};

static const char state_key; /* in the registry of Lua */

/* No lock, which a fork might leave held. */
static _Atomic bool taken[MAX_STATES];

static int take_number(void)
{
  int i;
  for (i = 0; i < MAX_STATES - 1; i++)
    if (!atomic_exchange_explicit(&taken[i], true, memory_order_relaxed)) break;
  return i + 1;
}

void wats_lua_note_memory(lua_State *L)
{
  const struct state *s;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
  s = lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (s && s->bytes)
    wats_gauge_set(s->bytes, lua_gc(L, LUA_GCCOUNT, 0) * 1024.0 +
                                 lua_gc(L, LUA_GCCOUNTB, 0));
}

static struct wats_text label_of(const struct state *s, char room[16])
{
  int length = snprintf(room, 16, "%d", s->number);
  return (struct wats_text){room, (size_t)length};
}

static int state_gc(lua_State *L)
{
  struct state *s = lua_touserdata(L, 1);
  struct wats_text label;
  char room[16];
  if (!s->registry) return 0;
  if (s->bytes) {
    label = label_of(s, room);
    (void)wats_family_remove(s->family, &label, 1);
    s->bytes = NULL;
    atomic_store_explicit(&taken[s->number - 1], false, memory_order_relaxed);
  }
  wats_registry_release(s->registry);
  s->registry = NULL;
  return 0;
}

static void join(struct state *s)
{
  static const char *const labels[] = {"state"};
  struct wats_family_options options = {
      .type = WATS_METRIC_GAUGE,
      .name = "wats_lua_memory_bytes",
      .help = "Memory that a Lua state uses, as it last told.",
      .labels = labels,
      .label_count = 1};
  struct wats_text label;
  char room[16];
  s->registry = wats_registry_default();
  if (!s->registry ||
      wats_registry_family(s->registry, &options, &s->family, NULL) != WATS_OK)
    return;
  s->number = take_number();
  label = label_of(s, room);
  s->bytes = wats_family_child(s->family, &label, 1);
  if (!s->bytes)
    atomic_store_explicit(&taken[s->number - 1], false, memory_order_relaxed);
}

void wats_open_memory(lua_State *L)
{
  struct state *s = lua_newuserdatauv(L, sizeof *s, 0);
  memset(s, 0, sizeof *s);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, state_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &state_key);
  join(s);
  if (!s->bytes) luaL_error(L, "not enough memory");
  wats_lua_note_memory(L);
}
