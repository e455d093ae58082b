-- The filter of a list of users could not be given, and a value could end its quotes.
local boxed = require("spec.support.boxed")

describe("a list of users", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("is the server's answer to the filter, whatever the value holds", function()
    for _, name in ipairs { "kari", "ola", 'x" or userName pr or userName eq "y' } do
      assert(client.scim:create_user { userName = name })
    end
    for name, count in pairs { kari = 1, none = 0, ['x" or userName pr or userName eq "y'] = 1,
      ['" or userName pr or userName eq "'] = 0 } do
      local names = {}
      for user in client.scim:iter_users { filter = { userName = name } } do
        names[#names + 1] = user.userName
      end
      assert.equal(count, #names)
      assert.equal(count == 1 and name or nil, names[1])
    end
  end)
end)
