-- The name that is shown was sent as displayName, which the server does not take.
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("the name that is shown", function()
  local it, setup, teardown, before_each = needs.sandbox(it, pending, setup, teardown, before_each)
  local box, client

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)
  before_each(function()
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  it("is changed by the field that the server takes", function()
    local user = assert(client.scim:create_user { userName = "kari", displayName = "K" })
    assert.equal("Kari", assert(client.scim:update_display_name(user.id, "Kari")).displayName)
    assert.equal("Kari", client.scim:get_user(user.id).displayName)
  end)
end)
