-- client.analytics: statistics, against a sandbox whose figures can be counted by hand.

local core = require("wats.core")
local instant = require("wats.instant")
local json = require("wats.json")
local raw_servers = require("spec.support.raw_server")
local shop_floor = require("spec.support.shop_floor")
local support = require("spec.support.client")

local blamed = support.blamed

describe("client.analytics", function()
  local it, floor = shop_floor.open(it, pending, setup, teardown, before_each)
  local client, analytics

  before_each(function() client, analytics = floor.client, floor.analytics end)

  -- What the body of a filter may be, by its hash: two fields come in either order.
  local function bodies(filter)
    local fields = {}
    for name, value in pairs(filter) do
      fields[#fields + 1] = ("%s:%s"):format(json.encode(name), json.encode(value))
    end
    assert(#fields <= 2)
    local text = table.concat(fields, ",")
    local back = fields[2] and fields[2] .. "," .. fields[1] or text
    return { [core.sha256("{" .. text .. "}")] = true, [core.sha256("{" .. back .. "}")] = true }
  end

  -- Every method that asks by a filter, with one that it takes.
  local PRODUCT = { partNumber = "PCBA-100", testOperation = "PCBA test" }
  local METHODS = {
    get_dynamic_yield = { "/api/App/DynamicYield", { dimensions = "partNumber" }, 1 },
    get_dynamic_repair = { "/api/App/DynamicRepair", { dimensions = "repairCode" }, 2 },
    get_volume_yield = { "/api/App/VolumeYield", {}, 2 },
    get_worst_yield = { "/api/App/WorstYield", { minCount = 6 }, 1 },
    get_high_volume = { "/api/App/HighVolume", { topCount = 1 }, 1 },
    get_worst_yield_by_product_group = { "/api/App/WorstYieldByProductGroup", {}, 1 },
    get_high_volume_by_product_group = { "/api/App/HighVolumeByProductGroup", {}, 1 },
    get_top_failed = { "/api/App/TopFailed", { stationName = "EOL-01" }, 1 },
    get_uut_reports = { "/api/App/UutReport", { status = "Failed" }, 5 },
    get_uur_reports = { "/api/App/UurReport", { serialNumber = "U8" }, 1 },
    get_serial_number_history = { "/api/App/SerialNumberHistory", { serialNumber = "U8" }, 2 },
    get_test_step_analysis = { "/api/App/TestStepAnalysis", PRODUCT, 3 },
    get_measurements = { "/api/App/Measurements", PRODUCT, 11 },
    get_aggregated_measurements = { "/api/App/AggregatedMeasurements", PRODUCT, 1 },
  }

  it("tells of an answer that is no list, for each", function()
    for name, case in pairs(METHODS) do
      assert(floor.sandbox:fault { method = "POST", status = 200,
        headers = { ["Content-Type"] = "application/json" },
        body = '{"Message":"An error has occurred."}' })
      local rows, err = analytics[name](analytics, case[2])
      assert.is_nil(rows, name)
      assert.same({ "decode", "POST" }, { err.kind, err.method })
      assert.matches(case[1] .. "$", err.url)
    end
  end)

  it("asks each by POST with its filter, and gives the rows as they come", function()
    for name, case in pairs(METHODS) do
      local rows = assert(analytics[name](analytics, case[2]))
      assert.equal(case[3], #rows, name)
      local request = floor.last_request()
      assert.same({ "POST", case[1] }, { request.method, request.path })
      assert.is_true(bodies(case[2])[request.body_sha256], name)
    end
  end)

  it("has an empty list where nothing fits, and where the answer is empty", function()
    for name in pairs(METHODS) do
      local none = assert(analytics[name](analytics,
        { partNumber = "O'Brien A/B #1?x ø", testOperation = "none", dateFrom = 0 }))
      assert.same({}, none, name)
      assert.is_true(json.is_array(none))
      assert(floor.sandbox:fault { method = "POST", status = 200 })
      assert.is_true(json.is_array(assert(analytics[name](analytics, PRODUCT))))
    end
  end)

  it("has the error of a server that refuses, and of one that fails", function()
    for name in pairs(METHODS) do
      for status, kind in pairs { [400] = "invalid", [403] = "auth", [404] = "not_found",
        [500] = "server" } do
        assert(floor.sandbox:fault { method = "POST", status = status, body = '"no"',
          headers = { ["Content-Type"] = "application/json" } })
        local rows, err = analytics[name](analytics, PRODUCT)
        assert.is_nil(rows, name)
        assert.same({ kind, "no" }, { err.kind, err.message })
      end
      assert(floor.sandbox:fault { method = "POST", status = 200, body = "<html>log in</html>",
        headers = { ["Content-Type"] = "text/html" } })
      assert.equal("decode", select(2, analytics[name](analytics, PRODUCT)).kind)
    end
  end)

  it("raises for what is no field, and for what is no value of one", function()
    for name in pairs(METHODS) do
      local function ask(filter)
        local given = { partNumber = "A", testOperation = "B" }
        for field, value in pairs(filter) do given[field] = value end
        return blamed(function() analytics[name](analytics, given) end)
      end
      assert.equal(("analytics:%s: unknown field \"part_number\" of the filter (did you mean "
        .. '"partNumber"?)'):format(name), ask { part_number = "A" })
      assert.equal(("analytics:%s: partNumber: a string expected, got table"):format(name),
        ask { partNumber = {} })
    end
    assert.matches("a table %(filter%) expected, got string$",
      blamed(function() analytics:get_volume_yield("PCBA-100") end))
  end)

  it("asks yield by dimensions", function()
    local rows = assert(analytics:get_dynamic_yield {
      dimensions = { "fpy desc", "unitCount", "testOperation" }, dateFrom = os.time() - 7 * 86400,
      dateGrouping = "day" })
    assert.same({ { testOperation = "End of line test", fpy = 80, unitCount = 5 },
      { testOperation = "PCBA test", fpy = 62.5, unitCount = 8 } }, rows)
    assert.equal("integer", math.type(rows[1].unitCount))
  end)

  it("takes the forms by days, which the cache may answer until a report goes out", function()
    local given = { days = 7, productGroupId = "", levelId = { 1, 2 } }
    for _, name in ipairs { "get_volume_yield", "get_worst_yield", "get_high_volume" } do
      assert.equal(2, #assert(analytics[name](analytics, given)))
      local request = floor.last_request()
      assert.same({ "GET", "days=7&levelId=1%3B2&productGroupId=" },
        { request.method, request.query })
      assert(analytics[name](analytics, given))
      assert.equal(request.number, floor.last_request().number)
    end
    assert(client.report:submit(shop_floor.report("U9", 50, os.time(), 5)))
    local rows = assert(analytics:get_volume_yield(given))
    assert.equal(9, rows[1].unitCount)
    assert(floor.sandbox:reset())
    assert(floor.sandbox:seed { reports = shop_floor.reports() })
    assert.equal(8, assert(analytics:get_volume_yield({ days = 7 }))[1].unitCount)
  end)

  it("takes the other forms by GET", function()
    local steps = assert(analytics:get_top_failed { partNumber = "PCBA-100", processCode = 50,
      days = 7, count = 3 })
    assert.same({ "5V", 4 }, { steps[1].stepName, steps[1].failCount })
    assert.equal("GET", floor.last_request().method)
    local reports = assert(analytics:get_uut_reports { stationName = "EOL-01", levelId = "1",
      dateFrom = os.time() - 86400 * 3 })
    assert.equal(5, #reports)
    assert.equal("GET", floor.last_request().method)
    assert.equal(0, #assert(analytics:get_uut_reports { stationName = "O'Brien #1/?ø",
      productGroupId = "1" }))
  end)

  it("does not mix the two forms", function()
    assert.equal('analytics:get_volume_yield: "partNumber" does not go together with days, '
      .. "productGroupId and the like",
      blamed(function() analytics:get_volume_yield { days = 7, partNumber = "A" } end))
    assert.matches('unknown field "day" of the filter %(did you mean "days"%?%)$',
      blamed(function() analytics:get_volume_yield { day = 7 } end))
    assert.matches('parameter "days" must be integer, got string',
      blamed(function() analytics:get_volume_yield { days = "7" } end))
    local uncounted = { days = 7, partNumber = "A", processCode = 1 }
    assert.matches('parameter "count" is missing',
      blamed(function() analytics:get_top_failed(uncounted) end))
  end)

  it("tells the history of a unit by its serial number", function()
    local rows = assert(analytics:get_serial_number_history("U8"))
    assert.same({ 2, "R", "T" }, { #rows, rows[1].reportType, rows[2].reportType })
    assert.same({}, analytics:get_serial_number_history("A/B #1?x ø'"))
    assert.matches('serialNumber: it is ""$',
      blamed(function() analytics:get_serial_number_history("") end))
  end)

  it("analyses the steps of an operation", function()
    local rows = assert(analytics:get_test_step_analysis_for_operation("PCBA-100", "PCBA test"))
    assert.same({ "5V", 8 }, { rows[3].stepName, rows[3].stepCount })
    rows = assert(analytics:get_test_step_analysis_for_operation("PCBA-100", "PCBA test",
      { run = -2, days = 2.5, revision = "A" }))
    assert.equal(11, rows[3].stepCount)
    assert.equal("analytics:get_test_step_analysis: a filter with partNumber and testOperation "
      .. "expected; testOperation is missing",
      blamed(function() analytics:get_test_step_analysis { partNumber = "A" } end))
    assert.matches("partNumber is missing$",
      blamed(function() analytics:get_test_step_analysis() end))
    local name = "get_test_step_analysis_for_operation"
    assert.matches("test_operation: a string",
      blamed(function() analytics[name](analytics, "A") end))
    assert.matches("days: a number above 0 expected, got 0$",
      blamed(function() analytics[name](analytics, "A", "B", { days = 0 }) end))
    assert.matches("run: an integer expected",
      blamed(function() analytics[name](analytics, "A", "B", { run = "1" }) end))
  end)

  it("takes paths of measurements", function()
    local path = analytics:measurement_path({ "Main", "Power", "5V" })
    assert.equal("Main¶Power¶5V", path)
    assert.equal("Main¶M¶¶x", analytics:measurement_path({ "Main", "M" }, "x"))
    local given = { partNumber = "PCBA-100", testOperation = "PCBA test",
      measurementPaths = { path, "Main¶none" } }
    assert.equal(11, #assert(analytics:get_measurements(given)))
    assert.same({ path, "Main¶none" }, given.measurementPaths)
    local figures = assert(analytics:get_aggregated_measurements(given))
    assert.same({ 1, 11, 4.1, 5.6 },
      { #figures, figures[1].count, figures[1].min, figures[1].max })
    assert.equal(16, #assert(analytics:get_measurements()))
    assert.matches("measurementPaths go together with partNumber and testOperation$",
      blamed(function() analytics:get_measurements { measurementPaths = "a" } end))
    assert.matches("a list of names of steps expected, got none$",
      blamed(function() analytics:measurement_path({}) end))
    assert.matches('a list of strings without ";" expected, got "a;b"$',
      blamed(function() analytics:measurement_path({ "a;b" }) end))
  end)

  it("asks for the effectiveness of equipment, which needs the available time", function()
    local given = { availableTime = { 8, 8, 8, 8, 7.5, 0, 0 }, stationName = "EOL-01" }
    local analysis = assert(analytics:get_oee_analysis(given))
    assert.equal(80, analysis.quality)
    assert.equal("availableTime=8%2C8%2C8%2C8%2C7.5%2C0%2C0", floor.last_request().query)
    assert(analytics:get_oee_analysis { availableTime = "24,24,24,24,24,24,24",
      targetOutput = 5 })
    assert.equal("invalid", select(2, analytics:get_oee_analysis { availableTime = "x" }).kind)
    assert.matches('parameter "availableTime" is missing',
      blamed(function() analytics:get_oee_analysis { stationName = "A" } end))
    assert.matches("availableTime: seven numbers of hours expected$",
      blamed(function() analytics:get_oee_analysis { availableTime = { 1, 2 } } end))
    local odd = { availableTime = { 1, 2, 3, 4, 5, 6, "x" } }
    assert.matches("availableTime: seven numbers",
      blamed(function() analytics:get_oee_analysis(odd) end))
  end)

  it("lists related repairs", function()
    local rows = assert(analytics:get_related_repair_history("PCBA-100", "A"))
    assert.same({ 2, "Defect" }, { #rows, rows[1].repairCode })
    assert.same({}, analytics:get_related_repair_history("A/B #1?x", "O'ø"))
    assert.equal(2, #assert(analytics:get_related_repair_history("PCBA-100", "A",
      { testOperationCode = 50, repairOperationCode = "500" })))
    assert.equal(0, #assert(analytics:get_related_repair_history("PCBA-100", "A",
      { testOperationCode = 10 })))
    assert.matches('parameter "revision" is missing',
      blamed(function() analytics:get_related_repair_history("A") end))
    assert.matches('unknown parameter "testCode"',
      blamed(function() analytics:get_related_repair_history("A", "B", { testCode = 1 }) end))
    assert.matches("codes: a table expected",
      blamed(function() analytics:get_related_repair_history("A", "B", 5) end))
    assert(floor.sandbox:fault { method = "GET", status = 404, body = '"none"' })
    assert.equal("not_found",
      select(2, analytics:get_related_repair_history("other", "A")).kind)
  end)

  it("sums up the yield of a product and of a station", function()
    local rows = assert(analytics:get_yield_summary("PCBA-100"))
    assert.equal(2, #rows)
    assert.equal("PCBA-100", rows[1].partNumber)
    assert.equal(0, #assert(analytics:get_yield_summary("PCBA-100", "B", 7)))
    rows = assert(analytics:get_station_yield("EOL-01"))
    assert.same({ 1, "EOL-01", 80 }, { #rows, rows[1].stationName, rows[1].fpy })
    assert.same({}, analytics:get_station_yield("O'Brien #1", 0.5))
    assert.matches("part_number: a string that is not empty",
      blamed(function() analytics:get_yield_summary() end))
    assert.matches("station_name: a string", blamed(function() analytics:get_station_yield("") end))
    assert.matches("days: a number above 0 expected, got string$",
      blamed(function() analytics:get_station_yield("A", "7") end))
  end)

  it("asks for the days that were given, and for more rows than the server's ten", function()
    local server = raw_servers.start [[
      while true do
        if not read() then return end
        send("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]")
      end
    ]]
    local own <close> = support.connect(server)
    local from = os.time() - 7 * 86400
    local function body() return json.decode(server:last().body) end
    local function is_week_ago(text)
      assert.is_true(math.abs(assert(instant.parse(text)) - from) < 60)
    end
    assert(own.analytics:get_yield_summary("A", "B", 7))
    local sent = body()
    is_week_ago(sent.dateFrom)
    assert.same({ "A", "B", 1000 }, { sent.partNumber, sent.revision, sent.topCount })
    assert(own.analytics:get_station_yield("S"))
    sent = body()
    is_week_ago(sent.dateFrom)
    assert.same({ "S", 1000 }, { sent.stationName, sent.topCount })
    assert(own.analytics:get_test_step_analysis_for_operation("A", "T", { days = 7, run = -1 }))
    is_week_ago(body().dateFrom)
    assert(own.analytics:get_test_step_analysis_for_operation("A", "T", { dateFrom = 0 }))
    assert.same({ partNumber = "A", testOperation = "T", dateFrom = "1970-01-01T00:00:00Z" },
      body())
    server:stop()
  end)

  it("hands the options of a request on", function()
    local _, err = analytics:get_volume_yield({}, { timeout = 0.05, route = "r" }), nil
    assert.is_nil(err)
    assert(floor.sandbox:fault { method = "POST", delay_ms = 2000 })
    assert.equal("timeout", select(2, analytics:get_volume_yield({}, { timeout = 0.05 })).kind)
  end)
end)
