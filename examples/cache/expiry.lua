-- How long an answer lives: by what the server says, else by the operation, else by `ttl`.
local wats = require("wats")
local server <close> = assert(require("wats.sandbox").spawn())
local client <close> = assert(wats.connect { base_url = server.url, token = server.token,
  cache = { ttl = 1 } })

local path = "/api/Product/PCBA-100"

local function get(what)
  local res = assert(client:get(path))
  print(("%-26s %s (%s)"):format(what, res.cache_status, res.cache_reason))
end

local function life(of)
  local told = client.cache:explain(of)
  return ("%g s by %s"):format(told.lifetime, told.lifetime_from)
end

get("asked:")
get("again:")
print("it lives for " .. life(path))
wats.sleep(1.2)
-- The server has given an ETag, so what is over is confirmed, not sent again.
get("when its time is over:")
print("body bytes sent for that: " .. #assert(client:get(path, { cache = "bypass", headers = {
  ["If-None-Match"] = client:get(path).headers.etag } })).body)

-- Reference data lives for an hour if nobody says otherwise.
assert(client:get("/api/App/Levels"))
print("levels live for " .. life("/api/App/Levels"))

-- The server's word goes first.
assert(server:fault { path = path, times = 0, headers = { ["Cache-Control"] = "max-age=60" } })
client.cache:clear()
get("the server says a minute:")
print("it lives for " .. life(path))
local told = client.cache:explain(path)
print("until " .. (told.fresh_until > os.time() + 30 and "about a minute from now" or "now"))

-- And it may say that nothing is to be kept.
server:clear_faults()
assert(server:fault { path = path, times = 0, headers = { ["Cache-Control"] = "no-store" } })
client.cache:clear()
get("the server says no-store:")
get("again:")
