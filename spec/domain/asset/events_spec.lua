-- client.asset: state, counts, calibration, maintenance, messages; and types.

local assets = require("spec.support.assets")
local boxed = require("spec.support.boxed")
local support = require("spec.support.client")

local blamed = support.blamed

describe("client.asset", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client, probe, meter

  before_each(function()
    client, probe, meter = assets.begin(box)
    assets.add(client, probe, "A", "B", "C")
    assets.add(client, meter, "M")
  end)

  local function is_error(kind, value, err)
    assert.is_nil(value)
    assert.equal(kind, err.kind, tostring(err))
  end

  local function counts(which)
    local asset = assert(client.asset:get_asset(which))
    return { asset.runningCount, asset.totalCount }
  end

  describe("state", function()
    it("is set by name or number, and read", function()
      assert.equal(1, client.asset:get_asset_state("A"))
      assert(client.asset:set_asset_state("A", "in_calibration"))
      assert.equal(4, client.asset:get_asset_state("A"))
      assert.equal("in_calibration", client.asset:state_name(4))
      assert.equal(17, client.asset:state_name(17))
      assert(client.asset:set_asset_state("A", client.asset.STATES.scrapped))
      assert.equal(6, client.asset:get_asset_state("A"))
      assert(client.asset:set_asset_state("A", 0))
      assert.equal(0, client.asset:get_asset_state("A"))
      assert.equal(client.asset.LOG_TYPES.state, client.asset:get_asset_log("A")[1].type)
    end)

    it("of none is not_found, a wrong one raises", function()
      is_error("not_found", client.asset:set_asset_state("none", 1))
      is_error("not_found", client.asset:get_asset_state("none"))
      assert.matches('^asset:set_asset_state: state: one of unknown, in_operation, .*"inoperation"'
        .. ' %(did you mean "in_operation"%?%)$',
        blamed(function() client.asset:set_asset_state("A", "inoperation") end))
      assert.matches("got 7$", blamed(function() client.asset:set_asset_state("A", 7) end))
      assert.matches("got nil$", blamed(function() client.asset:set_asset_state("A") end))
    end)
  end)

  describe("increment_count", function()
    it("adds to both counts", function()
      assert(client.asset:increment_count("A"))
      local status = assert(client.asset:increment_count("A", 4))
      assert.same({ 5, 5 }, { status.runningCount, status.totalCount })
      assert(client.asset:increment_count("A", { total = 7 }))
      assert.same({ 7, 7 }, counts("A"))
      assert(client.asset:increment_count("A", { by = 0, culture = "de-DE" }))
      assert.same({ 7, 7 }, counts("A"))
    end)

    it("counts what is below too, when told", function()
      assert(client.asset:add_child_asset("A", "B"))
      assert(client.asset:add_child_asset("B", "C"))
      assert(client.asset:increment_count("A", { by = 2, children = true }))
      assert.same({ { 2, 2 }, { 2, 2 }, { 2, 2 } }, { counts("A"), counts("B"), counts("C") })
      assert(client.asset:increment_count("A", { by = 1, children = false }))
      assert.same({ 2, 2 }, counts("B"))
    end)

    it("is refused where a count would go down, not_found of none", function()
      assert(client.asset:increment_count("A", 5))
      is_error("invalid", client.asset:increment_count("A", { total = 4 }))
      is_error("not_found", client.asset:increment_count("none"))
      assert.same({ 5, 5 }, counts("A"))
    end)

    it("raises at the caller's line", function()
      assert.matches("count: a whole number or a table expected, got 1.5$",
        blamed(function() client.asset:increment_count("A", 1.5) end))
      assert.matches('option "by" must be at least 0',
        blamed(function() client.asset:increment_count("A", -1) end))
      assert.matches("either by or total expected, got both$",
        blamed(function() client.asset:increment_count("A", { by = 1, total = 1 }) end))
      assert.matches("got neither$",
        blamed(function() client.asset:increment_count("A", { children = true }) end))
      assert.matches('unknown option "childen" %(did you mean "children"',
        blamed(function() client.asset:increment_count("A", { by = 1, childen = true }) end))
      assert.matches("^asset:increment_count: asset: ",
        blamed(function() client.asset:increment_count(nil, 1) end))
    end)
  end)

  it("reset_running_count keeps the total, and its reason", function()
    assert(client.asset:increment_count("A", 5))
    assert(client.asset:reset_running_count("A", "new needles, ø"))
    assert.same({ 0, 5 }, counts("A"))
    local entry = client.asset:get_asset_log("A")[1]
    assert.same({ client.asset.LOG_TYPES.reset_count, "new needles, ø" },
      { entry.type, entry.comment })
    is_error("not_found", client.asset:reset_running_count("none"))
    assert.matches("comment: text expected, got number$",
      blamed(function() client.asset:reset_running_count("A", 5) end))
  end)

  describe("calibration and maintenance", function()
    it("are recorded, now or at an instant, with a comment", function()
      assert(client.asset:record_calibration("M", { date = "2026-01-02T03:04:05+01:00",
        comment = "cert. 17/26" }))
      local asset = assert(client.asset:get_asset("M"))
      assert.equal("2026-01-02T02:04:05Z", asset.lastCalibrationDate)
      assert.equal("2026-01-12T02:04:05Z", asset.nextCalibrationDate)
      assert.same({ client.asset.LOG_TYPES.calibration, "cert. 17/26" },
        { asset.assetLog[1].type, asset.assetLog[1].comment })
      assert(client.asset:record_maintenance("M", { date = 1767225600 }))
      asset = assert(client.asset:get_asset("M"))
      assert.equal("2026-01-01T00:00:00Z", asset.lastMaintenanceDate)
      assert.equal("2026-01-21T00:00:00Z", asset.nextMaintenanceDate)
      assert(client.asset:record_calibration("M"))
      assert.not_equal("2026-01-02T02:04:05Z", client.asset:get_asset("M").lastCalibrationDate)
    end)

    it("begin the running count anew; only calibration does", function()
      assert(client.asset:increment_count("A", 5))
      assert(client.asset:record_maintenance("A"))
      assert.same({ 5, 5 }, counts("A"))
      assert(client.asset:record_calibration("A"))
      assert.same({ 0, 5 }, counts("A"))
    end)

    it("of none are not_found, in times to come refused", function()
      is_error("not_found", client.asset:record_calibration("none"))
      is_error("not_found", client.asset:record_maintenance("none"))
      is_error("invalid", client.asset:record_calibration("M", { date = "2999-01-01T00:00:00Z" }))
    end)

    it("raise at the caller's line", function()
      assert.matches('option "date" must be epoch seconds or ISO 8601',
        blamed(function() client.asset:record_calibration("M", { date = "yesterday" }) end))
      assert.matches("^asset:record_maintenance: unknown option \"coment\".*\"comment\"",
        blamed(function() client.asset:record_maintenance("M", { coment = "x" }) end))
      assert.matches("^asset:record_maintenance: asset: ",
        blamed(function() client.asset:record_maintenance() end))
    end)
  end)

  it("nothing is taken for done that a proxy's page has answered", function()
    assert(box.sandbox:fault { times = 0, status = 200, body = "<html>log in</html>",
      headers = { ["Content-Type"] = "text/html" } })
    for _, name in ipairs { "increment_count", "reset_running_count", "record_calibration",
      "record_maintenance", "delete_asset" } do
      is_error("decode", client.asset[name](client.asset, "A"))
    end
    is_error("decode", client.asset:set_asset_state("A", 1))
    is_error("decode", client.asset:add_log_message("A", "x"))
    is_error("decode", client.asset:upload_file({ id = "1" }, "a", "x"))
    is_error("decode", client.asset:delete_files({ id = "1" }, "a"))
    is_error("decode", client.system:update_client { clientId = 1 })
    is_error("decode", client.system:create_level { "a" })
    assert(box.sandbox:clear_faults())
    assert.same({ 0, 0 }, counts("A"))
  end)

  it("add_log_message writes words of any characters", function()
    for _, text in ipairs(assets.ODD) do
      assert.is_true(client.asset:add_log_message("A", text))
      assert.equal(text, client.asset:get_asset_log("A")[1].comment)
    end
    is_error("not_found", client.asset:add_log_message("none", "x"))
    assert.matches('text: .* got ""$', blamed(function() client.asset:add_log_message("A", "") end))
    assert.matches("got nil$", blamed(function() client.asset:add_log_message("A") end))
  end)

  describe("types", function()
    it("are listed, found by name or id, added and changed", function()
      assert.equal(4, #assert(client.asset:get_asset_types()))
      assert.equal(probe.typeId, assert(client.asset:get_asset_type("Probe")).typeId)
      assert.equal(probe.typeId, assert(client.asset:get_asset_type("pROBE")).typeId)
      assert.equal("Probe", assert(client.asset:get_asset_type(probe.typeId:upper())).typeName)
      is_error("not_found", client.asset:get_asset_type("none"))
      local odd = assert(client.asset:create_asset_type { typeName = "O'Brien's #1" })
      assert.equal(odd.typeId, assert(client.asset:get_asset_type("O'Brien's #1")).typeId)
      odd.runningCountLimit = 7
      assert(client.asset:update_asset_type(odd))
      assert.equal(7, client.asset:get_asset_type("O'Brien's #1").runningCountLimit)
    end)

    it("come from the cache until this client changes one", function()
      client.asset:get_asset_types()
      local before = assets.mark(box)
      client.asset:get_asset_types()
      assert(client.asset:get_asset_type("Probe"))
      assert.equal(before, assets.mark(box))
      assert(client.asset:create_asset_type { typeName = "New" })
      assert(client.asset:get_asset_type("New"))
    end)

    it("are changed again where no answer came, and never added again", function()
      local kind = assert(client.asset:get_asset_type("Probe"))
      local eager = support.connect(box, { retry = { max_attempts = 2, base_delay = 0.001 } })
      local function drop() assert(box.sandbox:fault { method = "PUT", drop = "after" }) end
      drop()
      assert(eager.asset:update_asset_type(kind))
      drop()
      is_error("connection", eager.asset:create_asset_type { typeName = "New" })
    end)

    it("of one name are a conflict, of an unknown id not_found", function()
      is_error("conflict", client.asset:create_asset_type { typeName = "Probe" })
      is_error("not_found", client.asset:update_asset_type { typeName = "X",
        typeId = "00000000-0000-0000-0000-000000000000" })
      is_error("invalid", client.asset:create_asset_type { typeName = "X", icon = 5 })
    end)

    it("raise at the caller's line", function()
      assert.matches("^asset:create_asset_type: typeName: ",
        blamed(function() client.asset:create_asset_type {} end))
      assert.matches("update_asset_type changes", blamed(function()
        client.asset:create_asset_type { typeName = "X", typeId = "x" } end))
      assert.matches("^asset:update_asset_type: typeId: ",
        blamed(function() client.asset:update_asset_type { typeName = "X" } end))
      assert.matches("^asset:get_asset_type: type: ",
        blamed(function() client.asset:get_asset_type() end))
    end)
  end)
end)
