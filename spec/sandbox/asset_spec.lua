-- Assets in the sandbox, over the wire: rules, counts, alarms, log, files.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")

describe("sandbox assets", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)
  local kind

  local function send(method, path, record)
    local response = box:request(method, path, { json = record,
      headers = { ["Content-Type"] = record and "application/json" } })
    return response.status, response.body ~= "" and cjson.decode(response.body) or nil
  end

  local function add(serial_number, more)
    local record = { serialNumber = serial_number, typeId = kind.typeId }
    for name, value in pairs(more or {}) do record[name] = value end
    local status, asset = send("PUT", "/api/Asset", record)
    assert.equal(200, status)
    return asset
  end

  before_each(function()
    local _
    _, kind = send("PUT", "/api/Asset/Types", { typeName = "Probe", runningCountLimit = 10,
      totalCountLimit = 20, warningThreshold = 50, alarmThreshold = 90 })
  end)

  it("are read by id, else by serial number, with what is around them", function()
    local a = add("2")
    add("S", { parentAssetId = a.assetId })
    assert.equal("2", box:get_json("/api/Asset/1").serialNumber)
    assert.equal("S", box:get_json("/api/Asset/2").serialNumber)
    local whole = box:get_json("/api/asset/1")
    assert.same({ "S", "2", "Probe", 1 }, { whole.assetChildren[1].serialNumber,
      whole.assetChildren[1].parentSerialNumber, whole.assetType.typeName, whole.assetLog[1].type })
    assert.equal(404, box:get("/api/Asset/none").status)
  end)

  it("are refused with the field that is wrong", function()
    for field, record in pairs {
      serialNumber = { typeId = kind.typeId },
      typeId = { serialNumber = "A", typeId = "00000000-0000-0000-0000-000000000000" },
      state = { serialNumber = "A", typeId = kind.typeId, state = 7 },
      parentAssetId = { serialNumber = "A", typeId = kind.typeId, parentAssetId = "4711" },
      ClientId = { serialNumber = "A", typeId = kind.typeId, ClientId = "x" },
    } do
      local status, answer = send("PUT", "/api/Asset", record)
      assert.equal(400, status, field)
      assert.is_table(answer.ModelState[field], field)
    end
    assert.equal(0, #box:get_json("/api/Asset"))
  end)

  it("keep their counts and dates, whatever a PUT says of them", function()
    local asset = add("A", { totalCount = 5, runningCount = 5 })
    assert.same({ 0, 0 }, { asset.totalCount, asset.runningCount })
    asset.lastCalibrationDate = "2020-01-01T00:00:00Z"
    local _, same = send("PUT", "/api/Asset", asset)
    assert.equal(cjson.null, same.lastCalibrationDate)
  end)

  it("must be named where something is done to them", function()
    for request, method in pairs { Status = "GET", SubAssets = "GET", Count = "PUT",
      ResetRunningCount = "POST", Calibration = "POST", Maintenance = "POST" } do
      local extra = request == "Count" and "incrementBy=1" or ""
      assert.equal(400, (send(method, "/api/Asset/" .. request .. "?" .. extra)), request)
      assert.equal(404, (send(method, "/api/Asset/" .. request .. "?id=4711&" .. extra)), request)
    end
  end)

  it("pass from ok over warning to alarm", function()
    add("A")
    local seen = {}
    for count = 1, 10 do
      local _, status = send("PUT", "/api/Asset/Count?serialNumber=A&incrementBy=1")
      seen[count] = status.alarmState
    end
    assert.same({ 0, 0, 0, 0, 1, 1, 1, 1, 2, 2 }, seen)
    assert.equal(200, (send("POST", "/api/Asset/ResetRunningCount?serialNumber=A&comment=new")))
    local status = box:get_json("/api/Asset/Status?serialNumber=A")
    assert.same({ 1, 0, 10 }, { status.alarmState, status.runningCount, status.totalCount })
    send("PUT", "/api/Asset/Count?serialNumber=A&totalCount=25")
    status = box:get_json("/api/Asset/Status?serialNumber=A")
    assert.same({ 2, 5, 5 }, { status.alarmState, status.runningCountExceeded,
      status.totalCountExceeded })
  end)

  it("count in one way at a time, and never down", function()
    add("A")
    for _, query in ipairs { "", "&incrementBy=1&totalCount=1", "&incrementBy=-1",
      "&totalCount=-1" } do
      assert.equal(400, (send("PUT", "/api/Asset/Count?serialNumber=A" .. query)), query)
    end
  end)

  it("leave a record of each event, newest first", function()
    add("A")
    send("PUT", "/api/Asset/State?state=5&serialNumber=A")
    send("PUT", "/api/Asset/State?state=5&serialNumber=A") -- nothing new
    send("POST", "/api/Asset/Calibration?serialNumber=A&comment=c")
    send("POST", "/api/Asset/Maintenance?serialNumber=A")
    send("POST", "/api/Asset/ResetRunningCount?serialNumber=A")
    send("POST", "/api/Asset/Message?serialNumber=A", { content = "m" })
    local kinds = {}
    for i, entry in ipairs(box:get_json("/api/Asset/Log?$filter=assetId%20eq%20'1'")) do
      kinds[i] = entry.type
    end
    assert.same({ 0, 3, 5, 4, 6, 1 }, kinds)
    assert.equal(1, #box:get_json("/api/Asset/Log"
      .. sandboxes.query { "$filter", "type eq 4 and comment eq 'c'" }))
    assert.equal(400, (send("POST", "/api/Asset/Message?serialNumber=A", {})))
  end)

  it("have dates that lists filter and sort by", function()
    add("A")
    add("B")
    send("POST", "/api/Asset/Calibration?serialNumber=B&dateTime=2020-01-01T00:00:00Z")
    local list = box:get_json("/api/Asset" .. sandboxes.query {
      "$filter", "lastCalibrationDate lt 2021-01-01T00:00:00Z", "$orderby", "firstSeenDate desc" })
    assert.same({ 1, "B" }, { #list, list[1].serialNumber })
    assert.equal(400, box:get("/api/Asset?$filter=nothing%20eq%201").status)
  end)

  it("are counted by reports that name them, once each", function()
    add("A")
    local report = sandboxes.report { assets = { { assetSN = "A", usageCount = 3 },
      { assetSN = "none" } } }
    assert.equal(200, (send("POST", "/api/Report/WSJF", report)))
    assert.equal(200, (send("POST", "/api/Report/WSJF", report)))
    assert.equal(200, (send("POST", "/api/Report/WSJF",
      sandboxes.report { assets = { { assetSN = "A" } } })))
    assert.equal(4, box:get_json("/api/Asset/A").runningCount)
  end)

  it("have files, for the pages of the server alone", function()
    add("A")
    local path = "/api/internal/Blob/Asset?assetId=1&filename=a"
    local function blob(method, at, body, kind_of_body)
      return box:request(method, at, { body = body, headers = { Referer = "http://x",
        ["Content-Type"] = kind_of_body } })
    end
    assert.equal(400, box:request("POST", path, { body = "1", headers = { Referer = false } })
      .status)
    assert.equal(200, blob("POST", path, "1").status)
    assert.equal("1", blob("GET", path).body)
    assert.equal('["a"]', blob("GET", "/api/internal/Blob/Asset/List/1").body)
    assert.equal(404, blob("GET", "/api/internal/Blob/Asset/List/2").status)
    assert.equal(400, blob("DELETE", "/api/internal/Blob/Assets?assetId=1", "[5]",
      "application/json").status)
    assert.equal(200, blob("DELETE", "/api/internal/Blob/Assets?assetId=1", '["a"]',
      "application/json").status)
    assert.equal("[]", blob("GET", "/api/internal/Blob/Asset/List/1").body)
  end)
end)

describe("the alarm of an asset", function()
  local alarm = require("wats.sandbox.asset_alarm")
  local time = require("wats.sandbox.time")

  local NOW = time.parse("2026-01-31T00:00:00Z")

  local function state(kind, asset)
    asset.runningCount, asset.totalCount = asset.runningCount or 0, asset.totalCount or 0
    local status = alarm.of(asset, kind, NOW)
    return status.alarmState, status
  end

  it("follows from the worst of its shares", function()
    local kind = { runningCountLimit = 10, totalCountLimit = 100, warningThreshold = 80 }
    assert.equal(0, (state(kind, { runningCount = 7, totalCount = 79 })))
    assert.equal(1, (state(kind, { runningCount = 8 })))
    assert.equal(2, (state(kind, { runningCount = 8, totalCount = 100 })))
    assert.equal(0, (state({}, { runningCount = 1e6 })))
    assert.equal(0, (state({ runningCountLimit = 10 }, { runningCount = 9 })))
    assert.equal(2, (state({ runningCountLimit = 10, alarmThreshold = 50 }, { runningCount = 5 })))
  end)

  it("counts days since calibration and maintenance, and says when nobody knows", function()
    local kind = { calibrationInterval = 10, maintenanceInterval = 100, warningThreshold = 90 }
    local fresh = "2026-01-30T00:00:00Z"
    assert.equal(1, (state(kind, { lastCalibrationDate = fresh })))
    local number, status = state(kind, { lastMaintenanceDate = fresh,
      lastCalibrationDate = "2026-01-11T00:00:00Z" })
    assert.same({ 2, 20, 10, 1, 0 }, { number, status.daysSinceCalibration,
      status.calibrationDaysOverdue, status.daysSinceMaintenance, status.maintenanceDaysOverdue })
    number, status = state(kind, { lastMaintenanceDate = fresh, lastCalibrationDate = fresh })
    assert.same({ 0, "OK", false }, { number, status.message,
      status.isDaysSinceCalibrationUnknown })
  end)
end)
