-- core.spawn and its kin: csrc/lua_process.c.

local core = require("wats.core")

local function shell(script, options)
  options = options or {}
  options.argv = { "sh", "-c", script }
  return assert(core.spawn(options))
end

local function read_all(process)
  local parts = {}
  while true do
    local bytes, why = process:read(20)
    if not bytes then
      assert.equal("closed", why)
      return table.concat(parts)
    end
    parts[#parts + 1] = bytes
  end
end

describe("core.spawn", function()
  it("talks to a child through its pipes", function()
    local process = shell("cat", { stdin = "pipe", stdout = "pipe" })
    assert.is_true(process:write("some bytes\0 and more"))
    process:close_stdin()
    process:close_stdin()
    assert.equal("some bytes\0 and more", read_all(process))
    assert.same({ 0, "exit" }, { process:wait(20) })
    assert.same({ nil, "closed" }, { process:write("x") })
  end)

  it("carries megabytes both ways", function()
    local process = shell("cat", { stdin = "pipe", stdout = "pipe" })
    local text = ("0123456789abcdef"):rep(4096)
    local got = {}
    for _ = 1, 32 do
      assert(process:write(text, 20))
      local need = #text
      while need > 0 do
        local bytes = assert(process:read(20))
        got[#got + 1] = bytes
        need = need - #bytes
      end
    end
    process:close_stdin()
    assert.equal(text:rep(32), table.concat(got))
  end)

  it("tells exit codes and signals, as often as asked", function()
    local process = shell("exit 7")
    assert.same({ 7, "exit" }, { process:wait(20) })
    assert.same({ 7, "exit" }, { process:wait() })
    assert.is_false(process:kill())
    process = shell("kill -9 $$")
    assert.same({ 9, "signal" }, { process:wait(20) })
  end)

  it("waits no longer than it may", function()
    local process = shell("cat", { stdin = "pipe", stdout = "pipe" })
    assert.same({ nil, "timeout" }, { process:wait(0) })
    assert.same({ nil, "timeout" }, { process:wait(-1) })
    assert.same({ nil, "timeout" }, { process:read(0.01) })
    process:close()
    process = shell("exec sleep 60", { stdin = "pipe" })
    local ok, why = process:write(("x"):rep(10000000), 0.05)
    assert.is_nil(ok)
    assert.equal("timeout", why)
    assert.is_true(process:kill(9))
    process:wait(20)
  end)

  it("survives that the child closes its end", function()
    local process = shell("exec 0<&-; echo closed; exec sleep 60", {
      stdin = "pipe", stdout = "pipe",
    })
    assert.equal("closed\n", process:read(20))
    assert.same({ nil, "closed" }, { process:write("x", 5) })
    process:kill(9)
  end)

  it("changes the environment: sets, replaces, takes away", function()
    local process = shell('echo "$WATS_SPEC_A,$HOME,${PATH:+path}"', {
      stdout = "pipe", env = { WATS_SPEC_A = "a=b", HOME = false },
    })
    assert.equal("a=b,,path\n", read_all(process))
  end)

  it("sends output into files", function()
    local out, err = os.tmpname(), os.tmpname()
    local process = shell("echo out; echo err >&2", { stdout = out, stderr = err })
    process:wait(20)
    for name, text in pairs({ [out] = "out\n", [err] = "err\n" }) do
      local file = assert(io.open(name))
      assert.equal(text, file:read("a"))
      file:close()
      os.remove(name)
    end
  end)

  it("hands no pipe of its own to other children", function()
    local first = shell("cat", { stdin = "pipe", stdout = "pipe" })
    local second = shell("exec sleep 60")
    first:close_stdin()
    assert.same({ 0, "exit" }, { first:wait(20) })
    second:kill(9)
    second:wait(20)
  end)

  it("ends the child with its object, even one that does not listen", function()
    local process = shell("trap '' TERM; while :; do sleep 0.05; done", { stdin = "pipe" })
    local began = core.monotonic()
    process:close()
    assert.is_true(core.monotonic() - began < 20)
    assert.same({ 9, "signal" }, { process:wait(0) })
    process:close()
    local pid
    do
      local scoped <close> = shell("cat", { stdin = "pipe" })
      pid = scoped:pid()
    end
    assert.is_nil((os.execute(("kill -0 %d 2>/dev/null"):format(pid))))
  end)

  it("says what it could not start", function()
    -- valgrind runs posix_spawn's child apart, so the parent does not learn what became of it
    if os.getenv("UNDER_VALGRIND") then pending("under valgrind") end
    local process, problem = core.spawn({ argv = { "/no/such/program" } })
    assert.is_nil(process)
    assert.matches("^start /no/such/program: .+", problem)
  end)

  it("raises on wrong options", function()
    for options, text in pairs({
      [{}] = "argv", [{ argv = {} }] = "argv", [{ argv = { 1 } }] = "argv[1]",
      [{ argv = { "true" }, env = { [1] = "x" } }] = "env",
      [{ argv = { "true" }, stdin = "file" }] = "stdin",
      [{ argv = { "true" }, stdout = 1 }] = "stdout",
    }) do
      local ok, problem = pcall(core.spawn, options)
      assert.is_false(ok)
      assert.matches("option " .. text, problem, 1, true)
    end
  end)
end)

describe("core.read_fd", function()
  it("says what is wrong with a descriptor", function()
    local bytes, problem = core.read_fd(-1)
    assert.is_nil(bytes)
    assert.matches("^read: .+", problem)
  end)
end)

describe("core.readable and core.is_terminal", function()
  -- What a child says of its own standard input.
  local function child_says(expression, before)
    local process = assert(core.spawn {
      argv = { os.getenv("LUA") or "lua5.4", "-e",
        "local core = require('wats.core') io.write(tostring(" .. expression .. "))" },
      env = { LUA_PATH = package.path, LUA_CPATH = package.cpath }, stdin = "pipe", stdout = "pipe",
    })
    before(process)
    local text = read_all(process)
    process:close()
    return text
  end

  it("tells whether something has come, or has ended, and waits for it", function()
    assert.equal("false", child_says("core.readable(0, 0.05)", function() end))
    assert.equal("true", child_says("core.readable(0)", function(child) child:write("x") end))
    assert.equal("true", child_says("core.readable(0, 60)", function(child)
      child:close_stdin()
    end))
  end)

  it("tells a terminal from what is none", function()
    assert.equal("false", child_says("core.is_terminal(0)", function() end))
    assert.is_false(core.is_terminal(-1))
  end)
end)
