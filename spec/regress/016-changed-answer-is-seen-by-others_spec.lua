-- A cached answer was handed out by reference: what one caller changed in it all later ones saw.
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("what a caller changes in an answer", function()
  local box, client

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  it("nobody else sees", function()
    local first = assert(client.product:get_product("PCBA-100"))
    local name = first.name
    first.name, first.partNumber, first.extra = "changed", nil, {}
    if first.revisions and first.revisions[1] then first.revisions[1].revision = "changed" end
    local second = assert(client.product:get_product("PCBA-100"))
    assert.same({ name, "PCBA-100", nil }, { second.name, second.partNumber, second.extra })
    assert.not_equal("changed", second.revisions and second.revisions[1].revision)
    local list = assert(client.process:get_processes())
    local count = #list
    table.remove(list)
    assert.equal(count, #client.process:get_processes())
    local one, other = assert(client:get("/api/Product/PCBA-100")),
      assert(client:get("/api/Product/PCBA-100"))
    one:json().name = "changed"
    assert.same({ name, name }, { one:json().name, other:json().name })
  end)
end)
