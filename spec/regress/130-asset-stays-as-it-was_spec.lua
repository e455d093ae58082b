-- A change of an asset's state or count left what was stored of the asset itself, by whichever way
-- it was asked for: the path of the write was not a part of the path of the read.

local assets = require("spec.support.assets")
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("an asset that was changed", function()
  local it = needs.sandbox(it, pending)

  it("is not shown as it was, even where the caller wants the cache", function()
    local box = support.sandbox()
    finally(function() box:stop() end)
    local client, probe = assets.begin(box)
    local asset = assets.add(client, probe, "A", "B")
    local cached = { cache = { ttl = 3600 } }
    local function read()
      local status = assert(client.asset:get_status("A", cached))
      local record = assert(client.asset:get_asset("A", cached))
      return { record.state, record.runningCount, status.runningCount,
        #assert(client.asset:get_asset_log("A", cached)),
        #assert(client.asset:get_child_assets("A", nil, cached)) }
    end
    assert.same({ 1, 0, 0, 1, 0 }, read())
    local before = assets.mark(box)
    assert.same({ 1, 0, 0, 1, 0 }, read())
    assert.equal(before, assets.mark(box)) -- all of it was stored
    assert(client.asset:set_asset_state("A", "in_storage"))
    assert.same({ 5, 0, 0, 2, 0 }, read())
    assert(client.asset:increment_count("A", 3))
    assert.same({ 5, 3, 3, 2, 0 }, read())
    assert(client.asset:add_child_asset(asset, "B"))
    assert.same({ 5, 3, 3, 2, 1 }, read())
    assert(client.asset:record_calibration("A"))
    assert.same({ 5, 0, 0, 3, 1 }, read())
    assert(client.asset:delete_asset("A"))
    assert.is_nil((client.asset:get_asset("A", cached)))
  end)
end)
