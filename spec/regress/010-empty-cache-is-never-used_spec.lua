-- A cache that is empty counted as no cache: nothing was ever stored, and three equal requests
-- were three exchanges.
local boxed = require("spec.support.boxed")

describe("a cache in which nothing is yet", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)
  local asked = world.asked

  it("is used from the first request on", function()
    assert.is_true(world.client.cache_enabled)
    for i = 1, 3 do
      local res = assert(world.client:get("/api/Product/PCBA-100"))
      assert.equal(i == 1 and "miss" or "hit", res.cache_status)
      assert.equal(i > 1, res.from_cache)
    end
    assert.equal(1, asked())
    assert.equal(1, world.client.cache:stats().size)
    world.client.cache:clear()
    for _ = 1, 3 do assert(world.client.product:get_product("PCBA-100")) end
    assert.equal(2, asked())
  end)
end)
