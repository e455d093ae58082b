/*
** lua_util.c - the small functions of the core that Lua calls directly.
**
**   core.sha256(text) -> hex digest          core.crc32c(text) -> integer
**   core.sha256_file(name) -> hex digest | nil, message: reads it in pieces
**   core.base64_encode(text) -> text         core.base64_decode(text)
**                                              -> bytes | nil, message
**   core.uuid() -> a random UUID (version 4, lower case)
**   core.monotonic() -> seconds since some fixed point, for durations
**   core.time() -> seconds since 1970 with their fraction
**   core.sleep(seconds): blocks this thread; Ctrl-C ends it with an error
**   core.hostname() -> text | nil, message
**   core.make_directory(path) -> true | nil, message: makes it and what is
**                                missing above it, for this user alone
**   core.append_file(path, text, sync) -> true | nil, message: adds to the end
**                                of a file, which is made where it is missing;
**                                with `sync` it is on the disk then
**   core.parse_http_date(text) -> seconds since 1970, an integer | nil when it
**                                 is none of HTTP's dates (http_date.h)
**
** No state, no locks. Text is bytes: any value, NUL included.
*/
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base64.h"
#include "core/clock.h"
#include "core/crc32c.h"
#include "core/durable.h"
#include "core/error.h"
#include "core/http_date.h"
#include "core/random.h"
#include "core/sha256.h"
#include "lua_interrupt.h"
#include "lua_parts.h"

/* POSIX allows 255 bytes, and the name may come without its NUL. */
#define HOST_NAME_SIZE 256

/* How long a signal that another thread got can go unseen. */
#define SLEEP_SLICE (100 * WATS_NS_PER_MS)

static int fail(lua_State *L, const struct wats_error *error)
{
  lua_pushnil(L);
  lua_pushstring(L, error->message);
  return 2;
}

static int sha256(lua_State *L)
{
  unsigned char digest[WATS_SHA256_SIZE];
  char hex[WATS_SHA256_HEX_SIZE];
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  wats_sha256(text, length, digest);
  wats_sha256_hex(digest, hex);
  lua_pushlstring(L, hex, WATS_SHA256_HEX_SIZE - 1);
  return 1;
}

/* Nothing between open and close can raise. */
static int sha256_file(lua_State *L)
{
  unsigned char piece[16 * 1024], digest[WATS_SHA256_SIZE];
  char hex[WATS_SHA256_HEX_SIZE];
  struct wats_sha256 state;
  size_t length;
  int reason = 0;
  const char *name = luaL_checkstring(L, 1);
  FILE *file = fopen(name, "rb");
  if (!file) return luaL_fileresult(L, 0, name);
  wats_sha256_init(&state);
  while ((length = fread(piece, 1, sizeof piece, file)) > 0)
    wats_sha256_update(&state, piece, length);
  if (ferror(file)) reason = errno;
  fclose(file);
  if (reason) {
    errno = reason;
    return luaL_fileresult(L, 0, name);
  }
  wats_sha256_final(&state, digest);
  wats_sha256_hex(digest, hex);
  lua_pushlstring(L, hex, WATS_SHA256_HEX_SIZE - 1);
  return 1;
}

static int crc32c(lua_State *L)
{
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_pushinteger(L, (lua_Integer)wats_crc32c(0, text, length));
  return 1;
}

static int base64_encode(lua_State *L)
{
  luaL_Buffer b;
  size_t length;
  const char *bytes = luaL_checklstring(L, 1, &length);
  size_t size = wats_base64_encoded_size(length);
  wats_base64_encode(bytes, length, luaL_buffinitsize(L, &b, size));
  luaL_pushresultsize(&b, size);
  return 1;
}

static int base64_decode(lua_State *L)
{
  luaL_Buffer b;
  size_t length, size;
  const char *text = luaL_checklstring(L, 1, &length);
  char *bytes = luaL_buffinitsize(L, &b, wats_base64_decoded_bound(length));
  if (!wats_base64_decode(text, length, bytes, &size)) {
    lua_pushnil(L);
    lua_pushliteral(L, "not base64");
    return 2;
  }
  luaL_pushresultsize(&b, size);
  return 1;
}

/* Without random bytes no id would be safe to use: that is no case to go on
** from, so it raises. */
static int uuid(lua_State *L)
{
  struct wats_error error;
  char text[WATS_UUID_SIZE];
  if (wats_uuid(text, &error) != WATS_OK)
    return luaL_error(L, "%s", error.message);
  lua_pushlstring(L, text, WATS_UUID_SIZE - 1);
  return 1;
}

static int push_seconds(lua_State *L, int64_t ns)
{
  lua_pushnumber(L, (lua_Number)ns / (lua_Number)WATS_NS_PER_S);
  return 1;
}

static int monotonic(lua_State *L)
{
  return push_seconds(L, wats_clock_monotonic(&wats_system_clock));
}

static int wall_time(lua_State *L)
{
  return push_seconds(L, wats_clock_wall(&wats_system_clock));
}

/* A signal cuts a slice short, so that Ctrl-C acts at once; any other signal
** changes nothing. */
static int sleep_for(lua_State *L)
{
  lua_Number seconds = luaL_checknumber(L, 1);
  struct wats_lua_interrupt watch;
  int64_t end, left;
  luaL_argcheck(L, seconds >= 0, 1, "seconds from 0 up expected");
  end = wats_time_add(wats_clock_monotonic(&wats_system_clock),
                      wats_seconds_to_ns(seconds));
  wats_lua_interrupt_begin(L, &watch);
  while ((left = end - wats_clock_monotonic(&wats_system_clock)) > 0) {
    struct timespec slice = {0, 0};
    slice.tv_nsec = (long)(left < SLEEP_SLICE ? left : SLEEP_SLICE);
    nanosleep(&slice, NULL);
    if (!wats_lua_interrupted(&watch)) continue;
    wats_lua_interrupt_now(L, &watch);
    wats_lua_interrupt_watch(L, &watch);
  }
  return 0;
}

static int hostname(lua_State *L)
{
  char name[HOST_NAME_SIZE + 1];
  if (gethostname(name, HOST_NAME_SIZE) != 0) {
    struct wats_error error;
    wats_fail_errno(&error, WATS_ERR_IO, errno, "no host name");
    return fail(L, &error);
  }
  name[HOST_NAME_SIZE] = '\0';
  lua_pushstring(L, name);
  return 1;
}

/* False: errno says why. What is there already is fine, and keeps its rights.
 */
static bool make_one(const char *path)
{
  struct stat there;
  int reason;
  if (mkdir(path, S_IRWXU) == 0) return true;
  reason = errno;
  if (stat(path, &there) == 0) {
    if (S_ISDIR(there.st_mode)) return true;
    reason = ENOTDIR;
  }
  errno = reason;
  return false;
}

static int make_directory(lua_State *L)
{
  size_t length, i;
  const char *path = luaL_checklstring(L, 1, &length);
  char *part = lua_newuserdatauv(L, length + 1, 0);
  luaL_argcheck(L, length > 0 && strlen(path) == length, 1, "no path");
  memcpy(part, path, length + 1);
  for (i = 1; i <= length; i++) {
    struct wats_error error;
    bool made;
    if (path[i] != '/' && path[i] != '\0') continue;
    part[i] = '\0';
    made = make_one(part);
    part[i] = path[i];
    if (made) continue;
    wats_fail_errno(&error, WATS_ERR_IO, errno, "make the directory %s", path);
    return fail(L, &error);
  }
  lua_pushboolean(L, 1);
  return 1;
}

/* So that the name is on the disk as well: the file may be new, or have been
** renamed. */
static int sync_folder_of(const char *folder)
{
  int file;
  int reason = wats_durable_open_folder(AT_FDCWD, folder, &file);
  if (reason) return reason;
  reason = wats_durable_sync_folder(file);
  wats_durable_close(file);
  return reason;
}

/* Nothing between open and close can raise. */
static int append_file(lua_State *L)
{
  size_t length;
  int file, reason;
  const char *path = luaL_checkstring(L, 1);
  const char *text = luaL_checklstring(L, 2, &length);
  bool sync = lua_toboolean(L, 3);
  const char *slash = strrchr(path, '/');
  const char *folder; /* with a dot: it may be a link */
  lua_pushlstring(L, path, slash ? (size_t)(slash - path) + 1 : 0);
  folder = lua_pushfstring(L, "%s.", lua_tostring(L, -1));
  reason = wats_durable_open(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT,
                             0644, &file);
  if (!reason) {
    reason = wats_durable_write(file, text, length);
    if (!reason && sync) reason = wats_durable_sync(file);
    wats_durable_close(file);
    if (!reason && sync) reason = sync_folder_of(folder);
  }
  errno = reason;
  return luaL_fileresult(L, reason == 0, path);
}

static int parse_http_date(lua_State *L)
{
  size_t length;
  int64_t seconds;
  int64_t now_s = wats_clock_wall(&wats_system_clock) / WATS_NS_PER_S;
  const char *text = luaL_checklstring(L, 1, &length);
  if (wats_http_date_parse(text, length, now_s, &seconds))
    lua_pushinteger(L, (lua_Integer)seconds);
  else
    lua_pushnil(L);
  return 1;
}

void wats_open_util(struct lua_State *L)
{
  static const luaL_Reg functions[] = {{"sha256", sha256},
                                       {"sha256_file", sha256_file},
                                       {"crc32c", crc32c},
                                       {"base64_encode", base64_encode},
                                       {"base64_decode", base64_decode},
                                       {"uuid", uuid},
                                       {"monotonic", monotonic},
                                       {"time", wall_time},
                                       {"sleep", sleep_for},
                                       {"hostname", hostname},
                                       {"make_directory", make_directory},
                                       {"append_file", append_file},
                                       {"parse_http_date", parse_http_date},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
