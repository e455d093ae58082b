-- A program that says "passed" of what it measured out of its limits is believed, but validate
-- tells: the server compares nothing, and nobody else would notice.
local report = require("wats.report")

describe("a pass that is given", function()
  it("is told of where the measurement says otherwise", function()
    local uut = report.uut({ part_number = "P", serial_number = "S", revision = "",
      process_code = 10 }, { name = "ICT-01" })
    local seq = uut:sequence("s")
    seq:numeric { name = "a", value = 9, low = 1, high = 2, status = "P" }
    seq:string { name = "b", value = "x", limit = "y", status = "passed" }
    seq:pass_fail_multi { name = "c", status = "P",
      measurements = { { name = "d", passed = false } } }
    seq:pass_fail { name = "e", passed = false, status = "P" }
    assert.equal("P", uut:finish())
    local _, problems = uut:validate()
    assert.same({
      "root.steps[0].steps[0].numericMeas[0].status: P, but 9 is not within GELE 1, 2",
      "root.steps[0].steps[1].stringMeas[0].status: P, but the value is not what the limit wants",
      "root.steps[0].steps[2].status: P, but booleanMeas[0] failed",
      "root.steps[0].steps[3].status: P, but booleanMeas[0] failed",
    }, problems)
  end)

  it("is told of where a step in a sequence, or the root, failed", function()
    local read = assert(report.parse [[{"type":"T","result":"P","root":{"id":1,"status":"F",
      "steps":[
      {"id":2,"status":"P","steps":[{"id":3,"name":"x","status":"F"}]}]}}]])
    local all = table.concat(select(2, read:validate()), "\n")
    assert.truthy(all:find('root.steps[0].status: P, but the step "x" in it is F', 1, true))
    assert.truthy(all:find("result: P, but root is F", 1, true))
  end)
end)
