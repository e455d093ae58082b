-- Cached functions that are cancelled, or whose keys are changed, while they compute.

local async = require "wats.async"
local wats = require "wats"
local world = require "spec.support.cached"

local cache = wats.cache
local wrap, assert_quiet = world.wrap, world.assert_quiet
local asker, many = world.asker, world.many
local s = async.default

before_each(world.begin)
teardown(world.finish)

describe("a cancel", function()
  it("of one who waits leaves the others alone", function()
    local f = wrap()
    local first = wats.spawn(f, "a")
    local told
    local second = wats.spawn(function() told = table.pack(pcall(f, "a")) end)
    local third = wats.spawn(f, "a")
    wats.sleep(0.5)
    second:cancel()
    second:join()
    assert.is_true(told[1] and told[2] == nil) -- returned, not raised
    assert.equal("cancelled", told[3].kind)
    assert.equal(100.5, world.reactor.time)
    local waiters = next(cache.of(f).led).waiters
    assert.is_nil(next(waiters, (next(waiters)))) -- the third alone
    assert.equal("a", first:join())
    assert.equal("a", third:join())
    assert.equal(1, world.begun)
    assert_quiet(f)
  end)

  it("of who computes lets the next one compute", function()
    local f = wrap()
    local tasks = {}
    for i = 1, 4 do tasks[i] = wats.spawn(f, "a") end
    wats.sleep(0.5)
    tasks[1]:cancel()
    wats.sleep(0.25)
    assert.equal(2, world.begun)
    tasks[2]:cancel()
    assert.equal("a", tasks[3]:join())
    assert.equal("a", tasks[4]:join())
    assert.equal(101.75, world.reactor.time)
    assert.equal(3, world.begun)
    assert.equal(1, world.ended)
    assert.equal("cancelled", select(2, tasks[1]:join()).kind)
    assert.equal("cancelled", select(2, tasks[2]:join()).kind)
    assert.equal("a", f "a")
    assert.equal(4, cache.of(f):stats().misses)
    assert.equal(3, cache.of(f):stats().joined)
    assert_quiet(f)
  end)

  it("of who computes counts however it is taken: returned, raised, or passed over", function()
    for _, take in ipairs {
      function(_, err) return nil, err end, function(_, err) error(err) end,
      function() return "half" end, function() return nil end,
    } do
      local f = wrap(function()
        world.begun = world.begun + 1
        local ok, err = wats.sleep(1)
        if not ok then return take(ok, err) end
        return "whole"
      end, { cache_nil = true })
      local first, second = wats.spawn(pcall, f, "a"), wats.spawn(f, "a")
      wats.sleep(0.5)
      first:cancel()
      first:join()
      assert.equal("whole", second:join())
      assert.equal("whole", f "a")
    end
  end)

  it("of who computes lets the next one use what was set since", function()
    local c = cache.new()
    local f = wrap(nil, { cache = c, key = function(key) return key end })
    local first, second = wats.spawn(f, "a"), wats.spawn(f, "a")
    wats.sleep(0.5)
    first:cancel()
    wats.spawn(c.set, c, "a", "given")
    assert.equal("given", second:join())
    assert.equal(1, world.begun)
  end)

  it("that nobody was told of does no harm", function()
    local f = wrap(function()
      world.begun = world.begun + 1
      wats.sleep(1)
      s.current:cancel() -- does its work, waits for nothing more
      return "whole"
    end)
    local slots = wats.gather(many(3, asker(f, "a")))
    assert.equal("whole", slots[3][1])
    assert.equal("whole", f "a")
    assert.equal(1, world.begun)
  end)

  it("of all leaves nothing behind", function()
    local f = wrap()
    local tasks = {}
    for i = 1, 5 do tasks[i] = wats.spawn(f, "a") end
    wats.sleep(0.5)
    for _, task in ipairs(tasks) do task:cancel() end
    wats.sleep(0)
    wats.sleep(0)
    assert_quiet(f)
    assert.equal(0, #cache.of(f))
    assert.equal("a", f "a")
  end)

  it("before asking is told, but what is there is had", function()
    local f = wrap()
    f "a"
    local task = wats.spawn(function()
      wats.sleep(1)
      assert(f "a" == "a")
      return f "b"
    end)
    wats.sleep(0.5)
    task:cancel()
    assert.equal("cancelled", select(2, task:join()).kind)
    assert_quiet(f)
  end)
end)

describe("a key that is changed while it is computed", function()
  it("is computed anew for whoever asks later", function()
    for _, change in ipairs { "delete", "clear" } do
      local c = cache.new()
      local f = wrap(function()
        world.begun = world.begun + 1
        local mine = world.begun
        wats.sleep(1)
        return mine
      end, { cache = c, key = function(x) return x end })
      world.begun = 0
      local early, joined = wats.spawn(f, "a"), wats.spawn(f, "a")
      wats.sleep(0.5)
      c[change](c, "a")
      local late = wats.spawn(f, "a")
      assert.equal(1, early:join())
      assert.equal(1, joined:join())
      assert.is_false(c:has "a")
      assert.equal(2, late:join())
      assert.equal(2, (c:get "a"))
      assert_quiet(f)
    end
  end)

  it("keeps what was set", function()
    local c = cache.new()
    local f = wrap(nil, { cache = c, key = function() return "k" end })
    local early = wats.spawn(f, "old")
    wats.sleep(0.5)
    c:set("k", "new")
    assert.equal("new", f "other")
    assert.equal("old", early:join())
    assert.equal("new", (c:get "k"))
  end)

  it("is forgotten for the function alone", function()
    local c = cache.new()
    local f, g = wrap(nil, { cache = c }), wrap(nil, { cache = c })
    local tasks = { wats.spawn(f, "a"), wats.spawn(g, "a") }
    wats.sleep(0.5)
    assert.is_false(cache.forget(f, "a"))
    assert.equal("a", tasks[1]:join())
    assert.equal("a", tasks[2]:join())
    assert.equal(1, #c)
    assert.is_true(cache.forget(g, "a"))
  end)
end)

