-- With a cache attached, the handler of /metrics asked it for figures that it had not, died, and
-- the connection was closed without an answer; and with Prometheus' format the cache's figures were
-- gone.
local json = require("wats.json")
local needs = require("spec.support.needs")
local raw_http = require("spec.support.raw_http")
local support = require("spec.support.client")
local wats = require("wats")

describe("/metrics with a cache attached", function()
  local it = needs.sandbox(it, pending)
  local box
  after_each(function() box:stop() end)

  it("has the cache's figures in each format", function()
    box = support.sandbox()
    local registry = wats.metrics.new()
    local client <close> = support.connect(box, { metrics = registry })
    local health <close> = assert(wats.health.serve { port = 0, client = client, metrics = registry,
      systemd = false })
    for _ = 1, 3 do assert(client:get("/api/Product/PCBA-100")) end
    local function page(path, accept)
      local response = assert(raw_http.request(health.port, { path = path,
        headers = { Accept = accept } }))
      assert.equal(200, response.status)
      return response.body
    end
    for _, accept in ipairs { "text/plain", "application/openmetrics-text" } do
      local text = page("/metrics", accept)
      assert.matches("\nwats_http_cache_hits_total 2\n", text)
      assert.matches("\nwats_http_cache_misses_total 1\n", text)
      assert.matches("\nwats_http_cache_entries 1\n", text)
    end
    local families = {}
    for _, family in ipairs(json.decode(page("/metrics", "application/json")).families) do
      families[family.name] = family.metrics[1].value
    end
    assert.equal(2, families.wats_http_cache_hits_total)
    local cache = json.decode(page("/health/details")).details.slots["1"].http_cache
    assert.same({ true, 3, 2, 1, 1, 1000 }, { cache.enabled, cache.requests, cache.hits,
      cache.misses, cache.size, cache.max_size })
    assert.is_true(cache.hit_rate > 0.66 and cache.hit_rate < 0.67) -- of 1, not of 100
  end)
end)
