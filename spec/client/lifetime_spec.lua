-- A client from its making to its end, and in hands that hold it wrongly.

local core = require("wats.core")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("a client", function()
  local server

  setup(function() server = raw_servers.start(raw_servers.always(raw_servers.answer(200, "1"))) end)
  teardown(function() server:stop() end)

  describe("made by wats.connect", function()
    it("asks nothing on the network", function()
      local before = #server:requests()
      local client = support.connect(server)
      client:stats()
      client.cache:stats()
      assert.equal(before, #server:requests())
      assert.equal(0, client:stats().exchanges)
    end)

    it("has its station, its cache and a name without credential", function()
      local client = support.connect(server, { station = { name = "ICT-1", location = "Hall" } })
      assert.same({ name = "ICT-1", location = "Hall", purpose = "Development" }, client.station)
      assert.is_true(client.cache_enabled)
      assert.equal(("wats.client (%s)"):format(server.url), tostring(client))
      client:close()
      assert.equal(("wats.client (%s, closed)"):format(server.url), tostring(client))
    end)

    it("trims the base URL and keeps a prefix of it", function()
      for given, path in pairs { ["/"] = "/api/x", ["/api"] = "/api/x", ["/api/"] = "/api/x",
        ["//"] = "/api/x", ["/wats"] = "/wats/api/x", ["/wats/api/"] = "/wats/api/x" } do
        local client = support.connect(server.url .. given, { cache = false })
        assert(client:get("/api/x"))
        assert.equal(path, server:last().target)
      end
    end)

    it("raises at the caller's line for a URL that it must not or cannot use", function()
      local function message(url)
        return blamed(function() wats.connect { base_url = url, token = support.TOKEN } end)
      end
      assert.matches("allow_http", message("http://wats.example.com"))
      assert.matches("allow_http", message("http://127.0.0.1.example.com"))
      assert.matches("allow_http", message("http://localhost.example.com"))
      assert.matches("query", message("https://wats.example.com/?a=b"))
      for _, url in ipairs { "https://", "ftp://x", "wats.example.com", "https://u:p@x",
        "https://x y", "https://x:99999", "https://[::1" } do
        local text = message(url)
        assert.matches("^wats%.connect: ", text)
        assert.falsy(text:find(support.TOKEN, 1, true))
      end
    end)

    it("takes http where it goes no further than this machine, or is allowed", function()
      for _, url in ipairs { "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1",
        "http://127.9.9.9" } do
        assert(wats.connect { base_url = url, token = "t" })
      end
      assert(wats.connect { base_url = "http://wats.example.com", token = "t", allow_http = true })
    end)

    it("returns nil and an error for a file that cannot be used", function()
      local client, err = wats.connect { base_url = "https://x", token = "t",
        ca_file = "/no/such/file.pem" }
      assert.is_nil(client)
      assert.equal("io", err.kind)
      assert.matches("/no/such/file.pem", err.message)
    end)
  end)

  describe("closed", function()
    it("returns nil and an error of kind closed, whatever is called", function()
      local client = support.connect(server)
      assert(client:get("/kept"))
      client:close()
      for _, call in ipairs {
        function() return client:get("/kept") end,
        function() return client:post("/x", { json = {} }) end,
        function() return client:request("X", "/x") end,
        function() return client:get("/kept", { cache = "only" }) end,
        function() return client.app:get_version() end,
        function() return client.process:get_process(10) end,
        function() return client.product:get_product("A") end,
        function() return client.product:create_revision("A", { revision = "B" }) end,
        function() return client.report:query_headers() end,
        function() return client:call("GET /api/App/Levels") end,
        function() return client.cache:explain("/kept") end,
      } do
        local value, err = call()
        assert.is_nil(value)
        assert.equal("closed", err.kind)
        assert.is_false(err.retryable)
      end
    end)

    it("may be closed again, and still tells its figures", function()
      local client = support.connect(server)
      assert(client:get("/x"))
      client:close()
      client:close()
      assert.equal(1, client:stats().requests)
      assert.equal(1, client.cache:stats().size)
      client.cache:clear()
      assert.equal(0, client.cache:stats().size)
      assert.same({}, client.cache:keys())
    end)

    it("still raises for a caller's mistake", function()
      local client = support.connect(server)
      client:close()
      assert.matches("unknown option", blamed(function() client:get("/x", { x = 1 }) end))
    end)

    it("is so at the end of its block, also when an error ends it", function()
      local kept
      do
        local client <close> = support.connect(server)
        kept = client
        assert(client:get("/x"))
      end
      assert.equal("closed", select(2, kept:get("/x")).kind)
      local ok, message = pcall(function()
        local client <close> = support.connect(server)
        kept = client
        error("mine", 0)
      end)
      assert.is_false(ok)
      assert.equal("mine", message)
      assert.equal("closed", select(2, kept:get("/x")).kind)
    end)
  end)

  it("goes with the collector when nobody closes it", function()
    local weak = setmetatable({}, { __mode = "k" })
    for _ = 1, 20 do
      local client = support.connect(server)
      assert(client:get("/x"))
      weak[client] = true
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(weak))
  end)

  it("is of no use to a finaliser that comes late, but harms nobody", function()
    local message
    local function make()
      local late = setmetatable({}, { __gc = function(t)
        message = select(2, pcall(t.client.get, t.client, "/x"))
      end })
      late.client = support.connect(server)
    end
    make()
    collectgarbage()
    collectgarbage()
    assert.matches("a client expected", message)
  end)

  describe("in wrong hands", function()
    local client
    setup(function() client = support.connect(server) end)

    local WRONG = { false, 5, "/x", {}, { 1 }, { {} }, { { {} } }, print, io.stdout, { io.stdout },
      { wats.null }, { { io.stdout } }, { coroutine.create(print) } }

    it("raises at the caller's line", function()
      local names = { "get", "post", "put", "patch", "delete", "head", "request", "stats", "close" }
      for _, name in ipairs(names) do
        local method = client[name]
        for _, wrong in ipairs(WRONG) do
          assert.equal("a client expected: call its methods with a colon, as in client:get(...)",
            blamed(function() method(wrong, "/x", "/x") end))
        end
        assert.matches("a client expected", blamed(function() method() end))
        assert.matches("a client expected", blamed(function() method("/x") end))
      end
      assert.matches("client", blamed(function() client.call("GET /api/App/Levels") end))
      assert.matches("a client expected",
        blamed(function() client.call({}, "GET /api/App/Levels") end))
    end)

    it("of a service or of the cache too", function()
      for _, call in ipairs {
        function() client.app.get_version() end,
        function() client.app.get_levels({}) end,
        function() client.process.get_processes() end,
        function() client.process.get_wip_operations({}) end,
        function() client.process.get_process(50) end,
        function() client.product.get_products() end,
        function() client.product.get_product("A") end,
        function() client.product.get_revision("A", "B") end,
        function() client.product.get_revisions("A") end,
        function() client.product.create_product({ partNumber = "A" }) end,
        function() client.product.update_product({ partNumber = "A" }) end,
        function() client.product.create_revision("A", { revision = "B" }) end,
        function() client.product.update_revision({ revision = "B" }) end,
        function() client.product.is_active({}) end,
        function() client.cache.stats() end,
        function() client.cache.stats(client) end,
        function() client.cache.clear() end,
        function() client.cache.invalidate("/x") end,
        function() client.cache.keys({}) end,
        function() client.cache.explain("/x") end,
      } do
        assert.is_true(#blamed(call) > 10)
      end
    end)

    it("cannot be forged by metatables", function()
      local mt = getmetatable(client)
      local method = client.get
      for _, slot in ipairs { {}, "x", io.stdout, { {} }, client.cache, wats.metrics.new() } do
        assert.has_error(function() method(setmetatable({ slot }, mt), "/x") end, nil)
      end
      -- neither by __index: slot 1 is looked at raw
      local sly = setmetatable({}, { __index = { client[1] } })
      assert.has_error(function() method(sly, "/x") end)
      assert.is_false(getmetatable(client[1]))
      assert.has_error(function() setmetatable(client[1], {}) end)
      -- a table that holds a real one is a client
      assert.equal(200, method({ client[1] }, "/x").status)
    end)

    it("survives losing its slot amid a request", function()
      local victim = support.connect(server)
      local slot = victim[1]
      local pause = collectgarbage("incremental", 100, 1000)
      for _ = 1, 30 do
        setmetatable({}, { __gc = function() victim[1] = nil end })
        pcall(victim.get, victim, "/x", { query = { a = ("x"):rep(1000), b = { 1, 2 } },
          headers = { A = ("y"):rep(1000) } })
        victim[1] = slot
      end
      collectgarbage(pause)
      collectgarbage() -- the last finaliser has run
      victim[1] = slot
      assert.equal(200, victim:get("/x").status)
    end)
  end)

  it("of two in one process share connections, but nothing else", function()
    local one, two = support.connect(server), support.connect(server, { token = "b3RoZXI=" })
    assert(one:get("/shared"))
    local first = server:last()
    assert.equal("miss", assert(two:get("/shared")).cache_status)
    local second = server:last()
    assert.equal(first.connection, second.connection)
    assert.equal("Basic " .. support.TOKEN, first.headers.authorization)
    assert.equal("Basic b3RoZXI=", second.headers.authorization)
    one:close()
    assert.equal("hit", assert(two:get("/shared")).cache_status)
  end)

  it("belongs to its process: a child begins anew", function()
    local text = ([[
      local client = require("wats").connect { base_url = %q, token = "dA==" }
      print(assert(client:get("/child")).status)
    ]]):format(server.url)
    local child = assert(core.spawn { argv = { os.getenv("LUA") or "lua5.4", "-e", text },
      stdin = "pipe", stdout = "pipe",
      env = { LUA_PATH = package.path, LUA_CPATH = package.cpath } })
    assert.equal(0, (child:wait(20)))
    assert.equal("200\n", child:read(1))
  end)
end)
