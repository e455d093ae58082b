-- Many requests at once to a real web server, over HTTP/1.1 and over HTTP/2 with TLS.

local core = require("wats.core")
local needs = require("spec.support.needs")
local nginx = require("spec.support.nginx")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

describe("a thousand requests, 64 at a time,", function()
  local available = nginx.available()
  local it = needs.that(available, "no nginx or openssl here", it, pending)
  local server
  local SMALL, LARGE = ("x"):rep(300), ("0123456789"):rep(20000)
  local HUGE = ("abcdefghijklmnopqrstuvwxyz"):rep(400000)

  setup(function()
    if available then server = nginx.start { small = SMALL, large = LARGE, huge = HUGE } end
  end)
  teardown(function() if server then server:stop() end end)

  local function ask(url, path, body, count, concurrency)
    local client = support.connect(url, { cache = false, ca_file = server.ca_file })
    local list, version = {}, nil
    for i = 1, count do list[i] = i end
    local results, errors = wats.map(list, function()
      local res = assert(client:get(path))
      version = version or res.http_version
      return res.http_version == version and res.body == body
    end, { concurrency = concurrency or 64 })
    assert.is_nil(errors)
    for i = 1, count do assert.is_true(results[i]) end
    local stats = client:stats()
    assert.equal(count, stats.exchanges)
    assert.equal(count, stats.connections_new + stats.connections_reused)
    assert.equal(0, stats.in_flight)
    return version, stats.connections_new
  end

  it("over HTTP/1.1", function()
    local version, connections = ask(server.url, "/small", SMALL, 1000)
    assert.equal("1.1", version)
    assert.is_true(connections <= 64)
  end)

  it("over HTTP/1.1, by more tasks than there may be connections", function()
    local version, connections = ask(server.url, "/large", LARGE, 500, 200)
    assert.equal("1.1", version)
    assert.is_true(connections <= 64)
  end)

  it("over HTTP/2, whose streams share a connection", function()
    local version, connections = ask(server.tls_url, "/small", SMALL, 1000)
    assert.equal("2", version)
    assert.is_true(connections <= 4, connections .. " connections")
  end)

  -- While one body waits for its sink, the other streams must not.
  local function beside_slow_sink(url)
    local client = support.connect(url, { cache = false, ca_file = server.ca_file })
    wats.run(function()
      local bytes, whole, hurry = 0, true, false
      local slow = wats.spawn(function()
        return client:get("/huge", { sink = function(chunk)
          whole = whole and chunk:byte(1) == HUGE:byte(bytes + 1)
          bytes = bytes + #chunk
          return wats.sleep(hurry and 0 or 0.2)
        end })
      end)
      wats.sleep(0.3)
      local list, begun = {}, core.monotonic()
      for i = 1, 256 do list[i] = i end
      local results, errors = wats.map(list, function()
        return assert(client:get("/large")).body == LARGE
      end, { concurrency = 64 })
      assert.is_nil(errors)
      for i = 1, 256 do assert.is_true(results[i]) end
      assert.is_true(bytes < #HUGE, "the sink was not slow enough")
      assert.is_true(core.monotonic() - begun < 60)
      hurry = true
      assert(slow:join())
      assert.equal(#HUGE, bytes)
      assert.is_true(whole)
    end)
  end

  it("are not held up by a slow sink, over both", function()
    beside_slow_sink(server.url)
    beside_slow_sink(server.tls_url)
  end)

  it("are not held up by a slow first answer, over TLS without HTTP/2", function()
    local slow = raw_servers.start(([[read() sleep(1.5) send(%q)]]):format(
      raw_servers.answer(200, "slow")))
    local old = nginx.start({ small = SMALL }, { http2 = false,
      extra = ("location /slow { proxy_pass %s; }"):format(slow.url) })
    finally(function()
      old:stop()
      slow:stop()
    end)
    local client = support.connect(old.tls_url, { cache = false, ca_file = old.ca_file })
    local first = wats.spawn(client.get, client, "/slow")
    local list = {}
    for i = 1, 20 do list[i] = i end
    local versions, errors = wats.map(list, function()
      return assert(client:get("/small")).http_version
    end)
    assert.is_nil(errors)
    assert.equal("1.1", versions[20])
    assert.is_false(first.finished)
    assert.equal("slow", assert(first:join()).body)
  end)

  it("with large bodies, over both", function()
    ask(server.url, "/large", LARGE, 100)
    ask(server.tls_url, "/large", LARGE, 100)
  end)
end)
