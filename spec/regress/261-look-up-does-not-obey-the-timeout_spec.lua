-- A phase or process that had to be looked up first was asked for without the caller's options: the
-- call took as long as the client's own timeout.

local boxed = require("spec.support.boxed")
local core = require("wats.core")

describe("a look-up on the way to a request", function()
  local it, box = boxed(it, pending, setup, teardown, before_each, { cache = false })
  local client
  before_each(function() client = box.client end)

  it("obeys the timeout of that request", function()
    for name, ask in pairs {
      process = function(opts) return client.production:set_unit_process("S", "P", 100, opts) end,
      phase = function(opts) return client.production:set_unit_phase("S", "P", "Nothing", opts) end,
      unit = function(opts)
        return client.production:create_unit("S", "P", "A", { phase = "Nothing" }, opts)
      end,
    } do
      box.sandbox:reset()
      assert(box.sandbox:fault { path = "/api/*", times = 0, delay_ms = 3000 })
      local started = core.monotonic()
      local done, err = ask { timeout = 0.2 }
      assert.is_nil(done, name)
      assert.equal("timeout", err.kind, name)
      assert.is_true(core.monotonic() - started < 2, name)
    end
    box.sandbox:reset()
  end)
end)
