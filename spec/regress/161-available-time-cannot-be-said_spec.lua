-- The analysis of equipment effectiveness had no way to give the available time, without which the
-- server refuses it.

local needs = require("spec.support.needs")
local shop_floor = require("spec.support.shop_floor")
local support = require("spec.support.client")

describe("equipment effectiveness", function()
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

  it("says the available time, and is not asked without", function()
    assert(analytics:get_oee_analysis { availableTime = "24,24,24,24,24,24,24", topCount = 1 })
    assert.equal("availableTime=24%2C24%2C24%2C24%2C24%2C24%2C24", last_request().query)
    assert.is_false(pcall(analytics.get_oee_analysis, analytics, { topCount = 1 }))
    assert.equal(1, #assert(box.sandbox:journal()))
  end)
end)
