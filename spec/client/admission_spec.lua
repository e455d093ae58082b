-- Rate limiter and circuit breaker, seen from a script.

local core = require("wats.core")
local needs = require("spec.support.needs")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("a client that", function()
  local it, _, _, before_each = needs.sandbox(it, pending, setup, teardown, before_each)
  local box, clients

  before_each(function()
    box, clients = support.sandbox(), {}
  end)
  after_each(function()
    for _, client in ipairs(clients or {}) do client:close() end
    if box then box:stop() end
  end)

  local function connect(options)
    options.cache = options.cache or false
    local client = support.connect(box, options)
    clients[#clients + 1] = client
    return client
  end

  it("meets an open breaker says so, and when to come again", function()
    assert(box.sandbox:fault { path = "/api/App/Version", times = 0, status = 503 })
    local client = connect { circuit_breaker = { min_calls = 4, open_for = 60 } }
    for _ = 1, 4 do
      local _, err = client.app:get_version()
      assert.equal("server", err.kind)
    end
    local value, err = client.app:get_version()
    assert.is_nil(value)
    assert.equal("circuit_open", err.kind)
    assert.is_true(err.retryable)
    assert.is_true(err.retry_after > 50 and err.retry_after <= 60)
    assert.equal(0, err.attempts)
    assert.matches("not sent: the server has failed too often of late", tostring(err))
    assert.equal(4, #box.sandbox:journal())
    local breaker = client:stats().breaker
    assert.equal("open", breaker.state)
    assert.equal(1, breaker.opened)
    assert.equal(1, breaker.refused)
    assert.is_true(breaker.next_probe > 50)
  end)

  it("hears half an answer has found a connection: that alone opens nothing", function()
    local server = raw_servers.start([[
      local request = read()
      if request then
        send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
      end]])
    finally(function() server:stop() end)
    local client = support.connect(server, { circuit_breaker = { min_calls = 8 } })
    for _ = 1, 7 do
      local _, err = client:get("/x")
      assert.equal("connection", err.kind)
      assert.equal("closed", client:stats().breaker.state)
    end
    assert.equal("connection", select(2, client:get("/x")).kind)
    assert.equal("open", client:stats().breaker.state)
    client:close()
  end)

  it("comes back when the server does", function()
    assert(box.sandbox:fault { path = "/api/App/Version", times = 4, status = 500 })
    local client = connect { circuit_breaker = { min_calls = 4, open_for = 0.05 } }
    for _ = 1, 4 do client.app:get_version() end
    assert.equal("circuit_open", select(2, client.app:get_version()).kind)
    wats.sleep(0.06)
    assert(client.app:get_version())
    assert(client.app:get_version())
    assert.equal("closed", client:stats().breaker.state)
  end)

  it("is limited waits its turn, and other tasks go on meanwhile", function()
    local client = connect { timeout = 0.8,
      rate_limit = { requests = 5, window = 0.3, max_wait = 30 } }
    local ticks = 0
    local ticker = wats.spawn(function() while wats.sleep(0.02) do ticks = ticks + 1 end end)
    local list = {}
    for i = 1, 16 do list[i] = i end
    local begun = core.monotonic()
    local _, errors = wats.map(list, function() return client.app:get_version() end)
    assert.is_true(core.monotonic() - begun >= 0.9)
    ticker:cancel()
    assert.is_nil(errors)
    assert.is_true(ticks >= 9, ticks)
    local limiter = client:stats().limiter
    assert.equal(16, limiter.granted)
    assert.is_true(limiter.delayed >= 11)
    assert.equal(0, limiter.refused)
    assert.is_true(limiter.wait > 0)
  end)

  it("joined one that waits its turn: that is no part of its timeout either", function()
    local client = support.connect(box, { timeout = 0.2, cache = {},
      rate_limit = { requests = 1, window = 0.7, max_wait = 30 } })
    finally(function() client:close() end)
    assert(client:get("/api/App/Version", { cache = "bypass" }))
    local tasks = {}
    for i = 1, 4 do
      tasks[i] = wats.spawn(function() return client:get("/api/App/processes") end)
    end
    for _, task in ipairs(tasks) do assert.equal(200, assert(task:join()).status) end
    assert.equal(3, client:stats().coalesced)
    assert.equal(2, client:stats().exchanges)
  end)

  it("would have to wait for too long is told", function()
    local client = connect { rate_limit = { requests = 1, window = 60, max_wait = 1 } }
    assert(client.app:get_version())
    local value, err = client.app:get_version()
    assert.is_nil(value)
    assert.equal("rate_limited", err.kind)
    assert.is_true(err.retry_after > 50)
    assert.matches("longer than max_wait", err.message)
    assert.equal(1, client:stats().limiter.refused)
  end)

  it("is cancelled while it waits gives its place back", function()
    local client = connect { rate_limit = { requests = 1, window = 60, max_wait = 600 } }
    assert(client.app:get_version())
    local task = wats.spawn(function() return client.app:get_version() end)
    wats.sleep(0.01)
    task:cancel()
    local _, err = task:join()
    assert.equal("cancelled", err.kind)
    local deadline = core.monotonic() + 5
    while client:stats().limiter.cancelled == 0 and core.monotonic() < deadline do
      wats.sleep(0.005)
    end
    assert.equal(1, client:stats().limiter.cancelled)
  end)

  it("names the same server in another way shares its limits", function()
    for first, second in pairs {
      ["https://Wats.Example"] = "https://wats.example",
      ["https://wats.example:443/x"] = "https://WATS.example/x/api/",
    } do
      local one = support.connect(first, { rate_limit = { requests = 7 } })
      finally(function() one:close() end)
      local ok, message = pcall(support.connect, second, { rate_limit = { requests = 8 } })
      assert.is_false(ok)
      assert.matches("8 in 60 s, .* has 7 in 60 s", message)
    end
  end)

  it("asks for other limits than one that is open is refused at its line", function()
    connect { rate_limit = { requests = 7, window = 2 }, circuit_breaker = { min_calls = 3 } }
    local options = { base_url = box.sandbox.url, token = support.TOKEN, rate_limit = false }
    assert.equal("wats.connect: rate_limit: none asked for, but another client of the same "
      .. "server and token has 7 in 2 s, max_wait 120 s",
      blamed(function() wats.connect(options) end))
    options = { base_url = box.sandbox.url, token = support.TOKEN, circuit_breaker = false }
    assert.matches("circuit_breaker: none asked for, but another .* 0.5 of at least 3 in 30 s",
      blamed(function() wats.connect(options) end))
    assert.is_table(connect({ rate_limit = { requests = 7, window = 2 },
      circuit_breaker = { min_calls = 3 } }):stats().limiter)
    for _, client in ipairs(clients) do client:close() end
    local free = connect { rate_limit = false }
    assert.is_false(free:stats().limiter)
    assert.is_false(free:stats().breaker)
  end)

  it("is given wrong limits raises", function()
    for _, wrong in ipairs { { rate_limit = true }, { rate_limit = { requests = 0 } },
      { rate_limit = { requests = 1.5 } }, { rate_limit = { window = 0 } },
      { rate_limit = { max_wait = -1 } }, { rate_limit = { request = 5 } },
      { circuit_breaker = 5 }, { circuit_breaker = { failure_ratio = 0 } },
      { circuit_breaker = { failure_ratio = 1.01 } }, { circuit_breaker = { min_calls = 0 } },
      { circuit_breaker = { open_for = 0 / 0 } }, { circuit_breaker = { window = math.huge } } } do
      wrong.base_url, wrong.token = box.sandbox.url, support.TOKEN
      blamed(function() wats.connect(wrong) end)
    end
  end)

  it("has its breaker in the metrics", function()
    local registry = wats.metrics.new()
    local client = connect { metrics = registry, circuit_breaker = { min_calls = 1 } }
    local line = ('wats_breaker_state{server="%s"} '):format(box.sandbox.url)
    assert.is_truthy(registry:render("prometheus"):find(line .. "0\n", 1, true))
    assert(box.sandbox:fault { path = "/api/App/Version", times = 1, status = 500 })
    client.app:get_version()
    assert.is_truthy(registry:render("prometheus"):find(line .. "2\n", 1, true))
    client:close()
    assert.is_truthy(registry:render("prometheus"):find(line .. "0\n", 1, true))
  end)
end)
