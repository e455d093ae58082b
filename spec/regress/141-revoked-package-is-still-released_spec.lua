-- A look-up came from the cache: a package that had been revoked was handed out as released.
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("a package's status", function()
  local box, client

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function()
    box = support.sandbox()
    client = support.connect(box)
  end)
  teardown(function() box:stop() end)

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
