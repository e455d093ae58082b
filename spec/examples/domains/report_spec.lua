-- examples/domains/report.lua runs as it stands and prints what it should.

local example = require("spec.support.example")
local needs = require("spec.support.needs")

local PRINTED = [[
failed today: 1
  PCBA-100 SN-2 Failed
of SN-1: 1
  PCBA-100 SN-1 Passed
with PSU-SN-3 in it: 1
  PCBA-100 SN-3 Passed
of lot 2026-17: 3
  PCBA-100 SN-3 Passed
  PCBA-100 SN-2 Failed
  PCBA-100 SN-1 Passed
newest: SN-3
since then: SN-4
SN-1: 3V3 = 3.31 V
SN-2: 3V3 = 3.52 V
SN-3: 3V3 = 3.29 V
scope.csv: 15 bytes
certificate: %PDF
as XML: <Report ]]

describe("examples/domains/report.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints what it should", function()
    assert.equal(PRINTED .. "\n", example.output("domains/report.lua"))
  end)
end)
