-- The figures on the page are what the server saw and what the script got, whatever goes wrong.

local needs = require("spec.support.needs")
local parser = dofile("spec/exposition_parser.lua")
local support = require("spec.support.client")
local wats = require("wats")

describe("the page of figures", function()
  local box, registry

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    registry = wats.metrics.new()
  end)

  -- The sum of a family's samples, or of those with these labels; 0 when there is none.
  local function figure(name, labels)
    local family = parser.parse(registry:render())[name]
    local sum = 0
    for _, sample in ipairs(family and (family.histograms or family.samples) or {}) do
      local fits = true
      for label, value in pairs(labels or {}) do
        fits = fits and sample.labels[label] == value
      end
      if fits then sum = sum + (sample.count or sample.value) end
    end
    return sum
  end

  local PRODUCTS = { "/api/Product/PCBA-100", "/api/Product/none", "/api/App/Version",
    "/api/Product/Query", "/api/App/Processes" }

  local function strike()
    local fault = ({
      { status = 503, headers = { ["Retry-After"] = "0" } },
      { status = 503, headers = { ["Retry-After"] = "0" }, times = 4 },
      { status = 500 }, { status = 429, headers = { ["Retry-After"] = "0" } },
      { drop = "before", times = 4 }, { drop = "mid", times = 4 }, { drop = "after" },
      { headers = { ["Cache-Control"] = "max-age=100" } },
    })[math.random(8)]
    fault.path = PRODUCTS[math.random(#PRODUCTS)]
    assert(box.sandbox:fault(fault))
  end

  -- Does `count` random requests with faults in their way, and counts what came of them.
  local function work(client, count, got)
    for i = 1, count do
      if math.random(3) == 1 then strike() end
      local method = math.random(8) == 1 and "POST" or "GET"
      local options = { cache = math.random(4) == 1 and "bypass" or nil }
      if method == "POST" then options.json = { number = i } end
      local res = client:request(method, PRODUCTS[math.random(#PRODUCTS)], options)
      local status = res and res.cache_status or "error"
      got[status] = (got[status] or 0) + 1
      if res then got.attempts = got.attempts + res.attempts end
    end
  end

  -- What the server saw, by what a client can know of it.
  local function truth()
    local seen = { total = 0, status = {}, requests = {}, ids = 0 }
    for _, entry in ipairs(assert(box.sandbox:journal())) do
      -- half of no body is an answer
      local lost = entry.dropped and not (entry.dropped == "mid" and entry.status == 304)
      local status = lost and "connection" or tostring(entry.status)
      local key = entry.method .. " " .. status
      seen.status[key] = (seen.status[key] or 0) + 1
      seen.total = seen.total + 1
      local id
      for name, value in pairs(entry.headers) do
        if name:lower() == "x-request-id" then id = value end
      end
      if not seen.requests[id] then seen.ids = seen.ids + 1 end
      seen.requests[id] = (seen.requests[id] or 0) + 1
    end
    return seen
  end

  local function compare(client, got)
    local seen = truth()
    assert.is_true(seen.total > 100)
    for key, count in pairs(seen.status) do
      local method, status = key:match("(%S+) (%S+)")
      assert.equal(count, figure("wats_http_requests_total", { method = method, status = status }),
        key)
    end
    assert.equal(seen.total, figure("wats_http_requests_total"))
    local stats = client:stats()
    assert.equal(seen.total, stats.exchanges)
    assert.equal(stats.retries, figure("wats_http_retries_total"))
    assert.equal(stats.retries, figure("wats_http_wait_seconds", { ["for"] = "retry" }))
    assert.equal(0, figure("wats_http_inflight"))
    local stored = client.cache:stats()
    for _, name in ipairs { "requests", "hits", "misses", "stale", "revalidations", "stores" } do
      assert.equal(stored[name], figure(("wats_http_cache_%s_total"):format(name)), name)
    end
    assert.equal(got.stale or 0, figure("wats_http_cache_stale_total"))
    assert.equal(got.revalidated or 0, figure("wats_http_cache_revalidations_total"))
    assert.equal(got.hit or 0, figure("wats_http_cache_hits_total"))
    return seen
  end

  it("is the server's journal after a run with faults", function()
    math.randomseed(42)
    local client = support.connect(box, { metrics = registry,
      cache = { ttl = 0, stale_if_error = 3600 },
      retry = { base_delay = 0.0001, max_delay = 0.001, budget = 1000 } })
    local got = { attempts = 0 }
    work(client, 300, got)
    local seen = compare(client, got)
    assert.is_true(got.stale > 3 and got.hit > 3 and got.revalidated > 3 and got.error > 3,
      ("%s %s %s %s"):format(got.stale, got.hit, got.revalidated, got.error))
    assert.is_true(figure("wats_http_retries_total") > 20)
    -- All exchanges of a request have one id: those beyond the first are its retries, but for what
    -- went into a kept connection that turned out dead.
    local again = seen.total - seen.ids
    assert.is_true(again >= figure("wats_http_retries_total"))
    assert.equal(seen.total, figure("wats_http_request_duration_seconds")
      + again - figure("wats_http_retries_total"))
  end)

  it("is so too when tasks share a client", function()
    math.randomseed(43)
    local client = support.connect(box, { metrics = registry,
      cache = { ttl = 0, stale_if_error = 3600 },
      retry = { base_delay = 0.0001, max_delay = 0.001, budget = 1000 } })
    local got, jobs = { attempts = 0 }, {}
    for i = 1, 8 do jobs[i] = function() work(client, 40, got) end end
    for _, result in ipairs(wats.run(wats.gather, jobs)) do
      assert.is_true(result.ok, result.err and tostring(result.err))
    end
    local seen = truth()
    assert.equal(seen.total, figure("wats_http_requests_total"))
    assert.equal(seen.total, client:stats().exchanges)
    assert.equal(client:stats().retries, figure("wats_http_retries_total"))
    assert.equal(client.cache:stats().hits, figure("wats_http_cache_hits_total"))
  end)

  it("tells how often the breaker turned, and what it and the limiter kept back", function()
    -- limits are shared by all clients of a server
    local own = support.sandbox()
    finally(function() own:stop() end)
    local server = own.sandbox.url
    local client = support.connect(own, { metrics = registry, cache = false,
      circuit_breaker = { min_calls = 4, open_for = 0.05 },
      rate_limit = { requests = 10, window = 600, max_wait = 0 } })
    local function state() return figure("wats_breaker_state", { server = server }) end
    local function turns(to)
      return figure("wats_breaker_transitions_total", { server = server, state = to })
    end
    assert.same({ 0, 0, 0, 0 }, { state(), turns("open"), turns("half_open"), turns("closed") })
    assert(own.sandbox:fault { path = "/api/App/Version", times = 4, status = 500 })
    for _ = 1, 7 do client:get("/api/App/Version") end
    assert.equal(2, state())
    assert.same({ 1, 0, 0 }, { turns("open"), turns("half_open"), turns("closed") })
    assert.equal(3, figure("wats_http_refused_total", { by = "breaker" }))
    wats.sleep(0.06)
    for _ = 1, 6 do assert(client:get("/api/App/Version")) end
    assert.equal(0, state())
    assert.same({ 1, 1, 1 }, { turns("open"), turns("half_open"), turns("closed") })
    for _ = 1, 2 do
      assert.equal("rate_limited", select(2, client:get("/api/App/Version")).kind)
    end
    assert.equal(2, figure("wats_http_refused_total", { by = "limiter" }))
    assert.equal(10, #own.sandbox:journal())
    assert.equal(10, figure("wats_http_requests_total"))
    assert.equal(client:stats().breaker.opened, turns("open"))
  end)
end)
