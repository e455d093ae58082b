-- A vendor was sent as one record of other names; the API takes a list of { VendorName }, and
-- removes vendors the same way, not by an id in the path.

local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("a vendor", function()
  local box, client
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  it("is sent as the API takes it, and removed", function()
    assert(client.product:save_vendor("O'Brien"))
    assert.same({ { VendorName = "O'Brien" } }, client.product:get_vendors())
    assert(client.product:delete_vendor("O'Brien"))
    assert.same({}, client.product:get_vendors())
    for _, entry in ipairs(assert(box.sandbox:journal())) do
      assert.equal("/api/Product/Vendors", entry.path)
    end
  end)
end)
