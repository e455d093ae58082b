local async = require "wats.async"
local blamed = require "spec.support.blamed"
local errors = require "wats.errors"
local fake = require "spec.support.reactor"

local reactor, s, heard

before_each(function()
  reactor = fake.new()
  s = async.new(reactor)
  heard = {}
  s.on_unhandled = function(err) heard[#heard + 1] = err end
end)

local function collect()
  collectgarbage()
  collectgarbage()
  s:step()
end

local function ladder() error("broken here") end

describe("join", function()
  it("returns all results, before and after the end, any number of times", function()
    local task = s:spawn(function(...) s:sleep(1) return ... end, 1, nil, nil)
    assert.same({ n = 3, 1 }, table.pack(task:join()))
    assert.same({ n = 3, 1 }, table.pack(task:join()))
    local inside = s:spawn(function() return task:join() end)
    assert.same({ n = 3, 1 }, table.pack(inside:join()))
    assert.equal(101, reactor.time)
  end)

  it("wakes all who wait, first come first", function()
    local order = {}
    local task = s:spawn(function() s:sleep(1) return "x" end)
    for i = 1, 20 do
      s:spawn(function()
        assert.equal("x", task:join())
        order[#order + 1] = i
      end)
    end
    s:sleep(2)
    local expected = {}
    for i = 1, 20 do expected[i] = i end
    assert.same(expected, order)
  end)

  it("tells what was raised, and where", function()
    local task = s:spawn(function() s:sleep(1) ladder() end)
    local value, err = task:join()
    assert.is_nil(value)
    assert.is_true(errors.is_error(err))
    assert.equal("error", err.kind)
    assert.matches("task_spec.lua:%d+: broken here$", err.message)
    assert.equal(err.message, err.cause)
    assert.matches("broken here\nstack traceback:\n.*in upvalue 'ladder'", err.traceback)
    assert.equal(err, select(2, task:join()))
  end)

  it("keeps a raised value as it is, whatever it is", function()
    local hostile = setmetatable({}, { __tostring = function() error "no" end })
    for _, value in ipairs { { code = 7 }, 42, true, hostile, print } do
      local _, err = s:spawn(function() error(value) end):join()
      assert.equal("error", err.kind)
      assert.equal(value, err.cause)
      assert.equal("string", type(err.message))
      assert.matches("stack traceback", err.traceback)
    end
    local _, err = s:spawn(function() error(nil) end):join()
    assert.is_nil(err.cause)
    assert.equal("nil", err.message)
  end)

  it("returns a raised error object itself, with a traceback", function()
    local made = errors.new { kind = "not_found", message = "no such product" }
    local _, err = s:spawn(function() error(made) end):join()
    assert.equal(made, err)
    assert.equal("not_found", err.kind)
    assert.matches("stack traceback", err.traceback)
  end)

  it("survives a stack overflow in a task", function()
    local function deep() return 1 + deep() end
    local _, err = s:spawn(deep):join()
    assert.equal("error", err.kind)
    assert.matches("stack overflow", err.message)
  end)

  it("with a time limit gives up, and the task goes on", function()
    local task = s:spawn(function() s:sleep(5) return "done" end)
    local value, err = task:join(2)
    assert.is_nil(value)
    assert.equal("timeout", err.kind)
    assert.is_true(err.retryable)
    assert.equal("timeout: the task has not finished within 2 s", tostring(err))
    s:run(function() assert.equal("timeout", select(2, task:join(0.5)).kind) end)
    assert.equal(102.5, reactor.time)
    assert.is_nil(next(task.joiners))
    assert.equal("done", task:join(100))
    assert.equal(105, reactor.time)
    assert.equal(0, s.timers.count)
  end)

  it("with a limit of 0 looks whether it has finished", function()
    local task = s:spawn(function() s:sleep(5) end)
    assert.equal("timeout", select(2, task:join(0)).kind)
    assert.equal(100, reactor.time)
    task:cancel()
  end)

  it("with a limit of 0, over and over, sees the task to its end", function()
    local task = s:spawn(function()
      s:sleep(0)
      return "done"
    end)
    local looks, result = 0, nil
    while not result and looks < 10 do
      result, looks = task:join(0), looks + 1
    end
    assert.equal("done", result)
  end)

  it("refuses the task itself", function()
    local task
    task = s:spawn(function() task:join() end)
    assert.matches("task_spec.lua:%d+: task:join: a task cannot join itself",
      select(2, task:join()).message)
  end)

  it("is refused where other tasks stand still, unless the task has finished", function()
    local ended = s:spawn(function() return "x" end)
    ended:join()
    local open = s:spawn(function() s:sleep(1) end)
    s:run(function()
      coroutine.wrap(function()
        assert.equal("x", ended:join())
        blamed(function() open:join() end, "task:join: other tasks stand still")
      end)()
    end)
    open:join()
  end)

  it("refuses wrong arguments, at the caller's line", function()
    local task = s:spawn(function() end)
    blamed(function() task:join("1") end, "task:join: argument #1 must be a number of seconds")
    blamed(function() task:join(-1) end, "task:join: argument #1 must be a number of seconds")
    blamed(function() task.join() end, "a task expected %(call it as task:join%(%)%)")
    blamed(function() task.cancel({}) end, "a task expected %(call it as task:cancel%(%)%)")
  end)
end)

describe("cancel", function()
  local function outcome(task)
    local value, err = task:join()
    assert.is_nil(value)
    return err.kind
  end

  it("before the first turn: it never begins", function()
    local begun = false
    local task = s:spawn(function() begun = true end)
    task:cancel()
    assert.equal("cancelled", outcome(task))
    s:step()
    assert.is_false(begun)
  end)

  it("while it sleeps, joins or awaits: that wait and every later one tell it", function()
    local sleeper = s:spawn(function() s:sleep(100) end)
    local waits = {
      function() return s:sleep(50) end,
      function() return sleeper:join() end,
      function() return sleeper:join(50) end,
      function() return reactor.transfer(s, 50) end,
      function() return s:run(s.sleep, s, 50) end,
    }
    for _, first in ipairs(waits) do
      local kinds, closed = {}, false
      local task = s:spawn(function()
        local _ <close> = setmetatable({}, { __close = function() closed = true end })
        kinds[1] = select(2, first()).kind
        for _, later in ipairs(waits) do kinds[#kinds + 1] = select(2, later()).kind end
        return "ignored"
      end)
      s:step()
      task:cancel()
      task:cancel()
      assert.equal("cancelled", outcome(task))
      assert.is_true(closed)
      for i = 1, #waits + 1 do assert.equal("cancelled", kinds[i]) end
    end
    assert.equal(100, reactor.time)
    sleeper:cancel()
    s:step()
    assert.is_false(s:busy())
    assert.equal(0, s.timers.count)
    assert.is_nil(next(s.awaiting))
  end)

  it("twice is once: all that tell it tell the same error", function()
    local first, second
    local task = s:spawn(function()
      first = select(2, s:sleep(9))
      coroutine.yield()
      second = select(2, s:sleep(9))
    end)
    s:step()
    task:cancel()
    s:step()
    task:cancel()
    assert.equal(first, select(2, task:join()))
    assert.equal(first, second)
  end)

  it("while it runs: the next wait tells it, also inside a generator", function()
    local kind
    local task
    task = s:spawn(function()
      task:cancel()
      for value in coroutine.wrap(function() coroutine.yield(select(2, s:sleep(9)).kind) end) do
        kind = value
      end
    end)
    assert.equal("cancelled", outcome(task))
    assert.equal("cancelled", kind)
    assert.equal(100, reactor.time)
  end)

  it("after its wait has ended: that wait keeps its values", function()
    local got
    local task = s:spawn(function() got = reactor.transfer(s, 1, "x") s:sleep(1) end)
    s:spawn(function() s:sleep(1) task:cancel() end)
    s:step()
    reactor.time = 101
    s:step()
    assert.equal("x", got)
    assert.equal("cancelled", outcome(task))
    assert.same({}, reactor.cancelled)
  end)

  it("that comes too late for any wait changes nothing", function()
    local task
    task = s:spawn(function() task:cancel() return "all done" end)
    assert.equal("all done", task:join())
    task:cancel()
    assert.equal("all done", task:join())
  end)

  it("after a failure leaves the error", function()
    local task = s:spawn(function() error("first", 0) end)
    s:step()
    task:cancel()
    assert.equal("first", select(2, task:join()).message)
  end)

  it("reaches what the task runs", function()
    local inner
    local task = s:spawn(function()
      s:run(function() inner = select(2, reactor.transfer(s, 50)).kind end)
    end)
    s:step()
    s:step()
    task:cancel()
    assert.equal("cancelled", outcome(task))
    s:step()
    assert.equal("cancelled", inner)
    assert.is_false(s:busy())
  end)

  it("ends a task that looks at no result", function()
    local turns = 0
    local task = s:spawn(function() while true do s:sleep(1) turns = turns + 1 end end)
    s:step()
    task:cancel()
    assert.equal("cancelled", outcome(task))
    assert.is_true(turns >= 1000)
    assert.same({}, heard)
  end)

  it("comes at the end of the block of a to-be-closed variable", function()
    local kind
    do
      local task <close> = s:spawn(function() kind = select(2, s:sleep(9)).kind end)
      s:step()
      assert.is_false(task.finished)
    end
    s:step()
    assert.equal("cancelled", kind)
  end)

  it("is no error of the task when the task raises it", function()
    local task = s:spawn(function() error(select(2, s:sleep(9))) end)
    s:step()
    task:cancel()
    s:step()
    assert.equal("cancelled", outcome(task))
    task = nil -- luacheck: ignore task
    collect()
    assert.same({}, heard)
  end)
end)

describe("an error that nobody joined", function()
  it("is told once, when nobody can join any more", function()
    s:spawn(function() ladder() end)
    s:step()
    collect()
    collect()
    assert.equal(1, #heard)
    assert.matches("broken here", heard[1].message)
    assert.matches("stack traceback", heard[1].traceback)
    s:close()
    assert.equal(1, #heard)
  end)

  it("is not told while somebody may still join, nor after", function()
    local task = s:spawn(ladder)
    s:step()
    collect()
    assert.same({}, heard)
    task:join()
    task = nil -- luacheck: ignore task
    collect()
    s:close()
    assert.same({}, heard)
  end)

  it("is not told when somebody waited for it, or run raised it", function()
    pcall(s.run, s, ladder)
    s:run(function() s:spawn(function() s:sleep(1) ladder() end):join() end)
    collect()
    s:close()
    assert.same({}, heard)
  end)

  it("is told at close, of tasks that are still at hand", function()
    local task = s:spawn(ladder)
    s:step()
    s:close()
    assert.equal(1, #heard)
    assert.equal(heard[1], select(2, task:join()))
  end)

  it("is told when the state ends", function()
    local script = [[
      local async = require "wats.async"
      async.on_unhandled = function(err) print("heard " .. err.message) end
      async.spawn(function() error("alone", 0) end)
      async.sleep(0)
    ]]
    local pipe = assert(io.popen(((os.getenv("LUA") or "lua5.4") .. " - 2>&1 <<'END'\n%s\nEND\n")
      :format(script)))
    local output = pipe:read("a")
    pipe:close()
    assert.equal("heard alone\n", output)
  end)

  it("is silent without a hook, and survives a broken one", function()
    s.on_unhandled = nil
    s:spawn(ladder)
    s:step()
    collect()
    s.on_unhandled = function() error "hook" end
    s:spawn(ladder)
    s:step()
    collect()
    assert.same({}, s.lost)
  end)
end)

describe("a coroutine inside a task", function()
  it("is the user's own: its yields reach its consumer", function()
    local got = {}
    s:run(function()
      for value in coroutine.wrap(function()
        for i = 1, 3 do
          s:sleep(1)
          coroutine.yield(i)
        end
      end) do
        got[#got + 1] = value
      end
    end)
    assert.same({ 1, 2, 3 }, got)
  end)

  it("may spawn", function()
    local ran = 0
    s:run(function()
      local tasks = {}
      for task in coroutine.wrap(function()
        for _ = 1, 3 do coroutine.yield(s:spawn(function() s:sleep(1) ran = ran + 1 end)) end
      end) do
        tasks[#tasks + 1] = task
      end
      for _, task in ipairs(tasks) do task:join() end
    end)
    assert.equal(3, ran)
  end)
end)
