-- wats.report.sequence: a sequence of steps, into which steps and further sequences are added in
-- the order in which they are run.
--
-- A sequence is a handle: `record` is the step of the format, everything else is how it comes to
-- be. Steps are handed back as their records, whose status is settled at once
-- (`seq:numeric { ... }.status`); a sequence's status is settled when the report is finished,
-- from everything in it. One report belongs to one Lua state; nothing here is shared.

local given = require("wats.report.given")
local json = require("wats.json")
local status = require("wats.report.status")
local steps = require("wats.report.steps")

---@class wats.Sequence
---@field record table  the sequence's step, with the format's field names
---@field package book { finished: boolean, last_id: integer }  what all sequences of a report share
---@field package added (wats.Sequence|table)[]  what was added through this handle
local Sequence = {}
Sequence.__index = Sequence
Sequence.__name = "wats.sequence"

local sequence = {}

-- A handle for a record that stands already, of a new report or of one that was read.
---@param record table
---@param book table
---@return wats.Sequence
function sequence.of(record, book)
  return setmetatable({ record = record, book = book, added = {} }, Sequence)
end

local function children(record)
  local list = record.steps
  if list == nil or list == json.null then
    list = json.array {}
    record.steps = list
  end
  return list
end

-- Puts a record behind what is there, and numbers it: ids follow the order of execution.
local function append(self, record)
  self.book.last_id = self.book.last_id + 1
  record.id = self.book.last_id
  local list = children(self.record)
  list[#list + 1] = record
end

local SEQUENCE_RULES = {
  name = { "string", required = true, min = 1 },
  path = { "string" },
  version = { "string" },
  group = steps.COMMON.group,
  status = { "string" },
  start = steps.COMMON.start,
  total_time = steps.COMMON.total_time,
  error_code = { "integer" },
  error_message = { "string" },
  report_text = { "string" },
}

-- The record of a sequence, or nil and what is wrong. What the caller does not say stays out: a
-- path or a version that nobody gave would be invented.
---@param wanted table|string
---@return table? record
---@return string? problem
function sequence.new_record(wanted)
  local checked, problem = given.read_step(wanted, SEQUENCE_RULES)
  if not checked then return nil, problem end
  local letter
  if checked.status then
    letter, problem = status.parse(checked.status, status.STEP)
    if not letter then return nil, problem end
  end
  local record = steps.record(checked, "SequenceCall", letter)
  record.seqCall = { path = checked.path, name = checked.name, version = checked.version }
  record.steps = json.array {}
  return record
end

local function build_sequence(self, wanted)
  local record, problem = sequence.new_record(wanted)
  if not record then return nil, problem end
  append(self, record)
  local handle = sequence.of(record, self.book)
  self.added[#self.added + 1] = handle
  return handle
end

local function step_builder(build)
  return function(self, wanted)
    local record, problem = build(wanted)
    if not record then return nil, problem end
    append(self, record)
    self.added[#self.added + 1] = record
    return record
  end
end

-- What can be added, by method name: function(sequence, options) -> what the method returns, or
-- nil and what is wrong. The report's own methods of these names go to its root sequence.
---@type table<string, fun(self: wats.Sequence, wanted: any): any, string?>
sequence.builders = { sequence = build_sequence }
for name, build in pairs(steps.builders) do sequence.builders[name] = step_builder(build) end

-- A public method around a builder: raises at the line of whoever called it.
---@param name string
---@param target fun(self: table): wats.Sequence
---@return fun(self: table, wanted: any): any
function sequence.method(name, target)
  local build = sequence.builders[name]
  return function(self, wanted)
    local into = target(self)
    if into.book.finished then error(name .. ": the report is finished", 2) end
    local result, problem = build(into, wanted)
    if not result then
      local title = type(wanted) == "table" and type(wanted.name) == "string" and wanted.name
      error((title and '%s "%s": %s' or "%s%s: %s"):format(name, title or "", problem), 2)
    end
    return result
  end
end

for name in pairs(sequence.builders) do
  Sequence[name] = sequence.method(name, function(self) return self end)
end

-- Settles the status of this sequence from what was added to it, all the way down, and returns
-- it. What stood there before (a given status; the status of a report that was read) is only ever
-- made worse.
---@return string letter
function Sequence:settle()
  local before = self.record.status
  if before == json.null then before = nil end
  local worst = "P"
  for _, child in ipairs(self.added) do
    local letter = getmetatable(child) == Sequence and child:settle() or child.status
    worst = status.worse(worst, letter)
  end
  if not before or status.fails(worst) then
    self.record.status = status.worse(before or "P", worst)
  end
  return self.record.status
end

function Sequence:__tostring()
  return ('wats.sequence: "%s", %d steps'):format(self.record.name, #children(self.record))
end

return sequence
