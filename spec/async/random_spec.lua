-- Whatever tasks do to each other, every wait ends once and leaves nothing behind.

local async = require "wats.async"
local fake = require "spec.support.reactor"

local function lcg(state)
  return function(n)
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % n + 1
  end
end

-- What a task may do next; each returns when it has been done.
local function deeds(s, reactor, random, world)
  local function some() return world.tasks[random(#world.tasks)] end
  local function transfer()
    world.begun = world.begun + 1
    local value, err = reactor.transfer(s, random(5), "x")
    world.ended = world.ended + 1
    assert(value == "x" or err.kind == "cancelled")
  end
  return {
    transfer, transfer,
    function() s:sleep(random(4) - 1) end,
    function() coroutine.yield() end,
    function() some():cancel() end,
    function()
      local task = some()
      if task ~= s.current then task:join(random(6)) end
    end,
    function() world.spawn() end,
    function() error { world = world } end,
    function() s:map({ 1, 2, 3 }, transfer, { concurrency = random(3) }) end,
    function() s:gather { transfer, function() s:sleep(random(3)) end } end,
    function() world.get(random(5)) end,
    function() coroutine.wrap(function() transfer() s:sleep(random(2)) end)() end,
    function() s:run(transfer) end,
    function()
      local _ <close> = s:spawn(transfer)
      s:sleep(random(2) - 1)
    end,
  }
end

local function play(seed)
  local reactor, random = fake.new(), lcg(seed)
  local s = async.new(reactor)
  local world = { tasks = {}, begun = 0, ended = 0 }
  world.get = s:coalesce(function(items)
    s:sleep(1)
    return items
  end, { max_batch = 3, max_wait = 2, keyed = false })
  local list = deeds(s, reactor, random, world)
  function world.spawn()
    if #world.tasks >= 60 then return end
    world.tasks[#world.tasks + 1] = s:spawn(function()
      for _ = 1, random(8) do list[random(#list)]() end
    end)
  end
  for _ = 1, 8 do world.spawn() end
  return s, reactor, world
end

describe("random tasks", function()
  for seed = 1, 60 do
    it(("end without a trace, seed %d"):format(seed), function()
      local s, reactor, world = play(seed)
      local rounds = 0
      while s:busy() do
        rounds = rounds + 1
        assert(rounds < 1000, "does not end")
        s:sleep(1)
      end
      s:sleep(10)
      assert.equal(world.begun, world.ended)
      assert.is_nil(next(s.awaiting))
      assert.equal(0, s.timers.count)
      assert.equal(0, reactor.in_flight())
      for _, task in ipairs(world.tasks) do
        assert.is_true(task.finished)
        assert.is_nil(next(task.joiners))
      end
    end)

    it(("may be closed at any time, seed %d"):format(seed), function()
      local s, reactor, world = play(seed)
      for _ = 1, seed % 7 do s:sleep(1) end
      local open = 0
      for _ in pairs(s.awaiting) do open = open + 1 end
      local before = #reactor.cancelled
      s:close()
      assert.equal(open, #reactor.cancelled - before)
      assert.is_false(s:busy())
      assert.is_nil(next(s.awaiting))
      for _, task in ipairs(world.tasks) do assert.is_true(task.finished) end
      s:sleep(10)
      assert.equal(0, s.timers.count)
      assert.equal(0, reactor.in_flight())
    end)
  end
end)
