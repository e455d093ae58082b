-- GET Report/Query/Header in the sandbox.

local cjson = require("cjson")
local needs = require("spec.support.needs")
local sandboxes = require("spec.support.sandbox")

local HEADERS = "/api/Report/Query/Header"

describe("sandbox header query", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local box

  local function post(changes)
    local report = sandboxes.report(changes)
    local body = cjson.encode(report)
    local response = box:request("POST", "/api/Report/WSJF", { body = body })
    assert.equal(200, response.status, response.body)
    return report
  end

  local SUB_UNITS = {
    [3] = { { partType = "Supply", pn = "PSU", sn = "U1", rev = "A" } },
    [4] = { { partType = "Fan", pn = "FAN", sn = "U1", rev = "A" },
      { partType = "Supply", pn = "PSU", sn = "U2" } },
  }

  setup(function()
    box = sandboxes.start()
    for i = 1, 12 do
      post({
        sn = ("S%02d"):format(i),
        pn = i % 2 == 0 and "Even" or "O'Brien",
        start = ("2026-01-%02dT12:00:00.5+01:00"):format(i),
        result = i % 4 == 0 and "F" or "P",
        uut = { user = i > 6 and "op" or nil, execTime = i + 0.25, testSocketIndex = i },
        subUnits = SUB_UNITS[i],
        miscInfos = i == 5 and { { description = "Lot", numeric = 7 } } or nil,
      })
    end
  end)

  teardown(function()
    box:stop()
  end)

  local function rows(...)
    return box:get_json(HEADERS .. sandboxes.query({ ... }))
  end

  -- The serial numbers of the answer: "S01 S02".
  local function found(...)
    local serials = {}
    for i, header in ipairs(rows(...)) do
      serials[i] = header.serialNumber
    end
    return table.concat(serials, " ")
  end

  local function filtered(filter)
    return found("$filter", filter, "$orderby", "start asc", "$top", "100")
  end

  it("gives 10 rows, newest start first, when nothing is said", function()
    assert.equal("S12 S11 S10 S09 S08 S07 S06 S05 S04 S03", found())
  end)

  it("gives all fields of a header", function()
    local header = rows("$filter", "serialNumber eq 'S08'")[1]
    assert.equal("Even", header.partNumber)
    assert.equal("T", header.reportType)
    assert.equal("Failed", header.result)
    assert.equal("2026-01-08T11:00:00.5Z", header.start)
    assert.equal("PCBA test", header.processName)
    assert.equal(8.25, header.executionTime)
    assert.equal(8, header.testSocketIndex)
    assert.equal(8, header.timeStamp)
    assert.equal(1, header.run)
    assert.equal(1, header.receiveCount)
    assert.equal(cjson.null, header.referencedUut)
    assert.is_nil(header.subUnits)
    local count = 0
    for _ in pairs(header) do
      count = count + 1
    end
    assert.equal(31, count)
  end)

  it("pages with $top and $skip", function()
    assert.equal("S12 S11", found("$top", "2"))
    assert.equal("S10 S09", found("$top", "2", "$skip", "2"))
    assert.equal("", found("$skip", "12"))
    assert.equal("", found("$top", "0"))
  end)

  it("orders by start, uuid, serialNumber and timestamp only", function()
    assert.equal("S01 S02 S03", found("$orderby", "start", "$top", "3"))
    assert.equal("S12 S11 S10", found("$orderby", "timeStamp desc", "$top", "3"))
    assert.equal("S02 S03", found("$orderby", "serialNumber asc", "$top", "2", "$skip", "1"))
    assert.equal(400, box:get(HEADERS .. "?$orderby=result").status)
  end)

  it("selects", function()
    local response = box:get(HEADERS .. "?$select=result,serialnumber&$top=1")
    assert.equal('[{"result":"Failed","serialNumber":"S12"}]', response.body)
    assert.equal(400, box:get(HEADERS .. "?$select=nothing").status)
  end)

  describe("filters", function()
    local cases = {
      ["serialNumber eq 'S03'"] = "S03",
      ["SERIALNUMBER EQ 'S03'"] = "S03",
      ["partNumber eq 'O''Brien' and serialNumber lt 'S04'"] = "S01 S03",
      ["result ne 'Passed'"] = "S04 S08 S12",
      ["not (result eq 'Passed')"] = "S04 S08 S12",
      ["not contains(serialNumber,'0')"] = "S11 S12",
      ["contains(serialNumber, '1') and result eq 'Passed'"] = "S01 S10 S11",
      ["startswith(partNumber,'Ev') and endswith(serialNumber,'2')"] = "S02 S12",
      ["tolower(partNumber) eq 'even' and serialNumber le 'S02'"] = "S02",
      ["toupper(serialNumber) eq 'S01' or serialNumber eq 'S02' and result eq 'Failed'"] = "S01",
      ["(serialNumber eq 'S01' or serialNumber eq 'S02') and partNumber eq 'Even'"] = "S02",
      ["serialNumber in ('S01','S05', 'S99')"] = "S01 S05",
      ["testSocketIndex gt 10 and testSocketIndex le 11"] = "S11",
      ["executionTime eq 2.25"] = "S02",
      ["executionTime in (1.25, 3.25)"] = "S01 S03",
      ["start ge 2026-01-11T11:00:00.5Z"] = "S11 S12",
      ["start gt 2026-01-11T11:00:00.5Z"] = "S12",
      ["start lt 2026-01-02T12:00:00+01:00 and start gt 2026-01-01"] = "S01",
      ["userName eq null and serialNumber le 'S02'"] = "S01 S02",
      ["userName ne null and serialNumber lt 'S09'"] = "S07 S08",
      ["userName lt 'z' and serialNumber lt 'S09'"] = "S07 S08",
      ["measuresDeleted eq true"] = "",
      ["length(partNumber) eq 4 and indexof(serialNumber,'2') eq 2"] = "S02 S12",
      ["substring(serialNumber,1,1) eq '1' and substring(serialNumber,2) eq '0'"] = "S10",
      ["concat(trim(' a '),serialNumber) eq 'aS07'"] = "S07",
      ["subUnits/any(s: s/partNumber eq 'PSU')"] = "S03 S04",
      ["subUnits/any(s: s/partNumber eq 'PSU' and s/serialNumber eq 'U2')"] = "S04",
      ["subUnits/any(s: s/partNumber eq 'FAN' and s/serialNumber eq 'U2')"] = "",
      ["not subUnits/any() and serialNumber lt 'S06'"] = "S01 S02 S05",
      ["subUnits/all(s: s/partNumber eq 'x') and serialNumber lt 'S06'"] = "S01 S02 S05",
      ["subUnits/all(s: startswith(s/partNumber,'P')) and subUnits/any()"] = "S03",
      ["SubUnits/ANY(s: s/partnumber eq 'PSU' and serialNumber eq 'S03')"] = "S03",
      ["subUnits/any(a: subUnits/any(b: a/serialNumber lt b/serialNumber))"] = "S04",
      ["subUnits/any(s: s/revision eq null)"] = "S04",
      ["miscInfo/any(m: m/description eq 'Lot' and m/value eq '7')"] = "S05",
    }
    for filter, expected in pairs(cases) do
      it(filter, function()
        assert.equal(expected, filtered(filter))
      end)
    end
  end)

  describe("refuses with 400 and the reason", function()
    local cases = {
      ["nothing eq 1"] = "could not find a property named 'nothing'",
      ["serialNumber eq 1"] = "incompatible types",
      ["serialNumber eq S03"] = "could not find a property",
      ["serialNumber eq 'S03"] = "unterminated string",
      ["serialNumber eq"] = "was not expected",
      ["serialNumber"] = "takes conditions",
      ["serialNumber eq 'a' and"] = "was not expected",
      ["serialNumber eq 'a' 'b'"] = "expected",
      ["(serialNumber eq 'a'"] = "expected",
      ["year(start) eq 2026"] = "unknown function",
      ["executionTime add 1 eq 2"] = "expected",
      ["contains(serialNumber)"] = "takes 1 arguments",
      ["contains(serialNumber,1)"] = "takes these arguments",
      ["subUnits/any(s: s/nothing eq 'a')"] = "s/nothing",
      ["subUnits/any(s: s/partNumber)"] = "must be a condition",
      ["subUnits/any(s)"] = "':' expected",
      ["subUnits/all()"] = "'name' expected",
      ["subUnits/some(s: s/partNumber eq 'a')"] = "unknown function",
      ["serialNumber/any(s: s eq 'a')"] = "unknown function",
      ["subUnits eq 'a'"] = "incompatible types",
      ["serialNumber gt null"] = "incompatible types",
      ["serialNumber in ('a', 1)"] = "must be of type string",
      ["start gt 2026-13-01T00:00:00Z"] = "invalid date",
      ["not serialNumber"] = "takes conditions",
    }
    for filter, reason in pairs(cases) do
      it(filter, function()
        local response = box:get(HEADERS .. sandboxes.query({ "$filter", filter }))
        assert.equal(400, response.status)
        local answer = cjson.decode(response.body)
        assert.matches(reason, answer.ExceptionMessage, 1, true)
        assert.is_string(answer.ExceptionType)
      end)
    end

    it("filters nested without end", function()
      local filter = ("("):rep(5000) .. "serialNumber eq 'a'" .. (")"):rep(5000)
      assert.equal(400, box:get(HEADERS .. "?$filter=" .. sandboxes.encode(filter)).status)
    end)

    it("options that are wrong or not supported", function()
      for _, option in ipairs({ "$top=10001", "$top=-1", "$top=x", "$skip=1.5", "$count=true",
        "$filter=", "$select=", "$expand=", "$orderby=", "$top=" }) do
        assert.equal(400, box:get(HEADERS .. "?" .. option).status, option)
      end
      assert.equal(200, box:get(HEADERS .. "?$top=10000").status)
      assert.equal(400, box:get(HEADERS .. "?other=1").status)
    end)
  end)

  it("expands", function()
    local report = post({
      sn = "PARTS",
      start = "2025-01-01T00:00:00Z",
      subUnits = { { partType = "PCB", pn = "SP", sn = "SS", rev = "1" } },
      miscInfos = { { description = "Temp", numeric = 25 }, { description = "Mode", text = "x" } },
    })
    local row = rows("$filter", "uuid eq " .. report.id, "$expand", "subUnits,miscinfo")[1]
    assert.same({ partType = "PCB", partNumber = "SP", serialNumber = "SS", revision = "1" },
      row.subUnits[1])
    assert.same({ description = "Temp", value = "25" }, row.miscInfo[1])
    assert.equal("x", row.miscInfo[2].value)
    assert.equal(400, box:get(HEADERS .. "?$expand=nothing").status)
  end)

  it("counts the runs of a unit, and the first that passed", function()
    local function run(result)
      post({ sn = "RUNS", result = result, start = "2025-06-01T00:00:00Z" })
    end
    run("F")
    run("P")
    run("P")
    local list = rows("$filter", "serialNumber eq 'RUNS'", "$orderby", "timeStamp")
    assert.equal(cjson.null, list[1].passedInRun)
    assert.equal(2, list[2].passedInRun)
    assert.equal(2, list[3].passedInRun)
    assert.equal(3, list[3].run)
  end)

  it("names the step that caused the failure, and its path", function()
    local report = post({
      result = "F",
      start = "2025-06-02T00:00:00Z",
      root = {
        id = 1, name = "Main", status = "F",
        steps = {
          { id = 2, name = "Power", status = "F", steps = {
            { id = 3, name = "3V3", status = "F", causedUUTFailure = true },
          } },
        },
      },
    })
    local row = rows("$filter", "uuid eq " .. report.id)[1]
    assert.equal("3V3", row.causedUutFailure)
    assert.equal("Main/Power/3V3", row.causedUutFailurePath)
  end)
end)
