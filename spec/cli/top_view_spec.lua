-- What a page of `wats top` shows, of figures that are known.

local metrics = require("wats.metrics")
local station_page = require("wats.cli.station_page")
local top_view = require("wats.cli.top_view")

describe("the view of a station", function()
  local registry, requests, durations

  before_each(function()
    registry = metrics.new()
    requests = registry:counter("wats_http_requests_total", "", { "method", "route", "status" })
    durations = registry:histogram("wats_http_request_duration_seconds", "",
      { "method", "route" }, { buckets = { 0.1, 0.2, 0.4 } })
  end)

  local function reading(time)
    return { time = time, wall = 1769806901 + time, series = station_page.read(registry:render()) }
  end

  local function ask(count, seconds, status, route)
    route = route or "/api/A"
    requests:inc(count, { method = "GET", route = route, status = status })
    for _ = 1, count do durations:observe(seconds, { method = "GET", route = route }) end
  end

  local function line(lines, beginning)
    for _, text in ipairs(lines) do
      if text:find(beginning, 1, true) == 1 then return (text:gsub(" +", " ")) end
    end
  end

  it("is one of nothing where there is nothing", function()
    local lines = top_view.lines({ time = 0, wall = 0, series = {} }, nil, "http://s")
    assert.equal("http://s wats - up - 1970-01-01 00:00:00 UTC", line(lines, "http"))
    assert.equal("queue none is open", line(lines, "queue"))
    assert.equal("cache none", line(lines, "cache"))
  end)

  it("has rates and durations of the time between two readings", function()
    ask(100, 0.15, 200)
    local before = reading(0)
    ask(30, 0.35, 200)
    ask(10, 0.05, 503)
    ask(5, 0.05, "timeout", "/api/B")
    local lines = top_view.lines(reading(10), before, "u")
    assert.equal("GET /api/A 4.00 140 10 267 ms 387 ms", line(lines, "GET /api/A"))
    assert.equal("GET /api/B 0.50 5 5 50 ms 95 ms", line(lines, "GET /api/B"))
  end)

  it("has durations of all the time where there is one reading", function()
    ask(100, 0.15, 200)
    local lines = top_view.lines(reading(0), nil, "u")
    assert.equal("GET /api/A - 100 0 150 ms 195 ms", line(lines, "GET /api/A"))
  end)

  it("takes a counter that has fallen for one that began anew", function()
    ask(100, 0.15, 200)
    local before = reading(0)
    requests:clear()
    durations:clear()
    ask(20, 0.15, 200)
    local lines = top_view.lines(reading(10), before, "u")
    assert.equal("GET /api/A 2.00 20 0 150 ms 195 ms", line(lines, "GET /api/A"))
  end)

  it("tells of queue, cache, server, slots and process", function()
    local depth = registry:gauge("wats_queue_depth", "", { "state" })
    depth:set(3, { state = "ready" })
    depth:set(2, { state = "in_flight" })
    depth:set(1, { state = "dead" })
    registry:gauge("wats_queue_oldest_age_seconds", ""):set(7300)
    registry:gauge("wats_queue_bytes", ""):set(2048)
    local sent = registry:counter("wats_queue_sent_total", "")
    sent:inc(10)
    for name, value in pairs { requests = 8, hits = 6, stale = 1 } do
      registry:counter(("wats_http_cache_%s_total"):format(name), ""):inc(value)
    end
    registry:gauge("wats_http_cache_bytes", ""):set(3 * 1024 ^ 2)
    registry:gauge("wats_breaker_state", "", { "server" }):set(2, { server = "https://w\27[31m" })
    local age = registry:gauge("wats_health_heartbeat_age_seconds", "", { "slot" })
    local timeout = registry:gauge("wats_health_heartbeat_timeout_seconds", "", { "slot" })
    age:set(31, { slot = "1" })
    age:set(1, { slot = "2" })
    age:set(0 / 0, { slot = "3" })
    for slot = 1, 3 do timeout:set(30, { slot = slot }) end
    local cpu = registry:counter("process_cpu_seconds_total", "")
    local before = reading(0)
    sent:inc(5)
    cpu:inc(1)
    local lines = top_view.lines(reading(10), before, "u")
    assert.equal("queue ready 3 in flight 2 dead 1", line(lines, "queue"))
    assert.equal(" oldest 2 h 2 KB queued - sent 15 30/min", line(lines, "           oldest"))
    assert.equal("cache hits 75 % now - look-ups 8 stale 1 entries - of - 3 MB of -",
      line(lines, "cache"))
    assert.equal("server https://w?[31m circuit breaker open", line(lines, "server"))
    assert.equal("slot 1 last sign of life 31 s ago IT HANGS", line(lines, "slot 1"))
    assert.equal("slot 2 last sign of life 1 s ago", line(lines, "slot 2"))
    assert.is_nil(line(lines, "slot 3"))
    assert.equal("process processor 10 % memory - Lua - threads - files -", line(lines, "process"))
  end)

  it("shows no control characters of a page", function()
    ask(1, 0.1, 200, "/a\0b\n\27[31m")
    local lines = top_view.lines(reading(0), nil, "u")
    assert.matches("GET /a?b??[31m", line(lines, "GET "), 1, true)
  end)

  it("keeps within the rows that there are, the busiest routes first", function()
    for i = 1, 30 do ask(i, 0.1, 200, ("/api/%02d"):format(i)) end
    local lines = top_view.lines(reading(0), nil, "u", 20)
    assert.equal(20, #lines)
    assert.truthy(line(lines, "GET /api/30"))
    assert.is_nil(line(lines, "GET /api/05"))
  end)

  it("finds quantiles as Prometheus does", function()
    local buckets = { { 1, 10 }, { 2, 30 }, { math.huge, 40 } }
    assert.equal(1.5, top_view.quantile(buckets, 0.5))
    assert.equal(1, top_view.quantile(buckets, 0.25))
    assert.equal(2, top_view.quantile(buckets, 0.99))
    assert.equal(0.4, top_view.quantile(buckets, 0.1))
    assert.is_nil(top_view.quantile({ { 1, 0 }, { math.huge, 0 } }, 0.5))
    assert.is_nil(top_view.quantile({}, 0.5))
  end)
end)
