-- wats.report.measures: measurements as they are shown.

local json = require("wats.json")
local measures = require("wats.report.measures")

local function one(record)
  return measures.of { numericMeas = { record } }[1]
end

describe("wats.report.measures", function()
  it("shows each limit with its sign, on the side where it limits", function()
    for comp, expected in pairs {
      LOG = { "", "" }, EQ = { "= 1", "" }, NE = { "!= 1", "" }, GT = { "> 1", "" },
      GE = { ">= 1", "" }, LT = { "", "< 1" }, LE = { "", "<= 1" },
    } do
      local measure = one { compOp = comp, value = 3, lowLimit = comp ~= "LOG" and 1 or nil }
      assert.same(expected, { measure.low, measure.high })
    end
    for comp, expected in pairs {
      GELE = { ">= 1", "<= 2.5" }, GTLT = { "> 1", "< 2.5" }, LEGE = { "<= 1", ">= 2.5" },
      LTGT = { "< 1", "> 2.5" },
    } do
      local measure = one { compOp = comp, value = 3, lowLimit = 1.0, highLimit = 2.5 }
      assert.same(expected, { measure.low, measure.high })
      assert.same({ 1.0, 2.5 }, { measure.low_number, measure.high_number })
    end
  end)

  it("shows what stands there though the operator has no use for it", function()
    local measure = one { compOp = "XYZW", lowLimit = "NaN", highLimit = 7, value = {} }
    assert.same({ "NaN", "7", "(an object)" }, { measure.low, measure.high, measure.value })
    assert.is_nil(measure.low_number)
    measure = one { compOp = "LE", lowLimit = 1, highLimit = 9 }
    assert.same({ "1", "<= 9" }, { measure.low, measure.high })
  end)

  it("knows text and yes-or-no, and which of them fail", function()
    local list = measures.of {
      stringMeas = {
        { name = "a", compOp = "IgnoreCase", value = "x", limit = "y", status = "F" } },
      booleanMeas = { { name = json.null, status = "P" }, "odd" },
    }
    assert.equal(2, #list)
    assert.same({ "IGNORECASE", "x", "y", true, true },
      { list[1].comp, list[1].value, list[1].low, list[1].text, list[1].fails })
    assert.same({ nil, "Passed", false }, { list[2].name, list[2].word, list[2].fails })
    assert.is_nil(measures.of { numericMeas = "x", stringMeas = json.null })
  end)

  it("says how far a failing value lies off the limit that it misses", function()
    for expected, case in pairs {
      ["+0.51"] = { "GELE", 5.61, 4.9, 5.1 }, ["-0.5"] = { "GTLT", 1, 1.5, 9 },
      ["+3.2"] = { "LE", 48.2, 45 }, ["-2"] = { "GE", 3, 5 }, ["-1"] = { "EQ", 500, 501 },
      ["+4"] = { "LTGT", 14, 10, 20 }, ["-3"] = { "LEGE", 17, 10, 20 },
      ["+1.23e+17"] = { "LT", 123456789012345678, 1 },
    } do
      local record = { compOp = case[1], value = case[2], lowLimit = case[3],
        highLimit = case[4], status = "F" }
      assert.equal(expected, one(record).off)
      record.status = "P"
      assert.equal("", one(record).off)
    end
    for _, case in ipairs { { "LT", 5, 5 }, { "NE", 5, 5 }, { "GELE", 2, 1, 3 },
      { "GELE", 0 / 0, 1 },
      { "GELE", "x", 1, 2 }, { "GELE", 1, "x", {} }, { "LE", 1.7e308, -1.7e308 }, { "", 1, 2, 3 },
      { "LTGT", 1, 2 }, { "GE", math.huge, 1 } } do
      assert.equal("", one { compOp = case[1], value = case[2], lowLimit = case[3],
        highLimit = case[4], status = "F" }.off)
    end
  end)
end)
