-- Many products or revisions were one request each, or went to a path that no server has.

local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("a bulk write", function()
  local box, client
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

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
