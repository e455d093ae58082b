-- Verification in the sandbox: judged by the reports that it has.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")

local TEST, REPAIR = 50, 500

describe("sandbox verification", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)
  local hour

  before_each(function()
    hour = 0
  end)

  -- A report of a unit "S", an hour after the one before.
  local function post(changes)
    hour = hour + 1
    local report = sandboxes.report {
      sn = "S", start = ("2026-01-30T%02d:00:00Z"):format(hour),
    }
    for name, value in pairs(changes) do report[name] = value end
    if report.type == "T" then report.root.status = report.result end
    local response = box:request("POST", "/api/Report/WSJF", { json = report })
    assert.equal(200, response.status, response.body)
    return report.id
  end

  local function test(code, result) return post { processCode = code, result = result } end

  local function repair(of)
    return post {
      type = "R", processCode = REPAIR, result = "P",
      uur = { user = "op", refUUT = of, processCode = TEST }, uut = cjson.null,
      subUnits = { { idx = 0, partType = "Unit", sn = "S", pn = "PCBA-100", rev = "A" } },
    }
  end

  local function verify(part)
    return box:get_json("/api/Production/UnitVerification" .. sandboxes.query({
      "serialNumber", "S", "partNumber", part or "PCBA-100" }))
  end

  local function flags(grade)
    local text = ""
    for _, name in ipairs { "allProcessesExecutedInCorrectOrder", "allProcessesPassedFirstRun",
      "allProcessesPassedAnyRun", "allProcessesPassedLastRun", "noRepairs" } do
      text = text .. (grade[name] and "y" or "n")
    end
    return grade.status .. " " .. grade.grade .. " " .. text
  end

  it("knows no unit of which nothing was heard", function()
    local path = "/api/Production/UnitVerification?serialNumber=S"
    assert.equal(404, box:get(path).status)
    test(TEST, "P")
    assert.equal(200, box:get(path).status)
    assert.equal(404, box:get(path .. "&partNumber=PSU-24V-5A").status)
  end)

  it("tells first, any and last run apart", function()
    test(TEST, "P")
    assert.equal("Passed A yyyyy", flags(verify()))
    test(TEST, "F")
    assert.equal("Failed F yyyny", flags(verify()))
    test(TEST, "E")
    assert.equal("Error F yyyny", flags(verify()))
    assert.equal(2, verify().results[1].nonPassedCount)
    test(TEST, "P")
    assert.equal("Passed A yyyyy", flags(verify()))
  end)

  it("counts repairs, with the process whose test they followed", function()
    repair(test(TEST, "F"))
    assert.equal("Failed F ynnnn", flags(verify()))
    test(TEST, "P")
    local grade = verify()
    assert.equal("Passed C ynyyn", flags(grade))
    assert.same({ 2, 1, 1 }, { grade.results[1].totalCount, grade.results[1].nonPassedCount,
      grade.results[1].repairCount })
  end)

  it("goes by the order of the processes", function()
    test(100, "P")
    test(TEST, "P")
    local grade = verify()
    assert.equal("Passed A nyyyy", flags(grade))
    assert.same({ 50, 100 }, { grade.results[1].processCode, grade.results[2].processCode })
    test(100, "P")
    assert.equal("Passed A yyyyy", flags(verify()))
  end)

  it("wants all processes of the rule of its product, and no others", function()
    assert(box.sandbox:seed { unitVerificationRules = {
      { partNumber = "PCBA-100", processCodes = { 50, 100 } } } })
    test(TEST, "P")
    test(90, "F")
    local grade = verify()
    assert.equal("Unknown F nnnny", flags(grade))
    assert.same({ 2, "Unknown", cjson.null, 0 }, { #grade.results, grade.results[2].status,
      grade.results[2].startUtc, grade.results[2].totalCount })
    test(100, "P")
    assert.equal("Passed A yyyyy", flags(verify()))
  end)

  it("refuses a rule that is none", function()
    local ok = box.sandbox:seed { unitVerificationRules = { { partNumber = "PCBA-100" } } }
    assert.is_nil(ok)
  end)
end)
