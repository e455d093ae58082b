-- The asynchronous way to cached calls always failed: it called methods that the cache did not
-- have. Here it is the response cache; that of values has its own specs.
local needs = require("spec.support.needs")
local support = require("spec.support.client")
local wats = require("wats")

describe("a cached call in a task", function()
  local box, client

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  local function asked() return #assert(box.sandbox:journal()) end

  it("is answered as in plain code, from the same cache", function()
    local results = wats.run(wats.gather, {
      function() return client.product:get_product("PCBA-100") end,
      function() return client.process:get_test_operation("PCBA test") end,
    })
    assert.same({ true, true }, { results[1].ok, results[2].ok })
    assert.equal(2, asked())
    assert.equal("PCBA-100", client.product:get_product("PCBA-100").partNumber)
    local again = wats.run(function() return client:get("/api/Product/PCBA-100") end)
    assert.equal("hit", again.cache_status)
    assert.equal(2, asked())
  end)
end)
