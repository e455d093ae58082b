-- Whether a unit passes was answered from a cache for five minutes: one that had just failed went
-- through the gate.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")
local support = require("spec.support.client")

describe("a unit that has failed since", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("does not pass", function()
    local service = world.client.production
    production.report(world.client, { sn = "S1" })
    assert.is_true(service:is_unit_passing("S1", "PCBA-100"))
    production.report(support.connect(world), { sn = "S1", result = "F",
      start = "2026-02-01T10:00:00Z" })
    assert.is_false(service:is_unit_passing("S1", "PCBA-100"))
    assert.equal("Failed", assert(service:verify_unit("S1", "PCBA-100")).status)
  end)
end)
