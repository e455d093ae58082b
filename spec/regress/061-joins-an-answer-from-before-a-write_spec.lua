-- A GET that had been redirected took joiners still, and no write on the place that it was led to
-- parted them: who asked after such a write had returned got what was from before it.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local SERVER = [[
  shared.value = shared.value or "old"
  while true do
    local request = read()
    if not request then break end
    local value = shared.value
    if request.method == "PUT" then
      shared.value = "new"
      send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    elseif request.target == "/a" then
      send("HTTP/1.1 307 X\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")
    else
      sleep(0.4)
      send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" .. value)
    end
  end
]]

describe("a GET that was redirected", function()
  local server, client

  setup(function() server = raw_servers.start(SERVER) end)
  teardown(function() if server then server:stop() end end)
  after_each(function() if client then client:close() end end)

  it("is not joined after a write on where it went", function()
    client = support.connect(server.url)
    local bodies = {}
    wats.run(function()
      wats.gather {
        function() bodies[1] = assert(client:get("/a")).body end,
        function()
          repeat wats.sleep(0.01) until #server:requests() == 2
          assert(client:put("/b", { body = "x" }))
          bodies[2] = assert(client:get("/a")).body
        end,
      }
    end)
    assert.same({ "old", "new" }, bodies)
  end)
end)
