-- Identical requests at the same time: who asks the server, and what the others get.

local boxed = require("spec.support.boxed")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local PRODUCT = "/api/Product/PCBA-100"
local VERSION = "/api/App/Version"
local TASKS = 16

describe("identical requests at the same time", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local asked = box.asked
  local client
  before_each(function() client = box.client end)

  local function slow(path, more)
    local fault = { method = "GET", path = path, times = 0, delay_ms = 60 }
    for name, value in pairs(more or {}) do fault[name] = value end
    assert(box.sandbox:fault(fault))
  end

  -- What `TASKS` tasks get that do the same.
  local function together(f)
    local jobs = {}
    for i = 1, TASKS do jobs[i] = f end
    return wats.run(wats.gather, jobs)
  end

  it("are one transfer, and each caller has an answer of his own", function()
    slow(PRODUCT)
    local seen = {}
    local function look_up() return client.product:get_product("PCBA-100") end
    for _, result in ipairs(together(look_up)) do
      assert.is_true(result.ok)
      local product = result[1]
      assert.equal("PCBA-100", product.partNumber)
      assert.is_nil(seen[product])
      seen[product] = true
      product.partNumber = "changed by one of them"
    end
    assert.equal(1, asked())
    assert.equal(TASKS - 1, client:stats().coalesced)
    assert.equal("PCBA-100", client.product:get_product("PCBA-100").partNumber)
  end)

  it("end in the same failure when it fails", function()
    slow(PRODUCT, { drop = "before" })
    for _, result in ipairs(together(function() return client:get(PRODUCT) end)) do
      assert.is_false(result.ok)
      assert.equal("connection", result.err.kind)
    end
    assert.is_true(asked() <= 2) -- a kept connection that breaks at once is tried once more
    assert(box.sandbox:reset())
    slow(PRODUCT, { status = 500 })
    for _, result in ipairs(together(function() return client:get(PRODUCT) end)) do
      assert.same({ true, 500 }, { result.ok, result[1].status })
    end
    assert.equal(1, asked())
  end)

  it("outlive the task that asked first", function()
    slow(PRODUCT)
    wats.run(function()
      local first = wats.spawn(function() return client:get(PRODUCT) end)
      wats.sleep(0.01)
      local others = {}
      for i = 1, 5 do others[i] = wats.spawn(function() return client:get(PRODUCT) end) end
      wats.sleep(0.01)
      first:cancel()
      for _, task in ipairs(others) do assert.equal(200, assert(task:join()).status) end
    end)
    assert.is_true(asked() <= 2)
  end)

  it("keep their own timeouts", function()
    slow(PRODUCT, { delay_ms = 400 })
    wats.run(function()
      local patient = wats.spawn(function() return client:get(PRODUCT) end)
      wats.sleep(0.01)
      local res, err = client:get(PRODUCT, { timeout = 0.05 })
      assert.is_nil(res)
      assert.equal("timeout", err.kind)
      assert.equal(200, assert(patient:join()).status)
    end)
    assert.equal(1, asked())
  end)

  it("are asked one by one where the state is live, unless the caller says how old it may be",
    function()
      slow(VERSION)
      together(function() return assert(client:get(VERSION)) end)
      assert.equal(TASKS, asked())
      together(function() return assert(client:get(VERSION, { cache = { ttl = 0 } })) end)
      assert.equal(2 * TASKS, asked())
      assert.equal(0, client:stats().coalesced)
      together(function() return assert(client:get(VERSION, { cache = { ttl = 30 } })) end)
      assert.equal(2 * TASKS + 1, asked())
      assert.equal("hit", assert(client:get(VERSION, { cache = { ttl = 30 } })).cache_status)
    end)

  it("are not joined by who says how old it may be, when they began before that", function()
    slow(VERSION, { delay_ms = 500 })
    local brief = { cache = { ttl = 0.1 } }
    wats.run(function()
      local first = wats.spawn(function() return client:get(VERSION, brief) end)
      wats.sleep(0.3)
      assert(client:get(VERSION, brief))
      assert(first:join())
    end)
    assert.equal(2, asked())
  end)

  it("are not joined by who asks after a write has returned", function()
    slow(PRODUCT, { delay_ms = 300, times = 1 })
    wats.run(function()
      local early = wats.spawn(function() return client.product:get_product("PCBA-100") end)
      wats.sleep(0.05) -- its answer is made by now, and held back
      local other = support.connect(box, { cache = false })
      local product = assert(other.product:get_product("PSU-24V-5A"))
      product.name = "new"
      assert(client.product:update_product(product))
      product = assert(other.product:get_product("PCBA-100"))
      product.name = "newer"
      assert(client.product:update_product(product))
      assert.equal("newer", client.product:get_product("PCBA-100").name)
      assert.not_equal("newer", early:join().name)
    end)
    assert.equal("newer", client.product:get_product("PCBA-100").name)
  end)

  it("are not a GET and a HEAD", function()
    local server = raw_servers.start [[
      while true do
        local r = read()
        if not r then break end
        sleep(0.1)
        send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" .. (r.method == "GET" and "body" or ""))
      end
    ]]
    local other = support.connect(server)
    local results = wats.run(wats.gather, {
      function() return other:get("/x") end, function() return other:head("/x") end,
      function() return other:get("/x") end, function() return other:head("/x") end,
    })
    for i, result in ipairs(results) do
      assert.is_true(result.ok)
      assert.equal(i % 2 == 1 and "body" or "", result[1].body)
    end
    assert.equal(2, #server:requests())
    server:stop()
  end)
end)
