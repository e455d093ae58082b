-- SetUnitProcess wants the process by name; a code was sent in its place.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")

describe("the process of a unit", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("is set by name, also for who knows the code", function()
    production.unit(world.client, "S1")
    assert.is_true(world.client.production:set_unit_process("S1", "PCBA-100", 90))
    local journal = assert(world.sandbox:journal())
    assert.equal("partNumber=PCBA-100&processName=Burn%20In%20test&serialNumber=S1",
      journal[#journal].query)
  end)
end)
