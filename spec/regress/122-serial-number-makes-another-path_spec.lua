-- Serial and part numbers went into the path as they were: "A/B #1?x" asked for another unit.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")
local json = require("wats.json")

describe("a unit whose number has marks in it", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("is the unit that is asked for", function()
    for _, text in ipairs(production.ODD) do
      assert(world.client.product:create_product { partNumber = text })
      production.unit(world.client, text, { partNumber = text, revision = json.null })
      local unit = assert(world.client.production:get_unit(text, text))
      assert.same({ text, text }, { unit.serialNumber, unit.partNumber })
    end
    assert.equal("200", tostring(assert(world.client:get("/api/App/Version")).status))
  end)
end)
