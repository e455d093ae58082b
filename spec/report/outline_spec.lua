-- wats.report.outline: a report as it is shown, whoever wrote it.

local files = require("spec.support.files")
local json = require("wats.json")
local outline = require("wats.report.outline")
local report = require("wats.report")

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

  it("has the failures that get_failed_steps has: none of a loop that passed", function()
    local function pass(index, status) return { name = "p" .. index, status = status,
      loop = { idx = index } } end
    local function loop(status) return { name = "loop", status = status, loop = { num = 2 } } end
    local record = { type = "T", result = "F", root = { status = "F", steps = {
      loop "P", pass(0, "F"), pass(1, "P"), loop "F", pass(2, "P"), pass(3, "F"), loop "F",
      pass(4, "P"), { name = "own", status = "F", steps = { loop "P", pass(5, "F") } } } } }
    local failures = outline.failures(outline.of(record, true))
    assert.equal("p3 loop own", names(failures))
    local read = files.contents("spec/support/uut_report.json")
    for _, one in ipairs { read, json.encode(record) } do
      local uut = assert(report.parse(one))
      local expected = uut:get_failed_steps()
      for i, entry in ipairs(outline.failures(outline.of(uut.record, true))) do
        assert.equal(expected[i], entry.record)
        expected[i] = false
      end
      for _, left in ipairs(expected) do assert.is_false(left) end
    end
  end)

  it("has the outermost step where no other is to blame", function()
    assert.equal("root", names(outline.failures(outline.of({ type = "T", root = {
      name = "root", status = "F", steps = { { name = "a", status = "P" } } } }, true))))
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
