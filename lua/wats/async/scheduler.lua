-- wats.async.scheduler: the tasks of one Lua state, and the one loop that advances them.
--
-- A task gives way only where it waits, so code between two waits needs no locks. Ready tasks run
-- first come first served. Where the caller cannot be suspended, a wait blocks: plain code then
-- advances all tasks; code inside a task (in a coroutine of its own, or called back by C, such as
-- an order function of table.sort) advances transfers only, and other tasks stand still meanwhile.

local check = require("wats.async.check")
local errors = require("wats.errors")
local failure = require("wats.async.failure")
local heap = require("wats.async.heap")
local tasks = require("wats.async.task")
local waiting = require("wats.async.waiting")

---@class wats.Scheduler
---@field reactor wats.Reactor
---@field current? wats.Task   which runs now
---@field captures? wats.capture.Scope  that are open in plain code
---@field nudge? fun()        tells a foreign loop that there is something to do
---@field turning boolean     the loop below is at it, and will see for itself
---@field spare? wats.async.Waiter  for the next completion that is awaited
---@field on_unhandled? fun(err: wats.Error)  hears of errors that nobody joined
local Scheduler = {}
Scheduler.__index = Scheduler
Scheduler.__name = "wats.scheduler"

for name, method in pairs(waiting.methods) do Scheduler[name] = method end

local scheduler = {}

local SUSPENDED = waiting.SUSPENDED

---@param where string
---@param reactor any
function scheduler.check_reactor(where, reactor)
  for _, name in ipairs { "now", "wait", "poll", "in_flight" } do
    if type(reactor) ~= "table" or not check.is_callable(reactor[name]) then
      errors.raise("%s: a reactor with the function %s expected", where, name)
    end
  end
end

---@param reactor wats.Reactor
---@return wats.Scheduler
function scheduler.new(reactor)
  scheduler.check_reactor("async.new", reactor)
  return setmetatable({
    reactor = reactor,
    timers = heap.new(), ready = {}, head = 1, tail = 0, waiters = 0,
    awaiting = {},                              -- token -> waiter
    tasks = {},                                 -- the unfinished ones -> their number
    count = 0, open = 0,                        -- ever begun; unfinished
    lost = {},                                  -- errors that nobody can join any more
    alarms = setmetatable({}, { __mode = "k" }),
    closed = false, turning = false,
  }, Scheduler)
end

local function complete(self, token, ...)
  if token == nil then return false end
  local waiter = self.awaiting[token]
  if waiter then
    self.awaiting[token] = nil
    self:wake(waiter, ...)
  end
  return true
end

-- Wakes what is due and what has come; runs no task.
local function advance(self)
  local timers, now = self.timers, self.reactor.now()
  local entry = timers:first()
  while entry and entry.at <= now do
    timers:remove(entry)
    entry.fire(entry)
    entry = timers:first()
  end
  local next_completion = self.reactor.poll()
  while complete(self, next_completion()) do end
end

-- Not resumed: no room on the C stack, so the coroutine stands where it stood.
local function after(self, task, before, resumed, first, ...)
  if not resumed then
    local raised = failure.of(first, task.co)
    coroutine.close(task.co)
    self.current = before
    tasks.finish(task, raised)
    return
  end
  self.current = before
  if first == SUSPENDED then return end
  if coroutine.status(task.co) ~= "dead" then
    self:push(task)
  elseif first then
    tasks.finish(task, nil, table.pack(...))
  else
    tasks.finish(task, failure.of((...)))
  end
end

local function resume(self, task)
  if task.finished then return end
  local before, start = self.current, task.start
  self.current = task
  if start then
    task.start = false
    after(self, task, before, coroutine.resume(task.co, table.unpack(start, 1, start.n)))
  else
    after(self, task, before, coroutine.resume(task.co))
  end
end

-- One turn of each task that is ready now, or fewer when `waiter` is woken meanwhile.
local function run_ready(self, waiter)
  local last = self.tail
  while self.head <= last and not (waiter and waiter.done) do
    local task = self.ready[self.head]
    self.ready[self.head] = nil
    self.head = self.head + 1
    resume(self, task)
  end
  -- From the beginning again: a list that wandered on would be moved about in memory for ever.
  if self.head > self.tail then self.head, self.tail = 1, 0 end
  if self.lost[1] then self:report() end
end

local function idle(self)
  local first = self.timers:first()
  local seconds = first and first.at - self.reactor.now()
  if not seconds and self.reactor.in_flight() == 0 then
    errors.raise("deadlock: what is waited for can never come, since no task is ready, no timer " ..
      "set and no transfer in flight")
  end
  if not seconds or seconds > 0 then self.reactor.wait(seconds) end
end

-- Blocks until `waiter` is woken. Those who are ready have a turn first, or a loop of waits that
-- are over at once would keep them from it for ever.
---@param waiter wats.async.Waiter
function Scheduler:block(waiter)
  local plain = self.current == nil
  while true do
    self.turning = plain
    if plain then run_ready(self, waiter) end
    if not waiter.done then advance(self) end
    self.turning = false
    if waiter.done then break end
    if not plain or self.head > self.tail then idle(self) end
  end
  if plain and self.nudge and self.open > 0 then self.nudge() end
end

-- Advances everything by one turn, without blocking: for a foreign event loop. Inside a task it
-- only takes in what has come.
function Scheduler:step()
  self.turning = not self.current
  advance(self)
  if self.turning then run_ready(self) end
  self.turning = false
end

-- Seconds until `step` has something to do: 0 when it has now, nil when only a completion can
-- bring it.
---@return number?
function Scheduler:timeout()
  if self.head <= self.tail or #self.lost > 0 then return 0 end
  local first = self.timers:first()
  return first and math.max(0, first.at - self.reactor.now())
end

-- Are there unfinished tasks? If not, a blocking call need not care for them.
---@return boolean
function Scheduler:busy()
  return self.open > 0
end

local function tell_busy(self)
  local reactor = self.reactor
  if reactor.busy then reactor.busy(self.open > 0) end
end

-- For tasks: one of them has begun, or finished.
---@param task wats.Task
---@param is_open boolean
function Scheduler:count_task(task, is_open)
  if is_open then self.count = self.count + 1 end
  self.tasks[task] = is_open and self.count or nil
  self.open = self.open + (is_open and 1 or -1)
  if self.open == (is_open and 1 or 0) then tell_busy(self) end
end

-- Hands errors that nobody joined to the hook. What the hook raises is dropped: there is nobody
-- left to tell.
function Scheduler:report()
  local lost, hook = self.lost, self.on_unhandled
  if not lost[1] then return end
  local told = table.move(lost, 1, #lost, 1, {})
  for i = #lost, 1, -1 do lost[i] = nil end
  for _, err in ipairs(told) do
    if hook then pcall(hook, err) end
  end
end

-- Makes a task of `fn(...)`; it begins at a later turn, never within this call.
---@param fn function
---@param ... any
---@return wats.Task
function Scheduler:spawn(fn, ...)
  check.callable("spawn", "argument #1", fn)
  if self.closed then errors.raise("spawn: the scheduler is closed") end
  local task = tasks.new(self, fn, ...)
  self:count_task(task, true)
  self:push(task)
  return task
end

-- Runs `fn(...)` as a task, and all others, until it has finished. Returns what it returned, raises
-- what it raised. A cancel of the calling task cancels it too.
---@param fn function
---@param ... any
---@return any ...
function Scheduler:run(fn, ...)
  check.callable("run", "argument #1", fn)
  if self.current and not self:can_yield() then return fn(...) end
  local task <close> = self:spawn(fn, ...)
  local err = select(2, self:wait(tasks.joiner(task)))
  if not task.finished then return nil, err end
  if task.raised then error(task.raised.value, 0) end
  return task:join()
end

-- Ends all tasks at once: to-be-closed variables are closed, and no other code of theirs runs. Who
-- joined them gets `nil, err` of kind "closed". A second close does nothing.
function Scheduler:close()
  if self.current then errors.raise("close: a task cannot close its own scheduler") end
  if self.closed then return end
  self.closed = true
  local open = {}
  for task in pairs(self.tasks) do open[#open + 1] = task end
  local number = self.tasks
  table.sort(open, function(a, b) return number[a] < number[b] end)
  for _, task in ipairs(open) do
    task.cancelled, task.told = failure.closed(), 1
    self.current = task
    local ok, value = coroutine.close(task.co)
    self.current = nil
    if not task.finished then tasks.finish(task, not ok and failure.of(value) or nil) end
  end
  for alarm in pairs(self.alarms) do getmetatable(alarm).__gc(alarm) end
  self:report()
end

Scheduler.__close = Scheduler.close

-- When the state ends: objects made later were finalized before, so all that is lost is known.
function Scheduler:__gc()
  self:report()
end

return scheduler
