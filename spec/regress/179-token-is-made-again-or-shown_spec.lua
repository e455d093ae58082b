-- The call that makes a token went through retries and cache like any GET.
local needs = require("spec.support.needs")
local support = require("spec.support.client")

describe("a token for provisioning", function()
  local it, setup, teardown, before_each = needs.sandbox(it, pending, setup, teardown, before_each)
  local box, client

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)
  before_each(function()
    assert(box.sandbox:reset())
    client = support.connect(box)
  end)

  it("is asked for once, kept nowhere, and shown by no error", function()
    client = support.connect(box, { retry = { max_attempts = 3, base_delay = 0.001 } })
    assert(box.sandbox:fault { path = "/api/SCIM/v2/Token", drop = "after" })
    assert.equal("connection", select(2, client.scim:get_token()).kind)
    local token = assert(client.scim:get_token(nil, { cache = { ttl = 600 } })).token
    assert.not_equal(token, client.scim:get_token(nil, { cache = { ttl = 600 } }).token)
    assert.equal(3, #assert(box.sandbox:journal()))
    assert.same({}, client.cache:keys())
    for _, text in ipairs(support.strings { client, client:stats() }) do
      assert.falsy(text:find(token, 1, true))
    end
  end)
end)
