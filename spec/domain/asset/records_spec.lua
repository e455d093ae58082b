-- client.asset: finding, creating, changing and deleting assets; children and log.

local assets = require("spec.support.assets")
local boxed = require("spec.support.boxed")
local json = require("wats.json")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("client.asset", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client, probe
  before_each(function() client, probe = assets.begin(box) end)

  local function add(...)
    return assets.add(client, probe, ...)
  end

  local function is_error(kind, value, err)
    assert.is_nil(value)
    assert.equal(kind, err.kind, tostring(err))
    return err
  end

  describe("get_asset", function()
    it("finds by serial number, by id, and by a record", function()
      local fixture = add("FX-1")
      for _, which in ipairs { "FX-1", fixture.assetId, { id = fixture.assetId },
        { serial_number = "FX-1" }, fixture, { serialNumber = "FX-1" } } do
        local found = assert(client.asset:get_asset(which))
        assert.same({ "FX-1", "Probe" }, { found.serialNumber, found.assetType.typeName })
      end
      assert.equal("FX-1", assert(client.asset:get_asset_by_serial("FX-1")).serialNumber)
    end)

    it("has not_found for what is not there", function()
      is_error("not_found", client.asset:get_asset("none"))
      is_error("not_found", client.asset:get_asset { id = "4711" })
      is_error("not_found", client.asset:get_asset { serial_number = "4711" })
      is_error("not_found", client.asset:get_asset_by_serial("none"))
    end)

    it("finds serial numbers of any characters", function()
      for _, name in ipairs(assets.ODD) do
        add(name)
        assert.equal(name, assert(client.asset:get_asset(name)).serialNumber)
        assert.equal(name, assert(client.asset:get_asset_by_serial(name)).serialNumber)
        assert.equal(name, assert(client.asset:get_status(name)).serialNumber)
        assert.equal(1, #assert(client.asset:get_asset_log(name)))
        assert.is_true(client.asset:delete_asset { serial_number = name })
      end
    end)

    it("raises at the caller's line for what names none", function()
      local expected = "^asset:get_asset: asset: a serial number, "
      assert.matches(expected .. ".* got nil$", blamed(function() client.asset:get_asset() end))
      assert.matches('got ""$', blamed(function() client.asset:get_asset("") end))
      assert.matches("got number$", blamed(function() client.asset:get_asset(1.5) end))
      assert.matches("got boolean$", blamed(function() client.asset:get_asset(true) end))
      assert.matches("got a table that names none$",
        blamed(function() client.asset:get_asset {} end))
      assert.matches('with "serialnumber" %(did you mean "serial_?[nN]umber"%?%)$',
        blamed(function() client.asset:get_asset { serialnumber = "A" } end))
      assert.matches("both id and serial_number$",
        blamed(function() client.asset:get_asset { id = "1", serial_number = "A" } end))
      assert.matches("^asset:get_asset_by_serial: serial_number: text expected, got table$",
        blamed(function() client.asset:get_asset_by_serial { id = "1" } end))
      assert.matches("^asset:get_asset_by_serial: serial_number: .* got nil$",
        blamed(function() client.asset:get_asset_by_serial() end))
    end)
  end)

  describe("get_assets", function()
    it("queries by OData", function()
      add("A", "B", "O'Brien")
      assert.equal(3, #assert(client.asset:get_assets()))
      local list = assert(client.asset:get_assets { query = {
        ["$filter"] = wats.odata.filter { serialNumber = "O'Brien" } } })
      assert.same({ 1, "asset O'Brien" }, { #list, list[1].assetName })
      list = assert(client.asset:get_assets { query = { ["$top"] = 1, ["$skip"] = 1,
        ["$orderby"] = "serialNumber desc", ["$select"] = "serialNumber" } })
      assert.same({ { serialNumber = "B" } }, list)
      list = assert(client.asset:get_assets { query = { ["$filter"] = wats.odata.filter {
        typeId = wats.odata.guid(probe.typeId) } } })
      assert.equal(3, #list)
      local none = assert(client.asset:get_assets { query = { ["$filter"] = "state eq 6" } })
      assert.equal("[]", json.encode(none))
      is_error("invalid", client.asset:get_assets { query = { ["$filter"] = "((" } })
    end)

    it("by state takes names, numbers and lists, beside a filter", function()
      add("A", "B", "C")
      assert(client.asset:set_asset_state("B", "in_storage"))
      assert(client.asset:set_asset_state("C", 6))
      local function serials(states, opts)
        local list = {}
        for i, asset in ipairs(assert(client.asset:get_assets_by_state(states, opts))) do
          list[i] = asset.serialNumber
        end
        return table.concat(list, " ")
      end
      assert.equal("B", serials("in_storage"))
      assert.equal("A", serials(1))
      assert.equal("B C", serials { "in_storage", 6 })
      assert.equal("C", serials({ 5, 6 }, { query = { ["$filter"] = "serialNumber ne 'B'" } }))
      assert.matches('^asset:get_assets_by_state: states: .*did you mean "in_storage"',
        blamed(function() client.asset:get_assets_by_state("in_storrage") end))
      assert.matches("at least one",
        blamed(function() client.asset:get_assets_by_state {} end))
    end)
  end)

  describe("assets", function()
    it("iterates over all, in pages, while some come and go", function()
      for i = 1, 25 do add(("S-%02d"):format(i)) end
      local seen, count, before = {}, 0, assets.mark(box)
      for asset in client.asset:assets { query = { ["$top"] = 10 } } do
        assert.is_nil(seen[asset.serialNumber])
        seen[asset.serialNumber], count = true, count + 1
        if count == 5 then assert(client.asset:delete_asset("S-01")) end
      end
      assert.equal(25, count)
      local lists = 0
      for _, line in ipairs(assets.journal(box, before)) do
        if line == "GET /api/Asset" then lists = lists + 1 end
      end
      assert.equal(3, lists)
    end)

    it("keeps the caller's filter and selection", function()
      add("A", "B", "C")
      local found = {}
      for asset in client.asset:assets { query = { ["$top"] = 1,
        ["$filter"] = "serialNumber eq 'A' or serialNumber eq 'C'", ["$select"] = "serialNumber" },
      } do found[#found + 1] = asset.serialNumber end
      assert.same({ "A", "C" }, found)
    end)

    it("raises the error object of a page that fails", function()
      add("A")
      assert(box.sandbox:fault { path = "/api/Asset", status = 503 })
      local ok, err = pcall(function() for _ in client.asset:assets() do end end)
      assert.is_false(ok)
      assert.equal("server", err.kind)
    end)

    it("does not go round in circles where the server ignores the query", function()
      assert(box.sandbox:fault { path = "/api/Asset", times = 0, status = 200,
        body = '[{"assetId":"1"}]', headers = { ["Content-Type"] = "application/json" } })
      local ok, err = pcall(function()
        for _ in client.asset:assets { query = { ["$top"] = 1 } } do end
      end)
      assert.is_false(ok)
      assert.equal("decode", err.kind)
    end)

    it("raises at the caller's line for an order of his own", function()
      assert.matches("^asset:assets: query: $orderby is the iterator's own",
        blamed(function() client.asset:assets { query = { ["$orderby"] = "state" } } end))
      assert.matches("^asset:assets: ", blamed(function() client.asset:assets("x") end))
    end)

    it("raises at the caller's line for pages of no size, which never end", function()
      for _, size in ipairs { 0, -1, 2.5, "ten", false } do
        local opts = { query = { ["$top"] = size or {} } }
        assert.matches("^asset:assets: query: $top, the size of a page, must be",
          blamed(function() client.asset:assets(opts) end))
        assert.matches("^asset:get_assets_in_alarm: query: $top",
          blamed(function() client.asset:get_assets_in_alarm(opts) end))
      end
      assert.matches("^asset:assets: query: $select: a string expected, got table",
        blamed(function() client.asset:assets { query = { ["$select"] = {} } } end))
    end)
  end)

  it("raises at the caller's line for options that are none", function()
    for _, opts in ipairs { 5, true, "x", { query = 5 } } do
      assert.matches("table expected, got",
        blamed(function() client.asset:get_assets_by_state(1, opts) end))
      assert.matches("table expected, got",
        blamed(function() client.asset:get_asset_log("A", opts) end))
    end
  end)

  it("raises at the caller's line for a sink, where it looks at the answer itself", function()
    add("A")
    local opts = { sink = function() end }
    for name, call in pairs {
      assets = function(asset) asset:assets(opts) end,
      create_asset = function(asset)
        asset:create_asset({ serialNumber = "B", typeId = "x" }, opts)
      end,
      add_child_asset = function(asset) asset:add_child_asset("A", "A", opts) end,
      get_asset_type = function(asset) asset:get_asset_type("x", opts) end,
      get_asset_state = function(asset) asset:get_asset_state("A", opts) end,
      get_alarm_state = function(asset) asset:get_alarm_state("A", opts) end,
      is_in_alarm = function(asset) asset:is_in_alarm("A", opts) end,
      get_assets_in_warning = function(asset) asset:get_assets_in_warning(opts) end,
    } do
      local ok, message = pcall(call, client.asset)
      assert.is_false(ok)
      assert.matches("records_spec.lua:%d+: asset:" .. name .. ": sink: ", message)
    end
    assert.is_true(client.asset:get_asset("A", opts))
  end)

  describe("create_asset", function()
    it("adds one and returns it as the server has it", function()
      local given = { serialNumber = "N-1", typeId = probe.typeId, tags = { { key = "a",
        value = "<b>" } }, location = "Oslo" }
      local asset = assert(client.asset:create_asset(given))
      assert.is_string(asset.assetId)
      assert.same({ 0, 0, 1, "Oslo", "<b>" }, { asset.totalCount, asset.runningCount, asset.state,
        asset.location, asset.tags[1].value })
      assert.is_nil(given.assetId)
      assert.equal("Oslo", assert(client.asset:get_asset("N-1")).location)
    end)

    it("is refused by rule: an unknown type, a parent that is not there", function()
      local err = is_error("invalid", client.asset:create_asset { serialNumber = "N",
        typeId = "00000000-0000-0000-0000-000000000000" })
      assert.matches("typeId", err.message)
      err = is_error("invalid", client.asset:create_asset { serialNumber = "N",
        typeId = probe.typeId, parentSerialNumber = "none" })
      assert.matches("parentSerialNumber", err.message)
      is_error("not_found", client.asset:get_asset("N"))
    end)

    it("shows the new one where its absence was asked for", function()
      is_error("not_found", client.asset:get_asset("N-2"))
      assert.equal(0, #client.asset:get_assets())
      add("N-2")
      assert(client.asset:get_asset("N-2"))
      assert.equal(1, #client.asset:get_assets())
    end)

    it("raises at the caller's line for what is no new asset", function()
      assert.equal("asset:create_asset: asset: a table expected, got nil",
        blamed(function() client.asset:create_asset() end))
      assert.equal("asset:create_asset: serialNumber: a string that is not empty expected, got nil",
        blamed(function() client.asset:create_asset { typeId = probe.typeId } end))
      assert.matches('^asset:create_asset: typeId: .* got ""$',
        blamed(function() client.asset:create_asset { serialNumber = "A", typeId = "" } end))
      assert.matches("update_asset changes one", blamed(function() client.asset:create_asset {
        serialNumber = "A", typeId = probe.typeId, assetId = "1" } end))
    end)
  end)

  describe("update_asset", function()
    it("changes one, tells so in the log, and leaves counts alone", function()
      local asset = add("A")
      assert(client.asset:increment_count("A", 3))
      asset.location, asset.totalCount = "Bergen", 99
      local updated = assert(client.asset:update_asset(asset))
      assert.same({ "Bergen", 3 }, { updated.location, updated.totalCount })
      local log = assert(client.asset:get_asset_log("A"))
      assert.same({ client.asset.LOG_TYPES.update, "location", "Bergen" },
        { log[1].type, log[1].property, log[1].value })
    end)

    it("without an id changes or adds the one of that serial number", function()
      add("A")
      local asset = assert(client.asset:update_asset { serialNumber = "A", typeId = probe.typeId,
        description = "known" })
      assert.equal("asset A", asset.assetName)
      assert(client.asset:update_asset { serialNumber = "B", typeId = probe.typeId })
      assert.equal(2, #client.asset:get_assets())
    end)

    it("has not_found for an id, conflict for another's serial number", function()
      local a = add("A", "B")
      is_error("not_found", client.asset:update_asset { assetId = "4711", serialNumber = "X",
        typeId = probe.typeId })
      a.serialNumber = "B"
      is_error("conflict", client.asset:update_asset(a))
    end)

    it("raises at the caller's line for what is no asset", function()
      assert.matches("^asset:update_asset: typeId: ",
        blamed(function() client.asset:update_asset { serialNumber = "A" } end))
      assert.matches("^asset:update_asset: asset: a table",
        blamed(function() client.asset:update_asset("A") end))
    end)
  end)

  describe("delete_asset", function()
    it("takes it away with its log; children get its parent", function()
      add("top", "middle", "low")
      assert(client.asset:add_child_asset("top", "middle"))
      assert(client.asset:add_child_asset("middle", "low"))
      assert.is_true(client.asset:delete_asset("middle"))
      is_error("not_found", client.asset:get_asset("middle"))
      assert.equal("top", assert(client.asset:get_asset("low")).parentSerialNumber)
      assert.same({}, client.asset:get_asset_log("middle"))
      is_error("not_found", client.asset:delete_asset("middle"))
      assert.matches("^asset:delete_asset: asset: ",
        blamed(function() client.asset:delete_asset() end))
    end)
  end)

  describe("children", function()
    it("are put under a parent, and listed to a depth", function()
      add("top", "a", "b", "a1")
      local child = assert(client.asset:add_child_asset("top", "a"))
      assert.same({ "top", "asset a" }, { child.parentSerialNumber, child.assetName })
      assert(client.asset:add_child_asset({ serial_number = "top" }, "b"))
      assert(client.asset:add_child_asset(child, "a1"))
      local function below(which, level)
        local list = {}
        for i, asset in ipairs(assert(client.asset:get_child_assets(which, level))) do
          list[i] = asset.serialNumber
        end
        return table.concat(list, " ")
      end
      assert.equal("a b a1", below("top"))
      assert.equal("a b", below("top", 1))
      assert.equal("a b a1", below("top", 0))
      assert.equal("", below("b"))
      assert.equal("[]", json.encode(client.asset:get_child_assets("b")))
      assert.equal(2, #assert(client.asset:get_asset("top")).assetChildren)
    end)

    it("are refused in a circle, and where one of the two is not there", function()
      add("a", "b")
      assert(client.asset:add_child_asset("a", "b"))
      is_error("invalid", client.asset:add_child_asset("b", "a"))
      is_error("invalid", client.asset:add_child_asset("a", "a"))
      is_error("not_found", client.asset:add_child_asset("none", "a"))
      is_error("not_found", client.asset:add_child_asset("a", "none"))
      is_error("not_found", client.asset:get_child_assets("none"))
    end)

    it("raise at the caller's line", function()
      assert.matches("^asset:add_child_asset: parent: ",
        blamed(function() client.asset:add_child_asset(nil, "a") end))
      assert.matches("^asset:add_child_asset: child: ",
        blamed(function() client.asset:add_child_asset("a") end))
      assert.matches("level: a whole number from 0 expected, got %-1$",
        blamed(function() client.asset:get_child_assets("a", -1) end))
    end)
  end)

  it("has the log of one asset or of all, newest first", function()
    add("A", "O'Brien")
    assert(client.asset:add_log_message("O'Brien", "cleaned"))
    assert.equal(3, #assert(client.asset:get_asset_log()))
    local log = assert(client.asset:get_asset_log("O'Brien"))
    assert.same({ 2, "cleaned", 0 }, { #log, log[1].comment, log[1].type })
    local id = assert(client.asset:get_asset("O'Brien")).assetId
    assert.same(log, client.asset:get_asset_log { id = id })
    log = assert(client.asset:get_asset_log("O'Brien", { query = { ["$filter"] = "type eq 1" } }))
    assert.same({ 1, 1 }, { #log, log[1].type })
    assert.same({}, client.asset:get_asset_log("none"))
    is_error("invalid", client.asset:get_asset_log(nil, { query = { ["$filter"] = "((" } }))
  end)
end)
