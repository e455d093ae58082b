-- queue:on_event: what the uploader did, told to a function.

local core = require("wats.core")
local processes = require("spec.support.other_process")
local queued = require("spec.support.queued")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("the events of a queue", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)

  local function collect()
    local events = {}
    return events, function(event) events[#events + 1] = event end
  end

  it("tell of each report that was sent", function()
    local events, hook = collect()
    local queue = world.open { on_event = hook }
    local ids = {}
    for i = 1, 5 do ids[assert(queue:submit(world.text()))] = i end
    assert(queue:flush(world.LONG))
    world.until_true(function() return queue:stats() and #events == 5 end)
    for _, event in ipairs(events) do
      assert.equal("sent", event.kind)
      assert.is_truthy(ids[event.id])
      ids[event.id] = nil
      assert.equal(200, event.status)
      assert.equal(1, event.attempts)
      assert.is_true(math.abs(event.time - core.time()) < world.LONG)
      assert.is_nil(event.count)
    end
  end)

  it("tell of a dead one why", function()
    world.answer { status = 400, body = '"no such thing"' }
    local events, hook = collect()
    local queue = world.open { on_event = hook }
    local id = assert(queue:submit(world.text()))
    world.until_true(function() return queue:stats() and events[1] end)
    assert.equal("dead", events[1].kind)
    assert.equal(id, events[1].id)
    assert.equal(400, events[1].status)
    assert.equal(2, events[1].attempts)
    assert.is_string(events[1].reason)
  end)

  it("tell when deliveries are held up, and when they go on", function()
    world.answer { status = 401 }
    local events, hook = collect()
    local queue = world.open { on_event = hook }
    local id = assert(queue:submit(world.text()))
    world.until_true(function() return queue:stats() and events[1] end)
    assert.equal("paused", events[1].kind)
    assert.matches("401", events[1].reason)
    assert.is_nil(events[1].id)
    assert(world.sandbox:clear_faults())
    assert.is_true(queue:retry(id))
    world.until_true(function() return queue:stats() and #events == 3 end)
    local kinds = { [events[2].kind] = true, [events[3].kind] = true }
    assert.same({ resumed = true, sent = true }, kinds)
  end)

  it("come at the scheduler's turns too, without any call of the queue", function()
    local events, hook = collect()
    local queue = world.open { on_event = hook }
    assert(queue:submit(world.text()))
    wats.run(function()
      local deadline = core.monotonic() + world.LONG
      while not events[1] and core.monotonic() < deadline do wats.sleep(0.01) end
    end)
    assert.equal("sent", events[1].kind)
  end)

  it("come to the function that is set now, and to none after nil", function()
    local queue = world.open()
    assert(queue:submit(world.text()))
    assert(queue:flush(world.LONG))
    local first, hook = collect()
    assert.is_true(queue:on_event(hook))
    assert(queue:submit(world.text()))
    assert(queue:flush(world.LONG))
    world.until_true(function() return queue:stats() and #first == 1 end)
    local second, other = collect()
    queue:on_event(other)
    assert(queue:submit(world.text()))
    assert(queue:flush(world.LONG))
    world.until_true(function() return queue:stats() and #second == 1 end)
    queue:on_event(nil)
    assert(queue:submit(world.text()))
    assert(queue:flush(world.LONG))
    queue:on_event(other) -- what happened meanwhile is not told
    assert(queue:stats())
    assert.equal(1, #first)
    assert.equal(1, #second)
  end)

  it("are never told within the function, which may use the queue", function()
    local queue, depth, deepest, told = nil, 0, 0, 0
    local more = { world.text(), world.text(), world.text() }
    queue = world.open { on_event = function()
      depth, told = depth + 1, told + 1
      deepest = math.max(deepest, depth)
      local text = table.remove(more)
      if text then
        assert(queue:submit(text))
        assert(queue:flush(world.LONG))
      end
      depth = depth - 1
    end }
    assert(queue:submit(world.text()))
    world.until_true(function() return queue:stats() and told == 4 end)
    assert.equal(1, deepest)
  end)

  it("do no harm when the function waits, closes the queue or changes the hook", function()
    local told = 0
    local hooks = {
      function() wats.sleep(0.001) end,
      function() collectgarbage() end,
    }
    for _, hook in ipairs(hooks) do
      local queue = world.open { on_event = function(...)
        told = told + 1
        return hook(...)
      end }
      told = 0
      wats.run(function()
        assert(queue:submit(world.text()))
        assert(queue:submit(world.text()))
        assert(queue:flush(world.LONG))
        world.until_true(function() return queue:stats() and told == 2 end)
      end)
      queue:close()
    end
    local queue
    queue = world.open { on_event = function()
      told = told + 1
      queue:close()
    end }
    told = 0
    assert(queue:submit(world.text()))
    world.until_true(function() return not queue:stats() end)
    assert.equal(1, told)
    queue = world.open { on_event = function()
      told = told + 1
      queue:on_event(nil)
    end }
    told = 0
    assert(queue:submit_batch { world.text(), world.text() })
    assert(queue:flush(world.LONG))
    world.until_true(function() return queue:stats() and told > 0 end)
    assert.equal(1, told)
  end)

  it("go on when the function raises or yields, which is told once", function()
    local file = world.directory .. "/stderr"
    for hook, told in pairs { ['error("mine")'] = "mine", ["error({})"] = "table",
      ["coroutine.yield()"] = "attempt to yield" } do
      local program = ([[
        local client = assert(wats.connect(options))
        local count, queue = 0, nil
        queue = assert(wats.queue.open { path = %q, client = client, on_event = function()
          count = count + 1
          %s
        end })
        for _, text in ipairs { %q, %q } do
          assert(queue:submit(text))
          assert(queue:flush(%d))
        end
        while count < 2 do assert(queue:stats()) wats.sleep(0.01) end
        queue:close()
        print("done")
      ]]):format(world.path, hook, world.text(), world.text(), world.LONG)
      local output, code = processes.run(world.sandbox.url, {}, program, file)
      assert.equal("done\n", output)
      assert.equal(0, code)
      local input <close> = assert(io.open(file))
      local text = input:read("a")
      assert.matches("^wats: the function given to queue:on_event raised an error %(told once%): "
        .. "[^\n]*" .. told .. "[^\n]*\n$", text)
    end
  end)

  it("go to each queue that has a hook", function()
    local one, first = collect()
    local two, second = collect()
    local queue = world.open { on_event = first }
    local other = world.open { on_event = second }
    assert(queue:submit(world.text()))
    assert(queue:flush(world.LONG))
    world.until_true(function() return queue:stats() and #one + #two >= 2 end)
    assert.equal(1, #one)
    assert.equal(1, #two)
    other:close()
    assert(queue:submit(world.text()))
    assert(queue:flush(world.LONG))
    world.until_true(function() return queue:stats() and #one == 2 end)
    assert.equal(1, #two)
  end)

  it("tell what was lost when nobody came for them", function()
    local events, hook = collect()
    local queue = world.open { on_event = hook, concurrency = 16 }
    local list = {}
    for i = 1, 300 do list[i] = world.text() end
    local sender = world.store()
    assert(queue:submit_batch(list))
    -- not a call of this queue, which would fetch them
    local deadline = core.monotonic() + world.LONG
    while #world.posts() < 300 and core.monotonic() < deadline do core.sleep(0.05) end
    core.sleep(0.2)
    assert(sender)
    world.until_true(function() return queue:stats().pending == 0 end)
    queue:stats()
    local lost, sent = 0, 0
    for _, event in ipairs(events) do
      if event.kind == "lost" then lost = lost + event.count else sent = sent + 1 end
    end
    assert.equal(300, lost + sent)
    assert.is_true(lost > 0)
  end)

  it("raises where there can be none, or for what is no function", function()
    local queue = world.store()
    assert.matches("a queue without a client", blamed(function() queue:on_event(print) end))
    assert.is_true(queue:on_event(nil))
    queue = world.open()
    for _, wrong in ipairs { 1, "x", {}, false } do
      assert.matches("^queue:on_event: a function or nil expected",
        blamed(function() queue:on_event(wrong) end))
    end
    queue:on_event(setmetatable({}, { __call = function() end }))
  end)
end)
