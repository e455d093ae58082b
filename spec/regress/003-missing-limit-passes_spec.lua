-- An operator whose limit is missing compares with nothing: a mistake, never a pass. And GELE,
-- GTLE and the outside operators compare with both their limits.
local limits = require("wats.report.limits")
local report = require("wats.report")

describe("a limit that is missing", function()
  it("raises for every operator that needs it", function()
    local uut = report.uut(
      { part_number = "P", serial_number = "S", revision = "", process_code = 10 },
      { name = "ICT-01" })
    for _, comp in ipairs {
      "EQ", "NE", "GT", "GE", "LT", "LE", "GTLT", "GTLE", "GELT", "GELE", "LTGT", "LTGE", "LEGT",
      "LEGE",
    } do
      assert.has_error(function() uut:numeric { name = "x", value = 1, comp = comp } end)
    end
    for _, comp in ipairs { "GTLT", "GTLE", "GELT", "GELE", "LTGT", "LTGE", "LEGT", "LEGE" } do
      assert.has_error(function() uut:numeric { name = "x", value = 1, comp = comp, low = 0 } end)
    end
    assert.equal(0, #uut.record.root.steps)
  end)

  it("is not what a value at the edge or beyond meets", function()
    assert.is_true(limits.holds("GELE", 1, 1, 2))
    assert.is_false(limits.holds("GTLE", 3, 1, 2))
    assert.is_false(limits.holds("LTGT", 1.5, 1, 2))
  end)
end)
