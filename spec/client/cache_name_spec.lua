-- One response cache for all clients that name it.

local needs = require("spec.support.needs")
local support = require("spec.support.client")
local wats = require("wats")

local PRODUCT = "/api/Product/PCBA-100"

describe("a cache with a name", function()
  local box, number, name
  local opened = {}

  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function()
    box = support.sandbox()
    number = 0
  end)
  teardown(function() box:stop() end)

  before_each(function()
    if not box then return end
    assert(box.sandbox:reset())
    number = number + 1
    name = "cache_name_spec " .. number
  end)

  local function connect(cache, options)
    cache = cache or {}
    cache.name = cache.name or name
    local all = { cache = cache }
    for key, value in pairs(options or {}) do all[key] = value end
    local client = support.connect(box, all)
    opened[#opened + 1] = client
    return client
  end

  after_each(function()
    while #opened > 0 do table.remove(opened):close() end
  end)

  local function status(client, path, options)
    return assert(client:get(path or PRODUCT, options)).cache_status
  end

  it("answers all clients of the name, and nobody else", function()
    local a, b = connect(), connect()
    assert.equal("miss", status(a))
    assert.equal("hit", status(b))
    assert.equal("PCBA-100", b.product:get_product("PCBA-100").partNumber)
    assert.equal("miss", status(connect { name = name .. " too" }))
    assert.equal("miss", status(support.connect(box)))
    assert.equal(3, #assert(box.sandbox:journal()))
    assert.same(a.cache:keys(), b.cache:keys())
  end)

  it("never answers one token with what another was told", function()
    local a = connect()
    local b = connect(nil, { token = "b3RoZXI=" })
    assert.equal(200, assert(a:get(PRODUCT)).status)
    local res = assert(b:get(PRODUCT))
    assert.same({ 401, "miss" }, { res.status, res.cache_status })
    assert.equal(504, assert(b:get(PRODUCT, { cache = "only" })).status)
    assert.same({ status = "miss", reason = "not stored", route = "/api/Product/{partNumber}" },
      b.cache:explain(PRODUCT))
    local field = { headers = { Authorization = "Basic b3RoZXI=" } }
    assert.equal(401, assert(a:get(PRODUCT, field)).status)
    assert.equal("hit", status(a))
  end)

  it("gives nobody more than his max_body", function()
    assert.equal("miss", status(connect()))
    local _, err = connect(nil, { max_body = 10 }):get(PRODUCT)
    assert.equal("too_large", err.kind)
  end)

  it("never answers for one server with what another said", function()
    local other = support.sandbox()
    assert(other.sandbox:seed { products = { { partNumber = "PCBA-100", name = "of the other" } } })
    local a, b = connect(), connect()
    local c = connect(nil, { base_url = other.sandbox.url })
    assert.equal("miss", status(a))
    assert.equal("of the other", c.product:get_product("PCBA-100").name)
    assert.not_equal("of the other", b.product:get_product("PCBA-100").name)
    assert.same({ "hit", "hit" }, { status(b), status(c) })
    other:stop()
  end)

  it("forgets for all what one has written, cleared or invalidated", function()
    local a, b = connect(), connect()
    assert.equal("miss", status(a))
    local product = assert(b.product:get_product("PCBA-100"))
    product.name = "renamed"
    assert(b.product:update_product(product))
    assert.equal("renamed", a.product:get_product("PCBA-100").name)
    assert.equal("hit", status(b))
    assert.equal(1, b.cache:invalidate("/api/Product"))
    assert.equal("miss", status(a))
    b.cache:clear()
    assert.equal("miss", status(a))
  end)

  it("has one set of figures, in the registry of the client that made it", function()
    local registry = wats.metrics.new()
    local a = connect(nil, { metrics = registry })
    local b = connect(nil, { metrics = registry })
    local c = connect()
    for _, client in ipairs { a, b, c } do status(client) end
    for _, client in ipairs { a, b, c } do
      local stats = client.cache:stats()
      assert.same({ 3, 2, 1, 1 }, { stats.requests, stats.hits, stats.misses, stats.size })
    end
    local text = registry:render()
    assert.equal("3", text:match("\nwats_http_cache_requests_total (%d+)"))
    assert.equal("2", text:match("\nwats_http_cache_hits_total (%d+)"))
    assert.equal("1", text:match("\nwats_http_cache_entries (%d+)"))
  end)

  describe("has the options of its first client:", function()
    it("others raise at their line, naming both", function()
      local first <const> = connect { ttl = 5, max_entries = 7, max_bytes = 9000 }
      local base = { base_url = box.sandbox.url, token = support.TOKEN }
      local function message(cache)
        base.cache = cache
        cache.name = name
        return support.blamed(function() wats.connect(base) end)
      end
      local other = (' asked for, but another client of the cache "%s" has '):format(name)
      assert.equal("wats.connect: cache.ttl: 6" .. other .. "5", message { ttl = 6 })
      assert.equal("wats.connect: cache.max_entries: 1000" .. other .. "7",
        message { max_entries = 1000 })
      assert.equal("wats.connect: cache.stale_if_error: 60" .. other .. "0",
        message { stale_if_error = 60 })
      assert.equal("wats.connect: cache.max_bytes: 8999" .. other .. "9000",
        message { ttl = 5, max_bytes = 8999 })
      assert.equal(7, first.cache:stats().max_size)
    end)

    it("the same ones are fine, and those left out are inherited", function()
      local _ <const> = connect { ttl = 5, max_entries = 7 }
      assert.equal(7, connect { ttl = 5, max_entries = 7 }.cache:stats().max_size)
      assert.equal(7, connect().cache:stats().max_size)
      assert.equal(64 * 1024 * 1024, connect().cache:stats().max_bytes)
    end)

    it("until the last is closed: then others are welcome, and it is empty", function()
      local a = connect { ttl = 5 }
      status(a)
      a:close()
      local b = connect { ttl = 6 }
      assert.equal("miss", status(b))
      assert.equal(1, a.cache:stats().size)
    end)
  end)

  it("outlives its clients, for a script that connects anew for each unit", function()
    for unit = 1, 3 do
      local client <close> = connect { ttl = 60 }
      assert.equal(unit == 1 and "miss" or "hit", status(client))
    end
    collectgarbage()
    collectgarbage()
    assert.equal("hit", status(connect()))
    assert.equal(1, #assert(box.sandbox:journal()))
  end)

  it("makes one transfer of what its clients ask at the same time", function()
    assert(box.sandbox:fault { method = "GET", path = PRODUCT, times = 0, delay_ms = 100 })
    local clients, jobs = {}, {}
    for i = 1, 16 do
      clients[i] = connect()
      jobs[i] = function() return clients[i].product:get_product("PCBA-100") end
    end
    for _, result in ipairs(wats.run(wats.gather, jobs)) do
      assert.is_true(result.ok)
      assert.equal("PCBA-100", result[1].partNumber)
    end
    assert.equal(1, #assert(box.sandbox:journal()))
    local coalesced = 0
    for _, client in ipairs(clients) do coalesced = coalesced + client:stats().coalesced end
    assert.equal(15, coalesced)
  end)

  it("has the defaults of one without", function()
    local named, plain = connect(), support.connect(box)
    assert(named:get(PRODUCT))
    assert(plain:get(PRODUCT))
    local a, b = named.cache:stats(), plain.cache:stats()
    assert.same({ a.max_size, a.max_bytes }, { b.max_size, b.max_bytes })
    assert.equal(named.cache:explain(PRODUCT).lifetime, plain.cache:explain(PRODUCT).lifetime)
  end)

  it("is none with cache = false", function()
    local client = support.connect(box, { cache = false })
    assert.same({ "bypass", "bypass" }, { status(client), status(client) })
  end)
end)
