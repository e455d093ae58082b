-- A GET in flight while a write was made stored what it had been answered before: the old value
-- then stood for its whole life.
local boxed = require("spec.support.boxed")
local wats = require("wats")

describe("a GET that a write overtakes", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("is answered, but not stored", function()
    local record = assert(world.client.product:get_product("PCBA-100"))
    world.client.cache:clear()
    assert(world.sandbox:fault { method = "GET", path = "/api/Product/PCBA-100", delay_ms = 300 })
    wats.run(function()
      local early = wats.spawn(function() return world.client:get("/api/Product/PCBA-100") end)
      wats.sleep(0.1) -- its answer is made by now, and held back
      record.name = "new"
      assert(world.client.product:update_product(record))
      local res = assert(early:join())
      assert.not_equal("new", res:json().name)
      assert.equal("a write concerned it meanwhile", res.cache_reason)
    end)
    assert.equal("new", world.client.product:get_product("PCBA-100").name)
  end)
end)
