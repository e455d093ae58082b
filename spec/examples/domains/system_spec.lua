-- examples/domains/system.lua runs as it stands and prints what it should.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local LUA = os.getenv("LUA") or "lua5.4"

local function run()
  return helper.sh(("timeout 60 %s examples/domains/system.lua"):format(LUA))
end

local PRINTED = [[
the server's database: OK
ICT-01 is a client in Oslo
now it is In-circuit 1, at level Norway / Oslo / Line 4
its log has 2 lines
1 station in all
]]

describe("examples/domains/system.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints what it should", function()
    local ok, output = run()
    assert.equal(PRINTED, output)
    assert.is_true(ok)
  end)
end)
