local blamed = require "spec.support.blamed"
local json = require "wats.json"
local wats = require "wats"

local time

local function new(options)
  local all = { clock = function() return time end }
  for name, value in pairs(options or {}) do all[name] = value end
  return wats.cache.new(all)
end

before_each(function() time = 1000 end)

describe("a cache of values", function()
  it("has what was set, and tells what it has not", function()
    local c = new()
    assert.same({ n = 2, nil, false }, table.pack(c:get "a"))
    c:set("a", 1)
    assert.same({ 1, true, n = 2 }, table.pack(c:get "a"))
    c:set("a", 2)
    assert.equal(2, (c:get "a"))
    assert.equal(1, #c)
  end)

  it("has nil and false as values", function()
    local c = new()
    c:set("nil", nil)
    c:set("false", false)
    assert.same({ n = 2, nil, true }, table.pack(c:get "nil"))
    assert.same({ n = 2, false, true }, table.pack(c:get "false"))
    assert.is_true(c:has "nil")
    assert.equal(2, #c)
  end)

  it("knows keys by value: equal numbers are one", function()
    local c = new()
    c:set(1, "one")
    assert.equal("one", (c:get(1.0)))
    c:set(1.0, "uno")
    c:set("1", "text")
    c:set(true, "yes")
    c:set(json.null, "null")
    assert.equal("uno", (c:get(1)))
    assert.equal("text", (c:get("1")))
    assert.equal("yes", (c:get(true)))
    assert.equal("null", (c:get(json.null)))
    assert.equal(4, #c)
    assert.equal("integer", math.type(c:keys()[4]))
  end)

  it("refuses what is no key, at the caller's line, and counts nothing", function()
    local c = new()
    for _, name in ipairs { "get", "set", "delete", "has" } do
      local where = "cache:" .. name .. ": a key must be a string, a number, a boolean or " ..
        "wats.null; got "
      blamed(function() c[name](c, nil) end, where .. "nil$")
      blamed(function() c[name](c, 0 / 0) end, where .. "nan, which equals nothing$")
      blamed(function() c[name](c, {}) end, where .. "a table, which cannot be compared by value$")
      blamed(function() c[name](c, print) end, where .. "a function")
      blamed(function() c[name](c, io.stdout) end, where .. "a userdata")
    end
    assert.equal(0, c:stats().requests)
    assert.equal(0, #c)
  end)

  it("refuses a wrong self, ttl or option", function()
    local c = new()
    for _, name in ipairs { "get", "set", "delete", "has", "clear", "cleanup", "keys", "stats" } do
      blamed(function() c[name]({}, "a") end, "a cache of wats.cache.new expected " ..
        "%(call it as cache:" .. name .. "%(%)%)")
      blamed(function() c[name]("a") end, "a cache of wats.cache.new expected")
    end
    blamed(function() c:set("a", 1, -1) end, "cache:set: a ttl .* got %-1$")
    blamed(function() c:set("a", 1, 0 / 0) end, "cache:set: a ttl .* got nan$")
    blamed(function() c:set("a", 1, "5") end, "cache:set: a ttl .* got string$")
    assert.is_false(c:has "a")
    local function making(options) return function() wats.cache.new(options) end end
    blamed(making { tll = 1 }, 'cache.new: unknown option "tll".*"ttl"')
    blamed(making { ttl = -1 }, 'cache.new: option "ttl" must be at least 0')
    blamed(making { ttl = 0 / 0 }, 'cache.new: option "ttl" must be a number')
    blamed(making { max_entries = 0 }, 'cache.new: option "max_entries"')
    blamed(making { max_entries = 1.5 }, 'cache.new: option "max_entries"')
    blamed(making { clock = 5 }, 'cache.new: option "clock" must be a function')
    blamed(function() wats.cache.new(5) end, "cache.new: a table of options expected, got number")
  end)

  it("uses a value until its ttl has passed, to the moment", function()
    local c = new { ttl = 60 }
    c:set("a", 1)
    c:set("b", 2, 5)
    c:set("c", 3, math.huge)
    time = 1004.999
    assert.is_true(c:has "b")
    time = 1005
    assert.is_false(c:has "b")
    assert.same({ n = 2, nil, false }, table.pack(c:get "b"))
    time = 1059.999
    assert.equal(1, (c:get "a"))
    time = 1060
    assert.same({ n = 2, nil, false }, table.pack(c:get "a"))
    time = 1e12
    assert.equal(3, (c:get "c"))
  end)

  it("uses it for ever without one, and never with 0", function()
    local c = new()
    c:set("a", 1)
    time = 1e12
    assert.equal(1, (c:get "a"))
    c:set("a", 2, 0)
    assert.is_false(c:has "a")
    local never = new { ttl = 0 }
    never:set("a", 1)
    assert.is_false(never:has "a")
    never:set("a", 1, 5)
    assert.is_true(never:has "a")
  end)

  it("counts and lists what lives, at once", function()
    local c = new { ttl = 60 }
    for i = 1, 9 do c:set(i, i, i) end
    time = 1003
    assert.equal(6, #c)
    time = 1005
    assert.equal(4, c:stats().size)
    time = 1007
    assert.same({ 9, 8 }, c:keys())
  end)

  it("has a monotonic clock of its own", function()
    local c = wats.cache.new()
    c:set("a", 1, 0.02)
    c:set("b", 1, 1000)
    assert.is_true(c:has "b")
    require("wats.core").sleep(0.03)
    assert.is_false(c:has "a")
    assert.is_true(c:has "b")
  end)

  it("drops the longest unused when it is full", function()
    local c = new { max_entries = 2 }
    c:set("a", 1)
    c:set("b", 2)
    c:get "a"
    assert.is_true(c:has "b") -- no use
    c:set("c", 3)
    assert.same({ "c", "a" }, c:keys())
    assert.equal(1, c:stats().evictions)
  end)

  it("has 1000 values at most when nothing is said", function()
    local c = new()
    for i = 1, 1001 do c:set(i, i) end
    assert.equal(1000, #c)
    assert.is_false(c:has(1))
    assert.equal(1000, c:stats().max_size)
  end)

  it("deletes, clears and cleans up", function()
    local c = new { ttl = 10 }
    for i = 1, 5 do c:set(i, i, i) end
    assert.is_true(c:delete(5))
    assert.is_false(c:delete(5))
    time = 1002
    assert.is_false(c:delete(1)) -- had ended
    assert.equal(1, c:cleanup()) -- 2
    assert.equal(0, c:cleanup())
    assert.equal(2, #c)
    c:clear()
    assert.equal(0, #c)
    assert.same({}, c:keys())
    local stats = c:stats()
    assert.equal(3, stats.invalidations)
    assert.equal(2, stats.expirations)
  end)

  it("tells figures that add up, and none where nothing happened", function()
    local c = new { max_entries = 2, ttl = 10 }
    assert.same({ requests = 0, hits = 0, misses = 0, joined = 0, hit_rate = 0, stores = 0,
      evictions = 0, expirations = 0, invalidations = 0, size = 0, max_size = 2 }, c:stats())
    c:get "a"
    for _, key in ipairs { "a", "b", "c" } do c:set(key, 1) end
    c:get "a"
    c:get "b"
    c:get "c"
    c:has "c"
    time = 1010
    c:get "c"
    assert.same({ requests = 5, hits = 2, misses = 3, joined = 0, hit_rate = 0.4, stores = 3,
      evictions = 1, expirations = 2, invalidations = 0, size = 0, max_size = 2 }, c:stats())
    c:clear()
    assert.equal(5, c:stats().requests)
  end)

  it("hands out the very table, or a copy", function()
    local record = { list = { 1 } }
    local shared, own = new(), new { copy = true }
    shared:set("a", record)
    assert.equal(record, (shared:get "a"))
    own:set("a", record)
    record.list[1] = 2
    local first = own:get "a"
    assert.same({ list = { 1 } }, first)
    first.list[1] = 3
    assert.same({ list = { 1 } }, (own:get "a"))
  end)

  it("holds no value that it has dropped", function()
    local c, held = new { max_entries = 2, ttl = 10 }, setmetatable({}, { __mode = "v" })
    for i = 1, 6 do
      held[i] = { i }
      c:set(i, held[i])
    end
    c:delete(6)
    collectgarbage()
    local count = 0
    for i in pairs(held) do
      count = count + 1
      assert.equal(5, i)
    end
    assert.equal(1, count)
    c:clear()
    collectgarbage()
    assert.is_nil(next(held))
  end)
end)
