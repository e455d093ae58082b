-- Taken numbers were cut out of the XML by a pattern: "&amp;" stayed in them, and numbers in single
-- quotes or in CSV were lost, though they were taken.

local boxed = require("spec.support.boxed")

describe("serial numbers with marks of XML", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("are taken as they are in the pool", function()
    local service = world.client.production
    local numbers = { "A&B-1", "A&B-2", 'A"<\'>-3', "Æ;,-4" }
    assert(world.sandbox:seed { serialNumberTypes = { { name = "Odd" } } })
    assert(service:import_serial_numbers("Odd", numbers))
    table.sort(numbers)
    for _, format in ipairs { "xml", "csv" } do
      assert.same({ table.remove(numbers, 1), table.remove(numbers, 1) },
        service:allocate_serial_numbers("Odd", 2, { format = format }))
    end
  end)
end)
