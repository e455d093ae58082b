-- The asynchronous way to cached calls always failed: it called methods that the cache did not
-- have. Here it is the response cache; that of values has its own specs.
local boxed = require("spec.support.boxed")
local wats = require("wats")

describe("a cached call in a task", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)
  local asked = world.asked

  it("is answered as in plain code, from the same cache", function()
    local results = wats.run(wats.gather, {
      function() return world.client.product:get_product("PCBA-100") end,
      function() return world.client.process:get_test_operation("PCBA test") end,
    })
    assert.same({ true, true }, { results[1].ok, results[2].ok })
    assert.equal(2, asked())
    assert.equal("PCBA-100", world.client.product:get_product("PCBA-100").partNumber)
    local again = wats.run(function() return world.client:get("/api/Product/PCBA-100") end)
    assert.equal("hit", again.cache_status)
    assert.equal(2, asked())
  end)
end)
