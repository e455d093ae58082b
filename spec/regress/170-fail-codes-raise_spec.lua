-- The fail codes of a repair operation were looked for in a member that is not there.
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("the fail codes of a repair operation", function()
  local it, setup, teardown, before_each = needs.sandbox(it, pending, setup, teardown, before_each)
  local box, client

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)
  before_each(function()
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  it("come as a list, from however deep in the tree", function()
    local codes = assert(client.process:get_fail_codes(500))
    local found = {}
    for _, code in ipairs(codes) do found[code.code] = code.category end
    assert.equal("Solder process", found["Solder bridge"])
    assert.equal("Component", found["Wrong polarity"])
  end)

  it("are an error, and no empty list, where there is no such operation", function()
    local codes, err = client.process:get_fail_codes(4711)
    assert.is_nil(codes)
    assert.equal("not_found", err.kind)
  end)
end)
