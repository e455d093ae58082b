-- client.production: units and batches.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local json = require("wats.json")
local production = require("spec.support.production")
local support = require("spec.support.client")

local asked, blamed = production.asked, support.blamed

describe("client.production: units", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  local function service() return world.client.production end

  it("are added and read", function()
    local units = assert(service():create_units {
      { serialNumber = "S1", partNumber = "PCBA-100", revision = "A", batchNumber = "B7" },
      { serialNumber = "S2", partNumber = "PSU-24V-5A", unitPhaseId = 16, processCode = "50" },
    })
    assert.same({ 2, "S1", "S2" }, { #units, units[1].serialNumber, units[2].serialNumber })
    local unit = assert(service():get_unit("S1", "PCBA-100"))
    assert.same({ "A", "B7", 2, "Under production", "Controller board" }, { unit.revision,
      unit.batchNumber, unit.unitPhaseId, unit.unitPhase, unit.product.name })
    assert.equal("A", unit.productRevision.revision)
    assert.equal("[]", json.encode(unit.subUnits))
    assert.same({ 16, "50" }, { units[2].unitPhaseId, units[2].processCode })
  end)

  it("are known by serial and part number, of any characters", function()
    for _, text in ipairs(production.ODD) do
      assert(world.client.product:create_product { partNumber = text })
      production.unit(world.client, text, { partNumber = text, revision = json.null })
      assert.equal(text, assert(service():get_unit(text, text)).serialNumber)
      assert(service():set_unit_phase(text, text, "scrapped"))
      assert.equal(32, assert(service():get_unit(text, text)).unitPhaseId)
      assert.equal(text, assert(service():get_unit_info(text, text)).SerialNumber)
      assert.equal(text, assert(service():get_unit_by_serial(text, text)).PartNumber)
    end
  end)

  it("that are not there are not_found", function()
    for _, call in ipairs {
      function() return service():get_unit("none", "PCBA-100") end,
      function() return service():get_unit_by_serial("none") end,
      function() return service():get_unit_info("none", "PCBA-100") end,
      function() return service():get_unit_hierarchy("none", "PCBA-100") end,
      function() return service():get_unit_state_history("none", "PCBA-100") end,
      function() return service():get_unit_process("none", "PCBA-100") end,
      function() return service():get_unit_contents("none", "PCBA-100", "A") end,
      function() return service():set_unit_process("none", "PCBA-100", "PCBA test") end,
    } do
      local value, err = call()
      assert.is_nil(value)
      assert.same({ "not_found", 404 }, { err.kind, err.status })
      assert.matches("none", err.message)
    end
  end)

  it("go back as they came, what is not known here too", function()
    local body = '{"serialNumber":"S","partNumber":"PCBA-100","future":{"a":[[],{}]},"n":1.50,'
      .. '"big":9007199254740993}'
    world.serve("GET", "/api/Production/Unit/S/PCBA-100", { body = body,
      headers = { ["Content-Type"] = "application/json" } })
    local unit = assert(service():get_unit("S", "PCBA-100"))
    unit.currentLocation = "Oslo"
    world.serve("PUT", "/api/Production/Units", { body = "" })
    assert.is_true(service():update_unit(unit))
    local journal = assert(world.sandbox:journal())
    assert.equal(core.sha256(json.encode { unit }), journal[#journal].body_sha256)
  end)

  it("are changed by update_unit, and read as they are then", function()
    production.unit(world.client, "S1")
    local unit = assert(service():get_unit("S1", "PCBA-100"))
    unit.revision, unit.currentLocation = "B", "Oslo"
    local saved = assert(service():update_unit(unit))
    assert.same({ "B", "Oslo" }, { saved.revision, saved.currentLocation })
    assert.equal("B", assert(service():get_unit("S1", "PCBA-100")).revision)
    -- a member that is left out keeps its value
    assert(service():update_unit { serialNumber = "S1", partNumber = "PCBA-100" })
    assert.equal("Oslo", assert(service():get_unit("S1", "PCBA-100")).currentLocation)
  end)

  it("are refused with the server's words, and then none of the list is taken", function()
    for field, unit in pairs {
      partNumber = { serialNumber = "S2", partNumber = "none" },
      revision = { serialNumber = "S2", partNumber = "PCBA-100", revision = "Z" },
      unitPhaseId = { serialNumber = "S2", partNumber = "PCBA-100", unitPhaseId = 3 },
      processCode = { serialNumber = "S2", partNumber = "PCBA-100", processCode = "51" },
      batchNumber = { serialNumber = "S2", partNumber = "PCBA-100", batchNumber = 5 },
    } do
      local units, err = service():create_units {
        { serialNumber = "S1", partNumber = "PCBA-100" }, unit }
      assert.is_nil(units)
      assert.same({ "invalid", 400 }, { err.kind, err.status })
      assert.matches(field, err.message, 1, true)
      assert.is_nil((service():get_unit("S1", "PCBA-100")))
    end
  end)

  it("in no list at all need no request", function()
    assert.same({}, service():create_units {})
    assert.same({}, service():save_batches {})
    assert.equal(0, world.asked())
  end)

  it("are asked for by many at once, each pair once", function()
    for i = 1, 20 do production.unit(world.client, "S" .. i) end
    assert(world.sandbox:clear_journal())
    local pairs_of_names = {}
    for i = 1, 21 do pairs_of_names[i] = { "S" .. i, "PCBA-100" } end
    pairs_of_names[22] = { "S1", "PCBA-100" }
    local units, errs = service():get_many(pairs_of_names, { concurrency = 4 })
    assert.equal(22, units.n)
    for i = 1, 20 do assert.equal("S" .. i, units[i].serialNumber) end
    assert.same({ "S1", nil, "not_found" }, { units[22].serialNumber, units[21], errs[21].kind })
    assert.is_nil(errs[1])
    assert.equal(21, world.asked())
    assert.same({ n = 0 }, (service():get_many {}))
  end)

  it("raise at the caller's line for what is no unit", function()
    assert.matches('^production:get_unit: serial_number: .* got ""$',
      blamed(function() service():get_unit("", "P") end))
    assert.matches("^production:get_unit: part_number: .* got nil$",
      blamed(function() service():get_unit("S") end))
    assert.matches("^production:create_units: units: a list of records expected, got a record$",
      blamed(function() service():create_units { serialNumber = "S" } end))
    assert.matches("units: a list of records expected, got nil$",
      blamed(function() service():create_units() end))
    assert.matches("units%[2%]: a table expected, got string$",
      blamed(function()
        service():create_units { { serialNumber = "S", partNumber = "P" }, "x" }
      end))
    assert.matches("units%[1%]%.partNumber: .* got nil$",
      blamed(function() service():create_units { { serialNumber = "S" } } end))
    assert.matches("^production:update_unit: unit: a table expected, got nil$",
      blamed(function() service():update_unit() end))
    assert.matches("^production:update_unit: unit.serialNumber: ",
      blamed(function() service():update_unit { partNumber = "P" } end))
    assert.matches("^production:get_many: element 1: a pair { serial_number, part_number }",
      blamed(function() service():get_many { { "S" } } end))
    assert.matches("^production:get_many: element 1: ",
      blamed(function() service():get_many { "S" } end))
    assert.matches("^production:get_unit_contents: revision: ",
      blamed(function() service():get_unit_contents("S", "P") end))
    assert.equal(0, world.asked())
  end)

  describe("batches", function()
    it("are added and changed, one or many", function()
      local batches = assert(service():save_batches {
        { batchNumber = "B1", batchSize = 10 }, { batchNumber = "B 2/ø" } })
      assert.same({ 2, 10, "B 2/ø" }, { #batches, batches[1].batchSize, batches[2].batchNumber })
      assert.same({ batchNumber = "B1", batchSize = 12 },
        service():update_batch { batchNumber = "B1", batchSize = 12 })
      assert.equal("B3", service():create_batch({ batchNumber = "B3" }).batchNumber)
    end)

    it("are refused, and raise", function()
      local batch, err = service():create_batch { batchNumber = "B", batchSize = "many" }
      assert.is_nil(batch)
      assert.equal("invalid", err.kind)
      assert.matches("^production:create_batch: batch: a table expected, got string",
        blamed(function() service():create_batch("B") end))
      assert.matches("^production:update_batch: batch.batchNumber: ",
        blamed(function() service():update_batch {} end))
      assert.matches("^production:save_batches: batches%[1%]%.batchNumber: ",
        blamed(function() service():save_batches { {} } end))
    end)
  end)

  describe("set_unit_process", function()
    before_each(function()
      if world.client then production.unit(world.client, "S1") end
    end)

    it("takes a name, and a code, which it looks up once", function()
      assert.is_true(service():set_unit_process("S1", "PCBA-100", "Burn In test"))
      assert.equal("90", assert(service():get_unit("S1", "PCBA-100")).processCode)
      for _ = 1, 2 do assert.is_true(service():set_unit_process("S1", "PCBA-100", 50)) end
      assert.equal("50", assert(service():get_unit("S1", "PCBA-100")).processCode)
      assert.equal(1, asked(world.sandbox, "GET", "/api/App/Processes"))
      assert.equal("PCBA test",
        assert(service():get_unit_process("S1", "PCBA-100")).ProcessName)
    end)

    it("asks anew for a code that was not there", function()
      assert.is_true(service():set_unit_process("S1", "PCBA-100", 50))
      local new = { code = 60, name = "New", isTestOperation = true }
      assert(world.sandbox:seed { processes = { new } })
      assert.is_true(service():set_unit_process("S1", "PCBA-100", 60))
      assert.equal("60", assert(service():get_unit("S1", "PCBA-100")).processCode)
    end)

    it("tells of a process that there is not, and raises for what names none", function()
      local done, err = service():set_unit_process("S1", "PCBA-100", 51)
      assert.is_nil(done)
      assert.equal("not_found", err.kind)
      assert.matches("no process 51 among the 6", err.message)
      done, err = service():set_unit_process("S1", "PCBA-100", "none")
      assert.is_nil(done)
      assert.same({ "invalid", 400 }, { err.kind, err.status })
      assert.equal("production:set_unit_process: process: a name or a code (integer) expected, "
        .. "got nil", blamed(function() service():set_unit_process("S1", "P") end))
      assert.matches('process: .*got ""$',
        blamed(function() service():set_unit_process("S1", "P", "") end))
    end)
  end)

  describe("create_unit", function()
    it("adds one, in a phase and a batch, and fails where there is one", function()
      local unit = assert(service():create_unit("S1", "PCBA-100", "A",
        { batch_number = "B", phase = "in_storage" }))
      assert.same({ "S1", 1024, "B" }, { unit.SerialNumber, unit.UnitPhaseId, unit.BatchSN })
      local again, err = service():create_unit("S1", "PCBA-100", "A")
      assert.is_nil(again)
      assert.same({ "conflict", 409 }, { err.kind, err.status })
      assert.equal(2, assert(service():create_unit("S2", "PCBA-100", "A")).UnitPhaseId)
    end)

    it("is refused for what is not there, and raises for what it does not know", function()
      local unit, err = service():create_unit("S1", "PCBA-100", "Z")
      assert.is_nil(unit)
      assert.equal("invalid", err.kind)
      unit, err = service():create_unit("S1", "PCBA-100", "A", { phase = "nowhere" })
      assert.is_nil(unit)
      assert.equal("not_found", err.kind)
      assert.matches('unknown option "batch_numbr" %(did you mean "batch_number"%?%)',
        blamed(function() service():create_unit("S", "P", "A", { batch_numbr = "x" }) end))
    end)
  end)

  it("tell of their assembly, history and contents by the internal calls", function()
    production.unit(world.client, "S1", { unitPhaseId = 16, processCode = "50" })
    assert(service():set_unit_phase("S1", "PCBA-100", "shipped"))
    local history = assert(service():get_unit_state_history("S1", "PCBA-100"))
    assert.same({ 16, 2048 }, { history[1].UnitPhaseId, history[2].UnitPhaseId })
    assert.equal("S1", assert(service():get_unit_hierarchy("S1", "PCBA-100")).SerialNumber)
    assert.equal("PCBA-100", assert(service():get_unit_contents("S1", "PCBA-100", "A")).PartNumber)
    assert.equal("PCBA-100", assert(service():get_unit_by_serial("S1")).PartNumber)
    production.unit(world.client, "S1", { partNumber = "PSU-24V-5A" })
    local unit, err = service():get_unit_by_serial("S1")
    assert.is_nil(unit)
    assert.matches("several", err.message)
  end)

  it("are made where the server's production is connected, at its sites", function()
    assert.is_true(service():is_connected())
    world.serve("GET", "/api/internal/Production/isConnected", { body = "false",
      headers = { ["Content-Type"] = "application/json" } })
    assert.is_false(service():is_connected())
    assert(world.sandbox:clear_faults())
    for _ = 1, 2 do assert.equal("Oslo", assert(service():get_sites())[1].SiteName) end
    assert.equal(1, asked(world.sandbox, "GET", "/api/internal/Production/GetSites"))
    assert(world.sandbox:fault { path = "/api/internal/*", status = 503, times = 0 })
    local connected, err = service():is_connected()
    assert.is_nil(connected)
    assert.equal("server", err.kind)
  end)
end)
