-- Everything at once: writes race reads, HEADs, conditions, variants, redirects and refreshments in
-- the background, through two clients of one cache, of a server that says now this and now that of
-- its answers. Nobody gets what is older than a write that had returned when he asked, no body
-- comes with the fields of another, and the figures are exact.

local core = require("wats.core")
local needs = require("spec.support.needs")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local SECONDS = os.getenv("WATS_TEST_LONG") and 60 or 1.5 * needs.slowness

-- GET /x tells how many writes there have been, in its body and in a field. /r leads there.
local SERVER = [[
  math.randomseed(SEED + number)
  local r = math.random
  local LIVES = { "max-age=0, stale-while-revalidate=100", "max-age=100", "no-cache", "max-age=0",
    "max-age=0, stale-if-error=100", "max-age=1, stale-while-revalidate=100, stale-if-error=100" }
  shared.version = shared.version or 0

  local function answer(status, fields, body)
    send(("HTTP/1.1 %d X\r\n%s%s\r\n\r\n%s"):format(status, fields,
      body and "Content-Length: " .. #body or "X-None: 1", body or ""))
  end

  local function write()
    sleep(r(6) / 1000)
    shared.version = shared.version + 1
    local fields = ("X-Version: %d\r\n"):format(shared.version)
    sleep(r(6) / 1000)
    local kind = r(10)
    if kind == 1 then return answer(502, fields, "x") end
    answer(200, fields .. (kind == 2 and "Location: /x\r\n" or ""), "")
  end

  local function read_it(request)
    local version = shared.version
    local tag = ('"%d"'):format(version)
    sleep(r(12) / 1000)
    local fields = "Cache-Control: " .. LIVES[r(#LIVES)] .. "\r\n"
    if r(2) == 1 then fields = fields .. "ETag: " .. tag .. "\r\n" end
    if r(8) == 1 then return answer(503, "", "") end
    if request.head:find("If-None-Match: " .. tag, 1, true) then return answer(304, fields) end
    if r(3) == 1 then fields = fields .. "Vary: X-Form\r\n" end
    fields = fields .. ("X-Version: %d\r\n"):format(version)
    if request.method == "HEAD" then return answer(200, fields) end
    answer(200, fields, tostring(version))
  end

  while true do
    local request = read()
    if not request then break end
    if request.method == "PUT" then
      write()
    elseif request.target == "/r" then
      sleep(r(3) / 1000)
      answer(307, "Location: /x\r\n", "")
    else
      read_it(request)
    end
  end
]]

describe("a cache that is used in every way at once", function()
  local server
  local clients = {}
  local seed = os.time()
  local written, asked, stale -- what writes that returned had made; how often; used so

  setup(function()
    server = raw_servers.start((SERVER:gsub("SEED", seed)))
    for i = 1, 2 do
      clients[i] = support.connect(server.url, { retry = false, rate_limit = false,
        circuit_breaker = false, cache = { name = "cache_mixed_spec", stale_if_error = 50 } })
    end
  end)
  teardown(function()
    for _, client in ipairs(clients) do client:close() end
    if server then server:stop() end
  end)

  local function one_of(list) return list[math.random(#list)] end

  local function write()
    wats.sleep(math.random(30) / 1000)
    local res = one_of(clients):put(one_of { "/x", "/x", "/x", "/" }, { body = "1" })
    local version = res and tonumber(res.headers["x-version"])
    if version and version > written then written = version end
  end

  local WAYS = {
    function() end, function() end, function() end,
    function(o) o.cache = "refresh" end,
    function(o) o.cache = "only" end,
    function(o) o.cache = { ttl = 1 } end,
    function(o) o.timeout = 0.005 end,
    function(o) o.headers["Cache-Control"] = "max-stale=50" end,
    function(o) o.headers["X-Form"] = tostring(math.random(2)) end,
    function(o) o.headers["If-None-Match"] = ('"%d"'):format(written) end,
  }

  local function read()
    local least, options, is_head = written, { headers = {} }, math.random(6) == 1
    one_of(WAYS)(options)
    one_of(WAYS)(options)
    local client = one_of(clients)
    local res = client[is_head and "head" or "get"](client, one_of { "/x", "/x", "/r" }, options)
    asked = asked + 1
    if not res then return end
    if res.cache_status == "stale" then stale = stale + 1 end
    if res.status ~= 200 then return end
    local version = tonumber(res.headers["x-version"])
    local about = ("seed %d: %s (%s)"):format(seed, res.cache_status, res.cache_reason)
    assert.is_true(version >= least, ("%d < %d, %s"):format(version, least, about))
    if not is_head then assert.equal(tostring(version), res.body, about) end
  end

  it("is right", function()
    math.randomseed(seed)
    written, asked, stale = 0, 0, 0
    local until_when = core.monotonic() + SECONDS
    local function again(fn)
      return function()
        while core.monotonic() < until_when do
          fn()
          server:requests() -- or its pipe is full some day
          server.list = {}
        end
      end
    end
    local list = { again(write), again(write) }
    for _ = 1, 16 do list[#list + 1] = again(read) end
    for _, got in ipairs(wats.run(wats.gather, list)) do
      assert.is_true(got.ok, tostring(got.err))
    end
    local stats = clients[1].cache:stats()
    assert.is_true(written > 10 and asked > 100 and stale > 10,
      ("%d written, %d asked, %d stale"):format(written, asked, stale))
    assert.same({ asked, stale }, { stats.requests, stats.stale })
    assert.equal(stats.requests, stats.hits + stats.misses)
  end)
end)
