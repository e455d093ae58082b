-- wats.async.task: a function that runs beside others, and may be waited for or cancelled.
--
-- Made by `spawn`; belongs to one scheduler. What it returned or raised stays with it until it is
-- collected. An error that nobody can ask for any more (the task was collected, or the scheduler
-- closed) is handed to the scheduler's log hook, once.

local check = require("wats.async.check")
local errors = require("wats.errors")
local failure = require("wats.async.failure")

---@class wats.Task
---@field scheduler wats.Scheduler
---@field co thread
---@field start table|false              function and arguments, until the first turn
---@field finished boolean
---@field results? table                packed, when it ended well
---@field raised? wats.async.Raised     when it ended by an error
---@field err? wats.Error               what join tells when it did not end well
---@field cancelled wats.Error|false     since the cancel
---@field told integer                  waits that have returned the cancel
---@field waiter wats.async.Waiter|false what it waits for now
---@field joiners table<wats.async.Waiter, true>
---@field alarm? table
---@field captures? wats.capture.Scope  that are open around it
local Task = {}
Task.__index = Task
Task.__name = "wats.task"

local task = {}

-- The finalizer only notes the error: a log function must not run wherever memory is collected.
local Alarm = {}
function Alarm.__gc(alarm)
  local lost = alarm.lost
  lost[#lost + 1] = alarm.err
  alarm.err = nil
end

local function check_self(self, name)
  if type(self) ~= "table" or getmetatable(self) ~= Task then
    errors.raise("a task expected (call it as task:%s())", name)
  end
end

local function body(fn, ...)
  return xpcall(fn, failure.catch, ...)
end

---@param scheduler wats.Scheduler
---@param fn function
---@param ... any
---@return wats.Task
function task.new(scheduler, fn, ...)
  return setmetatable({
    scheduler = scheduler, co = coroutine.create(body), start = table.pack(fn, ...),
    finished = false, told = 0, joiners = {},
    cancelled = false, waiter = false, -- looked at in each turn: not to be sought in the class
    captures = (scheduler.current or scheduler).captures,
  }, Task)
end

local function outcome(self)
  if self.err then
    if self.alarm then self.alarm.err, self.alarm = nil, nil end
    return nil, self.err
  end
  return table.unpack(self.results, 1, self.results.n)
end

local function by_order(a, b)
  return a.number < b.number
end

-- Ends the task and wakes who joined it, first come first. A task that was told of its cancel has
-- no results, whatever it returned: it did not do its work.
---@param self wats.Task
---@param raised? wats.async.Raised
---@param results? table
function task.finish(self, raised, results)
  local scheduler = self.scheduler
  self.finished, self.start, self.waiter = true, false, false
  scheduler:count_task(self, false)
  if raised then
    self.raised, self.err = raised, failure.object(raised)
  elseif self.cancelled and self.told > 0 then
    self.err = self.cancelled
  else
    self.results = results
  end
  local joiners = {}
  for waiter in pairs(self.joiners) do joiners[#joiners + 1] = waiter end
  self.joiners = {}
  if #joiners == 0 and self.err and self.err ~= self.cancelled then
    self.alarm = setmetatable({ err = self.err, lost = scheduler.lost }, Alarm)
    scheduler.alarms[self.alarm] = true
  end
  table.sort(joiners, by_order)
  for _, waiter in ipairs(joiners) do scheduler:wake(waiter, outcome(self)) end
end

local function leave_join(waiter)
  waiter.joined.joiners[waiter] = nil
end

local function join_timeout(waiter)
  waiter.scheduler:abort(waiter, failure.join_timeout(waiter.seconds))
end

-- A waiter that is woken when the task has finished.
---@param self wats.Task
---@return wats.async.Waiter
function task.joiner(self)
  local waiter = self.scheduler:new_waiter(leave_join)
  waiter.joined = self
  self.joiners[waiter] = true
  return waiter
end

-- What it returned, once it has finished. `nil, err` when it raised (the error object has
-- `traceback`; a value that is none is its `cause`), when it was cancelled (kind "cancelled"), or
-- when `timeout` seconds have passed (kind "timeout"; the task goes on).
---@param timeout? number
---@return any ...
function Task:join(timeout)
  check_self(self, "join")
  if timeout ~= nil then check.seconds("task:join", "argument #1", timeout) end
  if self.finished then return outcome(self) end
  local scheduler = self.scheduler
  if scheduler.current == self then errors.raise("task:join: a task cannot join itself") end
  if scheduler.current and not scheduler:can_yield() then
    errors.raise("task:join: other tasks stand still while a task is in a coroutine of its own " ..
      "or in a function called from C; join outside of it")
  end
  local waiter = task.joiner(self)
  if timeout then
    waiter.seconds = timeout
    scheduler:set_timer(waiter, timeout, join_timeout)
  end
  return scheduler:wait(waiter)
end

-- Ends the task by its own code: its present wait and every later one return nil and an error of
-- kind "cancelled". One that has not begun never does; to a finished one nothing happens.
function Task:cancel()
  check_self(self, "cancel")
  if self.finished or self.cancelled then return end
  self.cancelled = failure.cancelled()
  local waiter = self.waiter
  if self.start then
    self.told = 1
    task.finish(self)
  elseif waiter and not waiter.done then
    self.told = 1
    self.scheduler:abort(waiter, self.cancelled)
  end
end

-- `local task <close> = spawn(...)`: does not outlive the block.
function Task:__close()
  self:cancel()
end

return task
