-- Many products or revisions were one request each, or went to a path that no server has.

local boxed = require("spec.support.boxed")

describe("a bulk write", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("is one request", function()
    local products, revisions = {}, {}
    for i = 1, 200 do
      products[i] = { partNumber = "P-" .. i }
      revisions[i] = { PartNumber = "P-" .. i, revision = "A" }
    end
    assert(client.product:bulk_save_products(products))
    assert(client.product:bulk_save_revisions(revisions))
    local journal = assert(box.sandbox:journal())
    assert.same({ 2, "/api/Products", "/api/Products/Revisions" },
      { #journal, journal[1].path, journal[2].path })
    assert(client.product:get_revision("P-200", "A"))
  end)
end)
