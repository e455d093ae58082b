-- The example examples/shift.lua when the server goes away, when its user errs, and when it is
-- interrupted.

local cjson = require("cjson")
local core = require("wats.core")
local needs = require("spec.support.needs")
local support = require("spec.support.shift")

package.path = "examples/?.lua;" .. package.path
local log = require("shift.log")

local LUA, CANARY, run, contains = support.LUA, support.CANARY, support.run, support.contains
local count, metrics_of = support.count, support.metrics_of
local start_server, new_directory = support.start_server, support.new_directory
local take_file = support.take_file

describe("the shift, when the server goes away", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local keep

  setup(function() keep = new_directory() end)
  teardown(function() os.execute("rm -rf " .. keep) end)

  it("goes on testing, says what failed, and keeps what was not sent", function()
    local code, text = run { "--stop-server", "--keep", keep }
    assert.equal(1, code)
    contains(text, "the server was stopped after 39 of 79 runs", "\n79/79  ",
      "units: 68 in 79 runs, 67 passed, 1 failed",
      "not sent: 40 reports, kept as files in "
        .. keep, "read back: 0 of 5 reports", "\nhit rate: ",
      "cached answers: not measured (seed: 50 %)")
    assert.equal(40, count(text, "\nnot sent: %S+ %S+: POST [^\n]+; kept as "))
    -- What the cache has still serves: only the product that nobody had asked for is missing.
    assert.equal(21, count(text, "\nlook%-up failed: product PSU%-1030 %(for 1030"))
    assert.equal(21, count(text, "look%-up failed"))
    metrics_of(text)

    local runs, listed = assert(log.read("examples/data")), 0
    for part_number, serial_number, id, kind in
      text:gmatch("\n  (%S+) (%S+)  (%x+%-%S+)  (%S+): [^\n]+") do
      listed = listed + 1
      local file = assert(io.open(("%s/%s.json"):format(keep, id)))
      local report = cjson.decode(file:read("a"))
      file:close()
      assert.same({ id, serial_number, part_number }, { report.id, report.sn, report.pn })
      -- After a few the circuit breaker spares the rest the attempt.
      assert.is_true(kind == "connection" or listed > 1 and kind == "circuit_open", kind)
      assert.equal(runs[39 + listed].serial_number, serial_number)
    end
    assert.equal(40, listed)
  end)

  it("leaves files that can be sent as they are", function()
    local pipe = io.popen("ls " .. keep)
    local name = pipe:read("l")
    pipe:close()
    local file = assert(io.open(keep .. "/" .. name))
    local text = file:read("a")
    file:close()
    local box = start_server()
    local client = require("wats").connect { base_url = box.sandbox.url, token = CANARY }
    assert(client.report:submit(text))
    assert.equal(name, client.report:get_report((name:gsub("%.json$", ""))).id .. ".json")
    client:close()
    box:stop()
  end)

  it("loses no report where none can be kept", function()
    local code, text, errors = run { "--stop-server", "--keep", "/dev/null/nowhere" }
    assert.equal(1, code)
    assert.equal(40, count(text, "; NOT KEPT: "))
    assert.equal(40, count(text, " NOT KEPT  [%a_]+: "))
    assert.equal(40, count(errors, '"type":"T"'))
  end)
end)

describe("the shift's command line", function()
  local needed = needs.sandbox(it, pending)

  it("helps", function()
    local code, text = run { "--help" }
    assert.equal(0, code)
    contains(text, "--stop-server", "--keep", "--data", "--url", "--token", "Exit codes: 0")
  end)

  it("is told what is wrong with it, with code 2", function()
    local cases = {
      ["unknown option '--stop'"] = { "--stop" },
      ["too many arguments"] = { "logs" },
      ["option '--data' requires an argument"] = { "--data" },
      ["--token is for the server of --url"] = { "--token", CANARY },
      ["--stop-server stops only a sandbox"] = { "--stop-server", "--url", "http://127.0.0.1:9" },
      ['option "base_url" must begin with'] = { "--url", "nonsense", "--token", CANARY },
      ["no token"] = { "--url", "http://127.0.0.1:9" },
    }
    for problem, arguments in pairs(cases) do
      local code, text, errors = run(arguments)
      assert.equal(2, code, problem)
      assert.equal("", text)
      contains(errors, problem)
      assert.is_nil(errors:find(CANARY, 1, true))
      assert.is_nil(errors:find("traceback", 1, true))
    end
  end)

  it("refuses logs that are not there, or broken, with code 1", function()
    local directory = new_directory()
    local code, _, errors = run { "--data", directory }
    assert.equal(1, code)
    contains(errors, directory)
    os.execute("mkdir " .. directory)
    local file = assert(io.open(directory .. "/a.csv", "w"))
    file:write("# log\nTEST,A,x,N,1,,,\n")
    file:close()
    code, _, errors = run { "--data", directory }
    assert.equal(1, code)
    contains(errors, "shift.lua: " .. directory .. "/a.csv:2: a TEST before the first RUN")
    os.execute("rm -r " .. directory)
  end)

  needed("works from anywhere", function()
    local pipe = io.popen("cd / && " .. LUA .. " " .. "\"$OLDPWD\"/examples/shift.lua 2>&1")
    local text = pipe:read("a")
    local ok = pipe:close()
    assert.is_true(ok, text)
    contains(text, "\nhit rate: ")
  end)
end)

describe("the shift, interrupted", function()
  local it = needs.sandbox(it, pending)
  it("stops its sandbox", function()
    local directory, out = new_directory(), os.tmpname()
    os.execute("mkdir " .. directory)
    local file = assert(io.open(directory .. "/long.csv", "w"))
    for i = 1, 20000 do
      file:write(("RUN,SN-%d,PN,A,50,2025-03-13T06:04:00Z,1,kari,F,\nTEST,A,x,N,1,,,\n"):format(i))
    end
    file:close()
    local child = assert(core.spawn({
      argv = { LUA, "examples/shift.lua", "--data", directory, "--keep", directory },
      stdin = "pipe", stdout = "pipe", stderr = out,
    }))
    local text = ""
    while not text:find("\n20/20000", 1, true) do text = text .. assert(child:read(60)) end
    local port = math.tointeger(text:match("http://127%.0%.0%.1:(%d+)"))
    child:kill(2)
    local code, how = child:wait(60)
    child:close()
    assert.same({ 1, "exit" }, { code, how })
    contains(take_file(out), "interrupted!")
    assert.is_nil((require("socket").connect("127.0.0.1", port)))
    os.execute("rm -r " .. directory)
  end)

  it("keeps the report that was on its way", function()
    local box, keep = start_server(), new_directory()
    local out, err = os.tmpname(), os.tmpname()
    assert(box.sandbox:fault { method = "POST", path = "/api/Report/WSJF", delay_ms = 2000 })
    local child = assert(core.spawn({
      argv = { LUA, "examples/shift.lua", "--url", box.sandbox.url, "--keep", keep },
      env = { WATS_AUTH_TOKEN = CANARY }, stdin = "pipe", stdout = out, stderr = err,
    }))
    -- Once the fault has struck the first report is with the server, and not yet answered.
    while #box.sandbox:faults() > 0 do assert.same({ nil, "timeout" }, { child:wait(0.02) }) end
    child:kill(2)
    assert.same({ 1, "exit" }, { child:wait(60) })
    child:close()
    box:stop()
    local text = take_file(out)
    contains(text, "interrupted!; kept as " .. keep)
    assert.is_nil(text:find("\nunits: ", 1, true))
    contains(take_file(err), "interrupted!")
    assert(os.remove(text:match("kept as (%S+)")))
    assert(os.remove(keep))
  end)
end)
