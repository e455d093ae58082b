-- A value that is asked for all the time must not go before one that nobody asks for, nor a value
-- that lives before one that has ended, and making room must not look at every value.
local wats = require("wats")

local time = 0
local function clock() return time end

describe("a full cache of values", function()
  it("keeps what is used, however long ago it was stored", function()
    local c = wats.cache.new { max_entries = 3 }
    c:set("hot", 1)
    for i = 1, 20 do
      assert.is_true(select(2, c:get("hot")))
      c:set(i, i)
    end
    assert.same({ 20, "hot", 19 }, c:keys())
  end)

  it("keeps what lives while there is something that has ended", function()
    local c = wats.cache.new { max_entries = 3, clock = clock }
    c:set("old", 1)
    c:set("a", 1, 5)
    c:set("b", 1, 5)
    time = 5
    c:set("c", 1)
    c:set("d", 1)
    assert.is_true(c:has("old"))
    assert.equal(0, c:stats().evictions)
    assert.equal(2, c:stats().expirations)
  end)

  it("makes room without a walk", function()
    local c = wats.cache.new { max_entries = 50000, ttl = 1000 }
    for i = 1, 50000 do c:set(i, i) end
    local steps = 0
    debug.sethook(function() steps = steps + 1 end, "", 100)
    for i = 1, 100 do c:set(-i, i) end
    debug.sethook()
    assert.is_true(steps < 2000) -- in hundreds of instructions; a walk each would be 100,000s
    assert.equal(100, c:stats().evictions)
  end)
end)
