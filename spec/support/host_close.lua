-- What each thread of spec/support/host.c does: the first goes on asking; the others close their
-- state with a hundred requests under way, or with tasks that nobody has begun.
local number, url, token = ...

local wats = require("wats")
local client = assert(wats.connect { base_url = url, token = token, rate_limit = false,
  circuit_breaker = false, cache = false })

local function look_up()
  return assert(client.product:get_product("PCBA-100")).partNumber
end

if number <= 1 then
  for _ = 1, 50 do assert(look_up() == "PCBA-100") end
else
  for _ = 1, 100 do wats.spawn(look_up) end
  if number % 2 == 0 then wats.sleep(0) end
end
return package.searchpath("wats.core", package.cpath)
