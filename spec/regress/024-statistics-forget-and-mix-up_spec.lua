-- clear() set the statistics back to zero, an answer whose time was over counted as evicted, and
-- sizes, revalidations and invalidations were not counted at all.
local needs = require("spec.support.needs")
local support = require("spec.support.client")
local wats = require("wats")

describe("the figures of a cache", function()
  local box, client

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  local function status(path, options, of)
    return assert((of or client):get(path, options)).cache_status
  end

  -- Answers where the sandbox has no such operation.
  local function serve(method, path, with)
    with = with or {}
    with.method, with.path, with.times = method, path, 0
    with.status = with.status or 200
    with.body = with.body or "{}"
    assert(box.sandbox:fault(with))
  end

  local PATH = "/api/Product/PN1"

  local function of(...)
    local stats, values = client.cache:stats(), {}
    for i, name in ipairs { ... } do values[i] = stats[name] end
    return values
  end

  it("go on through clear", function()
    status("/api/App/Levels")
    status("/api/App/Levels")
    client.cache:clear()
    assert.same({ 2, 1, 1, 1, 0, 0 },
      of("requests", "hits", "misses", "stores", "size", "bytes"))
  end)

  it("tell evictions, expirations and invalidations apart", function()
    client = support.connect(box, { cache = { max_entries = 2, ttl = 0.2 } })
    serve("GET", "/api/Product/*")
    for i = 1, 3 do status("/api/Product/" .. i) end
    assert.same({ 1, 0, 0 }, of("evictions", "expirations", "invalidations"))
    wats.sleep(0.3)
    assert.equal("miss", status("/api/Product/3"))
    status("/api/Product/4")
    assert.same({ 1, 2, 0 }, of("evictions", "expirations", "invalidations"))
    assert.equal(2, client.cache:invalidate("/api/Product"))
    assert.same({ 1, 2, 2, 0, 0 },
      of("evictions", "expirations", "invalidations", "size", "bytes"))
  end)

  it("count bytes, revalidations and what a write drops", function()
    local path = "/api/Product/PCBA-100"
    local body = assert(client:get(path)).body
    assert.is_true(client.cache:stats().bytes >= #body)
    assert.equal("revalidated", status(path, { cache = "refresh" }))
    assert.same({ 1, 2, 0, 0 }, of("revalidations", "misses", "hits", "invalidations"))
    serve("PUT", "/api/Product")
    assert(client:put("/api/Product", { json = {} }))
    assert.same({ 1, 0, 0 }, of("invalidations", "size", "bytes"))
    serve("GET", PATH)
    status(PATH)
    assert.equal(0, client.cache:stats().hit_rate)
    for _ = 1, 3 do status(PATH) end
    assert.equal(0.5, client.cache:stats().hit_rate)
  end)
end)
