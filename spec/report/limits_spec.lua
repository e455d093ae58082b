local limits = require("wats.report.limits")

local INF, NAN = math.huge, 0 / 0

-- Which of below, at low, between, at high, above are within.
local TWO_LIMITS = {
  GTLT = { false, false, true, false, false },
  GTLE = { false, false, true, true, false },
  GELT = { false, true, true, false, false },
  GELE = { false, true, true, true, false },
  LTGT = { true, false, false, false, true },
  LTGE = { true, false, false, true, true },
  LEGT = { true, true, false, false, true },
  LEGE = { true, true, false, true, true },
}

-- Which of below, at, above.
local ONE_LIMIT = {
  EQ = { false, true, false },
  NE = { true, false, true },
  GT = { false, false, true },
  GE = { false, true, true },
  LT = { true, false, false },
  LE = { true, true, false },
}

describe("limits.holds", function()
  for comp, expected in pairs(TWO_LIMITS) do
    it("compares by " .. comp .. " below, at and above both limits", function()
      for i, value in ipairs { 0.9, 1, 1.5, 2, 2.1 } do
        assert.equal(expected[i], limits.holds(comp, value, 1, 2), value)
      end
    end)
  end

  for comp, expected in pairs(ONE_LIMIT) do
    it("compares by " .. comp .. " below, at and above the limit", function()
      for i, value in ipairs { -5.5, -5, -4.5 } do
        assert.equal(expected[i], limits.holds(comp, value, -5), value)
      end
    end)
  end

  it("lets LOG pass everything", function()
    for _, value in ipairs { 0, -1e300, INF, NAN } do assert.is_true(limits.holds("LOG", value)) end
  end)

  it("lets NaN pass nothing else, NE and the outside operators included", function()
    for comp in pairs(ONE_LIMIT) do assert.is_false(limits.holds(comp, NAN, 1), comp) end
    for comp in pairs(TWO_LIMITS) do assert.is_false(limits.holds(comp, NAN, 1, 2), comp) end
  end)

  it("lets Inf pass nothing else, though it lies above or below every limit", function()
    for _, value in ipairs { INF, -INF } do
      for comp in pairs(ONE_LIMIT) do assert.is_false(limits.holds(comp, value, 1e8), comp) end
      for comp in pairs(TWO_LIMITS) do assert.is_false(limits.holds(comp, value, 1, 2), comp) end
    end
  end)

  it("compares integers beyond 2^53 exactly", function()
    assert.is_false(limits.holds("LE", 2 ^ 53 // 1 | 1, 2.0 ^ 53))
    assert.is_true(limits.holds("EQ", 5, 5.0))
  end)
end)

describe("limits.numeric", function()
  local function read(given)
    return table.pack(limits.numeric(given))
  end

  it("chooses the operator by the limits there are", function()
    assert.same({ "GELE", 1, 2, n = 3 }, read { low = 1, high = 2 })
    assert.same({ "GE", 1, n = 2 }, read { low = 1 })
    assert.same({ "LE", 2, n = 2 }, read { high = 2 })
    assert.same({ "LOG", n = 1 }, read {})
    assert.same({ "GELE", 2, 2, n = 3 }, read { low = 2, high = 2 })
  end)

  it("keeps the one limit in the low one, for LT and LE too", function()
    for _, comp in ipairs { "LT", "LE" } do
      assert.same({ comp, 5, n = 2 }, read { comp = comp, high = 5 })
      assert.same({ comp, 5, n = 2 }, read { comp = comp, limit = 5 })
    end
    for _, comp in ipairs { "GT", "GE" } do
      assert.same({ comp, 5, n = 2 }, read { comp = comp, low = 5 })
      assert.same({ comp, 5, n = 2 }, read { comp = comp, limit = 5 })
    end
    for _, comp in ipairs { "EQ", "NE" } do
      assert.same({ comp, 5, n = 2 }, read { comp = comp, limit = 5 })
    end
  end)

  it("reads operators in any case", function()
    assert.same({ "GELT", 1, 2, n = 3 }, read { comp = "gelt", low = 1, high = 2 })
  end)

  it("says what is wrong", function()
    for problem, given in pairs {
      ['comp GE needs a limit (option "limit" or "low")'] = { comp = "GE" },
      ['comp EQ needs a limit (option "limit")'] = { comp = "EQ" },
      ['comp GELE needs both limits: "high" is missing'] = { comp = "GELE", low = 1 },
      ['comp LTGT needs both limits: "low" is missing'] = { comp = "LTGT", high = 1 },
      ['comp LT does not take "low"'] = { comp = "LT", low = 1, limit = 2 },
      ['comp LE needs a limit (option "limit" or "high")'] = { comp = "LE", low = 1 },
      ['comp GE does not take "high"'] = { comp = "GE", low = 1, high = 2 },
      ['comp GELE does not take "limit"'] = { comp = "GELE", low = 1, high = 2, limit = 3 },
      ['comp LOG does not take "low"'] = { comp = "LOG", low = 1 },
      ['a "limit" alone does not say which side: "comp" is missing'] = { limit = 5 },
      ['unknown comp "GELEE" (did you mean "GELE"?)'] = { comp = "GELEE", low = 1, high = 2 },
      ['option "low" must be a finite number, got -inf'] = { low = -INF, high = 2 },
    } do
      local comp, message = limits.numeric(given)
      assert.is_nil(comp)
      assert.equal(problem, message)
    end
    local _, message = limits.numeric { high = NAN }
    assert.matches('option "high" must be a finite number, got %-?nan', message)
  end)

  it("knows how many limits an operator takes", function()
    for comp in pairs(ONE_LIMIT) do assert.equal(1, limits.count(comp)) end
    for comp in pairs(TWO_LIMITS) do assert.equal(2, limits.count(comp)) end
    assert.equal(0, limits.count("LOG"))
    assert.is_nil(limits.count("EQT"))
  end)
end)

describe("limits for text", function()
  it("compare as the operator says", function()
    for _, case in ipairs {
      { "EQ", "a", "a", true }, { "EQ", "a", "A", false },
      { "CASESENSIT", "a", "A", false }, { "CASESENSIT", "A", "A", true },
      { "IGNORECASE", "abC", "ABc", true }, { "IGNORECASE", "a", "b", false },
      { "NE", "a", "b", true }, { "NE", "a", "a", false }, { "LOG", "x", nil, true },
    } do
      assert.equal(case[4], limits.text_holds(case[1], case[2], case[3]))
    end
  end)

  it("are known by all spellings, and sent by one", function()
    for written, sent in pairs {
      EQ = "EQ", casesensit = "CASESENSIT", CASESENIT = "CASESENSIT", IgnoreCase = "IGNORECASE",
      IGNORECAS = "IGNORECASE", ne = "NE",
    } do
      assert.equal(sent, limits.text { comp = written, limit = "x" })
    end
    assert.equal("EQ", limits.text { limit = "x" })
    assert.equal("LOG", limits.text {})
  end)

  it("must be there where they are needed, and only there", function()
    for problem, given in pairs {
      ['comp NE needs a limit (option "limit")'] = { comp = "NE" },
      ['comp LOG does not take "limit"'] = { comp = "LOG", limit = "x" },
      ['unknown comp "LIKE": one of EQ, NE, CASESENSIT, IGNORECASE, LOG'] = {
        comp = "LIKE", limit = "x" },
    } do
      local comp, message = limits.text(given)
      assert.is_nil(comp)
      assert.equal(problem, message)
    end
  end)
end)
