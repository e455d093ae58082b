-- What was changed was changed in the records themselves, so that discard forgot to send it and
-- kept showing it.

local boxed = require("spec.support.boxed")

describe("discard", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("brings back what the server has", function()
    assert(client.product:add_subunit("PSU-24V-5A", "A", "PCBA-100", "A", { quantity = 2,
      revision_mask = "A%" }))
    local template = assert(client.product:get_box_build_template("PSU-24V-5A", "A"))
    assert(template:update_subunit("PCBA-100", "A", { quantity = 9, revision_mask = false }))
    assert(template:set_quantity("PCBA-100", "A", 8))
    template:discard()
    local row = template:subunits()[1]
    assert.same({ 2, "A%" }, { row.Quantity, row.RevisionMask })
    assert.is_false(template:has_pending_changes())
  end)
end)
