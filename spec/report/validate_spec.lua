local report = require("wats.report")
local json = require("wats.json")

local function good()
  local uut = report.uut({
    part_number = "PN-1", serial_number = "SN-1", revision = "A", process_code = 10, start = 1.7e9,
  }, { name = "ICT-01" })
  local seq = uut:sequence("s")
  seq:numeric { name = "n", value = 1, low = 0, high = 2 }
  seq:numeric_multi {
    name = "m", measurements = { { name = "a", value = 1 }, { name = "b", value = 2, low = 1 } },
  }
  seq:string { name = "t", value = "x", limit = "x" }
  seq:pass_fail { name = "p", passed = true }
  uut:misc("d", "v")
  uut:sub_unit { part_number = "p", serial_number = "s" }
  uut:asset("a")
  return uut
end

-- The problems after `spoil` has changed the finished record.
local function problems(spoil)
  local uut = good()
  uut:finish()
  spoil(uut.record, uut.record.root.steps[1])
  local ok, list = uut:validate()
  if ok then return {} end
  return list
end

describe("validate", function()
  it("has nothing against a good report, open or finished", function()
    local uut = good()
    assert.is_true(uut:validate())
    assert.is_false(uut.finished)
    uut:finish()
    assert.is_true(uut:validate())
  end)

  for problem, spoil in pairs {
    ["type: must be one of T R, not \"X\""] = function(r) r.type = "X" end,
    ["id: must be a uuid"] = function(r) r.id = "7" end,
    ["pn: is empty"] = function(r) r.pn = "" end,
    ["sn: has 101 characters, at most 100 are possible"] = function(r) r.sn = ("ø"):rep(101) end,
    ["rev: is missing"] = function(r) r.rev = json.null end,
    ["processCode: must be a whole number"] = function(r) r.processCode = "10" end,
    ["machineName: is not UTF-8"] = function(r) r.machineName = "\xFF" end,
    ["result: must be one of P F E T, not \"D\""] = function(r) r.result = "D" end,
    ["result: is missing"] = function(r) r.result = nil end,
    ["start: lies in the future"] = function(r)
      r.start, r.startUTC = "2199-01-01T00:00:00Z", nil
    end,
    ["start: is no date and time with an offset"] = function(r) r.start = "2026-01-30T22:01:41" end,
    ["startUTC: start and startUTC are not the same instant"] = function(r)
      r.startUTC = "2023-11-14T22:13:21Z"
    end,
    ["uut: is missing"] = function(r) r.uut = nil end,
    ["root: is missing"] = function(r) r.root = nil end,
    ["uut.comment: has 5001 characters, at most 5000 are possible"] = function(r)
      r.uut.comment = ("x"):rep(5001)
    end,
    ["uut.execTime: must be finite: JSON has no inf"] = function(r) r.uut.execTime = 1 / 0 end,
    ["uut.testSocketIndex: must fit into 32 bits"] = function(r) r.uut.testSocketIndex = 2 ^ 31 end,
    ["uut.stepIdCausedUUTFailure: there is no step with id 99"] = function(r)
      r.uut.stepIdCausedUUTFailure = 99
    end,
    ["binaryData: only a repair report has it"] = function(r) r.binaryData = { {} } end,
    ["miscInfos[0]: needs text or numeric"] = function(r) r.miscInfos[1].text = nil end,
    ["miscInfos[0].text: has 101 characters, at most 100 are possible"] = function(r)
      r.miscInfos[1].text = ("x"):rep(101)
    end,
    ["subUnits[0].partType: has 51 characters, at most 50 are possible"] = function(r)
      r.subUnits[1].partType = ("x"):rep(51)
    end,
    ["assets[0].assetSN: is missing"] = function(r) r.assets[1] = { sn = "F" } end,
    ["assets[1]: must be an object"] = function(r) r.assets[2] = 5 end,
    ["root.id: must be 1"] = function(r) r.root.id = 9 end,
    ["root.steps[0].steps[1].id: 3 is used twice"] = function(_, s) s.steps[2].id = 3 end,
    ["root.steps[0].steps[0].group: must be one of S M C, not \"X\""] = function(_, s)
      s.steps[1].group = "X"
    end,
    ["root.steps[0].steps[0].status: must be one of P F D S E T U, not \"PF\""] = function(_, s)
      s.steps[1].status = "PF"
    end,
    ["root.steps[0].status: is missing"] = function(_, s) s.status = nil end,
    ["root.steps[0].steps[0].name: has 101 characters, at most 100 are possible"] = function(_, s)
      s.steps[1].name = ("x"):rep(101)
    end,
    ["root.steps[0].steps[0].reportText: has 5001 characters, at most 5000 are possible"] =
      function(_, s) s.steps[1].reportText = ("x"):rep(5001) end,
    ["root.steps[0].steps[0].numericMeas[0].compOp: unknown operator \"EQT\""] = function(_, s)
      s.steps[1].numericMeas[1].compOp = "EQT"
    end,
    ["root.steps[0].steps[0].numericMeas[0].highLimit: missing for GELE"] = function(_, s)
      s.steps[1].numericMeas[1].highLimit = nil
    end,
    ["root.steps[0].steps[0].numericMeas[0]: lowLimit 5 is above highLimit 2"] = function(_, s)
      s.steps[1].numericMeas[1].lowLimit = 5
    end,
    ["root.steps[0].steps[0].numericMeas[0].value: must be a number, not a string"] = function(_, s)
      s.steps[1].numericMeas[1].value = "1"
    end,
    ["root.steps[0].steps[1].numericMeas[1].lowLimit: missing for LT, which keeps it there"] =
      function(_, s)
        local measured = s.steps[2].numericMeas[2]
        measured.compOp, measured.lowLimit, measured.highLimit = "LT", nil, 5
      end,
    ["root.steps[0].steps[1].numericMeas[1].name: \"a\" is used twice"] = function(_, s)
      s.steps[2].numericMeas[2].name = "a"
    end,
    ["root.steps[0].steps[1].numericMeas[0].name: is missing"] = function(_, s)
      s.steps[2].numericMeas[1].name = nil
    end,
    ["root.steps[0].steps[2].stringMeas[0].limit: missing for EQ"] = function(_, s)
      s.steps[3].stringMeas[1].limit = nil
    end,
    ["root.steps[0].steps[3].booleanMeas[0].status: must be one of P F S, not \"D\""] =
      function(_, s) s.steps[4].booleanMeas[1].status = "D" end,
  } do
    it("finds: " .. problem, function()
      assert.same({ problem }, problems(spoil))
    end)
  end

  for problem, spoil in pairs {
    ["root.steps[0].steps[0].start: is no date and time with an offset"] = function(_, s)
      s.steps[1].start = "2026-01-30T22:01:41"
    end,
    ["root.steps[0].steps[0].causedSeqFailure: must be a boolean, not a string"] = function(_, s)
      s.steps[1].causedSeqFailure = "true"
    end,
    ["root.steps[0].seqCall.version: must be a string, not a number"] = function(_, s)
      s.seqCall.version = 1
    end,
    ["root.steps[0].steps[0].callExe.exitCode: must be a number, not a string"] = function(_, s)
      s.steps[1].callExe = { exitCode = "0" }
    end,
    ["root.steps[0].steps[0].messagePopup.button: must be a whole number"] = function(_, s)
      s.steps[1].messagePopup = { button = "OK" }
    end,
    ["root.steps[0].steps[0].loop: needs idx (a pass) or num (the header)"] = function(_, s)
      s.steps[1].loop = { passed = 1 }
    end,
    ["root.steps[0].steps[0].loop.idx: must not be negative"] = function(_, s)
      s.steps[1].loop = { idx = -1 }
    end,
    ["root.steps[0].steps[0].attachment.data: is no base64"] = function(_, s)
      s.steps[1].attachment = { name = "a", contentType = "b", data = "a" }
    end,
    ["root.steps[0].steps[0].attachment.name: is empty"] = function(_, s)
      s.steps[1].attachment = { name = "", contentType = "b", data = "" }
    end,
    ['root.steps[0].steps[0].chart.chartType: must be one of Line LineLogXY LineLogX LineLogY, not '
      .. '"Pie"'] = function(_, s) s.steps[1].chart = { chartType = "Pie" } end,
    ['root.steps[0].steps[0].chart.series[0].ydata: "x" is no number'] = function(_, s)
      s.steps[1].chart = { chartType = "Line",
        series = { { dataType = "XYG", name = "s", ydata = "1;x" } } }
    end,
    ["root.steps[0].steps[0].chart.series[0]: xdata has 1 numbers, ydata has 2"] = function(_, s)
      s.steps[1].chart = { chartType = "Line",
        series = { { dataType = "XYG", name = "s", xdata = "1", ydata = "1;2" },
          { dataType = "XYG", name = "t", xdata = "", ydata = "1;2" } } }
    end,
    ["root.steps[0].steps[0].additionalResults[0].props[0].type: is missing"] = function(_, s)
      s.steps[1].additionalResults = { { name = "a", props = { { name = "b" } } } }
    end,
    ['additionalData[0].props[1].name: "b" is used twice'] = function(r)
      local property = { name = "b", type = "String", value = "" }
      r.additionalData = { { name = "a", props = { property, { name = "b", type = "Bool" } } } }
    end,
    ["props[1].array.indexes[0].value: is the very table of one before"] = function(r)
      local one = { name = "b", type = "Obj" }
      one.props = { one, { name = "c", type = "Obj", props = {} } }
      r.additionalData = { { name = "a", props = { { name = "x", type = "Bool" }, one } } }
      one.props = nil
      one.array = { indexes = { { value = one } } }
    end,
    ["root.steps[0].status: D, but the step \"p\" in it is T"] = function(_, s)
      s.steps[4].status, s.status = "T", "D"
    end,
    ["root.steps[0].status: P, but the step \"p\" in it is E"] = function(_, s)
      s.steps[4].status = "E"
    end,
    ["root.steps[0].steps[3].status: D, but booleanMeas[0] failed"] = function(_, s)
      s.steps[4].status, s.steps[4].booleanMeas[1].status = "D", "F"
    end,
    ["root.steps[0].steps[0].numericMeas[0].status: F, but 1 is within GELE 0, 2"] = function(_, s)
      s.steps[1].numericMeas[1].status, s.steps[1].status, s.status = "F", "F", "F"
    end,
  } do
    it("finds: " .. problem, function()
      local found = table.concat(problems(spoil), "\n")
      assert.truthy(found:find(problem, 1, true), found)
    end)
  end

  it("says everything at once", function()
    assert.equal(3, #problems(function(r) r.pn, r.sn, r.rev = nil, nil, nil end))
  end)

  it("stands a report that is nested without end", function()
    local list = problems(function(r)
      local step = r.root
      for i = 1, 5000 do
        local child = { id = 100 + i, group = "M", stepType = "x", name = "x", status = "P" }
        step.steps = { child }
        step = child
      end
    end)
    assert.equal(1, #list)
    assert.matches("lies too deep$", list[1])
  end)

  it("has nothing against steps as deep as they are built, but against one more", function()
    local uut = good()
    local deepest = uut
    for i = 1, 88 do deepest = deepest:sequence("s" .. i) end
    local last = deepest:sequence("last").record
    uut:finish()
    assert.is_true(uut:validate())
    last.steps = { { id = 1000, group = "M", stepType = "x", name = "x", status = "P" } }
    assert.matches("lies too deep$", table.concat(select(2, uut:validate()), "\n"))
  end)

  it("has something against a start that is but a minute away", function()
    local core = require("wats.core")
    local instant = require("wats.instant")
    for _, offset in ipairs { 0, 3600 * 5, -3600 * 5 } do
      local list = problems(function(r)
        r.start, r.startUTC = instant.with_offset(core.time() + 60, offset), nil
      end)
      assert.same({ "start: lies in the future" }, list)
      assert.same({}, problems(function(r)
        r.start, r.startUTC = instant.with_offset(core.time() - 60, offset), nil
      end))
    end
  end)
end)

-- The warnings after `spoil` has changed the finished record, which stays without problems.
local function warnings(spoil)
  local uut = good()
  uut:finish()
  spoil(uut.record, uut.record.root.steps[1])
  local ok, list, warned = uut:validate()
  assert.is_true(ok, list and table.concat(list, "\n"))
  return warned
end

describe("validate warns", function()
  it("of nothing in a good report", function()
    assert.same({}, warnings(function() end))
  end)

  for warning, spoil in pairs {
    ['pn: has "*" in it, which searches read otherwise'] = function(r) r.pn = "A*" end,
    ['sn: has "/" in it, which searches read otherwise'] = function(r) r.sn = "A/1" end,
    ["assets[1].assetSN: is used twice"] = function(r) r.assets[2] = { assetSN = "a" } end,
    ["startUTC: is missing"] = function(r) r.startUTC = json.null end,
    ["result: F, though root is P"] = function(r) r.result = "F" end,
    ["result: T, but root is E"] = function(r, s)
      s.steps[4].status, s.status, r.root.status, r.result = "E", "E", "E", "T"
    end,
    ["root.steps[0].status: F, though nothing in it failed"] = function(r, s)
      s.status, r.root.status, r.result = "F", "F", "F"
    end,
    ['root.steps[0].status: P, but the step "p" in it is U'] = function(_, s)
      s.steps[4].status = "U"
    end,
    ['root.steps[0].status: P, but the step "x" in it is F'] = function(_, s)
      s.steps[5] = { id = 99, group = "M", stepType = "x", name = "x", status = "F",
        causedSeqFailure = false }
    end,
    ["root.steps[0].steps[0].numericMeas[0].value: missing, though not skipped"] = function(_, s)
      s.steps[1].numericMeas[1].value = json.null
    end,
    ["root.steps[0].steps[2].stringMeas[0].value: missing, though not skipped"] = function(_, s)
      s.steps[3].stringMeas[1].value = nil
    end,
    ["root.steps[0].steps[1].numericMeas[0]: has limits, but LOG compares with none"] =
      function(_, s) s.steps[2].numericMeas[1].lowLimit = 5 end,
    ['root.steps[0].steps[1].numericMeas[0].value: "Infinity" is no number'] = function(_, s)
      s.steps[2].numericMeas[1].value = "Infinity"
    end,
    ["root.steps[0].steps[0].loop: num is 3, but 1 passes follow"] = function(_, s)
      s.steps[1].loop = { num = 3 }
      s.steps[2].loop = { idx = 0 }
    end,
    ["root.steps[0].steps[0].loop: failed is 1, but 0 passes did"] = function(_, s)
      s.steps[1].loop = { num = 1, passed = 0, failed = 1 }
      s.steps[2].loop = { idx = 0 }
    end,
    ["root.steps[0].steps[0].status: P, but all 2 passes of the loop failed"] = function(_, s)
      s.steps[1].loop = { num = 2, passed = 0, failed = 2 } -- which are not there
    end,
    ["root.steps[0].steps[0].status: F, though no pass of the loop failed"] = function(r, s)
      s.steps[1] = { id = 3, group = "M", stepType = "x", name = "x", status = "F",
        loop = { num = 1, passed = 1, failed = 0 } }
      s.steps[2].loop = { idx = 0 }
      s.status, r.root.status, r.result = "F", "F", "F"
    end,
    ["root.steps[0].steps[1].numericMeas[0].value: missing, though not skipped"] = function(r, s)
      -- a failure that compares nothing: NaN, very likely
      local step = s.steps[2]
      step.numericMeas[1].value, step.numericMeas[1].status, step.status = nil, "F", "F"
      s.status, r.root.status, r.result = "F", "F", "F"
    end,
    ["uut.stepIdCausedUUTFailure: step 3 is P"] = function(r) r.uut.stepIdCausedUUTFailure = 3 end,
    ["root.steps[0].causedUUTFailure: uut names no step"] = function(_, s)
      s.causedUUTFailure = true
    end,
    ['root.steps[0].steps[0].chart.series[0].ydata: "NaN" is no number'] = function(_, s)
      s.steps[1].chart = { chartType = "Line",
        series = { { dataType = "XYG", name = "s", ydata = "1;NaN" } } }
    end,
    ["root.steps[0].steps[0].attachment.data: is 11 MiB"] = function(_, s)
      s.steps[1].attachment = { name = "a", contentType = "b", data = ("A"):rep(15379456) }
    end,
  } do
    it("of: " .. warning, function()
      assert.same({ warning }, warnings(spoil))
    end)
  end
end)

describe("validate of a report that is", function()
  it("open has nothing against what is settled at its end", function()
    local uut = good()
    uut:loop("l"):numeric { value = 5, high = 1 }
    uut:loop("m"):sequence():action("x")
    local ok, found, warned = uut:validate()
    assert.is_true(ok, found and table.concat(found, "\n"))
    assert.same({}, warned)
  end)

  it("read wants all of it, until something is added", function()
    local uut = good()
    uut:finish()
    uut.record.result, uut.record.root.status = nil, nil
    local read = assert(report.parse(json.encode(uut.record)))
    local _, found = read:validate()
    assert.same({ "result: is missing", "root.status: is missing" }, found)
    assert.same({ nil, found, {} }, { report.validate(read.record) })
    read:action("x")
    assert.is_true(read:validate())
    assert.equal("P", read:finish())
  end)
end)
