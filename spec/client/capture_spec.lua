-- Which requests a trace holds, and what it says of them.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local blamed, TOKEN = support.blamed, support.TOKEN

describe("client:capture", function()
  local server, client

  setup(function()
    server = raw_servers.start [[
      while true do
        local request = read()
        if not request then return end
        local target = request.target
        if target:find("drop", 1, true) then return end
        if target:find("slow", 1, true) then sleep(0.15) end
        local name = target:match("flaky=(%w+)")
        local status = "200"
        if name and not shared[name] then
          shared[name] = true
          status = "503"
        end
        send("HTTP/1.1 " .. (target:match("status=(%d+)") or status) ..
          " X\r\nRetry-After: 0\r\nContent-Type: application/json\r\n" ..
          "Content-Length: 2\r\n\r\n{}")
      end
    ]]
  end)
  teardown(function() server:stop() end)
  before_each(function()
    client = support.connect(server, { retry = { base_delay = 0.001 } })
  end)

  local function paths(trace)
    local list = {}
    for i, call in ipairs(trace) do list[i] = call.url:sub(#server.url + 1) end
    return list
  end

  it("returns the trace, then what the function returned", function()
    local trace, a, b, c, d = client:capture(function(...) return ..., nil, 3, nil end, "a")
    assert.same({ warnings = {} }, trace)
    assert.same({ "a", nil, 3, nil }, { a, b, c, d })
    assert.equal(5, select("#", client:capture(function() return 1, nil, 3, nil end)))
  end)

  it("tells of each request what came of it", function()
    local trace = client:capture(function()
      client:get("/a", { query = { b = 1 } })
      client:get("/a", { query = { b = 1 } })
      client:post("/p", { body = "12345" })
      client:get("/f?flaky=first")
      client:get("/x?status=404", { cache = "bypass" })
    end)
    assert.equal(5, #trace)
    local first = trace[1]
    assert.equal("GET", first.method)
    assert.is_nil(first.route)
    assert.equal(server.url .. "/a?b=1", first.url)
    assert.equal(200, first.status)
    assert.equal("miss", first.cache_status)
    assert.equal(1, first.attempts)
    assert.is_true(first.elapsed > 0)
    assert.equal(0, first.bytes.sent)
    assert.is_true(first.bytes.received > 50)
    assert.is_nil(first.error)
    assert.equal("hit", trace[2].cache_status)
    assert.equal(0, trace[2].attempts)
    assert.same({ sent = 0, received = 0 }, trace[2].bytes)
    assert.equal("POST", trace[3].method)
    assert.equal(5, trace[3].bytes.sent)
    assert.equal("bypass", trace[3].cache_status)
    assert.equal(2, trace[4].attempts)
    assert.is_true(trace[4].bytes.received > first.bytes.received)
    assert.equal(404, trace[5].status)
  end)

  it("tells the kind of an error, and of a mistake", function()
    local trace = client:capture(function()
      client:get("/drop", { retry = false })
      client:get("/slow", { timeout = 0.01, cache = "bypass" })
      pcall(client.get, client, "no slash")
    end)
    assert.equal("connection", trace[1].error)
    assert.is_nil(trace[1].status)
    assert.equal("timeout", trace[2].error)
    assert.equal("argument", trace[3].error)
  end)

  it("holds domain calls, iterators' pages and streams", function()
    local got = 0
    local trace = client:capture(function()
      client.product:get_product("P 1")
      client:call("GET /api/App/Version")
      client:call("GET /api/App/Levels", nil, { sink = function() end })
      client:get("/s", { sink = function(chunk) got = got + #chunk end })
      client:get("/drop", { sink = function() end, retry = false })
      client:get("/s", { sink = "/nowhere/at/all" })
      pcall(client.get, client, "/r", { sink = function() error("mine") end })
    end)
    assert.same({ "/api/Product/P%201", "/api/App/Version", "/api/App/Levels", "/s", "/drop",
      "/r" }, paths(trace))
    assert.equal(2, got)
    assert.equal(200, trace[3].status)
    assert.equal(200, trace[4].status)
    assert.equal("connection", trace[5].error)
    assert.equal("cancelled", trace[6].error)
  end)

  it("holds nothing of another client, and nothing of before and after", function()
    local other = support.connect(server)
    client:get("/before")
    local trace = client:capture(function()
      other:get("/other")
      client:get("/mine")
    end)
    client:get("/after")
    assert.same({ "/mine" }, paths(trace))
  end)

  it("is in the order of beginning, whoever ends first", function()
    local trace = client:capture(function()
      wats.gather {
        function() return client:get("/slow") end,
        function() return client:get("/fast") end,
      }
    end)
    assert.same({ "/slow", "/fast" }, paths(trace))
    assert.equal(200, trace[1].status)
    assert.is_true(trace[1].elapsed > trace[2].elapsed)
  end)

  it("holds those of tasks that the function spawned, and not of others", function()
    wats.run(function()
      local other = wats.spawn(function()
        client:get("/other1")
        wats.sleep(0.02)
        client:get("/other2")
      end)
      local trace = client:capture(function()
        local child = wats.spawn(function()
          client:get("/child")
          wats.spawn(function() client:get("/grandchild") end):join()
        end)
        wats.sleep(0.05)
        client:get("/own")
        child:join()
        other:join()
      end)
      local list = paths(trace)
      table.sort(list)
      assert.same({ "/child", "/grandchild", "/own" }, list)
    end)
  end)

  it("tells tasks of plain code apart from plain code", function()
    local other = wats.spawn(function() client:get("/task") end)
    local trace = client:capture(function()
      client:get("/slow", { cache = "bypass" }) -- the task runs meanwhile
      other:join()
    end)
    assert.same({ "/slow" }, paths(trace))
  end)

  it("holds what generators within the function ask", function()
    local trace = client:capture(function()
      local next_one = coroutine.wrap(function()
        client:get("/g1")
        coroutine.yield()
        client:get("/g2")
      end)
      next_one()
      next_one()
    end)
    assert.same({ "/g1", "/g2" }, paths(trace))
  end)

  it("completes what was under way, and takes in nothing more", function()
    wats.run(function()
      local child
      local trace = client:capture(function()
        child = wats.spawn(function()
          client:get("/slow", { cache = "bypass" })
          client:get("/later")
        end)
        wats.sleep(0.02)
      end)
      assert.same({ "/slow" }, paths(trace))
      assert.is_nil(trace[1].status)
      assert.is_nil(trace[1].error)
      child:join()
      assert.equal(200, trace[1].status)
      assert.equal(1, #trace)
    end)
  end)

  it("tells what was cancelled", function()
    local trace = client:capture(function()
      local task = wats.spawn(function() return client:get("/slow", { cache = "bypass" }) end)
      wats.sleep(0.02)
      task:cancel()
      task:join()
    end)
    assert.equal("cancelled", trace[1].error)
  end)

  it("nests", function()
    local inner
    local outer = client:capture(function()
      client:get("/1")
      inner = client:capture(function() client:get("/2") end)
      client:get("/3")
    end)
    assert.same({ "/2" }, paths(inner))
    assert.same({ "/1", "/2", "/3" }, paths(outer))
  end)

  it("ends right where coroutines interleave", function()
    local a = coroutine.create(function()
      return (client:capture(function()
        client:get("/a1")
        coroutine.yield()
        client:get("/a2")
      end))
    end)
    assert(coroutine.resume(a))
    local trace_a
    local trace_b = client:capture(function()
      trace_a = select(2, coroutine.resume(a))
      client:get("/b")
    end)
    assert.same({ "/a1", "/a2" }, paths(trace_a))
    assert.same({ "/a2", "/b" }, paths(trace_b))
    assert.same({ "/c" }, paths((client:capture(function() client:get("/c") end))))
  end)

  it("lets an error through as it is, with its place", function()
    local value = {}
    local ok, raised = pcall(client.capture, client, function() error(value) end)
    assert.is_false(ok)
    assert.equal(value, raised)
    local _, traceback = xpcall(client.capture, debug.traceback, client, function()
      local function deep() error("here") end
      deep()
    end)
    assert.matches("capture_spec.lua:%d+: here", traceback)
    assert.matches("in upvalue 'deep'.*in function <", traceback:gsub("local 'deep'",
      "upvalue 'deep'"))
    local trace = client:capture(function() client:get("/fine") end)
    assert.same({ "/fine" }, paths(trace))
    assert.is_nil(require("wats.async").default.captures)
  end)

  it("holds no credential", function()
    local trace = client:capture(function()
      client:get("/" .. TOKEN:gsub("=", ""))
      client:get("/x", { query = { a = TOKEN, api_key = "hunter2" } })
      client:get("/x", { headers = { Authorization = "Basic " .. TOKEN, ["X-Key"] = TOKEN } })
      client:get("/drop", { query = { [TOKEN] = "1" }, retry = false })
      wats.gather { function() return client:get("/y?a=" .. TOKEN) end }
      client:get("/z", { query = { a = TOKEN }, sink = function() end })
    end)
    assert.equal(6, #trace)
    local all = table.concat(support.strings(trace), "\n")
    assert.falsy(all:find("Y2FuYXJ5", 1, true), all)
    assert.falsy(all:find("hunter2", 1, true), all)
    assert.falsy(all:find("Basic", 1, true), all)
  end)

  it("blames who gives it no function, or no client", function()
    assert.equal("client:capture: a function expected, got nil",
      blamed(function() client:capture() end))
    assert.matches("a client expected", blamed(function() client.capture({}, print) end))
  end)
end)
