-- Tasks that looked up processes at the same time each fetched the whole list.
local boxed = require("spec.support.boxed")
local wats = require("wats")

describe("look-ups of processes by many tasks", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("ask once, and each has a record of its own", function()
    local codes = {}
    for i = 1, 50 do codes[i] = ({ 10, 50, 90, 100 })[i % 4 + 1] end
    local found, errs = wats.run(function()
      return wats.map(codes, function(code) return client.process:get_process(code) end)
    end)
    assert.is_nil(errs)
    found[1].name = "changed"
    for i = 2, 50 do
      assert.equal(codes[i], found[i].code)
      assert.not_equal("changed", found[i].name)
    end
    assert.equal(1, #assert(box.sandbox:journal()))
  end)
end)
