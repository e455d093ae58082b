-- The server takes a new asset whose serial number is there already for a change of that one: a
-- fixture that was registered twice became another kind of thing without a word.

local assets = require("spec.support.assets")
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("a new asset with the serial number of another", function()
  local it = needs.sandbox(it, pending)

  it("is a conflict, and changes nothing", function()
    local box = support.sandbox()
    finally(function() box:stop() end)
    local client, probe, meter = assets.begin(box)
    assets.add(client, probe, "O'Brien #1")
    local value, err = client.asset:create_asset { serialNumber = "O'Brien #1",
      typeId = meter.typeId, assetName = "another" }
    assert.is_nil(value)
    assert.same({ "conflict", "PUT", false }, { err.kind, err.method, err.retryable })
    local asset = assert(client.asset:get_asset("O'Brien #1"))
    assert.same({ "asset O'Brien #1", probe.typeId }, { asset.assetName, asset.typeId })
    -- nobody can tell: then nothing is written either
    local before = assets.mark(box)
    assert(box.sandbox:fault { method = "GET", path = "/api/Asset", status = 503 })
    value, err = client.asset:create_asset { serialNumber = "new", typeId = meter.typeId }
    assert.is_nil(value)
    assert.equal("server", err.kind)
    assert.same({ "GET /api/Asset" }, assets.journal(box, before))
  end)
end)
