-- require("wats.sandbox").spawn: starts, serves, ends.

local core = require("wats.core")
local json = require("wats.json")
local needs = require("spec.support.needs")
local raw_http = require("spec.support.raw_http")
local wats_sandbox = require("wats.sandbox")

local LUA = os.getenv("LUA") or "lua5.4"

-- A process that has ended but that its (new) parent has not looked at yet does not count.
local function is_alive(pid)
  local file = io.open(("/proc/%d/stat"):format(pid))
  if file then
    local text = file:read("a")
    file:close()
    return text:match("^.*%) (%a)") ~= "Z"
  end
  return os.execute(("kill -0 %d 2>/dev/null"):format(pid)) == true
end

local function ends(pid)
  local deadline = core.monotonic() + 20
  while is_alive(pid) and core.monotonic() < deadline do
    os.execute("sleep 0.02")
  end
  return not is_alive(pid)
end

describe("sandbox.spawn", function()
  local it = needs.sandbox(it, pending)
  it("serves when it returns, and is gone after stop", function()
    local sandbox = assert(wats_sandbox.spawn({ lua = LUA, token = "YWJj" }))
    assert.equal("http://127.0.0.1:" .. sandbox.port, sandbox.url)
    assert.equal("YWJj", sandbox.token)
    local headers = { Authorization = "Basic YWJj" }
    local request = { path = "/api/App/Version", headers = headers }
    local response = raw_http.request(sandbox.port, request)
    assert.equal(200, response.status)
    assert.is_true(is_alive(sandbox.pid))
    sandbox:stop()
    assert.is_false(is_alive(sandbox.pid))
    sandbox:stop()
    assert.matches("stopped", tostring(sandbox))
    local done, err = sandbox:journal()
    assert.is_nil(done)
    assert.equal("closed", err.kind)
  end)

  it("has a random token of its own each time, shown in no text", function()
    local a <close> = assert(wats_sandbox.spawn({ lua = LUA }))
    local b <close> = assert(wats_sandbox.spawn({ lua = LUA }))
    assert.not_equal(a.token, b.token)
    assert.not_equal(a.port, b.port)
    assert.matches("^sandbox:", core.base64_decode(a.token))
    assert.is_nil(tostring(a):find(a.token, 1, true))
  end)

  it("ends with its block, and with garbage collection", function()
    local pid
    do
      local sandbox <close> = assert(wats_sandbox.spawn({ lua = LUA }))
      pid = sandbox.pid
    end
    assert.is_false(is_alive(pid))
    pid = assert(wats_sandbox.spawn({ lua = LUA })).pid
    collectgarbage()
    collectgarbage()
    assert.is_false(is_alive(pid))
  end)

  it("ends when its parent is killed", function()
    local script = [[
      local sandbox = assert(require("wats.sandbox").spawn())
      io.write(sandbox.pid, "\n")
      io.flush()
      os.execute("kill -9 $PPID")
    ]]
    local parent = assert(core.spawn({ argv = { LUA, "-e", script }, stdout = "pipe" }))
    local pid = assert(parent:read(20))
    local number, how = parent:wait(20)
    assert.same({ 9, "signal" }, { number, how })
    assert.is_true(ends(tonumber(pid)))
  end)

  it("works from any directory", function()
    local script = [[
      local sandbox <close> = assert(require("wats.sandbox").spawn())
      io.write(sandbox.url)
    ]]
    local root = io.popen("pwd"):read("l")
    local function absolute(path)
      return (path:gsub("[^;]+", function(entry)
        return entry:match("^/") and entry or root .. "/" .. entry
      end))
    end
    local pipe = io.popen(("cd / && LUA_PATH='%s' LUA_CPATH='%s' %s -e '%s' 2>&1"):format(
      absolute(package.path), absolute(package.cpath), LUA, script))
    assert.matches("^http://127%.0%.0%.1:%d+$", pipe:read("a"))
    pipe:close()
  end)

  it("is not put off by LUA_INIT", function()
    local script = [[
      local sandbox <close> = assert(require("wats.sandbox").spawn())
      io.write(sandbox.url)
    ]]
    local child = assert(core.spawn({
      argv = { LUA, "-e", script }, stdout = "pipe",
      env = { LUA_INIT = "io.write('noise ')", LUA_PATH = package.path, LUA_CPATH = package.cpath },
    }))
    local text = {}
    repeat
      text[#text + 1] = child:read(20)
    until child:wait(0)
    text[#text + 1] = child:read(1)
    assert.matches("^noise http://", table.concat(text))
  end)

  it("says why it could not start", function()
    if os.getenv("UNDER_VALGRIND") then pending("under valgrind, as in process_spec") end
    local first <close> = assert(wats_sandbox.spawn({ lua = LUA }))
    local second, err = wats_sandbox.spawn({ lua = LUA, port = first.port })
    assert.is_nil(second)
    assert.equal("io", err.kind)
    assert.matches("listen on 127.0.0.1:" .. first.port, tostring(err), 1, true)
    second, err = wats_sandbox.spawn({ lua = "/no/such/lua" })
    assert.is_nil(second)
    assert.matches("/no/such/lua", tostring(err), 1, true)
    second, err = wats_sandbox.spawn({ lua = "true" })
    assert.is_nil(second)
    assert.matches("ended %(exit 0%)", tostring(err))
  end)

  it("gives up in time when nothing comes", function()
    local directory = os.tmpname()
    os.remove(directory)
    local file = assert(io.open(directory, "w"))
    file:write("#!/bin/sh\nexec sleep 60\n")
    file:close()
    os.execute("chmod +x " .. directory)
    local began = core.monotonic()
    local sandbox, err = wats_sandbox.spawn({ lua = directory, timeout = 0.1 })
    os.remove(directory)
    assert.is_nil(sandbox)
    assert.equal("timeout", err.kind)
    assert.is_true(core.monotonic() - began < 20)
  end)

  it("says that its process has ended", function()
    local sandbox <close> = assert(wats_sandbox.spawn({ lua = LUA }))
    os.execute("kill -9 " .. sandbox.pid)
    local done, err = sandbox:reset()
    while done do -- until the signal is through
      done, err = sandbox:reset()
    end
    assert.equal("closed", err.kind)
  end)

  it("raises on wrong options, with the near name", function()
    local ok, problem = pcall(wats_sandbox.spawn, { prot = 1 })
    assert.is_false(ok)
    assert.matches('did you mean "port"', problem, 1, true)
    assert.is_false(pcall(wats_sandbox.spawn, { port = 70000 }))
  end)

  it("appends all that it receives to a file, which outlives journal, reset and sandbox", function()
    local path = os.tmpname()
    local sandbox = assert(wats_sandbox.spawn({ lua = LUA, token = "YWJj", journal = path }))
    local function ask(body)
      return raw_http.request(sandbox.port, { method = "POST", path = "/api/Report/WSJF",
        headers = { Authorization = "Basic YWJj" }, body = body })
    end
    ask("one")
    assert(sandbox:reset())
    assert(sandbox:fault({ { status = 503, delay_ms = 10 }, { drop = "after" } }))
    ask("two")
    ask("three")
    os.execute("kill -9 " .. sandbox.pid)
    sandbox:stop()
    local lines = {}
    for line in io.lines(path) do lines[#lines + 1] = json.decode(line) end
    os.remove(path)
    assert.equal(3, #lines)
    local function told(line)
      return { line.status or "none", line.body_sha256, line.dropped, line.delay, line.processed }
    end
    assert.same({ 400, core.sha256("one"), false, 0, 400 }, told(lines[1]))
    assert.same({ 503, core.sha256("two"), false, 0.01, false }, told(lines[2]))
    assert.same({ "none", core.sha256("three"), "after", 0, 400 }, told(lines[3]))
    assert.is_true(math.abs(lines[3].time - os.time()) < 60)
    assert.is_nil(table.concat({ lines[1].headers.authorization }):find("YWJj", 1, true))
  end)

  it("says which journal file it cannot open", function()
    local sandbox, err = wats_sandbox.spawn({ lua = LUA, journal = "/no/such/directory/journal" })
    assert.is_nil(sandbox)
    assert.matches("/no/such/directory/journal", err.message)
  end)
end)
