-- Tags were sent in the member that shows them, which the API reads only: the server kept its own.
-- They stand in xmlData, beside whatever else is there.

local boxed = require("spec.support.boxed")
local support = require("spec.support.client")

describe("a tag", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("is there afterwards, and so is what stood beside it", function()
    assert(client.product:update_bom("PCBA-100", "A", { { Number = "R-1" } }))
    assert(client.product:add_revision_tag("PCBA-100", "A", "Site", "1"))
    assert(client.product:add_product_tag("PCBA-100", "Line", "2"))
    local other = support.connect(box)
    assert.same({ { key = "Site", value = "1" } }, other.product:get_revision_tags("PCBA-100", "A"))
    assert.same({ { key = "Line", value = "2" } }, other.product:get_product_tags("PCBA-100"))
    assert.equal("R-1", other.product:get_bom("PCBA-100", "A")[1].Number)
  end)
end)
