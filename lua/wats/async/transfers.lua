-- wats.async.transfers: lets requests be waited for as tasks wait, in place of blocking.
--
-- The core's requests of this Lua state (core.arrivals) become the completions of a scheduler's
-- reactor. While the scheduler has unfinished tasks, a request hands its token to `await`;
-- otherwise it blocks in the core, which costs less.

local core = require("wats.core")

local arrivals = core.arrivals

local transfers = {}

local function cancel(token)
  token:cancel()
end

local next_token = arrivals.next

local function next_completion()
  local token = next_token(arrivals)
  if token then return token, true end
end

---@return wats.Reactor
function transfers.reactor()
  return {
    now = core.monotonic,
    wait = function(seconds) arrivals:wait(seconds) end,
    poll = function() return next_completion end,
    in_flight = function() return arrivals:count() end,
    busy = function(is_busy) arrivals:busy(is_busy) end,
  }
end

-- From now on requests of this Lua state wait in this scheduler. nil: they block.
---@param scheduler? wats.Scheduler
function transfers.attach(scheduler)
  arrivals:attach(scheduler and function(token)
    return scheduler:await(token, cancel)
  end)
end

return transfers
