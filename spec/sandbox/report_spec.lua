-- Reports in the sandbox: what is taken, what is refused and with which words.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")

local SAMPLES = "../shared/wats/samples/"

local function read_file(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local text = file:read("a")
  file:close()
  return text
end

describe("sandbox reports", function()
  local it, box = sandboxes.open(it, pending, setup, teardown)

  local function post(body)
    return assert(box:request("POST", "/api/Report/WSJF", { body = body }))
  end

  -- The faults by field when a report with these changes is posted.
  local function faults_of(changes)
    local response = post(cjson.encode(sandboxes.report(changes)))
    if response.status == 200 then
      return {}
    end
    assert.equal(400, response.status, response.body)
    local answer = cjson.decode(response.body)
    for _, texts in pairs(answer.ModelState) do
      for _, text in ipairs(texts) do
        assert.matches(text, answer.Message, 1, true)
      end
    end
    return answer.ModelState
  end

  local function repair(changes)
    local report = {
      type = "R", processCode = 500, root = cjson.null, uut = cjson.null,
      uur = { user = "op", processCode = 50, refUUT = require("wats.core").uuid() },
      subUnits = {
        { idx = 0, partType = "Main", pn = "P", sn = "S", rev = "A",
          failures = { { category = "Component", code = "Burned" } } },
      },
    }
    for name, value in pairs(changes or {}) do
      report[name] = value
    end
    return report
  end

  local function root(changes)
    local step = { id = 1, name = "Main", status = "P", group = "M" }
    for name, value in pairs(changes) do
      step[name] = value
    end
    return { root = step }
  end

  local function numeric(...)
    return root({ numericMeas = { ... } })
  end

  it("are taken, and told by id and number", function()
    local report = sandboxes.report({ id = "0A0B0C0D-1111-4222-8333-444455556666" })
    local answer = cjson.decode(post(cjson.encode(report)).body)
    assert.equal(report.id:lower(), answer.uuid)
    assert.equal(report.id:lower(), answer.ID)
    assert.equal(0, answer.Report_ID % 1)
  end)

  it("come back as the very text that was sent", function()
    local report = sandboxes.report()
    local text = cjson.encode(report):gsub("^{", '{ "unknown" : [ 1.50, null, -0.0, 1e2 ],')
    assert.equal(200, post(text).status)
    local response = box:get("/api/Report/Wsjf/" .. report.id:upper())
    assert.equal(text, response.body)
    assert.equal("application/json; charset=utf-8", response.headers["content-type"])
  end)

  for _, name in ipairs({ "uut_export.json", "uur_example.json" }) do
    it("that a server exported are taken: " .. name, function()
      local text = read_file(SAMPLES .. name)
      if not text then
        pending("no " .. SAMPLES .. name)
        return
      end
      local response = post(text)
      assert.equal(200, response.status, response.body)
      local id = cjson.decode(response.body).uuid
      assert.equal(text, box:get("/api/Report/Wsjf/" .. id).body)
    end)
  end

  it("that are not there are a 404, and what is no id a 400", function()
    assert.equal(404, box:get("/api/Report/Wsjf/" .. require("wats.core").uuid()).status)
    local response = box:get("/api/Report/Wsjf/17")
    assert.equal(400, response.status)
    assert.is_string(cjson.decode(response.body).ModelState.id[1])
  end)

  it("with the same id again replace, and count in receiveCount", function()
    local report = sandboxes.report({ result = "F" })
    local first = cjson.decode(post(cjson.encode(report)).body)
    report.result = "P"
    local second = cjson.decode(post(cjson.encode(report)).body)
    assert.equal(first.Report_ID, second.Report_ID)
    local query = sandboxes.query({ "$filter", "uuid eq " .. report.id })
    local headers = box:get_json("/api/Report/Query/Header" .. query)
    assert.equal(1, #headers)
    assert.equal(2, headers[1].receiveCount)
    assert.equal("Passed", headers[1].result)
    assert.equal(1, headers[1].run)
  end)

  describe("that are refused", function()
    it("as text: what is not JSON, or not UTF-8", function()
      for _, body in ipairs({ " ", "{", '{"a":NaN}', "\xff\xfe" }) do
        local response = post(body)
        assert.equal(400, response.status)
        assert.matches("text/plain", response.headers["content-type"], 1, true)
        assert.matches("not valid", response.body)
      end
      assert.equal(400, post("").status)
      assert.equal(400, post("[]").status)
      assert.equal(400, post("[1]").status)
      assert.equal(400, post("17").status)
    end)

    it("with a fault for each field that is missing", function()
      local faults = cjson.decode(post("{}").body).ModelState
      for _, name in ipairs({
        "type", "id", "pn", "sn", "rev", "processCode", "result", "machineName", "location",
        "purpose", "start",
      }) do
        assert.equal("The " .. name .. " field is required.", faults[name][1])
      end
    end)

    it("for null where something is required", function()
      assert.is_truthy(faults_of({ sn = cjson.null }).sn)
    end)

    it("for wrong letters", function()
      assert.is_truthy(faults_of({ type = "X" }).type)
      assert.is_truthy(faults_of({ result = "D" }).result)
      assert.is_truthy(faults_of({ result = "Passed" }).result)
      assert.is_truthy(faults_of(root({ status = "X" }))["root.status"])
      assert.is_truthy(faults_of(root({ group = "X" }))["root.group"])
      assert.same({}, faults_of(root({ status = "U" })))
    end)

    it("for wrong kinds and lengths", function()
      assert.is_truthy(faults_of({ id = "1" }).id)
      assert.is_truthy(faults_of({ pn = 7 }).pn)
      assert.is_truthy(faults_of({ pn = "" }).pn)
      assert.is_truthy(faults_of({ sn = ("x"):rep(101) }).sn)
      assert.same({}, faults_of({ sn = ("æ"):rep(100) }))
      assert.is_truthy(faults_of({ processCode = 50.5 }).processCode)
      assert.is_truthy(faults_of(root({ name = ("x"):rep(101) }))["root.name"])
      assert.is_truthy(faults_of(root({ reportText = ("x"):rep(5001) }))["root.reportText"])
    end)

    it("for an unknown or unfit process", function()
      assert.matches("77", faults_of({ processCode = 77 }).processCode[1])
      assert.is_truthy(faults_of({ processCode = 500 }).processCode)
      assert.is_truthy(faults_of({ processName = "pcba test" }).processName)
      assert.same({}, faults_of({ processName = "PCBA test" }))
    end)

    it("for a bad start", function()
      assert.is_truthy(faults_of({ start = "yesterday" }).start)
      assert.is_truthy(faults_of({ start = "2026-02-30T10:00:00Z" }).start)
      assert.is_truthy(faults_of({ start = "2026-01-30T10:00:00" }).start)
      assert.matches("future", faults_of({ start = "2999-01-01T00:00:00Z" }).start[1])
      local utc = faults_of({ startUTC = "2026-01-30T10:00:00Z" }).startUTC
      assert.matches("same instant", utc[1])
      assert.same({}, faults_of({ startUTC = "2026-01-30T09:00:00.000Z" }))
    end)

    it("for a test without its parts", function()
      assert.is_truthy(faults_of({ root = cjson.null }).root)
      assert.is_truthy(faults_of({ uut = cjson.null }).uut)
      local uut = { stepIdCausedUUTFailure = 9 }
      assert.is_truthy(faults_of({ uut = uut })["uut.stepIdCausedUUTFailure"])
      local data = { { name = "a", data = "", contentType = "text/plain" } }
      assert.is_truthy(faults_of({ binaryData = data }).binaryData)
    end)

    it("for step ids that are missing or used twice", function()
      local steps = {
        { id = 2, name = "a", status = "P" },
        { id = 2, name = "b", status = "P" },
        { name = "c", status = "P" },
      }
      local faults = faults_of(root({ steps = steps }))
      assert.matches("2 is used twice", faults["root.steps[1].id"][1])
      assert.is_truthy(faults["root.steps[2].id"])
    end)

    it("for measurements of a multiple step without names of their own", function()
      local log = { compOp = "LOG", status = "P", value = 1 }
      local named = { compOp = "LOG", status = "P", value = 1, name = "m" }
      assert.same({}, faults_of(numeric(log)))
      local faults = faults_of(numeric(log, named, named))
      assert.is_truthy(faults["root.numericMeas[0].name"])
      assert.is_nil(faults["root.numericMeas[1].name"])
      assert.matches("used twice", faults["root.numericMeas[2].name"][1])
    end)

    it("for comparisons without their limits", function()
      local function meas(operator, low, high)
        return numeric({
          compOp = operator, status = "P", value = 1, lowLimit = low, highLimit = high,
        })
      end
      assert.same({}, faults_of(meas("LT", 5)))
      assert.same({}, faults_of(meas("GELE", 0, 5)))
      assert.is_truthy(faults_of(meas("LT", nil, 5))["root.numericMeas[0].lowLimit"])
      assert.is_truthy(faults_of(meas("GELE", 0))["root.numericMeas[0].highLimit"])
      assert.is_truthy(faults_of(meas("XX", 0))["root.numericMeas[0].compOp"])
      assert.is_truthy(faults_of(numeric({ compOp = "LOG", status = "D", value = 1 }))
        ["root.numericMeas[0].status"])
      assert.is_truthy(faults_of(numeric({ compOp = "LOG", status = "P", value = "1" }))
        ["root.numericMeas[0].value"])
      assert.same({}, faults_of(numeric({ compOp = "LOG", status = "P", value = "NaN" })))
    end)

    it("for string comparisons that do not exist", function()
      local function meas(operator)
        return root({ stringMeas = { { compOp = operator, status = "P", value = "a" } } })
      end
      for _, name in ipairs({ "EQ", "NE", "LOG", "IgnoreCase", "CASESENSIT" }) do
        assert.same({}, faults_of(meas(name)))
      end
      assert.is_truthy(faults_of(meas("GE"))["root.stringMeas[0].compOp"])
      assert.is_truthy(faults_of(root({ booleanMeas = { { status = "X" } } }))
        ["root.booleanMeas[0].status"])
    end)

    it("for misc infos, sub units and assets that are not whole", function()
      assert.is_truthy(faults_of({ miscInfos = { { text = "a" } } })["miscInfos[0].description"])
      assert.is_truthy(faults_of({ miscInfos = { { description = "a" } } })["miscInfos[0]"])
      assert.same({}, faults_of({ miscInfos = { { description = "a", numeric = 1 } } }))
      assert.is_truthy(faults_of({ subUnits = { { pn = "a", sn = "b" } } })["subUnits[0].partType"])
      assert.is_truthy(faults_of({ assets = { { sn = "a" } } })["assets[0].assetSN"])
    end)

    it("when a repair is not whole", function()
      assert.same({}, faults_of(repair()))
      assert.is_truthy(faults_of(repair({ uur = cjson.null })).uur)
      assert.is_truthy(faults_of(repair({ subUnits = cjson.null })).subUnits)
      assert.is_truthy(faults_of(repair({ processCode = 50 })).processCode)
      local uur = { processCode = 500, refUUT = "x" }
      local faults = faults_of(repair({ uur = uur }))
      assert.is_truthy(faults["uur.processCode"])
      assert.is_truthy(faults["uur.refUUT"])
      local unit = { idx = 1, partType = "Main", pn = "P", sn = "S", failures = { { code = "x" } } }
      faults = faults_of(repair({ subUnits = { unit } }))
      assert.matches("idx 0", faults.subUnits[1])
      assert.is_truthy(faults["subUnits[0].failures[0].category"])
    end)

    it("for parts of steps that are not whole", function()
      for field, changes in pairs({
        ["root.callExe.exitCode"] = { callExe = { exitCode = "1" } },
        ["root.messagePopup.button"] = { messagePopup = { button = "ok" } },
        ["root.chart.chartType"] = { chart = { chartType = "Pie" } },
        ["root.chart.series[0].ydata"] = {
          chart = { chartType = "Line", series = { { dataType = "XYG", name = "s" } } },
        },
        ["root.attachment.data"] = { attachment = { name = "a", data = "no base64!" } },
        ["root.loop"] = { loop = { passed = 1 } },
        ["root.loop.idx"] = { loop = { idx = "0" } },
      }) do
        assert.is_truthy(faults_of(root(changes))[field], field)
      end
      assert.is_truthy(faults_of(root({ loop = { num = 1, passed = 1, failed = 1 } }))["root.loop"])
      assert.same({}, faults_of(root({ loop = { num = 2, passed = 1, failed = 1 } })))
    end)

    it("for units, failures and files of a repair that are not whole", function()
      local function unit(changes)
        local main = { idx = 0, partType = "Main", pn = "P", sn = "S" }
        for name, value in pairs(changes) do
          main[name] = value
        end
        return repair({ subUnits = { main } })
      end
      local function failure(changes)
        local whole = { category = "a", code = "b" }
        for name, value in pairs(changes) do
          whole[name] = value
        end
        return unit({ failures = { whole } })
      end
      local file = { { name = "a", data = "!", contentType = "b" } }
      for field, changes in pairs({
        ["subUnits[0].parentIdx"] = unit({ parentIdx = 3 }),
        ["subUnits[0].replacedIdx"] = unit({ replacedIdx = 0 }),
        ["subUnits[0].failures[0].category"] = failure({ category = "" }),
        ["subUnits[0].failures[0].refStepId"] = failure({ refStepId = "5V" }),
        ["subUnits[0].failures[0].attachments[0].data"] = failure({ attachments = file }),
        ["binaryData[0].data"] = repair({ binaryData = file }),
        ["uur.finalizeDate"] = repair({ uur = { processCode = 50, finalizeDate = "today" } }),
      }) do
        assert.is_truthy(faults_of(changes)[field], field)
      end
      assert.same({}, faults_of(failure({ refStepId = 4 })))
    end)

    it("without leaving a trace", function()
      local report = sandboxes.report({ result = "X" })
      assert.equal(400, post(cjson.encode(report)).status)
      assert.equal(404, box:get("/api/Report/Wsjf/" .. report.id).status)
    end)
  end)
end)
