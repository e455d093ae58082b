-- The value of a tag was sent under a name that the server does not know: nobody looked for it.
local boxed = require("spec.support.boxed")

describe("a search by tag", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local last = box.last
  local client
  before_each(function() client = box.client end)

  it("asks for name and value in one parameter", function()
    for _, line in ipairs { "1", "2" } do
      assert(client.software:create_package { name = "P" .. line,
        tags = { { key = "Line", value = line } } })
    end
    local list = assert(client.software:get_packages_by_tag("Line", "2", "draft"))
    assert.same({ 1, "P2" }, { #list, list[1].name })
    assert.equal("status=Draft&tag=Line%3D2", last().query)
  end)
end)
