-- The call that takes relations away wants a list of ids and was sent a record; the one that saves
-- XAML wants text.
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("what is sent of a relation and of XAML", function()
  local it, setup, teardown, before_each = needs.sandbox(it, pending, setup, teardown, before_each)
  local box, client

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)
  before_each(function()
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  it("is what the server takes", function()
    local mi = client.manual_inspection
    local id = assert(mi:create_definition("A")).TestSequenceDefinitionId
    local relation = assert(mi:create_relation(id,
      { EntitySchema = "product", EntityName = "product" }))
    assert(mi:delete_relation(relation))
    assert.same({}, mi:get_relations(id))
    assert(mi:put_xaml(id, "<A/>"))
    assert.equal("<A/>", mi:get_xaml(id).Definition)
  end)
end)
