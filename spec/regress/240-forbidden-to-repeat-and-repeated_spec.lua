-- `idempotent = false` was read and then forgotten: a request that its caller had forbidden to be
-- done twice was sent again when its answer was lost.

local boxed = require("spec.support.boxed")

describe("a request that must not be done twice", function()
  local it, box = boxed(it, pending, setup, teardown, before_each,
    { cache = false, retry = { base_delay = 0.005 } })
  local client

  before_each(function()
    assert(box.sandbox:fault { times = 1, drop = "after" })
    client = box.client
  end)

  local ONCE <const> = { idempotent = false }

  local function lost(value, err)
    assert.is_nil(value)
    assert.equal("connection", err.kind)
    assert.is_false(err.retryable)
    assert.equal(1, #assert(box.sandbox:journal()))
  end

  for _, verb in ipairs { "get", "put", "delete", "head" } do
    it(("is not sent again by %s when its answer is lost"):format(verb), function()
      lost(client[verb](client, "/api/Unknown", ONCE))
    end)

    it(("is sent again by %s where nothing is said"):format(verb), function()
      local res = assert(client[verb](client, "/api/Unknown"))
      assert.equal(2, res.attempts)
    end)
  end

  it("is not sent again in a stream, nor by a domain call", function()
    lost(client:get("/api/App/Version", { idempotent = false, sink = function() end }))
    box.sandbox:reset()
    assert(box.sandbox:fault { times = 1, drop = "after" })
    lost(client.app:get_version(ONCE))
  end)

  it("is not sent again for a service that knows it to be harmless", function()
    lost(client.asset:increment_count({ serial_number = "A-1" }, { total = 5 }, ONCE))
    box.sandbox:reset()
    assert(box.sandbox:fault { times = 1, drop = "after" })
    lost(client.asset:update_asset_type({ typeId = "1", typeName = "Fixture" }, ONCE))
  end)

  it("is not sent again after an answer that may pass by itself", function()
    box.sandbox:reset()
    assert(box.sandbox:fault { path = "/api/Unknown", times = 0, status = 503 })
    assert.equal(1, client:get("/api/Unknown", ONCE).attempts)
  end)
end)
