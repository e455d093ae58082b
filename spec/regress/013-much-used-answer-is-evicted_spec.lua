-- What was called least recently used went by the time of storing: an answer that was used all the
-- time was evicted first, and each eviction looked at every entry (what it costs here:
-- bench/cache.lua).
local boxed = require("spec.support.boxed")
local support = require("spec.support.client")
local wats = require("wats")

describe("a full cache", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)
  local status, serve = world.status, world.serve

  it("keeps what is used, and lets go what was used longest ago", function()
    world.client = support.connect(world, { cache = { max_entries = 10 } })
    serve("GET", "/api/Product/*")
    status("/api/Product/hot")
    for i = 1, 50 do
      status("/api/Product/cold-" .. i)
      assert.equal("hit", status("/api/Product/hot"))
    end
    local stats = world.client.cache:stats()
    assert.same({ 10, 41 }, { stats.size, stats.evictions })
    assert.equal("hit", status("/api/Product/cold-50"))
    assert.equal("miss", status("/api/Product/cold-41"))
  end)

  it("lets go what is over before what still serves", function()
    world.client = support.connect(world, { cache = { max_entries = 3 } })
    serve("GET", "/api/Product/brief", { headers = { ["Cache-Control"] = "max-age=1" } })
    serve("GET", "/api/Product/*")
    status("/api/Product/a")
    status("/api/Product/b")
    status("/api/Product/brief") -- used last, but soon of no use
    wats.sleep(1.3)
    status("/api/Product/c")
    assert.same({ "hit", "hit", "hit" },
      { status("/api/Product/a"), status("/api/Product/b"), status("/api/Product/c") })
    assert.same({ 0, 1 },
      { world.client.cache:stats().evictions, world.client.cache:stats().expirations })
  end)
end)
