-- rockspec.lua - writes rockspec/wats-scm-1.rockspec: LuaRocks cannot look
-- for files, so the lists of sources and of Lua modules are written out. Run by
-- `make rockspec` when files were added or removed; a spec compares.

package.path = "tools/?.lua;" .. package.path
local source = require("lint.source")

local M = { PATH = "rockspec/wats-scm-1.rockspec" }

local TEMPLATE = [==[
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
cache and connection reuse in a C core, domain services and a report
builder in Lua, and a local server to develop against.]],
  license = "MIT",
  labels = { "http", "test", "manufacturing", "metrics" },
}
dependencies = {
  "lua >= 5.4, < 5.5",
  "lua-cjson >= 2.1.0",
  "argparse >= 0.7.1",
  "luafilesystem >= 1.8.0",
  "luaexpat >= 1.4.0",
}
-- No header is named: LuaRocks does not know Debian's directory of them, the
-- compiler does.
external_dependencies = {
  platforms = {
    linux = {
      CURL = { library = "curl" },
      MICROHTTPD = { library = "microhttpd" },
      SQLITE = { library = "sqlite3" },
      ZLIB = { library = "z" },
    },
    macosx = { CURL = {}, MICROHTTPD = {}, SQLITE = {}, ZLIB = {} },
  },
}
build = {
  type = "builtin",
  modules = {
    ["wats.core"] = {
      sources = {
@SOURCES@
      },
      defines = { "_GNU_SOURCE" },
      incdirs = {
        "csrc", "include", "$(CURL_INCDIR)", "$(MICROHTTPD_INCDIR)", "$(SQLITE_INCDIR)",
        "$(ZLIB_INCDIR)",
      },
      libdirs = {
        "$(CURL_LIBDIR)", "$(MICROHTTPD_LIBDIR)", "$(SQLITE_LIBDIR)", "$(ZLIB_LIBDIR)",
      },
      libraries = { "curl", "microhttpd", "sqlite3", "z", "pthread" },
    },
@MODULES@
  },
@PROGRAMS@}
test = {
  type = "command",
  command = "make test",
}
]==]

local function programs()
  local file = io.open("bin/wats")
  if not file then
    return ""
  end
  file:close()
  return '  install = {\n    bin = { wats = "bin/wats" },\n  },\n'
end

---What the file ought to contain.
---@return string
function M.text()
  local sources, modules = {}, {}
  for _, path in ipairs(source.find("%.c$", "csrc")) do
    if not path:match("^csrc/tests/") then
      sources[#sources + 1] = ('        "%s",'):format(path)
    end
  end
  for _, path in ipairs(source.find("%.lua$", "lua")) do
    local name = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
    modules[#modules + 1] = ('    ["%s"] = "%s",'):format(name, path)
  end
  return (TEMPLATE:gsub("@(%u+)@\n?", {
    SOURCES = table.concat(sources, "\n") .. "\n",
    MODULES = table.concat(modules, "\n") .. "\n",
    PROGRAMS = programs(),
  }))
end

if arg and arg[0] and arg[0]:match("rockspec%.lua$") then
  local file = assert(io.open(M.PATH, "w"))
  file:write(M.text())
  file:close()
end
return M
