-- wats.report.uut: a report on a test of one unit (UUT report) or on a repair (UUR report, see
-- wats.report.repair), being written or read back.
--
-- The report is `record`, a table in the server's own format (WSJF) with the server's field
-- names; fields that nobody here knows stay in it and are written again. While it is open, steps
-- and details are added; `finish` settles status and result, and from then on nothing can be
-- added. What was built may still be mended by hand in `record`.
--
-- A report belongs to one Lua state. Nothing here touches the network.

local core = require("wats.core")
local details = require("wats.report.details")
local errors = require("wats.errors")
local find = require("wats.report.find")
local given = require("wats.report.given")
local head = require("wats.report.head")
local json = require("wats.json")
local repair = require("wats.report.repair")
local looks = require("wats.report.looks")
local sequence = require("wats.report.sequence")
local status = require("wats.report.status")
local tree = require("wats.report.tree")
local validate = require("wats.report.validate")

---@class wats.Report
---@field id string        the report's uuid: what identifies it on the server
---@field record table     the report in the server's format
---@field root wats.Sequence?  the outermost sequence; nil in a repair report
---@field result string?   "P", "F", "E" or "T" once the report is finished
---@field finished boolean
---@field package read_id integer?  the highest id of a step in a report that was read
---@field package tested table?  in a repair: the record of the test that it belongs to
---@field package began number?  on the monotonic clock; nil in a report that was read
local Report = {}
Report.__name = "wats.report"

function Report.__index(self, name)
  if name == "finished" then return self.book.finished end
  if name == "id" or name == "result" then
    local value = self.record[name]
    if value == json.null then return nil end
    return value
  end
  return Report[name]
end

local uut = {}

-- A new report, or nil and what is wrong.
---@param fields table
---@param station? { name: string, location?: string, purpose?: string }
---@return wats.Report?
---@return string? problem
function uut.new(fields, station)
  local record, root, non_finite = head.new(fields, station)
  if not record then return nil, non_finite end
  local book = { finished = false, last_id = 1, non_finite = non_finite }
  return setmetatable({
    record = record,
    book = book,
    root = sequence.of(root, book),
    began = core.monotonic(),
  }, Report)
end

-- A new report on a repair, or nil and what is wrong.
---@param fields table
---@param station? { name: string, location?: string, purpose?: string }
---@return wats.Report?
---@return string? problem
function uut.repair(fields, station)
  local record, tested, problem = repair.new(fields, station)
  if not record then return nil, problem end
  return setmetatable({
    record = record,
    book = { finished = false, last_id = 0 },
    tested = tested,
    began = core.monotonic(),
  }, Report)
end

-- A number that is whole; text with digits in it is none.
local function integer(value)
  return type(value) == "number" and math.tointeger(value) or nil
end

local function highest_id(record, highest)
  local id = integer(record.id)
  if id and id > highest then highest = id end
  if type(record.steps) == "table" then
    for _, step in ipairs(record.steps) do
      if type(step) == "table" then highest = highest_id(step, highest) end
    end
  end
  return highest
end

-- A report around a record that stands already. It is open, and written back as it is unless
-- something is added.
---@param record table
---@return wats.Report
function uut.of(record)
  local root = type(record.root) == "table" and record.root or nil
  local book = { finished = false, last_id = root and highest_id(root, 0) or 0 }
  return setmetatable({
    record = record,
    book = book,
    root = root and sequence.of(root, book),
    read_id = book.last_id,
  }, Report)
end

local function target(self)
  if getmetatable(self) ~= Report then
    return nil, "this is no report (call it with a colon, as in uut:numeric { ... })"
  end
  if self.root then return self.root end
  return nil, "this report has no steps" .. (self.record.type == "R" and ": it is a repair report"
    or "")
end

for name in pairs(sequence.builders) do Report[name] = sequence.method(name, target) end

for _, methods in ipairs { details, looks } do
  for name, method in pairs(methods) do Report[name] = method end
end

for name, method in pairs(find.methods) do Report[name] = method end

local add_step = Report.attachment

-- Attaches bytes or a file: to a test as a step of its root sequence, to a repair as a whole, or to
-- one of its failures.
---@param wanted table  name, data or file, content_type; in a repair `failure`, its number
---@return table? step_or_report  the step's record, or the repair
---@return wats.Error? err  where the file cannot be read
function Report:attachment(wanted)
  if getmetatable(self) == Report and self.record.type == "R" then
    if self.book.finished then errors.raise("attachment: the report is finished") end
    return repair.attachment(self, wanted)
  end
  return add_step(self, wanted) -- in this frame's place: it blames the caller
end

-- The step that failed first, in the order of execution: one in which no other failed, with an id
-- above `after`. What was mended by hand may lie within itself.
local function first_failure(record, after, seen)
  if type(record) ~= "table" or seen[record] then return nil end
  seen[record] = true
  local first
  for step in tree.counted(record) do
    local failure = first_failure(step, after, seen)
    if failure and (not first or failure.id < first.id) then first = failure end
  end
  if first then return first end
  local fails = type(record.status) == "string" and status.fails(record.status)
  return fails and (integer(record.id) or 0) > after and record or nil
end

-- Marks the step that made the unit fail. Who read the report from a server keeps what it says; and
-- what the unit had `passed` with is not what it failed by.
local function mark_cause(self, passed)
  local unit = self.record.uut
  if type(unit) ~= "table" or integer(unit.stepIdCausedUUTFailure) then return end
  local cause = first_failure(self.record.root, passed and self.read_id or 0, {})
  if not cause then return end
  cause.causedUUTFailure = true
  unit.stepIdCausedUUTFailure = cause.id
end

local FINISH = {
  result = { "string" },
  exec_time = { "number", min = 0, max = 1e12 },
  error_code = given.INTEGER,
  error_message = { "string" },
}

local function settle(self, told)
  local before = self.result
  local result = status.worse(before or "P", self.root and self.root:settle() or "P")
  if told then result = status.worse(result, told) end
  self.record.result = result
  if self.root and status.fails(result) then
    mark_cause(self, before and not status.fails(before))
  end
end

-- What the end of a test or a repair leaves beside the result.
local function note_end(self, checked)
  local name = self.record.type == "R" and "uur" or "uut"
  local unit = self.record[name]
  if self.root and type(unit) ~= "table" and next(checked) then
    unit = {}
    self.record[name] = unit
  end
  if type(unit) ~= "table" then return end
  unit.errorCode = checked.error_code or unit.errorCode
  unit.errorMessage = checked.error_message or unit.errorMessage
  if checked.exec_time then
    unit.execTime = checked.exec_time
  elseif self.began and unit.execTime == nil then
    unit.execTime = math.floor((core.monotonic() - self.began) * 1e6 + 0.5) / 1e6
  end
  if name == "uur" and self.began then repair.finish(self.record, core.time()) end
end

---@class wats.FinishOptions
---@field result? string        can only make the result worse
---@field exec_time? number     seconds; by default the time since the report was begun
---@field error_code? integer
---@field error_message? string

-- Settles everything and closes the report. The result follows from the steps: error over
-- terminated over failed over passed. A `result` given here can only make it worse: a test that
-- was broken off is "T" though all that was measured passed. The second call changes nothing.
---@param wanted? wats.FinishOptions
---@return string? result  "P", "F", "E" or "T"; nil only for a repair report that was read without
function Report:finish(wanted)
  details.check_self(self, "finish")
  local checked, problem = given.read(wanted, FINISH)
  if not checked then error("finish: " .. problem, 2) end
  if self.book.finished then return self.result end
  if self.record.type == "R" and (checked.error_code or checked.error_message) then
    error("finish: a repair report has no place for an error", 2)
  end
  local letter
  if checked.result then
    letter, problem = status.parse(checked.result, status.REPORT)
    if not letter then error("finish: " .. problem, 2) end
  end
  if letter or self.root and (#self.root.added > 0 or not self.result) then
    settle(self, letter)
  end
  note_end(self, checked)
  self.book.finished = true
  return self.result
end

local function copy(value, within)
  if type(value) ~= "table" then return value end
  if within[value] then errors.raise("to_table: a table of the report lies within itself") end
  within[value] = true
  local twin = {}
  for key, element in pairs(value) do twin[key] = copy(element, within) end
  within[value] = nil
  return setmetatable(twin, getmetatable(value))
end

-- The finished report in the server's format, as a table of the caller's own.
---@return table
function Report:to_table()
  details.check_self(self, "to_table")
  self:finish()
  return copy(self.record, {})
end

-- The finished report as the text that is sent. What was put into the record by hand and JSON
-- cannot hold raises, naming the place.
---@return string text
function Report:to_json()
  details.check_self(self, "to_json")
  self:finish()
  return json.encode(self.record)
end

-- Whether the server would take it and what it says is true, as far as the format and the report
-- itself tell. Does not finish the report.
---@return true? ok
---@return string[]? problems  one line each, with the field; none where it is good
---@return string[] warnings  what is possible, but seldom meant
function Report:validate()
  details.check_self(self, "validate")
  -- what was read is whole, as long as nothing was added to it
  local whole = self.book.finished
    or self.read_id ~= nil and not (self.root and #self.root.added > 0)
  local problems, warnings = validate.report(self.record, whole, core.time())
  if #problems == 0 then return true, nil, warnings end
  return nil, problems, warnings
end

function Report:__tostring()
  local record = self.record
  return ("wats.report: %s %s %s, %s"):format(tostring(record.pn), tostring(record.sn),
    tostring(record.id), self.book.finished and "result " .. tostring(self.result) or "open")
end

return uut
