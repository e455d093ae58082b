-- What was called least recently used went by the time of storing: an answer that was used all the
-- time was evicted first, and each eviction looked at every entry (what it costs here:
-- bench/cache.lua).
local needs = require("spec.support.needs")
local support = require("spec.support.client")
local wats = require("wats")

describe("a full cache", function()
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

  it("keeps what is used, and lets go what was used longest ago", function()
    client = support.connect(box, { cache = { max_entries = 10 } })
    serve("GET", "/api/Product/*")
    status("/api/Product/hot")
    for i = 1, 50 do
      status("/api/Product/cold-" .. i)
      assert.equal("hit", status("/api/Product/hot"))
    end
    local stats = client.cache:stats()
    assert.same({ 10, 41 }, { stats.size, stats.evictions })
    assert.equal("hit", status("/api/Product/cold-50"))
    assert.equal("miss", status("/api/Product/cold-41"))
  end)

  it("lets go what is over before what still serves", function()
    client = support.connect(box, { cache = { max_entries = 3 } })
    serve("GET", "/api/Product/brief", { headers = { ["Cache-Control"] = "max-age=1" } })
    serve("GET", "/api/Product/*")
    status("/api/Product/a")
    status("/api/Product/b")
    status("/api/Product/brief") -- used last, but soon of no use
    wats.sleep(1.3)
    status("/api/Product/c")
    assert.same({ "hit", "hit", "hit" },
      { status("/api/Product/a"), status("/api/Product/b"), status("/api/Product/c") })
    assert.same({ 0, 1 }, { client.cache:stats().evictions, client.cache:stats().expirations })
  end)
end)
