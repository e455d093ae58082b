-- The filter of a list of users could not be given, and a value could end its quotes.
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("a list of users", function()
  local it, setup, teardown, before_each = needs.sandbox(it, pending, setup, teardown, before_each)
  local box, client

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)
  before_each(function()
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

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
