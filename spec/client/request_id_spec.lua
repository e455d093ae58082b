-- What a request is called: on the wire, in the log, in traces and errors.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local SERVER = [[
  while true do
    local request = read()
    if not request then return end
    local target = request.target
    if target:find("drop", 1, true) then return end
    if target:find("slow", 1, true) then sleep(0.1) end
    local status = target:match("status=(%d+)") or "200"
    local name = target:match("flaky=(%w+)")
    if name and not shared[name] then
      shared[name] = true
      status = "503"
    end
    local to = target:match("to=(.*)")
    if to then status = "302" end
    local body = target:find("broken", 1, true) and "{x" or "{}"
    send("HTTP/1.1 " .. status .. " X\r\nRetry-After: 0\r\nContent-Type: application/json\r\n" ..
      (to and "Location: " .. to .. "\r\n" or "") ..
      (target:find("vary", 1, true) and "Vary: X-Request-Id\r\n" or "") ..
      (target:find("behind", 1, true)
        and "Cache-Control: max-age=0, stale-while-revalidate=100\r\n" or "") ..
      "Content-Length: 2\r\n\r\n" .. body)
  end
]]

describe("a request's id", function()
  local server, client, heard

  setup(function() server = raw_servers.start(SERVER) end)
  teardown(function() server:stop() end)

  before_each(function()
    heard = {}
    client = support.connect(server, { retry = { base_delay = 0.001 }, cache = { ttl = 100 } })
    wats.log.set(function(level, message, fields)
      heard[#heard + 1] = { level = level, message = message, fields = fields }
    end)
  end)
  after_each(function() wats.log.set(nil) end)

  -- Of the requests that came to the server since, which are `count`.
  local function sent(count)
    local all = server:requests()
    local ids = {}
    for i = #all - count + 1, #all do ids[#ids + 1] = all[i].headers["x-request-id"] or "none" end
    return table.unpack(ids)
  end

  it("is made for each, and sent", function()
    local first = assert(client:get("/a"))
    local second = assert(client:post("/b", { body = "x" }))
    local one, two = sent(2)
    assert.matches("^%x+%-%d+$", one)
    assert.not_equal(one, two)
    assert.same({ one, two }, { first.request_id, second.request_id })
    wats.log.set(nil)
    assert.equal(client:get("/c").request_id, (sent(1)))
  end)

  it("is one over retries and redirects, in the log and in a trace", function()
    local trace = client:capture(function()
      assert.equal(2, client:get("/x?flaky=one").attempts)
      assert.equal(200, client:get("/r?to=/landed").status)
    end)
    local a, b, c, d = sent(4)
    assert.equal(a, b)
    assert.equal(c, d)
    assert.not_equal(a, c)
    assert.same({ a, c }, { trace[1].request_id, trace[2].request_id })
    assert.equal("a failed attempt is sent again", heard[1].message)
    assert.same({ a, a, c },
      { heard[1].fields.request_id, heard[2].fields.request_id, heard[3].fields.request_id })
  end)

  it("is in errors, with and without an answer", function()
    local errors = {
      select(2, client:get("/drop", { retry = false })),
      select(2, client.product:get_product("A", { query = { status = 404 } })),
      select(2, client.product:get_product("B", { query = { broken = 1 }, cache = "bypass" })),
      select(2, client:get("/big", { max_body = 1 })),
    }
    local ids = {}
    for i, err in ipairs(errors) do ids[i] = err.request_id end
    local all = server:requests()
    local seen = {}
    for _, request in ipairs(all) do seen[request.headers["x-request-id"]] = request.target end
    assert.same({ "/drop", "/api/Product/A?status=404", "/api/Product/B?broken=1", "/big" },
      { seen[ids[1]], seen[ids[2]], seen[ids[3]], seen[ids[4]] })
    client:close()
    assert.matches("^%x+%-%d+$", select(2, client:get("/x")).request_id)
  end)

  it("is the caller's own where he gives one", function()
    local own = { headers = { ["x-request-ID"] = "work order 7" } }
    local trace, res = client:capture(function() return client:get("/own?flaky=own", own) end)
    local one, two = sent(2)
    assert.same({ "work order 7", "work order 7" }, { one, two })
    assert.equal("work order 7", res.request_id)
    assert.equal("work order 7", trace[1].request_id)
    assert.equal("work order 7", heard[1].fields.request_id)
    local long = ("ø"):rep(60)
    res = assert(client:get("/own?2", { headers = { ["X-Request-Id"] = long } }))
    assert.equal(long, (sent(1)))
    assert.equal(("ø"):rep(31), res.request_id:sub(1, 62))
    assert.is_true(#res.request_id < 64)
  end)

  it("leaves cached answers as they are", function()
    local first = assert(client:get("/cached"))
    local trace, again = client:capture(function()
      return client:get("/cached", { headers = { ["X-Request-Id"] = "another" } })
    end)
    assert.equal("hit", again.cache_status)
    assert.is_nil(again.request_id)
    assert.equal("another", trace[1].request_id)
    trace = client:capture(function() client:get("/cached") end)
    assert.not_equal(first.request_id, trace[1].request_id)
    assert.equal(trace[1].request_id, heard[#heard].fields.request_id)
    assert.equal(first.request_id, (sent(1)))
  end)

  it("is another for what is refreshed behind the caller's back", function()
    assert(client:get("/behind"))
    local stale = assert(client:get("/behind", { headers = { ["X-Request-Id"] = "mine" } }))
    assert.equal("stale", stale.cache_status)
    local deadline = os.time() + 20
    repeat wats.sleep(0.01) until server:last().target == "/behind" and #server:requests() > 1
      and (sent(1)) ~= "mine" or os.time() > deadline
    local first, second = sent(2)
    assert.matches("^%x+%-%d+$", second)
    assert.not_equal(first, second)
  end)

  it("is that of the request which asked, for those who joined it", function()
    local function get() return client:get("/slow") end
    local function own() return client:get("/slow", { headers = { ["X-Request-Id"] = "mine" } }) end
    local results = wats.run(wats.gather, { get, get, own })
    local id = sent(1)
    assert.same({ id, id, "mine" },
      { results[1][1].request_id, results[2][1].request_id, results[3][1].request_id })
    assert.equal(2, client:stats().coalesced)
    results = wats.run(wats.gather, {
      function() return client:get("/slow/drop", { retry = false }) end,
      function() return client:get("/slow/drop", { retry = false }) end,
    })
    assert.equal(results[1].err.request_id, results[2].err.request_id)
    assert.equal(results[1].err.request_id, (sent(1)))
  end)

  it("is known of a request that was given up", function()
    local task = wats.spawn(function() return client:get("/slow?cancel") end)
    wats.sleep(0.02)
    task:cancel()
    local entry = heard[#heard]
    assert.equal("cancelled", entry.fields.error)
    assert.equal(entry.fields.request_id, (sent(1)))
  end)

  it("keeps an answer that varies by it from being used again", function()
    assert(client:get("/vary"))
    assert.equal("miss", client:get("/vary").cache_status)
    local own = { headers = { ["X-Request-Id"] = "fixed" } }
    assert(client:get("/vary", own))
    assert.equal("hit", client:get("/vary", own).cache_status)
  end)

  it("goes along with streams", function()
    local res = assert(client:get("/s", { sink = function() end }))
    assert.equal((sent(1)), res.request_id)
    local own = assert(client:post("/u", { source = function() return nil end,
      headers = { ["X-Request-Id"] = "upload" } }))
    assert.equal("upload", (sent(1)))
    assert.equal("upload", own.request_id)
  end)

  it("hides the token, if somebody has put it there", function()
    local own = { headers = { ["X-Request-Id"] = "a-" .. support.TOKEN } }
    local trace = client:capture(function() client:get("/x?flaky=token", own) end)
    local _, err = client:get("/drop", own)
    local all = table.concat(support.strings { heard, trace, err }, "\n")
    assert.falsy(all:find("Y2FuYXJ5", 1, true))
    assert.equal("a-***==", err.request_id)
  end)
end)
