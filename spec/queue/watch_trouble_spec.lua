-- The watch folder when things go wrong: the queue takes nothing, a crash, somebody else's hands.

local async = require("wats.async")
local core = require("wats.core")
local log = require("wats.log")
local blamed = require("spec.support.client").blamed
local watched = require("spec.support.watched")

describe("queue:watch in trouble", function()
  local it, place, world = watched(it, pending, setup, teardown, before_each, after_each)
  local told, id_of, report = place.told, place.id_of, world.text
  local folder, queue, watcher

  before_each(function() folder, queue = place.folder, place.queue end)

  local function watch(opts, of)
    watcher = place.watch(opts, of)
    return watcher
  end

  it("keeps files while the queue is full or out of order, tells once, and keeps the order",
    function()
      for _, kind in ipairs { "queue_full", "io", "timeout" } do
        local full = place.failing(kind)
        folder:drop("a.json", report(), os.time() - 10)
        folder:drop("b.json", report(), os.time() - 5)
        watch({ interval = 4 }, full)
        local events = watcher:step()
        assert.same({ "kept a.json" }, told(events))
        assert.equal("no room", events[1].reason)
        assert.equal("no room", watcher.held)
        assert.equal(8, watcher:delay())
        assert.same({}, watcher:step())
        assert.same({ 16, 2 }, { watcher:delay(), full.asked })
        assert.same({ "a.json", "b.json" }, folder:files())
        full.err = nil
        assert.same({ "taken a.json", "taken b.json" }, told(watcher:step()))
        assert.same({ 4, nil }, { watcher:delay(), watcher.held })
        watcher:close()
      end
    end)

  it("goes on where a full queue has room again", function()
    local small = world.store { path = world.directory .. "/small.db", max_rows = 1 }
    local first, second = report(), report()
    folder:drop("a.json", first, os.time() - 10)
    folder:drop("b.json", second)
    watch({}, small)
    local events = watcher:step()
    assert.same({ "taken a.json", "kept b.json" }, told(events))
    assert.same({ "b.json" }, folder:files())
    assert(small:discard(id_of(first)))
    assert.same({ "taken b.json" }, told(watcher:step()))
    assert.same({}, folder:files("error"))
  end)

  it("takes in what a crash has left between commit and move, under the same ids", function()
    local text = report()
    watch()
    folder:drop("a.json", text)
    folder:drop("b.csv", "x")
    local ids = {}
    local csv = { name = "csv", extensions = { "csv" },
      read = function(file) return report { sn = file:text() } end }
    watcher:close()
    -- as if each of two attempts had been cut short
    for _ = 1, 2 do
      watch { formats = { csv }, on_file = function(event)
        if event.ids then ids[#ids + 1] = event.ids[1] end
      end }
      watcher:step()
      watcher:close()
      assert(os.rename(folder.path .. "/done/a.json", folder.path .. "/.taken/a.json"))
      assert(os.rename(folder.path .. "/done/b.csv", folder.path .. "/.taken/b.csv"))
    end
    watch { formats = { csv } }
    assert.equal(2, #watcher:step())
    assert.same({ "a.json", "b.csv" }, folder:files("done"))
    assert.same({}, folder:files(".taken"))
    assert.same({ ids[1], ids[2] }, { ids[3], ids[4] })
    assert.equal(2, #queue:list {})
  end)

  it("loses nothing that is dropped under a name while it is being taken in", function()
    local first, second, third = report(), report(), report()
    local proxy = setmetatable({}, { __index = queue })
    function proxy.submit(_, text, ...)
      local id, err = queue:submit(text, ...)
      if text == first then folder:drop("a.json", second) end
      return id, err
    end
    folder:drop("a.json", first)
    watch({}, proxy)
    local events = watcher:step()
    assert.same({ "taken a.json", "taken a.json" }, told(events))
    assert.same({ id_of(first), id_of(second) }, { events[1].ids[1], events[2].ids[1] })
    assert.same({}, folder:files())
    assert.equal(second, folder:read("done/a.json"))
    -- and in place of one that is refused
    function proxy.submit(_, text, ...)
      if text == "bad" then folder:drop("a.json", third) end
      return queue:submit(text, ...)
    end
    folder:drop("a.json", "bad")
    assert.same({ "taken a.json" }, told(watcher:step()))
    assert.equal(third, queue:get(id_of(third)).body)
    assert.same({}, folder:files("error"))
  end)

  it("goes on when somebody takes a file away meanwhile", function()
    local text = report()
    local proxy = setmetatable({}, { __index = queue })
    function proxy.submit(_, ...)
      os.remove(folder.path .. "/a.json")
      return queue:submit(...)
    end
    folder:drop("a.json", text)
    assert.same({ "taken a.json" }, told(watch({}, proxy):step()))
    assert.same({}, folder:files("done"))
    assert.equal(1, #queue:list {})
  end)

  it("hands over once what it cannot put away, says so, and puts it away later", function()
    local asked = place.failing("io")
    asked.err = nil
    folder:drop("a.json", report())
    watch({}, asked)
    os.execute(("cd '%s' && rmdir done && ln -s /no/such done"):format(folder.path))
    local events = watcher:step()
    assert.same({ "kept a.json" }, told(events))
    assert.matches("it was taken, but cannot be put away: ", events[1].reason, 1, true)
    assert.same({}, watcher:step())
    assert.same({}, watcher:step())
    assert.equal(1, asked.asked)
    os.execute(("cd '%s' && rm done && mkdir done"):format(folder.path))
    assert.same({ "taken a.json" }, told(watcher:step()))
    assert.same({ "a.json" }, folder:files("done"))
    assert.equal(1, asked.asked)
  end)

  it("says why a directory cannot be watched", function()
    local function problem(path)
      local none, err = queue:watch(path)
      assert.is_nil(none)
      assert.equal("io", err.kind)
      return err.message
    end
    assert.matches("/no/such: No such file or directory", problem("/no/such"), 1, true)
    folder:write("file", "")
    assert.matches("file: it is no directory", problem(folder.path .. "/file"), 1, true)
    folder:write("done", "")
    assert.matches("done: File exists", problem(folder.path), 1, true)
    os.remove(folder.path .. "/done")
    watch()
    assert.matches("is watched in this program already", problem(folder.path .. "/"), 1, true)
    watcher:close()
    assert.is_truthy(watch())
  end)

  it("keeps other processes out as long as it lives", function()
    local child = assert(core.spawn {
      argv = { os.getenv("LUA") or "lua5.4", "-e", ([[
        local folder = assert(require("wats.queue.folder").open(%q))
        io.write("ready\n") io.stdout:flush() io.read() folder:close() ]]):format(folder.path) },
      env = { LUA_PATH = package.path, LUA_CPATH = package.cpath }, stdin = "pipe", stdout = "pipe",
    })
    assert.equal("ready\n", child:read(30))
    local none, err = queue:watch(folder.path)
    assert.is_nil(none)
    assert.matches("is watched by another process", err.message, 1, true)
    child:kill(9)
    child:wait(30)
    assert.is_truthy(watch())
  end)

  it("returns that the folder cannot be read, and goes on when it is back", function()
    watch { interval = 8 }
    assert(os.rename(folder.path, folder.path .. "-away"))
    local heard = {}
    log.set(function(level, message, fields)
      if message:find("watch folder") then heard[#heard + 1] = level .. ": " .. fields.reason end
    end)
    for _ = 1, 2 do
      local events, err = watcher:step()
      assert.is_nil(events)
      assert.equal("io", err.kind)
      assert.matches("No such file or directory", err.message, 1, true)
    end
    log.set(nil)
    assert.equal(1, #heard)
    assert.matches("^warn: ", heard[1])
    assert.equal(30, watcher:delay())
    assert(os.rename(folder.path .. "-away", folder.path))
    folder:drop("a.json", report())
    assert.equal(1, #watcher:step())
    assert.equal(8, watcher:delay())
  end)

  it("says when the queue is closed", function()
    folder:drop("a.json", report())
    watch()
    queue:close()
    local events, err = watcher:step()
    assert.is_nil(events)
    assert.equal("closed", err.kind)
    assert.same({ "a.json" }, folder:files())
  end)

  it("says so also where no file is there", function()
    watch { interval = 0.01 }
    local ok, err = async.run(function()
      local task = async.spawn(function() return watcher:run() end)
      async.sleep(0.05)
      queue:close()
      return task:join(10)
    end)
    assert.is_nil(ok)
    assert.equal("closed", err.kind)
    assert.matches("the queue is closed", err.message)
  end)

  it("is closed once and for all", function()
    watch()
    watcher:close()
    watcher:close()
    local events, err = watcher:step()
    assert.is_nil(events)
    assert.equal("closed", err.kind)
    assert.is_true(watcher:run())
    local kept = watch()
    do local guard <close> = kept end -- luacheck: ignore guard
    assert.is_true(kept.closed)
  end)

  it("blames whoever calls a method with a dot", function()
    watch()
    for _, name in ipairs { "step", "delay", "run", "close" } do
      assert.matches("^a watcher expected: .*watcher:" .. name,
        blamed(function() watcher[name]({}) end))
      assert.matches("^a watcher expected: ", blamed(function() watcher[name]() end))
    end
  end)

  it("refuses a pass within a pass", function()
    local message
    folder:drop("a.json", report())
    watch { on_file = function()
      local _, why = pcall(watcher.step, watcher)
      message = why
    end }
    watcher:step()
    assert.matches("a pass is under way already", message, 1, true)
  end)

  it("passes on what on_file raises, and can go on after it", function()
    local raise = true
    folder:drop("a.json", report(), os.time() - 5)
    folder:drop("b.json", report())
    watch { on_file = function() if raise then error("stop", 0) end end }
    assert.has_error(function() watcher:step() end, "stop")
    raise = false
    assert.same({ "taken b.json" }, told(watcher:step()))
    assert.equal(2, #queue:list {})
  end)
end)
