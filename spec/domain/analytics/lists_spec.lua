-- client.analytics: internal lists of measurements, statuses and failed steps, logs of alarms.

local json = require("wats.json")
local shop_floor = require("spec.support.shop_floor")
local support = require("spec.support.client")

local blamed = support.blamed

describe("client.analytics: internal lists", function()
  local it, floor = shop_floor.open(it, pending, setup, teardown, before_each)
  local client, analytics

  before_each(function() client, analytics = floor.client, floor.analytics end)

  local function of_step(more)
    local step = assert(analytics:get_top_failed_internal())[1]
    local given = { stepFilters = step.stepFilters, sequenceFilters = step.sequenceFilters }
    for name, value in pairs(more or {}) do given[name] = value end
    return given
  end

  it("find the step, then its measurements and statuses", function()
    local list = assert(analytics:get_measurement_list(of_step { stationName = "EOL-01" }))
    assert.same({ 5, 5.3 }, { #list, list[1].value })
    list = assert(analytics:get_step_status_list(of_step { serialNumber = "U7" }))
    assert.same({ 3, "Passed", "Failed" }, { #list, list[1].status, list[2].status })
    local none = assert(analytics:get_measurement_list(of_step { partNumber = "O'B /#?ø" }))
    assert.is_true(json.is_array(none))
  end)

  it("go by days and groups too, under either name", function()
    for _, suffix in ipairs { "_by_product", "_simple" } do
      local given = of_step { days = 7, levelId = "1" }
      assert.equal(16, #assert(analytics["get_measurement_list" .. suffix](analytics, given)))
      assert.equal(16, #assert(analytics["get_step_status_list" .. suffix](analytics, given)))
      given.productGroupId = "2"
      assert.equal(0, #assert(analytics["get_step_status_list" .. suffix](analytics, given)))
    end
    local journal = assert(floor.sandbox:journal())
    assert.equal("GET", journal[#journal].method)
  end)

  it("are those of client.app, too", function()
    for _, name in ipairs { "get_version", "get_processes", "get_levels", "get_product_groups" } do
      local answer = assert(analytics[name](analytics, { headers = { ["X-Asked"] = "1" } }))
      assert.same(assert(client.app[name](client.app)), answer, name)
      assert.matches("headers", blamed(function() analytics[name](analytics, { headers = 5 }) end))
      client.cache:clear()
      assert(floor.sandbox:fault { path = "/api/App/*", times = 1, status = 404 })
      local value, err = analytics[name](analytics)
      assert.is_nil(value)
      assert.equal("not_found", err.kind)
    end
  end)

  it("list steps that failed, by product from the cache for a while", function()
    assert.equal(5, assert(analytics:get_top_failed_internal { topCount = 1 })[1].failCount)
    local given = { partNumber = "PCBA-100", processCode = 50, days = 7 }
    assert.equal(4, assert(analytics:get_top_failed_by_product(given))[1].failCount)
    assert.is_nil(given.count)
    assert.equal(4, assert(analytics:get_top_failed_simple(given))[1].failCount)
    assert.equal(2, #assert(floor.sandbox:journal()))
    assert(client.report:submit(shop_floor.report("U10", 50, os.time(), 9)))
    assert.equal(5, assert(analytics:get_top_failed_by_product(given))[1].failCount)
    assert(floor.sandbox:reset())
    assert(floor.sandbox:seed { reports = shop_floor.reports() })
  end)

  it("log alarms by type", function()
    assert.equal(5, #assert(analytics:get_alarm_logs()))
    assert.equal(5, #assert(analytics:get_alarm_logs("report")))
    assert.equal(0, #assert(analytics:get_alarm_logs("asset")))
    local logs = assert(analytics:get_alarm_logs({ "report", 4 }, { topCount = 1,
      includeCalculationString = true }))
    assert.same({ 1, 1, "result <> Passed" },
      { #logs, logs[1].type, logs[1].calculationString })
    local journal = assert(floor.sandbox:journal())
    assert.equal("includeCalculationString=true&includeTypes=1%3B4", journal[#journal].query)
    assert(analytics:get_alarm_logs("report", { includeTypes = "5" }))
    journal = assert(floor.sandbox:journal())
    assert.equal("includeTypes=1", journal[#journal].query)
    assert.matches("types: the list has holes",
      support.blamed(function() analytics:get_alarm_logs { "report", nil, "asset" } end))
    assert.equal(5, analytics.ALARM_TYPES.asset)
  end)

  it("raise mistakes at the caller's line", function()
    assert.matches('types: one of report, .* got "rapport" %(did you mean "report"%?%)$',
      blamed(function() analytics:get_alarm_logs("rapport") end))
    assert.matches("types: one of", blamed(function() analytics:get_alarm_logs(6) end))
    assert.matches("a table %(filter%) expected",
      blamed(function() analytics:get_alarm_logs("report", 5) end))
    assert.matches('unknown field "topcnt"',
      blamed(function() analytics:get_alarm_logs("report", { topcnt = 1 }) end))
    for _, name in ipairs { "get_measurement_list", "get_step_status_list" } do
      assert.matches('parameter "stepFilters" is missing',
        blamed(function() analytics[name](analytics, { partNumber = "A" }) end))
      assert.matches('parameter "days" is missing',
        blamed(function() analytics[name .. "_by_product"](analytics, {}) end))
      assert.matches("a table of parameters expected, got nil$",
        blamed(function() analytics[name .. "_by_product"](analytics) end))
      assert.matches('"partNumber" does not go together with days',
        blamed(function() analytics[name .. "_simple"](analytics, { partNumber = "A" }) end))
    end
    assert.matches('parameter "partNumber" is missing',
      blamed(function() analytics:get_top_failed_by_product { days = 1 } end))
    assert.matches("a table of parameters expected",
      blamed(function() analytics:get_top_failed_by_product() end))
    assert.matches('unknown field "part" of the filter',
      blamed(function() analytics:get_top_failed_internal { part = 1 } end))
  end)

  it("have the error of the server", function()
    local wrong = { stepFilters = "x", sequenceFilters = "y", days = 1 }
    for _, name in ipairs { "get_measurement_list_by_product", "get_step_status_list_simple" } do
      local list, err = analytics[name](analytics, wrong)
      assert.is_nil(list)
      assert.same({ "invalid", 400 }, { err.kind, err.status })
    end
    wrong.days = nil
    assert.equal("invalid", select(2, analytics:get_measurement_list(wrong)).kind)
    assert.equal("invalid", select(2, analytics:get_step_status_list(wrong)).kind)
    for _, name in ipairs { "get_alarm_logs", "get_top_failed_internal" } do
      assert(floor.sandbox:fault { path = "/api/internal/*", status = 404 })
      assert.equal("not_found", select(2, analytics[name](analytics)).kind)
    end
  end)
end)
