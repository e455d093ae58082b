-- `wats queue list|show|stats`, as a user runs it; what changes the queue: queue_changes_spec.lua.

local core = require("wats.core")
local program = require("spec.support.program")
local stations = require("spec.support.station")

describe("wats queue", function()
  local it, station, world = stations(it, pending, setup, teardown, before_each, after_each)

  -- Some reports; their ids.
  local function fill(count, changes)
    local queue, ids = world.store(), {}
    for i = 1, count do ids[i] = assert(queue:submit(world.record(changes))) end
    queue:close()
    return ids
  end

  -- One that the server did not want.
  local function bury()
    world.answer { status = 422, body = '"serial number:\\nnot known"' }
    local queue = world.open()
    local id = assert(queue:submit(world.record()))
    world.until_true(function() return queue:stats().dead == 1 end)
    queue:close()
    assert(world.sandbox:clear_faults())
    return id
  end

  it("lists reports as a table and as JSON lines", function()
    local ids = fill(2)
    local code, out, errors = station.run("queue", "list")
    assert.same({ 0, "" }, { code, errors })
    assert.matches("^id +state +came +attempts +part number +serial number +last failure\n", out)
    assert.matches(ids[1] .. "  ready      ", out, 1, true)
    assert.matches("  %d%d%d%d%-%d%d%-%d%dT[%d:]+Z         0  PCBA%-100 +SN%-%d+\n", out)
    local list
    code, list = station.json("queue", "list")
    assert.equal(0, code)
    assert.same(ids, { list[1].id, list[2].id })
    assert.same({ "PCBA-100", "T", 5, 0, world.sandbox.url },
      { list[1].part_number, list[1].type, list[1].priority, list[1].attempts, list[1].target })
  end)

  it("lists what is in a state, no more than wanted, and says that there is more", function()
    local ids = fill(3)
    local code, list, errors = station.json("queue", "list", "--limit", "2")
    assert.same({ 0, 2, ids[2] }, { code, #list, list[2].id })
    assert.matches("there are more than 2: see --limit and --all", errors, 1, true)
    code, list, errors = station.json("queue", "list", "--limit", "3")
    assert.same({ 0, 3, "" }, { code, #list, errors })
    code, list = station.json("queue", "list", "--state", "dead")
    assert.same({ 0, {} }, { code, list })
    code = station.run("queue", "list", "--state", "lost")
    assert.equal(2, code)
  end)

  it("lists all of many, page by page", function()
    local queue, texts = world.store(), {}
    for i = 1, 2050 do texts[i] = world.text() end
    assert(queue:submit_batch(texts))
    queue:close()
    local _, list = station.json("queue", "list", "--all")
    assert.equal(2050, #list)
    local seen = {}
    for _, row in ipairs(list) do
      assert.is_nil(seen[row.id])
      seen[row.id] = true
    end
  end)

  it("shows why a report was given up, on lines of its own", function()
    local id = bury()
    local code, out = station.run("queue", "show", id:upper())
    assert.equal(0, code)
    assert.matches("\nstate          dead\n", out, 1, true)
    assert.matches("\nstatus         422\n", out, 1, true)
    assert.matches("\nattempts       2\n", out, 1, true)
    assert.matches("\nanswer         \"serial number:\\nnot known\"\n", out, 1, true)
    assert.matches("\ndied           %d%d%d%d%-", out)
    local list
    code, list = station.json("queue", "show", id)
    assert.equal(0, code)
    assert.same({ id, "dead", 422 }, { list[1].id, list[1].state, list[1].status })
    local body = list[1].body
    code, out = station.run("queue", "show", "--body", id)
    assert.same({ 0, body }, { code, out })
    code, out = station.run("queue", "list", "--state", "dead")
    assert.equal(0, code)
    assert.matches("422", out, 1, true)
  end)

  it("shows of a report that was sent when that was", function()
    local queue = world.open()
    local id = assert(queue:submit(world.record()))
    assert(queue:flush(world.LONG))
    queue:close()
    local code, out = station.run("queue", "show", id)
    assert.equal(0, code)
    assert.matches("state          sent\nsent           2%d%d%d", out)
    code = station.run("queue", "show", "--body", id)
    assert.equal(3, code)
  end)

  it("says that there is no such report with code 3, and that it is no id with code 2", function()
    fill(1)
    local code, out, errors = station.run("queue", "show", core.uuid())
    assert.same({ 3, "" }, { code, out })
    assert.matches("is not in the queue", errors, 1, true)
    code, out, errors = station.run("queue", "show", "SN-0001")
    assert.same({ 2, "" }, { code, out })
    assert.matches("'SN-0001' is not the id of a report", errors, 1, true)
  end)

  it("tells how much there is", function()
    bury()
    fill(2)
    local code, out = station.run("queue", "stats")
    assert.equal(0, code)
    assert.matches("queue          " .. world.path .. "\n", out, 1, true)
    assert.matches("\npending        2\n", out, 1, true)
    assert.matches("\ndead           1\n", out, 1, true)
    assert.matches("\noldest         %d+ s\n", out)
    local list
    code, list = station.json("queue", "stats")
    assert.equal(0, code)
    local stats = list[1]
    assert.same({ 2, 1, 0, world.path }, { stats.pending, stats.dead, stats.sent, stats.path })
  end)

  it("looks without a server, whatever server reports are for", function()
    local ids = fill(1)
    local env = station.env { WATS_BASE_URL = false, WATS_AUTH_TOKEN = false }
    local code, out = program.run({ "queue", "list" }, { env = env })
    assert.equal(0, code)
    assert.matches(ids[1], out, 1, true)
    code, out = program.run({ "queue", "stats" }, { env = env })
    assert.equal(0, code)
    assert.matches("pending        1", out, 1, true)
  end)

  it("makes no queue where there is none", function()
    local path = world.directory .. "/typo.db"
    local code, out, errors = station.run("queue", "list", "--queue", path)
    assert.same({ 1, "" }, { code, out })
    assert.matches("there is no queue: " .. path, errors, 1, true)
    assert.is_nil(io.open(path))
  end)

  it("says that a file is no queue, and leaves it as it is", function()
    local text = ("this is no database at all "):rep(100)
    local path = station.file("other.db", text)
    local code, _, errors = station.run("queue", "list", "--queue", path)
    assert.equal(1, code)
    assert.matches("^wats: queue list: this is no queue: ", errors)
    assert.equal(text, io.open(path):read("a"))
  end)

  it("needs an action, and explains each, with its exit codes", function()
    assert.equal(2, (station.run("queue")))
    for _, action in ipairs { "list", "show", "retry", "discard", "export", "flush", "stats" } do
      local code, out = station.run("queue", action, "--help")
      assert.equal(0, code)
      assert.matches("3 there is no report with this id", out, 1, true)
    end
  end)
end)
