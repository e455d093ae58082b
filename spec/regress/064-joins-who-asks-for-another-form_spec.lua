-- Clients of a named cache that say of themselves who they are (`user_agent`) shared what was under
-- way, though the server's answers vary by that.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local SERVER = [[
  while true do
    local request = read()
    if not request then break end
    local name = request.head:match("User%-Agent: (%w+)")
    sleep(0.2)
    send(("HTTP/1.1 200 OK\r\nVary: User-Agent\r\nCache-Control: max-age=60\r\n" ..
      "Content-Length: %d\r\n\r\n%s"):format(#name, name))
  end
]]

describe("requests that are under way", function()
  local server
  local clients = {}

  setup(function()
    server = raw_servers.start(SERVER)
    for _, name in ipairs { "one", "two", "one" } do
      clients[#clients + 1] = support.connect(server.url,
        { user_agent = name, cache = { name = "064" } })
    end
  end)
  teardown(function()
    for _, client in ipairs(clients) do client:close() end
    if server then server:stop() end
  end)

  it("are shared by those who ask for the same form", function()
    local list = {}
    for i, client in ipairs(clients) do
      list[i] = function() return assert(client:get("/x")).body end
    end
    for i, got in ipairs(wats.run(wats.gather, list)) do
      assert.equal(i == 2 and "two" or "one", got[1])
    end
    assert.equal(2, #server:requests())
  end)
end)
