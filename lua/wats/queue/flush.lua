-- wats.queue.flush: waits until what is in a queue has been settled.
--
-- Plain code without tasks blocks in the core, and is woken by what is settled; else it sleeps as
-- tasks do, so that the others go on. Either way Ctrl-C acts within a tenth of a second. A file
-- that cannot be had, since another process has it for long, is asked for again while there is
-- time.

local async = require("wats.async")
local core = require("wats.core")
local errors = require("wats.errors")

local methods = core.queue_methods

local flush = {}

local SHORTEST, LONGEST = 0.005, 0.1 -- seconds between two looks
local MOMENT = 1

local function too_late(stats, timeout)
  local why = stats.paused and "; deliveries are held up: " .. stats.paused or ""
  return errors.new {
    kind = "timeout", retryable = true,
    message = ("%d reports were not confirmed within %g seconds%s"):format(stats.pending, timeout,
      why),
  }
end

-- Until something may have changed; nil and an error when the wait has no sense any more.
local function wait(queue, seconds)
  if async.default:busy() then return async.sleep(seconds) end
  return methods.wait(queue, seconds)
end

-- What was settled last is told to the hook a moment after it is seen in the file.
local function hear_the_last(queue, end_at)
  end_at = math.min(end_at, core.monotonic() + MOMENT)
  while methods.busy(queue) and core.monotonic() < end_at do
    if not wait(queue, SHORTEST) then return end
  end
end

-- What there is to be waited for; nil and an error when that cannot be said. What waits is made due
-- before, and once more when what was under way then has ended: it may have failed.
local function look(queue, state)
  local stats, err = methods.stats(queue)
  if not stats or stats.pending == 0 then return stats, err end
  if not state.begun or state.late and stats.in_flight == 0 then
    state.late = not state.begun and stats.in_flight > 0
    state.begun, err = methods.expedite(queue)
    if not state.begun then return nil, err end
  end
  return stats
end

---@param queue wats.Queue
---@param timeout number
---@return true? ok
---@return wats.Error? err
---@return wats.QueueStats? stats
function flush.run(queue, timeout)
  local end_at, pause = core.monotonic() + timeout, SHORTEST
  local state = {}
  while true do
    local stats, err = look(queue, state)
    if stats and stats.pending == 0 then
      hear_the_last(queue, end_at)
      return true, nil, stats
    end
    local left = end_at - core.monotonic()
    if left <= 0 then return nil, stats and too_late(stats, timeout) or err, stats end
    if not stats and err.kind ~= "io" then return nil, err end
    local ok
    ok, err = wait(queue, math.min(left, pause))
    if not ok then return nil, err, stats end
    pause = math.min(2 * pause, LONGEST)
  end
end

return flush
