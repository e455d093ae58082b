-- The list of test reports by GET was asked with names of the other form (productGroup, level,
-- topCount), which the server ignores: it listed everything; seven filters could not be set.

local needs = require("spec.support.needs")
local shop_floor = require("spec.support.shop_floor")
local support = require("spec.support.client")

describe("the list of test reports", function()
  local box, analytics

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function()
    box = support.sandbox()
    assert(box.sandbox:seed { reports = shop_floor.reports() })
    analytics = support.connect(box, { cache = false }).analytics
  end)
  teardown(function() box:stop() end)
  before_each(function() assert(not box or box.sandbox:clear_journal()) end)

  local function last_request()
    local journal = assert(box.sandbox:journal())
    return journal[#journal]
  end

  it("goes with names that the server knows, in either form", function()
    assert.equal(4, #assert(analytics:get_uut_reports { levelId = "1", status = "Failed",
      stationName = "ICT-01", testOperation = "PCBA test", dateFrom = 0, revision = "A",
      batchNumber = "B-1", partNumber = "PCBA-100" }))
    assert.equal("batchNumber=B-1&dateFrom=1970-01-01T00%3A00%3A00Z&levelId=1&"
      .. "partNumber=PCBA-100&productGroupId=&revision=A&stationName=ICT-01&status=Failed&"
      .. "testOperation=PCBA%20test", last_request().query)
    assert.equal(3, #assert(analytics:get_uut_reports { level = "Oslo", topCount = 3 }))
    assert.equal("POST", last_request().method)
    assert.is_false(pcall(analytics.get_uut_reports, analytics, { levelId = "1", topCount = 3 }))
  end)
end)
