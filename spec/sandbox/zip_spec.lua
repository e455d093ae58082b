-- wats.sandbox.zip: archives that others can open.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")
local unzip = require("spec.support.unzip")
local zip = require("wats.sandbox.zip")

local has_python = helper.sh("python3 -c 'import zipfile'")

describe("sandbox zip", function()
  local it_python = needs.that(has_python, "no python3 here", it, pending)

  local members = {
    { "a.txt", "hello" }, { "b/ø\\c", ("\0\255"):rep(5000) }, { "a.txt", "another" },
    { "empty", "" },
  }

  it("holds its members, of equal names too, and no paths", function()
    local found, count = unzip.read(zip.make(members))
    assert.equal(4, count)
    assert.equal("hello", found["a.txt"])
    assert.equal("another", found["2_a.txt"])
    assert.equal(members[2][2], found["b_ø_c"])
    assert.equal("", found.empty)
    assert.same({}, (unzip.read(zip.make({}))))
  end)

  it_python("is found whole by another reader", function()
    local directory = helper.directory()
    helper.write(directory .. "/x.zip", zip.make(members))
    local ok, output = helper.sh("python3 -m zipfile -t " .. directory .. "/x.zip")
    helper.remove(directory)
    assert.is_true(ok, output)
    assert.is_nil(output:find("corrupt", 1, true), output)
  end)
end)
