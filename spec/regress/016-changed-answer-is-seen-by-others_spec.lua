-- A cached answer was handed out by reference: what one caller changed in it all later ones saw.
local boxed = require("spec.support.boxed")

describe("what a caller changes in an answer", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("nobody else sees", function()
    local first = assert(world.client.product:get_product("PCBA-100"))
    local name = first.name
    first.name, first.partNumber, first.extra = "changed", nil, {}
    if first.revisions and first.revisions[1] then first.revisions[1].revision = "changed" end
    local second = assert(world.client.product:get_product("PCBA-100"))
    assert.same({ name, "PCBA-100", nil }, { second.name, second.partNumber, second.extra })
    assert.not_equal("changed", second.revisions and second.revisions[1].revision)
    local list = assert(world.client.process:get_processes())
    local count = #list
    table.remove(list)
    assert.equal(count, #world.client.process:get_processes())
    local one, other = assert(world.client:get("/api/Product/PCBA-100")),
      assert(world.client:get("/api/Product/PCBA-100"))
    one:json().name = "changed"
    assert.same({ name, name }, { one:json().name, other:json().name })
  end)
end)
