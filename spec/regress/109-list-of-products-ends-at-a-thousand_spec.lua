-- A query without a filter ends at 1,000 rows; the rest was never seen.

local boxed = require("spec.support.boxed")

describe("all products", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("are all of them", function()
    local products = {}
    for i = 1, 1500 do products[i] = { partNumber = ("P-%04d"):format(i) } end
    assert(client.product:bulk_save_products(products))
    assert.equal(1000, #client.product:get_products())
    assert.equal(1503, #client.product:get_active_products())
  end)
end)
