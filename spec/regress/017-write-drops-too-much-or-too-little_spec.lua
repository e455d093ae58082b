-- What a write made stale was guessed by looking for a piece of its path in the cached ones. Too
-- much: PUT /api/Product dropped /api/Production too. Too little: PUT /api/Products left every
-- product, PUT /api/Asset/State the asset, a report the report queries, AddChildUnit the unit's
-- children.
local boxed = require("spec.support.boxed")

describe("a write", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)
  local status, serve = world.status, world.serve

  local LONG = { cache = { ttl = 600 } } -- some of these are live

  local function check(write, gone, stays)
    local method, path = write:match("(%u+) (.*)")
    serve(method, path)
    for _, list in ipairs { gone, stays } do
      for _, cached in ipairs(list) do
        serve("GET", cached)
        assert(world.client:get(cached, LONG))
        assert.equal("hit", status(cached, LONG))
      end
    end
    assert.equal(200, assert(world.client:request(method, path, { json = {} })).status)
    for _, cached in ipairs(gone) do
      assert.equal("miss", status(cached, LONG), write .. " left " .. cached)
    end
    for _, cached in ipairs(stays) do
      assert.equal("hit", status(cached, LONG), write .. " dropped " .. cached)
    end
  end

  it("drops what it concerns, and nothing that only looks like it", function()
    check("PUT /api/Product", { "/api/Product/PN1", "/api/Product/PN1/A", "/api/Product/Query" },
      { "/api/App/Processes", "/api/Asset/Types", "/api/App/Levels",
        "/api/Production/SerialNumbers/Types" })
    check("PUT /api/Products", { "/api/Product/PN1", "/api/Product/Query" }, { "/api/App/Levels" })
    check("PUT /api/Asset/State", { "/api/Asset/SN1", "/api/Asset/Status", "/api/Asset" },
      { "/api/Product/PN1", "/api/Asset/Types" })
    check("POST /api/Report/WSJF", { "/api/Report/Query/Header", "/api/App/UutReport" },
      { "/api/App/Processes" })
    check("POST /api/Production/AddChildUnit",
      { "/api/Production/CheckChildUnits", "/api/Production/Unit/SN1/PN1" },
      { "/api/Product/PN1" })
  end)

  it("outside the table concerns its path and what lies below, on segment borders", function()
    check("PUT /api/Widget", { "/api/Widget", "/api/Widget/1", "/api/Widget/1/2" },
      { "/api/Widgets", "/api/WidgetSet/1", "/api/Product/Widget" })
  end)
end)
