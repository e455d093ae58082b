-- A userName went into the path as it was.
local boxed = require("spec.support.boxed")

describe("a user name", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("stays one segment behind its prefix", function()
    for _, name in ipairs { "A/B #1?x", "..", "a%2Fb", "DOMAIN\\kari", "x?y=z#w", "/", "=" } do
      local user = assert(client.scim:create_user { userName = name })
      assert.equal(user.id, assert(client.scim:get_user_by_username(name)).id)
      local journal = assert(box.sandbox:journal())
      assert.matches("^/api/SCIM/v2/Users/userName=[^/?#\\]+$", journal[#journal].path)
    end
  end)
end)
