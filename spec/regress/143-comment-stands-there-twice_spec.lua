-- A comment is added by a PUT, which was sent again when no answer came; and the next change of the
-- ticket sent the comment along once more.
local boxed = require("spec.support.boxed")
local support = require("spec.support.client")

describe("a comment", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("is added once", function()
    client = support.connect(box, { retry = { max_attempts = 4, base_delay = 0.01 } })
    local id = assert(client.rootcause:create_ticket { subject = "x" }).ticketId
    assert(box.sandbox:fault { method = "PUT", drop = "after" })
    assert.is_nil(client.rootcause:add_comment(id, "once"))
    assert(client.rootcause:assign_ticket(id, "kari"))
    assert(client.rootcause:change_status(id, "solved"))
    local count = 0
    for _, update in ipairs(client.rootcause:get_ticket(id).history) do
      if update.content == "once" then count = count + 1 end
    end
    assert.equal(1, count)
  end)
end)
