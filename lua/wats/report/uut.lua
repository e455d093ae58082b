-- wats.report.uut: a report on a test of one unit (UUT report), being written or read back.
--
-- The report is `record`, a table in the server's own format (WSJF) with the server's field
-- names; fields that nobody here knows stay in it and are written again. While it is open, steps
-- and details are added; `finish` settles status and result, and from then on nothing can be
-- added. What was built may still be mended by hand in `record`.
--
-- A report belongs to one Lua state. Nothing here touches the network.

local core = require("wats.core")
local details = require("wats.report.details")
local given = require("wats.report.given")
local head = require("wats.report.head")
local json = require("wats.json")
local sequence = require("wats.report.sequence")
local status = require("wats.report.status")
local validate = require("wats.report.validate")

---@class wats.Report
---@field id string        the report's uuid: what identifies it on the server
---@field record table     the report in the server's format
---@field root wats.Sequence?  the outermost sequence; nil in a repair report
---@field result string?   "P", "F", "E" or "T" once the report is finished
---@field finished boolean
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
  local record, root, problem = head.new(fields, station)
  if not record then return nil, problem end
  local book = { finished = false, last_id = 1 }
  return setmetatable({
    record = record,
    book = book,
    root = sequence.of(root, book),
    began = core.monotonic(),
    given_time = record.uut.execTime ~= nil,
  }, Report)
end

local function highest_id(record, highest)
  local id = math.tointeger(record.id)
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
    given_time = true,
  }, Report)
end

local function target(self)
  if not self.root then error("this report has no steps: it is a repair report", 3) end
  return self.root
end

for name in pairs(sequence.builders) do Report[name] = sequence.method(name, target) end

for name, method in pairs(details) do Report[name] = method end

-- The step without steps of its own that failed first, in the order of execution.
local function first_failure(record, first)
  local steps = record.steps
  if type(steps) ~= "table" or #steps == 0 then
    local id = math.tointeger(record.id)
    local fails = type(record.status) == "string" and status.fails(record.status)
    if fails and id and (not first or id < first.id) then return record end
    return first
  end
  for _, step in ipairs(steps) do
    if type(step) == "table" then first = first_failure(step, first) end
  end
  return first
end

-- Marks the step that made the unit fail. Who read the report from a server keeps what it says.
local function mark_cause(self)
  local unit = self.record.uut
  if type(unit) ~= "table" or math.tointeger(unit.stepIdCausedUUTFailure) then return end
  local cause = first_failure(self.record.root)
  if not cause then return end
  cause.causedUUTFailure = true
  unit.stepIdCausedUUTFailure = cause.id
end

local FINISH = {
  result = { "string" },
  exec_time = { "number", min = 0, max = 1e12 },
  error_code = { "integer" },
  error_message = { "string" },
}

local function settle(self, told)
  local before = self.result
  local result = status.worse(before or "P", self.root:settle())
  if told then result = status.worse(result, told) end
  self.record.result = result
  if status.fails(result) then mark_cause(self) end
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
---@return string result  "P", "F", "E" or "T"
function Report:finish(wanted)
  local checked, problem = given.read(wanted, FINISH)
  if not checked then error("finish: " .. problem, 2) end
  if self.book.finished then return self.result end
  local letter
  if checked.result then
    letter, problem = status.parse(checked.result, status.REPORT)
    if not letter then error("finish: " .. problem, 2) end
  end
  local changed = letter or self.root and #self.root.added > 0 or not self.result
  if changed and self.root then settle(self, letter) end
  local unit = self.record.uut
  if type(unit) == "table" then
    unit.errorCode = checked.error_code or unit.errorCode
    unit.errorMessage = checked.error_message or unit.errorMessage
    if checked.exec_time then
      unit.execTime = checked.exec_time
    elseif not self.given_time then
      unit.execTime = math.floor((core.monotonic() - self.began) * 1e6 + 0.5) / 1e6
    end
  end
  self.book.finished = true
  return self.result
end

local function copy(value)
  if type(value) ~= "table" then return value end
  local twin = {}
  for key, element in pairs(value) do twin[key] = copy(element) end
  return setmetatable(twin, getmetatable(value))
end

-- The finished report in the server's format, as a table of the caller's own.
---@return table
function Report:to_table()
  self:finish()
  return copy(self.record)
end

-- The finished report as the text that is sent.
---@return string? text
---@return any err
function Report:to_json()
  self:finish()
  return json.encode(self.record)
end

-- Whether the server would take it, as far as the format tells. Does not finish the report.
---@return true? ok
---@return string[]? problems  one line each, with the field
function Report:validate()
  local problems = validate.report(self.record, self.book.finished, core.time())
  if #problems == 0 then return true end
  return nil, problems
end

function Report:__tostring()
  local record = self.record
  return ("wats.report: %s %s %s, %s"):format(tostring(record.pn), tostring(record.sn),
    tostring(record.id), self.book.finished and "result " .. tostring(self.result) or "open")
end

return uut
