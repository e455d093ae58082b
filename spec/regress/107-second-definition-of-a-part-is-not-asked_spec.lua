-- A part that stood in a box build with two revisions was judged by the first definition alone.

local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("a part with two definitions", function()
  local box, client
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  it("is fit by either", function()
    local template = assert(client.product:get_box_build_template("PSU-24V-5A", "A"))
    assert(template:add_subunit("RADIO-868", "A"))
    assert(template:add_subunit("RADIO-868", "B", { revision_mask = "B,C%" }))
    for revision, fits in pairs { A = true, B = true, C1 = true, D = false } do
      assert.equal(fits, template:validate_subunit("RADIO-868", revision))
    end
  end)
end)
