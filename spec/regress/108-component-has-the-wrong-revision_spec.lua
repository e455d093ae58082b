-- A component's revision was filled with its manufacturer's part number, its function block left
-- out.

local boxed = require("spec.support.boxed")

describe("a component of a bill", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("keeps every member that the format has", function()
    local component = { Number = "100200", Rev = "1.0", Qty = 2, Desc = "d", Ref = "A30;A31",
      FunctionBlock = "A" }
    assert(client.product:update_bom("PCBA-100", "A", { component }))
    assert.same(component, client.product:get_wsbf("PCBA-100", "A").components[1])
    local shown = client.product:get_bom("PCBA-100", "A")[1]
    for name, value in pairs(component) do assert.equal(value, shown[name]) end
  end)
end)
