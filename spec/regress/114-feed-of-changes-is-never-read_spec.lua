-- Units/Changes wants maxCount; $top, $skip and the unit's numbers were sent, unknown to it.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")

describe("the feed of changes", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("is asked for with the number of entries", function()
    local service = world.client.production
    production.unit(world.client, "S1")
    assert(service:set_unit_phase("S1", "PCBA-100", 16))
    assert.equal(1, #assert(service:get_unit_changes()))
    assert.equal(1, #assert(service:get_unit_history("S1", "PCBA-100")))
    for _, entry in ipairs(assert(world.sandbox:journal())) do
      if entry.method == "GET" then assert.equal("maxCount=1000", entry.query) end
    end
  end)
end)
