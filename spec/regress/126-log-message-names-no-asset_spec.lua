-- A message for an asset's log was sent with the asset and a comment in its body, where the server
-- looks for neither: it names the asset in the query and the words in "content".

local assets = require("spec.support.assets")
local core = require("wats.core")
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("a log message that names no asset", function()
  local it = needs.sandbox(it, pending)

  it("names it in the query, and says the words as content", function()
    local box = support.sandbox()
    finally(function() box:stop() end)
    local client, probe = assets.begin(box)
    local asset = assets.add(client, probe, "A&B")
    assert(client.asset:add_log_message("A&B", "cleaned"))
    local entries = assert(box.sandbox:journal())
    local entry = entries[#entries]
    assert.same({ "POST", "/api/Asset/Message", "serialNumber=A%26B",
      core.sha256('{"content":"cleaned"}') },
      { entry.method, entry.path, entry.query, entry.body_sha256 })
    assert(client.asset:add_log_message({ id = asset.assetId }, "again"))
    assert.equal("again", client.asset:get_asset_log("A&B")[1].comment)
  end)
end)
