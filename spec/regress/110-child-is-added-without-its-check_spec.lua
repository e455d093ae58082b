-- AddChildUnit wants checkPartNumber and checkRevision, left blank where the box build holds; they
-- were not sent, so no unit was ever built into another.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")

describe("a child unit", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("is added with both, blank or as the caller says", function()
    production.unit(world.client, "P")
    production.unit(world.client, "C", { unitPhaseId = 16 })
    local service = world.client.production
    local _, err = service:add_child_to_assembly("P", "PCBA-100", "C", "PCBA-100")
    assert.matches("The box build of", err.message) -- it was judged, not found incomplete
    assert.is_true(service:add_child_to_assembly("P", "PCBA-100", "C", "PCBA-100",
      { check_part_number = "PCBA-100", check_revision = "A" }))
    local journal = assert(world.sandbox:journal())
    assert.matches("checkPartNumber=&checkRevision=&", journal[#journal - 1].query, 1, true)
    assert.matches("checkPartNumber=PCBA-100&checkRevision=A&", journal[#journal].query, 1, true)
  end)
end)
