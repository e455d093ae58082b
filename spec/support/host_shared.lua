-- What each thread of spec/support/host.c does on one cache that all share: the same look-ups at
-- the same time. Whoever is last checks that the figures are what all have done.
local number, url, token, file = ...
number = math.tointeger(number)

local wats = require("wats")
local client = assert(wats.connect { base_url = url, token = token, rate_limit = false,
  cache = { name = "host", ttl = 600, max_entries = 5000 } })

local URLS, ROUNDS <const> = 60, 3

-- Another URL for each `i`, with the same answer.
local function get(i)
  return assert(client:get("/api/Product/Query",
    { query = { ["$filter"] = "partNumber eq 'PCBA-100'", ["$top"] = i } }))
end

-- A child that was forked knows nothing of what its parent had stored.
if number == 0 then
  assert(get(1).cache_status == "miss")
end

local seen = { hit = 0, miss = 0 }
local function look_up(i)
  local res = get(i)
  assert(res.status == 200 and res:json()[1].partNumber == "PCBA-100")
  seen[res.cache_status] = seen[res.cache_status] + 1
  return true
end

for _ = 1, ROUNDS do
  if number % 2 == 0 then
    for i = 1, URLS do look_up(i) end
  else
    local list = {}
    for i = 1, URLS do list[i] = i end
    local _, errors = wats.map(list, look_up, { concurrency = 16 })
    if errors then error(errors[next(errors)]) end
  end
end
assert(seen.hit + seen.miss == URLS * ROUNDS)

if number > 0 then
  local out <close> = assert(io.open(file, "a"))
  out:setvbuf("full")
  out:write(("%d %d\n"):format(seen.hit, seen.miss))
  out:flush()
  local hits, misses, lines = 0, 0, 0
  for line in io.lines(file) do
    local h, m = line:match("(%d+) (%d+)")
    hits, misses, lines = hits + h, misses + m, lines + 1
  end
  if lines == 8 then
    local stats = client.cache:stats()
    assert(stats.requests == 8 * URLS * ROUNDS, stats.requests)
    assert(stats.hits == hits and stats.misses == misses, stats.hits .. " " .. hits)
    assert(stats.stores == URLS and stats.size == URLS, stats.stores)
  end
end
return package.searchpath("wats.core", package.cpath)
