-- A status in words other than the expected letters must not turn into a pass.
local report = require("wats.report")

local function new()
  return report.uut({ part_number = "P", serial_number = "S", revision = "", process_code = 10 },
    { name = "ICT-01" })
end

describe("a status in words", function()
  for _, word in ipairs { "Failed", "failed", "fail", "FAIL", "f" } do
    it(("is a failure when it is %q"):format(word), function()
      local uut = new()
      assert.equal("F", uut:numeric({ name = "x", value = 1, status = word }).status)
      assert.equal("F", uut:finish())
    end)
  end

  it("raises when it is no status, and adds nothing", function()
    local uut = new()
    assert.has_error(function() uut:numeric { name = "x", value = 1, status = "failure" } end)
    assert.equal(0, #uut.record.root.steps)
  end)
end)
