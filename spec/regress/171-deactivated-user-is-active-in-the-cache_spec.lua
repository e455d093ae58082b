-- A PATCH dropped nothing from the cache: who was shut out went on being let in.
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("a user who was asked for with a cache", function()
  local it, setup, teardown, before_each = needs.sandbox(it, pending, setup, teardown, before_each)
  local box, client

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)
  before_each(function()
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  it("is inactive at once when he was deactivated, by whatever way he is asked for", function()
    local keep = { cache = { ttl = 600 } }
    local user = assert(client.scim:create_user { userName = "kari" })
    local ways = {
      function() return client.scim:get_user(user.id, keep) end,
      function() return client.scim:get_user_by_username("kari", keep) end,
      function() return client.scim:get_users(nil, keep).Resources[1] end,
    }
    for _, way in ipairs(ways) do
      assert.is_true(way().active)
      assert.is_true(way().active)
    end
    assert(client.scim:deactivate_user(user.id))
    for _, way in ipairs(ways) do assert.is_false(way().active) end
  end)
end)
