-- The call that makes a token went through retries and cache like any GET.
local boxed = require("spec.support.boxed")
local support = require("spec.support.client")

describe("a token for provisioning", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

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

  -- as a server may that tells of a request by its answer, or a proxy that makes a page of it
  it("is in no error, however the server answers", function()
    local made = "eyJhbGciOiJIUzI1NiJ9.c2VjcmV0LWNhbmFyeQ.5f08c6ed"
    for _, case in ipairs { { 500, made }, { 400, '{"Message":"no ' .. made .. '"}' },
      { 200, "<html>" .. made, "text/html" }, { 200, '{"token":"' .. made } } do
      for _, call in ipairs {
        function() return client.scim:get_token() end,
        function() return client:call("GET /api/SCIM/v2/Token") end,
        function() return client.auth:get_token() end,
        function()
          return client:call("GET /api/Auth/GetToken/{identifier}", { identifier = "x" })
        end,
      } do
        assert(box.sandbox:fault { status = case[1], body = case[2],
          headers = { ["Content-Type"] = case[3] or "application/json" } })
        local value, err = call()
        assert.is_nil(value)
        for _, text in ipairs(support.strings(err)) do
          assert.falsy(text:find("c2VjcmV0", 1, true), text)
        end
      end
    end
  end)
end)
