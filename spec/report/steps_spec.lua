local steps = require("wats.report.steps")

local build = steps.builders

describe("the steps", function()
  it("carry what every step may carry, by the format's names", function()
    assert.same({
      group = "S", stepType = "NI_Wait", name = "warm up", status = "D", totTime = 1.5,
      start = "2026-01-30T22:01:41+01:00", errorCode = 7, errorMessage = "slow", reportText = "x",
    }, build.action {
      name = "warm up", group = "setup", step_type = "NI_Wait", total_time = 1.5,
      start = "2026-01-30T22:01:41+01:00", error_code = 7, error_message = "slow",
      report_text = "x",
    })
    for given, group in pairs { S = "S", main = "M", Cleanup = "C" } do
      assert.equal(group, build.action({ name = "a", group = given }).group)
    end
    assert.equal("M", build.action("a").group)
  end)

  it("with one measurement give it no name", function()
    local step = build.numeric { name = "3V3", value = 3.31, unit = "V", low = 3.2, high = 3.4 }
    assert.same({
      group = "M", stepType = "ET_NLT", name = "3V3", status = "P",
      numericMeas = {
        {
          value = 3.31, unit = "V", compOp = "GELE", lowLimit = 3.2, highLimit = 3.4, status = "P",
        },
      },
    }, step)
    step = build.string { name = "version", value = "1.2", limit = "1.3" }
    assert.equal("ET_SVT", step.stepType)
    assert.equal("F", step.status)
    assert.same({ { value = "1.2", limit = "1.3", compOp = "EQ", status = "F" } }, step.stringMeas)
    step = build.pass_fail { name = "led", passed = true }
    assert.equal("ET_PFT", step.stepType)
    assert.same({ { status = "P" } }, step.booleanMeas)
  end)

  it("with several measurements fail if one fails, and name each", function()
    local step = build.numeric_multi {
      name = "rails",
      measurements = {
        { name = "3V3", value = 3.3, low = 3.2, high = 3.4 },
        { name = "5V", value = 4.0, low = 4.8 },
        { name = "12V", value = 12.0 },
      },
    }
    assert.equal("ET_MNLT", step.stepType)
    assert.equal("F", step.status)
    assert.same({ "P", "F", "P" }, {
      step.numericMeas[1].status, step.numericMeas[2].status, step.numericMeas[3].status,
    })
    step = build.pass_fail_multi {
      name = "leds", measurements = { { name = "a", passed = true }, { name = "b", status = "S" } },
    }
    assert.equal("P", step.status)
    step = build.string_multi {
      name = "versions",
      measurements = { { name = "a", status = "S" }, { name = "b", status = "S" } },
    }
    assert.equal("S", step.status)
    assert.equal("ET_MSVT", step.stepType)
  end)

  it("honour the status that is given, and read it strictly", function()
    local step = build.numeric_multi {
      name = "x", status = "Error", measurements = { { name = "a", value = 1 } },
    }
    assert.equal("E", step.status)
    local nothing, problem = build.action { name = "x", status = "passsed" }
    assert.is_nil(nothing)
    assert.equal('unknown status "passsed" (did you mean "passed"?)', problem)
  end)

  it("tell in their text what JSON cannot hold", function()
    local step = build.numeric { name = "x", value = 0 / 0, low = 1, report_text = "range 2" }
    assert.equal("range 2\nmeasured NaN", step.reportText)
    assert.equal("F", step.status)
    assert.is_nil(step.numericMeas[1].value)
    step = build.numeric_multi {
      name = "x", measurements = { { name = "a", value = 0 / 0 }, { name = "b", value = 1 / 0 } },
    }
    assert.equal("a: measured NaN\nb: measured Inf", step.reportText)
    assert.equal("P", step.status)
  end)

  it("of the other kinds keep their own data", function()
    assert.same({ exitCode = 3 }, build.call_exe({ name = "flash", exit_code = 3 }).callExe)
    assert.equal("CallExecutable", build.call_exe("flash").stepType)
    assert.same({ response = "yes", button = 1 },
      build.message_popup({ name = "look", response = "yes", button = 1 }).messagePopup)
    assert.equal("NI_Lock", build.generic({ name = "lock", step_type = "NI_Lock" }).stepType)
  end)

  it("say what is wrong", function()
    local function problem(kind, given)
      local nothing, message = build[kind](given)
      assert.is_nil(nothing)
      return message
    end
    assert.equal('unknown option "lo" (did you mean "low"?)',
      problem("numeric", { name = "x", value = 1, lo = 2 }))
    assert.equal('option "name" is missing (string)', problem("numeric", { value = 1 }))
    assert.equal('option "value" must be number, got string',
      problem("numeric", { name = "x", value = "1" }))
    assert.equal('option "group" must be "setup", "main" or "cleanup" (S, M, C), got "end"',
      problem("action", { name = "x", group = "end" }))
    assert.equal('option "start" must be epoch seconds or ISO 8601 text with an offset, got "now"',
      problem("action", { name = "x", start = "now" }))
    assert.equal('option "name" is not UTF-8', problem("action", { name = "\xB5" }))
    assert.equal('option "unit" is not UTF-8',
      problem("numeric", { name = "x", value = 1, unit = "\xB5V" }))
    assert.equal('option "measurements" must be a list, not empty',
      problem("numeric_multi", { name = "x", measurements = {} }))
    assert.equal('measurement 2: the name "a" is used twice', problem("numeric_multi",
      { name = "x", measurements = { { name = "a", value = 1 }, { name = "a", value = 1 } } }))
    assert.equal('measurement 1: option "name" is missing', problem("numeric_multi",
      { name = "x", measurements = { { value = 1 } } }))
    assert.equal('measurement 1: unknown option "step_type"', problem("numeric_multi",
      { name = "x", measurements = { { name = "a", value = 1, step_type = "x" } } }))
    assert.equal('option "step_type" is missing (string)', problem("generic", { name = "x" }))
    assert.equal("a table of options expected, got number", problem("action", 5))
  end)
end)
