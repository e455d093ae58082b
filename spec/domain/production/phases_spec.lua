-- client.production: phases of units.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")
local support = require("spec.support.client")

local asked, blamed = production.asked, support.blamed

local PATH = "/api/internal/Mes/GetUnitPhases"

describe("client.production: phases", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  local function service() return world.client.production end

  local function phase_of(serial_number)
    return assert(service():get_unit(serial_number, "PCBA-100")).unitPhaseId
  end

  it("are reference data: asked for once", function()
    for _ = 1, 3 do assert.equal(15, #assert(service():get_phases())) end
    assert(service():get_phase(16))
    assert(service():get_phase_by_name("Shipped"))
    assert.equal(1, asked(world.sandbox, "GET", PATH))
    assert.equal(15, #assert(service():get_unit_phases()))
    assert.equal(15, #assert(service():get_all_unit_phases()))
  end)

  it("are found by number, code, the server's name and ours, whatever the case", function()
    for _, which in ipairs { 1024, "InStorage", "In storage", "in_storage", "IN STORAGE" } do
      assert.equal(1024, assert(service():get_phase(which)).UnitPhaseId)
      assert.equal(1024, service():get_phase_id(which))
    end
    -- ours where the server has other words
    assert.equal("Under repair", assert(service():get_phase("production_repair")).Name)
    assert.equal(1024, assert(service():get_phase_by_name("in storage")).UnitPhaseId)
    local phase, err = service():get_phase_by_name("production_repair")
    assert.is_nil(phase)
    assert.equal("not_found", err.kind)
  end)

  it("have numbers that need no request", function()
    assert.equal(16, service():get_phase_id("finalized"))
    assert.equal(4098, service():get_phase_id(4098))
    assert.equal(3, service():get_phase_id(3)) -- who gives a number knows it
    assert.equal(16, service().PHASES.finalized)
    assert.equal(0, world.asked())
  end)

  it("that are not there are told, with what was meant, after asking anew", function()
    assert(service():get_phases())
    for _, call in ipairs {
      function() return service():get_phase("finalised") end,
      function() return service():get_phase_id("finalised") end,
      function() return service():get_phase_by_name("Finalised") end,
      function() return service():set_unit_phase("S", "P", "finalised") end,
    } do
      local value, err = call()
      assert.is_nil(value)
      assert.equal("not_found", err.kind)
      assert.matches("among the 15 .*did you mean \"[Ff]inalized\"", err.message)
      assert.matches(PATH, err.url, 1, true)
    end
    assert.equal(5, asked(world.sandbox, "GET", PATH))
    local phase, err = service():get_phase(3)
    assert.is_nil(phase)
    assert.matches("no phase 3 among", err.message)
  end)

  it("that came since are found", function()
    local list = '[{"UnitPhaseId":2,"Code":"A","Name":"Under production"}]'
    local headers = { ["Content-Type"] = "application/json" }
    assert(world.sandbox:fault { path = PATH, status = 200, headers = headers, body = list })
    assert(service():get_phases())
    assert.equal("Shipped", assert(service():get_phase("shipped")).Name)
  end)

  it("are not asked for twice by who says where they are to come from", function()
    local phase, err = service():get_phase("shipped", { cache = "only" })
    assert.is_nil(phase)
    assert.equal(504, err.status)
    assert.equal(0, world.asked())
  end)

  it("are set by number, name and code", function()
    production.unit(world.client, "S1")
    for phase, id in pairs { finalized = 16, ["In storage"] = 1024, Scrapped = 32, [2] = 2 } do
      assert.is_true(service():set_unit_phase("S1", "PCBA-100", phase))
      assert.equal(id, phase_of("S1"))
      assert.equal(id, assert(service():get_unit_phase("S1", "PCBA-100")).UnitPhaseId)
    end
  end)

  it("are refused where there is no such unit or phase", function()
    local done, err = service():set_unit_phase("none", "PCBA-100", 16)
    assert.is_nil(done)
    assert.equal("not_found", err.kind)
    production.unit(world.client, "S1")
    done, err = service():set_unit_phase("S1", "PCBA-100", 3)
    assert.is_nil(done)
    assert.equal("invalid", err.kind)
    done, err = service():get_unit_phase("none", "PCBA-100")
    assert.is_nil(done)
    assert.equal("not_found", err.kind)
  end)

  it("are an error where the server does not tell them", function()
    assert(world.sandbox:fault { path = PATH, status = 500, times = 0 })
    for _, call in ipairs { "get_phases", "get_phase", "get_phase_by_name", "get_phase_id" } do
      local value, err = service()[call](service(), call ~= "get_phases" and "In storage" or nil)
      assert.is_nil(value)
      assert.equal("server", err.kind)
    end
    assert.equal(16, service():get_phase_id("finalized"))
  end)

  it("raise at the caller's line for what names none", function()
    assert.equal("production:get_phase: phase: a number (integer) or a name expected, got nil",
      blamed(function() service():get_phase() end))
    assert.matches("^production:get_phase_id: phase: .*got number$",
      blamed(function() service():get_phase_id(1.5) end))
    assert.matches('^production:set_unit_phase: phase: .*got ""$',
      blamed(function() service():set_unit_phase("S", "P", "") end))
    assert.matches("^production:set_unit_phase: serial_number: ",
      blamed(function() service():set_unit_phase("", "P", 16) end))
    assert.matches("^production:get_phase_by_name: name: a string expected, got number$",
      blamed(function() service():get_phase_by_name(16) end))
    assert.matches("^production:get_unit_phase: part_number: ",
      blamed(function() service():get_unit_phase("S") end))
  end)
end)
