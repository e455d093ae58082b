-- The history of related repairs could not be narrowed to a repair or test operation.

local shop_floor = require("spec.support.shop_floor")

describe("the history of related repairs", function()
  local it, floor = shop_floor.open(it, pending, setup, teardown, before_each)

  it("is narrowed by codes of operations", function()
    assert.equal(2, #assert(floor.analytics:get_related_repair_history("PCBA-100", "A",
      { repairOperationCode = 500, testOperationCode = 50 })))
    assert.equal("partNumber=PCBA-100&repairOperationCode=500&revision=A&testOperationCode=50",
      floor.last_request().query)
    assert.same({}, floor.analytics:get_related_repair_history("PCBA-100", "A",
      { repairOperationCode = 510 }))
  end)
end)
