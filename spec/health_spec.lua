-- wats.health: lua/wats/health.lua, csrc/lua_health.c. What the server itself promises is tested in
-- C (csrc/tests/test_health*.c).

local core = require("wats.core")
local health_process = require("spec.support.health")
local json = require("wats.json")
local needs = require("spec.support.needs")
local other_process = require("spec.support.other_process")
local raw_http = require("spec.support.raw_http")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("wats.health", function()
  local it = needs.sandbox(it, pending)
  local health, registry, box

  before_each(function() registry = wats.metrics.new() end)
  after_each(function()
    if health then health:stop() end
    if box then box:stop() end
    health, box = nil, nil
  end)

  local function serve(options)
    local all = { port = 0, metrics = registry, systemd = false }
    for name, value in pairs(options or {}) do all[name] = value end
    health = assert(wats.health.serve(all))
    return health
  end

  local function ask(path, headers)
    local response = assert(raw_http.request(health.port, { path = path, headers = headers }))
    local value = json.decode(response.body)
    return response.status, value, response
  end

  it("says that all is well", function()
    serve()
    assert.is_true(math.type(health.port) == "integer" and health.port > 0)
    assert.equal("http://127.0.0.1:" .. health.port, health.url)
    assert.equal("1", health.slot)
    local status, page = ask("/health")
    assert.same({ 200, { status = "ok" } }, { status, page })
    assert.same({ status = "alive" }, (select(2, ask("/health/live"))))
    assert.same({ status = "ready" }, (select(2, ask("/health/ready"))))
    assert.equal(404, (ask("/health/other")))
  end)

  it("is ready when all checks are true", function()
    serve()
    health:set("power_supply", false, "not calibrated")
    local status, page = ask("/health/ready")
    assert.equal(503, status)
    assert.same({ status = "not ready", reason = "power_supply: not calibrated" }, page)
    assert.equal(200, (ask("/health/live")))
    health:set("power_supply", true)
    assert.equal(200, (ask("/health/ready")))
    health:set("door", false)
    assert.equal(503, (ask("/health/ready")))
    assert.is_true(health:unset("door"))
    assert.is_false(health:unset("door"))
    assert.equal(200, (ask("/health/ready")))
    assert.equal(1, registry:gauge("wats_health_check", "", { "slot", "check" })
      :value({ slot = "1", check = "power_supply" }))
  end)

  it("shows any text of a check", function()
    serve()
    health:set("door", false, 'a "\0\1\n\xff\u{F8}')
    local status, value = ask("/health/ready")
    assert.equal(503, status)
    assert.equal('door: a "\u{FFFD}\1\n\u{FFFD}\u{F8}', value.reason)
  end)

  it("shows all there is to know", function()
    serve { slot = "left", instance = "ICT-01", heartbeat_timeout = 60 }
    health:set("door", true, "shut")
    local status, page = ask("/health/details")
    assert.equal(200, status)
    assert.is_true(page.healthy)
    assert.equal("ok", page.status)
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$", page.timestamp)
    local details = page.details
    assert.equal("running", details.service_status)
    assert.equal("ICT-01", details.instance_id)
    assert.equal(core.version, details.versions.wats)
    assert.is_string(details.versions.libcurl)
    assert.is_true(details.uptime_seconds >= 0)
    assert.same({ door = { ok = true, text = "shut" } }, details.slots.left.checks)
    assert.is_true(details.slots.left.heartbeat.fresh)
    assert.equal(60, details.slots.left.heartbeat.timeout_seconds)
    assert.is_false(details.slots.left.http_cache.enabled)
  end)

  it("gives the figures in the form that is asked for", function()
    serve()
    registry:counter("units_total", "Units."):inc(3)
    local status, _, response = ask("/metrics")
    assert.equal(200, status)
    assert.equal("text/plain; version=0.0.4; charset=utf-8", response.headers["content-type"])
    assert.matches("\nunits_total 3\n", response.body)
    _, _, response = ask("/metrics", { Accept = "application/openmetrics-text; version=1.0.0" })
    assert.matches("^application/openmetrics%-text; version=1%.0%.0",
      response.headers["content-type"])
    assert.matches("# EOF\n$", response.body)
    local page = select(2, ask("/metrics", { Accept = "application/json" }))
    assert.equal("units_total", page.families[1].name)
  end)

  it("knows the client's server", function()
    box = support.sandbox()
    local client <close> = support.connect(box)
    serve { client = client }
    local details = select(2, ask("/health/details")).details
    assert.equal("unknown", details.api_status)
    assert.equal("S", details.instance_id)
    assert(client:get("/api/Product/PCBA-100"))
    assert(client:get("/api/Product/PCBA-100"))
    details = select(2, ask("/health/details")).details
    assert.equal("online", details.api_status)
    assert.is_true(details.api_connected)
    local slot = details.slots["1"]
    assert.equal(box.sandbox.url, slot.client.base_url)
    assert.equal(2, slot.client.requests)
    local cache = slot.http_cache
    assert.same({ 1, 1, 0.5, 1 }, { cache.hits, cache.misses, cache.hit_rate, cache.size })
    box:stop()
    assert.is_nil((client:get("/api/Product/other")))
    local status, page = ask("/health/ready")
    assert.equal(200, status) -- reports can wait
    assert.matches("the server has not answered for", page.warnings[1])
  end)

  it("is not ready without the server where that is asked for", function()
    box = support.sandbox()
    local client <close> = support.connect(box)
    serve { client = client, require_server = 1 }
    local function becomes(wanted)
      local deadline = core.monotonic() + 20
      local status, page
      repeat
        status, page = ask("/health/ready")
        core.sleep(0.02)
      until status == wanted or core.monotonic() > deadline
      assert.equal(wanted, status)
      return page
    end
    becomes(200) -- it asks by itself
    box:stop()
    assert.matches("the server has not answered for", becomes(503).reason)
    assert.equal(200, (ask("/health/live")))
  end)

  it("listens at a path", function()
    local helper = require("spec.tools.helper")
    local directory = helper.directory()
    health = assert(wats.health.serve { socket = directory .. "/health", systemd = false })
    assert.is_nil(health.port)
    assert.equal("unix:" .. directory .. "/health", health.url)
    local ok, output = helper.sh(("stat -c %%a %s/health"):format(directory))
    assert.is_true(ok)
    assert.equal("600\n", output)
    health:stop()
    assert.is_nil(io.open(directory .. "/health"))
    helper.remove(directory)
  end)

  describe("in a busy process", function()
    local process
    after_each(function() process:stop() end)

    -- Asks until live answers so, at most ten seconds; no answer may take its time.
    local function live_becomes(wanted)
      local deadline = core.monotonic() + 20
      local response, took
      repeat
        response, took = process:ask("/health/live")
        assert.is_true(took < 1)
        if response.status == wanted then return json.decode(response.body) end
        core.sleep(0.02)
      until core.monotonic() > deadline
      assert.equal(wanted, response.status)
    end

    it("answers at once, and tells when the script is lost", function()
      process = health_process.start { heartbeat_timeout = 1 }
      process:tell("os.execute('exec sleep " .. (os.getenv("WATS_TEST_LONG") and 10 or 2) .. "')")
      local response, took = process:ask("/health/live")
      assert.equal(200, response.status)
      assert.is_true(took < 1)
      assert.matches("^no heartbeat for 1%.", live_becomes(503).reason)
      for _, path in ipairs { "/health/ready", "/health", "/health/details", "/metrics" } do
        response, took = process:ask(path)
        assert.equal(path == "/metrics" and 200 or 503, response.status)
        assert.is_true(took < 1)
      end
      process:line() -- it is back
      process:tell("health:beat()")
      process:line()
      live_becomes(200)
    end)

    it("needs no heartbeat while it waits in the library, with auto_beat", function()
      process = health_process.start { heartbeat_timeout = 0.5, auto_beat = true }
      process:tell("wats = require('wats') wats.run(function() wats.sleep(1) end) wats.sleep(1)")
      local deadline = core.monotonic() + 1.5
      while core.monotonic() < deadline do
        assert.equal(200, process:ask("/health/live").status)
        core.sleep(0.05)
      end
      process:line()
      process:tell("local t = os.time() while os.time() - t < 3 do end") -- hung
      live_becomes(503)
      process:line()
    end)
  end)

  describe("with a token", function()
    local TOKEN <const> = "c2VzYW1lLWNhbmFyeQ"

    it("shows nothing to others, and the token to nobody", function()
      serve { token = TOKEN }
      health:set("door", false, "open")
      local status, page = ask("/health/ready")
      assert.equal(503, status)
      assert.same({ status = "not ready" }, page)
      local _, _, response = ask("/metrics")
      assert.equal(401, response.status)
      assert.equal('Bearer realm="wats"', response.headers["www-authenticate"])
      assert.equal(401, (ask("/health/details", { Authorization = "Bearer wrong" })))
      local headers = { Authorization = "Bearer " .. TOKEN }
      for _, path in ipairs { "/health", "/health/ready", "/health/live", "/health/details",
        "/metrics", "/nothing" } do
        _, _, response = ask(path, headers)
        assert.is_true(response.status ~= 401)
        assert.is_nil(response.body:find(TOKEN, 1, true))
      end
      for _, text in ipairs(support.strings(health)) do
        assert.is_nil(text:find(TOKEN, 1, true))
      end
      local ok, problem = pcall(wats.health.serve, { slot = "2", token = TOKEN .. "x" })
      assert.is_false(ok)
      assert.is_nil(problem:find(TOKEN, 1, true))
    end)
  end)

  it("serves only hosts that it knows", function()
    serve { allowed_hosts = { "station.factory" } }
    local function status(host)
      local connection = raw_http.connect(health.port)
      connection:send(("GET /health HTTP/1.1\r\nHost: %s\r\n\r\n"):format(host))
      local response = assert(raw_http.read(connection))
      connection:close()
      return response.status
    end
    assert.equal(200, status("127.0.0.1:80"))
    assert.equal(200, status("station.factory"))
    assert.equal(421, status("evil.example"))
  end)

  it("is shared by slots, and closed by the last", function()
    serve()
    local second = assert(wats.health.serve { slot = "2" })
    assert.equal(health.port, second.port)
    second:set("door", false, "open")
    assert.same({ status = "not ready", reason = "slot 2: door: open" },
      (select(2, ask("/health/ready"))))
    second:stop()
    second:stop()
    second:set("door", true) -- does nothing any more
    assert.is_false(second:unset("door"))
    assert.equal(200, (ask("/health/ready")))
    local port = health.port
    health:stop()
    local again <close> = assert(wats.health.serve { port = port, systemd = false })
    assert.equal(port, again.port)
  end)

  it("stops with its block, and when it is collected", function()
    local port
    do
      local h <close> = serve()
      port = h.port
    end
    serve { port = port }
    health = nil
    collectgarbage()
    collectgarbage()
    serve { port = port }
  end)

  it("returns an error where it cannot listen", function()
    local socket = require("socket")
    local taken = assert(socket.bind("127.0.0.1", 0))
    local _, port = taken:getsockname()
    local nothing, err = wats.health.serve { port = tonumber(port), systemd = false }
    assert.is_nil(nothing)
    assert.matches("listen on 127.0.0.1:" .. port, err.message)
    assert.is_false(err.retryable)
    taken:close()
  end)

  it("ends with the process, however that ends", function()
    for _, ending in ipairs { "", "os.exit(0, true)", "os.exit(0, false)", "health:stop()" } do
      local _, code = other_process.run("http://127.0.0.1:1", {}, [[
        health = assert(wats.health.serve { port = 0, heartbeat_timeout = 1, auto_beat = true })
        health:set("door", true)
      ]] .. ending)
      assert.equal(0, code)
    end
  end)

  it("serves states in several threads", function()
    local helper = require("spec.tools.helper")
    local directory = helper.directory()
    local program = directory .. "/host"
    assert(helper.sh(("%s %s -std=c11 -D_GNU_SOURCE -o %s spec/support/host.c "
      .. "$(pkg-config --cflags --libs lua5.4) -lpthread"):format(os.getenv("CC") or "cc",
        os.getenv("HOST_CFLAGS") or "", program)))
    local ok, output = helper.sh(program .. " 4 5 spec/support/host_health.lua")
    assert.equal("still mapped\n", output)
    assert.is_true(ok)
    helper.remove(directory)
  end)

  it("blames a mistake on the line where it is made", function()
    assert.matches('unknown option "prot" %(did you mean "port"%?%)',
      blamed(function() wats.health.serve { prot = 1 } end))
    for option, value in pairs {
      slot = "", client = {}, metrics = io.stdout, heartbeat_timeout = 0, auto_beat = true,
      require_server = 5, port = 65536, host = "", socket = "", token = 5, allowed_hosts = {},
      instance = 1, systemd = "yes", queue = {},
    } do
      assert.matches('^wats%.health%.serve: option "' .. option .. '"',
        blamed(function() wats.health.serve { port = option ~= "port" and 0 or value,
          [option] = value } end))
    end
    for _, option in ipairs { "slot", "host", "socket", "token", "instance" } do
      assert.matches('^wats%.health%.serve: option "' .. option .. '" must not hold a NUL',
        blamed(function() wats.health.serve { [option] = "a\0b" } end))
    end
    assert.matches("is not an IPv4 or IPv6 address",
      blamed(function() wats.health.serve { host = "nowhere" } end))
    assert.matches("socket: not together with host or port",
      blamed(function() wats.health.serve { socket = "/tmp/x", port = 0 } end))
    serve()
    assert.matches('slot "1" is taken', blamed(function() wats.health.serve {} end))
    assert.matches("listens on 127.0.0.1, port " .. health.port,
      blamed(function() wats.health.serve { slot = "2", host = "0.0.0.0" } end))
    assert.matches("has no token",
      blamed(function() wats.health.serve { slot = "2", token = "x" } end))
    assert.matches("health:set: the name", blamed(function() health:set(1, true) end))
    assert.matches("health:set: the name", blamed(function() health:set("", true) end))
    assert.matches("health:set: the name", blamed(function() health:set("a\0b", true) end))
    assert.matches("1 to 64 bytes of UTF%-8", blamed(function() health:set("\xff", true) end))
    assert.matches("health:set: true or false", blamed(function() health:set("a", 1) end))
    assert.matches("health:set: text", blamed(function() health:set("a", true, 1) end))
    assert.matches("health:unset: the name", blamed(function() health:unset() end))
    assert.matches("call its methods with a colon", blamed(function() health.beat() end))
    assert.matches("call its methods with a colon", blamed(function() health.stop({}) end))
  end)
end)

if not needs.has_sandbox then
  describe("wats.health without libmicrohttpd", function()
    it("raises, and says why", function()
      assert.matches("built without libmicrohttpd",
        blamed(function() wats.health.serve { port = 0 } end))
    end)
  end)
end
