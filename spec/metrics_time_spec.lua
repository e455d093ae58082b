-- How long functions take, and how often they fail.

local metrics = require "wats.metrics"

---The message with which f fails; it must name this file and the line of the call.
local function fault(f)
  local ok, message = pcall(f)
  assert.is_false(ok)
  local line = debug.getinfo(f, "S").linedefined
  assert.truthy(message:find(("metrics_time_spec.lua:%d: "):format(line), 1, true), message)
  return (message:gsub("^.-:%d+: ", ""))
end

describe("metrics", function()
  local reg
  before_each(function() reg = metrics.new() end)

  describe("wrap", function()
    local h, f
    before_each(function()
      h = reg:histogram("step_duration_seconds", "help", { "step" }):labels("Power")
      f = metrics.wrap(function(what, ...)
        if what == "raise" then error({ "mine" }) end
        return ...
      end, h)
    end)

    local function failures()
      return reg:counter("step_errors_total", "help", { "step" }):value { step = "Power" }
    end

    it("times each call, and passes everything on", function()
      assert.same(table.pack(1, nil, 3, nil), table.pack(f("pass", 1, nil, 3, nil)))
      assert.equal(0, select("#", f("pass")))
      assert.equal(2, (h:value()))
      assert.equal(0, failures())
    end)

    it("counts errors that are raised and errors that are returned", function()
      local ok, err = pcall(f, "raise")
      assert.same({ false, { "mine" } }, { ok, err })
      assert.same({ nil, "why" }, { f("pass", nil, "why") })
      assert.is_nil(f("pass", nil))
      assert.is_false((f("pass", false, "no error")))
      assert.equal(4, (h:value()))
      assert.equal(2, failures())
    end)

    it("lets the function yield", function()
      local co = coroutine.wrap(metrics.wrap(function(x)
        local y = coroutine.yield(x)
        error(y, 0)
      end, h))
      assert.equal(1, co(1))
      assert.equal(0, (h:value()))
      assert.same({ false, "late" }, { pcall(co, "late") })
      assert.equal(1, (h:value()))
      assert.equal(1, failures())
    end)

    it("counts errors in another counter, or none", function()
      local mine = reg:counter("mine_total", "help")
      pcall(metrics.wrap(error, h, mine))
      pcall(metrics.wrap(error, h, mine), "x")
      assert.equal(1, mine:value()) -- error() raises nil, which nobody can tell from no error
      pcall(metrics.wrap(error, h, false), "x")
      assert.equal(0, failures())
      assert.equal(3, (h:value()))
      assert.is_function(metrics.wrap(print, reg:histogram("bare", "help")))
      assert.truthy(reg:render():find("bare_errors_total 0", 1, true))
    end)

    it("refuses what it cannot time", function()
      assert.truthy(fault(function() metrics.wrap(1, h) end):find("function expected"))
      assert.truthy(fault(function() metrics.wrap(print, 1) end):find("histogram expected"))
      assert.truthy(fault(function() metrics.wrap(print, h, h) end):find("counter expected"))
      reg:gauge("taken_errors_total", "help")
      assert.truthy(fault(function() metrics.wrap(print, reg:histogram("taken_seconds", "h")) end)
        :find("already there with other type", 1, true))
    end)
  end)

  describe("time", function()
    local h
    before_each(function() h = reg:histogram("h", "help") end)

    it("observes seconds, and passes arguments and results on", function()
      local function f(...)
        local deadline = os.clock() + 0.01
        while os.clock() < deadline do end
        return select("#", ...), ...
      end
      assert.same(table.pack(4, 1, nil, 3, nil), table.pack(reg:time(h, f, 1, nil, 3, nil)))
      assert.equal(0, select("#", reg:time(h, function() end)))
      local count, sum = h:value()
      assert.equal(2, count)
      assert.truthy(sum >= 0.009 and sum < 10)
    end)

    it("observes when the function raises, and the error passes as it is", function()
      local thrown = {}
      local trace
      local ok, err = xpcall(function() reg:time(h, function() error(thrown) end) end, function(e)
        trace = debug.traceback()
        return e
      end)
      assert.is_false(ok)
      assert.equal(thrown, err)
      assert.truthy(trace:find("in function 'error'", 1, true))
      assert.equal(1, (h:value()))
    end)

    it("lets the function yield, and observes when its coroutine is closed", function()
      local co = coroutine.create(function(...)
        return reg:time(h, function(...) return coroutine.yield(...) end, ...)
      end)
      assert.same({ true, 1, 2 }, { coroutine.resume(co, 1, 2) })
      assert.equal(0, (h:value()))
      assert.same({ true, 3, 4 }, { coroutine.resume(co, 3, 4) })
      assert.equal(1, (h:value()))
      co = coroutine.create(function() reg:time(h, coroutine.yield) end)
      coroutine.resume(co)
      coroutine.close(co)
      assert.equal(2, (h:value()))
    end)

    it("refuses what it cannot time", function()
      assert.truthy(fault(function() reg:time(reg:gauge("g", "help"), print) end)
        :find("histogram expected", 1, true))
      assert.truthy(fault(function() reg:time(h, 1) end)
        :find("function expected, got number", 1, true))
      local labelled = reg:histogram("l", "help", { "a" })
      assert.truthy(fault(function() reg:time(labelled, print) end)
        :find("child (see labels)", 1, true))
      local callable = setmetatable({}, { __call = function(_, x) return x + 1 end })
      assert.equal(2, reg:time(h, callable, 1))
    end)
  end)
end)
