-- A save that failed half-way left all of it pending: the second save removed what was gone,
-- failed there, and never came to the rest.

local boxed = require("spec.support.boxed")

describe("a save after one that failed half-way", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("does the rest alone", function()
    local template = assert(client.product:get_box_build_template("PSU-24V-5A", "A"))
    assert(template:add_subunit("PCBA-100", "A"):add_subunit("PCBA-100", "B"):save())
    assert(template:clear_all():add_subunit("RADIO-868", "A"))
    local deletes = 0
    -- the second of the two removals fails
    local second = template:pending_changes()[2].subunit.ProductRevisionRelationId
    local delete = client.product.delete_revision_relation
    function client.product.delete_revision_relation(...)
      deletes = deletes + 1
      if deletes == 2 then
        assert(box.sandbox:fault { method = "DELETE", status = 500, body = "" })
      end
      return delete(...)
    end
    assert.is_nil(template:save())
    assert.equal(second, template:pending_changes()[1].subunit.ProductRevisionRelationId)
    assert(template:save())
    assert.equal(3, deletes)
    local rows = assert(client.product:get_box_build_subunits("PSU-24V-5A", "A"))
    assert.same({ 1, "RADIO-868" }, { #rows, rows[1].PartNumber })
  end)
end)
