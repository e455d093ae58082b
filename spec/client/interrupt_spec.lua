-- Ctrl-C while a request waits for a server that says nothing.

local core = require("wats.core")
local raw_servers = require("spec.support.raw_server")

local SILENT = "read() sleep(600)"
-- The promise is 200 ms; ten times that is for a machine under load.
local SOON = 2

local PREPARE = [[
local client = require("wats").connect { base_url = %q, token = "dG9rZW4=" }
]]

-- Runs a script until the server has its request, sends SIGINT, and returns what came of it.
local function interrupt(server, script)
  local err = os.tmpname()
  local before = #server:requests()
  local child <close> = assert(core.spawn {
    argv = { os.getenv("LUA") or "lua5.4", "-e", PREPARE:format(server.url) .. script },
    stdin = "pipe",
    env = { LUA_PATH = package.path, LUA_CPATH = package.cpath, LUA_INIT = false,
      LUA_PATH_5_4 = false, LUA_CPATH_5_4 = false },
    stdout = "pipe", stderr = err,
  })
  child:close_stdin()
  local deadline = core.monotonic() + 30
  while #server:requests() == before and core.monotonic() < deadline do
    os.execute("sleep 0.02")
  end
  local start = core.monotonic()
  child:kill(2)
  local code, how = child:wait(30)
  local elapsed = core.monotonic() - start
  local file = assert(io.open(err))
  local text = file:read("a")
  file:close()
  os.remove(err)
  return { code = code, how = how, elapsed = elapsed, text = text, output = child:read(1) or "" }
end

describe("Ctrl-C", function()
  local server

  setup(function() server = raw_servers.start(SILENT) end)
  teardown(function() server:stop() end)

  it("ends a script that waits for a silent server", function()
    local got = interrupt(server, [[client:get("/api/x") print("went on")]])
    assert.equal("exit", got.how, got.text)
    assert.equal(1, got.code)
    assert.matches("interrupted!", got.text)
    assert.equal("", got.output)
    assert.is_true(got.elapsed < SOON)
  end)

  it("acts in a coroutine too", function()
    local got = interrupt(server, [[
      coroutine.wrap(function() client:get("/api/x") print("went on") end)()]])
    assert.equal("exit", got.how, got.text)
    assert.matches("interrupted!", got.text)
    assert.equal("", got.output)
    assert.is_true(got.elapsed < SOON)
  end)

  it("acts in a task too, while others wait as well", function()
    local got = interrupt(server, [[
      local wats = require("wats")
      wats.spawn(client.get, client, "/api/y")
      wats.run(function() client:get("/api/x") print("went on") end)
      print("went on")]])
    assert.equal("exit", got.how, got.text)
    assert.matches("interrupted!", got.text)
    assert.equal("", got.output)
    assert.is_true(got.elapsed < SOON)
  end)

  it("can be caught, and the client serves on", function()
    local got = interrupt(server, [[
      local ok, message = pcall(client.get, client, "/api/x")
      print(ok, (message:gsub("^.*: ", "")), client:stats().in_flight, client:stats().failures)]])
    assert.equal("false\tinterrupted!\t0\t1\n", got.output, got.text)
  end)

  it("is not mistaken for a debugger's hook", function()
    local server2 = raw_servers.start("read() sleep(0.4) send('HTTP/1.1 204 X\\r\\n\\r\\n')")
    local client = require("wats").connect { base_url = server2.url, token = "dG9rZW4=" }
    debug.sethook(function() end, "l")
    local answer, err = client:get("/api/x")
    debug.sethook()
    server2:stop()
    assert.equal(204, answer and answer.status, tostring(err))
  end)
end)
