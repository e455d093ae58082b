/*
** lua_queue.c - the queue userdata: opening and closing, taking in, waiting,
*and
** what a person does with a report. See lua_queue.h.
*/
#include "lua_queue.h"

#include <lauxlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/url.h"
#include "lua_client.h"
#include "lua_error.h"
#include "lua_interrupt.h"
#include "lua_metrics.h"
#include "lua_parts.h"

/* How long a signal can go unseen. */
#define SLICE_NS (100 * WATS_NS_PER_MS)

/* ---- entering and leaving -------------------------------------------------
 */

struct wats_lua_queue *wats_lua_test_queue(lua_State *L, int index)
{
  struct wats_lua_queue *queue;
  if (!lua_istable(L, index)) return NULL;
  lua_rawgeti(L, index, 1);
  queue = luaL_testudata(L, -1, WATS_LUA_QUEUE_NAME);
  lua_pop(L, 1);
  return queue;
}

static struct wats_lua_queue *check_queue(lua_State *L)
{
  struct wats_lua_queue *queue = wats_lua_test_queue(L, 1);
  if (!queue)
    wats_lua_raise(L, "a queue expected: call its methods with a colon, as in "
                      "queue:submit(...)");
  lua_rawgeti(L, 1, 1);
  lua_replace(L, 1);
  return queue;
}

static void deliver(lua_State *L)
{
  struct wats_lua_queues *queues = wats_lua_push_queues(L);
  lua_pop(L, 1);
  wats_lua_queues_deliver(L, queues);
}

static int push_failure(lua_State *L, const struct wats_error *error)
{
  lua_pushnil(L);
  wats_push_error(L, error);
  return 2;
}

struct wats_lua_queue *wats_lua_enter_queue(lua_State *L)
{
  struct wats_lua_queue *queue = check_queue(L);
  struct wats_error error;
  luaL_checkstack(L, LUA_MINSTACK, "queue");
  deliver(L); /* a hook may close it */
  if (queue->outbox) return queue;
  (void)wats_fail(&error, WATS_ERR_CLOSED, "the queue is closed");
  push_failure(L, &error);
  return NULL;
}

int wats_lua_leave_queue(lua_State *L, int count)
{
  deliver(L);
  return count;
}

int wats_lua_fail_queue(lua_State *L, const struct wats_error *error)
{
  return wats_lua_leave_queue(L, push_failure(L, error));
}

void wats_lua_check_id(lua_State *L, int index, unsigned char uuid[WATS_UUID])
{
  size_t length = 0;
  const char *text = NULL;
  if (lua_type(L, index) == LUA_TSTRING)
    text = lua_tolstring(L, index, &length);
  if (text && wats_uuid_read(text, length, uuid)) return;
  wats_lua_raise(L, "the id of a report (a UUID) expected, got %s",
                 text ? "other text" : luaL_typename(L, index));
}

void wats_lua_push_id(lua_State *L, const unsigned char uuid[WATS_UUID])
{
  char text[WATS_UUID_TEXT];
  wats_uuid_write(uuid, text);
  lua_pushlstring(L, text, WATS_UUID_TEXT - 1);
}

/* ---- opening and closing --------------------------------------------------
 */

static const char *text_field(lua_State *L, const char *name)
{
  const char *text;
  lua_getfield(L, 1, name);
  text = luaL_optstring(L, -1, NULL);
  lua_pop(L, 1); /* the options table keeps it alive */
  return text;
}

/* -1: not given. */
static lua_Number number_field(lua_State *L, const char *name)
{
  lua_Number number;
  lua_getfield(L, 1, name);
  number = luaL_optnumber(L, -1, -1);
  lua_pop(L, 1);
  return number;
}

static uint64_t bound_field(lua_State *L, const char *name)
{
  lua_Number number = number_field(L, name);
  return number > 0 ? (uint64_t)number : 0;
}

/* Takes everything out of the userdata first, so that the second time there is
** nothing to do, whoever calls from wherever. */
static void close_queue(lua_State *L, struct wats_lua_queue *queue, bool wait)
{
  struct wats_outbox *outbox = queue->outbox;
  struct wats_uploader_member *member = queue->member;
  struct wats_outbox_watch *watch = queue->watch;
  wats_lua_unhook_queue(L, queue);
  queue->outbox = NULL;
  queue->member = NULL;
  queue->watch = NULL;
  wats_uploader_leave(member, wait);
  wats_outbox_unwatch(watch);
  wats_outbox_release(outbox);
}

static int queue_gc(lua_State *L)
{
  close_queue(L, luaL_checkudata(L, 1, WATS_LUA_QUEUE_NAME), false);
  return 0;
}

static int queue_close(lua_State *L)
{
  struct wats_lua_queue *queue = check_queue(L);
  deliver(L);
  close_queue(L, queue, true);
  return 0;
}

static int queue_is_closed(lua_State *L)
{
  lua_pushboolean(L, check_queue(L)->outbox == NULL);
  return 1;
}

/* What is wrong with the options is the caller's to mend. */
static int refuse(lua_State *L, struct wats_lua_queue *queue,
                  const struct wats_error *error)
{
  close_queue(L, queue, false);
  if (error->code == WATS_ERR_ARGUMENT)
    wats_lua_raise(L, "wats.queue.open: %s", error->message);
  return push_failure(L, error);
}

/* The base URL as it is compared, which stays a value of the userdata on top.
 */
static enum wats_errc set_target(lua_State *L, struct wats_lua_queue *queue,
                                 const struct wats_client *client,
                                 struct wats_error *error)
{
  struct wats_base_url base = {0};
  enum wats_errc code;
  if (client)
    lua_pushstring(L, wats_client_base_url(client));
  else {
    struct wats_error why;
    char text[2048]; /* no memory may be held when a text is pushed */
    code = wats_base_url_parse(text_field(L, "base_url"), &base, &why);
    if (code == WATS_OK && base.length >= sizeof text)
      code = wats_fail(&why, WATS_ERR_ARGUMENT, "too long");
    if (code == WATS_OK) memcpy(text, base.text, base.length + 1);
    wats_base_url_free(&base);
    if (code != WATS_OK)
      return wats_fail(error, code, "base_url: %s", why.message);
    lua_pushstring(L, text);
  }
  queue->target = lua_tostring(L, -1);
  lua_setiuservalue(L, -2, WATS_QUEUE_TARGET);
  return WATS_OK;
}

static enum wats_errc open_outbox(lua_State *L, struct wats_lua_queue *queue,
                                  struct wats_error *error)
{
  struct wats_outbox_options options = {0};
  lua_Number patience = number_field(L, "patience");
  options.path = text_field(L, "path");
  options.lifeboat = text_field(L, "lifeboat");
  options.max_rows = bound_field(L, "max_rows");
  options.max_bytes = bound_field(L, "max_bytes");
  options.patience_ns = patience > 0 ? wats_seconds_to_ns(patience) : 0;
  return wats_outbox_open(&options, &queue->outbox, error);
}

static enum wats_errc join_uploader(lua_State *L, struct wats_lua_queue *queue,
                                    struct wats_client *client,
                                    struct wats_error *error)
{
  struct wats_uploader_options options = {0};
  lua_Number spread = number_field(L, "recovery_spread");
  options.outbox = queue->outbox;
  options.client = client;
  options.concurrency = (unsigned)bound_field(L, "concurrency");
  options.recovery_spread_ns = spread < 0 ? -1 : wats_seconds_to_ns(spread);
  return wats_uploader_join(&options, &queue->member, error);
}

/*
** core.queue(options, client or nil, registry) -> userdata, path, target
**                                                 | nil, err
** The options, checked by wats/queue.lua, are those of wats.queue.open;
** base_url is there where there is no client.
*/
static int queue_new(lua_State *L)
{
  struct wats_client *client = wats_lua_test_client(L, 2);
  struct wats_registry *registry = wats_lua_check_registry(L, 3);
  struct wats_lua_queue *queue;
  struct wats_error error;
  enum wats_errc code;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 3);
  if (client && wats_client_registry(client))
    registry = wats_client_registry(client);
  queue = lua_newuserdatauv(L, sizeof *queue, WATS_QUEUE_VALUES);
  *queue = (struct wats_lua_queue){0};
  luaL_setmetatable(L, WATS_LUA_QUEUE_NAME);
  if (client && wats_client_closed(client))
    code = wats_fail(&error, WATS_ERR_CLOSED, "the client is closed");
  else
    code = set_target(L, queue, client, &error);
  if (code == WATS_OK) code = open_outbox(L, queue, &error);
  if (code == WATS_OK)
    code = wats_outbox_watch(registry, queue->outbox, &queue->watch, &error);
  if (code == WATS_OK && client) code = join_uploader(L, queue, client, &error);
  if (code != WATS_OK) return refuse(L, queue, &error);
  lua_pushstring(L, wats_outbox_path(queue->outbox));
  lua_pushstring(L, queue->target);
  return 3;
}

/* ---- taking in -------------------------------------------------------------
 */

/* (queue, text, priority) -> id | nil, err */
static int queue_submit(lua_State *L)
{
  struct wats_lua_queue *queue = wats_lua_enter_queue(L);
  struct wats_outbox_report report = {0};
  struct wats_error error;
  enum wats_errc code;
  if (!queue) return 2;
  report.target = queue->target;
  report.body = luaL_checklstring(L, 2, &report.length);
  report.priority = (int)luaL_checkinteger(L, 3);
  code =
      wats_report_head_read(report.body, report.length, &report.head, &error);
  if (code == WATS_OK)
    code = wats_outbox_submit(queue->outbox, &report, 1, NULL, &error);
  if (code != WATS_OK) return wats_lua_fail_queue(L, &error);
  wats_lua_push_id(L, report.head.uuid);
  return wats_lua_leave_queue(L, 1);
}

/* Of the list at index 2, which nobody else has; 0: they are read, else the
** number of the one that is none. */
static size_t read_reports(lua_State *L, const struct wats_lua_queue *queue,
                           struct wats_outbox_report *reports, size_t count,
                           struct wats_error *error)
{
  int priority = (int)luaL_checkinteger(L, 3);
  size_t i;
  for (i = 0; i < count; i++) {
    struct wats_outbox_report *r = &reports[i];
    memset(r, 0, sizeof *r);
    r->target = queue->target;
    r->priority = priority;
    lua_rawgeti(L, 2, (lua_Integer)i + 1);
    r->body = luaL_checklstring(L, -1, &r->length);
    lua_pop(L, 1); /* the list keeps it */
    if (wats_report_head_read(r->body, r->length, &r->head, error) != WATS_OK)
      return i + 1;
  }
  return 0;
}

/* (queue, texts, priority) -> ids | nil, err [, number of the one that is no
** report] */
static int queue_submit_all(lua_State *L)
{
  struct wats_lua_queue *queue = wats_lua_enter_queue(L);
  struct wats_outbox_report *reports;
  struct wats_error error;
  size_t count, bad, i;
  if (!queue) return 2;
  luaL_checktype(L, 2, LUA_TTABLE);
  count = (size_t)lua_rawlen(L, 2);
  reports = lua_newuserdatauv(L, (count + 1) * sizeof *reports, 0);
  lua_createtable(L, (int)count, 0);
  if (!queue->outbox) /* a finaliser may have closed it meanwhile */
    return wats_lua_enter_queue(L) ? 0 : 2;
  bad = read_reports(L, queue, reports, count, &error);
  if (bad) {
    push_failure(L, &error);
    lua_pushinteger(L, (lua_Integer)bad);
    return wats_lua_leave_queue(L, 3);
  }
  if (wats_outbox_submit(queue->outbox, reports, count, NULL, &error) !=
      WATS_OK)
    return wats_lua_fail_queue(L, &error);
  for (i = 0; i < count; i++) {
    wats_lua_push_id(L, reports[i].head.uuid);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return wats_lua_leave_queue(L, 1);
}

/* ---- waiting ---------------------------------------------------------------
 */

static void nap(int64_t ns)
{
  struct timespec slice = {0, 0};
  slice.tv_nsec = (long)ns;
  nanosleep(&slice, NULL);
}

/* (queue, seconds): blocks until something has been settled or changed, a tenth
** of a second at most. Ctrl-C acts. */
static int queue_wait(lua_State *L)
{
  struct wats_lua_queue *queue = wats_lua_enter_queue(L);
  int64_t ns;
  struct wats_lua_interrupt watch;
  if (!queue) return 2;
  ns = wats_seconds_to_ns((double)luaL_checknumber(L, 2));
  if (ns > SLICE_NS) ns = SLICE_NS;
  if (ns < 0) ns = 0;
  wats_lua_interrupt_begin(L, &watch);
  if (!queue->outbox) return 0; /* the hook has closed it */
  if (queue->member)
    wats_uploader_wait(
        queue->member,
        wats_time_add(wats_clock_monotonic(&wats_system_clock), ns));
  else
    nap(ns);
  if (wats_lua_interrupted(&watch)) wats_lua_interrupt_now(L, &watch);
  lua_pushboolean(L, 1);
  return wats_lua_leave_queue(L, 1);
}

/* (queue) -> is this process's uploader still at something? false: what it has
** done so far has been told. */
static int queue_busy(lua_State *L)
{
  struct wats_lua_queue *queue = wats_lua_enter_queue(L);
  struct wats_uploader_stats stats = {0};
  if (!queue) return 2;
  if (queue->member) wats_uploader_stats(queue->member, &stats);
  lua_pushboolean(L, stats.in_flight > 0);
  return wats_lua_leave_queue(L, 1);
}

/* (queue) -> true | nil, err: all that wait for their time are due now, and no
** backoff of the uploader's keeps them */
static int queue_expedite(lua_State *L)
{
  struct wats_lua_queue *queue = wats_lua_enter_queue(L);
  struct wats_error error;
  if (!queue) return 2;
  if (wats_outbox_expedite(queue->outbox, queue->target, &error) != WATS_OK)
    return wats_lua_fail_queue(L, &error);
  if (queue->member) wats_uploader_nudge(queue->member);
  lua_pushboolean(L, 1);
  return wats_lua_leave_queue(L, 1);
}

/* ---- by a person ------------------------------------------------------------
 */

typedef enum wats_errc (*deed)(struct wats_outbox *outbox,
                               const unsigned char uuid[WATS_UUID],
                               enum wats_outbox_done *done,
                               struct wats_error *error);

/* (queue, id) -> "done", "not_there" or "is_sending" | nil, err */
static int do_deed(lua_State *L, deed perform)
{
  static const char *const words[] = {"done", "not_there", "is_sending"};
  struct wats_lua_queue *queue = wats_lua_enter_queue(L);
  unsigned char uuid[WATS_UUID];
  enum wats_outbox_done done;
  struct wats_error error;
  if (!queue) return 2;
  wats_lua_check_id(L, 2, uuid);
  if (perform(queue->outbox, uuid, &done, &error) != WATS_OK)
    return wats_lua_fail_queue(L, &error);
  if (queue->member && done == WATS_OUTBOX_DONE)
    wats_uploader_nudge(queue->member);
  lua_pushstring(L, words[done]);
  return wats_lua_leave_queue(L, 1);
}

static int queue_retry(lua_State *L)
{
  return do_deed(L, wats_outbox_retry);
}

static int queue_discard(lua_State *L)
{
  return do_deed(L, wats_outbox_discard);
}

/* ---- opening ----------------------------------------------------------------
 */

/* core.queue, and core.queue_methods: what wats/queue.lua builds on. */
void wats_open_queue(lua_State *L)
{
  static const luaL_Reg methods[] = {{"submit", queue_submit},
                                     {"submit_all", queue_submit_all},
                                     {"wait", queue_wait},
                                     {"busy", queue_busy},
                                     {"expedite", queue_expedite},
                                     {"retry", queue_retry},
                                     {"discard", queue_discard},
                                     {"close", queue_close},
                                     {"is_closed", queue_is_closed},
                                     {"stats", wats_lua_queue_stats},
                                     {"list", wats_lua_queue_list},
                                     {"get", wats_lua_queue_get},
                                     {"on_event", wats_lua_queue_on_event},
                                     {NULL, NULL}};
  wats_lua_open_queues(L);
  luaL_newmetatable(L, WATS_LUA_QUEUE_NAME);
  lua_pushcfunction(L, queue_gc);
  lua_setfield(L, -2, "__gc");
  lua_pushboolean(L, 0); /* a script has no business with it */
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "queue_methods");
  lua_pushcfunction(L, queue_new);
  lua_setfield(L, -2, "queue");
}
