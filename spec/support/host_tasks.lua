-- What each thread of spec/support/host.c does to the engine that all share: the first drives it by
-- blocking calls, the others submit by tasks. Each asks 500 times, half of them with a cache.
local number, url, token = ...

local wats = require("wats")
local client = assert(wats.connect { base_url = url, token = token, rate_limit = false,
  cache = number % 4 == 0 and {} or false })

local function look_up()
  local product = assert(client.product:get_product("PCBA-100"))
  assert(product.partNumber == "PCBA-100")
  return true
end

if number <= 1 then
  for _ = 1, 500 do look_up() end
else
  local list = {}
  for i = 1, 500 do list[i] = i end
  local done, errors = wats.map(list, look_up, { concurrency = 8 })
  if errors then error(errors[next(errors)]) end
  for i = 1, 500 do assert(done[i]) end
end
assert(client:stats().in_flight == 0)
-- The state is closed with a request under way, and one that nobody has begun yet.
wats.spawn(look_up)
if number % 2 == 0 then wats.sleep(0) end
return package.searchpath("wats.core", package.cpath)
