-- A GET in flight while a write was made stored what it had been answered before: the old value
-- then stood for its whole life.
local needs = require("spec.support.needs")
local support = require("spec.support.client")
local wats = require("wats")

describe("a GET that a write overtakes", function()
  local box, client

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  it("is answered, but not stored", function()
    local record = assert(client.product:get_product("PCBA-100"))
    client.cache:clear()
    assert(box.sandbox:fault { method = "GET", path = "/api/Product/PCBA-100", delay_ms = 300 })
    wats.run(function()
      local early = wats.spawn(function() return client:get("/api/Product/PCBA-100") end)
      wats.sleep(0.1) -- its answer is made by now, and held back
      record.name = "new"
      assert(client.product:update_product(record))
      local res = assert(early:join())
      assert.not_equal("new", res:json().name)
      assert.equal("a write concerned it meanwhile", res.cache_reason)
    end)
    assert.equal("new", client.product:get_product("PCBA-100").name)
  end)
end)
