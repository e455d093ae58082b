-- client.production: the feed of changes.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")
local support = require("spec.support.client")

local asked, blamed = production.asked, support.blamed

local FEED = "/api/Production/Units/Changes"

describe("client.production: the feed of changes", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  local function service() return world.client.production end

  -- Changes of `count` units, one each.
  local function change(count, prefix)
    local units = {}
    for i = 1, count do
      units[i] = { serialNumber = (prefix or "S") .. i, partNumber = "PCBA-100", revision = "A" }
    end
    assert(service():create_units(units))
    for _, unit in ipairs(units) do unit.unitPhaseId = 16 end
    assert(service():create_units(units))
  end

  local function serials(iterator)
    local list = {}
    for entry in iterator do list[#list + 1] = entry.unitSerialNumber end
    return list
  end

  it("tells what has changed, oldest first, until it is deleted", function()
    change(3)
    local changes = assert(service():get_unit_changes())
    assert.same({ 3, "S1", "PCBA-100", "A", 16 }, { #changes, changes[1].unitSerialNumber,
      changes[1].newPartNumber, changes[1].newRevision, changes[1].newUnitPhaseId })
    assert.equal(2, #assert(service():get_unit_changes(2)))
    assert.is_true(service():delete_unit_change(changes[1].id))
    assert.is_true(service():acknowledge_unit_change(changes[2].id))
    changes = assert(service():get_unit_changes())
    assert.same({ 1, "S3" }, { #changes, changes[1].unitSerialNumber })
    local done, err = service():delete_unit_change(1)
    assert.is_nil(done)
    assert.equal("not_found", err.kind)
  end)

  it("is read to its end by asking for more and more", function()
    change(25)
    assert.equal(25, #serials(service():unit_changes { page = 3 }))
    -- 3, 6, 12, 24, 48
    assert.equal(5, asked(world.sandbox, "GET", FEED))
    assert.equal(25, #assert(service():get_unit_changes()))
  end)

  it("has what came while it was read", function()
    change(4)
    local list = {}
    for entry in service():unit_changes { page = 4 } do
      list[#list + 1] = entry.unitSerialNumber
      if #list == 2 then change(2, "T") end
    end
    assert.same({ "S1", "S2", "S3", "S4", "T1", "T2" }, list)
  end)

  it("is emptied by who acknowledges, page by page", function()
    change(25)
    local seen = serials(service():unit_changes { page = 10, acknowledge = true })
    assert.same({ 25, "S1", "S25" }, { #seen, seen[1], seen[25] })
    assert.same({}, serials(service():unit_changes()))
    assert.equal(4, asked(world.sandbox, "GET", FEED)) -- 10, 10, 5; and the one for nothing
  end)

  it("keeps the entry whose handling raised, and gives it again", function()
    change(3)
    assert.has_error(function()
      for entry in service():unit_changes { acknowledge = true } do
        if entry.unitSerialNumber == "S2" then error("no room") end
      end
    end)
    assert.same({ "S2", "S3" }, serials(service():unit_changes()))
  end)

  it("does not mind that another took an entry off first", function()
    change(3)
    local seen = {}
    for entry in service():unit_changes { acknowledge = true } do
      seen[#seen + 1] = entry.unitSerialNumber
      assert(service():delete_unit_change(entry.id))
    end
    assert.equal(3, #seen)
  end)

  it("raises the error of a request that failed, and goes on when called again", function()
    change(3)
    assert(world.sandbox:fault { method = "GET", path = FEED, status = 503 })
    local each = service():unit_changes()
    local ok, err = pcall(each)
    assert.is_false(ok)
    assert.equal("server", err.kind)
    assert.equal("S1", each().unitSerialNumber)
    each = service():unit_changes { acknowledge = true }
    assert.equal("S1", each().unitSerialNumber)
    assert(world.sandbox:fault { method = "DELETE", status = 503 })
    ok, err = pcall(each)
    assert.is_false(ok)
    assert.equal("DELETE", err.method)
    assert.equal("S2", each().unitSerialNumber)
    assert.same({ "S2", "S3" }, serials(service():unit_changes()))
  end)

  it("tells the history of one unit, as far as it is there", function()
    change(3)
    assert(service():set_unit_phase("S2", "PCBA-100", "shipped"))
    local history = assert(service():get_unit_history("S2", "PCBA-100"))
    assert.same({ 2, 16, 2048 },
      { #history, history[1].newUnitPhaseId, history[2].newUnitPhaseId })
    assert.equal(2, #assert(service():get_unit_history("S2")))
    assert.same({}, service():get_unit_history("S2", "OTHER"))
    assert.same({}, service():get_unit_history("none"))
    assert(world.sandbox:fault { path = FEED, status = 500 })
    local _, err = service():get_unit_history("S2")
    assert.equal("server", err.kind)
  end)

  it("raises at the caller's line for what is no count and no id", function()
    assert.matches("must be at least 1", blamed(function() service():get_unit_changes(0) end))
    assert.matches("integer", blamed(function() service():get_unit_changes("5") end))
    assert.matches("^production:delete_unit_change: .*id",
      blamed(function() service():delete_unit_change("x") end))
    assert.matches("^production:acknowledge_unit_change: .*missing",
      blamed(function() service():acknowledge_unit_change() end))
    assert.matches("^production:unit_changes: unknown option",
      blamed(function() service():unit_changes { ack = true } end))
    assert.matches("^production:get_unit_history: serial_number: ",
      blamed(function() service():get_unit_history() end))
  end)
end)
