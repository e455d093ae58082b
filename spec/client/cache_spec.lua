-- The cache as a script sees it: what is answered from it, what never, what a write makes stale.

local boxed = require("spec.support.boxed")
local json = require("wats.json")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")

local PRODUCT = "/api/Product/PCBA-100"

describe("the client's cache", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local asked, status = box.asked, box.status
  local client
  before_each(function() client = box.client end)

  it("answers the second time, with the same bytes, and asks nobody", function()
    local first = assert(client:get(PRODUCT))
    local second = assert(client:get(PRODUCT))
    assert.same({ "miss", "hit" }, { first.cache_status, second.cache_status })
    assert.same({ false, true }, { first.from_cache, second.from_cache })
    assert.same({ 1, 0 }, { first.attempts, second.attempts })
    assert.equal(first.body, second.body)
    assert.equal(first.headers["content-type"], second.headers["content-type"])
    assert.equal(200, second.status)
    assert.is_nil(first.age)
    assert.equal("integer", math.type(second.age))
    assert.is_true(second.age >= 0 and second.age < 60)
    assert.equal(tostring(second.age), second.headers.age)
    assert.equal(1, asked())
  end)

  it("gives each answer its own bytes, large ones too, also after they have changed", function()
    local bodies = {}
    local function serve(name, byte)
      bodies[name] = byte:rep(5000) .. name
      assert(box.sandbox:fault { method = "GET", path = "/api/Product/" .. name, times = 1,
        body = bodies[name], headers = { ["Content-Type"] = "application/json" } })
    end
    for i = 1, 9 do serve("P" .. i, tostring(i)) end
    for round = 1, 3 do
      for name, body in pairs(bodies) do
        local res = assert(client:get("/api/Product/" .. name))
        assert.equal(round == 1 and "miss" or "hit", res.cache_status)
        assert.equal(body, res.body)
        assert.equal(body, res.body)
      end
    end
    serve("P1", "x")
    assert(client:get("/api/Product/P1", { cache = "refresh" }))
    local res = assert(client:get("/api/Product/P1"))
    assert.equal("hit", res.cache_status)
    assert.equal(bodies.P1, res.body)
  end)

  it("tells apart what differs in the query, not in its order", function()
    local path, a, b = "/api/App/Processes", "includeInactiveProcesses", "includeWipOperations"
    assert.equal("miss", status(path, { query = { [a] = true, [b] = true } }))
    assert.equal("hit", status(path, { query = { [b] = true, [a] = true } }))
    assert.equal("hit", status(("%s?%s=true&%s=true"):format(path, a, b)))
    assert.equal("miss", status(path, { query = { [a] = true } }))
    assert.equal("miss", status(path))
    assert.equal("hit", status("/API/app/processes"))
  end)

  it("tells apart whose answer it is, and in which form", function()
    assert(client:get(PRODUCT))
    local other = support.connect(box, { token = "b3RoZXI=" })
    assert.equal(401, assert(other:get(PRODUCT)).status)
    assert.equal("miss", assert(other:get(PRODUCT)).cache_status)
    local field = { headers = { Authorization = "Basic b3RoZXI=" } }
    assert.equal(401, assert(client:get(PRODUCT, field)).status)
    assert.equal("miss", status(PRODUCT, { headers = { Accept = "text/json" } }))
    assert.equal("miss", status(PRODUCT, { decompress = false }))
    assert.equal("hit", status(PRODUCT))
  end)

  it("asks every time for what is live, unless the caller says how old it may be", function()
    local path = "/api/App/Version"
    for _ = 1, 3 do assert.equal("bypass", status(path)) end
    assert.equal(3, asked())
    for _ = 1, 3 do client.app:get_version() end
    assert.equal(6, asked())
    assert.equal("miss", status(path, { cache = { ttl = 60 } }))
    assert.equal("hit", status(path, { cache = { ttl = 60 } }))
    assert.equal("25.3.0.0", client.app:get_version { cache = { ttl = 60 } })
    assert.equal(7, asked())
    assert.equal("bypass", status(path))
    assert.equal("bypass", status("/api/internal/anything"))
    assert.equal("bypass", status("/api/Report/Query/Header"))
  end)

  describe("by the option cache", function()
    it("bypass neither reads nor stores", function()
      local res = assert(client:get(PRODUCT, { cache = "bypass" }))
      assert.equal("bypass", res.cache_status)
      assert.equal("the caller asked for it", res.cache_reason)
      assert.equal(0, client.cache:stats().size)
      assert.equal("miss", status(PRODUCT))
      assert.equal("bypass", status(PRODUCT, { cache = "bypass" }))
      assert.equal(3, asked())
      assert.equal(1, client.cache:stats().requests)
    end)

    it("refresh asks in any case, and stores", function()
      assert.equal("miss", status(PRODUCT, { cache = "refresh" }))
      assert.equal("hit", status(PRODUCT))
      -- a conditional request: the sandbox has ETags
      assert.equal("revalidated", status(PRODUCT, { cache = "refresh" }))
      assert.equal(2, asked())
      assert(box.sandbox:seed { products = { { partNumber = "PCBA-100", name = "changed" } } })
      assert.equal("miss", status(PRODUCT, { cache = "refresh" }))
      assert.equal("changed", assert(client:get(PRODUCT)):json().name)
    end)

    it("only never asks", function()
      local res = assert(client:get(PRODUCT, { cache = "only" }))
      assert.equal(504, res.status)
      assert.is_false(res.ok)
      assert.is_false(res.from_cache)
      assert.equal("", res.body)
      assert.equal(0, asked())
      local value, err = client.product:get_product("PCBA-100", { cache = "only" })
      assert.is_nil(value)
      assert.equal(504, err.status)
      assert(client:get(PRODUCT))
      assert.equal("hit", status(PRODUCT, { cache = "only" }))
      assert.equal(200, assert(client:get(PRODUCT, { cache = "only" })).status)
    end)

    it("default is the default", function()
      assert.equal("miss", status(PRODUCT, { cache = "default" }))
      assert.equal("hit", status(PRODUCT, { cache = {} }))
    end)

    it("ttl = 0 revalidates what has no life of its own", function()
      assert.equal("miss", status(PRODUCT, { cache = { ttl = 0 } }))
      assert.equal("revalidated", status(PRODUCT, { cache = { ttl = 0 } }))
    end)
  end)

  it("hands out values that are the caller's own", function()
    local one = assert(client.product:get_product("PCBA-100"))
    one.name, one.revisions[1].revision, one.mine = "spoilt", "Z", {}
    local two = assert(client.product:get_product("PCBA-100"))
    assert.equal("Controller board", two.name)
    assert.equal("A", two.revisions[1].revision)
    assert.is_nil(two.mine)
    local list = assert(client.process:get_processes())
    list[1].name, list[#list] = "spoilt", nil
    assert.equal("SW Debug", assert(client.process:get_process(10)).name)
    local process = assert(client.process:get_process(50))
    process.name = "spoilt"
    assert.equal("PCBA test", assert(client.process:get_process(50)).name)
    assert.equal(2, asked())
  end)

  describe("heeds the server", function()
    local function headers(fields)
      return { method = "GET", path = PRODUCT, times = 0, headers = fields }
    end

    it("that says no-store", function()
      assert(box.sandbox:fault(headers { ["Cache-Control"] = "no-store" }))
      assert.equal("miss", status(PRODUCT))
      assert.equal("miss", status(PRODUCT))
      assert.equal(0, client.cache:stats().size)
    end)

    it("that says how long, also with ttl = 0", function()
      local strict = support.connect(box, { cache = { ttl = 0 } })
      assert.equal("miss", status(PRODUCT, nil, strict))
      assert.equal("revalidated", status(PRODUCT, nil, strict))
      assert(box.sandbox:fault(headers { ["Cache-Control"] = "max-age=60" }))
      assert.equal("revalidated", status(PRODUCT, nil, strict))
      assert.equal("hit", status(PRODUCT, nil, strict))
    end)

    it("that says it is over: revalidated by its ETag, body as stored", function()
      assert(box.sandbox:fault(headers { ["Cache-Control"] = "max-age=0" }))
      local first = assert(client:get(PRODUCT))
      local second = assert(client:get(PRODUCT))
      assert.equal("revalidated", second.cache_status)
      assert.is_true(second.from_cache)
      assert.equal(200, second.status)
      assert.equal(1, second.attempts)
      assert.equal(first.body, second.body)
      assert.equal(0, second.age)
      local journal = assert(box.sandbox:journal())
      assert.equal(304, journal[2].status)
      assert.equal(1, client.cache:stats().revalidations)
    end)

    it("that sends an error: it is not stored, what was stored stays", function()
      assert(client:get(PRODUCT))
      assert(box.sandbox:fault { method = "GET", path = PRODUCT, status = 500 })
      assert.equal(500, assert(client:get(PRODUCT, { cache = "refresh" })).status)
      assert.equal("hit", status(PRODUCT))
      assert.equal(404, assert(client:get("/api/Product/none")).status)
      assert.equal("miss", status("/api/Product/none"))
    end)
  end)

  it("sets Age, last, where the server sent none, and in place of its own", function()
    local server = raw_servers.start([[
      while true do
        local request = read()
        if not request then return end
        local age = request.target == "/aged" and "Age: 30\r\n" or ""
        send("HTTP/1.1 200 OK\r\nX: y\r\n" .. age .. "Content-Length: 0\r\n\r\n")
      end
    ]])
    finally(function() server:stop() end)
    local other = support.connect(server)
    for path, least in pairs { ["/aged"] = 30, ["/new"] = 0 } do
      assert(other:get(path))
      local res = assert(other:get(path))
      assert.equal("hit", res.cache_status)
      assert.is_true(res.age >= least and res.age < least + 60)
      assert.equal(tostring(res.age), res.headers.AGE)
      assert.same({ tostring(res.age) }, res.headers:all("age"))
      local count, last = 0, nil
      for name, value in res.headers:pairs() do
        if name:lower() == "age" then
          count, last = count + 1, value
        end
      end
      assert.equal(1, count)
      assert.equal(tostring(res.age), last)
      local again = assert(other:get(path)).headers:pairs()
      while again() do end -- luacheck: ignore
      assert.is_nil(again())
    end
  end)

  it("keeps to its bounds, the least used go first", function()
    local small = support.connect(box, { cache = { max_entries = 2 } })
    local paths = { "/api/App/Levels", "/api/App/Processes", "/api/App/ProductGroups" }
    assert(small:get(paths[1]))
    assert(small:get(paths[2]))
    assert(small:get(paths[1]))
    assert(small:get(paths[3]))
    assert.same({ "GET " .. box.sandbox.url .. paths[3], "GET " .. box.sandbox.url .. paths[1] },
      small.cache:keys())
    local stats = small.cache:stats()
    assert.same({ 2, 2, 1 }, { stats.size, stats.max_size, stats.evictions })
    local tiny = support.connect(box, { cache = { max_bytes = 100 } })
    assert(tiny:get(paths[1]))
    assert.equal("miss", status(paths[1], nil, tiny))
    assert.equal(0, tiny.cache:stats().size)
  end)

  it("counts what it did", function()
    assert(client:get(PRODUCT)) -- miss, stored
    for _ = 1, 6 do assert(client:get(PRODUCT)) end
    assert(client:get("/api/App/Version")) -- live: not counted
    assert(client:get(PRODUCT, { cache = "bypass" }))
    assert(client:get("/api/Product/none")) -- miss, 404: not stored
    local stats = client.cache:stats()
    assert.same({ 8, 6, 2, 1, 1, 0, 0 }, { stats.requests, stats.hits, stats.misses, stats.stores,
      stats.size, stats.evictions, stats.revalidations })
    assert.equal(0.75, stats.hit_rate)
    assert.is_true(stats.bytes > 100 and stats.bytes < 10000)
    assert.same({ 1000, 64 * 1024 * 1024, 0 }, { stats.max_size, stats.max_bytes, stats.stale })
    client.cache:clear()
    stats = client.cache:stats()
    assert.same({ 0, 0, 8 }, { stats.size, stats.bytes, stats.requests })
    assert.equal(0, support.connect(box).cache:stats().hit_rate)
  end)

  it("is an empty object where cache = false", function()
    local none = support.connect(box, { cache = false })
    assert.is_false(none.cache_enabled)
    for _ = 1, 2 do
      local res = assert(none:get(PRODUCT))
      assert.equal("bypass", res.cache_status)
      assert.equal("the client stores nothing", res.cache_reason)
    end
    assert.equal(2, asked())
    local stats = none.cache:stats()
    for name, value in pairs(client.cache:stats()) do
      assert.equal(math.type(value), math.type(stats[name]), name)
      assert.equal(0, stats[name])
    end
    assert.same({}, none.cache:keys())
    assert.equal(0, none.cache:invalidate("/api"))
    assert.equal(0, none.cache:invalidate())
    none.cache:clear()
    local explanation = assert(none.cache:explain(PRODUCT))
    assert.equal("bypass", explanation.status)
    assert.equal(504, select(2, none.product:get_product("x", { cache = "only" })) and 504)
  end)

  it("stores JSON of any size whole", function()
    local text = json.encode(("x"):rep(300000))
    assert(box.sandbox:fault { method = "GET", path = PRODUCT, status = 200, body = text,
      headers = { ["Content-Type"] = "application/json" } })
    assert.equal(300002, #assert(client:get(PRODUCT)).body)
    assert.equal(text, assert(client:get(PRODUCT)).body)
    assert.equal(1, asked())
  end)
end)
