-- A file's name came from the server and went into a path unchecked: "../x" left the directory.
local boxed = require("spec.support.boxed")
local helper = require("spec.tools.helper")
local json = require("wats.json")

describe("a file of a package", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("never lands outside the directory", function()
    local id = assert(client.software:create_package { name = "P" }).packageId
    local directory = helper.directory()
    for _, place in ipairs { { "..", "x" }, { "a/../..", "x" }, { "", "../x" },
      { directory, "x" }, { "a\\..\\..", "x" }, { "", "..\\x" } } do
      assert(box.sandbox:fault { path = "/api/Software/PackageFiles/*", status = 200,
        headers = { ["Content-Type"] = "application/json" }, body = json.encode { {
          packageFileId = "1", packageFolderName = place[1], name = place[2] } } })
      assert(box.sandbox:fault { path = "/api/internal/Software/File/*", status = 200,
        body = "evil" })
      local value, err = client.software:download_package(id, directory .. "/a/b")
      assert.is_nil(value)
      assert.equal("protocol", err.kind)
      assert(box.sandbox:clear_faults())
    end
    local _, found = helper.sh("find " .. helper.quoted(directory) .. " -type f")
    helper.remove(directory)
    assert.equal("", found)
  end)
end)
