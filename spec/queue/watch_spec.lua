-- The watch folder, without a server: what is taken in, in which order, and what becomes of files.

local async = require("wats.async")
local core = require("wats.core")
local errors = require("wats.errors")
local folders = require("spec.support.folder")
local json = require("wats.json")
local lfs = require("lfs")
local log = require("wats.log")
local queued = require("spec.support.queued")
local sandboxes = require("spec.support.sandbox")
local support = require("spec.support.client")

local function report(changes)
  return json.encode(sandboxes.report(changes))
end

local function id_of(text) return json.decode(text).id end

-- "kind name" of each event.
local function told(events)
  local list = {}
  for i, event in ipairs(events) do list[i] = event.kind .. " " .. tostring(event.name) end
  return list
end

describe("queue:watch", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)
  local folder, queue, watcher

  -- busted runs what is before_each in the order in which it stands here
  before_each(function()
    folder = folders.new()
    queue = world.directory and world.store()
  end)
  after_each(function()
    if watcher then watcher:close() end
    watcher = nil
    folder:remove()
  end)

  -- Settled at once, unless told otherwise.
  local function watch(opts, of)
    local all = { settle = 0 }
    for name, value in pairs(opts or {}) do all[name] = value end
    watcher = assert((of or queue):watch(folder.path, all))
    return watcher
  end

  -- A queue that answers `submit` with an error as long as there is one.
  local function failing(kind)
    local proxy = { err = errors.new { kind = kind, message = "no room" }, asked = 0 }
    function proxy.submit(_, ...)
      proxy.asked = proxy.asked + 1
      if proxy.err then return nil, proxy.err end
      return queue:submit(...)
    end
    return setmetatable(proxy, { __index = queue })
  end

  it("takes a file in and moves it to done", function()
    local text = report()
    folder:drop("a.json", text)
    watch()
    local events = assert(watcher:step())
    assert.same({ "taken a.json" }, told(events))
    local event = events[1]
    assert.same({ { id_of(text) }, "wsjf", watcher.path .. "/done/a.json" },
      { event.ids, event.format, event.path })
    assert.is_true(math.abs(event.time - os.time()) < 60)
    assert.same({}, folder:files())
    assert.equal(text, folder:read("done/a.json"))
    assert.equal(text, queue:get(id_of(text)).body)
    assert.same({ 1, 0 }, { watcher.taken, watcher.refused })
    assert.same({}, watcher:step())
  end)

  it("deletes it when told so", function()
    folder:drop("a.json", report())
    local events = watch({ delete = true }):step()
    assert.is_nil(events[1].path)
    assert.same({}, folder:files())
    assert.same({}, folder:files("done"))
    assert.same({}, folder:files(".taken"))
  end)

  it("takes names with blanks, with other letters, quotes, line ends and broken UTF-8", function()
    local names = { " a b .json", "\u{D8}st \u{6D4B}\u{8BD5}.json", "'\"$(x).json", "a\nb.json",
      "\xFF.json", "-n.json" }
    for _, name in ipairs(names) do folder:drop(name, report()) end
    table.sort(names)
    assert.equal(#names, #watch():step())
    assert.same(names, folder:files("done"))
    assert.equal(#names, #queue:list {})
  end)

  it("takes the oldest first, within a second by name with numbers as numbers", function()
    local now = os.time()
    for name, age in pairs { ["b.json"] = 30, ["z.json"] = 60, ["r-10.json"] = 20,
      ["r-9.json"] = 20, ["r-009b.json"] = 20, ["a.json"] = 10 } do
      folder:drop(name, report(), now - age)
    end
    assert.same({ "taken z.json", "taken b.json", "taken r-9.json", "taken r-009b.json",
      "taken r-10.json", "taken a.json" }, told(watch():step()))
  end)

  it("passes over dot files, *.tmp, *.part, directories, links and what is no file", function()
    local target = folders.new()
    target:write("x.json", report())
    folder:write(".a.json", report())
    folder:write("b.json.tmp", report())
    folder:write("c.json.PART", report())
    folder:write("d.json.reason.txt", "why")
    assert(lfs.mkdir(folder.path .. "/e.json"))
    assert(lfs.link(target.path .. "/x.json", folder.path .. "/f.json", true))
    os.execute("mkfifo '" .. folder.path .. "/g.json'")
    assert.same({}, watch():step())
    assert.equal(0, #queue:list {})
    target:remove()
  end)

  it("tells once of a file for which there is no format, and leaves it", function()
    folder:drop("a.xml", "<x/>")
    local events = watch():step()
    assert.same({ "ignored a.xml" }, told(events))
    assert.matches("there are .json, .wsjf", events[1].reason, 1, true)
    assert.same({}, watcher:step())
    assert.same({ "a.xml" }, folder:files())
  end)

  it("puts what is no report into error, with the reason beside it", function()
    folder:drop("a.json", "{ half")
    folder:drop("b.json", report { type = "X" })
    folder:drop("c.json", "")
    local events = watch():step()
    assert.same({ "refused a.json", "refused b.json", "refused c.json" }, told(events))
    assert.same({ "a.json", "a.json.reason.txt", "b.json", "b.json.reason.txt", "c.json",
      "c.json.reason.txt" }, folder:files("error"))
    assert.equal("{ half", folder:read("error/a.json"))
    local reason = folder:read("error/a.json.reason.txt")
    assert.equal(events[1].reason, reason:match("^(.-)\n\n"))
    assert.matches("\nFormat: wsjf\nSize: 6 bytes\nRefused: %d%d%d%d%-", reason)
    assert.equal(watcher.path .. "/error/a.json", events[1].path)
    assert.equal(3, watcher.refused)
  end)

  it("gives a number to a name that is there already", function()
    watch()
    for _ = 1, 3 do
      folder:drop("a.b.json", report())
      folder:drop("bad.json", "x")
      assert.equal(2, #watcher:step())
    end
    assert.same({ "a.b-2.json", "a.b-3.json", "a.b.json" }, folder:files("done"))
    assert.same({ "bad-2.json", "bad-2.json.reason.txt", "bad-3.json", "bad-3.json.reason.txt",
      "bad.json", "bad.json.reason.txt" }, folder:files("error"))
  end)

  it("waits for a file that does not parse but is being written, by its own clock", function()
    local text = report()
    local settle = 0.3
    watch { settle = settle }
    folder:write("a.json", text:sub(1, 100))
    -- the time that another machine's clock gives says nothing
    assert(lfs.touch(folder.path .. "/a.json", os.time() - 3600))
    local seen = core.monotonic()
    local events = watcher:step()
    if core.monotonic() - seen < settle then assert.same({ {}, 1 }, { events, watcher.waiting }) end
    folder:write("a.json", text)
    assert.same({ "taken a.json" }, told(watcher:step()))
    assert.equal(0, watcher.waiting)
    folder:write("b.json", "{")
    local refused = world.until_true(function() return watcher:step()[1] end)
    assert.equal("refused", refused.kind)
    assert.is_true(core.monotonic() - seen >= settle)
  end)

  it("takes a file of a format that cannot tell its end only when it is at rest", function()
    local read = 0
    watch { settle = 0.2, formats = { { name = "csv", extensions = { "csv" },
      read = function() read = read + 1 return report() end } } }
    folder:drop("a.csv", "1,2")
    local begun = core.monotonic()
    local event = world.until_true(function() return watcher:step()[1] end)
    assert.is_true(core.monotonic() - begun >= 0.2)
    assert.equal("taken", event.kind)
    assert.equal(1, read)
  end)

  it("waits for the rest of a file of a format that tells its end", function()
    watch { settle = 60, formats = { { name = "csv", extensions = { "csv" }, tells_end = true,
      read = function(file)
        if not assert(file:text()):find("END$") then return nil, "no END" end
        return report()
      end } } }
    folder:write("a.csv", "1,2")
    assert.same({ {}, 1 }, { watcher:step(), watcher.waiting })
    folder:write("a.csv", "1,2 END")
    assert.same({ "taken a.csv" }, told(watcher:step()))
  end)

  it("keeps what a format wants to be asked about again, and goes on with the others", function()
    local there = false
    watch { formats = { { name = "csv", extensions = { "csv" }, read = function()
      if not there then return nil, "the other half is missing", true end
      return report()
    end } } }
    folder:drop("a.csv", "1", os.time() - 10)
    folder:drop("b.json", report())
    local events = watcher:step()
    assert.same({ "kept a.csv", "taken b.json" }, told(events))
    assert.equal("the other half is missing", events[1].reason)
    assert.same({}, watcher:step())
    there = true
    assert.same({ "taken a.csv" }, told(watcher:step()))
  end)

  it("refuses what is too large without reading it", function()
    folder:drop("a.json", report())
    folder:drop("b.json", ("x"):rep(2000000))
    local events = watch({ max_bytes = 1000000 }):step()
    assert.same({ "taken a.json", "refused b.json" }, told(events))
    assert.equal("larger than 1000000 bytes", events[2].reason)
    assert.equal(2000000, #folder:read("error/b.json"))
  end)

  it("takes all reports of a file in one commit", function()
    local batches = 0
    local proxy = setmetatable({ submit_batch = function(_, ...)
      batches = batches + 1
      return queue:submit_batch(...)
    end }, { __index = queue })
    watch({ formats = { { name = "list", extensions = { "list" }, keeps_ids = true,
      read = function(file)
        local list = {}
        for line in assert(file:text()):gmatch("[^\n]+") do
          list[#list + 1] = report { sn = line }
        end
        return list
      end } } }, proxy)
    folder:drop("a.list", "1\n2\n3\n")
    local events = watcher:step()
    assert.equal(3, #events[1].ids)
    assert.same({ 3, 1 }, { #queue:list {}, batches })
  end)

  it("keeps files while the queue is full or out of order, tells once, and keeps the order",
    function()
      for _, kind in ipairs { "queue_full", "io", "timeout" } do
        local full = failing(kind)
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
    local asked = failing("io")
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

  it("raises a caller's mistakes at his line", function()
    for problem, call in pairs {
      ["queue:watch: the path of a directory expected, got nil"] =
        function() queue:watch() end,
      ["queue:watch: the path of a directory expected, got an empty or broken one"] =
        function() queue:watch("") end,
      ['queue:watch: unknown option "intervall" (did you mean "interval"?)'] =
        function() queue:watch(folder.path, { intervall = 1 }) end,
      ["queue:watch: format 1: a format is a table, got string"] =
        function() queue:watch(folder.path, { formats = { "csv" } }) end,
      ['queue:watch: option "priority" must be at most 10, got 11'] =
        function() queue:watch(folder.path, { priority = 11 }) end,
    } do
      assert.equal(problem, support.blamed(call))
    end
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

  it("stays at its directory when the program goes elsewhere", function()
    local here = lfs.currentdir()
    local parent, name = folder.path:match("^(.*)/([^/]+)$")
    assert(lfs.chdir(parent))
    watcher = assert(queue:watch("./" .. name .. "//"))
    assert(lfs.chdir(here))
    folder:drop("a.json", report())
    assert.equal(1, #watcher:step())
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

  it("says when the queue is closed", function()
    folder:drop("a.json", report())
    watch()
    queue:close()
    local events, err = watcher:step()
    assert.is_nil(events)
    assert.equal("closed", err.kind)
    assert.same({ "a.json" }, folder:files())
  end)

  it("gives reports their priority", function()
    folder:drop("a.json", report())
    watch({ priority = 2 }):step()
    assert.equal(2, queue:list()[1].priority)
  end)

  describe("run", function()
    it("takes in until it is closed, and blocks in plain code", function()
      folder:drop("a.json", report())
      watch { interval = 0.01, on_file = function(event)
        if event.name == "b.json" then watcher:close() else folder:drop("b.json", report()) end
      end }
      assert.is_true(watcher:run())
      assert.equal(2, #queue:list {})
    end)

    it("yields in a task", function()
      watch { interval = 0.01 }
      local result = async.run(function()
        local task = async.spawn(function() return watcher:run() end)
        folder:drop("a.json", report())
        world.until_true(function() return watcher.taken == 1 end)
        watcher:close()
        return task:join(30)
      end)
      assert.is_true(result)
    end)

    it("ends with a cancel, and with the queue", function()
      watch { interval = 0.01 }
      local ok, err = async.run(function()
        local task = async.spawn(function()
          local done, why = watcher:run()
          return done, why
        end)
        async.sleep(0.02)
        task:cancel()
        return task:join(30)
      end)
      assert.is_nil(ok)
      assert.equal("cancelled", err.kind)
      watcher:close()
      folder:drop("a.json", report())
      watch({ interval = 0.01 }, failing("closed"))
      ok, err = watcher:run()
      assert.is_nil(ok)
      assert.equal("closed", err.kind)
      assert.same({ "a.json" }, folder:files())
    end)

    it("goes on when the folder is away for a while", function()
      watch { interval = 0.01 }
      async.run(function()
        local task = async.spawn(function() return watcher:run() end)
        assert(os.rename(folder.path, folder.path .. "-away"))
        async.sleep(0.05)
        assert(os.rename(folder.path .. "-away", folder.path))
        folder:drop("a.json", report())
        world.until_true(function() return watcher.taken == 1 end)
        watcher:close()
        assert.is_true(task:join(30))
      end)
    end)
  end)
end)
