-- shift.tally: units, not runs, and each by how it ended.

package.path = "examples/?.lua;" .. package.path
local tally = require("shift.tally")

local function run(serial_number, part_number)
  return { serial_number = serial_number, part_number = part_number or "PN" }
end

describe("shift.tally", function()
  it("counts units that come back once", function()
    local t = tally.new()
    t:add(run("1"), true, {})
    t:add(run("2"), false, { "a test" })
    t:add(run("3"), false, {})
    t:add(run("2"), true, {})
    t:add(run("3"), false, {})
    t:add(run("1", "other"), true, {})
    assert.same({ 6, 4, 3, 1, 2 }, { t.runs, t.units, t.passed, t.failed, t.first_passed })
    assert.equal(0.5, t:first_pass_yield())
    assert.equal(3, #t.failures)
    assert.same({ "a test" }, t.failures[1].tests)
  end)

  it("lets a unit that passed fail later", function()
    local t = tally.new()
    t:add(run("1"), true, {})
    t:add(run("1"), false, {})
    assert.same({ 1, 0, 1, 1 }, { t.units, t.passed, t.failed, t.first_passed })
  end)

  it("has a yield of nothing", function()
    assert.equal(0, tally.new():first_pass_yield())
  end)
end)
