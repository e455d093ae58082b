-- Where entries go: levels, repeats, files that rotate, disks that are full.

local cjson = require("cjson")
local core = require("wats.core")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("a sink", function()
  local folder

  setup(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(os.execute("mkdir " .. folder))
  end)
  teardown(function() os.execute("rm -r " .. folder) end)
  after_each(function()
    wats.log.set(nil)
    os.execute("rm -rf " .. folder .. "/*")
  end)

  local function path(name) return folder .. "/" .. (name or "log") end

  local function content(name)
    local file = io.open(path(name))
    if not file then return nil end
    local text = file:read("a")
    file:close()
    return text
  end

  local function lines(name)
    local list = {}
    for line in (content(name) or ""):gmatch("[^\n]+") do list[#list + 1] = line end
    return list
  end

  -- What a script prints on standard error.
  local function stderr_of(text)
    local script = path("script.lua")
    local file = assert(io.open(script, "w"))
    file:write('local wats = require("wats")\n', text)
    file:close()
    local pipe = assert(io.popen(("%s %s 2>&1"):format(os.getenv("LUA") or "lua5.4", script)))
    local output = pipe:read("a")
    return pipe:close(), output
  end

  it("writes to standard error what is worth its level", function()
    local ok, output = stderr_of([[
      wats.log.set(wats.log.stderr())
      wats.log.write("debug", "not this")
      wats.log.write("info", "but this", { a = 1 })
      wats.log.set(wats.log.stderr { level = "error", format = wats.log.json })
      wats.log.write("warn", "nor this")
      wats.log.write("error", "and this")
    ]])
    assert.is_true(ok, output)
    local first, second = output:match("^(.-)\n(.-)\n$")
    assert.matches("^%d+%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ info  but this  a=1$", first)
    assert.equal("and this", cjson.decode(second).message)
  end)

  it("writes to a file, and adds to what is there", function()
    for i = 1, 2 do
      local sink <close> = assert(wats.log.file(path(), { level = "debug" }))
      wats.log.set(sink)
      wats.log.write("debug", "entry " .. i)
      assert.same({ written = 1, dropped = 0, repeated = 0 }, sink:stats())
    end
    wats.log.write("debug", "after it was closed")
    local all = lines()
    assert.equal(2, #all)
    assert.matches("entry 2$", all[2])
  end)

  it("rotates", function()
    local sink = assert(wats.log.file(path(), { max_bytes = 1000, keep = 2, repeat_within = 0 }))
    for i = 1, 100 do sink("info", ("entry %03d"):format(i)) end
    sink:close()
    local last = lines()
    assert.matches("entry 100$", last[#last])
    assert.truthy(content("log.1"))
    assert.truthy(content("log.2"))
    assert.is_nil(content("log.3"))
    for _, name in ipairs { "log", "log.1", "log.2" } do assert.is_true(#content(name) <= 1000) end
    local before = lines("log.1")
    assert.equal(tonumber(last[1]:match("%d+$")), tonumber(before[#before]:match("%d+$")) + 1)
  end)

  it("tells repeats once, and how many when it is flushed, closed or collected", function()
    local sink = assert(wats.log.file(path(), { format = wats.log.json }))
    wats.log.set(sink)
    for _ = 1, 5 do wats.log.write("warn", "again", { a = 1 }) end
    assert.equal(1, #lines())
    sink:flush()
    assert.equal(4, cjson.decode(lines()[2]).repeated)
    for _ = 1, 3 do wats.log.write("warn", "again", { a = 1 }) end
    sink:close()
    sink:close()
    assert.equal(2, cjson.decode(lines()[4]).repeated)
    assert.same({ written = 4, dropped = 0, repeated = 6 }, sink:stats())
    wats.log.set(nil)
    local _, output = stderr_of(([[
      wats.log.set(assert(wats.log.file(%q)))
      for _ = 1, 9 do wats.log.write("warn", "to the end") end
    ]]):format(path("end")))
    assert.equal("", output)
    assert.matches("to the end %(repeated 8 times%)$", lines("end")[2])
  end)

  it("tells repeats when their time is over", function()
    local sink = assert(wats.log.file(path(), { repeat_within = 0.05 }))
    for _ = 1, 3 do sink("warn", "again") end
    core.sleep(0.06)
    sink("info", "something else")
    assert.matches("again %(repeated 2 times%)$", lines()[2])
    assert.matches("something else$", lines()[3])
  end)

  it("drops what finds no room, says so afterwards, and raises nothing", function()
    assert(os.execute("mkdir " .. path("sub")))
    local sink = assert(wats.log.file(path("sub/log"), { repeat_within = 0 }))
    sink("info", "one")
    os.execute("rm -r " .. path("sub"))
    for _ = 1, 3 do sink("info", "lost") end
    assert(os.execute("mkdir " .. path("sub")))
    sink("info", "two")
    assert.same({ written = 2, dropped = 3, repeated = 0 }, sink:stats())
    local all = lines("sub/log")
    assert.matches("warn  log entries were dropped: they could not be written  dropped=3$", all[1])
    assert.matches("two$", all[2])
  end)

  it("keeps lines whole on a full disk", function()
    local ok, output = stderr_of(([[
      local sink = assert(wats.log.file(%q, { repeat_within = 0 }))
      wats.log.set(sink)
      for i = 1, 2000 do wats.log.write("info", ("x"):rep(80) .. i) end
      print(sink:stats().written > 100, sink:stats().dropped > 100)
    ]]):format(path("full")))
    assert.is_true(ok, output)
    assert.equal("true\tfalse\n", output)
    local script = path("script.lua")
    -- the file may have 64 blocks of 512 bytes
    local pipe = assert(io.popen(("rm -f %s; ulimit -f 64; trap '' XFSZ; %s %s 2>&1"):format(
      path("full"), os.getenv("LUA") or "lua5.4", script)))
    output = pipe:read("a")
    assert.is_true(pipe:close(), output)
    assert.equal("true\ttrue\n", output)
    local text = content("full")
    assert.is_true(#text <= 32768 and #text > 30000)
    assert.equal("\n", text:sub(-1))
    for _, line in ipairs(lines("full")) do
      assert.is_truthy(line:find("x%d+$") or line:find("dropped=%d+$"), line)
    end
  end)

  it("takes a form of the script's own, which may fail", function()
    local fails = true
    local sink = assert(wats.log.file(path(), { format = function(level, message)
      if fails then error("broken form") end
      return level .. "|" .. message .. "\n|"
    end }))
    sink("warn", "a")
    fails = false
    sink("warn", "b")
    assert.equal("warn|log entries were dropped: they could not be written |\nwarn|b |\n",
      content())
    assert.equal(1, sink:stats().dropped)
  end)

  it("is one of several in a function", function()
    local a, b = assert(wats.log.file(path("a"))), assert(wats.log.file(path("b")))
    wats.log.set(function(...)
      a(...)
      b(...)
    end)
    for _ = 1, 3 do wats.log.write("info", "x") end
    a:close()
    b:close()
    assert.equal(content("a"), content("b"))
    assert.equal(2, #lines("a"))
  end)

  it("says what is wrong with what it was given", function()
    assert.matches("^wats.log.file: unknown option \"max_byte\" %(did you mean \"max_bytes\"%?%)",
      blamed(function() wats.log.file(path(), { max_byte = 1 }) end))
    assert.matches('^wats.log.stderr: option "level"',
      blamed(function() wats.log.stderr { level = "warning" } end))
    assert.matches('^wats.log.stderr: option "format"',
      blamed(function() wats.log.stderr { format = "json" } end))
    assert.matches('^wats.log.file: option "keep"',
      blamed(function() wats.log.file("x", { keep = 0 }) end))
    assert.matches("bad argument #1 to 'wats.log.file'", blamed(function() wats.log.file() end))
    assert.matches("bad argument #1 to 'wats.log.file' %(must not hold a NUL",
      blamed(function() wats.log.file("a\0b") end))
    local sink, err = wats.log.file(folder)
    assert.is_nil(sink)
    assert.equal("io", err.kind)
    assert.equal("io", select(2, wats.log.file(path("none/log"))).kind)
  end)

  it("has no credential, whatever is asked", function()
    local server = raw_servers.start [[
      while true do
        local request = read()
        if not request or request.target:find("drop", 1, true) then return end
        send("HTTP/1.1 503 X\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\nok")
      end
    ]]
    finally(function() server:stop() end)
    local sinks = { assert(wats.log.file(path("text"), { level = "debug" })),
      assert(wats.log.file(path("json"), { level = "debug", format = wats.log.json })) }
    wats.log.set(function(...)
      for _, sink in ipairs(sinks) do sink(...) end
    end)
    local client = support.connect(server, { retry = { base_delay = 0.001 } })
    local headers = { ["X-Request-Id"] = "Basic " .. support.TOKEN, Authorization = support.TOKEN }
    client:get("/x/" .. support.TOKEN, { headers = headers, query = { token = "hunter2" } })
    local _, err = client:get("/drop?access_token=hunter2", { headers = headers })
    wats.log.write("error", "failed", { err = err, wrapped = { err } })
    for _, sink in ipairs(sinks) do sink:close() end
    for _, name in ipairs { "text", "json" } do
      local text = content(name)
      assert.is_true(#lines(name) >= 5)
      assert.falsy(text:find("Y2FuYXJ5", 1, true), text)
      assert.falsy(text:find("hunter2", 1, true), text)
      assert.truthy(text:find("***", 1, true))
    end
  end)
end)
