-- Volume, yield and top failed by days went without the parameters that the server demands: days,
-- productGroupId and levelId (and count), so that it refused each.

local shop_floor = require("spec.support.shop_floor")

describe("statistics by days", function()
  local it, floor = shop_floor.open(it, pending, setup, teardown, before_each)

  it("go with all that the server demands, whatever is left out", function()
    for _, name in ipairs { "get_volume_yield", "get_worst_yield", "get_high_volume" } do
      assert.equal(2, #assert(floor.analytics[name](floor.analytics, { days = 7 })))
      local request = floor.last_request()
      assert.equal("GET", request.method)
      assert.equal("days=7&levelId=&productGroupId=", request.query)
    end
    assert.equal(1, #assert(floor.analytics:get_top_failed { days = 7, count = 5,
      partNumber = "PCBA-100", processCode = "50", levelId = 1 }))
    assert.equal("count=5&days=7&levelId=1&partNumber=PCBA-100&processCode=50&productGroupId=",
      floor.last_request().query)
  end)
end)
