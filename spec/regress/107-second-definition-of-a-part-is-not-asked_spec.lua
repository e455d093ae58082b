-- A part that stood in a box build with two revisions was judged by the first definition alone.

local boxed = require("spec.support.boxed")

describe("a part with two definitions", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("is fit by either", function()
    local template = assert(client.product:get_box_build_template("PSU-24V-5A", "A"))
    assert(template:add_subunit("RADIO-868", "A"))
    assert(template:add_subunit("RADIO-868", "B", { revision_mask = "B,C%" }))
    for revision, fits in pairs { A = true, B = true, C1 = true, D = false } do
      assert.equal(fits, template:validate_subunit("RADIO-868", revision))
    end
  end)
end)
