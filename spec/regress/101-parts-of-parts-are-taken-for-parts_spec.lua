-- Every row of the hierarchy that had a relation was taken for a part of the revision at its top:
-- what a part itself is built of stood among them, and was removed with them.

local boxed = require("spec.support.boxed")

describe("the parts of a revision", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("are those one level below it", function()
    assert(client.product:add_subunit("PSU-24V-5A", "A", "PCBA-100", "A"))
    assert(client.product:add_subunit("PCBA-100", "A", "RADIO-868", "A"))
    local parts = assert(client.product:get_box_build_subunits("PSU-24V-5A", "A"))
    assert.same({ 1, "PCBA-100" }, { #parts, parts[1].PartNumber })
    local template = assert(client.product:get_box_build_template("PSU-24V-5A", "A"))
    assert(template:clear_all():save())
    parts = assert(client.product:get_box_build_subunits("PCBA-100", "A"))
    assert.same({ 1, "RADIO-868" }, { #parts, parts[1].PartNumber })
  end)
end)
