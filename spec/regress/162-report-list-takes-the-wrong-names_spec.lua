-- The list of test reports by GET was asked with names of the other form (productGroup, level,
-- topCount), which the server ignores: it listed everything; seven filters could not be set.

local shop_floor = require("spec.support.shop_floor")

describe("the list of test reports", function()
  local it, floor = shop_floor.open(it, pending, setup, teardown, before_each)

  it("goes with names that the server knows, in either form", function()
    assert.equal(4, #assert(floor.analytics:get_uut_reports { levelId = "1", status = "Failed",
      stationName = "ICT-01", testOperation = "PCBA test", dateFrom = 0, revision = "A",
      batchNumber = "B-1", partNumber = "PCBA-100" }))
    assert.equal("batchNumber=B-1&dateFrom=1970-01-01T00%3A00%3A00Z&levelId=1&"
      .. "partNumber=PCBA-100&productGroupId=&revision=A&stationName=ICT-01&status=Failed&"
      .. "testOperation=PCBA%20test", floor.last_request().query)
    assert.equal(3, #assert(floor.analytics:get_uut_reports { level = "Oslo", topCount = 3 }))
    assert.equal("POST", floor.last_request().method)
    assert.is_false(pcall(floor.analytics.get_uut_reports, floor.analytics,
      { levelId = "1", topCount = 3 }))
  end)
end)
