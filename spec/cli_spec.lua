-- The program `wats`, as a user runs it.

local core = require("wats.core")
local needs = require("spec.support.needs")
local raw_http = require("spec.support.raw_http")

local LUA = os.getenv("LUA") or "lua5.4"

-- Runs to its end: output, errors, exit code.
local function run(...)
  local files = { os.tmpname(), os.tmpname() }
  local child = assert(core.spawn({
    argv = { LUA, "bin/wats", ... }, stdin = "pipe", stdout = files[1], stderr = files[2],
  }))
  child:close_stdin()
  local code, how = child:wait(30)
  local texts = {}
  for i, name in ipairs(files) do
    local file = assert(io.open(name))
    texts[i] = file:read("a")
    file:close()
    os.remove(name)
  end
  assert.equal("exit", how)
  return code, texts[1], texts[2]
end

-- Starts `wats sandbox` and waits for its two lines.
local function start(...)
  local child = assert(core.spawn({
    argv = { LUA, "bin/wats", "sandbox", ... }, stdin = "pipe", stdout = "pipe",
  }))
  local text = ""
  while not text:find("\n.*\n") do
    text = text .. assert(child:read(30))
  end
  local port, token = text:match("^url http://127%.0%.0%.1:(%d+)\ntoken (%S+)\n$")
  return child, tonumber(port), token
end

local function get_version(port, token)
  local headers = { Authorization = "Basic " .. token }
  return raw_http.request(port, { path = "/api/App/Version", headers = headers })
end

describe("wats", function()
  it("tells its version", function()
    local code, text = run("--version")
    assert.equal(0, code)
    assert.equal("wats " .. core.version .. "\n", text)
  end)

  it("helps, and tells the exit codes", function()
    for _, arguments in ipairs({ { "--help" }, { "sandbox", "--help" } }) do
      local code, text = run(table.unpack(arguments))
      assert.equal(0, code)
      assert.matches("Exit codes: 0 done, 1", text, 1, true)
    end
  end)

  it("without a command prints its help and counts that as wrong", function()
    local code, text = run()
    assert.equal(2, code)
    assert.matches("Commands:", text)
  end)

  it("tells what is wrong with the command line, with code 2", function()
    local cases = {
      ["unknown command 'sandbx'"] = { "sandbx" },
      ["unknown option '--prt'"] = { "sandbox", "--prt", "1" },
      ["'x' is not a port number"] = { "sandbox", "--port", "x" },
      ["'70000' is not a port number"] = { "sandbox", "--port", "70000" },
      ["a token is one word"] = { "sandbox", "--token", "a b" },
    }
    for problem, arguments in pairs(cases) do
      local code, text, errors = run(table.unpack(arguments))
      assert.equal(2, code)
      assert.equal("", text)
      assert.matches(problem, errors, 1, true)
    end
  end)

  it("finds its modules without any environment, from another directory, by a link too", function()
    local root = io.popen("pwd"):read("l")
    local link = os.tmpname()
    os.remove(link)
    os.execute(("ln -s '%s/bin/wats' %s"):format(root, link))
    for _, program in ipairs({ root .. "/bin/wats", link }) do
      local pipe = io.popen(("cd / && env -u LUA_PATH -u LUA_CPATH %s %s --version 2>&1"):format(
        LUA, program))
      assert.matches("^wats %d", pipe:read("a"))
      pipe:close()
    end
    os.remove(link)
  end)
end)

describe("wats sandbox", function()
  local it = needs.sandbox(it, pending)
  it("prints url and token, serves, and ends well on a signal", function()
    for _, number in ipairs({ 2, 15 }) do
      local child, port, token = start()
      assert.equal(200, get_version(port, token).status)
      assert.is_true(child:kill(number))
      assert.same({ 0, "exit" }, { child:wait(30) })
    end
  end)

  it("takes port and token", function()
    local child, port, token = start("--token", "YWJj")
    assert.equal("YWJj", token)
    assert.equal(401, get_version(port, "other").status)
    local code, _, errors = run("sandbox", "--port", tostring(port))
    assert.equal(1, code)
    assert.matches("listen on 127.0.0.1:" .. port, errors, 1, true)
    child:close()
  end)

  it("writes its port into a file, and takes it away at the end", function()
    local name = os.tmpname()
    os.remove(name)
    local child, port = start("--port-file", name)
    local file
    repeat
      file = io.open(name)
    until file
    assert.equal(port .. "\n", file:read("a"))
    file:close()
    child:kill()
    child:wait(30)
    assert.is_nil(io.open(name))
  end)

  it("fails when nobody can learn its token", function()
    local child = assert(core.spawn({ argv = { LUA, "bin/wats", "sandbox" }, stdin = "pipe",
      stdout = "/dev/full", stderr = "/dev/null" }))
    assert.same({ 1, "exit" }, { child:wait(30) })
    child:close()
  end)

  it("fails when the file cannot be written", function()
    local code, _, errors = run("sandbox", "--port-file", "/no/such/directory/port")
    assert.equal(1, code)
    assert.matches("/no/such/directory", errors, 1, true)
  end)

  it("ends with standard input only when told", function()
    local child = start("--stdin-lifeline")
    child:close_stdin()
    assert.same({ 0, "exit" }, { child:wait(30) })
    child = start()
    child:close_stdin()
    assert.same({ nil, "timeout" }, { child:wait(0.3) })
    child:kill()
    child:wait(30)
  end)
end)
