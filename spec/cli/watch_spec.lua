-- `wats watch`, as a user runs it: real processes against a sandbox, killed where it hurts.

local core = require("wats.core")
local folders = require("spec.support.folder")
local json = require("wats.json")
local lfs = require("lfs")
local needs = require("spec.support.needs")
local program = require("spec.support.program")
local stations = require("spec.support.station")

local LONG_TEST = os.getenv("WATS_TEST_LONG")

-- Kills the process when it moves its file number N.
local KILLER = [[
  local rename, moved = os.rename, 0
  os.rename = function(from, to)
    if from:find(os.getenv("FOLDER"), 1, true) then moved = moved + 1 end
    if moved == tonumber(os.getenv("KILL_AT")) then os.execute("kill -9 $PPID; sleep 60") end
    return rename(from, to)
  end
  return { name = "none", extensions = { "none" }, read = print }
]]

describe("wats watch", function()
  local it, station, world = stations(it, pending, setup, teardown, before_each, after_each)
  local folder, running

  before_each(function() folder = folders.new() end)
  after_each(function()
    if running then running.process:close() end
    running = nil
    folder:remove()
  end)

  local function start(options, ...)
    options.env = station.env(options.env)
    running = program.start({ "watch", folder.path, "--interval", "0.05", ... }, options)
    return running
  end

  local function drop(count)
    local ids = {}
    for i = 1, count do
      local text = world.text()
      ids[i] = json.decode(text).id
      folder:drop(("report %d.json"):format(i), text)
    end
    return ids
  end

  it("takes in, sends, tells, and ends well on SIGTERM and Ctrl-C", function()
    for _, number in ipairs { 15, 2 } do
      local watch = start({}, "--settle", "0.1")
      watch:until_printed("^watching " .. folder.path .. " for http://127.0.0.1:%d+\n")
      local text = world.text()
      folder:drop("\u{D8} 1.json", text)
      folder:drop("bad.json", "{}")
      local id = json.decode(text).id
      local out = watch:until_printed("sent  " .. id .. "  200", true)
      assert.matches("Z  taken  \u{D8} 1.json  " .. id .. "\n", out, 1, true)
      watch:until_printed("refused  bad.json  ", true)
      local code, _, errors = watch:stop(number)
      assert.same({ 0, "" }, { code, errors })
      assert.equal(text, world.at_server(id))
    end
    assert.same({ "bad-2.json", "bad-2.json.reason.txt", "bad.json", "bad.json.reason.txt" },
      folder:files("error"))
  end)

  it("with --json prints an event per line", function()
    folder:drop("a.json", world.text())
    folder:drop("bad\xFF.json", "")
    local code, list = station.json("watch", folder.path, "--once", "--settle", "0.1")
    assert.equal(1, code)
    assert.same({ "watching", folder.path, world.sandbox.url },
      { list[1].kind, list[1].path, list[1].target })
    local kinds = {}
    for _, event in ipairs(list) do kinds[event.kind] = event end
    assert.same({ "a.json", "wsjf", 1 }, { kinds.taken.name, kinds.taken.format, #kinds.taken.ids })
    assert.same({ "bad?.json", "string" }, { kinds.refused.name, type(kinds.refused.reason) })
    assert.equal(kinds.taken.ids[1], kinds.sent.id)
  end)

  it("with --once ends when all is taken in and sent", function()
    local ids = drop(20)
    local code = station.run("watch", folder.path, "--once")
    assert.equal(0, code)
    assert.equal(20, #folder:files("done"))
    for _, id in ipairs(ids) do assert.is_string(world.at_server(id)) end
  end)

  it("with --once says by its code that a report is dead, or a file is left", function()
    folder:drop("a.json", world.text { processCode = 4711 })
    local code, out = station.run("watch", folder.path, "--once")
    assert.matches("  dead  ", out, 1, true)
    assert.equal(1, code)
    local plugin = station.file("later.lua", [[return { name = "csv", extensions = { "csv" },
      read = function() return nil, "its companion is missing", true end }]])
    folder:drop("a.csv", "1")
    code, out = station.run("watch", folder.path, "--once", "--settle", "0", "--plugin", plugin)
    assert.matches("kept  a.csv  its companion is missing", out, 1, true)
    assert.equal(1, code)
  end)

  it("with --store-only needs no token and sends nothing", function()
    drop(2)
    local env = station.env { WATS_AUTH_TOKEN = false }
    local code, _, errors = program.run({ "watch", folder.path, "--once" }, { env = env })
    assert.equal(2, code)
    assert.matches("with --store-only it needs no server", errors, 1, true)
    code = program.run({ "watch", folder.path, "--once", "--store-only", "--delete" },
      { env = env })
    assert.equal(0, code)
    assert.same({ {}, {}, {} }, { folder:files(), folder:files("done"), world.posts() })
    assert.equal(2, world.store():stats().pending)
  end)

  it("takes plug-ins", function()
    local plugin = station.file("csv.lua", [[return { name = "csv", extensions = { "csv" },
      read = function(file)
        return require("spec.support.sandbox").report { sn = assert(file:text()) }
      end }]])
    folder:drop("a.csv", "SN-77")
    local code = station.run("watch", folder.path, "--once", "--settle", "0.1", "--plugin", plugin)
    assert.equal(0, code)
    local posts = world.posts()
    assert.equal(1, #posts)
  end)

  it("killed between commit and move, it takes the file in again and doubles nothing", function()
    local plugin = station.file("killer.lua", KILLER)
    local ids = drop(3)
    -- Each file is moved twice: out of reach, and to done. The first run dies before any of these
    -- six moves, each later one after one more.
    for run = 0, 5 do
      local watch = start({ env = { FOLDER = folder.path, KILL_AT = run == 0 and "1" or "2" } },
        "--store-only", "--plugin", plugin)
      assert.equal("signal", (watch:wait()))
      assert.equal(run // 2, #folder:files("done"))
      assert.equal(run % 2, #folder:files(".taken"))
    end
    assert.equal(0, (station.run("watch", folder.path, "--once", "--store-only")))
    local rows = world.store():list()
    assert.same(ids, { rows[1].id, rows[2].id, rows[3].id })
    assert.equal(3, #rows)
    assert.same({ "report 1.json", "report 2.json", "report 3.json" }, folder:files("done"))
    assert.same({ {}, {} }, { folder:files(), folder:files(".taken") })
  end)

  it("sends nothing again that was sent before the crash", function()
    local plugin = "examples/watch_format.lua"
    folder:drop("a.json", world.text())
    folder:drop("b.tst", "UNIT;PN;A;SN\nTEST;50;2026-03-13T08:15:00+01:00;kari\nEND\n")
    for _ = 1, 2 do
      assert.equal(0, (station.run("watch", folder.path, "--once", "--plugin", plugin)))
      assert.equal(2, #world.posts())
      assert(os.rename(folder.path .. "/done/a.json", folder.path .. "/a.json"))
      assert(os.rename(folder.path .. "/done/b.tst", folder.path .. "/.taken/b.tst"))
    end
  end)

  it("killed again and again at any time, it loses and doubles nothing", function()
    local count, kills = 150, LONG_TEST and 60 or 6
    local ids = drop(count)
    for kill = 1, kills do
      local watch = start({}, "--store-only")
      watch:until_printed(kill % 2 == 0 and "watching" or "taken", true)
      core.sleep(0.001 * (kill % 7))
      watch:stop(9)
    end
    assert.equal(0, (station.run("watch", folder.path, "--once")))
    local expected, seen = {}, 0
    for _, id in ipairs(ids) do expected[id] = true end
    for _, post in ipairs(world.posts()) do
      assert.equal(200, post.status)
      seen = seen + 1
    end
    for id in pairs(expected) do assert.is_string(world.at_server(id)) end
    assert.equal(count, seen)
    assert.equal(count, #folder:files("done"))
    assert.same({ {}, {}, {} }, { folder:files(), folder:files(".taken"), folder:files("error") })
  end)

  it("says why it cannot begin, with code 1", function()
    local code, out, errors = station.run("watch", folder.path .. "/missing")
    assert.same({ 1, "" }, { code, out })
    assert.matches("missing: No such file or directory", errors, 1, true)
    local watch = start {}
    watch:until_printed("watching", true)
    code, out, errors = station.run("watch", folder.path)
    assert.same({ 1, "" }, { code, out })
    assert.matches("is watched by another process", errors, 1, true)
    watch:stop()
  end)

  it("ends a pass over many files when it is asked to", function()
    drop(400)
    local watch = start({}, "--store-only")
    watch:until_printed("taken", true)
    local code = watch:stop()
    assert.equal(0, code)
    assert.equal(400, #folder:files() + #folder:files("done"))
    assert.same({}, folder:files(".taken"))
    assert.equal(#folder:files("done"), world.store():stats().pending)
  end)

  it("waits while the server is away, and sends when it is back", function()
    world.answer { status = 503, times = 1 }
    local ids = drop(2)
    local watch = start {}
    watch:until_printed("taken  report 2.json", true)
    assert.equal(2, #folder:files("done"))
    watch:until_printed("sent  " .. ids[1], true)
    assert.equal(0, (watch:stop()))
  end)

  local permitted = needs.that(program.nobody and world, "no user to whom permissions matter", it,
    pending)

  permitted("keeps what it may not read or move, says so once, and goes on", function()
    local as_nobody = { prefix = program.nobody, env = { WATS_QUEUE = folder.path .. "/.q/q.db" } }
    os.execute(("chmod 777 '%s'; mkdir -m 777 '%s/.q'"):format(folder.path, folder.path))
    drop(2)
    os.execute(("chmod 000 '%s/report 1.json'"):format(folder.path))
    local watch = start(as_nobody, "--store-only")
    local out = watch:until_printed("taken  report 2.json", true)
    assert.matches("kept  report 1.json  Permission denied\n", out, 1, true)
    core.sleep(0.3)
    local _, count = watch:output():gsub("Permission denied", "")
    assert.equal(1, count)
    os.execute(("chmod 644 '%s/report 1.json'"):format(folder.path))
    watch:until_printed("taken  report 1.json", true)
    assert.equal(0, (watch:stop()))
    -- a folder in which nothing may be changed
    os.execute(("chown -R 0:0 '%s'; chmod 755 '%s'"):format(folder.path, folder.path))
    os.execute(("chmod 755 '%s'/*"):format(folder.path))
    local code, _, errors = start(as_nobody, "--store-only"):wait()
    assert.equal(1, code)
    assert.matches("Permission denied", errors, 1, true)
    assert.is_truthy(lfs.attributes(folder.path .. "/done"))
  end)
end)
