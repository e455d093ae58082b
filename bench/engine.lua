-- What requests cost that go to a server, beside libcurl used by hand in C: one by one, 64 at once,
-- 5 MB; and what tasks win over a plain loop. The server is nginx. Ratios of medians, taking turns
-- in one run. Peers that are installed are shown beside it; they have no target.
--
--   make bench     (or: lua5.4 bench/engine.lua, with wats found by LUA_PATH and LUA_CPATH)

local nginx = require("spec.support.nginx")
local sandboxes = require("wats.sandbox")
local wats = require("wats")
local turns = require("bench.support.turns")

local ROUNDS = 15

if not nginx.available() then
  print("skipped: nginx and openssl are needed (make deps-full)")
  return
end

local function load_yardstick()
  local directory = os.getenv("BUILD") or "build/plain"
  local file = directory .. "/engine_yardstick.so"
  local lua = (os.getenv("LUA") or "lua5.4"):match("[^/]*$")
  local compile = "mkdir -p %s && %s -std=c11 -D_GNU_SOURCE -O2 -fPIC -shared "
    .. "$(pkg-config --cflags %s libcurl) -o %s bench/engine_yardstick.c "
    .. "$(pkg-config --libs libcurl)"
  assert(os.execute(compile:format(directory, os.getenv("CC") or "cc", lua, file)),
    "cannot build the yardstick")
  return assert(package.loadlib(file, "luaopen_engine_yardstick"))()
end

local yardstick = load_yardstick()

-- What `f(count)` costs: seconds, processor seconds.
local function cost(f, count)
  local wall, processor = yardstick.now()
  f(count)
  local wall_after, processor_after = yardstick.now()
  return wall_after - wall, processor_after - processor
end

-- Medians of seconds and of processor seconds for one of `count`: ours, then theirs. They take
-- turns; the first round only warms up.
local function measure(ours, theirs, count, rounds)
  local all = { {}, {}, {}, {} }
  for round = 0, rounds or ROUNDS do
    local wall, processor = cost(ours, count)
    local their_wall, their_processor = theirs(count)
    if round > 0 then
      for i, seconds in ipairs { wall, processor, their_wall, their_processor } do
        all[i][round] = seconds / count
      end
    end
  end
  local median = turns.median
  return median(all[1]), median(all[2]), median(all[3]), median(all[4])
end

local missed = 0

-- A row; `bound` is "at most" or "at least" the target.
local function row(what, ours, theirs, unit, bound, target)
  local ratio, verdict = ours / theirs, ""
  if target then
    local good = bound == "at least" and ratio >= target or bound == "at most" and ratio <= target
    verdict = ("%s %.2fx  %s"):format(bound, target, good and "ok" or "MISSED")
    if not good then missed = missed + 1 end
  end
  print(("%-44s %10.1f %10.1f %-4s %6.2fx  %s"):format(what, ours, theirs, unit, ratio, verdict))
end

local SIZES = { small = 300, medium = 4000, large = 5 * 1024 * 1024 }
local files = {}
for name, size in pairs(SIZES) do files[name] = ("x"):rep(size) end
local server = nginx.start(files)
files = nil -- luacheck: ignore files (Lua waits for garbage as large as what it holds)
collectgarbage()

local TOKEN = "dG9rZW4="

local function connect(url)
  return assert(wats.connect { base_url = url, token = TOKEN, cache = false,
    rate_limit = false, ca_file = server.ca_file })
end

-- libcurl by hand, sending the same request.
local function by_hand(url, ca_file, at_once, keeps_bodies)
  return yardstick.new(url, ca_file, at_once, keeps_bodies,
    "User-Agent: wats-lua/" .. wats.version, "Authorization: Basic " .. TOKEN)
end

local function one_by_one()
  local client = connect(server.url)
  for _, name in ipairs { "small", "medium" } do
    local path, size = "/" .. name, SIZES[name]
    local libcurl = by_hand(server.url .. path, nil, 1, true)
    local _, ours, _, theirs = measure(function(count)
      for _ = 1, count do assert(#client:get(path).body == size) end
    end, function(count) return libcurl:one_by_one(count) end, 400)
    row(("one by one, %d B: processor"):format(size), ours * 1e6, theirs * 1e6, "us",
      "at most", 1.2)
  end
end

local function many_at_once(url, name, target)
  local client = connect(url)
  local ca_file = url == server.tls_url and server.ca_file or nil
  local libcurl = by_hand(url .. "/small", ca_file, 64, true)
  local list = {}
  for i = 1, 3200 do list[i] = i end
  local function get() return #assert(client:get("/small")).body end
  local ours, ours_cpu, theirs, theirs_cpu = measure(function()
    local results, errors = wats.map(list, get, { concurrency = 64 })
    assert(not errors and results[3200] == 300)
  end, function(count) return libcurl:at_once(count) end, #list)
  row(("64 at once, 300 B, %s: requests/s"):format(name), 1 / ours, 1 / theirs, "/s", "at least",
    target)
  row(("64 at once, 300 B, %s: processor"):format(name), ours_cpu * 1e6, theirs_cpu * 1e6, "us")
end

local function download()
  local client = connect(server.url)
  local libcurl = by_hand(server.url .. "/large", nil, 1, true)
  local _, ours, _, theirs = measure(function(count)
    for _ = 1, count do assert(#client:get("/large").body == SIZES.large) end
  end, function(count) return libcurl:one_by_one(count) end, 5)
  row("5 MB, body kept: processor", ours * 1e6, theirs * 1e6, "us", "at most", 1.3)
  libcurl = by_hand(server.url .. "/large", nil, 1, false)
  local length
  local options = { sink = function(chunk) length = length + #chunk end }
  _, ours, _, theirs = measure(function(count)
    for _ = 1, count do
      length = 0
      assert(client:get("/large", options))
      assert(length == SIZES.large)
    end
  end, function(count) return libcurl:one_by_one(count) end, 5)
  row("5 MB, into a sink: processor", ours * 1e6, theirs * 1e6, "us", "at most", 1.1)
end

-- 500 look-ups at a server that takes 20 ms for each.
local function tasks()
  local box <close> = assert(sandboxes.spawn { lua = os.getenv("LUA") })
  local client = assert(wats.connect { base_url = box.url, token = box.token, cache = false,
    rate_limit = false })
  assert(client.product:create_product { partNumber = "PN-1" })
  assert(box:fault { method = "GET", path = "/api/Product/PN-1", times = 0, delay_ms = 20 })
  local list = {}
  for i = 1, 500 do list[i] = "PN-1" end
  local function look_up(number) return assert(client.product:get_product(number)) end
  local loop = cost(function() for _, number in ipairs(list) do look_up(number) end end)
  local mapped = cost(function()
    local _, errors = wats.map(list, look_up, { concurrency = 16 })
    assert(not errors)
  end)
  row("500 look-ups, 20 ms each: loop over wats.map", loop * 1e3, mapped * 1e3, "ms", "at least", 8)
end

-- ---- peers -----------------------------------------------------------------

local PEERS = {
  { "luasocket by hand, one by one", "lua5.4 bench/peers/luasocket.lua", 1 },
  { "lua-http (Lua 5.3), one by one", "lua5.3 bench/peers/lua_http.lua", 1 },
  { "lua-http (Lua 5.3), 64 at once", "lua5.3 bench/peers/lua_http.lua", 64 },
  { "python aiohttp, one by one", "/usr/bin/python3 bench/peers/python_aiohttp.py", 1 },
  { "python aiohttp, 64 at once", "/usr/bin/python3 bench/peers/python_aiohttp.py", 64 },
  { "python httpx, one by one", "/usr/bin/python3 bench/peers/python_httpx.py", 1 },
  { "python httpx, 64 at once", "/usr/bin/python3 bench/peers/python_httpx.py", 64 },
}

-- Requests/s and processor seconds of a request, or nil where the peer is not installed.
local function ask_peer(command, count, at_once)
  local pipe = assert(io.popen(("env -u LUA_PATH -u LUA_CPATH %s %s/small %d %d 2>/dev/null")
    :format(command, server.url, count, at_once)))
  local wall, processor = pipe:read("a"):match("^(%S+)%s+(%S+)")
  pipe:close()
  if not tonumber(wall) then return nil end
  return count / wall, processor / count
end

local function peers()
  local client = connect(server.url)
  local list = {}
  for i = 1, 1280 do list[i] = i end
  local function get() return assert(client:get("/small")).status end
  print(("\n%-44s %10s %10s"):format("peers, 300 B from the same server", "requests/s",
    "processor"))
  local function show(name, rate, processor)
    print(("%-44s %10.0f %7.1f us"):format(name, rate, processor * 1e6))
  end
  local wall, processor = cost(function() for _ = 1, #list do get() end end)
  show("wats, one by one", #list / wall, processor / #list)
  wall, processor = cost(function() wats.map(list, get, { concurrency = 64 }) end)
  show("wats, 64 at once", #list / wall, processor / #list)
  for _, peer in ipairs(PEERS) do
    local rate, seconds = ask_peer(peer[2], #list, peer[3])
    if rate then
      show(peer[1], rate, seconds)
    else
      print(("%-44s not installed"):format(peer[1]))
    end
  end
end

local ok, message = xpcall(function()
  print(("%-44s %10s %10s"):format("", "wats", "yardstick"))
  one_by_one()
  many_at_once(server.url, "HTTP/1.1", 0.85)
  many_at_once(server.tls_url, "HTTP/2", nil)
  download()
  tasks()
  if missed > 0 then print(missed .. " of them missed their target") end
  peers()
end, debug.traceback)
server:stop()
if not ok then error(message, 0) end
