-- A cache that was still empty counted as none, so nothing was ever stored in it.
local wats = require("wats")

describe("a cache that is empty", function()
  it("is used by the function it was given to", function()
    local c, calls = wats.cache.new(), 0
    assert.equal(0, #c)
    local f = wats.cache.wrap(function() calls = calls + 1 return true end, { cache = c })
    for _ = 1, 3 do f("a") end
    assert.equal(1, calls)
    assert.equal(1, #c)
    assert.equal(2, c:stats().hits)
  end)
end)
