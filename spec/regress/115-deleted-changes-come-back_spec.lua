-- The feed was cached for five minutes: an entry that had been handled and deleted came again, and
-- was handled again.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")

describe("an entry of the feed that was deleted", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("does not come again", function()
    local service = world.client.production
    production.unit(world.client, "S1")
    assert(service:set_unit_phase("S1", "PCBA-100", 16))
    -- even for who keeps the feed a while
    local entry = assert(service:get_unit_changes(10, { cache = { ttl = 60 } }))[1]
    assert(service:acknowledge_unit_change(entry.id))
    assert.same({}, service:get_unit_changes(10, { cache = { ttl = 60 } }))
    assert.same({}, service:get_unit_changes(10))
  end)
end)
