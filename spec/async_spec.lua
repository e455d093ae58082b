-- The default scheduler: the real clock, no transfers.

local async = require "wats.async"
local blamed = require "spec.support.blamed"
local core = require "wats.core"
local fake = require "spec.support.reactor"

after_each(function() async.on_unhandled = nil end)

describe("wats.async", function()
  it("runs tasks side by side, by the real clock", function()
    local begun = core.monotonic()
    local results = async.map({ 1, 2, 3, 4, 5, 6, 7, 8 }, function(i)
      async.sleep(0.05)
      return i
    end)
    local elapsed = core.monotonic() - begun
    assert.same({ n = 8, 1, 2, 3, 4, 5, 6, 7, 8 }, results)
    assert.is_true(elapsed >= 0.05 and elapsed < 0.05 * 7, elapsed)
  end)

  it("has all of it under short names", function()
    assert.equal(3, async.run(function(a, b) return a + b end, 1, 2))
    local task = async.spawn(function() async.sleep(0.01) return "x" end)
    assert.equal("x", task:join())
    assert.equal("timeout", select(2, async.spawn(async.sleep, 0.05):join(0.01)).kind)
    local slots = async.gather { function() return 1 end, function() error "x" end }
    assert.is_true(slots[1].ok)
    assert.is_false(slots[2].ok)
    local calls = 0
    local get = async.coalesce(function(items)
      calls = calls + 1
      return items
    end, { max_wait = 0.01 })
    assert.same({ n = 3, "a", "b", "a" }, (async.map({ "a", "b", "a" }, get)))
    assert.equal(1, calls)
    assert.equal("c", get "c")
  end)

  it("blames the caller's line", function()
    blamed(function() async.spawn(1) end, "spawn: argument #1")
    blamed(function() async.run() end, "run: argument #1")
    blamed(function() async.sleep "1" end, "sleep: argument #1")
    blamed(function() async.gather(1) end, "gather: argument #1")
    blamed(function() async.map({}) end, "map: argument #2")
    blamed(function() async.coalesce() end, "coalesce: argument #1")
    blamed(function() async.run(function() coroutine.wrap(function()
      async.spawn(async.sleep, 0):join()
    end)() end) end, "task:join: other tasks stand still")
  end)

  it("tells deadlocks instead of hanging", function()
    blamed(function() async.run(function() async.default:await("never") end) end, "deadlock")
  end)

  it("hands errors that nobody joined to on_unhandled", function()
    local heard = {}
    async.on_unhandled = function(err) heard[#heard + 1] = err.message end
    async.spawn(function() error("lost", 0) end)
    async.sleep(0)
    collectgarbage()
    collectgarbage()
    async.sleep(0)
    assert.same({ "lost" }, heard)
  end)

  it("takes another reactor while it has no tasks", function()
    local before, reactor = async.default.reactor, fake.new()
    async.set_reactor(reactor)
    local task = async.spawn(function() return reactor.transfer(async.default, 3600, "x") end)
    blamed(function() async.set_reactor(before) end, "set_reactor: there are unfinished tasks")
    local value = task:join()
    async.set_reactor(before)
    assert.equal("x", value)
    assert.equal(3700, reactor.time)
    blamed(function() async.set_reactor {} end, "set_reactor: a reactor with the function now")
  end)
end)

describe("docs/tasks.md", function()
  local file = assert(io.open("docs/tasks.md", "rb"))
  local text = file:read("a")
  file:close()

  local number = 0
  for example in text:gmatch("```lua\n(.-)```") do
    number = number + 1
    it(("has a working example %d"):format(number), function()
      local printed, expected = {}, {}
      local function note(...)
        for _, value in ipairs { ... } do
          if value ~= nil then printed[#printed + 1] = tostring(value):match("^[^\n]*") end
        end
      end
      local product = { get_product = function(_, name) return { partNumber = name } end }
      local environment = setmetatable({ wats = require("wats"), client = { product = product },
        part_numbers = { "PN-1", "PN-2" }, print = note }, { __index = _G })
      assert(load(example, "=example", "t", environment))()
      local output = table.concat(printed, " ")
      for said in example:gmatch("%-%->%s*([^\n:]+)") do
        for word in said:gmatch("[%w-]+") do expected[#expected + 1] = word end
      end
      for _, word in ipairs(expected) do
        assert.is_truthy(output:find(word, 1, true), word .. " in: " .. output)
      end
    end)
  end

  it("has examples", function() assert.is_true(number >= 5) end)
end)

describe("Ctrl-C", function()
  local lua = os.getenv("LUA") or "lua5.4"

  -- Runs a script that sleeps for a minute in the way of `body`; then comes the signal.
  local function interrupt(body)
    local script = ("local async, core = require 'wats.async', require 'wats.core'\n"
      .. "io.stdout:setvbuf 'no' print 'begun'\n%s\nprint 'went on'"):format(body)
    local file = os.tmpname()
    local out = assert(io.open(file, "w"))
    out:write(script)
    out:close()
    local begun = core.monotonic()
    local command = ("timeout --foreground -s INT 0.5 %s %s 2>&1; echo"):format(lua, file)
    local pipe = assert(io.popen(command))
    local output = pipe:read("a")
    pipe:close()
    os.remove(file)
    return output, core.monotonic() - begun
  end

  for where, body in pairs {
    ["a sleep of plain code"] = "async.sleep(60)",
    ["a sleep in a coroutine"] = "assert(coroutine.resume(coroutine.create(async.sleep), 60))",
    ["a task"] = "async.run(async.sleep, 60)",
    ["a generator of a task"] =
      "async.run(function() coroutine.wrap(function() async.sleep(60) end)() end)",
    ["a sleep that begins after it, in a coroutine"] = [[
      coroutine.wrap(function()
        local begun = core.monotonic()
        while core.monotonic() - begun < 0.8 do end
        async.sleep(60)
      end)()]],
    ["a map"] = "async.map({ 1, 2, 3 }, async.sleep)  async.sleep(60)",
  } do
    it("ends " .. where, function()
      local output, elapsed = interrupt(body)
      assert.matches("begun\n.*interrupted!", output)
      assert.not_matches("went on", output)
      assert.is_true(elapsed < 10, elapsed)
    end)
  end
end)
