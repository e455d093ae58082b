-- client.production: units built into units.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")
local support = require("spec.support.client")

local blamed = support.blamed

describe("client.production: an assembly", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  local function service() return world.client.production end

  -- A box of two boards and a supply; the units BOX, B1, B2, PSU, all of them finalized.
  before_each(function()
    if not world.client then return end
    local product = world.client.product
    assert(product:create_product { partNumber = "BOX" })
    assert(product:create_revision("BOX", { revision = "1" }))
    assert(product:add_subunit("BOX", "1", "PCBA-100", "B", { quantity = 2,
      revision_mask = "B,C%" }))
    assert(product:add_subunit("BOX", "1", "PSU-24V-5A", "A", { quantity = 1 }))
    production.unit(world.client, "BOX", { partNumber = "BOX", revision = "1" })
    for _, serial in ipairs { "B1", "B2" } do
      production.unit(world.client, serial, { revision = "B", unitPhaseId = 16 })
    end
    production.unit(world.client, "PSU", { partNumber = "PSU-24V-5A", unitPhaseId = 16 })
    assert(world.sandbox:clear_journal())
  end)

  local function add(serial, part, instead, opts)
    return service():add_child_to_assembly("BOX", "BOX", serial, part, instead, opts)
  end

  local function refused(kind, text, value, err)
    assert.is_nil(value)
    assert.equal(kind, err.kind)
    assert.matches(text, err.message)
  end

  it("is put together, shown and checked", function()
    assert.is_true(add("B1", "PCBA-100"))
    local verdict = assert(service():verify_assembly("BOX", "BOX"))
    assert.same({ false, 2, 1, false }, { verdict.valid, verdict.items[1].quantity,
      verdict.items[1].count, verdict.items[1].valid })
    assert.is_true(add("B2", "PCBA-100"))
    assert.is_true(add("PSU", "PSU-24V-5A"))
    assert.is_true(assert(service():verify_assembly("BOX", "BOX")).valid)
    assert.is_true(assert(service():validate_child_units("BOX", "BOX")).valid)
    local unit = assert(service():get_unit("BOX", "BOX"))
    assert.equal(3, #unit.subUnits)
    assert.equal("BOX", assert(service():get_unit("B1", "PCBA-100")).parentSerialNumber)
    assert.equal("BOX", assert(service():get_unit_hierarchy("PSU", "PSU-24V-5A")).SerialNumber)
    local contents = assert(service():get_unit_contents("BOX", "BOX", "1"))
    assert.equal(2, #contents.Children[1].Units)
  end)

  it("takes no child twice, none that it does not want, none that is not ready", function()
    assert.is_true(add("B1", "PCBA-100"))
    refused("conflict", "has a parent already: 'BOX'", add("B1", "PCBA-100"))
    production.unit(world.client, "OLD", { revision = "A", unitPhaseId = 16 })
    refused("invalid", "has no PCBA%-100 revision A", add("OLD", "PCBA-100"))
    assert(service():set_unit_phase("B2", "PCBA-100", "under_production"))
    refused("invalid", "must be in phase 'Finalized'", add("B2", "PCBA-100"))
    refused("not_found", "none", add("none", "PCBA-100"))
    refused("not_found", "none",
      service():add_child_to_assembly("none", "BOX", "B2", "PCBA-100"))
    refused("invalid", "part of itself",
      service():add_child_to_assembly("B1", "PCBA-100", "BOX", "BOX"))
  end)

  it("takes another where the caller says what it must be", function()
    production.unit(world.client, "OLD", { revision = "A", unitPhaseId = 16 })
    refused("invalid", "is PCBA%-100 revision A, not PCBA%-100 revision C", add("OLD", "PCBA-100",
      { check_part_number = "PCBA-100", check_revision = "C" }))
    assert.is_true(add("OLD", "PCBA-100",
      { check_part_number = "PCBA-100", check_revision = "A" }))
    local unit = assert(service():verify_assembly("BOX", "BOX")).units[1]
    assert.same({ "OLD", false }, { unit.serialNumber, unit.valid })
  end)

  it("is taken apart, one by one and all at once", function()
    assert.is_true(add("B1", "PCBA-100"))
    assert.is_true(add("B2", "PCBA-100"))
    assert.is_true(service():remove_child_from_assembly("BOX", "BOX", "B1", "PCBA-100"))
    refused("invalid", "is no child unit",
      service():remove_child_from_assembly("BOX", "BOX", "B1", "PCBA-100"))
    assert.is_nil(assert(service():get_unit("B1", "PCBA-100")).parentSerialNumber)
    assert.is_true(add("B1", "PCBA-100"))
    assert.is_true(service():remove_all_children_from_assembly("BOX", "BOX"))
    assert.same({}, assert(service():get_unit("BOX", "BOX")).subUnits)
    assert.is_true(add("B1", "PCBA-100"))
    assert.is_true(service():remove_all_child_units("BOX", "BOX", "nb-NO"))
    assert.same({}, assert(service():get_unit("BOX", "BOX")).subUnits)
    refused("not_found", "none", service():remove_all_children_from_assembly("none", "BOX"))
  end)

  it("is put together by the internal calls too, whatever the phase", function()
    assert(service():set_unit_phase("B1", "PCBA-100", "under_production"))
    refused("invalid", "must be in phase",
      service():add_child_unit_validated("BOX", "BOX", "B1", "PCBA-100"))
    assert.is_true(service():add_child_unit_validated("BOX", "BOX", "B1", "PCBA-100",
      { check_phase = false, culture_code = "nb-NO" }))
    assert.is_true(service():remove_child_unit_localized("BOX", "BOX", "B1", "PCBA-100"))
    refused("invalid", "no child unit",
      service():remove_child_unit_localized("BOX", "BOX", "B1", "PCBA-100", "nb-NO"))
  end)

  it("that is not there is not_found", function()
    refused("not_found", "none", service():verify_assembly("none", "BOX"))
    refused("not_found", "none", service():validate_child_units("none", "BOX", "nb-NO"))
    refused("not_found", "none",
      service():remove_child_from_assembly("none", "BOX", "B1", "PCBA-100"))
    refused("not_found", "none",
      service():remove_child_unit_localized("none", "BOX", "B1", "PCBA-100"))
    refused("not_found", "none",
      service():add_child_unit_validated("none", "BOX", "B1", "PCBA-100"))
    refused("not_found", "none", service():remove_all_child_units("none", "BOX"))
  end)

  it("is of units of any name", function()
    for _, text in ipairs(production.ODD) do
      production.unit(world.client, text, { revision = "B", unitPhaseId = 16 })
      assert.is_true(add(text, "PCBA-100"))
      assert.is_true(service():remove_child_from_assembly("BOX", "BOX", text, "PCBA-100"))
      assert.is_true(add(text, "PCBA-100",
        { check_part_number = "PCBA-100", check_revision = "B" }))
    end
  end)

  it("is not put together twice where no answer came", function()
    local client = support.connect(world, { retry = { max_attempts = 3, base_delay = 0.01 } })
    assert(world.sandbox:fault { path = "/api/Production/AddChildUnit", drop = "after" })
    local done, err = client.production:add_child_to_assembly("BOX", "BOX", "B1", "PCBA-100")
    assert.is_nil(done)
    assert.equal("connection", err.kind)
    assert.equal(1, production.asked(world.sandbox, "POST", "/api/Production/AddChildUnit"))
    assert.equal("BOX", assert(service():get_unit("B1", "PCBA-100")).parentSerialNumber)
  end)

  it("raises at the caller's line for what names no unit", function()
    assert.matches("^production:add_child_to_assembly: child_part: .*got nil$",
      blamed(function() add("B1") end))
    assert.matches("^production:add_child_to_assembly: unknown option \"check_part\"",
      blamed(function() add("B1", "PCBA-100", { check_part = "x" }) end))
    assert.matches("^production:remove_child_from_assembly: parent_serial: ",
      blamed(function() service():remove_child_from_assembly() end))
    assert.matches("^production:verify_assembly: parent_part: ",
      blamed(function() service():verify_assembly("BOX") end))
    assert.matches("^production:validate_child_units: ",
      blamed(function() service():validate_child_units("BOX") end))
    assert.matches("^production:remove_all_child_units: culture_code: ",
      blamed(function() service():remove_all_child_units("BOX", "BOX", "") end))
    assert.matches("^production:remove_all_children_from_assembly: parent_serial: ",
      blamed(function() service():remove_all_children_from_assembly() end))
    assert.matches("^production:add_child_unit_validated: ",
      blamed(function() service():add_child_unit_validated("BOX", "BOX", "B1") end))
    assert.matches("^production:remove_child_unit_localized: ",
      blamed(function() service():remove_child_unit_localized("BOX", "BOX", "B1") end))
    assert.equal(0, world.asked())
  end)
end)
