-- Several ids in one parameter.

local ids = require("wats.domain.software.ids")
local support = require("spec.support.client")

local blamed = support.blamed

describe("ids", function()
  it("are joined by commas", function()
    assert.equal("a", ids.joined("x:y", "which", "a"))
    assert.equal("a,b", ids.joined("x:y", "which", { "a", "b" }))
  end)

  it("that are none raise at the caller's line", function()
    for _, wrong in ipairs { "", "a,b", "a b", 5, true } do
      assert.matches("^x:y: which%[1%]: an id expected, got ",
        blamed(function() ids.joined("x:y", "which", wrong) end))
      assert.matches("^x:y: which%[2%]: an id expected, got ",
        blamed(function() ids.joined("x:y", "which", { "a", wrong }) end))
    end
    assert.equal("x:y: which is a list with holes: 2 of 3 elements are there",
      blamed(function() ids.joined("x:y", "which", { "a", nil, "c" }) end))
    assert.equal("x:y: which: an id or a list of ids expected, got an empty list",
      blamed(function() ids.joined("x:y", "which", {}) end))
    assert.equal("x:y: which: an id or a list of ids expected, got nil",
      blamed(function() ids.joined("x:y", "which") end))
  end)
end)
