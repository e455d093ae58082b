-- `wats queue retry|discard|export|flush`, as a user runs it.

local core = require("wats.core")
local lfs = require("lfs")
local needs = require("spec.support.needs")
local program = require("spec.support.program")
local stations = require("spec.support.station")

describe("wats queue", function()
  local it, station, world = stations(it, pending, setup, teardown, before_each, after_each)

  -- So many that the server did not want, and so many that wait.
  local function fill(dead, ready)
    local ids = {}
    if dead > 0 then
      world.answer { status = 422, body = '"no"' }
      local queue = world.open()
      for i = 1, dead do ids[i] = assert(queue:submit(world.record())) end
      world.until_true(function() return queue:stats().dead == dead end)
      queue:close()
      assert(world.sandbox:clear_faults())
    end
    local queue = world.store()
    for i = dead + 1, dead + ready do ids[i] = assert(queue:submit(world.record())) end
    queue:close()
    return ids
  end

  local function stats() return world.store():stats() end

  it("retries by id, by state and all", function()
    local ids = fill(3, 1)
    local code, out = station.run("queue", "retry", ids[1])
    assert.same({ 0, "waits again " .. ids[1] .. "\n" }, { code, out })
    assert.same({ 2, 2 }, { stats().dead, stats().pending })
    local list
    code, list = station.json("queue", "retry", "--state", "dead")
    assert.same({ 0, 2, true }, { code, #list, list[1].done })
    assert.same({ 0, 4 }, { stats().dead, stats().pending })
    code, list = station.json("queue", "retry", "--all")
    assert.same({ 0, {} }, { code, list })
  end)

  it("goes on after an id that is not there, and says so in its code", function()
    local ids = fill(0, 1)
    local code, list, errors = station.json("queue", "retry", core.uuid(), ids[1])
    assert.equal(3, code)
    assert.same({ false, true }, { list[1].done, list[2].done })
    assert.matches("does not wait and is not dead", errors, 1, true)
  end)

  it("wants to know which reports, in one way", function()
    fill(0, 1)
    for _, action in ipairs { "retry", "discard", "export" } do
      local code, _, errors = station.run("queue", action)
      assert.equal(2, code)
      assert.matches("which reports? Give ids, --state or --all", errors, 1, true)
      code, _, errors = station.run("queue", action, core.uuid(), "--all")
      assert.equal(2, code)
      assert.matches("exclude each other", errors, 1, true)
    end
  end)

  it("discards only when it is told that it may", function()
    local ids = fill(1, 2)
    local code, out, errors = station.run("queue", "discard", "--all")
    assert.same({ 2, "" }, { code, out })
    assert.matches("3 reports would be gone for good", errors, 1, true)
    assert.equal(2, stats().pending)
    code, out = station.run("queue", "discard", "--yes", ids[2])
    assert.same({ 0, "discarded " .. ids[2] .. "\n" }, { code, out })
    assert.equal(1, stats().pending)
    assert.equal(0, (station.run("queue", "discard", "--yes", "--state", "dead")))
    assert.same({ 0, 1 }, { stats().dead, stats().pending })
    assert.equal(0, (station.run("queue", "discard", "--yes", "--all")))
    assert.equal(0, stats().pending)
  end)

  it("exports texts as they are, and writes over nothing unless told", function()
    local queue, text = world.store(), world.text()
    local id = assert(queue:submit(text))
    local directory = world.directory .. "/out \u{D8}"
    assert(lfs.mkdir(directory))
    local path = directory .. "/" .. id .. ".wsjf"
    local code, out = station.run("queue", "export", id, "-o", directory .. "/")
    assert.same({ 0, "wrote " .. path .. "\n" }, { code, out })
    assert.equal(text, io.open(path):read("a"))
    local errors
    code, out, errors = station.run("queue", "export", "--all", "-o", directory)
    assert.same({ 1, "" }, { code, out })
    assert.matches("is there already: see --force", errors, 1, true)
    local list
    code, list = station.json("queue", "export", "--all", "-o", directory, "--force")
    assert.same({ 0, path, true }, { code, list[1].file, list[1].done })
    code, out, errors = station.run("queue", "export", id, "-o", "/no/such")
    assert.same({ 1, "" }, { code, out })
    assert.matches("No such file or directory", errors, 1, true)
    assert.equal(1, stats().pending)
    -- and what was exported is what can be submitted
    assert.equal(0, (station.run("queue", "discard", "--all", "--yes")))
    assert.equal(0, (station.run("submit", path)))
    assert.equal(1, stats().pending)
  end)

  it("flushes", function()
    fill(0, 3)
    local code, out, errors = station.run("queue", "flush")
    assert.same({ 0, "3 sent, 0 left\n" }, { code, out })
    assert.matches("3 left", errors, 1, true)
    assert.equal(3, #world.posts())
    local list
    code, list = station.json("queue", "flush")
    assert.same({ 0, 0, 0, 0 }, { code, list[1].sent, list[1].dead, list[1].pending })
  end)

  needs.terminal(it, pending)(
    "flushes behind a bar on a terminal, and takes it away", function()
      fill(0, 3)
      world.answer { status = 503, delay_ms = 300 }
      local child = program.start({}, { env = station.env(), argv = { "script", "-qec",
        (os.getenv("LUA") or "lua5.4") .. " bin/wats queue flush --timeout 1", "/dev/null" } })
      local _, out = child:wait()
      assert.matches("\r[........................] 0/3  3 left\27[K", out, 1, true)
      assert.matches("\r\27[K0 sent, 3 left", out, 1, true)
    end)

  it("says what is left when the time is over, with code 4", function()
    fill(0, 2)
    world.answer { status = 503 }
    local code, out = station.run("queue", "flush", "--timeout", "0.5")
    assert.same({ 4, "0 sent, 2 left\n" }, { code, out })
    world.answer { status = 401 }
    local list
    code, list = station.json("queue", "flush", "--timeout", "0.5")
    assert.same({ 4, 2 }, { code, list[1].pending })
  end)

  it("says what was given up, with code 1", function()
    fill(0, 1)
    world.answer { status = 422, body = '"no"' }
    local code, out = station.run("queue", "flush")
    assert.same({ 1, "0 sent, 0 left, 1 given up\n" }, { code, out })
  end)

  it("ends a flush at once when it is asked to", function()
    fill(0, 1)
    world.answer { status = 503 }
    local flush = program.start({ "queue", "flush", "--timeout", "600" }, { env = station.env() })
    world.until_true(function() return #world.posts() > 0 end)
    core.sleep(0.3)
    local begun = core.monotonic()
    local code, out = flush:stop()
    assert.same({ 4, "0 sent, 1 left\n" }, { code, out })
    assert.is_true(core.monotonic() - begun < 30)
  end)

  it("flushes only with a token", function()
    fill(0, 1)
    local code, _, errors = program.run({ "queue", "flush" },
      { env = station.env { WATS_AUTH_TOKEN = false } })
    assert.equal(2, code)
    assert.matches("no token: give it", errors, 1, true)
  end)
end)
