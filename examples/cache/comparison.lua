-- The same look-ups with and without a cache, at a server that takes 10 ms for each answer.
local wats = require("wats")
local core = require("wats.core")
local server <close> = assert(require("wats.sandbox").spawn())
assert(server:fault { path = "/api/*", times = 0, delay_ms = 10 })

local UNITS = 25

-- What a station looks up for each unit: the product, and the operation that is done.
local function shift(cache)
  local client <close> = assert(wats.connect { base_url = server.url, token = server.token,
    cache = cache })
  server:clear_journal()
  local start = core.monotonic()
  for _ = 1, UNITS do
    assert(client.product:get_product("PCBA-100"))
    assert(client.process:get_test_operation("PCBA test"))
  end
  return core.monotonic() - start, #server:journal()
end

local slow, all = shift(false)
local quick, few = shift({ ttl = 300 })
print(("without a cache: %d exchanges for %d units"):format(all, UNITS))
print(("with a cache:    %d exchanges for %d units"):format(few, UNITS))
print(("that is %.0f %% fewer, and %s"):format(100 * (1 - few / all),
  slow / quick >= 5 and "at least five times as fast" or "not much faster"))

-- Many who ask at the same time ask once.
local client <close> = assert(wats.connect { base_url = server.url, token = server.token })
server:clear_journal()
local list = {}
for i = 1, UNITS do list[i] = i end
wats.map(list, function() return client.product:get_product("PCBA-100") end,
  { concurrency = UNITS })
print(("%d at the same time: %d exchange"):format(UNITS, #server:journal()))
