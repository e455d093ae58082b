-- Nodes, links and units of the flow were asked without the filter that the server demands; serial
-- numbers and an order went to operations that take ids and units.

local shop_floor = require("spec.support.shop_floor")

describe("the unit flow in parts", function()
  local it, floor = shop_floor.open(it, pending, setup, teardown, before_each)

  it("goes with a filter, also where nothing is filtered", function()
    for _, name in ipairs { "get_flow_nodes", "get_flow_links", "get_flow_units" } do
      assert(floor.analytics[name](floor.analytics))
      assert.equal("filter=%7B%7D", floor.last_request().query)
    end
  end)

  it("asks serial numbers by ids, and orders units", function()
    local sha256 = require("wats.core").sha256
    assert(floor.analytics:get_flow_serial_numbers { 3, 1 })
    assert.same({ "/api/internal/UnitFlow/SN", sha256("[3,1]") },
      { floor.last_request().path, floor.last_request().body_sha256 })
    assert(floor.analytics:set_unit_order { { unitId = 1 } })
    assert.same({ "/api/internal/UnitFlow/UnitOrder", sha256("[{\"unitId\":1}]") },
      { floor.last_request().path, floor.last_request().body_sha256 })
    local flows = floor.analytics:trace_serial_numbers { "U8" }
    assert.equal("/api/internal/UnitFlow", floor.last_request().path)
    assert.equal(1, #flows[1].nodes)
  end)
end)
