-- What a download brought was read as JSON: bytes came back as nothing, an empty file as missing.
local boxed = require("spec.support.boxed")
local zip = require("wats.sandbox.zip")

describe("a downloaded file", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("is the bytes that were sent", function()
    local id = assert(client.software:create_package { name = "P" }).packageId
    for _, bytes in ipairs { "\0\1\2", "", "null", "[]", '{"a":1}', "<html></html>" } do
      assert(client.software:upload_zip(id, zip.write { { name = "a/x", body = bytes } }))
      for _, entity in ipairs(assert(client.software:get_software_entity_details(id))) do
        if entity.name == "x" then
          assert.equal(bytes, client.software:get_file(entity.repositoryFolderFileId))
        end
      end
      local attachment = assert(client.rootcause:upload_attachment(bytes, "x"))
      assert.equal(bytes, client.rootcause:get_attachment(attachment))
    end
  end)
end)
