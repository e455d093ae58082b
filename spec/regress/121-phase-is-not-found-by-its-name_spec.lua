-- Phases were kept by their names in lower case and looked up as the caller wrote them: with
-- "Finalized", as the server spells it, none was found.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")

describe("a phase", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("is found by its name in any case", function()
    local service = world.client.production
    production.unit(world.client, "S1")
    for _, name in ipairs { "In storage", "in storage", "InStorage", "in_storage" } do
      assert.equal(1024, assert(service:get_phase(name)).UnitPhaseId)
      assert.is_true(service:set_unit_phase("S1", "PCBA-100", name))
      assert(service:set_unit_phase("S1", "PCBA-100", 2))
    end
  end)
end)
