-- Volume, yield and top failed by days went without the parameters that the server demands: days,
-- productGroupId and levelId (and count), so that it refused each.

local needs = require("spec.support.needs")
local shop_floor = require("spec.support.shop_floor")
local support = require("spec.support.client")

describe("statistics by days", function()
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

  it("go with all that the server demands, whatever is left out", function()
    for _, name in ipairs { "get_volume_yield", "get_worst_yield", "get_high_volume" } do
      assert.equal(2, #assert(analytics[name](analytics, { days = 7 })))
      local request = last_request()
      assert.equal("GET", request.method)
      assert.equal("days=7&levelId=&productGroupId=", request.query)
    end
    assert.equal(1, #assert(analytics:get_top_failed { days = 7, count = 5,
      partNumber = "PCBA-100", processCode = "50", levelId = 1 }))
    assert.equal("count=5&days=7&levelId=1&partNumber=PCBA-100&processCode=50&productGroupId=",
      last_request().query)
  end)
end)
