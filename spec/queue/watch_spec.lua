-- The watch folder, without a server: what is taken in, in which order, and what becomes of files.
-- When things go wrong: watch_trouble_spec.lua.

local async = require("wats.async")
local core = require("wats.core")
local folders = require("spec.support.folder")
local lfs = require("lfs")
local support = require("spec.support.client")
local watched = require("spec.support.watched")

describe("queue:watch", function()
  local it, place, world = watched(it, pending, setup, teardown, before_each, after_each)
  local told, id_of, report = place.told, place.id_of, world.text
  local folder, queue, watcher

  before_each(function() folder, queue = place.folder, place.queue end)

  local function watch(opts, of)
    watcher = place.watch(opts, of)
    return watcher
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

  it("stays at its directory when the program goes elsewhere", function()
    local here = lfs.currentdir()
    local parent, name = folder.path:match("^(.*)/([^/]+)$")
    assert(lfs.chdir(parent))
    watcher = assert(queue:watch("./" .. name .. "//"))
    assert(lfs.chdir(here))
    folder:drop("a.json", report())
    assert.equal(1, #watcher:step())
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
      watch({ interval = 0.01 }, place.failing("closed"))
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
