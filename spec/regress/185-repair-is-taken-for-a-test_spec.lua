-- Whether a report is on a test or on a repair stands in `type`; which of `uut` and `uur` happens
-- to be there says nothing.
local report = require("wats.report")

describe("a report is a repair", function()
  it("by its type alone", function()
    local repair = assert(report.parse [[{"type":"R","uur":null,"uut":{"user":"x"},
      "subUnits":[{"idx":0}]}]])
    assert.has_error(function() repair:action("x") end)
    repair:failure { category = "a", code = "b" }
    assert.equal("b", repair.record.subUnits[1].failures[1].code)
  end)

  it("not by having a uur", function()
    local test = assert(report.parse [[{"type":"T","uur":{"user":"x"},"root":{"id":1}}]])
    assert.has_error(function() test:failure { category = "a", code = "b" } end)
    assert.equal("D", test:action("x").status)
    local _, problems = test:validate()
    assert.truthy(table.concat(problems, "\n"):find("uut: is missing", 1, true))
  end)
end)
