-- A loop must reach the server under the format's names (idx, num, endingIndex, passed, failed),
-- and come back as it was.
local json = require("wats.json")
local report = require("wats.report")

describe("the counts of a loop", function()
  local uut = report.uut({ part_number = "P", serial_number = "S", revision = "",
    process_code = 10 }, { name = "ICT-01" })
  local loop = uut:loop("trim")
  loop:numeric { value = 1, high = 2 }
  loop:numeric { value = 3, high = 2 }
  local text = uut:to_json()

  it("are sent under their names", function()
    local steps = json.decode(text).root.steps
    assert.same({ num = 2, endingIndex = 2, passed = 1, failed = 1 }, steps[1].loop)
    assert.same({ idx = 0 }, steps[2].loop)
    assert.same({ idx = 1 }, steps[3].loop)
  end)

  it("are there after reading and writing", function()
    assert.same(json.decode(text), json.decode(assert(report.parse(text)):to_json()))
  end)

  it("are judged", function()
    uut.record.root.steps[1].loop.passed = 2
    local _, problems = uut:validate()
    assert.same({ "root.steps[0].loop: 2 passed and 1 failed are more than 2" }, problems)
  end)
end)
