local async = require "wats.async"
local blamed = require "spec.support.blamed"
local fake = require "spec.support.reactor"

local reactor, s

before_each(function()
  reactor = fake.new()
  s = async.new(reactor)
end)

describe("run", function()
  it("returns all results, nils included", function()
    local got = table.pack(s:run(function(...) return ... end, 1, nil, "x", nil))
    assert.same({ n = 4, 1, nil, "x" }, got)
    assert.equal(0, select("#", s:run(function() end)))
  end)

  it("raises the very value that was raised", function()
    local value = setmetatable({}, { __tostring = function() error "no" end })
    local ok, raised = pcall(s.run, s, function() error(value) end)
    assert.is_false(ok)
    assert.equal(value, raised)
    assert.has_error(function() s:run(function() error("plain", 0) end) end, "plain")
    ok, raised = pcall(s.run, s, function() error() end)
    assert.is_false(ok)
    assert.is_nil(raised)
  end)

  it("nests, in tasks and in tasks of tasks", function()
    local result = s:run(function()
      s:sleep(1)
      return s:run(function()
        s:sleep(1)
        return s:run(function() s:sleep(1) return "deep" end)
      end)
    end)
    assert.equal("deep", result)
    assert.equal(103, reactor.time)
    assert.has_error(function()
      s:run(function() s:run(function() error("inner", 0) end) end)
    end, "inner")
  end)

  it("inside a coroutine of the task calls the function there", function()
    local other = 0
    s:spawn(function() other = other + 1 end)
    local got = s:run(function()
      local generator = coroutine.wrap(function()
        s:spawn(function() other = other + 10 end)
        coroutine.yield(s:run(function() s:sleep(1) return "here" end))
      end)
      other = 0
      local value = generator()
      assert.equal(0, other)
      return value
    end)
    assert.equal("here", got)
  end)

  it("works in a coroutine of plain code", function()
    local co = coroutine.wrap(function()
      coroutine.yield(s:run(function() s:sleep(2) return 7 end))
    end)
    assert.equal(7, co())
    assert.equal(102, reactor.time)
  end)

  it("does not wait for other tasks, which go on in the next blocking call", function()
    local done = false
    s:run(function() s:spawn(function() s:sleep(5) done = true end) end)
    assert.is_false(done)
    assert.is_true(s:busy())
    s:sleep(6)
    assert.is_true(done)
    assert.is_false(s:busy())
  end)

  it("tells a deadlock, at the caller's line", function()
    local ok, message = pcall(function()
      s:run(function()
        local a, b
        a = s:spawn(function() return b:join() end)
        b = s:spawn(function() return a:join() end)
        a:join()
      end)
    end)
    assert.is_false(ok)
    assert.matches("scheduler_spec.lua:%d+: deadlock: ", message)
    assert.equal(0, reactor.waits)
  end)

  it("fails cleanly where the C stack has no room for a task", function()
    local closed, overflows = 0, 0
    local function nest(levels)
      if levels > 0 then return coroutine.wrap(nest)(levels - 1) end
      return s:run(function(...)
        local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
        s:sleep(1)
        return ...
      end, "through")
    end
    for levels = 150, 200 do
      local ok, value = pcall(nest, levels)
      if not ok then
        overflows = overflows + 1
        assert.matches("stack overflow", value)
      else
        assert.equal("through", value)
      end
    end
    assert.is_true(overflows > 0 and overflows < 50)
    assert.is_true(closed >= 51 - overflows)
    s:step()
    assert.is_false(s:busy())
  end)

  it("sees a deadlock only when nothing is in flight any more", function()
    reactor.after(3, "nobody")
    blamed(function()
      s:run(function() s:await("never") end)
    end, "deadlock")
    assert.equal(103, reactor.time)
  end)

  it("cancels what it ran when an interrupt passes through", function()
    local ended
    local ok, message = pcall(s.run, s, function()
      reactor.interrupt = "interrupted!"
      local _, err = reactor.transfer(s, 1000)
      ended = err.kind
    end)
    reactor.interrupt = nil
    assert.is_false(ok)
    assert.equal("interrupted!", message)
    s:sleep(0)
    assert.equal("cancelled", ended)
    assert.equal(1, #reactor.cancelled)
    assert.is_false(s:busy())
  end)

  it("refuses what cannot be called, at the caller's line", function()
    blamed(function() s:run(5) end,
      "run: argument #1 must be a function, got number")
    blamed(function() s:spawn() end,
      "spawn: argument #1 must be a function, got nil")
    assert.equal(3, s:run(setmetatable({}, { __call = function(_, a) return a end }), 3))
  end)
end)

describe("ready tasks", function()
  it("run first come first served", function()
    local order = {}
    for i = 1, 3 do
      s:spawn(function()
        for round = 1, 3 do
          order[#order + 1] = round * 10 + i
          s:sleep(0)
        end
      end)
    end
    s:sleep(1)
    assert.same({ 11, 12, 13, 21, 22, 23, 31, 32, 33 }, order)
  end)

  it("give way by a bare yield", function()
    local order = {}
    for i = 1, 2 do
      s:spawn(function()
        for _ = 1, 2 do
          order[#order + 1] = i
          coroutine.yield("ignored")
        end
      end)
    end
    s:sleep(0)
    s:sleep(0)
    assert.same({ 1, 2, 1, 2 }, order)
  end)

  it("never begin within spawn", function()
    local begun = false
    s:spawn(function() begun = true end)
    assert.is_false(begun)
    s:step()
    assert.is_true(begun)
  end)

  it("may be ten thousand", function()
    local ended = 0
    s:run(function()
      local tasks = {}
      for i = 1, 10000 do
        tasks[i] = s:spawn(function()
          s:sleep(i % 7)
          reactor.transfer(s, 1)
          ended = ended + 1
          return i
        end)
      end
      for i = 1, 10000 do assert(tasks[i]:join() == i) end
    end)
    assert.equal(10000, ended)
    assert.is_false(s:busy())
    assert.is_nil(next(s.awaiting))
    assert.equal(0, s.timers.count)
  end)
end)

describe("step", function()
  it("advances by one turn and never blocks; timeout says when to come back", function()
    local got
    assert.is_nil(s:timeout())
    s:spawn(function() s:sleep(2) got = reactor.transfer(s, 1, "x") end)
    assert.equal(0, s:timeout())
    s:step()
    assert.equal(2, s:timeout())
    reactor.time = 103
    assert.equal(0, s:timeout())
    s:step()
    assert.is_nil(s:timeout())
    reactor.time = 105
    s:step()
    assert.equal("x", got)
    assert.equal(0, reactor.waits)
  end)

  it("inside a task runs no task", function()
    local ran = false
    s:run(function()
      s:spawn(function() ran = true end)
      s:step()
      assert.is_false(ran)
    end)
  end)
end)

describe("close", function()
  it("ends tasks in every state, and closes their variables", function()
    local closed = {}
    local function closer(name)
      return setmetatable({}, { __close = function() closed[#closed + 1] = name end })
    end
    local tasks = {
      s:spawn(function() local _ <close> = closer "sleep" s:sleep(100) closed.wrong = true end),
      s:spawn(function() local _ <close> = closer "await" reactor.transfer(s, 100) end),
      s:spawn(function() return "ended" end),
    }
    tasks[4] = s:spawn(function()
      local _ <close> = closer "join"
      pcall(tasks[1].join, tasks[1])
      closed.wrong = true
    end)
    s:step()
    tasks[5] = s:spawn(function() closed.wrong = true end)
    s:close()
    assert.same({ "sleep", "await", "join" }, closed)
    assert.equal(1, #reactor.cancelled)
    for _, i in ipairs { 1, 2, 4, 5 } do
      local value, err = tasks[i]:join()
      assert.is_nil(value)
      assert.equal("closed", err.kind)
    end
    assert.equal("ended", tasks[3]:join())
    assert.is_false(s:busy())
    assert.equal(0, s.timers.count)
    s:close()
    blamed(function() s:spawn(print) end, "spawn: .*closed")
  end)

  it("lets no wait of a closing variable hang", function()
    local kind
    s:spawn(function()
      local _ <close> = setmetatable({}, { __close = function()
        local _, err = s:sleep(1000)
        kind = err.kind
      end })
      s:sleep(1000)
    end)
    s:step()
    s:close()
    assert.equal("closed", kind)
    assert.equal(100, reactor.time)
  end)

  it("tells what a closing variable raised", function()
    local heard = {}
    s.on_unhandled = function(err) heard[#heard + 1] = err.message end
    s:spawn(function()
      local _ <close> = setmetatable({}, { __close = function() error("in close", 0) end })
      s:sleep(1000)
    end)
    s:step()
    s:close()
    assert.same({ "in close" }, heard)
  end)

  it("is not for tasks", function()
    blamed(function() s:run(function() s:close() end) end, "close: a task cannot close")
  end)
end)

describe("new", function()
  it("wants a whole reactor", function()
    blamed(function() async.new { now = os.clock } end,
      "async.new: a reactor with the function wait expected")
    blamed(function() async.new() end, "async.new: a reactor with the function now expected")
  end)
end)
