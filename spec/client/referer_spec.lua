-- Internal calls name a page of the server that they come from: without it the server refuses them.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

describe("the Referer", function()
  local server, client

  setup(function()
    server = raw_servers.start(raw_servers.always(raw_servers.answer(200, "{}")))
  end)
  teardown(function() server:stop() end)
  before_each(function() client = support.connect(server) end)

  local function sent()
    return server:last().headers.referer
  end

  it("is the base URL, in requests to /api/internal/ whatever their verb", function()
    assert(client:get("/api/internal/Blob/Asset/List/1"))
    assert.equal(server.url, sent())
    assert(client:get("/API/Internal/not/known"))
    assert.equal(server.url, sent())
    assert(client:post("/api/internal/UnitFlow", { json = {} }))
    assert.equal(server.url, sent())
    assert(client:call("GET /api/internal/Blob/Asset/List/{assetId}", { assetId = "1" }))
    assert.equal(server.url, sent())
    assert(client:post("/api/internal/Blob/Asset?assetId=1&filename=a",
      { source = function() end }))
    assert.equal(server.url, sent())
  end)

  it("is in no other request, also after an internal one on the same connection", function()
    assert(client:get("/api/internal/Mes/GetUnitPhases"))
    for _, path in ipairs { "/api/App/Levels", "/api/internals", "/x/api/internal/y" } do
      assert(client:get(path))
      assert.is_nil(sent(), path)
      assert(client:post(path, { json = {} }))
      assert.is_nil(sent(), path)
    end
  end)

  it("is the caller's own, where he gives one", function()
    assert(client:get("/api/internal/x", { headers = { Referer = "https://me" } }))
    assert.equal("https://me", sent())
    assert(client:get("/api/App/Version", { headers = { referer = "https://me" } }))
    assert.equal("https://me", sent())
  end)

  it("goes along however bodies come and go, in tasks too", function()
    local path, left = "/api/internal/x", { "some", "bytes" }
    for name, call in pairs {
      ["with fields"] = function() return client:get(path, { headers = { A = "b" } }) end,
      ["a form"] = function()
        return client:put("/api/internal/x", { multipart = { { name = "f", body = "1" } } })
      end,
      ["into a sink"] = function() return client:get(path, { sink = function() end }) end,
      ["from a source"] = function()
        return client:post("/api/internal/x", { source = function()
          return table.remove(left, 1)
        end })
      end,
      ["in a task"] = function()
        return wats.run(function() return client:get("/api/internal/x", { cache = "bypass" }) end)
      end,
    } do
      assert(call(), name)
      assert.equal(server.url, sent(), name)
      assert.is_nil(sent():find(support.TOKEN, 1, true))
    end
  end)

  it("changes no cache key", function()
    local asked = #server:requests()
    local path = "/api/internal/Product/GetProductCategories?a=1"
    local one = assert(client:get(path, { cache = { ttl = 60 } }))
    local two = assert(client:get(path, { cache = { ttl = 60 } }))
    assert.same({ "miss", "hit" }, { one.cache_status, two.cache_status })
    assert.equal(asked + 1, #server:requests())
  end)

  it("has what stands before the API in the base URL", function()
    local other = support.connect(server.url .. "/wats/api/")
    assert(other:get("/api/internal/x"))
    assert.equal(server.url .. "/wats", sent())
  end)
end)
