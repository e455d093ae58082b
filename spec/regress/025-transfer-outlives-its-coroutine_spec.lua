-- A coroutine that its sink had yielded out of was dropped: the paused transfer, its connection and
-- its queues stayed for as long as the state lived.

local core = require("wats.core")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local SERVER = [[
  if not read() then return end
  send("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n")
  for _ = 1, 30 do send(("x"):rep(100000)) end
]]

describe("a transfer whose coroutine is dropped", function()
  it("ends", function()
    local server = raw_servers.start(SERVER)
    finally(function() server:stop() end)
    local client = support.connect(server, { cache = false })
    local co = coroutine.wrap(function()
      client:get("/x", { sink = function() coroutine.yield("left") end })
    end)
    assert.equal("left", co())
    assert.equal(1, client:stats().in_flight)
    co = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    local deadline = core.monotonic() + 10
    while client:stats().in_flight > 0 and core.monotonic() < deadline do wats.sleep(0.01) end
    assert.equal(0, client:stats().in_flight)
    client:close()
  end)
end)
