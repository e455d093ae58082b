-- wats.report.sequence: a sequence of steps, into which steps and further sequences are added in
-- the order in which they are run.
--
-- A sequence is a handle: `record` is the step of the format, everything else is how it comes to
-- be. Steps are handed back as their records, whose status is settled at once
-- (`seq:numeric { ... }.status`); a sequence's status is settled when the report is finished,
-- from everything in it. One report belongs to one Lua state; nothing here is shared.

local find = require("wats.report.find")
local given = require("wats.report.given")
local json = require("wats.json")
local loop = require("wats.report.loop")
local status = require("wats.report.status")
local steps = require("wats.report.steps")
local tree = require("wats.report.tree")

---@class wats.Sequence
---@field record table  the sequence's step, with the format's field names
---@field package book { finished: boolean, last_id: integer, non_finite?: string }  what all
---sequences of a report share
---@field package added (wats.Sequence|wats.Loop|table)[]  what was added through this handle
---@field package depth integer  1 for the outermost sequence
local Sequence = {}
Sequence.__index = Sequence
Sequence.__name = "wats.sequence"

local sequence = {}

-- Deeper than any test is; JSON takes two levels for each of ours, and what is added here must be
-- possible to write.
sequence.MAX_DEPTH = 90

-- How many tables within each other JSON is written with.
local MAX_LEVELS = 200

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

-- How many tables lie within each other at most, this one included.
local function levels(value)
  if type(value) ~= "table" then return 0 end
  local deepest = 0
  for _, element in pairs(value) do deepest = math.max(deepest, levels(element)) end
  return deepest + 1
end

-- Only what has no fixed form may add so many levels to those of the steps that JSON has not
-- enough of them.
local function depth_problem(self, record)
  local results = record.additionalResults
  if results and 2 * (self.depth + 1) + levels(results) > MAX_LEVELS then
    return 'option "additional_results" lies too deep in a step that lies as deep as this'
  end
  return nil
end

-- Puts a record behind what is there, and numbers it: ids follow the order of execution. Returns
-- what is wrong.
local function append(self, record)
  local problem = depth_problem(self, record)
  if problem then return problem end
  self.book.last_id = self.book.last_id + 1
  record.id = self.book.last_id
  local list = children(self.record)
  list[#list + 1] = record
  return nil
end

local SEQUENCE_RULES = {
  name = given.NAME,
  path = { "string" },
  version = { "string" },
}
for name, rule in pairs(steps.COMMON) do SEQUENCE_RULES[name] = SEQUENCE_RULES[name] or rule end

-- The record of a sequence, or nil and what is wrong. What the caller does not say stays out: a
-- path or a version that nobody gave would be invented.
---@param wanted table|string
---@return table? record
---@return string? problem
function sequence.new_record(wanted)
  local checked, problem = given.read_step(wanted, SEQUENCE_RULES)
  if not checked then return nil, problem end
  local record
  record, problem = steps.record(checked, "SequenceCall")
  if not record then return nil, problem end
  record.seqCall = { path = checked.path, name = checked.name, version = checked.version }
  record.steps = json.array {}
  return record
end

local function build_sequence(self, wanted)
  local record, problem = sequence.new_record(wanted)
  problem = problem or append(self, record)
  if problem then return nil, problem end
  local handle = sequence.of(record, self.book, self.depth + 1)
  self.added[#self.added + 1] = handle
  return handle
end

-- A loop stands in the sequence by its header; see wats.report.loop.
local function build_loop(self, wanted)
  local handle, problem = loop.new(self, wanted)
  problem = problem or append(self, handle.record)
  if problem then return nil, problem end
  self.added[#self.added + 1] = handle
  return handle
end

local function step_builder(build)
  return function(self, wanted)
    local record, problem, err = build(wanted, self.book)
    if not record then return nil, problem, err end
    problem = append(self, record)
    if problem then return nil, problem end
    self.added[#self.added + 1] = record
    return record
  end
end

-- What can be added, by method name: function(sequence, options) -> what the method returns, or
-- nil. The report's own methods of these names go to its root sequence.
-- nil and what is wrong; or nil, nil and what the world did.
---@type table<string, fun(self: wats.Sequence, wanted: any): any, string?, wats.Error?>
sequence.builders = { sequence = build_sequence, loop = build_loop }
for name, build in pairs(steps.builders) do sequence.builders[name] = step_builder(build) end

-- The name of a step that was wanted, for a message.
local function title(wanted)
  if type(wanted) == "table" then wanted = wanted.name end
  if type(wanted) ~= "string" or wanted == "" then return "" end
  return (' "%s"'):format(given.show(wanted))
end

-- A public method around a builder: raises at the line of whoever called it. Where the world is to
-- blame (a file that cannot be read) it returns nil and an error.
---@param name string
---@param target fun(self: any): wats.Sequence?, string?  or nil and what is wrong
---@return fun(self: table, wanted: any): any, wats.Error?
function sequence.method(name, target)
  local build = sequence.builders[name]
  return function(self, wanted)
    local into, problem = target(self)
    if not into then error(name .. ": " .. problem, 2) end
    if into.book.finished then error(name .. ": the report is finished", 2) end
    if into.depth >= sequence.MAX_DEPTH then
      error(("%s: steps may lie %d deep at most"):format(name, sequence.MAX_DEPTH), 2)
    end
    local result, err
    result, problem, err = build(into, wanted)
    if err then return nil, err end
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

for name, method in pairs(find.methods) do Sequence[name] = method end

-- The wanted pass of a loop, under the loop's name unless it has its own.
local function pass_of(self, wanted)
  if type(wanted) ~= "table" and wanted ~= nil or wanted and wanted.name ~= nil then
    return wanted
  end
  local named = { name = self.record.name }
  for name, value in pairs(wanted or {}) do named[name] = value end
  return named
end

-- A loop has the methods of a sequence, each for one more pass; but no loop within it: that stands
-- in a sequence of its own.
local function pass_method(name)
  local build = sequence.builders[name]
  return function(self, wanted)
    if not loop.is_loop(self) then
      error(name .. ": this is no loop (call it with a colon, as in loop:numeric { ... })", 2)
    end
    local into = self.within
    local problem = into.book.finished and "the report is finished" or self:problem()
    if problem then error(name .. ": " .. problem, 2) end
    wanted = pass_of(self, wanted)
    local result, err
    result, problem, err = build(into, wanted)
    if err then return nil, err end
    if not result then error(("%s%s: %s"):format(name, title(wanted), problem), 2) end
    into.added[#into.added] = nil -- it counts for the loop
    self:take(result)
    return result
  end
end

for name in pairs(sequence.builders) do
  if name ~= "loop" then loop.methods[name] = pass_method(name) end
end

-- The letter of a step that stands in the record. Where nobody says how a sequence ended, its steps
-- do; a step of which nothing is said is taken for a failure, as one of unknown end is.
local function standing(record, seen)
  if type(record.status) == "string" then return record.status end
  local list = record.steps
  if type(list) ~= "table" or #list == 0 or seen[record] then return "U" end
  seen[record] = true
  local worst = "P"
  for step in tree.counted(record) do worst = status.worse(worst, standing(step, seen)) end
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
    local letter = getmetatable(child) and child:settle() or child.status
    worst = status.worse(worst, letter)
  end
  if not before then
    local seen = { [self.record] = true }
    children(self.record)
    for step in tree.counted(self.record) do
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
