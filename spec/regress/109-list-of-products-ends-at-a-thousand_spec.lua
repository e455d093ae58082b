-- A query without a filter ends at 1,000 rows; the rest was never seen.

local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("all products", function()
  local box, client
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  it("are all of them", function()
    local products = {}
    for i = 1, 1500 do products[i] = { partNumber = ("P-%04d"):format(i) } end
    assert(client.product:bulk_save_products(products))
    assert.equal(1000, #client.product:get_products())
    assert.equal(1503, #client.product:get_active_products())
  end)
end)
