-- What each thread of spec/support/host.c does with the health server that all share: each state is
-- a slot of its own, all meet at one port, and some end without a word.
local number = math.tointeger((...))

local wats = require("wats")
local json = require("wats.json")
local core = require("wats.core")
local raw_http = require("spec.support.raw_http")

local health = assert(wats.health.serve { port = 0, slot = "slot " .. number,
  heartbeat_timeout = 60, auto_beat = number % 2 == 0 })
health:set("number", true, tostring(number))

local function details()
  local response = assert(raw_http.request(health.port, { path = "/health/details" }))
  return response, assert(json.decode(response.body))
end

for i = 1, 10 do
  local response, page = details()
  assert(response.status == 200 or response.status == 503)
  local mine = page.details.slots[health.slot]
  assert(mine and mine.checks.number.text == tostring(number))
  if number == 0 then -- a forked child has a server of its own
    local count = 0
    for _ in pairs(page.details.slots) do count = count + 1 end
    assert(count == 1)
  end
  health:set("odd", i % 2 == 1)
  health:beat()
  core.sleep(0.001)
end
local ok, problem = pcall(wats.health.serve, { port = 0, slot = health.slot })
assert(not ok and problem:find("is taken", 1, true), problem)
ok, problem = pcall(wats.health.serve, { host = "0.0.0.0", port = 0, slot = "other" })
assert(not ok and problem:find("listens on", 1, true), problem)
if number % 3 == 0 then health:stop() end
return package.searchpath("wats.core", package.cpath)
