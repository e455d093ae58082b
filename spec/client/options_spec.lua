-- The options of a request: what they do, and what happens when they are wrong.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("the options of a request", function()
  local server, client

  setup(function()
    server = raw_servers.start([[
      while true do
        local request = read()
        if not request then return end
        local seconds = request.target:match("^/slow/([%d.]+)")
        local bytes = request.target:match("^/bytes/(%d+)")
        local chunked = request.target:match("^/chunked/(%d+)")
        if seconds then sleep(tonumber(seconds)) end
        if request.target == "/drip" then
          send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
          for _ = 1, 100 do send("x") sleep(0.05) end
        elseif chunked then
          send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
          send(("%x\r\n%s\r\n0\r\n\r\n"):format(chunked, ("x"):rep(chunked)))
        else
          local body = ("x"):rep(tonumber(bytes) or 2)
          send(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body))
        end
      end
    ]])
    client = support.connect(server, { cache = false })
  end)

  teardown(function() server:stop() end)

  it("may be left out or nil", function()
    assert.equal(200, client:get("/x").status)
    assert.equal(200, client:get("/x", nil).status)
    assert.equal(200, client:get("/x", {}).status)
    assert.equal(200, client:request("GET", "/x").status)
    assert.equal(200, client:get("/x", nil, "more").status)
  end)

  it("are a table, or the caller's line is blamed", function()
    for _, wrong in ipairs { 5, "cache", true, print } do
      local message = "options of the request: table expected, got " .. type(wrong)
      assert.equal(message, blamed(function() client:get("/x", wrong) end))
      assert.equal(message, blamed(function() client:request("GET", "/x", wrong) end))
      assert.equal(message, blamed(function() client:call("GET /api/App/Version", nil, wrong) end))
      assert.equal(message, blamed(function() client.app:get_version(wrong) end))
      assert.equal(message, blamed(function() client.app:get_levels(wrong) end))
      assert.equal(message, blamed(function() client.process:get_process(10, wrong) end))
      assert.equal(message, blamed(function() client.product:get_product("A", wrong) end))
      assert.equal(message, blamed(function() client.product:create_product(
        { partNumber = "A" }, wrong) end))
      assert.equal(message, blamed(function() client.cache:explain("/x", wrong) end))
    end
  end)

  it("are known by name, and a misspelt name gets the nearest", function()
    for wrong, right in pairs { qurey = "query", header = "headers", JSON = "json",
      maxBody = "max_body", time_out = "timeout", routes = "route" } do
      local message = blamed(function() client:get("/x", { [wrong] = 1 }) end)
      assert.equal(('unknown option "%s" (did you mean "%s"?)'):format(wrong, right), message)
    end
    assert.equal('unknown option "zebra"', blamed(function() client:get("/x", { zebra = 1 }) end))
    assert.equal('unknown option "1"', blamed(function() client:get("/x", { "query" }) end))
    assert.matches("^unknown option \"true\"",
      blamed(function() client:get("/x", { [true] = 1 }) end))
    assert.matches("^unknown option", blamed(function() client:get("/x", { ["json\0x"] = 1 }) end))
    local message = blamed(function() client:get("/x", { [("ø\n"):rep(500)] = 1 }) end)
    assert.is_true(#message < 250)
    assert.falsy(message:find("%c"))
    assert.matches('did you mean "query"',
      blamed(function() client.product:get_products { querry = {} } end))
  end)

  it("have each a type, named with what came instead", function()
    local function check(options, expected)
      assert.equal(expected, blamed(function() client:get("/x", options) end))
    end
    for name, expected in pairs { timeout = "a number above 0", max_body =
      "a whole number above 0" } do
      for _, wrong in ipairs { "5", true, {}, print } do
        check({ [name] = wrong }, ("%s: %s expected, got %s"):format(name, expected, type(wrong)))
      end
      for _, wrong in ipairs { 0, -1, 0 / 0, -1 / 0 } do
        check({ [name] = wrong }, ("%s: %s expected, got %s"):format(name, expected, wrong))
      end
    end
    check({ max_body = 1.5 }, "max_body: a whole number above 0 expected, got 1.5")
    check({ max_body = 0.5 }, "max_body: a whole number above 0 expected, got 0.5")
    check({ route = 5 }, "route: string expected, got number")
    check({ decompress = 1 }, "decompress: boolean expected, got number")
    local modes = 'cache: "default", "bypass", "refresh", "only" or {ttl = seconds} expected'
    for _, wrong in ipairs { "never", "", true, false, 5 } do check({ cache = wrong }, modes) end
    check({ cache = { tll = 5 } }, 'cache: unknown option "tll" (there is ttl)')
    check({ cache = { 5 } }, 'cache: unknown option "1" (there is ttl)')
    check({ cache = { ttl = "5" } }, "cache.ttl: seconds, 0 or more, expected, got string")
    check({ cache = { ttl = -1 } }, "cache.ttl: seconds, 0 or more, expected, got -1")
    check({ cache = { ttl = 0 / 0 } }, "cache.ttl: seconds, 0 or more, expected, got " .. 0 / 0)
  end)

  it("take the extremes", function()
    for _, options in ipairs { { timeout = 1e300 }, { timeout = 1 / 0 },
      { timeout = math.maxinteger },
      { max_body = math.maxinteger }, { max_body = 1e300 }, { max_body = 1 / 0 }, { max_body = 2 },
      { cache = { ttl = 1 / 0 } }, { cache = { ttl = 0 } }, { cache = {} } } do
      assert.equal(200, assert(client:get("/x", options)).status)
    end
  end)

  it("are left as they were, also with a broken request", function()
    local options = { query = { a = { 1, 2 } }, headers = { X = "y" }, timeout = 5 }
    assert(client:get("/x", options))
    pcall(client.get, client, "/x y", options)
    assert.same({ query = { a = { 1, 2 } }, headers = { X = "y" }, timeout = 5 }, options)
  end)

  it("leak nothing when one of them raises", function()
    local large = ("x"):rep(100000)
    local function wrong()
      client:post("/x", { json = { large }, headers = { A = large }, query = { a = large },
        timeout = "soon" })
    end
    for _ = 1, 50 do assert.is_false(pcall(wrong)) end
    collectgarbage()
    collectgarbage()
    assert.equal(200, client:get("/x").status)
  end)

  describe("timeout", function()
    it("ends a request whose answer does not come", function()
      local start = os.time()
      local res, err = client:get("/slow/8", { timeout = 0.1 })
      assert.is_nil(res)
      assert.equal("timeout", err.kind)
      assert.is_true(err.retryable)
      assert.is_true(err.elapsed >= 0.09 and err.elapsed < 5)
      assert.is_true(os.time() - start < 6)
    end)

    it("ends one whose answer does not end", function()
      local res, err = client:get("/drip", { timeout = 0.2 })
      assert.is_nil(res)
      assert.equal("timeout", err.kind)
    end)

    it("is the client's when none is given, and attempt_timeout bounds it", function()
      for _, name in ipairs { "timeout", "attempt_timeout" } do
        local other = support.connect(server, { [name] = 0.1, cache = false })
        local _, err = other:get("/slow/8")
        assert.equal("timeout", err and err.kind)
      end
      local patient = support.connect(server, { timeout = 0.05, cache = false })
      assert.equal(200, assert(patient:get("/slow/0.2", { timeout = 10 })).status)
    end)

    it("leaves the next request alone", function()
      client:get("/slow/8", { timeout = 0.05 })
      assert.equal("xx", client:get("/x").body)
    end)
  end)

  describe("max_body", function()
    it("lets so many bytes pass, and not one more", function()
      for _, path in ipairs { "/bytes/", "/chunked/" } do
        assert.equal(1000, #assert(client:get(path .. 1000, { max_body = 1000 })).body)
        local res, err = client:get(path .. 1001, { max_body = 1000 })
        assert.is_nil(res)
        assert.equal("too_large", err.kind)
        assert.is_false(err.retryable)
        assert.matches("1000", err.message)
      end
    end)

    it("is the client's when none is given", function()
      local other = support.connect(server, { max_body = 10, cache = false })
      assert.equal("too_large", select(2, other:get("/bytes/11")).kind)
      assert.equal(11, #assert(other:get("/bytes/11", { max_body = 11 })).body)
      assert.equal("xx", other:get("/x").body)
    end)

    it("counts decoded bytes", function()
      local core = require("wats.core")
      if not core.gzip then pending("no gzip in this module") end
      local packed = core.gzip(("x"):rep(100000))
      local bomb = raw_servers.start(raw_servers.always(raw_servers.answer(200, packed,
        { "Content-Encoding: gzip" })))
      finally(function() bomb:stop() end)
      local other = support.connect(bomb, { cache = false })
      assert.equal("too_large", select(2, other:get("/x", { max_body = 99999 })).kind)
      assert.equal(100000, #assert(other:get("/x", { max_body = 100000 })).body)
      assert.equal(packed, assert(other:get("/x", { decompress = false })).body)
    end)
  end)

  it("route is the label of the metrics", function()
    local registry = wats.metrics.new()
    local other = support.connect(server, { metrics = registry, cache = false })
    assert(other:get("/x", { route = "/fixture/{n}" }))
    assert.matches('route="/fixture/{n}",status="200"} 1', registry:render())
  end)
end)
