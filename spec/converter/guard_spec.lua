-- What a guarded function may do, and that it always comes back.

local async = require("wats.async")
local core = require("wats.core")
local errors = require("wats.errors")
local guard = require("wats.converter.guard")

local HERE = debug.getinfo(1, "S").short_src

-- Time enough to be sure, little enough to be quick.
local LIMIT = 0.1

local function fails(fn)
  local begun = core.monotonic()
  local ok, message = pcall(guard.call, LIMIT, fn)
  assert.is_false(ok)
  assert.is_true(core.monotonic() - begun < 100 * LIMIT)
  return message
end

describe("guard.call", function()
  local before
  before_each(function() before = { debug.gethook() } end)
  after_each(function()
    assert.same(before, { debug.gethook() })
    debug.sethook()
  end)

  it("passes arguments and results on, nils among them", function()
    assert.same({ 4, 1, nil, 3, nil, n = 5 }, table.pack(guard.call(LIMIT, function(...)
      return select("#", ...), ...
    end, 1, nil, 3, nil)))
  end)

  it("ends loops of every kind after the time, and says where", function()
    local function loop() while true do end end
    for name, fn in pairs {
      plain = loop,
      caught = function() while true do pcall(loop) end end,
      ["caught with a handler"] = function()
        while true do xpcall(loop, function(message) return message end) end
      end,
      ["in a coroutine"] = function() coroutine.wrap(loop)() end,
      ["in many"] = function()
        while true do coroutine.resume(coroutine.create(loop)) end
      end,
      ["in a coroutine of a coroutine"] = function()
        coroutine.wrap(function() coroutine.wrap(loop)() end)()
      end,
      ["in a call that comes back"] = function()
        while true do ("x"):rep(1000):find("y") end
      end,
      ["in a finalizer that it waits for"] = function()
        local _ <close> = setmetatable({}, { __close = loop })
      end,
    } do
      local message = fails(fn)
      assert.matches("it took longer than 0.1 s (at " .. HERE .. ":", message, 1, true, name)
    end
  end)

  it("ends what took too long though it came to its end", function()
    local message = fails(function()
      local till = core.monotonic() + 2 * LIMIT
      while core.monotonic() < till do pcall(type, 1) end
      return "result"
    end)
    assert.matches("it took longer than", message, 1, true)
  end)

  it("adds the line to a reason without one", function()
    local function line() return debug.getinfo(2, "l").currentline end
    assert.equal(("bad (%s:%d)"):format(HERE, line() + 1),
      fails(function() error("bad", 0) end))
    assert.matches("^" .. HERE:gsub("%p", "%%%0") .. ":%d+: attempt to index a nil value",
      fails(function() local nothing = nil; return nothing.x end))
    assert.matches("^thrown %(" .. HERE:gsub("%p", "%%%0") .. ":%d+%)$", fails(function()
      local co = coroutine.wrap(function() error("thrown", 0) end)
      return (co())
    end))
    assert.matches("an error that is no text %(a table%) %(" .. HERE:gsub("%p", "%%%0"),
      fails(function() error({}) end))
    assert.matches("stack overflow", (select(2, pcall(guard.call, 100, function()
      local function deeper() return 1 + deeper() end
      return deeper()
    end))))
  end)

  it("leaves errors of requests and Ctrl-C as they are", function()
    local err = errors.new { kind = "connection", message = "away" }
    assert.equal(err, fails(function() error(err) end))
    assert.equal("interrupted!", fails(function() error("interrupted!", 0) end))
  end)

  it("lets go of what a function had when there was no memory for more", function()
    local held = setmetatable({}, { __mode = "v" })
    collectgarbage("stop")
    local message = fails(function()
      held[1] = { "as much as there was" }
      error("not enough memory", 0)
    end)
    local left = held[1]
    collectgarbage("restart")
    assert.matches("^not enough memory", message)
    assert.is_nil(left)
  end)

  it("puts back what it found", function()
    local create, wrap = coroutine.create, coroutine.wrap
    local function mine() end
    debug.sethook(mine, "l", 7)
    before = { debug.gethook() }
    assert.equal(1, guard.call(LIMIT, function() return 1 end))
    assert.same({ mine, "l", 7 }, { debug.gethook() })
    fails(function() while true do end end)
    assert.same({ mine, "l", 7 }, { debug.gethook() })
    assert.same({ create, wrap }, { coroutine.create, coroutine.wrap })
    debug.sethook()
    before = {}
  end)

  it("does not reach what was made in it and lives on", function()
    local co = guard.call(LIMIT, function()
      return coroutine.create(function()
        while true do
          for _ = 1, 100000 do end -- luacheck: ignore 542
          coroutine.yield(1)
        end
      end)
    end)
    core.sleep(1.5 * LIMIT)
    for _ = 1, 3 do assert.same({ true, 1 }, { coroutine.resume(co) }) end
  end)

  it("in a task lets others go on, and has its limit", function()
    local turns = 0
    local ok, message = async.run(function()
      local other = async.spawn(function()
        for _ = 1, 5 do
          turns = turns + 1
          async.sleep(0.001)
        end
        return true
      end)
      local done, why = pcall(guard.call, LIMIT, function()
        async.sleep(0.05)
        assert(other:join(10))
        while true do end
      end)
      return done, why
    end)
    assert.is_false(ok)
    assert.matches("it took longer than", message, 1, true)
    assert.equal(5, turns)
  end)
end)
