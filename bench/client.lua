-- What a request costs: cached ones beside a method call into C that only checks what it is called
-- on, and beside decoding the body; others beside libcurl used by hand (processor time of this
-- process; the server is another).
-- Ratios of medians, all taking turns in one run; Lua collects its garbage as it always does.
--
--   make bench     (or: lua5.4 bench/client.lua, with wats found by LUA_PATH and LUA_CPATH)

local json = require("wats.json")
local sandboxes = require("wats.sandbox")
local turns = require("bench.support.turns")
local wats = require("wats")

local ROUNDS = 25
local CACHED_CALLS = { [300] = 10000, [50000] = 400 }
local REQUESTS = 60

local function load_yardstick()
  local directory = os.getenv("BUILD") or "build/plain"
  local file = directory .. "/client_yardstick.so"
  local lua = (os.getenv("LUA") or "lua5.4"):match("[^/]*$")
  local compile = "mkdir -p %s && %s -std=c11 -O2 -fPIC -shared $(pkg-config --cflags %s libcurl) "
    .. "-o %s bench/client_yardstick.c $(pkg-config --libs libcurl)"
  assert(os.execute(compile:format(directory, os.getenv("CC") or "cc", lua, file)),
    "cannot build the yardstick")
  return assert(package.loadlib(file, "luaopen_client_yardstick"))()
end

-- A product of about so many bytes.
local function record(part_number, size)
  local product = {
    partNumber = part_number, name = "Controller board", description = "", nonSerial = false,
    state = 1, productId = "33a2d408-3fc8-480b-b554-6866c77fd91c", revisions = json.array {},
  }
  local number = 0
  while #json.encode(product) < size - 100 do
    number = number + 1
    product.revisions[number] = { revision = ("R%d"):format(number), name = "Revision", state = 1,
      productRevisionId = ("%08d-3fc8-480b-b554-6866c77fd91c"):format(number) }
  end
  product.description = ("x"):rep(size - #json.encode(product))
  return json.encode(product)
end

-- Processor seconds for each call of the functions.
local function measure(functions, calls)
  return turns.measure(functions, { rounds = ROUNDS, calls = calls, clock = os.clock })
end

local missed = 0

-- `most` is a ratio, or with `plus` the yardstick and so many seconds; without it the row informs.
local function row(what, ours, yardstick, most, plus)
  local verdict = ""
  if most or plus then
    local limit = plus and yardstick + plus or yardstick * most
    local target = plus and ("at most +%.1f us"):format(plus * 1e6)
      or ("at most %.1fx"):format(most)
    verdict = target .. (ours <= limit and "  ok" or "  MISSED")
    if ours > limit then missed = missed + 1 end
  end
  print(("%-40s %9.3f us %9.3f us %7.2fx  %s"):format(what, ours * 1e6, yardstick * 1e6,
    ours / yardstick, verdict))
end

local yardstick = load_yardstick()
local sandbox <close> = assert(sandboxes.spawn { lua = os.getenv("LUA") })
local client = assert(wats.connect { base_url = sandbox.url, token = sandbox.token,
  rate_limit = false })
local BODIES = { [300] = record("P-300", 300), [4000] = record("P-4000", 4000),
  [50000] = record("P-50000", 50000) }
local PATHS = {}
for size, body in pairs(BODIES) do
  PATHS[size] = ("/api/Product/P-%d"):format(size)
  assert(sandbox:fault { method = "GET", path = PATHS[size], times = 0, status = 200, body = body,
    headers = { ["Content-Type"] = "application/json; charset=utf-8" } })
  assert(assert(client:get(PATHS[size])).body == body)
end

local function cached(size, target)
  local path, part_number, calls = PATHS[size], "P-" .. size, CACHED_CALLS[size]
  local object, product, body = yardstick.object(), client.product, BODIES[size]
  local options = { query = { a = 1, b = "two" } }
  assert(client:get(path, options))
  local empty, with_body, status, query, decode, domain = measure({
    function(n) for _ = 1, n * 10 do object:nothing() end end,
    function(n) for _ = 1, n do local _ = client:get(path).body end end,
    function(n) for _ = 1, n do local _ = client:get(path).status end end,
    function(n) for _ = 1, n do local _ = client:get(path, options).body end end,
    function(n) for _ = 1, n do json.decode(body) end end,
    function(n) for _ = 1, n do product:get_product(part_number) end end,
  }, calls)
  empty = empty / 10
  row(("cached get, body of %d B"):format(size), with_body, empty, target)
  row(("cached get, status of %d B"):format(size), status, empty)
  row(("cached get, two parameters, %d B"):format(size), query, empty)
  if size == 300 then
    row("cached get_product of 300 B, over decode", domain, decode, nil, 1e-6)
  else
    row(("cached get_product of %d B, over decode"):format(size), domain, decode, 1.3)
  end
end

local function asked(size)
  local path, bypass = PATHS[size], { cache = "bypass" }
  local plain = assert(wats.connect { base_url = sandbox.url, token = sandbox.token,
    cache = false, rate_limit = false })
  local getter = yardstick.getter(sandbox.url .. path, "Authorization: Basic " .. sandbox.token)
  assert(getter:get(1) == #BODIES[size])
  local theirs, bare, normal = measure({
    function(n) getter:get(n) end,
    function(n) for _ = 1, n do local _ = plain:get(path).body end end,
    function(n) for _ = 1, n do local _ = client:get(path, bypass).body end end,
  }, REQUESTS)
  row(("get of %d B, over libcurl easy"):format(size), bare, theirs, 1.2)
  row(("get of %d B, cache bypassed"):format(size), normal, theirs)
end

print(("%-40s %12s %12s %8s"):format("processor time of a call", "wats", "yardstick", "ratio"))
cached(300, 14)
cached(50000, 45)
asked(300)
asked(4000)
if missed > 0 then print(missed .. " of them missed their target") end
