-- The export and the look-ups by range and reference sent typeName, from, to and more, which the
-- server does not know; the upload sent neither type nor format, and no form.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")

describe("serial numbers", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  local function query()
    local journal = assert(world.sandbox:journal())
    return journal[#journal].query
  end

  it("are asked for by the server's names", function()
    local service = world.client.production
    assert(service:export_serial_numbers("SerialNumber", "xml"))
    assert.equal("format=XML&serialNumberType=SerialNumber", query())
    assert.equal(3, #assert(service:find_serial_numbers_in_range("SerialNumber", "SN-000002",
      "SN-000004")))
    assert.equal("endAddress=SN-000004&serialNumberType=SerialNumber&startAddress=SN-000002",
      query())
    assert.same({}, service:find_serial_numbers_by_reference("SerialNumber", "S", "P"))
    assert.equal("refPN=P&refSN=S&serialNumberType=SerialNumber", query())
  end)

  it("are uploaded as a file of a form, with type and format", function()
    production.unit(world.client, "S1")
    local service = world.client.production
    assert.equal(1, assert(service:import_serial_numbers("SerialNumber", "A1\n")).added)
    assert.equal("format=CSV&serialNumberType=SerialNumber", query())
  end)
end)
