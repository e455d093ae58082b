-- What the page says of the queue is what the server's journal says, whatever goes wrong.

local json = require("wats.json")
local parser = dofile("spec/exposition_parser.lua")
local queued = require("spec.support.queued")
local raw_http = require("spec.support.raw_http")
local support = require("spec.support.client")
local wats = require("wats")

describe("the figures of a queue", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)

  local TROUBLES = {
    { status = 503, headers = { ["Retry-After"] = "0" } },
    { status = 429, headers = { ["Retry-After"] = "0" } },
    { status = 500 }, { drop = "before" }, { drop = "after" }, { drop = "mid" },
  }

  local function strike()
    local fault = { method = "POST", path = "/api/Report/WSJF" }
    for name, value in pairs(TROUBLES[math.random(#TROUBLES)]) do fault[name] = value end
    assert(world.sandbox:fault(fault))
  end

  -- What came of the posts: each outcome as a client can know of it, how many reports were
  -- confirmed, and how many were refused, each of them twice.
  local function truth()
    local seen = { confirmed = 0, refused = 0, outcomes = {}, posts = 0 }
    for _, entry in ipairs(world.posts()) do
      local outcome = entry.dropped and "connection" or tostring(entry.status)
      seen.outcomes[outcome] = (seen.outcomes[outcome] or 0) + 1
      seen.posts = seen.posts + 1
      if outcome == "200" then seen.confirmed = seen.confirmed + 1 end
      if outcome == "400" then seen.refused = seen.refused + 1 / 2 end
    end
    return seen
  end

  -- The figures after the duplicate, which comes last: a scrape that finds the queue busy tells
  -- what was before.
  local function scraped(port)
    return world.until_true(function()
      local page = assert(raw_http.request(port, { path = "/metrics" })).body
      local all = parser.parse(page)
      return all.wats_queue_duplicate_total.samples[1].value == 1 and all
    end)
  end

  it("are the server's journal after a run with faults", function()
    math.randomseed(44)
    local registry = wats.metrics.new()
    local client = support.connect(world.sandbox.url, { metrics = registry, cache = false,
      retry = { base_delay = 0.001 } })
    local queue = world.open { client = client, recovery_spread = 0, concurrency = 3 }
    local health <close> = assert(wats.health.serve { port = 0, systemd = false, client = client,
      queue = queue, metrics = registry })
    local COUNT <const> = 40
    local first
    for i = 1, COUNT do
      if i % 2 == 0 then strike() end
      local text = world.text(i % 13 == 0 and { processCode = 4711 } or nil)
      first = first or text
      assert(queue:submit(text))
    end
    assert(queue:flush(world.LONG))
    assert(queue:submit(first)) -- it is known
    assert(queue:flush(world.LONG))

    local seen = truth()
    local families = scraped(health.port)
    local function figure(name, labels)
      local sum = 0
      for _, sample in ipairs(assert(families[name], name).samples) do
        local fits = true
        for label, value in pairs(labels or {}) do fits = fits and sample.labels[label] == value end
        if fits then sum = sum + sample.value end
      end
      return sum
    end
    assert.is_true(seen.refused == 3 and seen.outcomes.connection > 2 and seen.posts > COUNT)
    assert.equal(COUNT, figure("wats_queue_enqueued_total"))
    assert.equal(1, figure("wats_queue_duplicate_total"))
    assert.equal(seen.confirmed, figure("wats_queue_sent_total"))
    assert.equal(seen.refused, figure("wats_queue_dead_total"))
    assert.equal(COUNT, seen.confirmed + seen.refused)
    assert.equal(seen.refused, figure("wats_queue_depth", { state = "dead" }))
    assert.equal(seen.refused, figure("wats_queue_depth"))
    assert.equal(0, figure("wats_queue_oldest_age_seconds"))
    for outcome, count in pairs(seen.outcomes) do
      assert.equal(count, figure("wats_http_requests_total",
        { method = "POST", route = "/api/Report/WSJF", status = outcome }), outcome)
    end
    assert.equal(seen.posts, figure("wats_http_requests_total"))

    local details = assert(raw_http.request(health.port, { path = "/health/details" })).body
    local shown = json.decode(details).details.slots["1"]
    assert.equal(0, shown.queue.size)
    assert.equal(0, shown.queue.active_workers)
    assert.equal(seen.refused, shown.queue.dead)
    assert.equal(seen.confirmed + seen.refused, shown.queue.total_processed)
    assert.equal(seen.posts, shown.client.engine.exchanges)
    local page = assert(raw_http.request(health.port, { path = "/metrics",
      headers = { Accept = "application/json" } })).body
    assert.same({ size = 0, active_workers = 0, total_processed = shown.queue.total_processed },
      json.decode(page).queue)
  end)
end)
