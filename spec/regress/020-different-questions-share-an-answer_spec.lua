-- The key of the cache was the path and the query's values as they were: neither server nor user
-- nor Accept counted, a = "1&b=2" was the same as a = 1, b = 2, and a parameter without a value
-- made another key though it was not sent.
local boxed = require("spec.support.boxed")
local support = require("spec.support.client")

describe("the key of an answer", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)
  local status, asked, serve = world.status, world.asked, world.serve

  local PRODUCT = "/api/Product/PCBA-100"

  it("tells apart servers, users and forms", function()
    local other = support.sandbox()
    finally(function() other:stop() end)
    local function connect(options)
      options.cache = { name = "regress 020" }
      return support.connect(world, options)
    end
    local own, elsewhere = connect {}, connect { base_url = other.sandbox.url }
    local stranger = connect { token = "c3RyYW5nZXI=" }
    assert.equal("miss", status(PRODUCT, nil, own))
    assert.equal("miss", status(PRODUCT, nil, elsewhere))
    assert.equal(401, assert(stranger:get(PRODUCT)).status)
    assert.equal("miss", status(PRODUCT, { headers = { Accept = "application/xml" } }, own))
    assert.equal("hit", status(PRODUCT, { headers = { Accept = "application/xml" } }, own))
    assert.equal("hit", status(PRODUCT, nil, own))
    for _, each in ipairs { own, elsewhere, stranger } do each:close() end
  end)

  it("tells apart values, however they are spelled", function()
    serve("GET", PRODUCT)
    assert.equal("miss", status(PRODUCT, { query = { a = "1&b=2" } }))
    assert.equal("miss", status(PRODUCT, { query = { a = 1, b = 2 } }))
    assert.equal("hit", status(PRODUCT, { query = { b = "2", a = "1" } }))
    assert.equal("miss", status(PRODUCT, { query = { A = 1, b = 2 } }))
    assert.equal(3, asked())
  end)

  it("is the same for what is sent as the same", function()
    assert.equal("miss", status("/api/App/Processes"))
    assert.equal("hit", status("/api/App/Processes", { query = {} }))
    assert.equal("hit", status("/api/app/PROCESSES"))
    assert.equal("hit", status("/api/App/%50rocesses"))
    assert(world.client:call("GET /api/App/Processes", { includeWipOperations = nil }))
    assert.equal(1, asked())
    -- a part number is not a literal: its case counts
    assert.equal("miss", status("/api/Product/PCBA-100"))
    assert.equal("miss", status("/api/Product/pcba-100"))
  end)
end)
