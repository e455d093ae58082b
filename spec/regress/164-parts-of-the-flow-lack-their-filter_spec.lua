-- Nodes, links and units of the flow were asked without the filter that the server demands; serial
-- numbers and an order went to operations that take ids and units.

local needs = require("spec.support.needs")
local shop_floor = require("spec.support.shop_floor")
local support = require("spec.support.client")

describe("the unit flow in parts", function()
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

  it("goes with a filter, also where nothing is filtered", function()
    for _, name in ipairs { "get_flow_nodes", "get_flow_links", "get_flow_units" } do
      assert(analytics[name](analytics))
      assert.equal("filter=%7B%7D", last_request().query)
    end
  end)

  it("asks serial numbers by ids, and orders units", function()
    local sha256 = require("wats.core").sha256
    assert(analytics:get_flow_serial_numbers { 3, 1 })
    assert.same({ "/api/internal/UnitFlow/SN", sha256("[3,1]") },
      { last_request().path, last_request().body_sha256 })
    assert(analytics:set_unit_order { { unitId = 1 } })
    assert.same({ "/api/internal/UnitFlow/UnitOrder", sha256("[{\"unitId\":1}]") },
      { last_request().path, last_request().body_sha256 })
    local flows = analytics:trace_serial_numbers { "U8" }
    assert.equal("/api/internal/UnitFlow", last_request().path)
    assert.equal(1, #flows[1].nodes)
  end)
end)
