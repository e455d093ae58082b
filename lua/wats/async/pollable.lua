-- wats.async.pollable: tasks and requests in somebody else's event loop.
--
-- The loop waits until the descriptor is readable or the timeout is over, then calls `step`, and
-- asks for the timeout anew. There is one object for each scheduler. The descriptor is also
-- readable when code of the loop's other users has left something to do since: a task that it
-- spawned or cancelled, or tasks that went on while it blocked.
-- The method names are those of cqueues (pollfd, events, timeout) and LuaSocket (getfd, dirty).

local core = require("wats.core")

---@class wats.Pollable
---@field scheduler wats.Scheduler
---@field fd integer
local Pollable = {}
Pollable.__index = Pollable
Pollable.__name = "wats.pollable"

-- The descriptor to be watched for reading. It belongs to the library: not to be read or closed.
---@return integer
function Pollable:pollfd()
  return self.fd
end

Pollable.getfd = Pollable.pollfd

-- What to watch it for.
---@return string
function Pollable.events()
  return "r"
end

-- Seconds until `step` has something to do even if nothing arrives: 0 when it has now, nil when
-- only an arrival can bring it. It holds until `step`, or until the descriptor is readable.
---@return number?
function Pollable:timeout()
  -- In a forked child nothing arrives from what its parent had under way; this finds it over.
  if core.arrivals:news() then return 0 end
  return self.scheduler:timeout()
end

-- For socket.select: is there something to do now?
---@return boolean
function Pollable:dirty()
  return self:timeout() == 0
end

-- Takes in what has arrived and gives each task that is ready a turn. Does not block.
function Pollable:step()
  self.scheduler:step()
end

local pollables = setmetatable({}, { __mode = "k" })

local pollable = {}

---@param scheduler wats.Scheduler  whose reactor is that of wats.async.transfers
---@return wats.Pollable? pollable
---@return wats.Error? err  of kind "io": the process has no descriptor left
function pollable.of(scheduler)
  local self = pollables[scheduler]
  if self then return self end
  local fd, err = core.arrivals:fd()
  if not fd then return nil, err end
  self = setmetatable({ scheduler = scheduler, fd = fd }, Pollable)
  pollables[scheduler] = self
  scheduler.nudge = function() core.arrivals:nudge() end
  return self
end

return pollable
