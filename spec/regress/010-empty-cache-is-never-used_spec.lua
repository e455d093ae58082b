-- A cache that is empty counted as no cache: nothing was ever stored, and three equal requests
-- were three exchanges.
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("a cache in which nothing is yet", function()
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

  it("is used from the first request on", function()
    assert.is_true(client.cache_enabled)
    for i = 1, 3 do
      local res = assert(client:get("/api/Product/PCBA-100"))
      assert.equal(i == 1 and "miss" or "hit", res.cache_status)
      assert.equal(i > 1, res.from_cache)
    end
    assert.equal(1, asked())
    assert.equal(1, client.cache:stats().size)
    client.cache:clear()
    for _ = 1, 3 do assert(client.product:get_product("PCBA-100")) end
    assert.equal(2, asked())
  end)
end)
