-- An upload whose answer had no body, or a body that is no record, was told as failed, or raised.

local assets = require("spec.support.assets")
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("an upload that succeeded", function()
  local it = needs.sandbox(it, pending)

  it("says so, whatever the server answers", function()
    local box = support.sandbox()
    finally(function() box:stop() end)
    local client, probe = assets.begin(box)
    local asset = assets.add(client, probe, "A")
    assert.is_true(client.asset:upload_file(asset, "a.txt", "1"))
    for _, body in ipairs { '"a.txt"', "true", "{}", "a.txt" } do
      assert(box.sandbox:fault { method = "POST", status = 200, body = body,
        headers = { ["Content-Type"] = body == "a.txt" and "text/plain" or "application/json" } })
      assert.truthy(client.asset:upload_file(asset, "a.txt", "1"))
    end
    assert(box.sandbox:fault { method = "POST", status = 507 })
    local done, err = client.asset:upload_file(asset, "a.txt", "1")
    assert.is_nil(done)
    assert.equal(507, err.status)
  end)
end)
