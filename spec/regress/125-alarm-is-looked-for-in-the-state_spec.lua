-- Whether an asset is in alarm was asked of its state, which knows no alarm: the question raised,
-- and a list by "alarm state" was one of assets in transit. The alarm comes from the status.

local assets = require("spec.support.assets")
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("an alarm that is looked for in the state", function()
  local it = needs.sandbox(it, pending)

  it("is found in the status", function()
    local box = support.sandbox()
    finally(function() box:stop() end)
    local client, probe = assets.begin(box)
    assets.add(client, probe, "worn", "travelling")
    assert(client.asset:increment_count("worn", 10))
    assert(client.asset:set_asset_state("travelling", "in_transit")) -- 2, the number of "alarm"
    assert.is_true(client.asset:is_in_alarm("worn"))
    assert.is_false(client.asset:is_in_alarm("travelling"))
    local list = assert(client.asset:get_assets_by_alarm_state(2))
    assert.same({ 1, "worn" }, { #list, list[1].serialNumber })
    list = assert(client.asset:get_assets_by_state(2))
    assert.same({ 1, "travelling" }, { #list, list[1].serialNumber })
  end)
end)
