-- examples/reports/repair.lua runs as it stands and prints what it should.

local example = require("spec.support.example")
local needs = require("spec.support.needs")

local PRINTED = [[
PCBA-100 SN-0042 failed at 5V
Repair knows 5 codes of components
belongs to the test: true
unit 0 SN-0042: Component, Defective component
unit 1 PSU-7: Other, No failure found
u7.txt: 11 bytes
repair of SN-0042: Passed
]]

describe("examples/reports/repair.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints what it should", function()
    assert.equal(PRINTED, example.output("reports/repair.lua"))
  end)
end)
