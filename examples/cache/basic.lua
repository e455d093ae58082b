-- What was asked once is answered from memory as long as it lives; nothing has to be switched on.
local wats = require("wats")
local server <close> = assert(require("wats.sandbox").spawn())
local client <close> = assert(wats.connect { base_url = server.url, token = server.token })

local path = "/api/Product/PCBA-100"
for i = 1, 3 do
  local res = assert(client:get(path))
  print(("look-up %d: status %d, %s (%s)"):format(i, res.status, res.cache_status,
    res.cache_reason))
end

-- Domain calls use the same cache, and give out a fresh table each time.
local one = assert(client.product:get_product("PCBA-100"))
one.name = "only mine"
print("domain call: " .. assert(client.product:get_product("PCBA-100")).name)
print("exchanges with the server: " .. #server:journal())

-- Why, and for how long?
local told = client.cache:explain(path)
print(("explained: %s, %s of %g s"):format(told.status, told.lifetime_from, told.lifetime))

-- Live state is asked for every time.
for _ = 1, 2 do
  local res = assert(client:get("/api/App/Version"))
  print(("version: %s (%s)"):format(res.cache_status, res.cache_reason))
end
print("exchanges with the server: " .. #server:journal())
