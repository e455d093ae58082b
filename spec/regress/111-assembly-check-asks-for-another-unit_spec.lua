-- CheckChildUnits was asked with serialNumber, partNumber and revision, of which it knows none.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")

describe("the check of an assembly", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("names the parent as the server wants it", function()
    production.unit(world.client, "P#1")
    local verdict = assert(world.client.production:verify_assembly("P#1", "PCBA-100"))
    assert.equal("P#1", verdict.serialNumber)
    local journal = assert(world.sandbox:journal())
    assert.equal("parentPartNumber=PCBA-100&parentSerialNumber=P%231", journal[#journal].query)
  end)
end)
