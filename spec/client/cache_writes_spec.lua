-- What a write makes stale in the cache, and what it leaves.

local boxed = require("spec.support.boxed")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")

local PRODUCT = "/api/Product/PCBA-100"

describe("after a write", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local status = box.status
  local client
  before_each(function() client = box.client end)

  local function fill()
    for _, path in ipairs { PRODUCT, "/api/Product/PSU-24V-5A", "/api/Product/Query",
      "/api/App/ProductGroups", "/api/App/Processes" } do
      assert(client:get(path))
      assert.equal("hit", status(path))
    end
  end

  local function check_dropped()
    assert.equal("miss", status(PRODUCT))
    assert.equal("miss", status("/api/Product/PSU-24V-5A"))
    assert.equal("miss", status("/api/Product/Query"))
    assert.equal("miss", status("/api/App/ProductGroups"))
    assert.equal("hit", status("/api/App/Processes"))
  end

  local function record()
    return assert(client.product:get_product("PCBA-100", { cache = "bypass" }))
  end

  it("of a domain call what it concerns is dropped, the rest stays", function()
    fill()
    local product = record()
    product.description = "new"
    assert(client.product:update_product(product))
    check_dropped()
    assert.equal("new", assert(client.product:get_product("PCBA-100")).description)
  end)

  it("of a raw call and of client:call just so", function()
    fill()
    assert.equal(200, assert(client:put("/api/Product", { json = record() })).status)
    check_dropped()
    fill()
    assert(client:call("PUT /api/Product", nil, { json = record() }))
    check_dropped()
    fill()
    assert(client:put("/API/product", { json = record() }))
    check_dropped()
  end)

  it("that the server refused everything stays", function()
    fill()
    assert.equal(400, assert(client:put("/api/Product", { json = {} })).status)
    assert.equal("hit", status(PRODUCT))
  end)

  it("whose fate nobody knows it is dropped", function()
    for _, fault in ipairs { { drop = "before", times = 0 }, { drop = "after", times = 0 },
      { status = 502 }, { status = 504 } } do
      assert(box.sandbox:clear_faults())
      fill()
      local value = record()
      fault.method, fault.path = "PUT", "/api/Product"
      assert(box.sandbox:fault(fault))
      local res = client:put("/api/Product", { json = value })
      assert.truthy(not res or res.status >= 502)
      assert(box.sandbox:clear_faults())
      check_dropped()
    end
  end)

  it("that failed for sure everything stays", function()
    fill()
    for _, code in ipairs { 500, 503, 429, 409 } do
      assert(box.sandbox:fault { method = "PUT", path = "/api/Product", status = code })
      assert.equal(code, assert(client:put("/api/Product", { json = {} })).status)
      assert.equal("hit", status(PRODUCT))
    end
  end)

  it("to one family another with a like name stays", function()
    local server = raw_servers.start(raw_servers.always(raw_servers.answer(200, "[]",
      { "Content-Type: application/json" })))
    finally(function() server:stop() end)
    local other = support.connect(server)
    for _, path in ipairs { "/api/thing/1", "/api/things", "/api/thing", "/api/thing/1/2" } do
      assert(other:get(path))
    end
    assert(other:post("/api/thing", { json = {} }))
    assert.equal("miss", status("/api/thing/1", nil, other))
    assert.equal("miss", status("/api/thing", nil, other))
    assert.equal("miss", status("/api/thing/1/2", nil, other))
    assert.equal("hit", status("/api/things", nil, other))
  end)

  it("that only asks everything stays", function()
    fill()
    client:post("/api/App/TopFailed", { json = {} })
    assert.equal("hit", status(PRODUCT))
  end)
end)
