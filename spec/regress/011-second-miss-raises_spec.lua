-- As soon as one answer was stored, the next miss raised after its exchange: storing called a
-- method that the cache did not have.
local boxed = require("spec.support.boxed")

describe("a miss while something is stored", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("is answered, and stored as well", function()
    for i, path in ipairs { "/api/Product/PCBA-100", "/api/App/Levels", "/api/App/Processes" } do
      local res = assert(world.client:get(path))
      assert.same({ 200, "miss" }, { res.status, res.cache_status })
      assert.equal(i, world.client.cache:stats().size)
    end
    assert(world.client.product:get_product("PSU-24V-5A"))
    assert.equal(4, world.client.cache:stats().stores)
  end)
end)
