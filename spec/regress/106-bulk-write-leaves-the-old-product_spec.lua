-- PUT /api/Products left the cached /api/Product/PN-1 as it was, since only paths were compared
-- that begin alike.

local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("a product that was cached", function()
  local box, client
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

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
