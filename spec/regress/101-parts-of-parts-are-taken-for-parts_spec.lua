-- Every row of the hierarchy that had a relation was taken for a part of the revision at its top:
-- what a part itself is built of stood among them, and was removed with them.

local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("the parts of a revision", function()
  local box, client
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

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
