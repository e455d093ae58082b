-- A package's zip was sent as the body itself; the server wants it in a form.
local boxed = require("spec.support.boxed")
local zip = require("wats.sandbox.zip")

describe("a zip for a package", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local last = box.last
  local client
  before_each(function() client = box.client end)

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
