-- client.asset: status and alarm state, of one and of many.

local assets = require("spec.support.assets")
local boxed = require("spec.support.boxed")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("client.asset", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client, probe, meter

  before_each(function()
    client, probe, meter = assets.begin(box)
    assets.add(client, probe, "good", "near", "over")
    assert(client.asset:increment_count("near", 8))
    assert(client.asset:increment_count("over", 10))
  end)

  local function serials(list)
    local names = {}
    for i, asset in ipairs(list) do names[i] = asset.serialNumber end
    return table.concat(names, " ")
  end

  local function answer(body, times)
    assert(box.sandbox:fault { method = "GET", path = "/api/Asset/Status", times = times or 1,
      status = 200, body = body, headers = { ["Content-Type"] = "application/json" } })
  end

  it("has the status of an asset, with numbers and words", function()
    local status = assert(client.asset:get_status("over"))
    assert.same({ 2, 10, 0 }, { status.alarmState, status.runningCount,
      status.runningCountExceeded })
    assert.matches("100 %%", status.message)
    assert(client.asset:get_status("over", { query = { cultureCode = "de-DE" } }))
    local _, err = client.asset:get_status("none")
    assert.equal("not_found", err.kind)
    assert.matches("^asset:get_status: asset: ", blamed(function() client.asset:get_status({}) end))
  end)

  it("knows alarm, warning, and neither", function()
    for which, state in pairs { good = 0, near = 1, over = 2 } do
      assert.equal(state, client.asset:get_alarm_state(which))
      assert.equal(state == 2, client.asset:is_in_alarm(which))
      assert.equal(state == 1, client.asset:is_in_warning(which))
    end
    for _, name in ipairs { "get_alarm_state", "is_in_alarm", "is_in_warning" } do
      local value, err = client.asset[name](client.asset, "none")
      assert.is_nil(value)
      assert.equal("not_found", err.kind)
      assert.matches("^asset:" .. name .. ": asset: ",
        blamed(function() client.asset[name](client.asset) end))
    end
  end)

  it("judges days since calibration and maintenance", function()
    assets.add(client, meter, "M")
    assert.equal(1, client.asset:get_alarm_state("M")) -- nobody knows
    assert(client.asset:record_maintenance("M"))
    for days, state in pairs { [1] = 0, [6] = 1, [11] = 2 } do
      assert(client.asset:record_calibration("M", { date = os.time() - days * 86400 }))
      assert.equal(state, client.asset:get_alarm_state("M"), days .. " days")
    end
    local status = assert(client.asset:get_status("M"))
    assert.equal(1, math.floor(status.calibrationDaysOverdue + 0.5))
  end)

  it("takes the alarm state by other words for it", function()
    for body, state in pairs { ['{"alarmState":2}'] = 2, ['{"alarmState":1.0}'] = 1,
      ['{"alarmState":"Alarm"}'] = 2, ['{"status":1}'] = 1 } do
      answer(body)
      assert.equal(state, client.asset:get_alarm_state("good"), body)
    end
  end)

  it("says neither yes nor no where the status says nothing that it knows", function()
    for _, body in ipairs { "{}", '{"alarmState":4}', '{"alarmState":"?"}', '{"alarmState":{}}' } do
      answer(body)
      local value, err = client.asset:is_in_alarm("good")
      assert.is_nil(value)
      assert.same({ "decode", "GET" }, { err.kind, err.method })
    end
  end)

  it("has the assets by alarm state", function()
    assert.equal("over", serials(assert(client.asset:get_assets_in_alarm())))
    assert.equal("near", serials(assert(client.asset:get_assets_in_warning())))
    assert.equal("good", serials(assert(client.asset:get_assets_by_alarm_state("ok"))))
    assert.equal("near over", serials(assert(client.asset:get_assets_by_alarm_state { 1, 2 })))
    assert.equal("", serials(assert(client.asset:get_assets_in_alarm { query = {
      ["$filter"] = wats.odata.filter { serialNumber = { "good", "near" } } } })))
    assert.matches('^asset:get_assets_by_alarm_state: states: .*did you mean "warning"',
      blamed(function() client.asset:get_assets_by_alarm_state("warnung") end))
    assert.matches("got nil", blamed(function() client.asset:get_assets_by_alarm_state() end))
  end)

  it("looks a bounded number up at once, and tells how far it is", function()
    local serial_numbers = {}
    for i = 1, 20 do serial_numbers[i] = "X-" .. i end
    assets.add(client, probe, table.unpack(serial_numbers))
    local told, before = {}, assets.mark(box)
    local found = assert(client.asset:get_assets_by_alarm_state("ok", { concurrency = 4,
      on_progress = function(done, n) told[#told + 1] = done .. "/" .. n end }))
    assert.equal(21, #found)
    assert.same({ "1/23", "23/23" }, { told[1], told[23] })
    assert.equal(24, #assets.journal(box, before))
  end)

  it("gives no list with a hole in it", function()
    assert(box.sandbox:fault { path = "/api/Asset/Status", status = 500 })
    local list, err = client.asset:get_assets_in_alarm()
    assert.is_nil(list)
    assert.equal("server", err.kind)
    assert(box.sandbox:fault { path = "/api/Asset", status = 503 })
    list, err = client.asset:get_assets_in_alarm()
    assert.is_nil(list)
    assert.equal(503, err.status)
  end)

  it("passes over what was deleted since it was listed", function()
    assert(box.sandbox:fault { path = "/api/Asset/Status", status = 404 })
    local found = assert(client.asset:get_assets_by_alarm_state({ 0, 1, 2 }, { concurrency = 1 }))
    assert.equal("near over", serials(found))
  end)

  it("has the status of many, in order, with errors by index", function()
    local list = { "over", "none", { serial_number = "good" }, "over",
      assert(client.asset:get_asset("near")) }
    local before = assets.mark(box)
    local statuses, errs = client.asset:get_statuses(list)
    assert.equal(4, #assets.journal(box, before)) -- what stands there twice is asked for once
    assert.same({ 5, 5 }, { statuses.n, errs.n })
    assert.same({ 2, 0, 2, 1 }, { statuses[1].alarmState, statuses[3].alarmState,
      statuses[4].alarmState, statuses[5].alarmState })
    assert.is_nil(statuses[2])
    assert.equal("not_found", errs[2].kind)
    assert.not_equal(statuses[1], statuses[4])
    statuses, errs = client.asset:get_statuses({ "good" })
    assert.same({ 1 }, { statuses.n })
    assert.is_nil(errs)
    assert.equal(0, client.asset:get_statuses({}).n)
    assert.matches("^asset:get_statuses: element 2: a serial number, .* got boolean$",
      blamed(function() client.asset:get_statuses { "a", true } end))
  end)

  it("is never answered from the cache", function()
    assert.is_false(client.asset:is_in_alarm("good"))
    local other = support.connect(box)
    assert(other.asset:increment_count("good", 10))
    assert.is_true(client.asset:is_in_alarm("good"))
    assert.equal(10, client.asset:get_asset("good").runningCount)
  end)

  it("follows the reports that name an asset", function()
    local uut = client.report:uut { part_number = "PCBA-100", serial_number = "S", revision = "A",
      process_code = 50, operator = "op" }
    uut:sequence("x"):pass_fail { name = "y", status = "passed" }
    uut:asset("good", 9)
    uut:asset("not known here", 1)
    assert(client.report:submit(uut))
    assert.is_true(client.asset:is_in_warning("good"))
    assert(client.report:submit(uut)) -- sent again it is still one use
    assert.equal(9, client.asset:get_asset("good").totalCount)
  end)
end)
