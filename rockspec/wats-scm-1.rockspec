-- Written by `make rockspec`: change tools/rockspec.lua instead.
rockspec_format = "3.0"
package = "wats"
version = "scm-1"
-- For use from a checkout: luarocks --lua-version=5.4 make
source = {
  url = "git+file://.",
}
description = {
  summary = "Client of a factory test station for a WATS server",
  detailed = [[
Reports, look-ups and metrics for test automation in Lua: HTTP with a response
cache, retries and connection reuse in a C core, domain services and a report
builder in Lua, and a local server to develop against.]],
  license = "MIT",
  labels = { "http", "test", "manufacturing", "metrics" },
}
dependencies = {
  "lua >= 5.4, < 5.5",
  "lua-cjson >= 2.1.0",
  "argparse >= 0.7.1",
}
-- No header is named: LuaRocks does not know Debian's directory of them, the
-- compiler does.
external_dependencies = {
  platforms = {
    linux = {
      CURL = { library = "curl" },
      MICROHTTPD = { library = "microhttpd" },
      ZLIB = { library = "z" },
    },
    macosx = { CURL = {}, MICROHTTPD = {}, ZLIB = {} },
  },
}
build = {
  type = "builtin",
  modules = {
    ["wats.core"] = {
      sources = {
        "csrc/core/alloc.c",
        "csrc/core/cache_control.c",
        "csrc/core/error.c",
        "csrc/core/http_date.c",
        "csrc/core/httpd.c",
        "csrc/core/operations.c",
        "csrc/core/routes.c",
        "csrc/lua_core.c",
        "csrc/lua_httpd.c",
        "csrc/lua_operations.c",
        "csrc/lua_process.c",
      },
      defines = { "_GNU_SOURCE" },
      incdirs = {
        "csrc", "include", "$(CURL_INCDIR)", "$(MICROHTTPD_INCDIR)", "$(ZLIB_INCDIR)",
      },
      libdirs = { "$(CURL_LIBDIR)", "$(MICROHTTPD_LIBDIR)", "$(ZLIB_LIBDIR)" },
      libraries = { "curl", "microhttpd", "z", "pthread" },
    },
    ["wats.options"] = "lua/wats/options.lua",
  },
}
test = {
  type = "command",
  command = "make test",
}
