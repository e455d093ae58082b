-- wats.cache.flight: one computation of a value, which others who want it wait for.
--
-- A flight begins when a cached function is called for a key that is not there, and ends when the
-- function has returned or raised; both reach all who wait. It is a to-be-closed variable of the
-- code that computes, so it ends however that code is left, and without a protected call: an error
-- keeps its traceback, and recursion is as deep as Lua allows. (Where the code that computes stands
-- in an xpcall whose handler changes what is raised, those who wait get what the handler made of
-- it.) When its task was told of a cancel meanwhile, or its coroutine was closed, nothing of it
-- counts: those who wait ask again, and the first of them computes.
--
-- Waited for is only what goes on while one waits: what a task computes in its own coroutine, or
-- plain code in the state's main one. Any other computation is a stray: nobody waits for it. Nor
-- does anybody wait where he cannot be suspended while others go on, or for himself.
--
-- When a key is set, deleted or forgotten, the flights for it are overtaken: they end as they
-- would, but what they bring is not stored, and nobody joins them any more.

local async = require("wats.async")
local errors = require("wats.errors")
local failure = require("wats.async.failure")
local keys = require("wats.cache.keys")

local scheduler = async.default

---@class wats.cache.Flight
---@field store wats.Cache
---@field index wats.cache.Index
---@field key any
---@field owner wats.Task|table  who computes: a task, or PLAIN
---@field told integer?          how many waits of the owner had returned a cancel before
---@field began number           by the store's clock
---@field waiters table<wats.async.Waiter, true>
---@field is_stray boolean
---@field is_overtaken boolean
---@field has_ended boolean
local Flight = {}

local flight = {}

-- What is waited with when the one who computed did not end.
flight.AGAIN = {}

-- Plain code, as an owner.
local PLAIN = {}

-- What plain code waits for now. It cannot begin a second wait before the first has ended.
local plain_waiter

-- Who asks, and whether others may wait for what he computes.
local function asker()
  local task = scheduler.current
  local running, is_main = coroutine.running()
  if task then return task, task.co == running end
  return PLAIN, is_main
end

-- Fields of a store.
---@param store table
function flight.init(store)
  -- Weak: whose coroutine was dropped in the middle never ends its flight.
  store.led, store.strays = setmetatable({}, { __mode = "k" }), setmetatable({}, { __mode = "k" })
end

---@param store wats.Cache
---@param index wats.cache.Index
---@param key any
---@return wats.cache.Flight  to be closed
function flight.begin(store, index, key)
  local owner, may_lead = asker()
  local is_stray = not may_lead or index.flights[key] ~= nil
  local self = setmetatable({
    store = store, index = index, key = key, owner = owner, told = owner.told,
    began = store.clock(), waiters = {}, is_stray = is_stray, is_overtaken = false,
    has_ended = false,
  }, Flight)
  if is_stray then
    store.strays[self] = true
  else
    store.led[self], index.flights[key] = true, self
  end
  return self
end

local function by_number(a, b)
  return a.number < b.number
end

-- Wakes who waits, first come first.
---@param self wats.cache.Flight
---@param outcome table
function flight.finish(self, outcome)
  self.has_ended = true
  local store, index = self.store, self.index
  store.led[self], store.strays[self] = nil, nil
  if index.flights[self.key] == self then index.flights[self.key] = nil end
  local waiters = {}
  for waiter in pairs(self.waiters) do waiters[#waiters + 1] = waiter end
  self.waiters = {}
  table.sort(waiters, by_number)
  for _, waiter in ipairs(waiters) do scheduler:wake(waiter, outcome) end
end

-- Did a wait of the computing task return the task's cancel? Then it did not do its work, whatever
-- it brings.
---@param self wats.cache.Flight
---@return boolean
function flight.was_cancelled(self)
  return self.told ~= self.owner.told
end

-- Left by an error, or because its coroutine was closed.
function Flight.__close(self, err)
  if self.has_ended then return end
  if err == nil or flight.was_cancelled(self) then
    flight.finish(self, flight.AGAIN)
  else
    -- a task's own handler has packed it beside its traceback
    flight.finish(self, { has_raised = true, value = failure.of(err).value })
  end
end

-- Does `owner` wait for `me`, through flights and joined tasks? Plain code that joins a task is not
-- seen.
local function waits_for(owner, me)
  for _ = 1, scheduler.open + 2 do
    local waiter = owner.waiter
    if owner == PLAIN then waiter = plain_waiter end
    if not waiter or waiter.done then return false end
    owner = waiter.flight and waiter.flight.owner or waiter.joined
    if not owner then return false end
    if owner == me then return true end
  end
  return false
end

-- Raises when the caller would wait for himself; `...` are his arguments. Returns whether he may
-- wait.
---@param self wats.cache.Flight
---@param ... any
---@return boolean
function flight.may_join(self, ...)
  local me = asker()
  if self.owner == me then
    errors.raise("cached function: it is asked for %s while it computes that very value",
      keys.show(...))
  end
  if waits_for(self.owner, me) then
    errors.raise("cached function: whoever computes the value for %s waits for the caller",
      keys.show(...))
  end
  return me == PLAIN or scheduler:can_yield()
end

local function leave(waiter)
  waiter.flight.waiters[waiter] = nil
end

-- Waits for the end. AGAIN: nothing came of it. nil and an error: the caller was cancelled.
---@param self wats.cache.Flight
---@return table? outcome
---@return wats.Error? err
function flight.join(self)
  local waiter = scheduler:new_waiter(leave)
  waiter.flight = self
  self.waiters[waiter] = true
  if not scheduler.current then plain_waiter = waiter end
  return scheduler:wait(waiter)
end

local function overtake(self)
  self.is_overtaken = true
  if self.index.flights[self.key] == self then self.index.flights[self.key] = nil end
end

-- Somebody says what stands for a key now: older computations of it have no say any more.
---@param store wats.Cache
---@param index wats.cache.Index
---@param key any
function flight.overtake(store, index, key)
  local led = index.flights[key]
  if led then overtake(led) end
  for stray in pairs(store.strays) do
    if stray.index == index and stray.key == key then overtake(stray) end
  end
end

-- The same for all keys.
---@param store wats.Cache
function flight.overtake_all(store)
  for self in pairs(store.led) do overtake(self) end
  for self in pairs(store.strays) do overtake(self) end
end

return flight
