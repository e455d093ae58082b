-- A child unit was added, and the cached unit and the cached check of its assembly stayed as they
-- were: only what begins with the write's own path was dropped.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")

describe("what a write about units makes stale", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("is asked for anew, whoever had kept it", function()
    local service, keep = world.client.production, { cache = { ttl = 60 } }
    local as = { check_part_number = "PCBA-100", check_revision = "A" }
    production.unit(world.client, "P")
    production.unit(world.client, "C", { unitPhaseId = 16 })
    local function state()
      return { #assert(service:get_unit("P", "PCBA-100", keep)).subUnits,
        #assert(service:verify_assembly("P", "PCBA-100", keep)).units,
        #assert(service:get_unit_by_serial("P", nil, keep)).Children,
        #assert(service:get_unit_changes(9, keep)) }
    end
    assert.same({ 0, 0, 0, 0 }, state())
    assert.same({ 0, 0, 0, 0 }, state())
    assert(service:add_child_to_assembly("P", "PCBA-100", "C", "PCBA-100", as))
    assert.same({ 1, 1, 1, 1 }, state())
    assert(service:remove_child_from_assembly("P", "PCBA-100", "C", "PCBA-100"))
    assert.same({ 0, 0, 0, 2 }, state())
    assert(service:add_child_unit_validated("P", "PCBA-100", "C", "PCBA-100", as))
    assert.same({ 1, 1, 1, 3 }, state())
    assert(service:remove_all_children_from_assembly("P", "PCBA-100"))
    assert.same({ 0, 0, 0, 4 }, state())
  end)
end)
