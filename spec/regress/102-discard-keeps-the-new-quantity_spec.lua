-- What was changed was changed in the records themselves, so that discard forgot to send it and
-- kept showing it.

local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("discard", function()
  local box, client
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

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
