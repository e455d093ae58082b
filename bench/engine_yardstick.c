/*
** engine_yardstick.c - what bench/engine.lua measures against: libcurl used by
** hand in C. One handle used again and again, or many in a multi; bodies kept
** in memory or only counted. Each function returns the seconds that passed and
** the processor seconds of this process.
*/
#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

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

static size_t count_only(char *bytes, size_t size, size_t count, void *context)
{
  struct body *body = context;
  (void)bytes;
  body->length += size * count;
  return size * count;
}

static double wall(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double processor(void)
{
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* What any program would set. */
static CURL *make_handle(const char *url, const char *ca_file,
                         struct curl_slist *fields)
{
  CURL *curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 15000L);
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
  if (ca_file) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(curl, CURLOPT_PIPEWAIT, 1L);
  }
  return curl;
}

struct yardstick {
  CURL *easy;
  CURLM *multi;
  struct curl_slist *fields;
  CURL **handles;
  struct body *bodies;
  int at_once;
};

/* new(url, ca_file or nil, at_once, keeps_bodies, user_agent, authorization);
** the last two are header fields. */
static int make(lua_State *L)
{
  const char *url = luaL_checkstring(L, 1);
  const char *ca_file = luaL_optstring(L, 2, NULL);
  int i, at_once = (int)luaL_checkinteger(L, 3), keeps = lua_toboolean(L, 4);
  struct yardstick *y = lua_newuserdatauv(L, sizeof *y, 0);
  /* The request is ours, byte for byte: libcurl takes time for each of them. */
  y->fields = curl_slist_append(NULL, "Accept: application/json");
  y->fields = curl_slist_append(y->fields, luaL_checkstring(L, 5));
  y->fields = curl_slist_append(y->fields, luaL_checkstring(L, 6));
  y->at_once = at_once;
  y->multi = curl_multi_init();
  curl_multi_setopt(y->multi, CURLMOPT_MAXCONNECTS, 256L);
  y->handles = calloc((size_t)at_once, sizeof *y->handles);
  y->bodies = calloc((size_t)at_once, sizeof *y->bodies);
  if (!y->handles || !y->bodies) return luaL_error(L, "yardstick: no memory");
  for (i = 0; i < at_once; i++) {
    y->handles[i] = make_handle(url, ca_file, y->fields);
    curl_easy_setopt(y->handles[i], CURLOPT_WRITEFUNCTION,
                     keeps ? keep : count_only);
    curl_easy_setopt(y->handles[i], CURLOPT_WRITEDATA, y->bodies + i);
    curl_easy_setopt(y->handles[i], CURLOPT_PRIVATE, y->bodies + i);
  }
  luaL_setmetatable(L, "yardstick.engine");
  return 1;
}

static void forget(struct body *body)
{
  free(body->bytes);
  memset(body, 0, sizeof *body);
}

static int push_cost(lua_State *L, double wall_s, double processor_s)
{
  lua_pushnumber(L, wall() - wall_s);
  lua_pushnumber(L, processor() - processor_s);
  return 2;
}

/* y:one_by_one(count) */
static int one_by_one(lua_State *L)
{
  struct yardstick *y = luaL_checkudata(L, 1, "yardstick.engine");
  lua_Integer count = luaL_checkinteger(L, 2);
  double wall_s = wall(), processor_s = processor();
  while (count-- > 0) {
    long status = 0;
    CURLcode code = curl_easy_perform(y->handles[0]);
    curl_easy_getinfo(y->handles[0], CURLINFO_RESPONSE_CODE, &status);
    forget(y->bodies);
    if (code != CURLE_OK || status != 200)
      return luaL_error(L, "yardstick: %s", curl_easy_strerror(code));
  }
  return push_cost(L, wall_s, processor_s);
}

/* Takes what is over, and starts it again while there is some left to do. */
static int turn(struct yardstick *y, lua_Integer *left)
{
  const CURLMsg *message;
  int in_queue, over = 0;
  while ((message = curl_multi_info_read(y->multi, &in_queue)) != NULL) {
    CURL *curl = message->easy_handle;
    struct body *body = NULL;
    long status = 0;
    if (message->data.result != CURLE_OK) return -1;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_PRIVATE, &body);
    if (status != 200) return -1;
    forget(body);
    curl_multi_remove_handle(y->multi, curl);
    over++;
    if (*left > 0) {
      (*left)--;
      curl_multi_add_handle(y->multi, curl);
    }
  }
  return over;
}

/* y:at_once(count) */
static int at_once(lua_State *L)
{
  struct yardstick *y = luaL_checkudata(L, 1, "yardstick.engine");
  lua_Integer left = luaL_checkinteger(L, 2), pending = left;
  double wall_s = wall(), processor_s = processor();
  int i, running, over;
  for (i = 0; i < y->at_once && left > 0; i++, left--)
    curl_multi_add_handle(y->multi, y->handles[i]);
  while (pending > 0) {
    curl_multi_perform(y->multi, &running);
    over = turn(y, &left);
    if (over < 0) return luaL_error(L, "yardstick: a transfer failed");
    pending -= over;
    if (over == 0) curl_multi_poll(y->multi, NULL, 0, 1000, NULL);
  }
  return push_cost(L, wall_s, processor_s);
}

static int collect(lua_State *L)
{
  struct yardstick *y = luaL_checkudata(L, 1, "yardstick.engine");
  int i;
  for (i = 0; i < y->at_once; i++)
    curl_easy_cleanup(y->handles[i]);
  curl_multi_cleanup(y->multi);
  curl_slist_free_all(y->fields);
  free(y->handles);
  free(y->bodies);
  y->at_once = 0;
  return 0;
}

/* now() -> seconds, processor seconds */
static int now(lua_State *L)
{
  lua_pushnumber(L, wall());
  lua_pushnumber(L, processor());
  return 2;
}

int luaopen_engine_yardstick(lua_State *L);

int luaopen_engine_yardstick(lua_State *L)
{
  static const luaL_Reg methods[] = {
      {"one_by_one", one_by_one}, {"at_once", at_once}, {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"new", make}, {"now", now}, {NULL, NULL}};
  luaL_newmetatable(L, "yardstick.engine");
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, collect);
  lua_setfield(L, -2, "__gc");
  luaL_newlib(L, functions);
  return 1;
}
