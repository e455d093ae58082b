-- A package's zip was sent as the body itself; the server wants it in a form.
local needs = require("spec.support.needs")
local support = require("spec.support.client")
local zip = require("wats.sandbox.zip")

describe("a zip for a package", function()
  local box, client

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function()
    box = support.sandbox()
    client = support.connect(box)
  end)
  teardown(function() box:stop() end)

  local function last()
    local journal = assert(box.sandbox:journal())
    return journal[#journal]
  end

  it("is a part of a form, of the type application/zip", function()
    local id = assert(client.software:create_package { name = "P" }).packageId
    -- the sandbox takes nothing else
    local bare = assert(box:request("POST", "/api/Software/Package/UploadZip/" .. id, {
      body = zip.write {}, headers = { ["Content-Type"] = "application/zip" } }))
    assert.equal(400, bare.status)
    assert(client.software:upload_zip(id, zip.write { { name = "a/x", body = "1" } }))
    assert.matches("^multipart/form%-data", last().headers["content-type"])
    assert.equal(1, #client.software:get_package_files(id))
  end)
end)
