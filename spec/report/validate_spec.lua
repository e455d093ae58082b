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
end)
