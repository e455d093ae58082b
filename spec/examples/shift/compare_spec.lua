-- shift.compare: every field, numbers by their bits.

package.path = "examples/?.lua;" .. package.path
local compare = require("shift.compare")
local null = require("wats").null

local documents = compare.documents

describe("shift.compare", function()
  it("finds equal what is equal, and counts fields", function()
    local result = documents({ a = 1, b = { { c = "x" }, { c = 0.1, d = {} } }, e = false },
      { a = 1, b = { { c = "x" }, { c = 0.1, d = {} } }, e = false })
    assert.same({ compared = 5, equal = 5, differences = {}, added = {} }, result)
  end)

  it("tells what became of a field", function()
    local cases = {
      { 1, 2, "a: 1 became 2" },
      { 0.1, 0.1 + 2 ^ -56, "a: 0.10000000000000001 became 0.10000000000000002" },
      { 0.0, -0.0, "a: 0 became -0" },
      { "x", "X", 'a: "x" became "X"' },
      { "1", 1, 'a: "1" became 1' },
      { true, false, "a: true became false" },
      { true, null, "a: true became nothing" },
      { { 1 }, "x", 'a: table became "x"' },
      { {}, nil, "a: empty became nothing" },
      { 2 ^ 53, math.tointeger(2 ^ 53) + 1, "a: 9007199254740992 became 9007199254740993" },
    }
    for _, case in ipairs(cases) do
      local result = documents({ a = case[1] }, { a = case[2] })
      assert.same({ case[3] }, result.differences)
      assert.same({ 1, 0 }, { result.compared, result.equal })
    end
  end)

  it("names fields by their way", function()
    local result = documents({ root = { steps = { { n = 1 }, { n = 2 } } } },
      { root = { steps = { { n = 1 } } } })
    assert.same({ "root.steps[2]: table became nothing" }, result.differences)
  end)

  it("takes 5 and 5.0 for the same, null for nothing", function()
    local result = documents({ a = 5, b = null }, { a = 5.0, c = null })
    assert.same({ 1, 1, 0 }, { result.compared, result.equal, #result.added })
  end)

  it("lists what was added", function()
    local result = documents({ a = { 1 }, b = {} }, { a = { 1, 2 }, b = { x = 1 }, c = 3 })
    assert.same({ "a[2]", "b.x", "c" }, result.added)
    assert.equal(2, result.equal)
  end)
end)
