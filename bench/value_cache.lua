-- What a cache of values costs, as ratios of medians, both sides taking turns: a hit against
-- reading the monotonic clock, which every value with a ttl needs; a million values against a
-- thousand.
--
--   make bench     (or: lua5.4 bench/value_cache.lua, with wats found by LUA_PATH and LUA_CPATH)

local core = require("wats.core")
local turns = require("bench.support.turns")
local wats = require("wats")

local CALLS = 100000

local function measure(functions)
  return turns.measure(functions, { rounds = 7, calls = CALLS, collector = "off" })
end

local function report(what, seconds, yardstick, target)
  local ratio = seconds / yardstick
  local verdict = not target and "" or ("at most %.0fx  %s"):format(target,
    ratio <= target and "ok" or "MISSED")
  print(("%-30s %8.0f ns %8.0f ns %8.2fx   %s"):format(what, seconds * 1e9, yardstick * 1e9, ratio,
    verdict))
end

local function bench_hits()
  local keys, c = {}, wats.cache.new { ttl = 3600 }
  local function same(x) return x end
  local one = wats.cache.wrap(same, { ttl = 3600 })
  local two, by_key = wats.cache.wrap(same), wats.cache.wrap(same, { key = same })
  for i = 1, 500 do
    keys[i - 1] = "PN-" .. i
    c:set(keys[i - 1], i)
  end
  local function calls(f)
    return function()
      for i = 1, CALLS do f(keys[i % 500], 1) end
    end
  end
  local clock, only, get, several, key = measure {
    function() for _ = 1, CALLS do core.monotonic() end end,
    function() for i = 1, CALLS do one(keys[i % 500]) end end,
    function() for i = 1, CALLS do c:get(keys[i % 500]) end end,
    calls(two), calls(by_key),
  }
  report("hit, one argument", only, clock)
  report("cache:get", get, clock)
  report("hit, two arguments", several, clock)
  report("hit, by a key function", key, clock)
end

local function bench_sizes()
  local caches, next_key = {}, {}
  for i, size in ipairs { 1000, 1000000 } do
    local c = wats.cache.new { ttl = 3600, max_entries = size }
    for k = 1, size do c:set(k, k) end
    caches[i], next_key[i] = c, size
  end
  local function evicting(i)
    return function()
      for _ = 1, CALLS do
        next_key[i] = next_key[i] + 1
        caches[i]:set(next_key[i], true)
      end
    end
  end
  local function getting(i) -- keys in an order of no meaning
    local size = #caches[i]
    return function()
      for k = 1, CALLS do assert(caches[i]:get(k * 7919 % size + 1)) end
    end
  end
  local get_few, get_many = measure { getting(1), getting(2) } -- before anything is evicted
  local put_few, put_many = measure { evicting(1), evicting(2) }
  report("set and evict, 1e6 to 1e3", put_many, put_few, 2)
  -- mostly what memory costs that is in no processor's cache: no target
  report("cache:get, 1e6 to 1e3", get_many, get_few)
end

print("values                                 ours     yardstick     ratio   target")
bench_hits()
bench_sizes()
