-- The analysis of equipment effectiveness had no way to give the available time, without which the
-- server refuses it.

local shop_floor = require("spec.support.shop_floor")

describe("equipment effectiveness", function()
  local it, floor = shop_floor.open(it, pending, setup, teardown, before_each)

  it("says the available time, and is not asked without", function()
    assert(floor.analytics:get_oee_analysis { topCount = 1,
      availableTime = "24,24,24,24,24,24,24" })
    assert.equal("availableTime=24%2C24%2C24%2C24%2C24%2C24%2C24", floor.last_request().query)
    assert.is_false(pcall(floor.analytics.get_oee_analysis, floor.analytics, { topCount = 1 }))
    assert.equal(1, #assert(floor.sandbox:journal()))
  end)
end)
