-- queue:flush: waits till everything is settled, in plain code and in tasks.

local core = require("wats.core")
local queued = require("spec.support.queued")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("queue:flush", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)

  it("returns true at once where nothing waits", function()
    local ok, err, stats = world.open():flush(0)
    assert.is_true(ok)
    assert.is_nil(err)
    assert.equal(0, stats.pending)
    assert.is_true(world.store():flush(0))
    assert.is_true(world.store():flush())
  end)

  it("returns true when all are confirmed or dead", function()
    local queue = world.open()
    world.answer { status = 400, times = 2 }
    local ids = {}
    for i = 1, 20 do ids[i] = assert(queue:submit(world.text())) end
    local ok, _, stats = queue:flush(world.LONG)
    assert.is_true(ok)
    assert.equal(20, stats.sent + stats.dead)
    for _, id in ipairs(ids) do
      assert.equal(queue:get(id).state == "sent", world.at_server(id) ~= nil)
    end
  end)

  it("makes due what waits for its time", function()
    world.answer { status = 503, times = 1, headers = { ["Retry-After"] = "600" } }
    local queue = world.open()
    local id = assert(queue:submit(world.text()))
    world.until_true(function() return queue:get(id).state == "waiting" end)
    local start = core.monotonic()
    assert.is_true(queue:flush(world.LONG))
    assert.equal("sent", queue:get(id).state)
    assert.is_true(core.monotonic() - start < world.LONG / 2)
  end)

  it("makes due as well what is under way when it begins, and fails then", function()
    world.answer { status = 503, times = 1, delay_ms = 300, headers = { ["Retry-After"] = "600" } }
    local queue = world.open()
    local id = assert(queue:submit(world.text()))
    world.until_true(function() return queue:stats().in_flight == 1 end)
    assert.is_true(queue:flush(world.LONG))
    assert.equal("sent", queue:get(id).state)
    assert.equal(2, #world.posts())
  end)

  it("returns nil, an error and the figures when its time is over", function()
    world.answer { status = 503 }
    local queue = world.open()
    assert(queue:submit(world.text()))
    local start = core.monotonic()
    local ok, err, stats = queue:flush(0.3)
    assert.is_nil(ok)
    assert.equal("timeout", err.kind)
    assert.is_true(err.retryable)
    assert.equal(1, stats.pending)
    assert.is_true(core.monotonic() - start >= 0.3)
    ok, err, stats = world.store():flush(0)
    assert.is_nil(ok)
    assert.matches("^1 reports were not confirmed within 0 seconds", err.message)
    assert.equal(1, stats.pending)
  end)

  it("says why deliveries are held up", function()
    world.answer { status = 401 }
    local queue = world.open()
    assert(queue:submit(world.text()))
    world.until_true(function() return queue:stats().paused end)
    local ok, err = queue:flush(0.1)
    assert.is_nil(ok)
    assert.matches("held up: ", err.message)
    assert.matches("401", err.message)
  end)

  it("waits for another process or queue that delivers", function()
    local queue = world.store()
    assert(queue:submit(world.text()))
    world.open()
    assert.is_true(queue:flush(world.LONG))
  end)

  it("lets other tasks go on, from a task and from plain code", function()
    world.answer { delay_ms = 300, times = 2 }
    local queue = world.open()
    local turns = 0
    local function other()
      for _ = 1, 10 do
        wats.sleep(0.005)
        turns = turns + 1
      end
    end
    assert(queue:submit(world.text()))
    wats.run(function()
      local task = wats.spawn(other)
      assert(queue:flush(world.LONG))
      assert.is_true(turns >= 5)
      task:join()
    end)
    turns = 0
    assert(queue:submit(world.text()))
    local task = wats.spawn(other)
    assert(queue:flush(world.LONG))
    assert.is_true(turns >= 5)
    task:join()
  end)

  it("lets requests of other tasks go on", function()
    world.answer { delay_ms = 300, times = 1 }
    local queue = world.open()
    assert(queue:submit(world.text()))
    wats.run(function()
      local task = wats.spawn(function() return world.client.product:get_product("PCBA-100") end)
      assert(queue:flush(world.LONG))
      assert.is_true(task.finished)
      assert.equal("PCBA-100", task:join().partNumber)
    end)
  end)

  it("ends when its task is cancelled", function()
    local queue = world.store()
    assert(queue:submit(world.text()))
    local results
    wats.run(function()
      local task = wats.spawn(function() results = table.pack(queue:flush(world.LONG)) end)
      wats.sleep(0.02)
      task:cancel()
      task:join()
    end)
    assert.is_nil(results[1])
    assert.equal("cancelled", results[2].kind)
    assert.equal(1, results[3].pending)
  end)

  it("ends when the queue is closed meanwhile", function()
    local queue = world.store()
    assert(queue:submit(world.text()))
    wats.run(function()
      wats.spawn(function() queue:close() end)
      local ok, err = queue:flush(world.LONG)
      assert.is_nil(ok)
      assert.equal("closed", err.kind)
    end)
  end)

  it("raises for what is no time", function()
    local queue = world.store()
    for _, wrong in ipairs { -1, "1", 0 / 0, {} } do
      assert.matches("bad argument #1 to 'queue:flush'", blamed(function() queue:flush(wrong) end))
    end
    assert.matches("a queue expected", blamed(function() queue.flush() end))
  end)

  -- Runs a script in another process, sends SIGINT when it says so, and returns what came of it.
  local function interrupt(script)
    local err = world.directory .. "/stderr"
    local child <close> = assert(core.spawn {
      argv = { os.getenv("LUA") or "lua5.4", "-e", ([[
        local wats = require("wats")
        local queue = assert(wats.queue.open { path = %q, base_url = "http://127.0.0.1:1" })
        assert(queue:submit(%q))
        io.stdout:setvbuf("no")
      ]]):format(world.path, world.text()) .. script },
      stdin = "pipe", stdout = "pipe", stderr = err,
      env = { LUA_PATH = package.path, LUA_CPATH = package.cpath, LUA_INIT = false,
        LUA_PATH_5_4 = false, LUA_CPATH_5_4 = false },
    })
    assert.equal("now", child:read(world.LONG):match("^%a+"))
    core.sleep(0.05)
    child:kill(2)
    local code, how = child:wait(world.LONG)
    local input <close> = assert(io.open(err))
    assert.matches("interrupted!", input:read("a"))
    assert.equal("exit", how)
    assert.equal(1, code)
    assert.is_nil((child:read(1) or ""):match("%a+"))
  end

  it("ends at Ctrl-C", function()
    interrupt [[print("now") queue:flush(1e9) print("went on")]]
  end)

  it("ends at Ctrl-C in a coroutine and in a task", function()
    interrupt [[print("now") coroutine.wrap(function() queue:flush(1e9) print("went on") end)()]]
    interrupt [[wats.run(function() print("now") queue:flush(1e9) print("went on") end)]]
  end)
end)
