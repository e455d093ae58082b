-- The call that takes relations away wants a list of ids and was sent a record; the one that saves
-- XAML wants text.
local boxed = require("spec.support.boxed")

describe("what is sent of a relation and of XAML", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

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
