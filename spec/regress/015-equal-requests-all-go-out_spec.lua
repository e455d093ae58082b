-- Without single flight fifty equal requests at the same time were fifty exchanges, sixteen
-- threads sixteen. (Threads: spec/core/host_spec.lua.)
local needs = require("spec.support.needs")
local support = require("spec.support.client")
local wats = require("wats")

describe("fifty equal requests at the same time", function()
  local box, client

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  local function asked() return #assert(box.sandbox:journal()) end

  it("are one exchange", function()
    assert(box.sandbox:fault { method = "GET", path = "/api/App/Processes", times = 0,
      delay_ms = 100 })
    local list = {}
    for i = 1, 50 do list[i] = i end
    local results, errors = wats.map(list, function()
      return client.process:get_processes()
    end, { concurrency = 50 })
    assert.is_nil(errors)
    assert.equal(50, results.n)
    for i = 1, 50 do assert.is_true(#results[i] > 0) end
    assert.equal(1, asked())
  end)
end)
