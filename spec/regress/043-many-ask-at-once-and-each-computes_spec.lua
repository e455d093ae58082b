-- Sixteen who asked for one key at the same time called the function sixteen times.
local wats = require("wats")

describe("a cached function that sixteen tasks call", function()
  it("runs once", function()
    local calls, slots = 0, {}
    local f = wats.cache.wrap(function(name)
      calls = calls + 1
      wats.sleep(0.01)
      return name
    end)
    for i = 1, 16 do slots[i] = function() return f("a") end end
    for _, slot in ipairs(wats.gather(slots)) do assert.equal("a", slot[1]) end
    assert.equal(1, calls)
  end)
end)
