/*
** metrics_yardstick.c - what bench/metrics.lua measures against: a method call
** that does nothing, and a page of metrics written by snprintf.
*/
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>

static int nothing(lua_State *L)
{
  (void)L;
  return 0;
}

struct line {
  char name[16], method[8], route[40], status[8];
  double value;
};

struct page {
  size_t count, size;
  char *text;
  struct line lines[];
};

static int page_gc(lua_State *L)
{
  struct page *page = lua_touserdata(L, 1);
  free(page->text);
  page->text = NULL;
  return 0;
}

/* page(families, children): the lines are laid out before the clock runs, and
** the text has all its room. */
static int make_page(lua_State *L)
{
  size_t families = (size_t)luaL_checkinteger(L, 1);
  size_t children = (size_t)luaL_checkinteger(L, 2), i;
  size_t count = families * children;
  struct page *page =
      lua_newuserdatauv(L, sizeof *page + count * sizeof(struct line), 0);
  page->count = count;
  page->size = 128 * count + 1;
  page->text = NULL;
  luaL_setmetatable(L, "yardstick.page");
  page->text = malloc(page->size);
  if (!page->text) return luaL_error(L, "not enough memory");
  for (i = 0; i < count; i++) {
    struct line *line = page->lines + i;
    snprintf(line->name, sizeof line->name, "m%05d_total", (int)(i / children));
    snprintf(line->method, sizeof line->method, "GET");
    snprintf(line->route, sizeof line->route, "/api/Product/%d",
             (int)(i % children));
    snprintf(line->status, sizeof line->status, "200");
    line->value = (double)(i * 7 % 1000003);
  }
  return 1;
}

static size_t write_lines(struct page *page)
{
  size_t at = 0, i;
  for (i = 0; i < page->count; i++) {
    const struct line *l = page->lines + i;
    at += (size_t)snprintf(page->text + at, page->size - at,
                           "%s{method=\"%s\",route=\"%s\",status=\"%s\"} "
                           "%.17g\n",
                           l->name, l->method, l->route, l->status, l->value);
  }
  return at;
}

/* page:write() -> bytes written */
static int page_write(lua_State *L)
{
  struct page *page = luaL_checkudata(L, 1, "yardstick.page");
  lua_pushinteger(L, (lua_Integer)write_lines(page));
  return 1;
}

static int page_text(lua_State *L)
{
  struct page *page = luaL_checkudata(L, 1, "yardstick.page");
  lua_pushlstring(L, page->text, write_lines(page));
  return 1;
}

static int make_object(lua_State *L)
{
  lua_newuserdatauv(L, 16, 0);
  luaL_setmetatable(L, "yardstick.object");
  return 1;
}

int luaopen_metrics_yardstick(lua_State *L);

int luaopen_metrics_yardstick(lua_State *L)
{
  static const luaL_Reg object[] = {{"nothing", nothing}, {NULL, NULL}};
  static const luaL_Reg page[] = {
      {"write", page_write}, {"text", page_text}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"object", make_object},
                                       {"page", make_page},
                                       {"nothing", nothing},
                                       {NULL, NULL}};
  luaL_newmetatable(L, "yardstick.object");
  luaL_newlib(L, object);
  lua_setfield(L, -2, "__index");
  luaL_newmetatable(L, "yardstick.page");
  luaL_newlib(L, page);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, page_gc);
  lua_setfield(L, -2, "__gc");
  luaL_newlib(L, functions);
  return 1;
}
