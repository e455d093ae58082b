-- The sequences were asked for without the parameters that the server demands.
local boxed = require("spec.support.boxed")
local support = require("spec.support.client")

describe("the sequences to be gone through", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

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
