-- The name that is shown was sent as displayName, which the server does not take.
local boxed = require("spec.support.boxed")

describe("the name that is shown", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("is changed by the field that the server takes", function()
    local user = assert(client.scim:create_user { userName = "kari", displayName = "K" })
    assert.equal("Kari", assert(client.scim:update_display_name(user.id, "Kari")).displayName)
    assert.equal("Kari", client.scim:get_user(user.id).displayName)
  end)
end)
