-- As soon as one answer was stored, the next miss raised after its exchange: storing called a
-- method that the cache did not have.
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("a miss while something is stored", function()
  local box, client

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  it("is answered, and stored as well", function()
    for i, path in ipairs { "/api/Product/PCBA-100", "/api/App/Levels", "/api/App/Processes" } do
      local res = assert(client:get(path))
      assert.same({ 200, "miss" }, { res.status, res.cache_status })
      assert.equal(i, client.cache:stats().size)
    end
    assert(client.product:get_product("PSU-24V-5A"))
    assert.equal(4, client.cache:stats().stores)
  end)
end)
