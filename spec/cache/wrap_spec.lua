local blamed = require "spec.support.blamed"
local json = require "wats.json"
local wats = require "wats"

local time, calls
local cache = wats.cache

local function clock() return time end

local function wrap(fn, options)
  options = options or {}
  options.cache = options.cache or cache.new { clock = clock }
  return cache.wrap(function(...)
    calls = calls + 1
    return fn(...)
  end, options)
end

local function echo(...) return ... end

before_each(function() time, calls = 0, 0 end)

describe("a cached function", function()
  it("calls once for the same arguments", function()
    local f = wrap(function(a, b) return a .. (b or "") end)
    assert.equal("a", f "a")
    assert.equal("a", f "a")
    assert.equal("ab", f("a", "b"))
    assert.equal("ab", f("a", "b"))
    assert.equal("b", f "b")
    assert.equal(3, calls)
    local stats = cache.of(f):stats()
    assert.equal(5, stats.requests)
    assert.equal(2, stats.hits)
    assert.equal(0.4, stats.hit_rate)
    assert.equal(3, stats.size)
  end)

  it("tells apart which and how many arguments there are", function()
    local lists = { { n = 0 }, { n = 1 }, { n = 2 }, { n = 1, "ab" }, { n = 2, "a", "b" },
      { n = 2, "ab", nil }, { n = 2, nil, "ab" }, { n = 1, 1 }, { n = 2, 1 }, { n = 1, "1" },
      { n = 1, false }, { n = 1, json.null }, { n = 1, "i1;n" }, { n = 1, "s1:as1:b" },
      { n = 3, "a", nil, "b" } }
    local f = wrap(function(...) return calls, ... end)
    for _ = 1, 2 do
      for i, list in ipairs(lists) do
        local got = table.pack(f(table.unpack(list, 1, list.n)))
        assert.equal(i, got[1])
        assert.equal(list.n + 1, got.n)
        for k = 1, list.n do assert.equal(list[k], got[k + 1]) end
      end
    end
    assert.equal(#lists, calls)
  end)

  it("takes equal numbers for the same", function()
    local f = wrap(echo)
    f(1)
    f(1.0)
    f(0)
    f(-0.0)
    f("a", 3)
    f("a", 3.0)
    assert.equal(3, calls)
  end)

  it("keeps all results, nils in the middle and at the end too", function()
    local f = wrap(function() return 1, nil, 3, nil end)
    for _ = 1, 2 do assert.same({ 1, nil, 3, nil, n = 4 }, table.pack(f())) end
    assert.equal(1, calls)
  end)

  it("keeps false", function()
    local f = wrap(function() return false, "why" end)
    for _ = 1, 2 do assert.same({ false, "why", n = 2 }, table.pack(f())) end
    assert.equal(1, calls)
  end)

  it("keeps nil alone, or nothing, only when told to", function()
    for n = 0, 3 do
      local function none() return table.unpack({}, 1, n) end
      calls = 0
      local f = wrap(none)
      for _ = 1, 3 do assert.equal(n, select("#", f "a")) end
      assert.equal(3, calls)
      local g = wrap(none, { cache_nil = true })
      for _ = 1, 3 do assert.equal(n, select("#", g "a")) end
      assert.equal(4, calls)
    end
  end)

  it("never keeps nil and an error", function()
    local f = wrap(function() return nil, "error " .. calls end, { cache_nil = true })
    assert.equal("error 1", select(2, f "a"))
    assert.equal("error 2", select(2, f "a"))
    local g = wrap(function() return nil, nil, "a third" end, { cache_nil = true })
    for _ = 1, 2 do assert.same({ n = 3, nil, nil, "a third" }, table.pack(g())) end
    assert.equal(3, calls)
  end)

  it("never keeps what was raised, and raises the same", function()
    local value = {}
    local f = wrap(function() error(value) end)
    local raised_in_task = select(2, pcall(wats.run, f, "a"))
    assert.equal(value, raised_in_task)
    calls = 0
    for i = 1, 2 do
      local ok, raised = pcall(f, "a")
      assert.is_false(ok)
      assert.equal(value, raised)
      assert.equal(i, calls)
    end
    assert.equal(0, #cache.of(f))
    assert.is_false(pcall(wrap(function() error(nil) end), "a"))
  end)

  it("keeps the traceback of what was raised", function()
    local f = wrap(function()
      local record = nil
      return record.field
    end)
    local _, traceback = xpcall(f, debug.traceback, "a")
    assert.matches("wrap_spec.lua:%d+: attempt to index a nil value", traceback)
    local _, lines = traceback:gsub("wrap_spec.lua", "")
    assert.is_true(lines >= 2, traceback)
  end)

  it("refuses arguments that it cannot compare, at the caller's line", function()
    local f = wrap(echo)
    blamed(function() f({}) end, "cached function: argument #1 is a table, which cannot be " ..
      "compared by value; give cache.wrap a function `key`")
    blamed(function() f("a", nil, print) end, "cached function: argument #3 is a function")
    blamed(function() f(0 / 0) end, "cached function: argument #1 is nan")
    blamed(function() f(io.stdout) end, "cached function: argument #1 is a userdata")
    assert.equal(0, calls)
    assert.equal(0, cache.of(f):stats().requests)
  end)

  it("takes any arguments with a key, and stands in the cache under it", function()
    local c = cache.new { clock = clock }
    local f = wrap(function(record) return record.n * 2, "more" end,
      { cache = c, key = function(record) return "n" .. record.n end })
    assert.same({ 4, "more", n = 2 }, table.pack(f { n = 2 }))
    assert.same({ 4, "more", n = 2 }, table.pack(f { n = 2 }))
    assert.equal(1, calls)
    assert.same({ "n2" }, c:keys())
    assert.equal(4, (c:get "n2"))
    c:set("n3", "by hand")
    assert.same({ "by hand", n = 1 }, table.pack(f { n = 3 }))
    assert.is_true(c:delete "n2")
    assert.equal(4, (f { n = 2 }))
    assert.equal(2, calls)
  end)

  it("refuses a key that is none", function()
    local function with(key) return wrap(echo, { key = key }) end
    blamed(function() with(function() end)("a") end, "cached function: `key` must return one " ..
      "value, it returned 0")
    blamed(function() with(function() return "a", "b" end)("a") end, ".* it returned 2")
    blamed(function() with(function() return nil end)("a") end, ".* it returned nil")
    blamed(function() with(function(...) return { ... } end)("a") end, ".* it returned a table")
    blamed(function() with(function() return 0 / 0 end)("a") end, ".* it returned nan")
    assert.error_matches(function() with(function() error("key", 0) end)("a") end, "^key$")
    assert.equal(0, calls)
  end)

  it("uses results until the ttl has passed since it was asked", function()
    local f = wrap(function() time = time + 2 return calls end, { ttl = 10 })
    assert.equal(1, f "a")       -- from 0 to 2
    time = 9.999
    assert.equal(1, f "a")
    time = 10
    assert.equal(2, f "a")
    local slow = wrap(function() time = time + 10 return true end, { ttl = 10 })
    slow "a"
    assert.equal(0, #cache.of(slow))
  end)

  it("uses its own ttl before the cache's, and the cache's else", function()
    local c = cache.new { clock = clock, ttl = 10 }
    local short, plain = wrap(echo, { cache = c, ttl = 5 }), wrap(echo, { cache = c })
    local ever = wrap(echo, { cache = c, ttl = math.huge })
    local never = wrap(echo, { cache = c, ttl = 0 })
    for at, expected in pairs { [0] = 5, [4.9] = 5, [5] = 6, [9.9] = 6, [10] = 7 } do
      calls, time = 0, 0
      c:clear()
      for _, f in ipairs { short, plain, ever, never } do f "a" end
      time = at
      for _, f in ipairs { short, plain, ever, never } do f "a" end
      assert.equal(expected, calls)
    end
  end)

  it("shares a cache with others, but not what is in it", function()
    local c = cache.new { max_entries = 3, clock = clock }
    local f = cache.wrap(function(x) return "f" .. x end, { cache = c })
    local g = cache.wrap(function(x) return "g" .. x end, { cache = c })
    c:set("a", "mine")
    assert.equal("fa", f "a")
    assert.equal("ga", g "a")
    assert.equal("fa", f "a")
    assert.equal("mine", (c:get "a"))
    assert.same({ "a" }, c:keys())
    assert.equal(3, #c)
    g "b"
    assert.equal(1, c:stats().evictions)
    assert.equal("ga", g "a")
    c:clear()
    assert.equal(0, #c)
    c:clear()
  end)

  it("has a cache of its own else, of 1000 entries", function()
    local f, g = cache.wrap(echo), cache.wrap(echo, { ttl = 5 })
    assert.not_equal(cache.of(f), cache.of(g))
    assert.equal(1000, cache.of(f):stats().max_size)
  end)

  it("hands out copies of all results when its cache does", function()
    local f = wrap(function() return { 1 }, { 2 } end, { cache = cache.new { copy = true } })
    local own = f "a"
    own[1] = 9
    local a, b = f "a"
    assert.same({ { 1 }, { 2 } }, { a, b })
    b[1] = 9
    assert.same({ 2 }, (select(2, f "a")))
    local one = wrap(function() return { 1 } end, { cache = cache.new { copy = true } })
    one "a"[1] = 9
    one "a"[1] = 9
    assert.same({ 1 }, one "a")
    assert.equal(2, calls)
  end)

  it("may ask itself for something else", function()
    local fib
    fib = wrap(function(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end)
    assert.equal(12586269025, fib(50))
    assert.equal(51, calls)
  end)

  it("may do so more than 200 deep", function()
    local sum
    sum = wrap(function(n) return n == 0 and 0 or n + sum(n - 1) end)
    assert.equal(500500, sum(1000))
  end)

  it("raises when it asks for what it computes, and may be asked again", function()
    local f, deep
    f = wrap(function(a, b)
      if deep then return deep + 1 end
      return f(a, b)
    end)
    blamed(function() f("a", 1) end, 'cached function: it is asked for %("a", 1%) while it ' ..
      "computes that very value")
    deep = 1
    assert.equal(2, f("a", 1))
    local through = wrap(echo)
    local g
    g = wrap(function(a) return through(a) and coroutine.wrap(function() return g(a) end)() end)
    assert.error_matches(function() g "a" end, "while it computes that very value")
  end)

  it("lets what was computed meanwhile be, when the key was changed", function()
    local c = cache.new { clock = clock }
    local during
    local f = wrap(function(x)
      during()
      return x .. calls
    end, { cache = c, key = echo })
    for _, change in ipairs {
      function() c:set("a", "newer") end, function() c:delete "a" end, function() c:clear() end,
      function() cache.forget(f, "a") end,
    } do
      during, calls = change, 0
      assert.equal("a1", f "a")
      assert.equal(change and (c:has "a") and "newer" or nil, (c:get "a"))
      c:delete "a"
    end
    during = function() c:set("b", 1) c:delete "c" cache.forget(f, "d") end
    f "a"
    assert.is_true(c:has "a")
  end)

  it("forgets what it is told to, with its arguments as they were", function()
    local f = wrap(echo)
    f("a")
    f("a", nil)
    f("a", "b")
    assert.is_false(cache.forget(f, "b"))
    assert.is_true(cache.forget(f, "a"))
    assert.is_false(cache.forget(f, "a"))
    assert.is_true(cache.forget(f, "a", nil))
    f("a", "b")
    assert.equal(3, calls)
    assert.is_true(cache.forget(f, "a", "b"))
    assert.equal(3, cache.of(f):stats().invalidations)
    blamed(function() cache.forget(echo, "a") end, "cache.forget: argument #1 must be a " ..
      "function that cache.wrap returned, got function")
    blamed(function() cache.forget(f, {}) end, ".*argument #1 is a table")
    blamed(function() cache.of(nil) end, "cache.of: argument #1 .* got nil")
  end)

  it("refuses wrong arguments and options", function()
    local function wrapping(options) return function() cache.wrap(echo, options) end end
    blamed(function() cache.wrap(5) end, "cache.wrap: argument #1 must be a function, got number")
    blamed(wrapping { cach = 1 }, 'cache.wrap: unknown option "cach".*"cache"')
    blamed(wrapping { cache = {} }, 'cache.wrap: option "cache" must be a cache of wats.cache.new')
    blamed(wrapping { ttl = -1 }, 'cache.wrap: option "ttl"')
    blamed(wrapping { key = "a" }, 'cache.wrap: option "key" must be a function')
    local callable = setmetatable({}, { __call = function(_, x) return x end })
    assert.equal("a", cache.wrap(callable, { key = callable })("a"))
  end)

  it("is collected when nobody has it, though it knows itself", function()
    local held = setmetatable({}, { __mode = "k" })
    do
      local f
      f = cache.wrap(function(x) return x > 0 and f(x - 1) end)
      f(3)
      held[f] = true
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(held))
  end)
end)
