-- Everything was cached for five minutes: unit verification, changes of units (deleted ones came
-- back), asset status, and the version that a watchdog asks for, so that "online" was told of a
-- dead server.
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("live state", function()
  local box, client

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  local function status(path, options, of)
    return assert((of or client):get(path, options)).cache_status
  end

  local function asked() return #assert(box.sandbox:journal()) end

  -- Answers where the sandbox has no such operation.
  local function serve(method, path, with)
    with = with or {}
    with.method, with.path, with.times = method, path, 0
    with.status = with.status or 200
    with.body = with.body or "{}"
    assert(box.sandbox:fault(with))
  end

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
    assert.equal(0, client.cache:stats().size)
  end)

  it("is not told of a server that is gone", function()
    assert.equal("25.3.0.0", client.app:get_version())
    assert(box.sandbox:fault { path = "/api/*", times = 0, drop = "before" })
    local version, err = client.app:get_version()
    assert.is_nil(version)
    assert.equal("connection", err.kind)
    assert(box.sandbox:clear_faults())
    assert.equal("25.3.0.0", client.app:get_version { cache = "refresh" })
    assert(box.sandbox:fault { path = "/api/*", times = 0, drop = "before" })
    assert.is_nil((client.app:get_version()))
  end)
end)
