-- A result of nil, or false, was taken for a miss, so it was computed at each call.
local wats = require("wats")

describe("a cached function that finds nothing", function()
  local calls
  local function count(result)
    calls = 0
    return function()
      calls = calls + 1
      return result
    end
  end

  it("is called once, when nil may be kept", function()
    local f = wats.cache.wrap(count(nil), { cache_nil = true })
    for _ = 1, 3 do assert.is_nil(f("a")) end
    assert.equal(1, calls)
  end)

  it("is called once for false", function()
    local f = wats.cache.wrap(count(false))
    for _ = 1, 3 do assert.is_false(f("a")) end
    assert.equal(1, calls)
  end)

  it("leaves a value that a cache tells from nothing", function()
    local c = wats.cache.new()
    c:set("a", nil)
    assert.is_true(select(2, c:get("a")))
    assert.is_false(select(2, c:get("b")))
  end)
end)
