local report = require("wats.report")

local function names(steps)
  local list = {}
  for i, step in ipairs(steps) do list[i] = step.name end
  return table.concat(list, " ")
end

local function example()
  local uut = report.uut({ part_number = "P", serial_number = "S", revision = "",
    process_code = 10 }, { name = "ICT-01" })
  local power = uut:sequence("Power")
  power:numeric { name = "3V3", value = 3.3, low = 3.2, high = 3.4 }
  power:numeric { name = "5V", value = 5.5, high = 5.2 }
  local retry = uut:loop { name = "Retry", decides = "last" }
  retry:pass_fail { passed = false }
  retry:pass_fail { passed = true }
  local corners = uut:loop("Corners")
  corners:sequence("cold"):string { name = "ID", value = "a", limit = "a" }
  corners:sequence("hot"):string { name = "ID", value = "a", limit = "b" }
  uut:sequence("After"):action { name = "3V3", group = "cleanup", status = "E" }
  return uut, power
end

for state, prepare in pairs {
  open = function(uut) return uut end,
  finished = function(uut)
    uut:finish()
    return uut
  end,
  read = function(uut) return assert(report.parse(uut:to_json())) end,
} do
  describe("steps of a report that is " .. state, function()
    local uut = prepare((example()))

    it("are found by name, fields or a function, the first or all", function()
      assert.equal("ET_NLT", uut:find_step("3V3").stepType)
      assert.is_nil(uut:find_step("9V"))
      assert.equal("3V3 3V3", names(uut:find_all_steps("3V3")))
      assert.equal("E", uut:find_step({ name = "3V3", step_type = "ET_A" }).status)
      assert.equal("3V3", uut:find_step({ status = "error", group = "C" }).name)
      assert.equal("Power", uut:find_step({ id = 2 }).name)
      assert.equal("5V", uut:find_step(function(step) return step.numericMeas
        and step.numericMeas[1].value > 5 end).name)
      assert.equal("Power 3V3 5V Retry Retry Retry Corners cold ID hot ID After 3V3",
        names(uut:find_all_steps()))
    end)

    it("are counted", function()
      assert.equal(13, uut:count_steps())
      assert.equal(2, uut:count_steps("ID"))
      assert.equal(0, uut:count_steps { status = "T" })
    end)

    it("that failed are those in which no other did", function()
      assert.equal(state == "open" and "5V Retry ID 3V3" or "5V ID 3V3",
        names(uut:get_failed_steps()))
    end)
  end)
end

describe("finding steps", function()
  it("works in a sequence, and finds none in a repair", function()
    local uut, power = example()
    assert.equal("3V3 5V", names(power:find_all_steps()))
    assert.equal("5V", names(power:get_failed_steps()))
    assert.equal(2, power:count_steps())
    local uur = report.uur({ uut = uut }, { name = "R" })
    assert.is_nil(uur:find_step("3V3"))
    assert.same({}, uur:find_all_steps())
    assert.same({}, uur:get_failed_steps())
    assert.equal(0, uur:count_steps())
  end)

  it("has the header of a loop that failed with no failing pass on record", function()
    local uut = report.parse [[{"type":"T","root":{"id":1,"status":"F","steps":[
      {"id":2,"name":"a","status":"F","loop":{"num":3,"idx":null,"passed":2,"failed":1}},
      {"id":3,"name":"b","status":"P"}]}}]]
    assert.equal("a", names(uut:get_failed_steps()))
  end)

  it("does not go on for ever", function()
    local uut, power = example()
    power.record.steps[3] = power.record
    assert.equal(14, uut:count_steps())
    assert.equal("5V", uut:get_failed_steps()[1].name)
  end)

  it("refuses what is no question", function()
    local uut = example()
    for said, call in pairs {
      ['find_step: unknown option "names"'] = function()
        local _ = uut:find_step { names = "x" }
      end,
      ['find_all_steps: unknown status "bad"'] = function()
        local _ = uut:find_all_steps { status = "bad" }
      end,
      ["count_steps: a table of options expected, got number"] = function()
        local _ = uut:count_steps(5)
      end,
      ["get_failed_steps: this is neither a report nor a sequence"] = function()
        local _ = uut.get_failed_steps {}
      end,
    } do
      local ok, message = pcall(call)
      assert.is_false(ok)
      assert.matches(said, message, 1, true)
      assert.matches("^spec/report/find_spec%.lua:", message)
    end
  end)
end)
