-- Ends were told by the local time of day: a clock that was set, or daylight saving, made values
-- live an hour longer, or end at once. And a ttl of 0 was for ever.
local core = require("wats.core")
local wats = require("wats")

describe("a value's ttl", function()
  local time, date, core_time = os.time, os.date, core.time
  after_each(function() os.time, os.date, core.time = time, date, core_time end) -- luacheck: ignore

  it("runs by a monotonic clock", function()
    local shift = 0
    os.time = function(...) return time(...) + shift end -- luacheck: ignore
    core.time = function() return core_time() + shift end
    local c = wats.cache.new { ttl = 60 }
    c:set("long", 1)
    c:set("short", 1, 0.01)
    shift = 3600
    assert.is_true(c:has("long"))
    shift = -3600
    core.sleep(0.02)
    assert.is_false(c:has("short"))
    assert.equal(core.monotonic, c.clock)
  end)

  it("of 0 keeps nothing", function()
    local c = wats.cache.new { ttl = 0 }
    c:set("a", 1)
    assert.is_false(c:has("a"))
    local calls = 0
    local f = wats.cache.wrap(function() calls = calls + 1 return true end, { cache = c })
    f("a")
    f("a")
    assert.equal(2, calls)
  end)
end)
