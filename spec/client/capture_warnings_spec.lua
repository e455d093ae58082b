-- What client:capture says of loops.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

describe("client:capture warns", function()
  local server, client

  setup(function()
    server = raw_servers.start [[
      while true do
        local request = read()
        if not request then return end
        local list = request.target:find("Query", 1, true)
        send("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n" ..
          (list and "[]" or "{}"))
      end
    ]]
  end)
  teardown(function() server:stop() end)
  before_each(function()
    server:requests() -- or its pipe is full one day
    client = support.connect(server)
  end)

  local function each(count, fn)
    return function()
      for i = 1, count do fn(i) end
    end
  end

  local function product(i) return client.product:get_product("PN " .. i) end

  -- The warnings of `fn`, as "GET /route count".
  local function warned(fn)
    local trace = client:capture(fn)
    local list = {}
    for i, warning in ipairs(trace.warnings) do
      list[i] = ("%s %s %d"):format(warning.method, warning.route, warning.count)
    end
    return list, trace
  end

  it("of more than ten look-ups of one kind, one after another", function()
    assert.same({}, warned(each(10, product)))
    client.cache:clear()
    local list, trace = warned(each(11, product))
    assert.same({ "GET /api/Product/{partNumber} 11" }, list)
    assert.equal("/api/Product/{partNumber}", trace[1].route)
    assert.matches("^GET /api/Product/{partNumber} went out 11 times, one after another: ",
      trace.warnings[1].message)
  end)

  it("names what would do better, as far as there is such a method", function()
    local service = client.product
    local own = rawget(service, "get_many")
    service.get_many = function() end
    local _, trace = warned(each(11, product))
    service.get_many = own
    assert.matches("client.product:get_many has many in fewer requests",
      trace.warnings[1].message, 1, true)
    local function message(fn)
      client.cache:clear()
      local _, found = warned(each(11, fn))
      return found.warnings[1].message
    end
    assert.matches("wats.map has up to 16 at a time", message(function(i)
      client:call("GET /api/Software/Package/{id}", { id = ("%08d-x"):format(i) })
    end), 1, true)
  end)

  it("of each kind in a loop of several, in the order of their beginning", function()
    assert.same({ "GET /api/Product/{partNumber} 12",
      "GET /api/Product/{partNumber}/{revision} 12" }, warned(each(12, function(i)
      product(i)
      client.product:get_revision("PN", "R" .. i)
    end)))
  end)

  it("of raw requests by the operation that their path is of", function()
    assert.same({ "GET /api/Product/{partNumber} 11" }, warned(each(11, function(i)
      client:get("/api/product/x" .. i)
    end)))
  end)

  it("of failures too, and of what was asked in tasks one by one", function()
    assert.same({ "GET /api/Product/{partNumber} 11" }, warned(function()
      local items = {}
      for i = 1, 11 do items[i] = i end
      wats.map(items, product, { concurrency = 1 })
    end))
  end)

  it("of queries that differ in their filter, but not of pages", function()
    local function query(i)
      return client.report:query_headers { filter = { serialNumber = "SN " .. i } }
    end
    local list, trace = warned(each(15, query))
    assert.same({ "GET /api/Report/Query/Header 15" }, list)
    assert.matches("client.report:query_headers with a filter", trace.warnings[1].message, 1, true)
    assert.same({}, warned(each(30, function(i)
      client.report:query_headers({ skip = i * 10, top = 10 })
      client.report:query_headers { filter = "timeStamp gt " .. i, orderby = "timestamp" }
    end)))
  end)

  it("of writes that the server takes many of", function()
    local list, trace = warned(each(11, function(i)
      client.product:create_product { partNumber = "P" .. i }
    end))
    assert.same({ "PUT /api/Product 11" }, list)
    assert.matches("one request takes many: .*PUT /api/Products$", trace.warnings[1].message)
    assert.same({}, warned(each(20, function(i)
      client:post("/api/Asset/Message", { json = { content = i } })
    end)))
  end)

  it("not of what the cache answered, nor of one question over and over", function()
    assert.same({}, warned(each(30, function() product(1) end)))
    warned(each(11, product))
    assert.same({}, warned(each(11, product)))
    assert.same({}, warned(each(30, function() client.app:get_version() end)))
  end)

  it("not of what went together", function()
    local items = {}
    for i = 1, 100 do items[i] = i end
    assert.same({}, warned(function() wats.map(items, product) end))
  end)

  it("not of paths that are of no operation", function()
    local list, trace = warned(each(30, function(i) client:get("/thing/" .. i) end))
    assert.same({}, list)
    assert.is_nil(trace[1].route)
  end)

  it("also through wats.log, once though captures nest", function()
    local told = {}
    wats.log.set(function(level, message, fields)
      if level == "warn" then told[#told + 1] = { message, fields } end
    end)
    local outer = client:capture(function()
      local inner = client:capture(each(11, product))
      assert.equal(1, #inner.warnings)
    end)
    wats.log.set(nil)
    assert.equal(1, #outer.warnings)
    assert.equal(1, #told)
    assert.equal(outer.warnings[1].message, told[1][1])
    assert.same({ "GET", "/api/Product/{partNumber}", 11 },
      { told[1][2].method, told[1][2].route, told[1][2].count })
  end)

  it("without any argument of the requests", function()
    local _, trace = warned(each(11, function(i)
      client.product:get_product(support.TOKEN:gsub("=", "") .. i)
    end))
    local all = table.concat(support.strings(trace), "\n")
    assert.falsy(all:find("Y2FuYXJ5", 1, true), all)
  end)
end)
