-- The server does not tell whom a ticket is assigned to: sent back as it came, it was nobody's.
local boxed = require("spec.support.boxed")

describe("a change of a ticket", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("keeps the assignee that its caller names", function()
    local rootcause = client.rootcause
    local id = assert(rootcause:create_ticket { subject = "x", assignee = "sandbox" }).ticketId
    assert.is_nil(rootcause:get_ticket(id).assignee)
    for _, change in ipairs {
      function() return rootcause:add_comment(id, "hello", "sandbox") end,
      function() return rootcause:change_status(id, "in_progress", "sandbox") end,
      function() return rootcause:assign_ticket(id, "sandbox") end,
    } do
      local ticket = assert(change())
      assert.equal(1, #assert(rootcause:get_active_tickets("assigned")))
      -- what came back can be sent back
      assert(rootcause:update_ticket(ticket))
      assert.equal(1, #assert(rootcause:get_active_tickets("assigned")))
    end
  end)
end)
