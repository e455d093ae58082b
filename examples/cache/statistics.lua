-- What the cache has done, and how large it is. The same figures are metrics.
local wats = require("wats")
local server <close> = assert(require("wats.sandbox").spawn())
local client <close> = assert(wats.connect { base_url = server.url, token = server.token,
  cache = { max_entries = 2 } })

local function show(what)
  local s = client.cache:stats()
  print(("%-26s requests %2d  hits %2d  misses %d  hit rate %.0f %%  stored %d of %d"):format(
    what, s.requests, s.hits, s.misses, 100 * s.hit_rate, s.size, s.max_size))
end

show("at first")
client.process:get_processes()
show("one look-up")
for _ = 1, 9 do client.process:get_processes() end
show("nine more")
client.app:get_levels()
client.app:get_product_groups() -- there is room for two: what was used longest ago goes
show("two others")
client:get("/api/App/Levels", { cache = "refresh" }) -- confirmed by its ETag: no body is sent
show("one asked for again")

local s = client.cache:stats()
print(("stores %d, revalidations %d, evictions %d, expirations %d, invalidations %d"):format(
  s.stores, s.revalidations, s.evictions, s.expirations, s.invalidations))
print("bytes in use: " .. (s.bytes > 0 and s.bytes <= s.max_bytes and "some" or "none"))

for line in wats.metrics.default():render():gmatch("[^\n]+") do
  if line:find("^wats_http_cache_[hm]i") then print(line) end
end
