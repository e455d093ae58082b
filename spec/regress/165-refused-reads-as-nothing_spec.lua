-- Where the server refused an internal call, an empty list came back, as if there were nothing to
-- list.

local shop_floor = require("spec.support.shop_floor")

describe("an internal call that is refused", function()
  local it, floor = shop_floor.open(it, pending, setup, teardown, before_each)

  it("is an error, and nothing to list is an empty list", function()
    for name, arguments in pairs { get_flow_nodes = {}, get_unit_flow = {}, get_bottlenecks = {},
      get_flow_summary = {}, get_alarm_logs = {}, get_top_failed_internal = {},
      get_measurement_list = { { stepFilters = "x", sequenceFilters = "y" } },
      split_flow_by = { "stationName" }, show_operations = { 50 } } do
      for status, kind in pairs { [403] = "auth", [404] = "not_found", [500] = "server" } do
        assert(floor.sandbox:fault { path = "/api/internal/*", status = status })
        local value, err = floor.analytics[name](floor.analytics, table.unpack(arguments))
        assert.is_nil(value, name)
        assert.equal(kind, err.kind)
      end
    end
    assert.same({}, floor.analytics:get_alarm_logs("asset"))
    assert.same({}, floor.analytics:get_flow_nodes { partNumber = "none" })
  end)
end)
