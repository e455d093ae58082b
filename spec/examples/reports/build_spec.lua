-- examples/reports/build.lua runs as it stands and prints what it should.

local example = require("spec.support.example")
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
    assert.equal(PRINTED, example.output("reports/build.lua"))
  end)
end)
