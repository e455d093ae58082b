-- client.analytics: the unit flow.

local json = require("wats.json")
local shop_floor = require("spec.support.shop_floor")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("client.analytics: the unit flow", function()
  local it, floor = shop_floor.open(it, pending, setup, teardown, before_each)
  local analytics

  before_each(function() analytics = floor.analytics end)

  local function names(flow)
    local list = {}
    for i, node in ipairs(flow.nodes) do list[i] = node.name end
    return table.concat(list, ",")
  end

  -- The next flow that the server tells of.
  local function answer(value)
    assert(floor.sandbox:fault { method = "POST", status = 200, body = json.encode(value),
      headers = { ["Content-Type"] = "application/json" } })
  end

  it("is had whole", function()
    local flow = assert(analytics:get_unit_flow())
    assert.equal("PCBA test,End of line test", names(flow))
    assert.same({ 8, 7, 1 },
      { flow.nodes[1].unitCount, flow.nodes[1].passCount, flow.nodes[1].failCount })
    assert.equal(5, flow.links[1].unitCount)
    flow = assert(analytics:get_unit_flow { serialNumber = "U8", dateFrom = 0 })
    assert.same({ 1, 0 }, { #flow.nodes, #flow.links })
    assert.equal(0, #assert(analytics:get_unit_flow { partNumber = "O'Brien A/B #1?x ø" }).nodes)
    assert(floor.sandbox:fault { method = "POST", status = 200 })
    assert.same({ nodes = {}, links = {} }, analytics:get_unit_flow())
  end)

  it("is had in parts, never from the cache", function()
    for _ = 1, 2 do
      assert.equal(2, #assert(analytics:get_flow_nodes()))
      assert.equal(1, #assert(analytics:get_flow_links { partNumber = "PCBA-100" }))
      assert.equal(2, #assert(analytics:get_flow_units { serialNumber = "U5" }))
    end
    local journal = assert(floor.sandbox:journal())
    assert.equal(6, #journal)
    assert.equal("filter=%7B%22partNumber%22%3A%22PCBA-100%22%7D", journal[2].query)
    assert.equal(0, #assert(analytics:get_flow_nodes { partNumber = "A/B #1?x&y='ø" }))
  end)

  it("tells which units are meant", function()
    local units = assert(analytics:get_flow_units { serialNumber = "U7" })
    assert.same({ 1, true, true, true }, { #units, units[1].isLast, units[1].isLastPassed,
      units[1].hasRetest })
    assert.same({ "FFP" }, units[1].resultHistories)
    local known = assert(analytics:get_flow_serial_numbers { units[1].unitId })
    assert.equal("U7", known[1].serialNumber)
    assert.same({}, analytics:get_flow_serial_numbers {})
    assert.matches("element 2: an integer expected, got string$",
      blamed(function() analytics:get_flow_serial_numbers { 1, "2" } end))
    assert.matches("unit_ids: a table expected",
      blamed(function() analytics:get_flow_serial_numbers(1) end))
  end)

  it("traces units, each once, in plain code and in tasks", function()
    local function trace()
      local flows, errs = analytics:trace_serial_numbers({ "U5", "U8", "U5", "none" })
      assert.is_nil(errs)
      assert.equal(4, flows.n)
      assert.equal("PCBA test,End of line test", names(flows[1]))
      assert.equal("PCBA test", names(flows[2]))
      assert.equal("PCBA test,End of line test", names(flows[3]))
      assert.equal("", names(flows[4]))
    end
    trace()
    assert.equal(3, #assert(floor.sandbox:journal()))
    wats.run(trace)
    assert(floor.sandbox:fault { method = "POST", status = 403 })
    local flows, errs = analytics:trace_serial_numbers({ "U5" }, { partNumber = "PCBA-100" })
    assert.same({ n = 1 }, flows)
    assert.equal("auth", errs[1].kind)
    assert.matches("element 1: a string",
      blamed(function() analytics:trace_serial_numbers { {} } end))
    assert.matches('unknown field "part"',
      blamed(function() analytics:trace_serial_numbers({ "A" }, { part = "x" }) end))
  end)

  it("is split, and expanded by stations", function()
    local flow = assert(analytics:split_flow_by("revision"))
    assert.equal("PCBA test / A,End of line test / A", names(flow))
    flow = assert(analytics:expand_operations(nil, { serialNumber = "U5" }))
    assert.equal("PCBA test / ICT-01,End of line test / EOL-01", names(flow))
    assert.equal("PCBA test,End of line test", names(assert(analytics:expand_operations(false))))
    assert.matches('unknown "stationNam" %(did you mean "stationName"',
      blamed(function() analytics:split_flow_by("stationNam") end))
    assert.matches("expand: a boolean expected",
      blamed(function() analytics:expand_operations("yes") end))
    assert.matches("dimension: a string", blamed(function() analytics:split_flow_by() end))
  end)

  it("orders units", function()
    local units = assert(analytics:get_flow_units { serialNumber = "U5" })
    local ordered = assert(analytics:set_unit_order { units[2], units[1] })
    assert.same({ { 1 }, { 2 } }, { ordered[1].orders, ordered[2].orders })
    assert.same({}, analytics:set_unit_order {})
    assert.matches("units: a table expected", blamed(function() analytics:set_unit_order("x") end))
  end)

  it("shows and hides operations, with the ways between those left", function()
    local flow = assert(analytics:show_operations("pcba TEST"))
    assert.same({ "PCBA test", 0 }, { names(flow), #flow.links })
    flow = assert(analytics:show_operations({ 50, "End of line test" }))
    assert.same({ 2, 1 }, { #flow.nodes, #flow.links })
    flow = assert(analytics:hide_operations(50, { partNumber = "PCBA-100" }))
    assert.same({ "End of line test", 0 }, { names(flow), #flow.links })
    flow = assert(analytics:set_unit_flow_visibility(nil, { "none" }))
    assert.equal(2, #flow.nodes)
    flow = assert(analytics:set_unit_flow_visibility({ 50, 100 }, 100))
    assert.equal("PCBA test", names(flow))
    for _, name in ipairs { "show_operations", "hide_operations", "set_unit_flow_visibility" } do
      assert.matches("names or codes of operations expected, got none$",
        blamed(function() analytics[name](analytics, {}) end))
      assert(floor.sandbox:fault { method = "POST", status = 500 })
      assert.equal("server", select(2, analytics[name](analytics, 50)).kind)
    end
    assert.matches("names or codes of operations expected, got none$",
      blamed(function() analytics:show_operations() end))
    assert.matches("operations expected, got a list with holes$",
      blamed(function() analytics:hide_operations { 50, nil, 100 } end))
  end)

  it("finds bottlenecks, worst first", function()
    local list = assert(analytics:get_bottlenecks())
    assert.same({ 2, 80, 87.5 }, { #list, list[1].yieldPercent, list[2].yieldPercent })
    assert.equal(1, #assert(analytics:get_bottlenecks(nil, 85)))
    assert.equal(0, #assert(analytics:get_bottlenecks(nil, { min_yield = 85, min_units = 6 })))
    assert.equal(0, #assert(analytics:get_bottlenecks { serialNumber = "U1" }))
    assert.matches('"min_yield" must be number, got string$',
      blamed(function() analytics:get_bottlenecks(nil, "95") end))
    assert.matches('"min_units" must be number',
      blamed(function() analytics:get_bottlenecks(nil, { min_units = "x" }) end))
    assert.matches('unknown option "min_yeild" %(did you mean "min_yield"',
      blamed(function() analytics:get_bottlenecks(nil, { min_yeild = 90 }) end))
  end)

  it("works out a yield that the server does not tell, and takes one of another name", function()
    answer { nodes = { { id = 1, unitCount = 10, passCount = 9 },
      { id = 2, unitCount = 10, yield = 50 }, { id = 3, unitCount = 4 }, { id = 4 } } }
    local list = assert(analytics:get_bottlenecks())
    assert.same({ 2, 2, 1 }, { #list, list[1].id, list[2].id })
    answer { nodes = { { id = "a", name = "A" }, { id = "b", name = "B" } },
      links = { { sourceId = "a", targetId = "b" } } }
    local flow = assert(analytics:show_operations { "A", "B" })
    assert.equal(1, #flow.links)
  end)

  it("is summed up", function()
    local summary = assert(analytics:get_flow_summary())
    assert.same({ 2, 1, 8, 11, 2 }, { summary.node_count, summary.link_count, summary.unit_count,
      summary.pass_count, summary.fail_count })
    assert.is_true(math.abs(summary.average_yield - 100 * 11 / 13) < 1e-9)
    assert.equal("End of line test", summary.bottleneck.name)
    local none = assert(analytics:get_flow_summary { partNumber = "none" })
    assert.same({ node_count = 0, link_count = 0, unit_count = 0, pass_count = 0,
      fail_count = 0 }, none)
    answer { nodes = { { id = 1, unitCount = 3 }, { id = 2, unitCount = 2 } },
      units = { { unitId = 1 }, { unitId = 2 }, { unitId = 1 }, { unitId = 5 }, { unitId = 6 } } }
    assert.equal(4, assert(analytics:get_flow_summary()).unit_count)
    answer { nodes = { { id = 1, unitCount = 3, passCount = 3, failCount = 0 } } }
    assert.equal(3, assert(analytics:get_flow_summary()).unit_count)
  end)

  it("is worked out though a server sends things that are no records", function()
    local function odd()
      answer { nodes = { json.null, "x", { id = 1, name = "A", unitCount = 2, passCount = 1 } },
        links = { json.null, 5, { source = 1, target = 1 } }, units = { json.null, 7 } }
    end
    odd()
    assert.equal(1, assert(analytics:get_flow_summary()).node_count)
    odd()
    assert.equal(1, #assert(analytics:get_bottlenecks()))
    for _, name in ipairs { "show_operations", "hide_operations" } do
      odd()
      local flow = assert(analytics[name](analytics, name:find("^show") and "A" or "B"))
      assert.same({ 1, 1 }, { #flow.nodes, #flow.links })
    end
  end)

  it("is no list, and a list is no record", function()
    for name, argument in pairs { get_unit_flow = {}, get_flow_summary = {}, get_bottlenecks = {},
      split_flow_by = "revision", show_operations = "A" } do
      answer(json.array {})
      local value, err = analytics[name](analytics, argument)
      assert.is_nil(value)
      assert.equal("decode", err.kind)
      assert.equal("POST", err.method)
    end
    answer { Message = "An error has occurred." }
    assert.equal("decode", select(2, analytics:get_flow_serial_numbers {}).kind)
  end)

  it("has the error of a server that lacks these calls", function()
    for _, name in ipairs { "get_unit_flow", "get_flow_nodes", "get_flow_links", "get_flow_units",
      "get_flow_summary", "get_bottlenecks" } do
      assert(floor.sandbox:fault { path = "/api/internal/*", status = 404 })
      local value, err = analytics[name](analytics)
      assert.is_nil(value)
      assert.equal("not_found", err.kind, name)
    end
    for name, argument in pairs { split_flow_by = "revision", set_unit_order = {},
      get_flow_serial_numbers = {}, expand_operations = true } do
      assert(floor.sandbox:fault { path = "/api/internal/*", status = 400 })
      assert.equal("invalid", select(2, analytics[name](analytics, argument)).kind, name)
    end
  end)
end)
