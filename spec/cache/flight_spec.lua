-- Cached functions that several tasks call at once.

local wats = require "wats"
local world = require "spec.support.cached"

local cache = wats.cache
local wrap, assert_quiet = world.wrap, world.assert_quiet
local asker, many = world.asker, world.many

before_each(world.begin)
teardown(world.finish)

describe("many who ask at once", function()
  it("get what one computes", function()
    local f = wrap()
    local slots = wats.gather(many(16, asker(f, "a", nil, 3)))
    assert.equal(1, world.begun)
    for i = 1, 16 do assert.same({ ok = true, n = 3, "a", nil, 3 }, slots[i]) end
    assert.equal(101, world.reactor.time)
    local stats = cache.of(f):stats()
    assert.equal(16, stats.requests)
    assert.equal(16, stats.misses)
    assert.equal(15, stats.joined)
    assert.equal(1, stats.stores)
    assert_quiet(f)
  end)

  it("are answered in the order they asked", function()
    local f, order, expected = wrap(), {}, {}
    for i = 1, 30 do
      expected[i] = i
      wats.spawn(function()
        f "a"
        order[#order + 1] = i
      end)
    end
    wats.sleep(5)
    assert.same(expected, order)
  end)

  it("wait for their own key only", function()
    local f = wrap()
    local results = wats.map({ "a", "b", "a", "c" }, function(key) return f(key) end)
    assert.same({ n = 4, "a", "b", "a", "c" }, results)
    assert.equal(3, world.begun)
    assert.equal(101, world.reactor.time)
  end)

  it("get the same error, which is not kept", function()
    local value = { "a value of my own" }
    local f = wrap(function()
      world.begun = world.begun + 1
      wats.sleep(1)
      error(value)
    end)
    local raised = {}
    wats.gather(many(3, function()
      local ok, got = pcall(f, "a")
      assert(not ok)
      raised[#raised + 1] = got
    end))
    assert.equal(1, world.begun)
    for i = 1, 3 do assert.equal(value, raised[i]) end
    assert.is_false(pcall(f, "a"))
    assert.equal(2, world.begun)
    assert_quiet(f)
  end)

  it("get the same error where tasks end by it", function()
    local f = wrap(function()
      wats.sleep(1)
      error("an error", 0)
    end)
    local tasks = {}
    for i = 1, 3 do tasks[i] = wats.spawn(f, "a") end
    for i = 1, 3 do
      local _, err = tasks[i]:join()
      assert.equal("error", err.kind)
      assert.equal("an error", err.cause)
      assert.matches("_spec.lua", tasks[1].err.traceback)
    end
  end)

  it("compute again when nil was raised, which tells nothing", function()
    local f = wrap(function()
      world.begun = world.begun + 1
      wats.sleep(1)
      if world.begun == 1 then error(nil) end
      return "a"
    end)
    local first, second = wats.spawn(pcall, f, "a"), wats.spawn(f, "a")
    assert.is_false((first:join()))
    assert.equal("a", second:join())
  end)

  it("get nil and the same error, which is not kept", function()
    local f = wrap(function()
      world.begun = world.begun + 1
      wats.sleep(1)
      return nil, "not found", 404
    end, { cache_nil = true })
    local slots = wats.gather(many(3, function() return { f "a" } end))
    for i = 1, 3 do assert.same({ nil, "not found", 404 }, slots[i][1]) end
    assert.equal(1, world.begun)
    f "a"
    assert.equal(2, world.begun)
  end)

  it("get it though it is not kept", function()
    local f = wrap(nil, { ttl = 0 })
    local slots = wats.gather(many(3, asker(f, "a")))
    for i = 1, 3 do assert.equal("a", slots[i][1]) end
    assert.equal(1, world.begun)
    assert.equal(0, #cache.of(f))
  end)

  it("get copies of their own where the cache makes some", function()
    local f = wrap(function() wats.sleep(1) return { "x" } end,
      { cache = cache.new { copy = true } })
    local slots = wats.gather(many(3, function()
      local got = f "a"
      assert.equal("x", got[1])
      got[1] = "y"
      return got
    end))
    for i = 1, 3 do assert.is_true(slots[i].ok, tostring(slots[i].err)) end
    assert.equal("x", f "a"[1])
  end)

  it("share it through one cache and one key", function()
    local c = cache.new()
    local function key(x) return x end
    local f, g = wrap(nil, { cache = c, key = key }), wrap(nil, { cache = c, key = key })
    wats.gather { asker(f, "a"), asker(g, "a") }
    assert.equal(1, world.begun)
  end)

  it("may be plain code and tasks", function()
    local f = wrap()
    local task = wats.spawn(f, "a")
    wats.sleep(0.5)
    assert.equal("a", f "a") -- plain code waits for the task
    assert.equal("a", task:join())
    assert.equal(1, world.begun)
    wats.spawn(function()
      wats.sleep(0.5)
      assert(f "b" == "b")
      world.ended = "joined"
    end)
    assert.equal("b", f "b") -- a task waits for plain code
    wats.sleep(0)
    assert.equal(2, world.begun)
    assert.equal("joined", world.ended)
    assert_quiet(f)
  end)
end)

describe("who waits for himself", function()
  it("is told so in a task, in a run and in a coroutine of it", function()
    local f
    for _, way in ipairs {
      function(x) return f(x) end,
      function(x) return wats.run(f, x) end,
      function(x) return coroutine.wrap(f)(x) end,
    } do
      f = wrap(function(x) wats.sleep(1) return way(x) end)
      local task = wats.spawn(f, "a")
      local _, err = task:join()
      assert.matches("cached function: ", err.message)
      assert.matches('%("a"%)', err.message)
      assert_quiet(f)
    end
  end)

  it("is told so when two wait for each other", function()
    local f
    f = wrap(function(x)
      wats.sleep(1)
      return f(x == "a" and "b" or "a")
    end)
    local slots = wats.gather { asker(f, "a"), asker(f, "b") }
    for i = 1, 2 do
      assert.matches("whoever computes the value .* waits for the caller", slots[i].err.message)
    end
    assert_quiet(f)
  end)

  it("is told so when one of them is plain code", function()
    local f
    f = wrap(function(x)
      wats.sleep(1)
      return f(x == "a" and "b" or "a")
    end)
    local task = wats.spawn(f, "b")
    local ok, message = pcall(f, "a")
    assert.is_false(ok)
    assert.matches("waits for the caller", message)
    assert.is_false((task:join()) or false)
    assert_quiet(f)
  end)

  it("is nobody who waits for another", function()
    local inner = wrap()
    local outer = wrap(function(x) return inner(x) end)
    local slots = wats.gather { asker(outer, "a"), asker(inner, "a"), asker(outer, "a") }
    for i = 1, 3 do assert.equal("a", slots[i][1]) end
    assert.equal(1, world.begun)
  end)
end)

describe("where nobody can be suspended", function()
  it("each computes for himself instead of waiting for ever", function()
    local f = wrap()
    local first = wats.spawn(f, "a")
    local second = wats.spawn(function()
      return coroutine.wrap(function() return f "a" end)()
    end)
    assert.equal("a", second:join())
    assert.equal("a", first:join())
    assert.equal(2, world.begun)
    assert_quiet(f)
  end)

  it("a generator that was left in the middle holds up nobody", function()
    local c = cache.new()
    local f = wrap(function(x)
      world.begun = world.begun + 1
      if world.begun == 1 then coroutine.yield "half" end
      return x
    end, { cache = c, key = function(x) return x end })
    local generator = coroutine.wrap(f)
    assert.equal("half", generator "a")
    assert.equal("a", f "a")
    assert.equal("a", wats.run(f, "a"))
    assert.equal(2, world.begun)
    c:set("a", "newer")
    assert.equal("a", generator())
    assert.equal("newer", f "a") -- the stray was overtaken
    generator, world.begun = coroutine.wrap(f), 0
    c:clear()
    assert.equal("half", generator "a")
    generator = nil -- luacheck: ignore
    collectgarbage()
    assert_quiet(f)
  end)

  it("nor does one inside a task", function()
    local f = wrap(function(x)
      world.begun = world.begun + 1
      if world.begun == 1 then coroutine.yield "half" end
      return x
    end)
    local generator
    wats.run(function()
      generator = coroutine.wrap(f)
      assert(generator "a" == "half")
    end)
    assert.equal("a", wats.run(f, "a"))
    assert.equal("a", generator())
  end)

  it("what a generator goes on to bring counts as any other computation", function()
    local c = cache.new()
    local function half(x)
      coroutine.yield()
      return x
    end
    local f, g = wrap(half, { cache = c }), wrap(half, { cache = c })
    local function finish(change)
      local generators = { coroutine.wrap(f), coroutine.wrap(g) }
      c:clear()
      for _, generator in ipairs(generators) do generator "a" end
      change()
      for _, generator in ipairs(generators) do assert.equal("a", generator()) end
      return #c
    end
    assert.equal(2, finish(function() end))
    assert.equal(1, finish(function() cache.forget(f, "a") end))
    assert.equal(2, finish(function() cache.forget(f, "b") end))
    assert.equal(0, finish(function() c:clear() end))
  end)

  it("a coroutine that is closed computes nothing", function()
    local f = wrap(function(x)
      world.begun = world.begun + 1
      if world.begun == 1 then coroutine.yield() end
      return x
    end)
    local co = coroutine.create(f)
    assert(coroutine.resume(co, "a"))
    assert(coroutine.close(co))
    assert.equal("a", f "a")
    assert_quiet(f)
  end)

  it("plain code in a coroutine waits for tasks", function()
    local f = wrap()
    wats.spawn(f, "a")
    wats.sleep(0.5)
    assert.equal("a", coroutine.wrap(f)("a"))
    assert.equal(1, world.begun)
  end)
end)
