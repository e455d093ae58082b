-- Internal calls say that they come from the server's own pages; nothing else does.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local INTERNAL = "/api/internal/Process/GetProcesses"

describe("Referer", function()
  local server, client

  setup(function()
    server = raw_servers.start([[
      while read() do
        send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]")
      end
    ]])
    client = support.connect(server, { cache = {} })
  end)

  teardown(function() server:stop() end)

  local function sent() return server:last().headers.referer end

  it("goes along with internal calls of every kind", function()
    local ways = {
      raw = function() return client:get(INTERNAL) end,
      ["in any case"] = function() return client:request("GET", "/API/INTERNAL/x") end,
      domain = function() return client:call("GET " .. INTERNAL) end,
      ["with fields"] = function() return client:get(INTERNAL, { headers = { A = "b" } }) end,
      ["with a body"] = function()
        return client:post("/api/internal/x", { json = { a = 1 }, headers = { A = "b" } })
      end,
      ["a file"] = function()
        return client:put("/api/internal/x", { multipart = { { name = "f", body = "1" } } })
      end,
      ["into a sink"] = function()
        return client:get("/api/internal/Blob/Asset", { sink = function() end })
      end,
      ["from a source"] = function()
        local left = { "some", "bytes" }
        return client:post("/api/internal/x", { source = function()
          return table.remove(left, 1)
        end })
      end,
      ["in a task"] = function()
        return wats.run(function() return client:get(INTERNAL, { cache = "bypass" }) end)
      end,
    }
    for name, call in pairs(ways) do
      assert(call(), name)
      assert.equal(server.url, sent(), name)
      assert.is_nil(sent():find(support.TOKEN, 1, true))
    end
  end)

  it("goes along with nothing else, not even on the same connection", function()
    assert(client:get(INTERNAL))
    for _, path in ipairs { "/api/App/Version", "/api/Product/x", "/api/internals/x",
      "/api/internal" } do
      assert(client:get(path, { cache = "bypass" }))
      assert.is_nil(sent(), path)
    end
  end)

  it("is the caller's where he gives one", function()
    assert(client:get(INTERNAL, { headers = { Referer = "https://wats.example/page" } }))
    assert.equal("https://wats.example/page", sent())
    assert.is_nil(server:last().head:find(server.url, 1, true))
  end)

  it("holds the path of a base URL that has one", function()
    local below = support.connect(server.url .. "/wats")
    assert(below:get(INTERNAL))
    assert.equal(server.url .. "/wats", sent())
    assert.equal("/wats" .. INTERNAL, server:last().target)
  end)

  it("changes no cache key", function()
    local asked = #server:requests()
    local path = "/api/internal/Product/GetProductCategories?a=1"
    local one = assert(client:get(path, { cache = { ttl = 60 } }))
    local two = assert(client:get(path, { cache = { ttl = 60 } }))
    assert.same({ "miss", "hit" }, { one.cache_status, two.cache_status })
    assert.equal(asked + 1, #server:requests())
  end)
end)
