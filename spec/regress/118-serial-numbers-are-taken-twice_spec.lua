-- A request for serial numbers whose answer was lost was sent again by whoever retries all that
-- failed: the numbers of the first were nobody's for ever.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")
local support = require("spec.support.client")

describe("serial numbers whose answer was lost", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  local TAKE = "/api/Production/SerialNumbers/Take"

  it("are taken once, and found by their reference", function()
    local client = support.connect(world, { retry = { max_attempts = 4, base_delay = 0.01 } })
    local service = client.production
    for _, drop in ipairs { "after", "mid" } do
      assert(world.sandbox:clear_journal())
      assert(world.sandbox:fault { path = TAKE, drop = drop })
      local numbers, err = service:allocate_serial_numbers("MACAddress", 3,
        { reference_sn = drop, reference_pn = "PCBA-100" })
      assert.is_nil(numbers)
      assert.equal("connection", err.kind)
      assert.equal(1, production.asked(world.sandbox, "POST", TAKE))
      -- what to do then: ask what was taken for it
      assert.equal(3, #assert(service:find_serial_numbers_by_reference("MACAddress", drop,
        "PCBA-100")))
    end
    assert.equal(6, assert(service:get_serial_number_statistics("MACAddress"))[1].taken)
  end)

  it("are not taken at all where the request did not arrive", function()
    assert(world.sandbox:fault { path = TAKE, drop = "before" })
    local service = world.client.production
    assert.is_nil((service:allocate_serial_numbers("MACAddress", 3, { reference_sn = "S" })))
    assert.same({}, service:find_serial_numbers_by_reference("MACAddress", "S"))
    assert.equal(0, assert(service:get_serial_number_statistics("MACAddress"))[1].taken)
  end)
end)
