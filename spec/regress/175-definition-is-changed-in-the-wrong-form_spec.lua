-- A definition was sent for a change under the names in which it is read, which are others.
local boxed = require("spec.support.boxed")

describe("a definition of an inspection", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("takes its changes, and loses nothing", function()
    local mi = client.manual_inspection
    local id = assert(mi:create_definition { Name = "A", Description = "d",
      OnFailRequireSubmit = true }).TestSequenceDefinitionId
    assert(mi:update_definition(id, { Name = "B" }))
    local now = assert(mi:get_definition(id))
    assert.same({ "B", "d", true, 0 },
      { now.Name, now.Description, now.OnFailRequireSubmit, now.Status })
    assert.equal(mi.STATUSES.pending, assert(mi:move_to_pending(id)).Status)
  end)
end)
