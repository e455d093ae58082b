-- The fail codes of a repair operation were looked for in a member that is not there.
local boxed = require("spec.support.boxed")

describe("the fail codes of a repair operation", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

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
