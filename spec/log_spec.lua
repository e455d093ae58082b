-- What the log function hears, when, and that it can do no harm.

local async = require("wats.async")
local core = require("wats.core")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local blamed, TOKEN = support.blamed, support.TOKEN

local SERVER = [[
  while true do
    local request = read()
    if not request then return end
    local target = request.target
    if target:find("drop", 1, true) then return end
    if target:find("slow", 1, true) then sleep(30) end
    local name = target:match("flaky=(%w+)")
    local status = target:match("status=(%d+)") or "200"
    if name and not shared[name] then
      shared[name] = true
      status = "503"
    end
    send("HTTP/1.1 " .. status .. " X\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\nok")
  end
]]

local function run_lua(text)
  local name = os.tmpname()
  local file = assert(io.open(name, "w"))
  file:write(text)
  file:close()
  local pipe = assert(io.popen(("%s %s 2>&1"):format(os.getenv("LUA") or "lua5.4", name)))
  local output = pipe:read("a")
  local ok = pipe:close()
  os.remove(name)
  return ok, output
end

describe("wats.log", function()
  local server, client, heard
  local retrying = { max_attempts = 3, base_delay = 0.001 }

  setup(function() server = raw_servers.start(SERVER) end)
  teardown(function() server:stop() end)

  before_each(function()
    heard = {}
    client = support.connect(server, { retry = retrying, cache = { ttl = 100 } })
    wats.log.set(function(level, message, fields)
      heard[#heard + 1] = { level = level, message = message, fields = fields }
    end)
  end)
  after_each(function() wats.log.set(nil) end)

  local function of(message)
    local found = {}
    for _, entry in ipairs(heard) do
      if entry.message:find(message, 1, true) then found[#found + 1] = entry end
    end
    return found
  end

  it("is silent unless a function is set", function()
    local ok, output = run_lua(([[
      local wats = require("wats")
      local client = wats.connect { base_url = %q, token = "t", retry = { base_delay = 0.001 } }
      client:get("/x?flaky=silent")
      client:get("/x?drop")
      wats.log.write("error", "nobody hears it")
      wats.spawn(error, "lost")
      wats.sleep(0)
      wats.sleep(0)
    ]]):format(server.url))
    assert.is_true(ok)
    assert.equal("", output)
  end)

  it("tells of each request at level debug", function()
    local before = core.time()
    assert(client:get("/a", { query = { b = 1 } }))
    assert(client:get("/a", { query = { b = 1 } }))
    assert.equal(2, #heard)
    local first, second = heard[1].fields, heard[2].fields
    assert.equal("debug", heard[1].level)
    assert.equal("request", heard[1].message)
    assert.equal("GET", first.method)
    assert.equal(server.url .. "/a?b=1", first.url)
    assert.equal(200, first.status)
    assert.equal(1, first.attempts)
    assert.equal("miss", first.cache_status)
    assert.is_nil(first.error)
    assert.is_true(first.elapsed > 0 and first.bytes.received > 2)
    assert.is_true(first.time >= before - 1 and first.time <= core.time() + 1)
    assert.equal("hit", second.cache_status)
    assert.equal(0, second.attempts)
    assert.equal(0, second.bytes.received)
  end)

  it("tells of domain calls, of tasks and of streams likewise", function()
    client.product:get_product("PN")
    wats.gather { function() return client:get("/t1") end, function() return client:get("/t2") end }
    assert(client:get("/s", { sink = function() end }))
    local urls = {}
    for i, entry in ipairs(of("request")) do urls[i] = entry.fields.url:match("://[^/]*(.*)") end
    table.sort(urls)
    assert.same({ "/api/Product/PN", "/s", "/t1", "/t2" }, urls)
  end)

  it("tells the kind of an error where there is no answer", function()
    client:get("/drop", { retry = false })
    local fields = heard[#heard].fields
    assert.equal("connection", fields.error)
    assert.is_nil(fields.status)
    assert.is_nil(fields.cache_status)
    assert.is_true(fields.attempts >= 1)
  end)

  it("tells of an attempt that is sent again, before its request", function()
    assert.equal(2, client:get("/x?flaky=one").attempts)
    assert.equal(2, #heard)
    local fields = heard[1].fields
    assert.equal("warn", heard[1].level)
    assert.equal("a failed attempt is sent again", heard[1].message)
    assert.equal("GET", fields.method)
    assert.equal(503, fields.status)
    assert.equal(1, fields.attempt)
    assert.equal(server.url .. "/x?flaky=one", fields.url)
    assert.equal("number", type(fields.delay))
    assert.equal("string", type(fields.reason))
    assert.equal("request", heard[2].message)
    client:get("/x?drop")
    assert.equal("connection", of("sent again")[2].fields.error)
  end)

  it("delivers what a thread logged at a later turn of the scheduler", function()
    local task = wats.spawn(function() return client:get("/x?flaky=turn") end)
    assert.equal(2, task:join().attempts)
    wats.sleep(0)
    assert.equal(1, #of("sent again"))
  end)

  it("tells of a breaker that opens, tries and closes", function()
    local breaking = support.connect(server, { token = "YnJlYWtlcjpicmVha2Vy", circuit_breaker = {
      min_calls = 2, failure_ratio = 0.5, window = 30, open_for = 0.05 } })
    for _ = 1, 2 do breaking:get("/x?status=500") end
    local opened = of("has opened")
    assert.equal(1, #opened)
    assert.equal("warn", opened[1].level)
    assert.equal(server.url, opened[1].fields.server)
    assert.equal("open", opened[1].fields.state)
    assert.equal("closed", opened[1].fields.from)
    assert.is_true(opened[1].fields.open_for > 0)
    core.sleep(0.1)
    for _ = 1, 2 do assert(breaking:get("/x", { cache = "bypass" })) end
    assert.equal("info", of("lets a few")[1].level)
    assert.equal("half_open", of("has closed")[1].fields.from)
    assert.equal("info", of("has closed")[1].level)
  end)

  it("tells of an error that nobody joined", function()
    do wats.spawn(function() error("nobody cares") end) end
    wats.sleep(0)
    collectgarbage()
    collectgarbage()
    wats.sleep(0)
    local entry = of("nobody joined")[1]
    assert.equal("error", entry.level)
    assert.equal("error", entry.fields.error)
    assert.matches("nobody cares", entry.fields.reason)
    assert.matches("log_spec.lua:%d+", entry.fields.traceback)
  end)

  it("tells of what was given up", function()
    local task = wats.spawn(function()
      return client:get("/slow", { timeout = 20, cache = "bypass" })
    end)
    wats.sleep(0)
    task:cancel()
    assert.equal("cancelled", select(2, task:join()).kind)
    assert.equal("cancelled", heard[#heard].fields.error)
    assert.equal(1, #of("request"))
  end)

  it("writes for scripts too", function()
    local fields = { a = 1 }
    wats.log.write("info", "mine", fields)
    wats.log.write("error", "bare")
    assert.equal("info", heard[1].level)
    assert.equal(1, heard[1].fields.a)
    assert.same({ a = 1 }, fields)
    assert.equal("bare", heard[2].message)
    wats.log.deliver()
    assert.equal(2, #heard)
  end)

  it("blames the caller for what is none of it", function()
    assert.equal("wats.log.set: a function or nil expected, got number",
      blamed(function() wats.log.set(1) end))
    local expected = 'wats.log.write: level: "debug", "info", "warn" or "error" expected, got '
    assert.equal(expected .. '"warning"',
      blamed(function() wats.log.write("warning", "x") end))
    assert.equal(expected .. "nil", blamed(function() wats.log.write(nil, "x") end))
    assert.equal("wats.log.write: message: string expected, got nil",
      blamed(function() wats.log.write("warn") end))
    assert.equal("wats.log.write: fields: table expected, got string",
      blamed(function() wats.log.write("warn", "x", "y") end))
  end)

  it("takes a callable table", function()
    local count = 0
    wats.log.set(setmetatable({}, { __call = function() count = count + 1 end }))
    wats.log.write("info", "x")
    assert.equal(1, count)
  end)

  describe("with a function that", function()
    it("raises: the call goes on, and stderr is told once", function()
      local ok, output = run_lua(([[
        local wats = require("wats")
        local client = wats.connect { base_url = %q, token = "t" }
        wats.log.set(function() error("broken log") end)
        for _ = 1, 3 do print(assert(client:get("/x", { cache = "bypass" })).status) end
        wats.run(function() print(assert(client:get("/x", { cache = "bypass" })).status) end)
        wats.log.set(function() error(setmetatable({}, { __tostring = error })) end)
        print(assert(client:get("/x", { cache = "bypass" })).status)
        wats.log.set(function() assert(wats.log.file("/none/of/this")) end)
        print(assert(client:get("/x", { cache = "bypass" })).status)
      ]]):format(server.url))
      assert.is_true(ok, output)
      assert.equal(6, select(2, output:gsub("200", "")))
      assert.equal(1, select(2, output:gsub("broken log", "")), output)
      assert.equal(3, select(2, output:gsub("wats%.log%.set raised", "")), output)
      assert.matches("(told once): io: cannot open the log file /none/of/this", output, 1, true)
    end)

    it("makes requests: they are answered, and not logged", function()
      local calls, statuses = 0, {}
      wats.log.set(function()
        calls = calls + 1
        statuses[#statuses + 1] = assert(client:get("/own?flaky=own" .. calls)).status
      end)
      assert.equal(200, client:get("/outer").status)
      wats.run(function() assert.equal(200, client:get("/inner").status) end)
      wats.sleep(0)
      assert.equal(2, calls)
      assert.same({ 200, 200 }, statuses)
    end)

    it("yields: it cannot, and the task goes on", function()
      local ok, output = run_lua(([[
        local wats = require("wats")
        local client = wats.connect { base_url = %q, token = "t" }
        wats.log.set(function() coroutine.yield() end)
        print(wats.run(function() return assert(client:get("/x")).status end))
        print(coroutine.wrap(function() return assert(client:get("/x")).status end)())
      ]]):format(server.url))
      assert.is_true(ok, output)
      assert.equal(2, select(2, output:gsub("200", "")))
      assert.matches("attempt to yield", output)
    end)

    it("sleeps: that blocks", function()
      local slept
      wats.log.set(function() slept = wats.sleep(0.01) end)
      wats.run(function() assert(client:get("/z")) end)
      assert.is_true(slept)
    end)

    it("writes: that is dropped", function()
      local count = 0
      wats.log.set(function()
        count = count + 1
        wats.log.write("info", "again")
        wats.log.deliver()
      end)
      wats.log.write("info", "x")
      assert.equal(1, count)
    end)

    it("takes itself off while entries wait", function()
      local count = 0
      wats.log.set(function()
        count = count + 1
        wats.log.set(nil)
      end)
      client:get("/x?drop")
      assert.equal(1, count)
      wats.log.set(function() count = count + 1 end)
      wats.log.deliver()
      assert.equal(1, count)
    end)
  end)

  it("says how much was lost while nobody came", function()
    local many = support.connect(server, { cache = false, token = "bWFueTptYW55",
      retry = { max_attempts = 100, base_delay = 0.0001, max_delay = 0.0001, budget = 1000 } })
    local tasks = {}
    for i = 1, 2 do
      tasks[i] = wats.spawn(function() return many:get("/x" .. i .. "?status=502") end)
    end
    wats.sleep(0)
    local deadline = core.monotonic() + 30
    -- the core's threads go on while this state does nothing
    repeat
      core.sleep(0.01)
      server:requests() -- it would stop if nobody read what it tells
    until many:stats().retries >= 198 or core.monotonic() > deadline
    for _, task in ipairs(tasks) do assert.equal(100, task:join().attempts) end
    local lost, had = of("were dropped"), #of("sent again")
    assert.equal(1, #lost)
    assert.equal("warn", lost[1].level)
    assert.equal(198, had + lost[1].fields.dropped)
    assert.is_true(had >= 128)
    assert.equal(2, #of("request"))
  end)

  it("holds no credential, wherever it was put", function()
    local encoded = TOKEN:gsub("=", "%%3D")
    client:get("/x/" .. encoded .. "?flaky=canary")
    client:get("/x", { query = { a = TOKEN, b = "Basic " .. TOKEN } })
    client:get("/x?drop", { query = { password = "hunter2", access_token = "hunter2" } })
    client:get("/x", { headers = { Authorization = "Basic " .. TOKEN, ["X-Key"] = TOKEN } })
    pcall(client.get, client, "/x", { headers = { Authorization = TOKEN .. "\n" } })
    pcall(wats.connect, { base_url = "https://" .. TOKEN .. "@x", token = TOKEN })
    do
      wats.spawn(function()
        error(select(2, client:get("/x?drop", { query = { t = TOKEN }, retry = false })))
      end)
    end
    wats.sleep(0.05)
    collectgarbage()
    collectgarbage()
    wats.sleep(0)
    assert.equal(1, #of("nobody joined"))
    assert.is_true(#of("request") >= 5 and #of("sent again") >= 2)
    local all = table.concat(support.strings(heard), "\n")
    assert.falsy(all:find("Y2FuYXJ5", 1, true), all)
    assert.falsy(all:find("hunter2", 1, true), all)
    assert.truthy(all:find("a=***", 1, true), all)
    assert.truthy(all:find("password=***", 1, true), all)
  end)

  it("keeps async.on_unhandled working", function()
    local told
    async.on_unhandled = function(err) told = err end
    finally(function() async.on_unhandled = nil end)
    do wats.spawn(function() error("x") end) end
    wats.sleep(0)
    collectgarbage()
    collectgarbage()
    wats.sleep(0)
    assert.is_table(told)
  end)
end)
