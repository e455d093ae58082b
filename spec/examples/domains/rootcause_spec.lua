-- examples/domains/rootcause.lua runs as it stands, and prints what it should.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local PRINTED = [[
ticket 1: 3V3 too high on PCBA-100
mine to work on: 1
my edit: conflict
  Three units since 06:00, all at ICT-01.
  scope.png, 14 bytes
  Ripple on the supply, see the picture.
  status: in_progress
  C12 is of the wrong batch.
  status: solved
left to work on: 0
]]

describe("examples/domains/rootcause.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints what it should", function()
    local ok, output = helper.sh(("timeout 120 env -u WATS_BASE_URL -u WATS_USER LUA_PATH='%s' %s "
      .. "examples/domains/rootcause.lua"):format(package.path, os.getenv("LUA") or "lua5.4"))
    assert.equal(PRINTED, output)
    assert.is_true(ok)
  end)
end)
