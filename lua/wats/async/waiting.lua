-- wats.async.waiting: the part of a scheduler that suspends and wakes.
--
-- Every wait is a waiter: it is woken once, by what it waits for, by its timer or by a cancel, and
-- is taken out of wherever it stood if the waiting code is left in any other way: by an error, or
-- because its coroutine is closed.

local check = require("wats.async.check")
local errors = require("wats.errors")

-- Waits that a cancelled task may ignore: then they raise, so that a loop which looks at no result
-- ends all the same.
local MAX_IGNORED = 1000

-- Each wait asks for these.
local running, isyieldable, yield = coroutine.running, coroutine.isyieldable, coroutine.yield

local waiting = {}

-- What a waiting task yields: a bare coroutine.yield() of a task just gives way.
local SUSPENDED = {}
waiting.SUSPENDED = SUSPENDED

---@class wats.async.Waiter
---@field scheduler wats.Scheduler
---@field number integer   in the order of beginning
---@field done boolean
---@field n integer        how many values it was woken with: the first two, or all, packed
---@field first? any
---@field second? any
---@field values? table
---@field task? wats.Task  who is suspended
---@field leave? fun(waiter: wats.async.Waiter)  takes it out of where it stands, when not woken
---@field fire? fun(waiter: wats.async.Waiter)   when its timer is due
local Waiter = {}

---@class wats.Scheduler
local Scheduler = {}
waiting.methods = Scheduler

-- Left by an error, or by the end of the coroutine that waited in it.
function Waiter.__close(waiter)
  waiter.task = nil
  if not waiter.done then waiter.scheduler:abort(waiter) end
end

---@param leave? fun(waiter: wats.async.Waiter)
---@return wats.async.Waiter
function Scheduler:new_waiter(leave)
  self.waiters = self.waiters + 1
  -- All fields that it may come to have, so that the table need not grow.
  return setmetatable({
    scheduler = self, number = self.waiters, done = false, leave = leave, n = 0, first = nil,
    second = nil, task = nil, token = nil, on_cancel = nil,
  }, Waiter)
end

-- The task gets a turn after all that are ready now.
---@param self wats.Scheduler
---@param task wats.Task
local function push(self, task)
  local tail = self.tail + 1
  self.tail, self.ready[tail] = tail, task
  if self.nudge and not self.turning and not self.current then self.nudge() end
end
Scheduler.push = push

-- Calls `fire(entry)` in `seconds`, unless the entry is woken or removed before.
---@param entry table
---@param seconds number
---@param fire fun(entry: table)
function Scheduler:set_timer(entry, seconds, fire)
  entry.at, entry.fire = self.reactor.now() + seconds, fire
  self.timers:put(entry)
end

-- Ends a wait with these results. The first end counts.
---@param waiter wats.async.Waiter
---@param ... any
function Scheduler:wake(waiter, ...)
  if waiter.done then return end
  local n, task = select("#", ...), waiter.task
  waiter.done, waiter.n = true, n
  if n <= 2 then
    waiter.first, waiter.second = ...
  else
    waiter.values = { ... }
  end
  if waiter.place then self.timers:remove(waiter) end
  if task then push(self, task) end
end

-- Ends a wait with `nil, err` instead of what was waited for.
---@param waiter wats.async.Waiter
---@param err? wats.Error
function Scheduler:abort(waiter, err)
  if waiter.done then return end
  self:wake(waiter, nil, err)
  if waiter.leave then waiter.leave(waiter) end
end

-- May the caller be suspended? True in a task's own coroutine, where no C function is in between.
---@return boolean
function Scheduler:can_yield()
  local task = self.current
  return task ~= nil and task.co == running() and isyieldable()
end

local function tell(task)
  task.told = task.told + 1
  if task.told > MAX_IGNORED then error(task.cancelled, 0) end
  return nil, task.cancelled
end

local function results(waiter)
  local n = waiter.n
  if n == 1 then return waiter.first end
  if n == 2 then return waiter.first, waiter.second end
  if n > 0 then return table.unpack(waiter.values, 1, n) end
end

-- Returns when `waiter` is woken; the task if it has been cancelled, and so does not wait.
local function pause(self, waiter)
  local task <const>, guard <close> = self.current, waiter -- luacheck: ignore guard
  if task and task.cancelled then
    self:abort(waiter, task.cancelled)
    return task
  end
  if task and task.co == running() and isyieldable() then
    waiter.task, task.waiter = task, waiter
    repeat yield(SUSPENDED) until waiter.done
    task.waiter = false
  else
    self:block(waiter)
  end
end

-- Waits until `waiter` is woken, and returns what it was woken with.
---@param waiter wats.async.Waiter
---@return any ...
function Scheduler:wait(waiter)
  local cancelled = pause(self, waiter)
  if cancelled then return tell(cancelled) end
  return results(waiter)
end

local function leave_await(waiter)
  waiter.scheduler.awaiting[waiter.token] = nil
  if waiter.on_cancel then waiter.on_cancel(waiter.token) end
end

-- A waiter for a completion. When its wait is over nobody refers to it any more, so the next one
-- takes it again: requests are many, and a table for each is a good part of what a task costs.
local function take_waiter(self)
  local waiter = self.spare
  if not waiter then return self:new_waiter(leave_await) end
  self.spare = nil
  self.waiters = self.waiters + 1
  waiter.number, waiter.done = self.waiters, false
  return waiter
end

local function give_back(self, waiter)
  waiter.first, waiter.second, waiter.token = nil, nil, nil
  self.spare = waiter
end

-- Waits for the completion of `token`, and returns its values: suspends a task where it can, else
-- blocks. Call it in the same turn as what begins the transfer: a completion that nobody awaits is
-- dropped. `on_cancel(token)` is called when the wait ends in any other way: `nil, err` after a
-- cancel, or left by an error.
---@param token any
---@param on_cancel? fun(token: any)
---@return any ...
function Scheduler:await(token, on_cancel)
  if token == nil or token ~= token then errors.raise("await: a token expected, got %s", token) end
  local awaiting = self.awaiting
  if awaiting[token] then errors.raise("await: this token is awaited already") end
  local waiter = take_waiter(self)
  waiter.token, waiter.on_cancel = token, on_cancel
  awaiting[token] = waiter
  local cancelled = pause(self, waiter)
  if cancelled then return tell(cancelled) end
  local n, first, second = waiter.n, waiter.first, waiter.second
  if n > 2 then return results(waiter) end
  give_back(self, waiter)
  if n == 1 then return first end
  if n == 2 then return first, second end
end

local function slept(waiter)
  waiter.scheduler:wake(waiter, true)
end

-- Waits; other tasks go on. 0 lets all that are ready run first.
---@param seconds number
---@return true? ok
---@return wats.Error? err  of kind "cancelled"
function Scheduler:sleep(seconds)
  check.seconds("sleep", "argument #1", seconds)
  if seconds == 0 and not self.current then self:step() end
  local waiter = self:new_waiter()
  self:set_timer(waiter, seconds, slept)
  return self:wait(waiter)
end

return waiting
