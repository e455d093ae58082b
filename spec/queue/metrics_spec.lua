-- The figures of queues in a registry: wats_queue_*.

local json = require("wats.json")
local queued = require("spec.support.queued")
local support = require("spec.support.client")
local wats = require("wats")

describe("the metrics of a queue", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)

  -- Of a registry: name, or name.state -> value.
  local function read(registry)
    local values = {}
    for _, family in ipairs(json.decode(registry:render("json")).families) do
      for _, metric in ipairs(family.metrics) do
        local state = metric.labels.state
        if family.name:find("^wats_queue_") then
          values[family.name .. (state and "." .. state or "")] = metric.value
        end
      end
    end
    return values
  end

  local function with_registry()
    local registry = wats.metrics.new()
    return registry, support.connect(world.sandbox.url, { metrics = registry })
  end

  -- A scrape waits 20 ms for the queue, which may be busy: then it tells what was before, or that
  -- nothing is known.
  local function known(registry, is_told)
    return world.until_true(function()
      local values = read(registry)
      local told = values["wats_queue_depth.ready"] ~= "NaN" and (not is_told or is_told(values))
      return told and values
    end)
  end

  -- The figures come to be these.
  local function shows(registry, expected)
    known(registry, function(now)
      for name, value in pairs(expected) do
        if now["wats_queue_" .. name] ~= value then return false end
      end
      return true
    end)
  end

  it("are in the client's registry from its opening", function()
    local registry, client = with_registry()
    assert.is_nil(next(read(registry)))
    world.open { client = client }
    local values = known(registry)
    for _, state in ipairs { "ready", "waiting", "blocked", "in_flight", "dead", "lifeboat" } do
      assert.equal(0, values["wats_queue_depth." .. state])
    end
    for _, name in ipairs { "bytes", "oldest_age_seconds", "enqueued_total", "sent_total",
      "dead_total", "duplicate_total", "lifeboat_total", "damaged_total", "lost_leases_total" } do
      assert.equal(0, values["wats_queue_" .. name], name)
    end
  end)

  it("say what waits, what was sent and what died", function()
    local registry, client = with_registry()
    local store = world.store()
    local text = world.text()
    assert(store:submit(text))
    assert(store:submit(world.text { id = "not an id" } and world.text()))
    world.answer { delay_ms = 1000, status = 400, times = 2 }
    local queue = world.open { client = client, concurrency = 1 }
    world.until_true(function() return queue:stats().in_flight == 1 end)
    local values = known(registry, function(now)
      return now["wats_queue_depth.in_flight"] + now["wats_queue_depth.ready"] == 2
    end)
    assert.is_true(values.wats_queue_bytes > #text)
    assert.is_true(values.wats_queue_oldest_age_seconds >= 0)
    assert(world.sandbox:clear_faults())
    assert(queue:flush(world.LONG))
    assert(queue:submit(text))
    values = known(registry, function(now)
      return now["wats_queue_depth.ready"] == 0
        and now.wats_queue_sent_total + now.wats_queue_dead_total == 2
    end)
    assert.equal(queue:stats().dead, values["wats_queue_depth.dead"])
    assert.equal(values["wats_queue_depth.dead"], values.wats_queue_dead_total)
  end)

  it("count what was taken in and what was there already", function()
    local registry, client = with_registry()
    local queue = world.open { client = client }
    local text = world.text()
    assert(queue:submit(text))
    assert(queue:submit_batch { world.text(), world.text() })
    assert(queue:flush(world.LONG))
    assert(queue:submit(text))
    shows(registry, { enqueued_total = 3, duplicate_total = 1, sent_total = 3 })
  end)

  it("count a file once, however many have it open, and add up files", function()
    local registry, client = with_registry()
    world.open { client = client }
    world.open { client = client }
    local other = "https://other.example"
    assert(world.store { base_url = other }:submit(world.text()))
    shows(registry, { ["depth.ready"] = 1 })
    local second = world.directory .. "/second.db"
    world.open { path = second, client = client }
    assert(world.store { path = second, base_url = other }:submit(world.text()))
    shows(registry, { ["depth.ready"] = 2 })
  end)

  it("never count backwards when a queue is closed and opened again", function()
    local registry, client = with_registry()
    for i = 1, 3 do
      local queue = world.open { client = client }
      assert(queue:submit(world.text()))
      assert(queue:flush(world.LONG))
      queue:close()
      shows(registry, { sent_total = i, enqueued_total = i, ["depth.ready"] = 0 })
    end
  end)

  it("of a queue without a client are in the default registry", function()
    local before = read(wats.metrics.default()).wats_queue_enqueued_total or 0
    local queue = world.store()
    assert(queue:submit(world.text()))
    local values = read(wats.metrics.default())
    assert.equal(before + 1, values.wats_queue_enqueued_total)
    assert.equal(1, values["wats_queue_depth.ready"])
    queue:close()
    assert.equal(0, read(wats.metrics.default())["wats_queue_depth.ready"])
  end)
end)
