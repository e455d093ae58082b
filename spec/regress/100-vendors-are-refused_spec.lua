-- A vendor was sent as one record of other names; the API takes a list of { VendorName }, and
-- removes vendors the same way, not by an id in the path.

local boxed = require("spec.support.boxed")

describe("a vendor", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

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
