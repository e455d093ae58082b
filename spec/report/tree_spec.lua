local json = require("wats.json")
local tree = require("wats.report.tree")

local function names(steps)
  local list = {}
  for step in tree.counted { steps = steps } do list[#list + 1] = step.name end
  return table.concat(list)
end

local HEADER = { num = 2, idx = json.null }

describe("tree.counted", function()
  it("passes over the passes of a loop whose header stands before them", function()
    assert.equal("abe", names {
      { name = "a" }, { name = "b", loop = HEADER }, { name = "c", loop = { idx = 0 } },
      { name = "d", loop = { idx = 1, num = json.null } }, { name = "e" },
    })
  end)

  it("counts passes without a header, and those behind another step", function()
    assert.equal("ab", names { { name = "a", loop = { idx = 0 } }, { name = "b" } })
    assert.equal("abc", names {
      { name = "a", loop = HEADER }, { name = "b" }, { name = "c", loop = { idx = 0 } },
    })
  end)

  it("stands steps that are none", function()
    assert.equal("a", names { 5, { name = "a", loop = "x" } })
    assert.equal("", names(json.null))
    assert.equal("", names(nil))
  end)
end)
