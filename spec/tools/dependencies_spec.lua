package.path = "./tools/?.lua;" .. package.path
local dependencies = require("lint.dependencies")

local LAYERS = {
  core = { { "floor", "stone" }, { "policy" }, { "client" } },
  externals = {
    { header = "^lua", only = {} },
    { header = "^curl/", only = { "client" } },
  },
  lua = {
    { pattern = "^wats%.sandbox%f[%W]", rank = 4 },
    { pattern = "^wats%.domain%.", rank = 2 },
  },
}

describe("dependencies", function()
  local function core(name, text)
    return (dependencies.check_core("csrc/core/" .. name .. ".c", text, name, LAYERS))
  end

  it("may point down and sideways", function()
    assert.same({}, core("policy", '#include "floor.h"\n#include <string.h>\n'))
    assert.same({}, core("policy", '#include "policy.h"\n'))
    assert.same({}, core("floor", '#include "stone.h"\n'))
    assert.same({}, core("client", "#include <curl/curl.h>\n"))
  end)

  it("may not point up", function()
    assert.same({ "csrc/core/floor.c:2: client lies above floor" },
      core("floor", '/* client.h */\n#include "client.h"\n'))
  end)

  it("may not reach Lua, a library of others, or another directory", function()
    assert.equal(1, #core("floor", "#include <lua.h>\n"))
    assert.equal(1, #core("floor", "  # include <curl/curl.h>\n"))
    assert.equal(1, #core("floor", '#include "../lua_parts.h"\n'))
  end)

  it("need a layer", function()
    assert.equal(1, #core("unknown", ""))
    assert.equal(1, #core("floor", '#include "unknown.h"\n'))
  end)

  it("of a family's members are the family's", function()
    assert.same({}, core("client_state", '#include "policy.h"\n#include <curl/curl.h>\n'))
    assert.equal(1, #core("floor_tile", '#include "client_state.h"\n'))
  end)

  it("of the binding are the core's headers", function()
    local function check(path, text)
      return #dependencies.check_upper(path, text, LAYERS)
    end
    assert.equal(0, check("csrc/lua_x.c", '#include <lua.h>\n#include "core/floor.h"\n'))
    assert.equal(0, check("csrc/lua_x.c", '#include "lua_parts.h"\n#include "wats.h"\n'))
    assert.equal(1, check("csrc/lua_x.c", "#include <curl/curl.h>\n"))
    assert.equal(1, check("csrc/lua_x.c", '#include "core/../x.h"\n'))
    assert.equal(1, check("csrc/tests/test_x.c", "#include <lua.h>\n"))
    assert.equal(0, check("csrc/tests/test_x.c", '#include "test.h"\n#include "core/floor.h"\n'))
  end)

  it("among Lua modules point down, and never to a domain beside", function()
    local function lua(name, text)
      return (dependencies.check_lua(name, text, name, LAYERS))
    end
    assert.same({}, lua("wats.domain.product", 'local c = require("wats.client")\n'))
    assert.same({}, lua("wats.client", '-- require "wats.sandbox"\n'))
    assert.same({ "wats.client:1: wats.sandbox lies above wats.client" },
      lua("wats.client", 'local s = require "wats.sandbox"\n'))
    assert.equal(1, #lua("wats.domain.a", "require('wats.domain.b')\n"))
    assert.equal(1, #lua("wats.domain.a.x", "require('wats.domain.ab.x')\n"))
    assert.same({}, lua("wats.domain.a", "require('wats.domain.a.x')\n"))
    assert.same({}, lua("wats.domain.a.x", "require('wats.domain.a.y')\n"))
    assert.equal(1, #lua("wats.json", "  return require('wats.sandbox.server').x\n"))
  end)

  it("run in no circle", function()
    assert.is_nil(dependencies.circle({ a = { "b", "c" }, b = { "c" }, c = {} }))
    assert.equal("b -> c -> b", dependencies.circle({ a = { "b" }, b = { "c" }, c = { "b" } }))
  end)
end)
