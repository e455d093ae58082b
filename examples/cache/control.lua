-- The cache by hand: a mode for each request, lifetimes, and what to forget.
local wats = require("wats")
local server <close> = assert(require("wats.sandbox").spawn())
local client <close> = assert(wats.connect { base_url = server.url, token = server.token,
  cache = { ttl = 600, domains = { process = 7200, app = false } } })

local path = "/api/Product/PCBA-100"

local function get(what, target, options)
  local res = assert(client:get(target or path, options))
  print(("%-34s %d %s"):format(what, res.status, res.cache_status))
end

get("only, when it is not there:", path, { cache = "only" })
get("as ever:")
get("again:")
get("past the cache:", path, { cache = "bypass" })
get("asked for in any case:", path, { cache = "refresh" })
get("only:", path, { cache = "only" })

-- Live state, where the caller says how old it may be.
get("the version:", "/api/App/Version", { cache = { ttl = 5 } })
get("not older than five seconds:", "/api/App/Version", { cache = { ttl = 5 } })
get("the version as it is:", "/api/App/Version")

-- Lifetimes by domain, as this client has them.
get("a domain that is not cached:", "/api/App/Levels")
get("processes:", "/api/App/Processes")
print(("they live for %g s"):format(client.cache:explain("/api/App/Processes").lifetime))

print("stored:")
for _, key in ipairs(client.cache:keys()) do print("  " .. key:gsub("http://[^/]+", "")) end
print("dropped below /api/Product: " .. client.cache:invalidate("/api/Product"))
get("so it is asked for:")
client.cache:clear()
print("after clear: " .. client.cache:stats().size .. " stored")

-- No cache at all.
local bare <close> = assert(wats.connect { base_url = server.url, token = server.token,
  cache = false })
print("without a cache: " .. bare:get(path).cache_status .. ", " .. bare:get(path).cache_status)
