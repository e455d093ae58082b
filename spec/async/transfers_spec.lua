-- Tasks and requests: one API, many at once.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

describe("requests in tasks", function()
  local it, box = boxed(it, pending, setup, teardown, before_each, { cache = false })
  local client
  before_each(function() client = box.client end)

  local function slow(seconds)
    assert(box.sandbox:fault { method = "GET", path = "/api/App/Version", times = 0,
      delay_ms = seconds * 1000 })
  end

  local function elapsed(f)
    local start = core.monotonic()
    f()
    return core.monotonic() - start
  end

  it("go on side by side", function()
    slow(0.02)
    local plain = elapsed(function()
      for _ = 1, 20 do assert(client.app:get_version()) end
    end)
    local list = {}
    for i = 1, 160 do list[i] = i end
    local results, errors
    local mapped = elapsed(function()
      results, errors = wats.map(list, function() return client.app:get_version() end,
        { concurrency = 16 })
    end)
    assert.is_nil(errors)
    assert.equal(160, results.n)
    -- eight times the work; sixteen at once would need half the time
    assert.is_true(mapped < 2 * plain, ("%.3f s, the loop %.3f s"):format(mapped, plain))
  end)

  it("are all right, a thousand of them, over no more connections than allowed", function()
    local list = {}
    for i = 1, 1000 do list[i] = i end
    local _, errors = wats.map(list, function()
      local version = assert(client.app:get_version())
      assert(version:match("^%d"))
    end, { concurrency = 100 }) -- more than there may be connections
    assert.is_nil(errors)
    local stats = client:stats()
    assert.equal(1000, stats.exchanges)
    assert.equal(0, stats.in_flight)
    assert.is_true(stats.connections_new <= 64)
    assert.equal(1000, stats.connections_new + stats.connections_reused)
    assert.equal(1000, #box.sandbox:journal())
  end)

  it("ask once for what many want at the same time", function()
    local own = support.connect(box)
    assert(own.product:create_product { partNumber = "SHARED" })
    box.sandbox:clear_journal()
    assert(box.sandbox:fault { method = "GET", path = "/api/Product/SHARED", times = 0,
      delay_ms = 50 })
    local list = {}
    for i = 1, 20 do list[i] = "SHARED" end
    local products, errors = wats.map(list, function(number)
      return own.product:get_product(number)
    end, { concurrency = 20 })
    assert.is_nil(errors)
    products[1].partNumber = "changed"
    assert.equal("SHARED", products[20].partNumber) -- each has his own copy
    assert.equal(1, #box.sandbox:journal())
    assert.equal(19, own:stats().coalesced)
  end)

  it("leave their connections to those that come later", function()
    slow(0.2)
    local list = {}
    for i = 1, 16 do list[i] = i end
    local function burst() wats.map(list, function() assert(client.app:get_version()) end) end
    burst()
    box.sandbox:clear_faults()
    for _ = 1, 200 do assert(client.app:get_version()) end -- libcurl by itself closes one at each
    local opened = client:stats().connections_new
    slow(0.2)
    burst()
    assert.equal(opened, client:stats().connections_new)
  end)

  it("let tasks go on while plain code waits for an answer", function()
    slow(0.2)
    local turns = 0
    local task = wats.spawn(function()
      while wats.sleep(0.01) do turns = turns + 1 end
    end)
    assert(client.app:get_version())
    task:cancel()
    task:join()
    assert.is_true(turns >= 3, turns .. " turns")
  end)

  it("end with their task", function()
    slow(30)
    local task = wats.spawn(function() return client.app:get_version() end)
    wats.sleep(0.1)
    assert.equal(1, client:stats().in_flight)
    task:cancel()
    local _, err = task:join()
    assert.equal("cancelled", err.kind)
    local deadline = core.monotonic() + 10
    while client:stats().in_flight > 0 and core.monotonic() < deadline do wats.sleep(0.01) end
    assert.equal(0, client:stats().in_flight)
  end)

  it("go on when nobody joins them in time", function()
    slow(0.2)
    local task = wats.spawn(function() return client.app:get_version() end)
    local _, err = task:join(0.02)
    assert.equal("timeout", err.kind)
    assert.matches("^%d", (task:join()))
  end)

  it("work within pcall, <close>, metamethods, generators and iterators", function()
    for i = 1, 5 do
      local uut = client.report:uut { part_number = "P", serial_number = "S" .. i, revision = "A",
        process_code = 10, operator = "o" }
      uut:finish()
      assert(client.report:submit(uut))
    end
    local got = wats.run(function()
      local ok, version = pcall(client.app.get_version, client.app)
      local lazy = setmetatable({}, { __index = function() return client.app:get_version() end })
      local closed
      do
        local guard <close> = setmetatable({}, { __close = function() -- luacheck: ignore guard
          closed = client.app:get_version()
        end })
      end
      local numbers = {}
      for header in client.report:headers {} do numbers[#numbers + 1] = header.uuid end
      local generator = coroutine.wrap(function() coroutine.yield(client.app:get_version()) end)
      return { ok, version, lazy.anything, closed, #numbers, generator() }
    end)
    local version = got[2]
    assert.matches("^%d", version)
    assert.same({ true, version, version, version, 5, version }, got)
  end)

  it("blame the line of the task that erred", function()
    local line
    local _, err = wats.spawn(function()
      line = debug.getinfo(1, "l").currentline + 1
      client:get("no path")
    end):join()
    assert.matches("transfers_spec%.lua:" .. line .. ": GET no path: ", err.message)
    assert.matches("stack traceback", err.traceback)
  end)

  it("cost a cached answer no wait", function()
    local cached = support.connect(box)
    assert(cached:get("/api/Product/PCBA-100"))
    local order = {}
    local one = wats.spawn(function()
      assert(cached:get("/api/Product/PCBA-100").from_cache)
      order[#order + 1] = "cached"
    end)
    local other = wats.spawn(function() order[#order + 1] = "next" end)
    one:join()
    other:join()
    assert.same({ "cached", "next" }, order)
  end)

  it("survive programs that are started meanwhile", function()
    slow(0.2)
    local task = wats.spawn(function() return client.app:get_version() end)
    wats.sleep(0.01)
    assert.is_true(os.execute("true"))
    local pipe = io.popen("echo fine")
    assert.equal("fine", pipe:read("l"))
    pipe:close()
    assert.matches("^%d", (task:join()))
  end)

  it("progress while Lua is busy with something else", function()
    slow(0.1)
    local task = wats.spawn(function() return client.app:get_version() end)
    wats.sleep(0.001) -- it begins
    os.execute("sleep 0.4") -- an instrument that blocks
    assert.is_true(elapsed(function() assert(task:join()) end) < 0.09)
  end)
end)

describe("Ctrl-C in a task", function()
  it("ends the script", function()
    local server = raw_servers.start("read() sleep(600)")
    local err = os.tmpname()
    local child <close> = assert(core.spawn {
      argv = { os.getenv("LUA") or "lua5.4", "-e", ([[
        local wats = require("wats")
        local client = wats.connect { base_url = %q, token = "eA==" }
        wats.run(function() client:get("/x") print("went on") end)]]):format(server.url) },
      env = { LUA_PATH = package.path, LUA_CPATH = package.cpath, LUA_INIT = false,
        LUA_PATH_5_4 = false, LUA_CPATH_5_4 = false },
      stdin = "pipe", stdout = "pipe", stderr = err,
    })
    local deadline = core.monotonic() + 30
    while #server:requests() == 0 and core.monotonic() < deadline do core.sleep(0.02) end
    local start = core.monotonic()
    child:kill(2)
    local code, how = child:wait(30)
    assert.same({ 1, "exit" }, { code, how })
    assert.is_true(core.monotonic() - start < 2)
    local file = assert(io.open(err))
    assert.matches("interrupted!", file:read("a"))
    file:close()
    os.remove(err)
    server:stop()
  end)
end)
