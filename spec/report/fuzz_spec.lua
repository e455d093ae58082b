-- Thousands of broken texts, the same in every run: reading never raises, never hangs, and what it
-- reads it can write. `make fuzz` goes on with other seeds (tools/fuzz_parse.lua).
local fuzzed = require("spec.support.fuzzed_parse")
local mutate = require("spec.support.mutate")

local ROUNDS = os.getenv("WATS_TEST_LONG") and 100000 or 4000

describe("reading reports from broken texts", function()
  it("never raises, and loses nothing of what it reads", function()
    local random, texts = mutate.generator(20260302), fuzzed.texts()
    local read, slowest = 0, 0
    for round = 1, ROUNDS do
      local text = mutate.text(random, texts)
      local started = os.clock()
      local problem, good = fuzzed.problem(text)
      slowest = math.max(slowest, os.clock() - started)
      if problem then
        error(("round %d: %s\n%s"):format(round, problem, fuzzed.shown(text)), 0)
      end
      if good then read = read + 1 end
    end
    -- both halves were exercised
    assert.is_true(read > ROUNDS / 10 and read < ROUNDS * 9 / 10, read)
    assert.is_true(slowest < 20, slowest)
  end)

  it("holds on to no more than the text is worth", function()
    local random, texts = mutate.generator(7), fuzzed.texts()
    for _ = 1, 100 do
      assert.is_nil((fuzzed.memory_problem(mutate.text(random, texts))))
    end
  end)

  it("is told of by this spec when something is wrong", function()
    local report = require("wats.report")
    local parse_all = report.parse_all
    local function with(broken, text)
      report.parse_all = broken
      local problem = fuzzed.problem(text)
      report.parse_all = parse_all
      return problem
    end
    assert.matches("^raised: ", with(function() error("x") end, ""))
    assert.equal("no error of a known kind", with(function() return nil, "x" end, ""))
    assert.matches("^no report", with(function() return { {} } end, '{"type":"T"}'))
    assert.matches("^parse and parse_all", with(function(text)
      return parse_all(text:gsub("<Report type", "<Report/><Report type") and '{"type":"T"}')
    end, "<Reports/>"))
    assert.matches("^to_json raised: ", with(function(text)
      local reports = parse_all(text)
      reports[1].record.bad = 0 / 0
      return reports
    end, '{"type":"T"}'))
  end)
end)
