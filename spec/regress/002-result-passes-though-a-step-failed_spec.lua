-- A value out of its limits must reach the report's result, from every kind of step and any depth.
local report = require("wats.report")

local function new()
  return report.uut({ part_number = "P", serial_number = "S", revision = "", process_code = 10 },
    { name = "ICT-01" })
end

describe("a report with something out of its limits", function()
  for kind, given in pairs {
    numeric = { name = "x", value = 5, low = 1, high = 2 },
    numeric_multi = { name = "x", measurements = { { name = "a", value = 5, high = 2 } } },
    string = { name = "x", value = "a", limit = "b" },
    string_multi = { name = "x", measurements = { { name = "a", value = "a", limit = "b" } } },
    pass_fail = { name = "x", passed = false },
    pass_fail_multi = { name = "x", measurements = { { name = "a", passed = false } } },
  } do
    it("failed, by a step of kind " .. kind, function()
      local uut = new()
      local deep = uut:sequence("a"):sequence("b"):sequence("c")
      deep[kind](deep, given)
      deep:action("after")
      assert.equal("F", uut:finish())
      local record = uut:to_table()
      assert.equal("F", record.result)
      assert.equal("F", record.root.status)
      assert.equal("F", record.root.steps[1].steps[1].steps[1].status)
    end)
  end
end)
