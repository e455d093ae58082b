-- "Done" is how a step may end, but no result of a report: the server knows P, F, E and T there.
local report = require("wats.report")

describe("a report", function()
  local function new()
    return report.uut({ part_number = "P", serial_number = "S", revision = "", process_code = 10 },
      { name = "ICT-01" })
  end

  it("of steps that are done has passed", function()
    local uut = new()
    uut:action("x")
    assert.equal("P", uut:finish())
    assert.equal("D", uut.record.root.steps[1].status)
  end)

  it("cannot be done itself", function()
    local uut = new()
    for _, word in ipairs { "D", "done", "S", "U" } do
      assert.has_error(function() uut:finish { result = word } end)
    end
    uut:finish()
    uut.record.result = "D"
    assert.is_nil((uut:validate()))
    assert.has_error(function()
      report.uur({ uut = uut, result = "D" }, { name = "REP-01" })
    end)
  end)
end)
