-- The status of an asset was kept for five minutes: units were tested with a fixture that had been
-- in alarm all the time.

local assets = require("spec.support.assets")
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("an alarm state", function()
  local it = needs.sandbox(it, pending)

  it("is asked for each time, though the cache may keep all else", function()
    local box = support.sandbox()
    finally(function() box:stop() end)
    local client, probe = assets.begin(box, { cache = { ttl = 3600 } })
    local asset = assets.add(client, probe, "A")
    local other = support.connect(box, { cache = false })
    for used = 0, 10, 5 do
      assert.equal(used == 10, client.asset:is_in_alarm("A"))
      assert.equal(used, client.asset:get_asset("A").runningCount)
      assert.equal(used, client.asset:get_assets()[1].totalCount)
      assert.equal(used == 10 and 1 or 0, #client.asset:get_assets_in_alarm())
      assert(other.asset:increment_count(asset, 5))
    end
  end)
end)
