-- clear() set the statistics back to zero, an answer whose time was over counted as evicted, and
-- sizes, revalidations and invalidations were not counted at all.
local boxed = require("spec.support.boxed")
local support = require("spec.support.client")
local wats = require("wats")

describe("the figures of a cache", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)
  local status, serve = world.status, world.serve

  local PATH = "/api/Product/PN1"

  local function of(...)
    local stats, values = world.client.cache:stats(), {}
    for i, name in ipairs { ... } do values[i] = stats[name] end
    return values
  end

  it("go on through clear", function()
    status("/api/App/Levels")
    status("/api/App/Levels")
    world.client.cache:clear()
    assert.same({ 2, 1, 1, 1, 0, 0 },
      of("requests", "hits", "misses", "stores", "size", "bytes"))
  end)

  it("tell evictions, expirations and invalidations apart", function()
    world.client = support.connect(world, { cache = { max_entries = 2, ttl = 1 } })
    serve("GET", "/api/Product/*")
    for i = 1, 3 do status("/api/Product/" .. i) end
    assert.same({ 1, 0, 0 }, of("evictions", "expirations", "invalidations"))
    wats.sleep(1.1)
    assert.equal("miss", status("/api/Product/3"))
    status("/api/Product/4")
    assert.same({ 1, 2, 0 }, of("evictions", "expirations", "invalidations"))
    assert.equal(2, world.client.cache:invalidate("/api/Product"))
    assert.same({ 1, 2, 2, 0, 0 },
      of("evictions", "expirations", "invalidations", "size", "bytes"))
  end)

  it("count bytes, revalidations and what a write drops", function()
    local path = "/api/Product/PCBA-100"
    local body = assert(world.client:get(path)).body
    assert.is_true(world.client.cache:stats().bytes >= #body)
    assert.equal("revalidated", status(path, { cache = "refresh" }))
    assert.same({ 1, 2, 0, 0 }, of("revalidations", "misses", "hits", "invalidations"))
    serve("PUT", "/api/Product")
    assert(world.client:put("/api/Product", { json = {} }))
    assert.same({ 1, 0, 0 }, of("invalidations", "size", "bytes"))
    serve("GET", PATH)
    status(PATH)
    assert.equal(0, world.client.cache:stats().hit_rate)
    for _ = 1, 3 do status(PATH) end
    assert.equal(0.5, world.client.cache:stats().hit_rate)
  end)
end)
