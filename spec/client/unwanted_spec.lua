-- Answers with a 2xx that are no answers: the page of a portal that wants a login, broken JSON.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")

local UUID = "00000000-0000-0000-0000-000000000001"

describe("an answer of no use", function()
  local server

  -- Each path gives its own body the first time, and then what it should be.
  setup(function()
    server = raw_servers.start([[
      local PAGE = "\r\n <!DOCTYPE html><title>Log in</title>"
      local FIRST = { page = { "text/html; charset=utf-8", PAGE },
        broken = { "text/json", '[{"a"' }, empty = { "application/json", "" },
        fragment = { "TEXT/HTML", "no page" } }
      while true do
        local request = read()
        if not request then return end
        local target = request.target
        local body = { "application/json", "{}" }
        if target:find("Wsxf") then body = { "application/xml", "<Reports/>" } end
        local first = FIRST[target:match("page") or target:match("broken") or
          target:match("empty") or target:match("fragment")]
        if first and not shared[target] then body = first end
        shared[target] = true
        send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Type: " .. body[1] ..
          "\r\nContent-Length: " .. #body[2] .. "\r\n\r\n" .. body[2])
      end
    ]])
  end)

  teardown(function() server:stop() end)

  it("is no success of a call that wants nothing in particular", function()
    local client = support.connect(server)
    for _, call in ipairs {
      function() return client.scim:delete_user("page-1") end,
      function() return client.manual_inspection:get_xaml(UUID, { query = { is = "page-2" } }) end,
      function() return client:call("GET /api/Product/{partNumber}", { partNumber = "page-3" }) end,
      function()
        return client:call("DELETE /api/Asset", { serialNumber = "page-4" })
      end,
    } do
      local value, err = call()
      assert.is_nil(value)
      assert.equal("decode", err.kind)
      assert.matches("its Content%-Type is text/html", err.message)
      assert.matches("Log in", err.body)
    end
    -- what is only called so is handed on, as any text
    assert.equal("no page", client:call("GET /api/Product/{partNumber}",
      { partNumber = "fragment" }))
    -- and who asks for the response gets it
    local res = assert(client:get("/raw/page"))
    assert.matches("Log in", res.body)
  end)

  it("is not left in the cache", function()
    local client = support.connect(server)
    local function record(name)
      return function() return client.product:get_product(name) end
    end
    local function anything(name)
      return function()
        return client:call("GET /api/Product/{partNumber}", { partNumber = "any-" .. name })
      end
    end
    local function text(name)
      return function()
        return client:call("GET /api/Report/Wsxf/{id}", { id = UUID },
          { cache = { ttl = 60 }, query = { is = name } })
      end
    end
    for i, call in ipairs { record "page", anything "page", record "broken", anything "broken",
      record "empty", text "empty" } do
      local value, err = call()
      assert.is_nil(value)
      assert.equal("decode", err.kind, i)
      assert(call())
    end
  end)
end)
