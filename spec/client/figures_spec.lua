-- Statistics and metrics: exact after a known sequence, and with templates for labels.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

-- The samples of a registry, by name with labels.
local function samples(registry)
  local map = {}
  for line in registry:render():gmatch("[^\n]+") do
    local name, value = line:match("^([^#].*) (%S+)$")
    if name then map[name] = tonumber(value) end
  end
  return map
end

local function requests(registry)
  local map = {}
  for name, value in pairs(samples(registry)) do
    local labels = name:match("^wats_http_requests_total{(.*)}$")
    if labels then map[labels] = value end
  end
  return map
end

describe("figures of a client", function()
  local server, client, registry

  setup(function()
    server = raw_servers.start([[
      while true do
        local request = read()
        if not request then return end
        local status = request.target:match("status=(%d+)") or "200"
        if status == "999" then return end
        if status == "302" then
          send("HTTP/1.1 302 X\r\nLocation: /moved\r\nContent-Length: 0\r\n\r\n")
        else
          send("HTTP/1.1 " .. status .. " X\r\nContent-Type: application/json\r\n" ..
            "Content-Length: 2\r\n\r\n[]")
        end
      end
    ]])
  end)

  teardown(function() server:stop() end)

  before_each(function()
    registry = wats.metrics.new()
    client = support.connect(server, { metrics = registry })
  end)

  local function run(count, path, options)
    for _ = 1, count do client:get(path, options) end
  end

  it("are exact after a sequence", function()
    run(4, "/api/Product/A") -- 1 exchange, 3 hits
    run(1, "/api/Product/B")
    run(2, "/api/Product/C", { query = { status = 404 } })
    run(2, "/api/App/Version")
    client:post("/api/Report/WSJF", { json = {}, query = { status = 400 } })
    client:put("/api/Product", { json = {} })
    run(1, "/my/own/secret/path")
    run(1, "/api/App/Version", { timeout = 5, query = { status = 999 } })
    local stats = client:stats()
    assert.same({ 13, 1, 0 }, { stats.requests, stats.failures, stats.in_flight })
    local by = requests(registry)
    local failed = by['method="GET",route="/api/App/Version",status="connection"']
    assert.equal(stats.exchanges, 9 + failed)
    by['method="GET",route="/api/App/Version",status="connection"'] = nil
    assert.same({
      ['method="GET",route="/api/Product/{partNumber}",status="200"'] = 2,
      ['method="GET",route="/api/Product/{partNumber}",status="404"'] = 2,
      ['method="GET",route="/api/App/Version",status="200"'] = 2,
      ['method="POST",route="/api/Report/WSJF",status="400"'] = 1,
      ['method="PUT",route="/api/Product",status="200"'] = 1,
      ['method="GET",route="other",status="200"'] = 1,
    }, by)
    local all = samples(registry)
    assert.same({ 8, 3, 5 }, { all.wats_http_cache_requests_total, all.wats_http_cache_hits_total,
      all.wats_http_cache_misses_total })
    assert.equal(0, all.wats_http_inflight)
    assert.equal(4, all['wats_http_request_duration_seconds_count{method="GET",'
      .. 'route="/api/Product/{partNumber}"}'])
    assert.equal(stats.connections_new, all['wats_http_connections_total{state="new"}'] or 0)
    assert.equal(stats.connections_reused, all['wats_http_connections_total{state="reused"}'] or 0)
    assert.equal(stats.exchanges, stats.connections_new + stats.connections_reused)
  end)

  it("agree with the cache's own", function()
    run(3, "/api/Product/A")
    client:put("/api/Product", { json = {} })
    run(2, "/api/Product/A")
    local all, stats = samples(registry), client.cache:stats()
    for _, name in ipairs { "requests", "hits", "misses", "revalidations", "stores", "evictions",
      "expirations", "invalidations" } do
      assert.equal(stats[name], all[("wats_http_cache_%s_total"):format(name)], name)
    end
    assert.equal(stats.size, all.wats_http_cache_entries)
    assert.equal(stats.bytes, all.wats_http_cache_bytes)
    assert.same({ 5, 3, 2, 0.6 }, { stats.requests, stats.hits, stats.misses, stats.hit_rate })
  end)

  it("name no path, no part number, no method of one's own", function()
    run(1, "/api/Product/SECRET-PN")
    run(1, "/secret/SECRET-PATH", { query = { q = "SECRET-Q" } })
    client:request("SECRETVERB", "/x")
    local text = registry:render()
    assert.falsy(text:find("SECRET"))
    assert.matches('method="other",route="other",status="200"} 1', text)
  end)

  it("count both exchanges of a redirect under the route that was asked for", function()
    run(1, "/api/Product/A", { query = { status = 302 } })
    local by = requests(registry)
    assert.equal(1, by['method="GET",route="/api/Product/{partNumber}",status="302"'])
    assert.equal(1, by['method="GET",route="/api/Product/{partNumber}",status="200"'])
    assert.equal(2, client:stats().exchanges)
    assert.equal(1, client:stats().requests)
  end)

  it("name the kind where there was no answer", function()
    local refused = support.connect("http://127.0.0.1:1", { metrics = registry })
    refused:get("/x")
    client:get("/api/App/Levels", { max_body = 1 })
    local by = requests(registry)
    assert.equal(1, by['method="GET",route="other",status="connection"'])
    assert.equal(1, by['method="GET",route="/api/App/Levels",status="too_large"'])
    assert.equal(1, refused:stats().failures)
    assert.equal(0, refused:stats().connections_new + refused:stats().connections_reused)
  end)

  it("count bytes both ways", function()
    client:post("/x", { body = ("x"):rep(10000) })
    local stats = client:stats()
    assert.is_true(stats.bytes_sent >= 10000 and stats.bytes_sent < 11000)
    assert.is_true(stats.bytes_received > 40 and stats.bytes_received < 500)
  end)

  it("are a snapshot", function()
    local before = client:stats()
    run(1, "/x")
    assert.equal(0, before.requests)
    before.requests = 99
    assert.equal(1, client:stats().requests)
  end)

  it("go to the process-wide registry by default", function()
    local default = assert(wats.connect { base_url = server.url, token = "t" })
    local name = 'method="GET",route="/api/App/ProductGroups",status="200"'
    local before = requests(wats.metrics.default())[name] or 0
    assert(default:get("/api/App/ProductGroups"))
    assert.equal(before + 1, requests(wats.metrics.default())[name])
  end)

  it("of two clients with one registry add up", function()
    local other = support.connect(server, { metrics = registry })
    run(2, "/api/App/Levels")
    other:get("/api/App/Levels")
    local all = samples(registry)
    assert.same({ 3, 1, 2 }, { all.wats_http_cache_requests_total, all.wats_http_cache_hits_total,
      all.wats_http_cache_misses_total })
    assert.equal(2, all.wats_http_cache_entries)
    other = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.equal(1, samples(registry).wats_http_cache_entries)
  end)

  it("tell of connections that are open, in the process's registry", function()
    local own = raw_servers.start([[
      while true do
        local request = read()
        if not request then return end
        send("HTTP/1.1 200 X\r\nContent-Length: 0\r\n" ..
          (request.target == "/last" and "Connection: close\r\n" or "") .. "\r\n")
        if request.target == "/last" then return end
      end
    ]])
    finally(function() own:stop() end)
    local function open()
      return samples(wats.metrics.default()).wats_http_connections_open
    end
    local asking = support.connect(own)
    local before = open()
    assert(asking:get("/first"))
    assert.equal(before + 1, open())
    assert(asking:get("/second"))
    assert.equal(before + 1, open())
    assert(asking:get("/last"))
    assert.equal(before, open())
  end)
end)
