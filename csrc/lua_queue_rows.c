/*
** lua_queue_rows.c - what is in a queue, as Lua tables. What the core hands out
** lies in a userdata with a finaliser while tables are made.
*/
#include <lauxlib.h>

#include "core/alloc.h"
#include "lua_client.h"
#include "lua_error.h"
#include "lua_queue.h"

#define FOUND_NAME "wats.queue_found"

/* ---- figures ---------------------------------------------------------------
 */

static uint64_t pending(const struct wats_outbox_stats *s)
{
  return s->rows[WATS_OUTBOX_READY] + s->rows[WATS_OUTBOX_WAITING] +
         s->rows[WATS_OUTBOX_BLOCKED] + s->rows[WATS_OUTBOX_IN_FLIGHT] +
         s->lifeboat;
}

static void set_text(lua_State *L, const char *name, const char *text)
{
  if (!*text) return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

static void push_stats(lua_State *L, const struct wats_outbox_stats *s)
{
  uint64_t bytes = 0;
  int i;
  lua_createtable(L, 0, 16);
  wats_lua_set_count(L, "pending", pending(s));
  for (i = 0; i < WATS_OUTBOX_STATES; i++) {
    wats_lua_set_count(L, wats_outbox_state_name((enum wats_outbox_state)i),
                       s->rows[i]);
    bytes += s->bytes[i];
  }
  wats_lua_set_count(L, "bytes", bytes);
  wats_lua_set_count(L, "lifeboat", s->lifeboat);
  wats_lua_set_count(L, "sent", s->sent);
  wats_lua_set_count(L, "died", s->died);
  wats_lua_set_count(L, "discarded", s->discarded);
  wats_lua_set_count(L, "max_rows", s->max_rows);
  wats_lua_set_count(L, "max_bytes", s->max_bytes);
  if (s->oldest_age_ns >= 0) {
    lua_pushnumber(L, (lua_Number)s->oldest_age_ns / 1e9);
    lua_setfield(L, -2, "oldest_age");
  }
}

int wats_lua_queue_stats(lua_State *L)
{
  struct wats_lua_queue *queue = wats_lua_enter_queue(L);
  struct wats_outbox_stats own, all;
  struct wats_uploader_stats sending = {0};
  struct wats_error error;
  bool everything = lua_toboolean(L, 2);
  if (!queue) return 2;
  if (wats_outbox_stats(queue->outbox, NULL, &all, &error) != WATS_OK)
    return wats_lua_fail_queue(L, &error);
  own = all;
  if (!everything &&
      wats_outbox_stats(queue->outbox, queue->target, &own, &error) != WATS_OK)
    return wats_lua_fail_queue(L, &error);
  if (queue->member) wats_uploader_stats(queue->member, &sending);
  push_stats(L, &own);
  if (!everything)
    wats_lua_set_count(
        L, "other_targets",
        pending(&all) > pending(&own) ? pending(&all) - pending(&own) : 0);
  set_text(L, "paused", *own.paused ? own.paused : sending.paused);
  return wats_lua_leave_queue(L, 1);
}

/* ---- rows -------------------------------------------------------------------
 */

static void set_instant(lua_State *L, const char *name, int64_t ms)
{
  lua_pushnumber(L, (lua_Number)ms / 1e3);
  lua_setfield(L, -2, name);
}

static void push_row(lua_State *L, const struct wats_outbox_row *row)
{
  char type[2] = {row->type, '\0'};
  lua_createtable(L, 0, 15);
  wats_lua_push_id(L, row->uuid);
  lua_setfield(L, -2, "id");
  lua_pushinteger(L, (lua_Integer)row->seq);
  lua_setfield(L, -2, "seq");
  lua_pushstring(L, wats_outbox_state_name(row->state));
  lua_setfield(L, -2, "state");
  lua_pushinteger(L, row->priority);
  lua_setfield(L, -2, "priority");
  wats_lua_set_count(L, "attempts", row->attempts);
  wats_lua_set_count(L, "size", row->length);
  if (row->last_status)
    wats_lua_set_count(L, "status", (uint64_t)row->last_status);
  set_instant(L, "created", row->created_ms);
  if (row->state == WATS_OUTBOX_WAITING) set_instant(L, "due", row->due_ms);
  if (row->state == WATS_OUTBOX_DEAD) set_instant(L, "died", row->died_ms);
  set_text(L, "type", type);
  set_text(L, "reason", row->reason);
  set_text(L, "part_number", row->part_number);
  set_text(L, "serial_number", row->serial_number);
  set_text(L, "target", row->target);
}

/* What is to be freed, in whatever way the function that has it is left. */
struct found {
  struct wats_outbox_row *rows;
  struct wats_outbox_found one;
};

static void free_found(struct found *found)
{
  wats_free(found->rows);
  found->rows = NULL;
  wats_outbox_found_free(&found->one);
  found->one = (struct wats_outbox_found){0};
}

static int found_gc(lua_State *L)
{
  free_found(luaL_checkudata(L, 1, FOUND_NAME));
  return 0;
}

static struct found *push_found(lua_State *L)
{
  struct found *found = lua_newuserdatauv(L, sizeof *found, 0);
  *found = (struct found){0};
  if (luaL_newmetatable(L, FOUND_NAME)) {
    lua_pushcfunction(L, found_gc);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return found;
}

int wats_lua_queue_list(lua_State *L)
{
  struct found *found = push_found(L);
  struct wats_lua_queue *queue;
  struct wats_outbox_query query = {0};
  struct wats_error error;
  size_t count, i;
  lua_insert(L, 2); /* behind the queue, where it stays */
  queue = wats_lua_enter_queue(L);
  if (!queue) return 2;
  query.states = (unsigned)luaL_checkinteger(L, 3);
  query.limit = (size_t)luaL_checkinteger(L, 4);
  query.after = (int64_t)luaL_checkinteger(L, 5);
  query.target = lua_toboolean(L, 6) ? NULL : queue->target;
  if (wats_outbox_list(queue->outbox, &query, &found->rows, &count, &error) !=
      WATS_OK)
    return wats_lua_fail_queue(L, &error);
  lua_createtable(L, (int)count, 0);
  for (i = 0; i < count; i++) {
    push_row(L, &found->rows[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  free_found(found);
  return wats_lua_leave_queue(L, 1);
}

static void push_found_one(lua_State *L, const struct wats_outbox_found *one,
                           const unsigned char uuid[WATS_UUID])
{
  if (one->what == WATS_OUTBOX_UNKNOWN)
    lua_pushnil(L);
  else if (one->what == WATS_OUTBOX_WAS_SENT) {
    lua_createtable(L, 0, 3);
    wats_lua_push_id(L, uuid);
    lua_setfield(L, -2, "id");
    lua_pushliteral(L, "sent");
    lua_setfield(L, -2, "state");
    set_instant(L, "sent", one->sent_ms);
  } else {
    push_row(L, &one->row);
    lua_pushlstring(L, one->body ? one->body : "", one->body_length);
    lua_setfield(L, -2, "body");
    if (!one->answer) return;
    lua_pushlstring(L, one->answer, one->answer_length);
    lua_setfield(L, -2, "answer");
  }
}

int wats_lua_queue_get(lua_State *L)
{
  struct found *found = push_found(L);
  struct wats_lua_queue *queue;
  unsigned char uuid[WATS_UUID];
  struct wats_error error;
  lua_insert(L, 2);
  queue = wats_lua_enter_queue(L);
  if (!queue) return 2;
  wats_lua_check_id(L, 3, uuid);
  if (wats_outbox_get(queue->outbox, uuid, &found->one, &error) != WATS_OK)
    return wats_lua_fail_queue(L, &error);
  push_found_one(L, &found->one, uuid);
  free_found(found);
  return wats_lua_leave_queue(L, 1);
}
