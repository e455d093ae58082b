-- A PATCH dropped nothing from the cache: who was shut out went on being let in.
local boxed = require("spec.support.boxed")

describe("a user who was asked for with a cache", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

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
