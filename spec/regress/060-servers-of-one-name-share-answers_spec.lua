-- Two clients of a named cache had one URL and one token, but their connections led to different
-- servers: one was answered with what the other's server had said.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")

describe("a named cache", function()
  local one, other
  local clients = {}

  setup(function()
    one = raw_servers.start(raw_servers.always(raw_servers.answer(200, "one")))
    other = raw_servers.start(raw_servers.always(raw_servers.answer(200, "other")))
  end)
  teardown(function()
    if one then one:stop() end
    if other then other:stop() end
  end)
  after_each(function()
    while #clients > 0 do table.remove(clients):close() end
  end)

  local function connect(name, options)
    options.cache, options.allow_http = { name = name }, true
    clients[#clients + 1] = support.connect("http://wats.example", options)
    return clients[#clients]
  end

  local function resolved(name, server)
    return connect(name, { resolve = { ["wats.example:80"] = "127.0.0.1:" .. server.port } })
  end

  local function body(client)
    local res = assert(client:get("/x"))
    return res.body .. " " .. res.cache_status
  end

  it("keeps apart what comes from different servers", function()
    local a, b = resolved("060 a", one), resolved("060 a", other)
    assert.same({ "one miss", "other miss" }, { body(a), body(b) })
    assert.same({ "one hit", "other hit" }, { body(a), body(b) })
    assert.equal("one hit", body(resolved("060 a", one)))
  end)

  it("keeps apart what came from whom nobody verified", function()
    local to = { ["wats.example:80"] = "127.0.0.1:" .. one.port }
    local careless = connect("060 b", { resolve = to, verify = false })
    assert.equal("one miss", body(careless))
    assert.equal("one miss", body(resolved("060 b", one)))
    assert.equal("one hit", body(careless))
  end)
end)
