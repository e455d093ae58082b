-- wats.queue.journal: which files of a folder were taken in, so that none is read for reports
-- again, whatever happens to the program in between.
--
-- A file is known by a key that follows from what is in it and what it is called. Before its
-- reports go to the queue they are noted as begun, by their ids, and that is on the disk then; once
-- they are in the queue, as taken in. Who finds a file begun asks the queue for these ids: the
-- commit is one, so either all are there, or the file has to be read again.
--
-- While a file is being read a mark beside the journal says so. Whoever finds a mark when he opens
-- the journal knows that the program ended in the middle of that file, and counts it: the file may
-- be to blame.
--
-- The journal is a text file, one line for each note: what is added is added to the end; a line
-- that was cut short, or is not what was written, does not count. It is bounded: when it is larger
-- than `max_bytes`, the newest notes that fill half of that are written anew, and the rest is
-- forgotten. What is forgotten is read again if somebody drops it again; its reports have the ids
-- that they had.
--
-- One Lua state has it open: whoever holds the folder's lock.

local core = require("wats.core")
local errors = require("wats.errors")

local journal = {}

local MAX_BYTES = 8 * 1024 * 1024 -- some 40,000 files of one report each

---@class wats.Journal
---@field path string
---@field package mark string     name of the file that says what is being read
---@field package max_bytes integer
---@field package bytes integer   of the file
---@field package notes table<string, string>  by key: the line without its sum
---@field package order string[]  the key of each note, in the order in which they were written
local Journal = {}
Journal.__index = Journal

local LINE = "^(%x+) ((%u) (%x+) (%S*))$"

local function sum_of(text)
  return ("%08x"):format(core.crc32c(text))
end

local SUM = 10 -- what a line has besides its note

local function line_of(text)
  return sum_of(text) .. " " .. text .. "\n"
end

local function keep(self, key, text)
  self.order[#self.order + 1] = key
  self.notes[key] = text
end

-- Others write into the folder, too: what is a pipe would keep who opens it, for ever.
local function read_file(path)
  if core.is_special_file(path) then return nil, path .. ": it is no regular file" end
  local file, reason, code = io.open(path, "rb")
  if not file then
    if code == 2 then return "" end -- none yet
    return nil, reason
  end
  local text
  text, reason = file:read("a")
  file:close()
  return text, reason
end

-- The newest notes that fill half of what is allowed: their keys, the newest first.
local function newest(self)
  local keys, seen, bytes = {}, {}, 0
  for i = #self.order, 1, -1 do
    local key = self.order[i]
    if not seen[key] then
      bytes = bytes + #self.notes[key] + SUM
      if bytes > self.max_bytes // 2 and #keys > 0 then break end
      keys[#keys + 1], seen[key] = key, true
    end
  end
  return keys
end

-- Forgets the oldest. When the new file cannot be written, the old one stays.
local function shrink(self)
  local keys = newest(self)
  local notes, order, lines = {}, {}, {}
  for i = #keys, 1, -1 do
    local text = self.notes[keys[i]]
    notes[keys[i]], order[#order + 1] = text, keys[i]
    lines[#lines + 1] = line_of(text)
  end
  local text, part = table.concat(lines), self.path .. ".part"
  os.remove(part)
  local ok, reason = core.append_file(part, text, true)
  if ok then ok, reason = os.rename(part, self.path) end
  if not ok then
    os.remove(part) -- of a disk that is full it would keep the rest
    return nil, reason
  end
  self.notes, self.order, self.bytes = notes, order, #text
  return true
end

local function write(self, kind, key, ids, sync)
  local text = ("%s %s %s"):format(kind, key, table.concat(ids, ","))
  local line = line_of(text)
  local ok, reason = core.append_file(self.path, line, sync)
  if not ok then
    self.torn = true
    return nil, reason
  end
  self.bytes = self.bytes + #line
  keep(self, key, text)
  if self.bytes > self.max_bytes then return shrink(self) end
  return true
end

-- A note that was cut short would spoil the next one: the next begins on a line of its own.
local function add(self, ...)
  if self.torn then
    local ok, reason = core.append_file(self.path, "\n")
    if not ok then return nil, reason end
    self.torn, self.bytes = false, self.bytes + 1
  end
  return write(self, ...)
end

-- A program that ended while it read a file has left its mark.
local function count_death(self)
  local key = read_file(self.mark)
  os.remove(self.mark)
  if not key or not key:find("^%x+$") then return end
  add(self, "A", key, { tostring(self:deaths(key) + 1) }, false)
end

---@param path string
---@param max_bytes? integer
---@return wats.Journal?
---@return wats.Error? err  of kind "io"
function journal.open(path, max_bytes)
  local text, reason = read_file(path)
  if not text then return nil, errors.new { kind = "io", message = "journal: " .. reason } end
  local self = setmetatable({
    path = path, mark = path .. "-reading", max_bytes = max_bytes or MAX_BYTES, bytes = #text,
    notes = {}, order = {}, torn = text ~= "" and text:byte(-1) ~= 10,
  }, Journal)
  for line in text:gmatch("[^\n]+") do
    local sum, noted, _, key = line:match(LINE)
    if sum and sum == sum_of(noted) then keep(self, key, noted) end
  end
  count_death(self)
  return self
end

-- How often the program has ended while it read a file, one time after the other.
---@param key string
---@return integer
function Journal:deaths(key)
  local state, list = self:look(key)
  return state == "A" and math.tointeger(tonumber(list[1])) or 0
end

-- The count begins anew: somebody was told.
---@param key string
---@return true? ok
---@return string? reason
function Journal:forgive(key)
  return add(self, "A", key, { "0" }, false)
end

local Mark = { __close = function(mark) os.remove(mark.path) end }

-- Says that a file is being read from now on, until the value is closed, or the program ends. What
-- cannot be written is not counted.
---@param key string
---@return table mark
function Journal:reading(key)
  os.remove(self.mark) -- a link, perhaps, to what is not ours to write over
  core.append_file(self.mark, key)
  return setmetatable({ path = self.mark }, Mark)
end

-- What is noted of a file: the letter and the ids.
---@param key string  hex digits
---@return "T"|"B"|"R"|"A"|nil state  taken in; begun; begun when its reports were known already;
---                              the program ended
---@return string[]? ids  of "A": the count
function Journal:look(key)
  local text = self.notes[key]
  if not text then return nil end
  local state, list = text:match("^(%u) %x+ (%S*)$")
  local ids = {}
  for id in list:gmatch("[^,]+") do ids[#ids + 1] = id end
  return state, ids
end

-- Notes that a file's reports are about to go to the queue; on the disk when it returns.
---@param key string
---@param ids string[]
---@param known boolean  the queue has heard of them before: what it says later proves nothing
---@return true? ok
---@return string? reason
function Journal:begin(key, ids, known)
  return add(self, known and "R" or "B", key, ids, true)
end

-- Notes that they are in the queue.
---@param key string
---@param ids string[]
---@return true? ok
---@return string? reason
function Journal:finish(key, ids)
  return add(self, "T", key, ids, false)
end

return journal
