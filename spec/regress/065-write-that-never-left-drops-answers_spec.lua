-- A write for which there was no connection, or which the circuit breaker held back, dropped what
-- it would have concerned: a station that was cut off lost with its first attempt to write the very
-- answers that it was to go on with.
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")

local PRODUCT = "/api/Product/PN1"

describe("a write that never left", function()
  local server

  before_each(function()
    server = raw_servers.start(raw_servers.always(raw_servers.answer(200, "{}")))
  end)
  after_each(function() server:stop() end)

  local function status(client) return client.cache:explain(PRODUCT).status end

  it("drops nothing", function()
    local client = support.connect(server, { cache = { stale_if_error = 60 } })
    assert(client:get(PRODUCT))
    server:stop()
    local res, err = client:put("/api/Product", { json = {} })
    assert.is_nil(res)
    assert.equal("connection", err.kind)
    assert.equal("hit", status(client))
  end)

  it("drops nothing where the circuit breaker held it back", function()
    local client = support.connect(server, { token = "b3RoZXI=",
      circuit_breaker = { min_calls = 2, failure_ratio = 0.5 } })
    assert(client:get(PRODUCT))
    server:stop()
    local kind
    for _ = 1, 8 do kind = select(2, client:put("/api/Product", { json = {} })).kind end
    assert.equal("circuit_open", kind)
    assert.equal("hit", status(client))
  end)

  it("drops what it concerns where it may have arrived", function()
    local rude = raw_servers.start [[
      while true do
        local r = read()
        if not r or r.method == "PUT" then break end
        send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
      end
    ]]
    local client = support.connect(rude)
    assert(client:get(PRODUCT))
    local res, err = client:put("/api/Product", { json = {} })
    assert.is_nil(res)
    assert.equal("connection", err.kind)
    assert.equal("miss", status(client))
    rude:stop()
  end)
end)
