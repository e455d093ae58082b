-- wats.log.repeats: the same entry again and again is told once, and then how often.
--
-- Entries are the same when level, message and fields are, but for those that say when, how long
-- or which request. The first one passes; those that follow within `within` seconds of it are
-- counted. Then the last of them is told, with `repeated`, how many there were, and the next
-- period begins. At most 200 kinds of entries are known at a time; beyond that the oldest is told
-- before its time. All that is done when an entry comes, or by `flush`: nothing wakes up by itself.

local format = require("wats.log.format")

local repeats = {}

local MAX_KINDS = 200
local BESIDES = { time = true, elapsed = true, delay = true, age = true, request_id = true }

---@class wats.log.Kind
---@field key string
---@field level wats.log.Level
---@field message string
---@field fields? table  of the last one that was counted
---@field count integer  since it was last told
---@field since number   when its period began

---@class wats.log.Repeats
---@field within number
---@field tell fun(level: wats.log.Level, message: string, fields: table)
---@field kinds table<string, wats.log.Kind>
---@field queue wats.log.Kind[]  in the order of `since`, from `first` to `last`
---@field first integer
---@field last integer
local Repeats = {}
Repeats.__index = Repeats

---@param within number  seconds; 0: everything passes
---@param tell fun(level: wats.log.Level, message: string, fields: table)
---@return wats.log.Repeats
function repeats.new(within, tell)
  return setmetatable({ within = within, tell = tell, kinds = {}, queue = {}, first = 1, last = 0 },
    Repeats)
end

local function append(self, kind, now)
  kind.since = now
  self.last = self.last + 1
  self.queue[self.last] = kind
end

local function told(self, kind)
  local fields = { repeated = kind.count }
  for name, value in next, kind.fields do
    if name ~= "repeated" then fields[name] = value end
  end
  kind.count, kind.fields = 0, nil
  self.tell(kind.level, kind.message, fields)
end

-- The oldest kind is let go, or begins its next period.
local function end_period(self, now, for_good)
  local kind = self.queue[self.first]
  self.queue[self.first] = nil
  self.first = self.first + 1
  if kind.count > 0 and not for_good then
    append(self, kind, now)
  else
    self.kinds[kind.key] = nil
  end
  if kind.count > 0 then told(self, kind) end
end

-- May this one be told? Tells first of those whose time is over.
---@param level wats.log.Level
---@param message string
---@param fields table<string, any>
---@param now number  monotonic seconds
---@return boolean
function Repeats:passes(level, message, fields, now)
  if self.within <= 0 then return true end
  while self.first <= self.last and now - self.queue[self.first].since >= self.within do
    end_period(self, now, false)
  end
  local key = level .. "\0" .. message .. "\0" .. format.fields(fields, BESIDES)
  local kind = self.kinds[key]
  if kind then
    kind.count, kind.fields = kind.count + 1, fields
    return false
  end
  if self.last - self.first + 1 >= MAX_KINDS then end_period(self, now, true) end
  kind = { key = key, level = level, message = message, count = 0 }
  self.kinds[key] = kind
  append(self, kind, now)
  return true
end

-- Tells now what was counted; all periods end.
---@param now number
function Repeats:flush(now)
  while self.first <= self.last do end_period(self, now, true) end
end

return repeats
