-- A look-up came from the cache: a package that had been revoked was handed out as released.
local boxed = require("spec.support.boxed")
local support = require("spec.support.client")

describe("a package's status", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  it("is asked for each time", function()
    local id = assert(client.software:create_package { name = "P" }).packageId
    assert(client.software:submit_for_review(id))
    assert(client.software:release_package(id))
    local before = client.cache:stats().stores
    assert(client.software:get_released_package("P"))
    assert.same({}, assert(client.software:get_revoked_packages(id)))
    assert.equal(0, #assert(client.software:get_package_files(id)))
    assert.equal(before, client.cache:stats().stores)
    local other = support.connect(box)
    assert(other.software:revoke_package(id))
    assert.is_nil(client.software:get_released_package("P"))
    assert.same({ id }, assert(client.software:get_revoked_packages(id)))
  end)
end)
