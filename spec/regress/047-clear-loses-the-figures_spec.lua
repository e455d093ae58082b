-- Clearing a cache set its figures back, an end counted as an eviction, and values that were
-- invalidated or replaced did not count at all.
local wats = require("wats")

describe("the figures of a cache of values", function()
  it("outlive a clear, and tell apart why values went", function()
    local time = 0
    local c = wats.cache.new { max_entries = 4, clock = function() return time end }
    for i = 1, 5 do c:set(i, i, i) end -- 1 is evicted
    c:set(5, "again")
    c:get(5)
    c:get("none")
    c:delete(4)
    time = 2                           -- 2 has ended
    c:clear()                          -- 3 and 5
    assert.same({ requests = 2, hits = 1, misses = 1, joined = 0, hit_rate = 0.5, stores = 6,
      evictions = 1, expirations = 1, invalidations = 3, size = 0, max_size = 4 }, c:stats())
  end)
end)
