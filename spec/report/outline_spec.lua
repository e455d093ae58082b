-- wats.report.outline: a report as it is shown, whoever wrote it.

local json = require("wats.json")
local outline = require("wats.report.outline")

local function names(entries)
  local list = {}
  for i, entry in ipairs(entries) do list[i] = entry.name end
  return table.concat(list, " ")
end

local TREE = { name = "root", status = "F", steps = {
  { name = "a", status = "P", steps = { { name = "a1", status = "P" } } },
  { name = "b", status = "F", steps = {
    { name = "b1", status = "E", errorCode = -17, errorMessage = "oops" },
    { name = "b2", status = "P", booleanMeas = { { status = "F" } } },
    { name = "b3", status = "D", loop = { idx = 2 } } } },
  { name = "c", status = "F" } } }

describe("wats.report.outline", function()
  it("has the steps in their order, and those that fail without their sequences", function()
    local self = outline.of({ type = "T", root = TREE, result = "F" }, true)
    assert.equal("root a a1 b b1 b2 b3 c", names(self.entries))
    local failures = outline.failures(self)
    assert.equal("b1 b2 c", names(failures))
    assert.equal("b / b1", outline.path(failures[1]))
    assert.equal("b / b3 [2]", outline.path(self.entries[7]))
    assert.same({ { "error", "-17, oops" } }, failures[1].facts)
    assert.same({ P = 3, F = 3, E = 1, D = 1 }, self.counts)
    assert.same({ true, false, 2 }, { self.entries[4].inside, self.entries[2].inside,
      self.entries[5].depth })
  end)

  it("says how it ended, or that it did not", function()
    for word, given in pairs { Failed = { "F", true }, ["Not finished"] = { nil, false },
      ["No result"] = { json.null, true } } do
      assert.equal(word, outline.of({ type = "T", result = given[1] }, given[2]).word)
    end
  end)

  it("ends where a step lies within itself, or very deep", function()
    local loop = { name = "x", status = "P" }
    loop.steps = { loop, { name = "y", status = "P", steps = { loop } } }
    local self = outline.of({ root = loop }, true)
    assert.same({ 2, 2 }, { #self.entries, self.hidden })
    local deep = { name = "z" }
    for _ = 1, 5000 do deep = { name = "z", steps = { deep } } end
    self = outline.of({ root = deep }, true)
    assert.same({ outline.MAX_DEPTH + 1, 1 }, { #self.entries, self.hidden })
  end)

  it("knows a repair, with both of its operations", function()
    local self = outline.of({ type = "R", processCode = 500, processName = "Repair",
      start = "2026-01-30T22:01:41.47+01:00", uur = { processCode = 90, comment = "new U1",
        children = { "one", json.null, "two" } } }, true)
    assert.is_true(self.repair)
    assert.same({ { "Repair", "500 Repair" }, { "Failed in", "90" },
      { "Start", "2026-01-30 22:01:41.47 +01:00" }, { "Has part", "one" }, { "Has part", "two" },
      { "Comment", "new U1" } }, self.head)
  end)
end)
