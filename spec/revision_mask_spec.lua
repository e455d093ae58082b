-- wats.revision_mask: which revisions a mask takes.

local json = require("wats.json")
local matches = require("wats.revision_mask").matches

describe("a revision mask", function()
  it("takes what it lists, and what its percent signs stand for", function()
    for _, case in ipairs {
      { "1.0", "1.0", true }, { "1.0", "1x0", false }, { "1.0", "1.00", false },
      { "1.0,2.%,3.1", "2.", true }, { "1.0,2.%,3.1", "2.7b", true },
      { "1.0,2.%,3.1", "3.1", true }, { "1.0,2.%,3.1", "3.2", false },
      { " A , B ", "B", true }, { "%", "", true }, { "%", "x,y", true }, { "A%Z", "ABCZ", true },
      { "A%Z", "ABC", false }, { "%-rc%", "1.2-rc1", true }, { "a", "A", false },
      { "[1-3]", "2", false }, { "[1-3]", "[1-3]", true }, { "ø%", "ø1", true },
      { ",,A,", "A", true }, { "A,", "", false },
      { ("%"):rep(60) .. "Z", ("A"):rep(60), false },
    } do
      assert.equal(case[3], matches(case[1], case[2], "default"))
    end
  end)

  it("that is none takes the revision that is named", function()
    for _, mask in ipairs { "", " , ", json.null, 5, false } do
      mask = mask or nil
      assert.is_true(matches(mask, "A", "A"))
      assert.is_false(matches(mask, "B", "A"))
      assert.is_false(matches(mask, "B"))
    end
  end)
end)
