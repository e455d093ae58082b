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
---@field package depth integer  1 for the outermost sequence
local Sequence = {}
Sequence.__index = Sequence
Sequence.__name = "wats.sequence"

local sequence = {}

-- Deeper than any test is; JSON takes two levels for each of ours, and what is added here must be
-- possible to write.
sequence.MAX_DEPTH = 90

-- A handle for a record that stands already, of a new report or of one that was read.
---@param record table
---@param book table
---@param depth? integer
---@return wats.Sequence
function sequence.of(record, book, depth)
  return setmetatable({ record = record, book = book, added = {}, depth = depth or 1 }, Sequence)
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
  name = given.NAME,
  path = { "string" },
  version = { "string" },
  group = steps.COMMON.group,
  status = { "string" },
  start = steps.COMMON.start,
  total_time = steps.COMMON.total_time,
  error_code = given.INTEGER,
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
  local handle = sequence.of(record, self.book, self.depth + 1)
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

-- The name of a step that was wanted, for a message.
local function title(wanted)
  if type(wanted) == "table" then wanted = wanted.name end
  if type(wanted) ~= "string" or wanted == "" then return "" end
  return (' "%s"'):format(given.show(wanted))
end

-- A public method around a builder: raises at the line of whoever called it.
---@param name string
---@param target fun(self: any): wats.Sequence?, string?  or nil and what is wrong
---@return fun(self: table, wanted: any): any
function sequence.method(name, target)
  local build = sequence.builders[name]
  return function(self, wanted)
    local into, problem = target(self)
    if not into then error(name .. ": " .. problem, 2) end
    if into.book.finished then error(name .. ": the report is finished", 2) end
    if into.depth >= sequence.MAX_DEPTH then
      error(("%s: steps may lie %d deep at most"):format(name, sequence.MAX_DEPTH), 2)
    end
    local result
    result, problem = build(into, wanted)
    if not result then
      error(("%s%s: %s"):format(name, title(wanted), problem), 2)
    end
    return result
  end
end

local function itself(self)
  if getmetatable(self) == Sequence then return self end
  return nil, "this is no sequence (call it with a colon, as in seq:numeric { ... })"
end

for name in pairs(sequence.builders) do Sequence[name] = sequence.method(name, itself) end

-- The letter of a step that stands in the record. Where nobody says how a sequence ended, its steps
-- do; a step of which nothing is said is taken for a failure, as one of unknown end is.
local function standing(record, seen)
  if type(record.status) == "string" then return record.status end
  local list = record.steps
  if type(list) ~= "table" or #list == 0 or seen[record] then return "U" end
  seen[record] = true
  local worst = "P"
  for _, step in ipairs(list) do worst = status.worse(worst, standing(step, seen)) end
  return worst
end

-- Settles the status of this sequence from what was added to it, all the way down, and returns
-- it. What stood there before (a given status; the status of a report that was read) is only ever
-- made worse; where none stood, all steps count, those that were read too.
---@return string letter
function Sequence:settle()
  local before = self.record.status
  if before == json.null then before = nil end
  local worst = "P"
  for _, child in ipairs(self.added) do
    local letter = getmetatable(child) == Sequence and child:settle() or child.status
    worst = status.worse(worst, letter)
  end
  if not before then
    local seen = { [self.record] = true }
    for _, step in ipairs(children(self.record)) do
      worst = status.worse(worst, standing(step, seen))
    end
  end
  if not before or status.fails(worst) then
    self.record.status = status.worse(before or "P", worst)
  end
  return self.record.status
end

function Sequence:__tostring()
  local list = self.record.steps
  return ('wats.sequence: "%s", %d steps'):format(given.show(self.record.name),
    type(list) == "table" and #list or 0)
end

return sequence
