-- shift.figures: medians, and what 99 of 100 do not exceed.

package.path = "examples/?.lua;" .. package.path
local figures = require("shift.figures")

local function count_to(n)
  local list = {}
  for i = 1, n do list[i] = n + 1 - i end
  return list
end

describe("shift.figures", function()
  it("finds medians", function()
    assert.is_nil(figures.median({}))
    assert.equal(3, figures.median({ 3 }))
    assert.equal(2.5, figures.median({ 4, 1, 2, 3 }))
    assert.equal(3, figures.median({ 5, 1, 3, 2, 4 }))
  end)

  it("finds the 99th percentile, always a sample", function()
    assert.is_nil(figures.p99({}))
    assert.equal(7, figures.p99({ 7 }))
    assert.equal(99, figures.p99(count_to(99)))
    assert.equal(99, figures.p99(count_to(100)))
    assert.equal(100, figures.p99(count_to(101)))
    assert.equal(198, figures.p99(count_to(200)))
  end)

  it("leaves the samples as they are", function()
    local samples = { 3, 1, 2 }
    figures.median(samples)
    figures.p99(samples)
    assert.same({ 3, 1, 2 }, samples)
  end)

  it("times a call and hands its results on", function()
    local function pair(a, b) return nil, a .. b end
    local seconds, value, err = figures.time(pair, "x", "y")
    assert.is_true(seconds >= 0 and seconds < 5)
    assert.is_nil(value)
    assert.equal("xy", err)
  end)
end)
