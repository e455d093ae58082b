local fault = require("spec.support.fault")
local json = require("wats.json")
local report = require("wats.report")

local function new()
  return report.uut({ part_number = "P", serial_number = "S", revision = "", process_code = 10 },
    { name = "ICT-01" })
end

-- The header after passes with these values, of which those up to 2 pass.
local function header(decides, ...)
  local uut = new()
  local seq = uut:sequence("s")
  local loop = seq:loop { name = "trim", decides = decides }
  for _, value in ipairs { ... } do loop:numeric { value = value, high = 2 } end
  local result = uut:finish()
  assert.is_true(uut:validate())
  return seq.record.steps[1], result, seq.record.steps
end

describe("a loop", function()
  it("stands as a header and a pass each, in the order of execution", function()
    local head, result, steps = header(nil, 1, 3, 2)
    assert.equal("F", result)
    assert.are_not.equal(head.numericMeas, steps[3].numericMeas)
    assert.are_not.equal(head.numericMeas[1], steps[3].numericMeas[1])
    assert.same({ num = 3, endingIndex = 3, passed = 2, failed = 1 }, head.loop)
    assert.equal("ET_NLT", head.stepType)
    for i = 1, 3 do
      local pass = steps[i + 1]
      assert.same({ idx = i - 1 }, pass.loop)
      assert.equal("trim", pass.name)
      assert.equal(head.id + i, pass.id)
    end
  end)

  for _, case in ipairs {
    { "all", "F", 3, 1, 3, 2 }, { "all", "P", 2, 1, 2 },
    { "last", "P", 2, 3, 2 }, { "last", "F", 3, 2, 3 },
    { "any", "P", 2, 3, 2, 4 }, { "any", "F", 4, 3, 4 },
  } do
    it(("is %s if %s passes decide of %s"):format(case[2], case[1],
      table.concat(case, ", ", 4)), function()
      local head, result = header(case[1], table.unpack(case, 4))
      assert.equal(case[2], head.status)
      assert.equal(case[2], result)
      -- what it shows is what decided, and not the pass's own table
      assert.equal(case[3], head.numericMeas[1].value)
      assert.equal(case[2], head.numericMeas[1].status)
    end)
  end

  it("that passed after all leaves no cause of a failure", function()
    local uut = new()
    local loop = uut:loop { name = "retry", decides = "last" }
    loop:pass_fail { passed = false }
    loop:pass_fail { passed = true }
    local failing = uut:pass_fail { name = "x", passed = false }
    assert.equal("F", uut:finish())
    assert.equal(failing.id, uut.record.uut.stepIdCausedUUTFailure)
    assert.is_nil(uut.record.root.steps[2].causedUUTFailure)
  end)

  it("takes sequences, each with its own steps", function()
    local uut = new()
    local loop = uut:loop("corners")
    loop:sequence():numeric { name = "a", value = 1, high = 2 }
    loop:sequence { name = "hot" }:numeric { name = "a", value = 3, high = 2 }
    assert.equal("F", uut:finish())
    local steps = uut.record.root.steps
    assert.same({ "F", "P", "F" }, { steps[1].status, steps[2].status, steps[3].status })
    assert.same({ "corners", "corners", "hot" }, { steps[1].name, steps[2].name, steps[3].name })
    assert.equal("SequenceCall", steps[1].stepType)
    assert.same({}, steps[1].steps)
    assert.equal(steps[1].id, uut.record.uut.stepIdCausedUUTFailure)
    assert.is_true(uut:validate())
  end)

  it("counts a skipped pass for neither side, and was skipped without any", function()
    local uut = new()
    local loop = uut:loop("l")
    loop:action { status = "S" }
    loop:action()
    local empty = uut:loop { name = "never", step_type = "DoWhile" }
    assert.equal("P", uut:finish())
    assert.same({ num = 2, endingIndex = 2, passed = 1, failed = 0 }, loop.record.loop)
    assert.same({ "S", "DoWhile" }, { empty.record.status, empty.record.stepType })
    assert.equal(0, empty.record.loop.num)
  end)

  it("ends as the caller says, where he does", function()
    local uut = new()
    local loop = uut:loop { name = "l", status = "passed" }
    loop:pass_fail { passed = false }
    assert.equal("P", uut:finish())
    local ok, problems = uut:validate()
    assert.is_nil(ok)
    assert.same({ "root.steps[0].status: P, but booleanMeas[0] failed" }, problems)
  end)

  it("takes no pass behind another step, nor in a finished report", function()
    local uut = new()
    local loop = uut:loop("l")
    loop:action()
    uut:action("x")
    assert.matches("action: the loop has ended: another step was added behind it$",
      fault(function() loop:action() end))
    assert.equal(3, #uut.record.root.steps)
    uut:finish()
    assert.matches("action: the report is finished$", fault(function() loop:action() end))
  end)

  it("refuses a mistake and stays as it was", function()
    local uut = new()
    local loop = uut:loop("l")
    assert.matches('numeric "l": option "value" is missing$',
      fault(function() loop:numeric { low = 1 } end))
    assert.matches('loop "l": option "decides" must be one of "all", "last", "any"',
      fault(function() uut:loop { name = "l", decides = "most" } end))
    assert.equal(1, #uut.record.root.steps)
    assert.equal(0, #loop)
    assert.matches('^wats.loop: "l", 0 passes$', tostring(loop))
  end)

  it("is read back as it was", function()
    local uut = new()
    uut:loop("l"):numeric { value = 5 }
    local text = uut:to_json()
    local read = assert(report.parse(text))
    assert.same(json.decode(text), json.decode(read:to_json()))
    read = assert(report.parse(text))
    -- a step added to what was read does not bring the passes into the verdict
    read:action("x")
    assert.equal("P", read:finish())
  end)
end)
