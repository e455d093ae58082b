-- client.cache: keys, invalidate, clear, explain.

local core = require("wats.core")
local raw_servers = require("spec.support.raw_server")
local wats = require("wats")
local support = require("spec.support.client")

local blamed = support.blamed

describe("client.cache", function()
  local server, client

  setup(function()
    server = raw_servers.start(raw_servers.always(raw_servers.answer(200, "[]",
      { "Content-Type: application/json" })))
  end)

  teardown(function() server:stop() end)

  before_each(function() client = support.connect(server) end)

  local function fill(...)
    for _, path in ipairs { ... } do assert(client:get(path)) end
  end

  local function stored()
    local list = client.cache:keys()
    for i, key in ipairs(list) do
      list[i] = assert(key:match("^GET http://127%.0%.0%.1:%d+(/.*)$"))
    end
    table.sort(list)
    return list
  end

  describe("keys", function()
    it("are the requests, the last used first, in printable ASCII", function()
      fill("/api/a", "/api/ø?q=æ", "/api/Product/Å")
      assert(client:get("/api/a", { query = { b = "\0\255 x" } }))
      fill("/api/a")
      local keys = client.cache:keys()
      assert.equal(4, #keys)
      assert.equal("GET " .. server.url .. "/api/a", keys[1])
      for _, key in ipairs(keys) do
        assert.falsy(key:find("[^\x21-\x7E ]"), key)
        assert.falsy(key:find(support.TOKEN, 1, true))
      end
      assert.same({ "/api/%C3%B8?q=%C3%A6", "/api/Product/%C3%85", "/api/a",
        "/api/a?b=%00%FF%20x" }, stored())
    end)

    it("are a list of one's own", function()
      fill("/api/a")
      table.remove(client.cache:keys())
      assert.equal(1, #client.cache:keys())
    end)
  end)

  describe("invalidate", function()
    it("drops a path and what is below, on segment borders", function()
      fill("/api/Product/A", "/api/Product/A/B", "/api/Product/AB", "/api/Products/A",
        "/api/Product/A?x=1", "/api/Production/A")
      assert.equal(3, client.cache:invalidate("/api/Product/A"))
      assert.same({ "/api/Product/AB", "/api/Production/A", "/api/Products/A" }, stored())
      assert.equal(1, client.cache:invalidate("/api/Product"))
      assert.same({ "/api/Production/A", "/api/Products/A" }, stored())
      assert.equal(0, client.cache:invalidate("/api/Product"))
      assert.equal(4, client.cache:stats().invalidations)
    end)

    it("makes the next request ask", function()
      fill("/api/Product/A")
      client.cache:invalidate("/api/Product/A")
      assert.equal("miss", client:get("/api/Product/A").cache_status)
      assert.equal("hit", client:get("/api/Product/A").cache_status)
    end)

    it("drops everything without a path, or with that of all", function()
      for _, path in ipairs { false, "/", "//" } do
        fill("/api/a", "/b", "/")
        assert.equal(3, client.cache:invalidate(path or nil))
        assert.same({}, client.cache:keys())
      end
    end)

    it("minds neither a slash at the end nor case", function()
      for _, path in ipairs { "/api/Product/", "/api/product", "/API/PRODUCT/", "/api/Product/A",
        "/api/pRODUCT/a/" } do
        fill("/api/Product/A")
        assert.equal(1, client.cache:invalidate(path), path)
      end
    end)

    it("knows a path beyond ASCII in either form", function()
      fill("/api/Product/Ø", "/api/ø/x")
      assert.equal(1, client.cache:invalidate("/api/Product/Ø"))
      fill("/api/Product/Ø")
      assert.equal(1, client.cache:invalidate("/api/Product/%C3%98"))
      assert.equal(1, client.cache:invalidate("/api/ø"))
    end)

    it("raises at the caller's line for what is no path", function()
      for _, wrong in ipairs { "", "api", "/api?x=1", "/a b", "/a#b", "/a\n", 5, true, {} } do
        local message = blamed(function() client.cache:invalidate(wrong) end)
        assert.matches("^cache:invalidate: a path such as", message)
        assert.falsy(message:find("%c"))
      end
    end)
  end)

  it("clear forgets all, without calling it invalidation", function()
    fill("/api/a", "/api/b")
    client.cache:clear()
    local stats = client.cache:stats()
    assert.same({ 0, 0, 0 }, { stats.size, stats.bytes, stats.invalidations })
    assert.equal("miss", client:get("/api/a").cache_status)
  end)

  describe("explain", function()
    it("tells what would happen, and neither asks nor counts", function()
      local before = #server:requests()
      local e = assert(client.cache:explain("/api/Product/A"))
      assert.same({ "miss", "/api/Product/{partNumber}" }, { e.status, e.route })
      assert.is_string(e.reason)
      assert.is_nil(e.age)
      fill("/api/Product/A")
      e = assert(client.cache:explain("/api/product/A"))
      assert.same({ "hit", "ttl", 300.0 }, { e.status, e.lifetime_from, e.lifetime })
      assert.is_true(e.fresh_for > 200 and e.fresh_for <= 300)
      assert.is_true(math.abs(e.fresh_until - os.time() - e.fresh_for) < 30)
      assert.is_true(e.age >= 0 and e.age < 60)
      assert.equal(before + 1, #server:requests())
      local stats = client.cache:stats()
      assert.same({ 1, 0, 1 }, { stats.requests, stats.hits, stats.misses })
    end)

    it("heeds the options of the request", function()
      fill("/api/Product/A")
      local function of(options) return client.cache:explain("/api/Product/A", options).status end
      assert.equal("bypass", of { cache = "bypass" })
      assert.equal("miss", of { cache = "refresh" }) -- nothing to have it confirmed by
      assert.equal("hit", of { cache = "only" })
      assert.equal("miss", of { query = { a = 1 } })
      assert.equal("miss", of { headers = { Authorization = "other" } })
      local function left(wish)
        return client.cache:explain("/api/Product/A", { headers = { ["Cache-Control"] = wish } })
          .fresh_for
      end
      assert.is_true(left("max-age=60") <= 60 and left("max-age=60") > 0)
      assert.is_true(left("min-fresh=250") <= 50 and left("min-fresh=250") > 0)
      assert.is_true(left("max-age=900") > 200)
      local brief = client.cache:explain("/api/Product/A", { cache = { ttl = 20 } })
      assert.is_true(brief.fresh_for <= 20)
    end)

    it("says until when", function()
      local brief = support.connect(server, { cache = { ttl = 1 } })
      assert(brief:get("/api/Product/A"))
      local e = brief.cache:explain("/api/Product/A")
      assert.equal("hit", e.status)
      repeat
        wats.sleep(0.05)
        local now = core.time()
        local status = brief.cache:explain("/api/Product/A").status
        if now > e.fresh_until + 0.2 then assert.not_equal("hit", status) end
      until now > e.fresh_until + 0.25
      assert.equal("miss", brief:get("/api/Product/A").cache_status)
    end)

    it("tells of live and unknown paths", function()
      local e = client.cache:explain("/api/App/Version")
      assert.same({ "bypass", "/api/App/Version" }, { e.status, e.route })
      assert.equal("bypass", client.cache:explain("/api/internal/x").status)
      e = client.cache:explain("/my/own")
      assert.same({ "miss", "other" }, { e.status, e.route })
    end)

    it("raises at the caller's line, as the request would", function()
      assert.matches("^path: a string", blamed(function() client.cache:explain() end))
      assert.matches("space", blamed(function() client.cache:explain("/a b") end))
      assert.matches('did you mean "query"', blamed(function() client.cache:explain("/a",
        { qery = {} }) end))
    end)
  end)
end)
