-- What each thread of spec/support/host.c does: each state shows how much memory it uses, under a
-- number of its own, which the next one has when it has ended.
local number, _, _, threads = ...
number = math.tointeger(number)

local metrics = require("wats.metrics")

-- label -> bytes
local function shown()
  local states = {}
  for state, bytes in metrics.default():render():gmatch(
    'wats_lua_memory_bytes{state="(%d+)"} (%d+)') do
    states[math.tointeger(state)] = tonumber(bytes)
  end
  return states
end

local SIZE <const> = 10 * 1024 * 1024
local held = ("x"):rep((number + 1) * SIZE)

local mine
for state, bytes in pairs(shown()) do
  assert(state <= math.tointeger(threads), "numbers are used again")
  if bytes >= #held and bytes < #held + SIZE then
    assert(not mine)
    mine = state
  end
end
assert(mine, "no state has so much memory")
if number == 0 then -- forked when all others had ended
  assert(mine == 1 and next(shown(), mine) == nil)
end
return package.searchpath("wats.core", package.cpath)
