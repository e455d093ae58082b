-- shift.summary: how measurements and figures read.

package.path = "examples/?.lua;" .. package.path
local summary = require("shift.summary")

-- What fn prints, line by line.
local function printed(fn, ...)
  local lines, original = {}, print
  _G.print = function(text) lines[#lines + 1] = text end -- luacheck: ignore
  local ok, problem = pcall(fn, ...)
  _G.print = original -- luacheck: ignore
  assert(ok, problem)
  return table.concat(lines, "\n")
end

describe("shift.summary", function()
  it("shows a measurement with its limits", function()
    local cases = {
      ["x: 3.5 (limits 1 .. 2 V)"] = { kind = "N", value = 3.5, low = 1, high = 2, unit = "V" },
      ["x: 0.1 (low limit 1 V)"] = { kind = "N", value = 0.1, low = 1, unit = "V" },
      ["x: OL (high limit 2)"] = { kind = "N", value = math.huge, high = 2 },
      ["x: FAIL (must be PASS)"] = { kind = "P", value = false },
      ['x: "a" (must be "b")'] = { kind = "S", value = "a", expected = "b" },
    }
    for text, test in pairs(cases) do
      test.name = "x"
      assert.equal(text, summary.measurement(test))
    end
  end)

  it("sets the figures beside the seed's, beaten or not", function()
    local asked = { requests = 100, exchanges = 40 }
    local times = { cached = { 1e-6, 3e-6 }, uncached = { 8e-6 } }
    local text = printed(summary.requests, times, asked,
      { requests = 80, hits = 60, hit_rate = 0.75 })
    assert.matches("\nhit rate: 75.0 % (seed: 70 %)\n", text, 1, true)
    assert.matches("\ncached answers: 75.0 % faster (seed: 50 %)\n", text, 1, true)
    assert.matches("\nrequests: 60.0 % fewer (seed: 30 %)\n", text, 1, true)
    assert.matches("hit rate beaten, cached answers beaten, fewer requests beaten", text, 1, true)

    times = { cached = { 3e-6 }, uncached = { 4e-6 } }
    text = printed(summary.requests, times, asked, { requests = 80, hits = 8, hit_rate = 0.1 })
    assert.matches("hit rate not beaten, cached answers not beaten, fewer requests not beaten",
      text, 1, true)

    text = printed(summary.requests, { cached = {}, uncached = {} },
      { requests = 0, exchanges = 0 }, { requests = 0, hits = 0, hit_rate = 0 })
    assert.matches("cached answers: not measured (seed: 50 %)", text, 1, true)
    assert.matches("cached answers not measured", text, 1, true)
  end)

  it("shows times in fitting units, and none where nothing was measured", function()
    local text = printed(summary.times,
      { cached = { 1e-6 }, missed = { 2 }, uncached = {}, submits = { 0.003 } })
    assert.matches("look%-ups from the cache +1 +1%.0 us +1%.0 us", text)
    assert.matches("missed +1 +2%.00 s", text)
    assert.matches("submits +1 +3%.00 ms", text)
    assert.matches("submit over cached look%-up +3000%.0 x +3000%.0 x", text)
    assert.matches("uncached over cached +%- +%-", text)
    assert.matches("There is no sample", text)
  end)
end)
