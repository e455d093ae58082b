-- core.arrivals: requests under way beside Lua code. The tasks on top: spec/async.

local core = require("wats.core")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")

local arrivals = core.arrivals

-- Answers by path: /slow after 0.3 s, /never not at all, all others at once.
local SCRIPT = [[
  while true do
    local request = read()
    if not request then break end
    if request.target == "/never" then sleep(600) end
    if request.target == "/slow" then sleep(0.3) end
    send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
  end
]]

describe("core.arrivals", function()
  local server, client, order

  setup(function() server = raw_servers.start(SCRIPT) end)
  teardown(function() server:stop() end)

  before_each(function()
    client = support.connect(server, { cache = false })
    order = {}
  end)
  after_each(function()
    arrivals:busy(false)
    arrivals:attach(nil)
  end)

  -- The simplest of schedulers: a coroutine per request.
  local function run(functions)
    local waiting, threads = {}, {}
    arrivals:attach(function(token)
      waiting[token] = coroutine.running()
      return coroutine.yield(token)
    end)
    arrivals:busy(true)
    local function resume(thread, ...)
      local ok, value = coroutine.resume(thread, ...)
      if not ok then error(value, 0) end
    end
    for i, f in ipairs(functions) do
      threads[i] = coroutine.create(f)
      resume(threads[i])
    end
    while arrivals:count() > 0 do
      arrivals:wait(10)
      local token = arrivals:next()
      while token do
        resume(waiting[token], true)
        token = arrivals:next()
      end
    end
    arrivals:busy(false)
  end

  local function ask(path)
    return function()
      local answer = assert(client:get(path))
      assert.equal("ok", answer.body)
      order[#order + 1] = path
    end
  end

  it("lets requests overtake each other", function()
    run { ask("/slow"), ask("/a"), ask("/b") }
    assert.equal(3, #order)
    assert.equal("/slow", order[3])
  end)

  it("carries more at once than there may be connections", function()
    local functions = {}
    for i = 1, 100 do functions[i] = ask("/n" .. i) end
    run(functions)
    assert.equal(100, #order)
    assert.equal(100, client:stats().exchanges)
    assert.is_true(client:stats().connections_new <= 64)
    assert.equal(0, client:stats().in_flight)
  end)

  it("tells errors where the request was made, mistakes at their line", function()
    local err, message, line
    local nowhere = support.connect("http://127.0.0.1:1", { cache = false })
    run { function() err = select(2, nowhere:get("/x")) end }
    assert.equal("connection", err.kind)
    assert.equal("GET", err.method)
    assert.equal("http://127.0.0.1:1/x", err.url)
    run { function()
      line = debug.getinfo(1, "l").currentline + 1
      message = select(2, pcall(function() client:get("no path") end))
    end }
    assert.matches("^[^:]*arrivals_spec%.lua:" .. line .. ": GET no path: ", message)
  end)

  it("blocks as ever where no task is", function()
    arrivals:attach(function() error("not to be called") end)
    assert.equal("ok", client:get("/a").body)
    arrivals:busy(true)
    arrivals:attach(nil)
    assert.equal("ok", client:get("/a").body)
  end)

  it("does not wait longer than it is told", function()
    local start = core.monotonic()
    arrivals:wait(0.02)
    local elapsed = core.monotonic() - start
    assert.is_true(elapsed >= 0.02 and elapsed < 5)
    assert.equal(0, arrivals:count())
    assert.is_nil(arrivals:next())
  end)

  it("ends a request that is cancelled", function()
    local token
    arrivals:attach(function(t) token = t return nil, "left" end)
    arrivals:busy(true)
    assert.same({ nil, "left" }, { client:get("/never") })
    assert.equal(1, arrivals:count())
    token:cancel()
    token:cancel()
    arrivals:wait(30)
    assert.equal(token, arrivals:next())
    token:cancel()
    assert.equal(0, arrivals:count())
    assert.equal(0, client:stats().in_flight)
  end)

  it("lets a state end with requests under way", function()
    local script = ([[
      local core = require("wats.core")
      local client = require("wats").connect { base_url = %q, token = "eA==", cache = false }
      core.arrivals:attach(function() return nil, "left" end)
      core.arrivals:busy(true)
      for i = 1, 100 do client:get("/never") end
      for i = 1, 20 do client:get("/a") end
      print(core.arrivals:count())
    ]]):format(server.url)
    local name = os.tmpname()
    local file = assert(io.open(name, "w"))
    file:write(script)
    file:close()
    local pipe = io.popen((os.getenv("LUA") or "lua5.4") .. " " .. name .. " 2>&1; echo $?")
    local text = pipe:read("a")
    pipe:close()
    os.remove(name)
    assert.equal("120\n0\n", text)
  end)
end)
