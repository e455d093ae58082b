-- The sandbox's statistics, over the wire: figures that can be counted by hand.

local cjson = require("cjson")
local needs = require("spec.support.needs")
local sandboxes = require("spec.support.sandbox")
local shop_floor = require("spec.support.shop_floor")

describe("the sandbox's statistics", function()
  local box

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function()
    box = sandboxes.start()
    assert(box.sandbox:seed { reports = shop_floor.reports() })
  end)
  teardown(function() box:stop() end)

  local function ask(path, filter)
    local reply = assert(box:request("POST", path, { json = filter or {},
      headers = { ["Content-Type"] = "application/json", Referer = "http://x" },
      body = filter and nil or "{}" }))
    return reply.status, reply.status == 200 and cjson.decode(reply.body) or reply.body
  end

  local function rows(path, filter)
    local status, value = ask(path, filter)
    assert.equal(200, status, value)
    return value
  end

  it("count units, not runs, and who passed in which", function()
    local list = rows("/api/App/DynamicYield", { dimensions = "testOperation desc" })
    assert.equal(2, #list)
    local pcba = list[1]
    assert.equal("PCBA test", pcba.testOperation)
    assert.same({ 8, 5, 6, 7, 7 },
      { pcba.unitCount, pcba.fpCount, pcba.spCount, pcba.tpCount, pcba.lpCount })
    assert.same({ 62.5, 75, 87.5, 87.5 }, { pcba.fpy, pcba.spy, pcba.tpy, pcba.lpy })
    assert.same({ 11, 7, 3, 3, 375000 }, { pcba.testReportCount, pcba.testYieldCount,
      pcba.retestCount, pcba.fpFailCount, pcba.ppmFpy })
    assert.same({ 5, 80 }, { list[2].unitCount, list[2].fpy })
  end)

  it("give only the figures asked for, in the order asked for", function()
    local list = rows("/api/App/DynamicYield",
      { dimensions = "fpy;stationName;unitCount", topCount = 1 })
    assert.same({ { stationName = "ICT-01", fpy = 62.5, unitCount = 8 } }, list)
    list = rows("/api/App/DynamicYield?dimensions=unitCount%20desc;period", { dateGrouping = 0 })
    assert.matches("^20%d%d$", list[1].period)
    assert.is_nil(list[1].fpy)
  end)

  it("sort yield by volume and by yield", function()
    assert.equal("PCBA test", rows("/api/App/VolumeYield")[1].testOperation)
    assert.equal("PCBA test", rows("/api/App/HighVolume")[1].testOperation)
    assert.equal("PCBA test", rows("/api/App/WorstYield")[1].testOperation)
    assert.equal(1, #rows("/api/App/WorstYield", { minCount = 6 }))
    assert.equal(1, #rows("/api/App/WorstYield", { yield = 70 }))
    local groups = rows("/api/App/WorstYieldByProductGroup")
    assert.same({ 1, "PCBA", 13 }, { #groups, groups[1].productGroup, groups[1].unitCount })
    assert.equal("PCBA", rows("/api/App/HighVolumeByProductGroup")[1].productGroup)
  end)

  it("leave out what the filter leaves out", function()
    for name, value in pairs { serialNumber = "U1", stationName = "EOL-01", status = "Failed",
      partNumber = "none", testOperation = "PCBA test", batchNumber = "B-1", level = "Oslo",
      productGroup = "PCBA;x", revision = "B" } do
      local expected = ({ serialNumber = 2, stationName = 5, status = 5, partNumber = 0,
        testOperation = 11, batchNumber = 16, level = 16, productGroup = 16, revision = 0 })[name]
      assert.equal(expected, #rows("/api/App/UutReport", { [name] = value }), name)
    end
    assert.equal(3, #rows("/api/App/UutReport", { topCount = 3 }))
    local newest = rows("/api/App/UutReport")[1]
    assert.same({ "U5", "Failed" }, { newest.serialNumber, newest.result })
    assert.equal(0, #rows("/api/App/UutReport", { dateTo = "2020-01-01T00:00:00Z" }))
    assert.equal(16, #rows("/api/App/UutReport", { periodCount = 3, dateGrouping = 4 }))
    assert.equal(1, #rows("/api/App/UurReport"))
    assert.equal(2, #rows("/api/App/SerialNumberHistory", { serialNumber = "U8" }))
  end)

  it("find the steps that failed, not the sequences around them", function()
    local list = rows("/api/App/TopFailed")
    assert.equal(1, #list)
    assert.same({ "5V", "Main¶Power¶5V", 5, 16, 31.25 }, { list[1].stepName, list[1].stepPath,
      list[1].failCount, list[1].totalCount, list[1].failRate })
  end)

  it("list measurements and figures over them", function()
    local path = sandboxes.encode("Main¶Power¶5V")
    local filter = { partNumber = "PCBA-100", testOperation = "End of line test" }
    local list = rows("/api/App/Measurements?measurementPaths=" .. path, filter)
    assert.same({ 5, 5.3, "V", "Failed" },
      { #list, list[1].value, list[1].unit, list[1].status })
    local figures = rows("/api/App/AggregatedMeasurements?measurementPaths=" .. path, filter)[1]
    assert.same({ 5, 4.9, 5.3 }, { figures.count, figures.min, figures.max })
    assert.is_true(math.abs(figures.avg - 4.98) < 1e-9)
    assert.is_true(figures.cpk < figures.cp)
    assert.equal(16, #rows("/api/App/Measurements"))
    assert.equal(400, (ask("/api/App/Measurements", { partNumber = "PCBA-100" })))
  end)

  it("analyse steps of one run", function()
    local filter = { partNumber = "PCBA-100", testOperation = "PCBA test" }
    local function of_run(run)
      filter.run = run
      for _, row in ipairs(rows("/api/App/TestStepAnalysis", filter)) do
        if row.stepName == "5V" then
          return { row.stepCount, row.stepPassedCount, row.stepFailedCount, row.measureCount }
        end
      end
    end
    assert.same({ 8, 5, 3, 8 }, of_run(nil))
    assert.same({ 2, 1, 1, 2 }, of_run(2))
    assert.same({ 8, 7, 1, 8 }, of_run(-1))
    assert.same({ 11, 7, 4, 11 }, of_run(-2))
    assert.equal(400, (ask("/api/App/TestStepAnalysis", { partNumber = "PCBA-100" })))
  end)

  it("count repairs", function()
    local list = rows("/api/App/DynamicRepair", { dimensions = "repairCount desc;repairCode" })
    assert.same({ { repairCode = "Defect", repairCount = 1 },
      { repairCode = "Solder", repairCount = 1 } }, list)
    list = rows("/api/App/DynamicRepair")
    assert.same({ 1, 2, "Repair" },
      { list[1].repairReportCount, list[1].repairCount, list[1].repairOperation })
    local history = box:get_json("/api/App/RelatedRepairHistory?partNumber=PCBA-100&revision=A")
    assert.same({ 2, "U8", "5V" }, { #history, history[1].serialNumber, history[1].failStepName })
    assert.equal(0, #box:get_json(
      "/api/App/RelatedRepairHistory?partNumber=PCBA-100&revision=A&testOperationCode=10"))
  end)

  it("answer the forms by days and groups", function()
    assert.equal(2, #box:get_json("/api/App/VolumeYield?days=7&productGroupId=&levelId=1"))
    assert.equal(0, #box:get_json("/api/App/VolumeYield?days=7&productGroupId=1&levelId="))
    assert.equal(1, #box:get_json("/api/App/TopFailed?partNumber=PCBA-100&processCode=50"
      .. "&productGroupId=&levelId=&days=7&count=5"))
    assert.equal(5, #box:get_json("/api/App/UutReport?stationName=EOL-01&levelId=1"))
  end)

  it("draw the flow of units", function()
    local drawn = rows("/api/internal/UnitFlow")
    assert.equal(2, #drawn.nodes)
    local pcba, last = drawn.nodes[1], drawn.nodes[2]
    assert.same({ "PCBA test", 50, 8, 7, 1, 87.5 }, { pcba.name, pcba.processCode, pcba.unitCount,
      pcba.passCount, pcba.failCount, pcba.yieldPercent })
    assert.same({ 5, 80 }, { last.unitCount, last.yieldPercent })
    assert.same({ 1, pcba.id, last.id, 5 }, { #drawn.links, drawn.links[1].source,
      drawn.links[1].target, drawn.links[1].unitCount })
    assert.equal(13, #drawn.units)
    local split = rows("/api/internal/UnitFlow/SplitBy", { dimensions = "stationName" })
    assert.equal("PCBA test / ICT-01", split.nodes[1].name)
    assert.equal(400, (ask("/api/internal/UnitFlow/SplitBy")))
    local ids = rows("/api/internal/UnitFlow/SN", { 1, 99 })
    assert.same({ { unitId = 1, serialNumber = "U1", partNumber = "PCBA-100" } }, ids)
  end)

  it("refuse a filter that makes no sense", function()
    for name, value in pairs { partNumber = 5, topCount = "many", dateFrom = "yesterday",
      dateGrouping = 9, includeCurrentPeriod = 1 } do
      local status, body = ask("/api/App/VolumeYield", { [name] = value })
      assert.equal(400, status, name)
      assert.matches("filter." .. name, body)
    end
    assert.equal(400, (ask("/api/App/VolumeYield", { "a list" })))
    assert.equal(400, (ask("/api/App/OeeAnalysis?availableTime=24")))
    assert.equal(80, rows("/api/App/OeeAnalysis?availableTime=8,8,8,8,8,0,0",
      { stationName = "EOL-01" }).quality)
  end)

  it("log an alarm for each report that failed", function()
    local path = "/api/internal/Trigger/GetAlarmAndNotificationLogs"
    assert.equal(5, #rows(path))
    assert.equal(0, #rows(path .. "?includeTypes=2;3"))
    assert.equal(2, #rows(path .. "?includeTypes=1", { topCount = 2 }))
  end)
end)
