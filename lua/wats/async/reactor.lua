-- wats.async.reactor: what a scheduler needs of the world, without transfers: time and sleep.
--
-- A reactor is a table of these functions, called with a dot:
--   now()       seconds that never run backwards
--   wait(s)     blocks until a completion is there, s seconds at most (nil: no limit); may return
--               early; may raise (Ctrl-C)
--   poll()      a function that returns one completion at each call, `token, values...`, and nil
--               when no more are there; never blocks
--   in_flight() how many completions are still to come
--   busy(b)     optional: told when there are tasks, and when there are none any more

local core = require("wats.core")

---@class wats.Reactor
---@field now fun(): number
---@field wait fun(seconds: number?)
---@field poll fun(): fun(): any, ...
---@field in_flight fun(): integer
---@field busy? fun(is_busy: boolean)

local reactor = {}

local function none() end

---@return wats.Reactor
function reactor.new()
  return {
    now = core.monotonic,
    wait = function(seconds) if seconds then core.sleep(seconds) end end,
    poll = function() return none end,
    in_flight = function() return 0 end,
  }
end

return reactor
