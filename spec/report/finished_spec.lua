-- A finished report stays as it is, and what was put into one by hand is told of.
local fault = require("spec.support.fault")
local json = require("wats.json")
local report = require("wats.report")

local function new()
  return report.uut({ part_number = "P", serial_number = "S", revision = "", process_code = 10 },
    { name = "ICT-01" })
end

describe("a finished report", function()
  local GOOD = {
    sequence = { "x" }, action = { "x" }, generic = { { name = "x", step_type = "y" } },
    numeric = { { name = "x", value = 1 } }, string = { { name = "x", value = "" } },
    pass_fail = { { name = "x", passed = false } },
    numeric_multi = { { name = "x", measurements = { { name = "a", value = 1 } } } },
    string_multi = { { name = "x", measurements = { { name = "a", value = "" } } } },
    pass_fail_multi = { { name = "x", measurements = { { name = "a", passed = true } } } },
    chart = { { name = "x", series = { { name = "a", y = { 1 } } } } },
    attachment = { { name = "x", data = "" } }, call_exe = { "x" }, message_popup = { "x" },
    misc = { "x", "y" }, asset = { "x" },
    sub_unit = { { part_number = "x", serial_number = "y" } },
  }

  for name, arguments in pairs(GOOD) do
    it("takes no " .. name .. ", by the report or by a sequence kept from before", function()
      local uut = new()
      local seq = uut:sequence("s")
      -- while it is open, the very same is taken
      uut[name](uut, arguments[1], arguments[2])
      local result = uut:finish()
      local text = uut:to_json()
      for _, target in ipairs { uut, seq } do
        local method = target[name]
        if method then
          assert.equal(name .. ": the report is finished",
            fault(function() method(target, arguments[1], arguments[2]) end))
        end
      end
      assert.equal(text, uut:to_json())
      assert.equal(result, uut.result)
    end)
  end

  it("stays as it is when it is finished again, but mistakes are still told", function()
    local uut = new()
    uut:pass_fail { name = "x", passed = true }
    assert.equal("P", uut:finish { exec_time = 2, error_code = 3, error_message = "m" })
    local text = json.encode(uut.record, { sorted = true })
    assert.equal("P", uut:finish { result = "F", exec_time = 9, error_code = 8 })
    assert.equal("P", uut:finish())
    assert.equal(text, json.encode(uut.record, { sorted = true }))
    assert.equal('finish: unknown option "reslt" (did you mean "result"?)',
      fault(function() local _ = uut:finish { reslt = "F" } end))
  end)

  it("is not closed by a finish that raised", function()
    local uut = new()
    for problem, given in pairs {
      ['unknown status "Pssed" (did you mean "passed"?)'] = { result = "Pssed" },
      ['status "Skipped" is not possible here (P F E T)'] = { result = "Skipped" },
      ['option "exec_time" must be at least 0, got -1'] = { exec_time = -1 },
      ['option "error_code" must be at most 2147483647, got 2147483648'] =
        { error_code = 2147483648 },
      ['option "error_message" is not UTF-8'] = { error_message = "a\xC3" },
    } do
      assert.equal("finish: " .. problem, fault(function() local _ = uut:finish(given) end))
    end
    assert.is_false(uut.finished)
    assert.is_nil(uut.result)
    uut:pass_fail { name = "x", passed = false }
    assert.equal("F", uut:finish())
  end)
end)

describe("what was put into the record by hand and cannot be written", function()
  local function spoilt(spoil)
    local uut = new()
    local seq = uut:sequence("s")
    seq:pass_fail { name = "x", passed = false }
    spoil(uut.record, seq.record)
    return uut
  end

  for problem, spoil in pairs {
    ["a table within itself at x.y"] = function(r) r.x = {}; r.x.y = r.x end,
    ["a table within itself at root.steps[1].steps[1]"] = function(_, s) s.steps[1] = s end,
    ["nan at uut.execTime"] = function(r) r.uut.execTime = 0 / 0 end,
  } do
    it("raises when it is written: " .. problem, function()
      local uut = spoilt(spoil)
      assert.equal("cannot write as JSON: " .. problem,
        (fault(function() local _ = uut:to_json() end):gsub("%-nan", "nan")))
    end)
  end

  it("raises when it is copied without end", function()
    local uut = spoilt(function(r) r.x = {}; r.x.y = r.x end)
    assert.equal("to_table: a table of the report lies within itself",
      fault(function() local _ = uut:to_table() end))
  end)

  it("does not keep validate for ever", function()
    local uut = spoilt(function(_, s) s.steps = { s, s, s } end)
    local ok, problems = uut:validate()
    assert.is_nil(ok)
    assert.same({
      "root.steps[0].steps[0]: is the very table of a step before",
      "root.steps[0].steps[1]: is the very table of a step before",
      "root.steps[0].steps[2]: is the very table of a step before",
    }, problems)
  end)

  it("is told by validate, whatever stands where a list should", function()
    for problem, spoil in pairs {
      ["binaryData: must be a table, not a string"] = function(r) r.binaryData = "x" end,
      ["miscInfos: must be a list, not a table with the key a"] =
        function(r) r.miscInfos = { a = 1 } end,
      ["assets: must be a list without holes: [1] is nil"] =
        function(r) r.assets = { nil, { assetSN = "x" } } end,
    } do
      local _, problems = spoilt(spoil):validate()
      assert.same({ problem }, problems)
    end
  end)
end)
