-- Without single flight fifty equal requests at the same time were fifty exchanges, sixteen
-- threads sixteen. (Threads: spec/core/host_spec.lua.)
local boxed = require("spec.support.boxed")
local wats = require("wats")

describe("fifty equal requests at the same time", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)
  local asked = world.asked

  it("are one exchange", function()
    assert(world.sandbox:fault { method = "GET", path = "/api/App/Processes", times = 0,
      delay_ms = 100 })
    local list = {}
    for i = 1, 50 do list[i] = i end
    local results, errors = wats.map(list, function()
      return world.client.process:get_processes()
    end, { concurrency = 50 })
    assert.is_nil(errors)
    assert.equal(50, results.n)
    for i = 1, 50 do assert.is_true(#results[i] > 0) end
    assert.equal(1, asked())
  end)
end)
