-- Where the server did not know the unit or gave no answer, "does it pass?" was answered with
-- false: good units went to the repair.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")

describe("a question without an answer", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("is an error, not a unit that failed", function()
    local service = world.client.production
    local faults = { { status = 500 }, { drop = "before" }, { status = 200, body = "null" } }
    for _, fault in ipairs(faults) do
      fault.path = "/api/Production/UnitVerification"
      assert(world.sandbox:fault(fault))
      local passing, err = service:is_unit_passing("S1", "PCBA-100")
      assert.is_nil(passing)
      assert.is_string(err.kind)
    end
    production.unit(world.client, "S1")
    assert.is_false(service:is_unit_passing("S1", "PCBA-100"))
  end)
end)
