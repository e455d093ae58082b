-- Breaking one long text into lines took time by the square of its length: half a minute for a
-- comment of five million characters.

local columns = require("wats.report.columns")
local core = require("wats.core")
local needs = require("spec.support.needs")

describe("a long text in lines", function()
  it("takes time by its length, and is still all there", function()
    for _, piece in ipairs { "x", "é", "ab " } do
      local whole = piece:rep(2000000)
      local began = core.monotonic()
      local lines = columns.wrap(whole, 60)
      assert.is_true(core.monotonic() - began < 4 * needs.slowness, piece)
      assert.equal((whole:gsub(" ", "")), (table.concat(lines):gsub(" ", "")))
    end
  end)
end)
