-- Every numeric comparison operator at every place: what the builder makes of it, and that validate
-- comes to the same judgement.
local json = require("wats.json")
local report = require("wats.report")

local LOW, HIGH = 1, 2
local PLACES = {
  { "below", 0.5 }, { "at low", LOW }, { "inside", 1.5 }, { "at high", HIGH }, { "above", 2.5 },
  { "NaN", 0 / 0 }, { "Inf", math.huge }, { "-Inf", -math.huge },
}

-- Operators with one limit have it at "low".
local EXPECTED = {
  --      below, at low, inside, at high, above, NaN, Inf, -Inf
  LOG  = { "P", "P", "P", "P", "P", "P", "P", "P" },
  EQ   = { "F", "P", "F", "F", "F", "F", "F", "F" },
  NE   = { "P", "F", "P", "P", "P", "F", "F", "F" },
  GT   = { "F", "F", "P", "P", "P", "F", "F", "F" },
  GE   = { "F", "P", "P", "P", "P", "F", "F", "F" },
  LT   = { "P", "F", "F", "F", "F", "F", "F", "F" },
  LE   = { "P", "P", "F", "F", "F", "F", "F", "F" },
  GTLT = { "F", "F", "P", "F", "F", "F", "F", "F" },
  GTLE = { "F", "F", "P", "P", "F", "F", "F", "F" },
  GELT = { "F", "P", "P", "F", "F", "F", "F", "F" },
  GELE = { "F", "P", "P", "P", "F", "F", "F", "F" },
  LTGT = { "P", "F", "F", "F", "P", "F", "F", "F" },
  LTGE = { "P", "F", "F", "P", "P", "F", "F", "F" },
  LEGT = { "P", "P", "F", "F", "P", "F", "F", "F" },
  LEGE = { "P", "P", "F", "P", "P", "F", "F", "F" },
}

-- The limits of an operator, as options.
local function limits_of(comp)
  if comp == "LOG" then return {} end
  if #comp == 2 then return { limit = LOW } end
  return { low = LOW, high = HIGH }
end

local function new(non_finite)
  return report.uut({ part_number = "P", serial_number = "S", revision = "", process_code = 10,
    non_finite = non_finite }, { name = "ICT-01" })
end

local function step_of(uut, comp, value)
  local given = limits_of(comp)
  given.name, given.comp, given.value = "x", comp, value
  return uut:numeric(given)
end

local function is_finite(value)
  return value == value and value ~= math.huge and value ~= -math.huge
end

describe("the operator", function()
  for comp, expected in pairs(EXPECTED) do
    describe(comp, function()
      for i, place in ipairs(PLACES) do
        it(("is %s %s"):format(expected[i], place[1]), function()
          local uut = new()
          local step = step_of(uut, comp, place[2])
          assert.equal(expected[i], step.status)
          assert.equal(expected[i], step.numericMeas[1].status)
          assert.equal(expected[i], uut:finish())
          local ok, _, warnings = uut:validate()
          assert.is_true(ok)
          assert.equal(is_finite(place[2]) and 0 or 1, #warnings)
        end)

        it(("is told by validate to be %s %s"):format(expected[i], place[1]), function()
          local uut = new("text")
          local measured = step_of(uut, comp, place[2]).numericMeas[1]
          uut:finish()
          assert.is_true(uut:validate())
          -- the opposite is a contradiction, in what was read as well
          measured.status = expected[i] == "P" and "F" or "P"
          local read = assert(report.parse(json.encode(uut.record)))
          local ok, problems = report.validate(read.record)
          assert.is_nil(ok)
          assert.matches("root.steps[0].numericMeas[0].status: " .. measured.status .. ", but ",
            table.concat(problems, "\n"), 1, true)
        end)
      end

      it("is no pass without its limits", function()
        if comp == "LOG" then return end
        local uut = new()
        assert.has_error(function() uut:numeric { name = "x", comp = comp, value = 1.5 } end)
        local measured = step_of(uut, comp, 1.5).numericMeas[1]
        uut:finish()
        measured.lowLimit = nil
        local _, problems = uut:validate()
        assert.matches("^root%.steps%[0%]%.numericMeas%[0%]%.lowLimit: missing for " .. comp,
          problems[1])
        if #comp == 4 then
          assert.has_error(function()
            uut:numeric { name = "x", comp = comp, value = 1.5, low = LOW }
          end)
          measured.lowLimit, measured.highLimit = LOW, json.null
          _, problems = uut:validate()
          assert.same({ "root.steps[0].numericMeas[0].highLimit: missing for " .. comp }, problems)
        end
      end)
    end)
  end
end)

describe("the text operator", function()
  for _, case in ipairs {
    -- operator, equal, other case, another
    { "EQ", "P", "F", "F" }, { "CASESENSIT", "P", "F", "F" }, { "IGNORECASE", "P", "P", "F" },
    { "NE", "F", "P", "P" }, { "LOG", "P", "P", "P" },
  } do
    it(case[1] .. " compares equal text, another case, other text", function()
      for i, value in ipairs { "Abc", "aBC", "xyz" } do
        local uut = new()
        local step = uut:string { name = "x", comp = case[1], value = value,
          limit = case[1] ~= "LOG" and "Abc" or nil }
        assert.equal(case[i + 1], step.status)
        uut:finish()
        assert.is_true(uut:validate())
        step.stringMeas[1].status = case[i + 1] == "P" and "F" or "P"
        assert.is_nil((uut:validate()))
      end
    end)
  end
end)
