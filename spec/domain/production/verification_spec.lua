-- client.production: may a unit go on?

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")
local support = require("spec.support.client")

local blamed, report = support.blamed, production.report

describe("client.production: verification", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  local function service() return world.client.production end

  it("tells how a unit did in each process", function()
    report(world.client, { sn = "S1", result = "F" })
    report(world.client, { sn = "S1", result = "P", start = "2026-01-30T11:00:00Z" })
    local grade = assert(service():verify_unit("S1", "PCBA-100"))
    assert.same({ "Passed", false, true, true, true }, { grade.status,
      grade.allProcessesPassedFirstRun, grade.allProcessesPassedAnyRun,
      grade.allProcessesPassedLastRun, grade.noRepairs })
    local result = grade.results[1]
    assert.same({ 50, "PCBA test", "Passed", "ICT-01", 2, 1, 0, "2026-01-30T11:00:00Z" },
      { result.processCode, result.processName, result.status, result.stationName,
        result.totalCount, result.nonPassedCount, result.repairCount, result.startUtc })
    assert.same(grade, service():get_unit_grade("S1", "PCBA-100"))
    assert.same(grade, service():get_unit_grade("S1"))
  end)

  it("is asked of the server each time", function()
    report(world.client, { sn = "S1", result = "P" })
    assert.is_true(service():is_unit_passing("S1", "PCBA-100"))
    -- another station, of which this client hears nothing
    report(support.connect(world), { sn = "S1", result = "F", start = "2026-01-30T12:00:00Z" })
    assert.is_false(service():is_unit_passing("S1", "PCBA-100"))
    assert.equal(0, world.client.cache:stats().size)
  end)

  it("is false for a unit that was not tested, and not_found for one that nobody knows", function()
    production.unit(world.client, "S1")
    assert.is_false(service():is_unit_passing("S1"))
    assert.equal("Unknown", assert(service():verify_unit("S1", "PCBA-100")).status)
    for _, name in ipairs { "verify_unit", "get_unit_grade", "is_unit_passing" } do
      local value, err = service()[name](service(), "none", "PCBA-100")
      assert.is_nil(value)
      assert.equal("not_found", err.kind)
    end
  end)

  it("is no false where the server did not say", function()
    report(world.client, { sn = "S1", result = "P" })
    assert(world.sandbox:fault { path = "/api/Production/UnitVerification", status = 503 })
    local passing, err = service():is_unit_passing("S1")
    assert.is_nil(passing)
    assert.equal("server", err.kind)
    for _, body in ipairs { "{}", '{"allProcessesPassedLastRun":null}',
      '{"allProcessesPassedLastRun":"true"}' } do
      assert(world.sandbox:fault { path = "/api/Production/UnitVerification", status = 200,
        body = body, headers = { ["Content-Type"] = "application/json" } })
      passing, err = service():is_unit_passing("S1")
      assert.is_nil(passing)
      assert.equal("decode", err.kind)
      assert.matches("UnitVerification", err.url)
    end
  end)

  it("takes serial numbers of any characters", function()
    for _, text in ipairs(production.ODD) do
      report(world.client, { sn = text, result = "P" })
      assert.is_true(service():is_unit_passing(text, "PCBA-100"), text)
    end
  end)

  it("raises at the caller's line for what names no unit", function()
    assert.matches("^production:is_unit_passing: serial_number: .* got nil$",
      blamed(function() service():is_unit_passing() end))
    assert.matches("^production:verify_unit: serial_number: .* got table$",
      blamed(function() service():verify_unit({}) end))
    assert.matches('^production:get_unit_grade: part_number: .* got ""$',
      blamed(function() service():get_unit_grade("S", "") end))
  end)
end)
