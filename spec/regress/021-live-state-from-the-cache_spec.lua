-- Everything was cached for five minutes: unit verification, changes of units (deleted ones came
-- back), asset status, and the version that a watchdog asks for, so that "online" was told of a
-- dead server.
local boxed = require("spec.support.boxed")

describe("live state", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)
  local status, asked, serve = world.status, world.asked, world.serve

  it("is asked for each time, and nothing of it is stored", function()
    local paths = { "/api/Production/UnitVerification?serialNumber=A&partNumber=B",
      "/api/Production/Units/Changes", "/api/Asset/Status?serialNumber=A", "/api/App/Version",
      "/api/Production/SerialNumbers", "/api/Report/Query/Header", "/api/internal/Production/Unit" }
    for _, path in ipairs(paths) do
      serve("GET", path:gsub("%?.*", ""),
        { headers = { ["Cache-Control"] = "max-age=3600" }, body = '"1"' })
      assert.same({ "bypass", "bypass" }, { status(path), status(path) }, path)
    end
    assert.equal(2 * #paths, asked())
    assert.equal(0, world.client.cache:stats().size)
  end)

  it("is not told of a server that is gone", function()
    assert.equal("25.3.0.0", world.client.app:get_version())
    assert(world.sandbox:fault { path = "/api/*", times = 0, drop = "before" })
    local version, err = world.client.app:get_version()
    assert.is_nil(version)
    assert.equal("connection", err.kind)
    assert(world.sandbox:clear_faults())
    assert.equal("25.3.0.0", world.client.app:get_version { cache = "refresh" })
    assert(world.sandbox:fault { path = "/api/*", times = 0, drop = "before" })
    assert.is_nil((world.client.app:get_version()))
  end)
end)
