-- A file that was downloaded came back decoded, or not at all where it was no JSON.

local assets = require("spec.support.assets")
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("a downloaded file", function()
  local it = needs.sandbox(it, pending)

  it("is its bytes, whatever the server calls them", function()
    local box = support.sandbox()
    finally(function() box:stop() end)
    local client, probe = assets.begin(box)
    local asset = assets.add(client, probe, "A")
    for _, content in ipairs { "\0\255PNG", '{"gain": 1.0}', "null", "", "[]" } do
      assert(client.asset:upload_file(asset, "a", content))
      for _, kind in ipairs { "application/octet-stream", "application/json", "text/html" } do
        assert(box.sandbox:fault { method = "GET", path = "/api/internal/Blob/Asset",
          headers = { ["Content-Type"] = kind } })
        assert.equal(content, client.asset:download_file(asset, "a"), kind)
      end
    end
  end)
end)
