-- `wats submit`, as a user runs it.

local json = require("wats.json")
local program = require("spec.support.program")
local stations = require("spec.support.station")

local PLUGIN = [[
  return { name = "csv", extensions = { "csv" }, read = function(file)
    local record = require("spec.support.sandbox").report { sn = assert(file:text()) }
    return { record, record }
  end }
]]

describe("wats submit", function()
  local it, station, world = stations(it, pending, setup, teardown, before_each, after_each)

  it("puts files into the queue, whatever their names, and prints their ids", function()
    local files, ids = {}, {}
    for _, name in ipairs { " a b.json", "\u{D8}st.WSJF", "'$(x)\".json" } do
      local text = world.text()
      files[#files + 1], ids[#ids + 1] = station.file(name, text), json.decode(text).id
    end
    local code, out, errors = station.run("submit", "--priority", "2", table.unpack(files))
    assert.same({ 0, "" }, { code, errors })
    for i, path in ipairs(files) do assert.matches(ids[i] .. "  " .. path .. "\n", out, 1, true) end
    local queue = world.store()
    local rows = queue:list()
    assert.equal(3, #rows)
    for i, row in ipairs(rows) do assert.same({ ids[i], 2 }, { row.id, row.priority }) end
    assert.same({}, world.posts())
  end)

  it("does it twice without doubling anything", function()
    local path = station.file("a.json", world.text())
    local _, first = station.run("submit", path)
    local _, second = station.run("submit", path)
    assert.equal(first, second)
    assert.equal(1, world.store():stats().pending)
  end)

  it("goes on after a file that it cannot take, and says why, with code 1", function()
    local good, text = station.file("good.json", world.text()), world.text()
    local bad = station.file("bad.json", text:sub(1, 100))
    local foreign = station.file("x.xml", "<x/>")
    local code, list, errors = station.json("submit", bad, "/no/such.json", world.directory,
      foreign, good)
    assert.equal(1, code)
    for i, problem in ipairs { "not JSON", "No such file or directory", "no format for it",
      "no format for it; there are .json, .wsjf" } do
      assert.matches(problem, list[i].error, 1, true)
      assert.same({}, list[i].ids)
      assert.matches(list[i].error, errors, 1, true)
    end
    assert.same({ good, nil, 1 }, { list[5].file, list[5].error, #list[5].ids })
    assert.equal(1, world.store():stats().pending)
  end)

  it("says when there is no room, and has taken nothing then", function()
    local huge = world.text { comment = ("x"):rep(2000000) }
    local small = station.file("small.json", world.text())
    assert.equal(0, (station.run("submit", small)))
    local code, out, errors = program.run({ "submit", station.file("a.json", huge) }, {
      env = station.env(),
      prefix = { "sh", "-c", "trap '' XFSZ; ulimit -f 1000; exec \"$@\"", "sh" } })
    assert.same({ 1, "" }, { code, out })
    assert.matches("^wats: submit: .*/a.json: ", errors)
    assert.equal(1, world.store():stats().pending)
  end)

  it("reads standard input", function()
    local text = world.text()
    local code, out = program.run({ "submit", "-" }, { env = station.env(), stdin = text })
    assert.same({ 0, json.decode(text).id .. "  -\n" }, { code, out })
    assert.equal(text, world.store():get(json.decode(text).id).body)
    code = program.run({ "submit", "-" }, { env = station.env(), stdin = "" })
    assert.equal(1, code)
  end)

  it("takes formats as plug-ins, and gives the same file the same ids", function()
    local plugin = station.file("csv.lua", PLUGIN)
    local path = station.file("a.csv", "SN-1")
    local code, first = station.json("submit", "--plugin", plugin, path)
    assert.same({ 0, 2 }, { code, #first[1].ids })
    local _, second = station.json("submit", "--plugin", plugin, path)
    assert.same(first, second)
    code = station.run("submit", "--plugin", plugin, "--format", "csv", station.file("b.dat", "2"))
    assert.equal(0, code)
    assert.equal(4, world.store():stats().pending)
  end)

  it("says what is wrong with plug-ins and formats, with code 2", function()
    local path = station.file("a.json", world.text())
    for problem, arguments in pairs {
      ["No such file"] = { "--plugin", "/no/such.lua" },
      ["it returns no format"] = { "--plugin", station.file("none.lua", "return 7") },
      ["empty.lua: it returns no format"] = { "--plugin",
        station.file("empty.lua", "return { name = 'csv' }") },
      ["oops"] = { "--plugin", station.file("raise.lua", "error('oops')") },
      ["is missing"] = { "--plugin", station.file("bad.lua", "return { read = print }") },
      ["there is no format csv"] = { "--format", "csv" },
      ["is not a whole number from 1 to 10"] = { "--priority", "11" },
    } do
      arguments[#arguments + 1] = path
      local code, out, errors = station.run("submit", table.unpack(arguments))
      assert.same({ 2, "" }, { code, out })
      assert.matches(problem, errors, 1, true)
    end
  end)

  it("with --now sends at once and queues nothing", function()
    local text = world.text()
    local id = json.decode(text).id
    local code, out = station.run("submit", "--now", station.file("a.json", text))
    assert.same({ 0, id .. "  " .. world.directory .. "/a.json\n" }, { code, out })
    assert.equal(1, #world.posts())
    assert.is_string(world.at_server(id))
    assert.is_nil(io.open(world.path))
  end)

  it("with --now fails when the server does not confirm, or the file holds no report", function()
    world.answer { status = 400, body = '"the part is not known"' }
    local code, out, errors = station.run("submit", "--now", station.file("a.json", world.text()))
    assert.same({ 1, "" }, { code, out })
    assert.matches("the part is not known", errors, 1, true)
    local sent = #world.posts()
    code, out, errors = station.run("submit", "--now", station.file("b.json", "{}"))
    assert.same({ 1, "" }, { code, out })
    assert.matches("this is no report", errors, 1, true)
    assert.equal(sent, #world.posts())
  end)

  it("needs to know a server, but no token", function()
    local path = station.file("a.json", world.text())
    local env = station.env { WATS_AUTH_TOKEN = false }
    assert.equal(0, (program.run({ "submit", path }, { env = env })))
    env.WATS_BASE_URL = false
    local code, _, errors = program.run({ "submit", path }, { env = env })
    assert.equal(2, code)
    assert.matches("no server is named", errors, 1, true)
    local config = station.file("config.json", json.encode { base_url = world.sandbox.url,
      queue = { path = world.directory .. "/other.db" } })
    env.WATS_QUEUE = false
    assert.equal(0, (program.run({ "submit", "--config", config, path }, { env = env })))
    assert.equal(1, world.store({ path = world.directory .. "/other.db" }):stats().pending)
    env.WATS_BASE_URL = "ftp://x"
    code, _, errors = program.run({ "submit", path }, { env = env })
    assert.equal(2, code)
    assert.matches("environment variable WATS_BASE_URL must begin", errors, 1, true)
  end)

  it("makes the default place, for this user alone", function()
    local env = station.env { WATS_QUEUE = false }
    local path = station.file("a.json", world.text())
    assert.equal(0, (program.run({ "submit", path }, { env = env })))
    local lfs = require("lfs")
    local directory = world.directory .. "/.local/state/wats"
    assert.equal("rwx------", lfs.attributes(directory, "permissions"))
    assert.is_truthy(lfs.attributes(directory .. "/outbox.db"))
  end)

  -- As a shell starts it with other standard files.
  local function redirected(arguments, how)
    local script = ('lua=$1 && shift && exec "$lua" bin/wats %s %s'):format(arguments, how)
    return program.run({}, { env = station.env(),
      argv = { "sh", "-c", script, "sh", os.getenv("LUA") or "lua5.4" } })
  end

  it("says when what it prints cannot be written, and has done what it was to do", function()
    local path = station.file("a.json", world.text())
    for _, arguments in ipairs { "submit " .. path, "submit --json " .. path, "queue list",
      "queue list --json", "queue stats", "--version" } do
      local code, out, errors = redirected(arguments, ">/dev/full")
      assert.same({ 1, "" }, { code, out }, arguments)
      assert.matches("standard output: No space left on device", errors, 1, true)
    end
    assert.equal(1, world.store():stats().pending)
  end)

  it("writes nothing into the queue's files when it is started without standard files", function()
    local path = station.file("a.json", world.text())
    -- taken in, but nobody got to know the id
    assert.equal(1, (redirected("submit " .. path, "<&- >&- 2>&-")))
    assert.equal(1, world.store():stats().pending)
    assert.equal(1, (redirected("queue list", "<&- >&- 2>&-")))
    for _, ending in ipairs { "", "-lock", "-turn", "-ballast", "-wal", "-shm" } do
      local file = io.open(world.path .. ending, "rb")
      local text = file and file:read("a") or ""
      if file then file:close() end
      assert.is_nil(text:find("a.json", 1, true), ending)
      assert.is_nil(text:find("serial number", 1, true), ending)
    end
    local code, _, errors = redirected("submit -", "<&-")
    assert.equal(1, code)
    assert.matches("the text ends here", errors, 1, true)
    code, _, errors = redirected("submit -", "</tmp")
    assert.equal(1, code)
    assert.matches("Is a directory", errors, 1, true)
  end)

  it("says when the queue cannot be opened", function()
    local path = station.file("a.json", world.text())
    local code, out, errors = program.run({ "submit", "--queue", "/no/such/outbox.db", path },
      { env = station.env() })
    assert.same({ 1, "" }, { code, out })
    assert.matches("No such file or directory", errors, 1, true)
  end)
end)
