-- Of those who had asked at once and got what stood in for an answer, one was counted; and those
-- of another client got what their own terms did not allow.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local SERVER = [[
  while true do
    local request = read()
    if not request then break end
    shared.count = (shared.count or 0) + 1
    if shared.count == 1 then
      send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}")
    else
      sleep(0.3)
      send("HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n")
    end
  end
]]

local PATH = "/api/Product/PN1"

describe("a stored answer that stands in for many", function()
  local server
  local clients = {}

  before_each(function() server = raw_servers.start(SERVER) end)
  after_each(function()
    while #clients > 0 do table.remove(clients):close() end
    server:stop()
  end)

  local function connect(cache)
    clients[#clients + 1] = support.connect(server.url, { cache = cache, retry = false })
    return clients[#clients]
  end

  local function ask(client)
    return function() return assert(client:get(PATH)) end
  end

  it("is counted for each", function()
    local client = connect { ttl = 0.1, stale_if_error = 600 }
    assert(client:get(PATH))
    wats.sleep(0.15)
    local list = {}
    for i = 1, 5 do list[i] = ask(client) end
    for _, got in ipairs(wats.run(wats.gather, list)) do
      assert.same({ 200, "stale" }, { got[1].status, got[1].cache_status })
      assert.is_true(got[1].age <= 10)
    end
    assert.equal(2, #server:requests())
    assert.equal(5, client.cache:stats().stale)
    assert.equal(4, client:stats().coalesced)
  end)

  it("is for nobody to whom it is too old", function()
    local a = connect { name = "062", stale_if_error = 1, domains = { product = 1 } }
    local b = connect { name = "062", domains = { product = 0 } }
    assert(a:get(PATH))
    wats.sleep(1.2) -- over for 0.2 s, and for 1.2 s
    local got = wats.run(wats.gather, { ask(a), ask(b) })
    assert.same({ "stale", 200 }, { got[1][1].cache_status, got[1][1].status })
    assert.same({ "miss", 503 }, { got[2][1].cache_status, got[2][1].status })
    assert.equal(1, a.cache:stats().stale)
  end)
end)
