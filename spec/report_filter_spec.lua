-- Filters: names and values are checked before anything is sent.

local filter = require("wats.report_filter")
local operations = require("wats.operations")
local blamed = require("spec.support.blamed")

local YIELD = operations.find("POST /api/App/DynamicYield")
local OEE = operations.find("POST /api/App/OeeAnalysis")
local GET = operations.find("GET /api/App/VolumeYield")

local function split(given, operation, how, get)
  local body, params = filter.split("a:b", given, operation or YIELD, how, get)
  return body, params
end

describe("a filter", function()
  it("is split into body and parameters", function()
    local given = { partNumber = "A", availableTime = "8", targetOutput = 5, topCount = 3 }
    local body, params = split(given, OEE)
    assert.same({ partNumber = "A", topCount = 3 }, body)
    assert.same({ availableTime = "8", targetOutput = 5 }, params)
    assert.equal("A", given.partNumber)
    assert.same({}, split(nil))
  end)

  it("takes instants as numbers and as text", function()
    assert.same({ dateFrom = "2026-01-30T21:01:41.25Z", dateTo = "2026-01-30T22:01:41+01:00" },
      split { dateFrom = 1769806901.25, dateTo = "2026-01-30T22:01:41+01:00" })
    for _, wrong in ipairs { "2026-01-30", "2026-01-30T22:01:41", "now", true, 0 / 0, math.huge } do
      blamed(function() split { dateFrom = wrong } end,
        "a:b: dateFrom: epoch seconds or ISO 8601 text with an offset expected")
    end
  end)

  it("takes groupings by name and number", function()
    for name, number in pairs { none = -1, year = 0, quarter = 1, month = 2, week = 3, day = 4,
      hour = 5 } do
      assert.same({ dateGrouping = number }, split { dateGrouping = name })
      assert.same({ dateGrouping = number }, split { dateGrouping = number })
    end
    blamed(function() split { dateGrouping = "dya" } end, 'a:b: dateGrouping: .*did you mean "day"')
    blamed(function() split { dateGrouping = 6 } end, "a:b: dateGrouping: one of none, year")
  end)

  it("takes dimensions as text and as list, and knows their names", function()
    local how = { dimensions = filter.YIELD_DIMENSIONS }
    assert.same({ dimensions = "unitCount desc;partNumber" },
      split({ dimensions = " unitCount  DESC ; partNumber;" }, nil, how))
    assert.same({ dimensions = "unitCount desc;partNumber" },
      split({ dimensions = { "unitCount desc", "partNumber" } }, nil, how))
    assert.same({ dimensions = "what ever" }, split { dimensions = "what ever" })
    blamed(function() split({ dimensions = "partNumbr" }, nil, how) end,
      'a:b: dimensions: unknown "partNumbr" %(did you mean "partNumber"')
    blamed(function() split({ dimensions = "fpy down" }, nil, how) end,
      'a:b: dimensions: a name, with " asc" or " desc" or not, expected, got "fpy down"')
    blamed(function() split({ dimensions = 5 }, nil, how) end,
      "a:b: dimensions: a string or a list of strings expected, got number")
    blamed(function() split({ dimensions = { 5 } }, nil, how) end, "a:b: dimensions: ")
  end)

  it("joins groups and levels, and takes whole numbers for text", function()
    assert.same({ level = "Oslo;Oslo line 1", productGroup = "Power", socket = "2" },
      split { level = { "Oslo", "Oslo line 1" }, productGroup = "Power", socket = 2 })
    assert.same({ level = "2;Oslo" }, split { level = { 2, "Oslo" } })
    for _, list in ipairs { {}, { "a", nil, "b" }, { x = "a" } } do
      blamed(function() split { level = list } end, "a:b: level: the list is empty, or has holes")
    end
    blamed(function() split { level = { "a;b" } } end, 'a:b: level: a list of strings without ";"')
    blamed(function() split { partNumber = { "a" } } end, "a:b: partNumber: a string expected")
  end)

  it("wants integers and booleans where they belong", function()
    for _, name in ipairs { "yield", "periodCount", "maxCount", "minCount", "topCount" } do
      blamed(function() split { [name] = 1.5 } end, "a:b: " .. name .. ": an integer expected")
      assert.same({ [name] = 7 }, split { [name] = 7 })
    end
    blamed(function() split { includeCurrentPeriod = 1 } end,
      "a:b: .*a boolean expected, got number")
    assert.same({ includeCurrentPeriod = false }, split { includeCurrentPeriod = false })
  end)

  it("suggests names of the parameters and of the other form too", function()
    blamed(function() split({ avaliableTime = "x" }, OEE) end,
      'a:b: unknown field "avaliableTime" of the filter %(did you mean "availableTime"')
    blamed(function() split({ productGroupID = "x" }, YIELD, nil, GET) end,
      'a:b: unknown field .*"productGroupId"')
    blamed(function() split { [1] = "x" } end, 'a:b: unknown field "1" of the filter')
    assert.same({ run = -2 }, split({ run = -2 }, nil, { extra = { run = "integer" } }))
    blamed(function() split { run = 1 } end, 'a:b: unknown field "run"')
  end)

  it("asks for the form by GET with that form's own names", function()
    assert.is_true(filter.asks_get({ days = 1 }, GET))
    assert.is_true(filter.asks_get({ levelId = "1", partNumber = "A" }, GET))
    assert.is_false(filter.asks_get({ partNumber = "A" }, GET))
    assert.is_false(filter.asks_get(nil, GET))
    assert.same({ days = 1, productGroupId = "", levelId = "1;2" },
      filter.parameters("a:b", { days = 1, levelId = { "1", "2" } }, GET))
  end)

  it("is written as JSON where it is one parameter", function()
    assert.equal("{}", filter.text("a:b", nil))
    assert.equal('{"partNumber":"A"}', filter.text("a:b", { partNumber = "A" }))
  end)
end)
