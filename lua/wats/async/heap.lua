-- wats.async.heap: a binary heap of points in time.
--
-- Entries are the caller's own tables: `at` is when they are due, `place` is where they stand here
-- (nil: not in the heap). Equal times leave in the order they came. Put, take and remove cost
-- O(log n). Belongs to one scheduler.

---@class wats.async.Heap
---@field count integer
---@field order integer  how many were ever put
local Heap = {}
Heap.__index = Heap

local heap = {}

---@return wats.async.Heap
function heap.new()
  return setmetatable({ count = 0, order = 0 }, Heap)
end

local function before(a, b)
  return a.at < b.at or a.at == b.at and a.order < b.order
end

local function set(self, place, entry)
  self[place] = entry
  entry.place = place
end

local function rise(self, place, entry)
  while place > 1 do
    local parent = self[place // 2]
    if not before(entry, parent) then break end
    set(self, place, parent)
    place = place // 2
  end
  set(self, place, entry)
end

local function sink(self, place, entry)
  while 2 * place <= self.count do
    local child = 2 * place
    if child < self.count and before(self[child + 1], self[child]) then child = child + 1 end
    if not before(self[child], entry) then break end
    set(self, place, self[child])
    place = child
  end
  set(self, place, entry)
end

---@param entry table  with `at`; not in the heap yet
function Heap:put(entry)
  self.count, self.order = self.count + 1, self.order + 1
  entry.order = self.order
  rise(self, self.count, entry)
end

-- The entry due first, left where it is; nil when there is none.
---@return table?
function Heap:first()
  return self[1]
end

-- Takes an entry out, wherever it stands; one that is not there is left alone.
---@param entry table
function Heap:remove(entry)
  local place = entry.place
  if not place then return end
  local last = self[self.count]
  self[self.count] = nil
  self.count, entry.place = self.count - 1, nil
  if last == entry then return end
  if place > 1 and before(last, self[place // 2]) then
    rise(self, place, last)
  else
    sink(self, place, last)
  end
end

return heap
