-- By path the server takes an asset's id or its serial number: who asked for the serial number 1
-- got the asset whose id is 1, and wrote his calibration into its log.

local assets = require("spec.support.assets")
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("a serial number that is another asset's id", function()
  local it = needs.sandbox(it, pending)

  it("finds its own asset", function()
    local box = support.sandbox()
    finally(function() box:stop() end)
    local client, probe = assets.begin(box)
    local first = assets.add(client, probe, "X")
    local second = assets.add(client, probe, first.assetId)
    assert.not_equal(first.assetId, second.assetId)
    local number = first.assetId
    assert.equal(second.assetId, client.asset:get_asset_by_serial(number).assetId)
    assert.equal(second.assetId, client.asset:get_asset({ serial_number = number }).assetId)
    assert.equal("X", client.asset:get_asset({ id = number }).serialNumber)
    assert(client.asset:record_calibration(number, { comment = "mine" }))
    assert.equal(2, #client.asset:get_asset_log { id = second.assetId })
    assert.equal(1, #client.asset:get_asset_log { id = first.assetId })
    assert(client.asset:upload_file(number, "a", "1"))
    assert.same({ "a" }, client.asset:list_files { id = second.assetId })
  end)

  it("is found where the path knows ids alone", function()
    local box = support.sandbox()
    finally(function() box:stop() end)
    local client, probe = assets.begin(box)
    local asset = assets.add(client, probe, "4711")
    assert(box.sandbox:fault { path = "/api/Asset/4711", status = 404, times = 0 })
    assert.equal(asset.assetId, client.asset:get_asset_by_serial("4711").assetId)
    assert.equal("not_found", select(2, client.asset:get_asset_by_serial("4712")).kind)
  end)
end)
