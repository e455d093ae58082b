-- The history of related repairs could not be narrowed to a repair or test operation.

local needs = require("spec.support.needs")
local shop_floor = require("spec.support.shop_floor")
local support = require("spec.support.client")

describe("the history of related repairs", function()
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

  it("is narrowed by codes of operations", function()
    assert.equal(2, #assert(analytics:get_related_repair_history("PCBA-100", "A",
      { repairOperationCode = 500, testOperationCode = 50 })))
    assert.equal("partNumber=PCBA-100&repairOperationCode=500&revision=A&testOperationCode=50",
      last_request().query)
    assert.same({}, analytics:get_related_repair_history("PCBA-100", "A",
      { repairOperationCode = 510 }))
  end)
end)
