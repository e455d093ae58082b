-- A token is had by a GET, and GETs were answered from the cache and sent again when no answer
-- came: two callers got one token, or a second `reset` ended the token that the first had made.

local assets = require("spec.support.assets")
local boxed = require("spec.support.boxed")
local wats = require("wats")

describe("a token", function()
  local it, box = boxed(it, pending, setup, teardown, before_each,
    { retry = { max_attempts = 3, base_delay = 0.001 } })
  local client
  before_each(function() client = box.client end)

  it("is made once, whatever becomes of the answer", function()
    for _, fault in ipairs { { drop = "after" }, { drop = "before" }, { status = 503 },
      { status = 429 } } do
      local before = assets.mark(box)
      fault.path, fault.times = "/api/Auth/GetToken", 0
      assert(box.sandbox:fault(fault))
      local token, err = client.auth:get_token({ reset = true },
        { retry = true, idempotent = true, cache = { ttl = 100 } })
      assert(box.sandbox:clear_faults())
      assert.is_nil(token)
      assert.is_table(err)
      assert.equal(1, #assets.journal(box, before))
    end
  end)

  it("is each caller's own, from no cache, and not shared by who asks at the same time", function()
    local made = {}
    local function ask()
      local token = assert(client.auth:get_token({ reset = true }, { cache = { ttl = 100 } }))
      assert.is_nil(made[token])
      made[token] = true
    end
    ask()
    ask()
    for _, slot in ipairs(wats.gather { ask, ask, ask }) do
      assert.is_true(slot.ok, tostring(slot.err))
    end
    assert.same({}, client.cache:keys())
    assert.equal(5, #assets.journal(box))
  end)
end)
