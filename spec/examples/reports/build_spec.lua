-- examples/reports/build.lua runs as it stands and prints what it should.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local PRINTED = [[
result: F
  step 5 Rails: F
15 steps, of them 8 numeric
good: true
  warning: root.steps[0].steps[3].numericMeas[0].value: missing, though not skipped
  copy: root.steps[0].steps[2].numericMeas[0].lowLimit: missing for GELE
  copy: root.steps[0].steps[2].numericMeas[1].status: P, but 12.7 is not within GELE 11.5, 12.5
read back: F
]]

describe("examples/reports/build.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints what it should", function()
    local ok, output = helper.sh(("timeout 120 env -u WATS_BASE_URL %s examples/reports/build.lua")
      :format(os.getenv("LUA") or "lua5.4"))
    assert.equal(PRINTED, output)
    assert.is_true(ok)
  end)
end)
