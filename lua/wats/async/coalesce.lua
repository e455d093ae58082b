-- wats.async.coalesce: many single look-ups become one bulk call.
--
-- Tasks that ask within `max_wait` seconds share one call of `bulk_fn(items)`; an item that several
-- ask for is in it once. A batch that is full goes at once. The call runs in a task of its own, so
-- the cancel of one who asked leaves the others alone. A caller that cannot be suspended would hold
-- up everything while it waited for others to ask: it gets a call with its one item.

local check = require("wats.async.check")
local errors = require("wats.errors")
local failure = require("wats.async.failure")

local RULES = {
  max_batch = { "integer", min = 1, default = 100 },
  max_wait = { "number", min = 0, max = 86400, default = 0.1 },
  keyed = { "boolean" },
}

---@class wats.async.Batch
---@field items any[]
---@field slots table<any, { waiters: table<wats.async.Waiter, true> }>  by item

-- The answer for one item. A table with a length, or with `n`, is a list in the order of the items;
-- any other goes by item. `keyed` says it where items are numbers and both would look alike.
local function pick(answers, item, position, keyed)
  if keyed == nil then keyed = #answers == 0 and math.type(rawget(answers, "n")) ~= "integer" end
  if keyed then return answers[item] end
  return answers[position]
end

-- The answers by position; or nil and an error. Under xpcall: the table that `bulk_fn` returned may
-- raise where it is looked into.
local function answers_of(bulk_fn, items, keyed)
  local answers, err = bulk_fn(table.move(items, 1, #items, 1, {}))
  if answers == nil and err ~= nil then return nil, err end
  if type(answers) ~= "table" then
    return nil, errors.new {
      kind = "protocol",
      message = "the bulk function returned no table but " .. type(answers),
    }
  end
  local picked = {}
  for position, item in ipairs(items) do picked[position] = pick(answers, item, position, keyed) end
  return picked
end

-- Calls `bulk_fn` with a list that it may change; each item's answer goes to `give(item, ...)`.
local function ask(bulk_fn, items, keyed, give)
  local ok, picked, err = xpcall(answers_of, failure.catch, bulk_fn, items, keyed)
  if not ok then picked, err = nil, failure.object(failure.of(picked)) end
  for position, item in ipairs(items) do
    if picked then
      give(item, picked[position])
    else
      give(item, nil, err)
    end
  end
end

local function leave(waiter)
  waiter.slot.waiters[waiter] = nil
end

-- Items that somebody still waits for.
local function wanted(batch)
  local items = {}
  for _, item in ipairs(batch.items) do
    if next(batch.slots[item].waiters) then items[#items + 1] = item end
  end
  return items
end

local function by_number(a, b)
  return a.number < b.number
end

---@class wats.async.Coalescer
local Coalescer = {}
Coalescer.__index = Coalescer

-- In a task: asks for what is wanted and wakes who asked, first come first.
function Coalescer:call(batch)
  local scheduler, items = self.scheduler, wanted(batch)
  if #items == 0 then return end
  ask(self.bulk_fn, items, self.keyed, function(item, ...)
    local waiters = {}
    for waiter in pairs(batch.slots[item].waiters) do waiters[#waiters + 1] = waiter end
    table.sort(waiters, by_number)
    for _, waiter in ipairs(waiters) do scheduler:wake(waiter, ...) end
  end)
end

-- No more items: the next one that asks opens another batch.
function Coalescer:begin(batch)
  if self.open == batch then self.open = nil end
  self.scheduler.timers:remove(batch)
  if not self.scheduler.closed then self.scheduler:spawn(self.call, self, batch) end
end

function Coalescer:new_batch()
  local batch = { items = {}, slots = {} }
  self.open = batch
  self.scheduler:set_timer(batch, self.max_wait, function() self:begin(batch) end)
  return batch
end

function Coalescer:ask(item)
  local scheduler = self.scheduler
  if not scheduler:can_yield() then
    local answer
    ask(self.bulk_fn, { item }, self.keyed, function(_, ...) answer = table.pack(...) end)
    return table.unpack(answer, 1, answer.n)
  end
  local batch = self.open or self:new_batch()
  local slot = batch.slots[item]
  if not slot then
    slot = { waiters = {} }
    batch.slots[item], batch.items[#batch.items + 1] = slot, item
  end
  local waiter = scheduler:new_waiter(leave)
  waiter.slot = slot
  slot.waiters[waiter] = true
  if #batch.items >= self.max_batch then self:begin(batch) end
  return scheduler:wait(waiter)
end

local coalesce = {}

-- Makes `fn(item)` of `bulk_fn(items)`. The bulk function returns a list in the order of the items
-- (with `n` where it has holes), a table by item (`keyed = true` where items are numbers), or nil
-- and an error. `fn` returns the item's answer, nil where there is none, or nil and the error.
---@param scheduler wats.Scheduler
---@param bulk_fn fun(items: any[]): table?, any
---@param opts? { max_batch: integer?, max_wait: number?, keyed: boolean? }
---@return fun(item: any): any, any
function coalesce.new(scheduler, bulk_fn, opts)
  check.callable("coalesce", "argument #1", bulk_fn)
  opts = check.options("coalesce", opts, RULES)
  local coalescer = setmetatable({
    scheduler = scheduler, bulk_fn = bulk_fn, keyed = opts.keyed,
    max_batch = opts.max_batch, max_wait = opts.max_wait,
  }, Coalescer)
  return function(item)
    if item == nil or item ~= item then
      errors.raise("coalesce: an item expected, got %s", tostring(item))
    end
    return coalescer:ask(item)
  end
end

return coalesce
