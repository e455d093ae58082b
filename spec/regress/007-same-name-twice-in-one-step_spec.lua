-- Three measurements of one name must not end up as two of one name and one of another.
local report = require("wats.report")

describe("measurements of one step", function()
  it("must have names of their own", function()
    local uut = report.uut(
      { part_number = "P", serial_number = "S", revision = "", process_code = 10 },
      { name = "ICT-01" })
    local ok, message = pcall(function()
      uut:numeric_multi {
        name = "rails",
        measurements = {
          { name = "a", value = 1 }, { name = "b", value = 2 }, { name = "a", value = 3 },
        },
      }
    end)
    assert.is_false(ok)
    assert.matches('numeric_multi "rails": measurement 3: the name "a" is used twice$', message)
  end)
end)
