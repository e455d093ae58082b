local async = require "wats.async"
local blamed = require "spec.support.blamed"
local fake = require "spec.support.reactor"

local reactor, s

before_each(function()
  reactor = fake.new()
  s = async.new(reactor)
end)

describe("sleep", function()
  it("blocks plain code and suspends tasks", function()
    assert.is_true(s:sleep(3))
    assert.equal(103, reactor.time)
    local order = {}
    s:run(function()
      local tasks = {}
      for i, seconds in ipairs { 3, 1, 2 } do
        tasks[i] = s:spawn(function()
          assert.is_true(s:sleep(seconds))
          order[#order + 1] = seconds
        end)
      end
      for _, task in ipairs(tasks) do task:join() end
    end)
    assert.same({ 1, 2, 3 }, order)
    assert.equal(106, reactor.time)
  end)

  it("advances tasks while plain code sleeps", function()
    local beats = 0
    local task = s:spawn(function() while s:sleep(1) do beats = beats + 1 end end)
    s:sleep(4.5)
    assert.equal(4, beats)
    task:cancel()
  end)

  it("of no time at all, over and over, lets tasks go on", function()
    reactor.now = function() reactor.time = reactor.time + 1e-6 return reactor.time end
    local done = false
    s:spawn(function() s:sleep(0) done = true end)
    for _ = 1, 10 do s:sleep(1e-9) end
    assert.is_true(done)
  end)

  it("refuses what is no duration", function()
    for _, value in ipairs { -1, 0 / 0, math.huge, "1", {} } do
      blamed(function() s:sleep(value) end,
        "sleep: argument #1 must be a number of seconds")
    end
  end)
end)

describe("a waiter", function()
  it("is woken once", function()
    local waiter = s:new_waiter()
    s:wake(waiter, "first")
    s:wake(waiter, "second")
    s:abort(waiter, "third")
    assert.equal("first", s:wait(waiter))
  end)

  it("of plain code ends without a turn of those who come after", function()
    local later = false
    local task = s:spawn(function() return "x" end)
    s:spawn(function() later = true end)
    assert.equal("x", task:join())
    assert.is_false(later)
    s:step()
    assert.is_true(later)
  end)
end)

describe("await", function()
  it("returns the values of its completion, in tasks side by side", function()
    local got = {}
    s:run(function()
      local a = s:spawn(function() got.a = table.pack(reactor.transfer(s, 2, "a", nil, nil)) end)
      local b = s:spawn(function() got.b = table.pack(reactor.transfer(s, 1)) end)
      a:join()
      b:join()
    end)
    assert.same({ a = { n = 3, "a" }, b = { n = 0 } }, got)
    assert.equal(102, reactor.time)
    assert.same({}, reactor.cancelled)
  end)

  it("in plain code blocks, and tasks go on", function()
    local beats = 0
    s:spawn(function() for _ = 1, 9 do s:sleep(1) beats = beats + 1 end end)
    assert.equal("x", reactor.transfer(s, 3.5, "x"))
    assert.equal(3, beats)
  end)

  it("inside a task's own generator blocks, and only transfers go on", function()
    local beats, other = 0, nil
    local ticker = s:spawn(function() while s:sleep(1) do beats = beats + 1 end end)
    s:run(function()
      local task = s:spawn(function() other = reactor.transfer(s, 2, "other") end)
      s:sleep(0.5)
      for value in coroutine.wrap(function()
        for i = 1, 2 do coroutine.yield(reactor.transfer(s, 5, i)) end
      end) do
        assert.is_true(value == 1 or value == 2)
      end
      assert.equal(0, beats)
      assert.is_nil(other)
      task:join()
      assert.equal("other", other)
    end)
    ticker:cancel()
    assert.equal(110.5, reactor.time)
  end)

  it("blocks in a function that C called", function()
    local list = { 3, 1, 2 }
    s:run(function()
      table.sort(list, function(a, b)
        assert.is_false(s:can_yield())
        reactor.transfer(s, 1)
        return a < b
      end)
      assert.is_true(s:can_yield())
    end)
    assert.same({ 1, 2, 3 }, list)
  end)

  it("yields through pcall, metamethods and iterators", function()
    local seen = {}
    local object = setmetatable({}, {
      __index = function(_, key) return reactor.transfer(s, 1, key .. "!") end,
      __add = function(a, b) return pcall(reactor.transfer, s, 1, a, b) end,
      __eq = function() return s:can_yield() end,
    })
    local ticks = 0
    local ticker = s:spawn(function() while s:sleep(1) do ticks = ticks + 1 end end)
    s:run(function()
      seen[1] = object.name
      seen[2] = object + 1
      seen[3] = object == setmetatable({}, getmetatable(object))
      for value in function(_, last) return reactor.transfer(s, 1, not last and 1 or nil) end do
        seen[4] = value
      end
    end)
    ticker:cancel()
    assert.same({ "name!", true, true, 1 }, seen)
    assert.is_true(ticks >= 3)
  end)

  it("drops a completion that comes after the cancel", function()
    local results
    local task = s:spawn(function() results = table.pack(reactor.transfer(s, 5, "late")) end)
    s:sleep(1)
    task:cancel()
    assert.equal(1, #reactor.cancelled)
    s:sleep(10)
    assert.equal("cancelled", results[2].kind)
    assert.is_nil(results[1])
    assert.equal(1, #reactor.cancelled)
    assert.equal(0, reactor.in_flight())
  end)

  it("has its own results and its own end each time, whatever the one before came to", function()
    local got = {}
    local task = s:spawn(function()
      for i = 1, 4 do
        local values = { i, -i, i, i }
        got[i] = table.pack(reactor.transfer(s, 1, table.unpack(values, 1, i)))
      end
    end)
    task:join()
    assert.same({ { n = 1, 1 }, { n = 2, 2, -2 }, { n = 3, 3, -3, 3 }, { n = 4, 4, -4, 4, 4 } },
      got)
    local ended = {}
    local cancelled = s:spawn(function() ended[1] = table.pack(reactor.transfer(s, 5, "never")) end)
    s:sleep(1)
    cancelled:cancel()
    local after = s:spawn(function() ended[2] = table.pack(reactor.transfer(s, 9, "late")) end)
    local failed = s:spawn(function()
      local inner = coroutine.wrap(function()
        reactor.transfer(s, 1, "inner")
        error("broken", 0)
      end)
      inner()
    end)
    after:join()
    failed:join()
    assert.equal("cancelled", ended[1][2].kind)
    assert.same({ n = 1, "late" }, ended[2])
    assert.equal(1, #reactor.cancelled)
    assert.same({}, s.awaiting)
  end)

  it("calls on_cancel when an interrupt ends the wait of plain code", function()
    reactor.interrupt = "interrupted!"
    assert.has_error(function() reactor.transfer(s, 5) end, "interrupted!")
    assert.equal(1, #reactor.cancelled)
    assert.is_nil(next(s.awaiting))
  end)

  it("refuses no token, and one that is awaited already", function()
    blamed(function() s:await() end, "await: a token expected")
    s:spawn(function() s:await("t") end)
    s:step()
    blamed(function() s:await("t") end, "await: this token is awaited already")
    s:close()
  end)
end)
