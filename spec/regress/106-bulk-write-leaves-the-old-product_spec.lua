-- PUT /api/Products left the cached /api/Product/PN-1 as it was, since only paths were compared
-- that begin alike.

local boxed = require("spec.support.boxed")

describe("a product that was cached", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("is not shown after a bulk write, a bill or a relation that changed it", function()
    local product = client.product
    assert(product:get_product("PCBA-100"))
    assert(product:get_revision("PCBA-100", "A"))
    assert(product:bulk_save_products { { partNumber = "PCBA-100", name = "new" } })
    assert.equal("new", product:get_product("PCBA-100").name)
    assert(product:bulk_save_revisions { { PartNumber = "PCBA-100", revision = "A", name = "n" } })
    assert.equal("n", product:get_revision("PCBA-100", "A").name)
    assert.is_nil(product:get_revision("PCBA-100", "A").xmlData)
    assert(product:update_bom("PCBA-100", "A", { { Number = "1" } }))
    assert.is_string(product:get_revision("PCBA-100", "A").xmlData)
    assert.equal(1, #product:get_product_hierarchy("PCBA-100", "A"))
    assert(product:add_subunit("PCBA-100", "A", "RADIO-868", "A"))
    assert.equal(2, #product:get_product_hierarchy("PCBA-100", "A"))
  end)
end)
