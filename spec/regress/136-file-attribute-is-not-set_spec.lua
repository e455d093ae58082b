-- The attribute of a package's file went into the body, where the server does not look for it.
local boxed = require("spec.support.boxed")
local zip = require("wats.sandbox.zip")

describe("the attribute of a file", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local last = box.last
  local client
  before_each(function() client = box.client end)

  it("goes into the query, and is there afterwards", function()
    local id = assert(client.software:create_package { name = "P" }).packageId
    assert(client.software:upload_zip(id, zip.write { { name = "a/x", body = "1" } }))
    local file = assert(client.software:get_package_files(id))[1]
    assert(client.software:update_file_attribute(file.packageFileId, "execute_once_per_version"))
    assert.same({ "attribute=ExecuteOncePerVersion", 0 }, { last().query, last().body_size })
    assert.equal("ExecuteOncePerVersion", client.software:get_package_files(id)[1].attributes)
  end)
end)
