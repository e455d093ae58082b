-- wats.report.outline: a report as it is shown: its head, its verdict, its steps in the order in
-- which they stand, each with what a person wants to know of it. What wats.report.text and
-- wats.report.html have in common.
--
-- Works on the record alone, whoever wrote it; what is missing or odd is shown as far as it can
-- be. Never raises, changes nothing, keeps nothing. Fields that the format does not know are not
-- shown.

local find = require("wats.report.find")
local measures = require("wats.report.measures")
local shown = require("wats.report.shown")
local status = require("wats.report.status")

local outline = {}

-- Steps that lie deeper are counted and not shown: no test is built like that.
outline.MAX_DEPTH = 100

---@class wats.report.Entry
---@field number integer       its place among all steps
---@field depth integer        0 for the outermost
---@field record table
---@field parent? wats.report.Entry
---@field name string
---@field letter string
---@field word string
---@field fails boolean        by its own status, or by that of a measurement
---@field inside boolean       a step within fails
---@field children integer     how many steps it has
---@field measures? wats.report.Measure[]
---@field facts string[][]     further { label, text }
---@field lines string[]       the report text

---@class wats.report.Outline
---@field repair boolean
---@field letter string
---@field word string
---@field finished boolean
---@field title string[][]     { label, text }: what unit it is about
---@field head string[][]      { label, text }
---@field entries wats.report.Entry[]
---@field counts table<string, integer>  steps by letter
---@field hidden integer       steps that are not shown
---@field record table

local function put(list, label, ...)
  local parts = {}
  for i = 1, select("#", ...) do
    parts[#parts + 1] = shown.filled(shown.value((select(i, ...))))
  end
  if #parts > 0 then list[#list + 1] = { label, table.concat(parts, ", ") } end
end

local function seconds(value)
  value = shown.value(value)
  if type(value) == "number" then return shown.number(value) .. " s" end
  return value
end

-- A point in time with blanks between date, time and offset.
local function moment(value)
  value = shown.value(value)
  if type(value) ~= "string" then return value end
  return (value:gsub("^(%d%d%d%d%-%d%d%-%d%d)T([%d:.]+)(.*)$", function(date, time, offset)
    return date .. " " .. time .. (offset ~= "" and " " .. offset or "")
  end))
end

-- A code and what it is called.
local function named(code, name)
  code, name = shown.filled(shown.value(code)), shown.filled(shown.value(name))
  return code and name and code .. " " .. name or code or name
end

-- What TestStand and the builder say when there is no error.
local function code_of(value)
  value = shown.value(value)
  return value ~= 0 and value or nil
end

-- ---- steps -----------------------------------------------------------------------------------

local GROUPS = { S = "Setup", C = "Cleanup" }

local function add_loop(facts, loop)
  if not loop then return end
  local index, count = shown.value(loop.idx), shown.value(loop.num)
  if index ~= nil then
    put(facts, "loop", "iteration " .. (shown.line(index) or ""))
  elseif count ~= nil then
    local passed, failed = shown.value(loop.passed), shown.value(loop.failed)
    local ending = shown.line(shown.value(loop.endingIndex))
    put(facts, "loop", (shown.line(count) or "") .. " times",
      passed ~= nil and (shown.line(passed) or "") .. " passed" or nil,
      failed ~= nil and (shown.line(failed) or "") .. " failed" or nil,
      ending and "ending index " .. ending)
  end
end

local function facts_of(step)
  local facts = {}
  put(facts, "error", code_of(step.errorCode), step.errorMessage)
  if step.causedUUTFailure == true then
    put(facts, "cause", "made the unit fail")
  elseif step.causedSeqFailure == true then
    put(facts, "cause", "made its sequence fail")
  end
  put(facts, "group", GROUPS[shown.value(step.group) or ""])
  add_loop(facts, shown.object(step.loop))
  local call = shown.object(step.seqCall)
  if call then
    local name = shown.value(call.name)
    put(facts, "calls", name ~= shown.value(step.name) and name or nil, call.path,
      shown.filled(shown.value(call.version)) and "version " .. shown.line(call.version))
  end
  local program = shown.object(step.callExe)
  put(facts, "exit code", program and program.exitCode)
  local popup = shown.object(step.messagePopup)
  if popup then
    put(facts, "response", popup.response)
    put(facts, "button", popup.button)
  end
  return facts
end

local function entry_of(step, parent, number)
  local letter, word = shown.status(shown.value(step.status))
  local entry = {
    number = number, depth = parent and parent.depth + 1 or 0, record = step, parent = parent,
    name = shown.filled(shown.value(step.name)) or "(no name)", letter = letter, word = word,
    fails = letter ~= "?" and status.fails(letter) or letter == "?" and word ~= "No status",
    inside = false, children = 0, measures = measures.of(step), facts = facts_of(step),
    lines = shown.lines(shown.value(step.reportText)),
  }
  for _, measure in ipairs(entry.measures or {}) do
    if measure.fails then entry.fails = true end
  end
  return entry
end

-- A step that was met before may lie within itself.
local function walk(self, step, parent, seen)
  if seen[step] or parent and parent.depth >= outline.MAX_DEPTH then
    self.hidden = self.hidden + 1
    return
  end
  seen[step] = true
  local entries = self.entries
  local entry = entry_of(step, parent, #entries + 1)
  entries[#entries + 1] = entry
  self.counts[entry.letter] = (self.counts[entry.letter] or 0) + 1
  if entry.fails then
    local above = parent
    while above and not above.inside do
      above.inside = true
      above = above.parent
    end
  end
  if type(step.steps) ~= "table" then return end
  for _, child in ipairs(shown.objects(step.steps)) do
    entry.children = entry.children + 1
    walk(self, child, entry, seen)
  end
end

-- The steps that fail and hold no other that does, in their order: those of get_failed_steps, and
-- who passed in spite of a measurement that failed; the outermost one where no other is to blame.
---@param self wats.report.Outline
---@return wats.report.Entry[]
function outline.failures(self)
  local by_record, list = {}, {}
  for _, entry in ipairs(self.entries) do by_record[entry.record] = entry end
  local root = self.entries[1]
  if not root then return list end
  for i, step in ipairs(find.failed(root.record, function(step)
    return by_record[step] and by_record[step].fails -- nil: it lies too deep
  end)) do
    list[i] = by_record[step]
  end
  if #list == 0 and root.fails then list[1] = root end
  return list
end

-- The name; with it which time of a loop it was.
local function name_in_path(entry)
  local loop = shown.object(entry.record.loop)
  local index = loop and shown.line(shown.value(loop.idx))
  return index and ("%s [%s]"):format(entry.name, index) or entry.name
end

-- Where a step stands: the names from below the outermost sequence down.
---@param entry wats.report.Entry
---@return string
function outline.path(entry)
  local names = {}
  while entry do
    if entry.parent or #names == 0 then table.insert(names, 1, name_in_path(entry)) end
    entry = entry.parent
  end
  return table.concat(names, " / ")
end

-- ---- the head --------------------------------------------------------------------------------

local function test_head(head, record)
  local unit = shown.object(record.uut) or {}
  put(head, "Operation", named(record.processCode, record.processName))
  put(head, "Station", record.machineName, record.location, record.purpose)
  put(head, "Operator", unit.user)
  put(head, "Start", moment(record.start) or moment(record.startUTC))
  put(head, "Duration", seconds(unit.execTime))
  put(head, "Batch", unit.batchSN)
  put(head, "Socket", unit.testSocketIndex ~= -1 and unit.testSocketIndex or nil)
  put(head, "Fixture", unit.fixtureId)
  put(head, "Batch failures", unit.batchFailCount)
  put(head, "Batch loop", unit.batchLoopIndex)
  put(head, "Error", code_of(unit.errorCode), unit.errorMessage)
  put(head, "Comment", unit.comment)
  for _, repair in ipairs(shown.objects(unit.refUURs)) do
    put(head, "Repaired by", repair.id, moment(repair.start))
  end
end

local function repair_head(head, record)
  local repair = shown.object(record.uur) or {}
  put(head, "Repair", named(record.processCode, record.processName))
  put(head, "Failed in", named(repair.processCode, repair.processName))
  put(head, "Test report", repair.refUUT)
  put(head, "Station", record.machineName, record.location, record.purpose)
  put(head, "Operator", repair.user)
  put(head, "Start", moment(record.start) or moment(record.startUTC))
  put(head, "Duration", seconds(repair.execTime))
  put(head, "Confirmed", moment(repair.confirmDate))
  put(head, "Finalized", moment(repair.finalizeDate))
  put(head, "Part of", repair.parent)
  if type(repair.children) == "table" then
    for i = 1, rawlen(repair.children) do put(head, "Has part", rawget(repair.children, i)) end
  end
  put(head, "Comment", repair.comment)
end

local function title_of(record)
  local title = {}
  put(title, "Part number", record.pn)
  put(title, "Serial number", record.sn)
  put(title, "Revision", record.rev)
  put(title, "Product", record.productName)
  return title
end

-- ---- all of it -------------------------------------------------------------------------------

---@param record table     in the server's format
---@param finished boolean whether it has its result
---@return wats.report.Outline
function outline.of(record, finished)
  local letter, word = shown.status(shown.value(record.result))
  local repair = record.type == "R" or record.type ~= "T" and shown.object(record.uur) ~= nil
    and shown.object(record.uut) == nil
  local self = {
    repair = repair, letter = letter, word = word, finished = finished, title = title_of(record),
    head = {}, entries = {}, counts = {}, hidden = 0, record = record,
  }
  if letter == "?" then self.word = finished and "No result" or "Not finished" end
  if repair then repair_head(self.head, record) else test_head(self.head, record) end
  put(self.head, "Origin", record.origin)
  put(self.head, "Report", record.id)
  if type(record.root) == "table" then walk(self, record.root, nil, {}) end
  return self
end

return outline
