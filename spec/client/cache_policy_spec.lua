-- Lifetimes that a client, or a call, gives in place of the operation table's.

local boxed = require("spec.support.boxed")
local support = require("spec.support.client")
local wats = require("wats")

local PRODUCT = "/api/Product/PCBA-100"
local PROCESSES = "/api/App/Processes"
local UNITS = "/api/Production/Units/Changes"

describe("a client's own lifetimes", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)

  before_each(function()
    -- of which the sandbox knows nothing
    for _, path in ipairs { "/api/Asset/Types", "/api/Product/Vendors", "/api/Unknown/path" } do
      assert(box.sandbox:fault { method = "GET", path = path, times = 0, status = 200,
        body = "[]" })
    end
  end)

  local function connect(cache) return support.connect(box, { cache = cache }) end

  local function status(client, path, options)
    return assert(client:get(path, options)).cache_status
  end

  -- What the cache says of an answer that it has just stored.
  local function lifetime(client, path, options)
    assert(client:get(path, options))
    local told = client.cache:explain(path, options)
    -- a busy machine takes a while until here; all lifetimes are whole fives
    return told.lifetime_from and math.ceil(told.fresh_for / 5) * 5 or told.status
  end

  it("are the table's unless it says so", function()
    local client = connect {}
    assert.same({ 300, 3600, "bypass" },
      { lifetime(client, PRODUCT), lifetime(client, PROCESSES), lifetime(client, UNITS) })
  end)

  it("by class", function()
    local client = connect { ttl = 100, reference_ttl = 50 }
    assert.equal(100, lifetime(client, PRODUCT))
    assert.equal(50, lifetime(client, PROCESSES))
    assert.equal(50, lifetime(client, "/api/Asset/Types"))
    assert.equal(100, lifetime(client, "/api/Unknown/path"))
  end)

  it("by domain, for raw and domain calls alike", function()
    local client = connect { reference_ttl = 50, domains = { product = 60, process = 7200 } }
    assert.equal(60, lifetime(client, PRODUCT))
    assert.equal(60, lifetime(client, "/api/product/Vendors")) -- though it is reference data
    assert.equal(7200, lifetime(client, PROCESSES))
    assert.equal(50, lifetime(client, "/api/App/Levels"))
    local asked = #assert(box.sandbox:journal())
    assert(client.product:get_product("PCBA-100"))
    assert.equal(asked, #assert(box.sandbox:journal()))
  end)

  it("false: not cached unless the request asks for it", function()
    local client = connect { domains = { product = false } }
    for _ = 1, 2 do
      local res = assert(client:get(PRODUCT))
      assert.equal("bypass", res.cache_status)
      assert.equal("the client does not cache this domain", res.cache_reason)
    end
    assert.equal(0, client.cache:stats().requests)
    assert(client.product:get_product("PCBA-100"))
    assert.equal(3, #assert(box.sandbox:journal()))
    assert.equal("bypass", client.cache:explain(PRODUCT).status)
    assert.equal("miss", status(client, PRODUCT, { cache = { ttl = 60 } }))
    assert.equal("hit", status(client, PRODUCT, { cache = { ttl = 60 } }))
    assert.equal("bypass", status(client, PRODUCT))
    assert.equal("miss", status(client, PROCESSES))
    assert.equal("hit", status(client, PROCESSES))
  end)

  it("do not make live what must be asked for anything else", function()
    local client = connect { domains = { production = 60, asset = 60, app = 60 } }
    for _, path in ipairs { UNITS, "/api/App/Version", "/api/Asset/Status?serialNumber=A" } do
      assert.equal("bypass", status(client, path))
      assert.equal("bypass", status(client, path))
    end
    assert.equal(60, lifetime(client, "/api/Asset/Types"))
  end)

  it("stand back behind those of the call, and those behind the server's", function()
    local client = connect { domains = { product = 60 } }
    assert.equal(5, lifetime(client, PRODUCT, { cache = { ttl = 5 } }))
    assert(box.sandbox:fault { method = "GET", path = PRODUCT, times = 0,
      headers = { ["Cache-Control"] = "max-age=700" } })
    client.cache:clear()
    assert.equal(700, lifetime(client, PRODUCT))
    assert.equal("miss", status(connect { domains = { product = 0 } }, PRODUCT))
  end)

  it("hold with ttl = 0, which concerns all others", function()
    local client = connect { ttl = 0, domains = { product = 60 } }
    assert.equal(60, lifetime(client, PRODUCT))
    assert.equal("miss", status(client, PROCESSES))
    assert.equal("revalidated", status(client, PROCESSES))
  end)

  it("are each client's own where a cache is shared", function()
    local name = "cache_policy_spec"
    local long <close> = connect { name = name, domains = { product = 600 } }
    local short <close> = connect { name = name, domains = { product = 1 } }
    local none <close> = connect { name = name, domains = { product = false } }
    assert.equal("miss", status(long, PRODUCT))
    assert.equal("hit", status(short, PRODUCT))
    assert.equal("bypass", status(none, PRODUCT))
    wats.sleep(1.1)
    assert.equal("hit", status(long, PRODUCT))
    assert.equal("revalidated", short.cache:explain(PRODUCT).status)
    assert.equal("revalidated", status(short, PRODUCT))
    assert.equal("hit", status(short, PRODUCT))
    -- what the short one stored is stale for the long one sooner than he would have it, never later
    wats.sleep(1.1)
    assert.equal("revalidated", status(long, PRODUCT))
    assert.equal("hit", status(long, PRODUCT))
  end)
end)
