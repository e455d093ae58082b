-- The sequences were asked for without the parameters that the server demands.
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("the sequences to be gone through", function()
  local it, setup, teardown, before_each = needs.sandbox(it, pending, setup, teardown, before_each)
  local box, client

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)
  before_each(function()
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  it("are asked for a unit, all that is required sent even where it is empty", function()
    assert(client.manual_inspection:get_sequences { serial_number = "1", part_number = "A" })
    local query = assert(box.sandbox:journal())[1].query
    assert.equal("batchNumber=&partNumber=A&revision=&serialNumber=1", query)
  end)

  it("are not asked for at all without one", function()
    assert.matches("is missing", support.blamed(function()
      client.manual_inspection:get_sequences {} end))
    assert.same({}, assert(box.sandbox:journal()))
  end)
end)
