-- wats.converter.measurements: reads the measurement logs of an in-circuit tester, a CSV of runs
-- and tests, and makes steps of them. examples/data/README.md describes them.
--
-- Strict: a log that is not as described is refused as a whole, with its line. A measurement that
-- was misread would be reported as if it had been made.
--
-- Pure; any text may be read. Groups become sequences. An overload ("OL") is infinite, for which
-- JSON has no number: the step says "measured Inf" and fails, unless told. Here it is known to be
-- more than the meter shows, so it is above a limit that has none over it.

local instant = require("wats.instant")

local measurements = {}

---@class wats.station_log.Test
---@field group string      levels with "/" between: "Analog/Resistors"
---@field name string
---@field kind "N"|"P"|"S"  a number, passed or failed, text
---@field value number|boolean|string  an overload ("OL") is infinite
---@field unit? string
---@field low? number
---@field high? number
---@field expected? string  of text
---@field line integer      of its TEST

---@class wats.station_log.Run         the test of one unit
---@field serial_number string
---@field part_number string
---@field revision string
---@field process_code integer
---@field start string      ISO 8601 with an offset, as logged
---@field seconds number    how long it took
---@field operator string
---@field fixture string
---@field note? "retest"|"rework"
---@field line integer     of its RUN
---@field tests wats.station_log.Test[]

-- The fields of a line of CSV (RFC 4180), where a quoted one may hold commas and doubled quotes;
-- nil when a quote is out of place.
local function split(line)
  local fields, at = {}, 1
  while true do
    local field, after
    if line:sub(at, at) == '"' then
      local last = at
      repeat
        last = line:find('"', last + 1, true)
        if not last then return nil end
        local doubled = line:sub(last + 1, last + 1) == '"'
        if doubled then last = last + 1 end
      until not doubled
      field, after = line:sub(at + 1, last - 1):gsub('""', '"'), last + 1
    else
      field, after = line:match('^([^,"]*)()', at)
    end
    fields[#fields + 1] = field
    if after > #line then return fields end
    if line:sub(after, after) ~= "," then return nil end
    at = after + 1
  end
end

-- A decimal number; nil for anything else that Lua would take for one, as 0x10.
local function number(text)
  return text:find("^[+-]?%d*%.?%d*[eE]?[+-]?%d*$") and tonumber(text) or nil
end

-- An empty field is a value that is not there.
local function optional(text, read)
  if text == "" then return nil, true end
  local value = read(text)
  return value, value ~= nil
end

local function read_run(fields)
  if #fields ~= 10 then return nil, ("a RUN has 10 fields, not %d"):format(#fields) end
  local _, serial_number, part_number, revision, code, start, seconds, operator, fixture, note =
    table.unpack(fields)
  local process_code, took = math.tointeger(number(code)), number(seconds)
  if serial_number == "" then return nil, "the serial number is missing" end
  if part_number == "" then return nil, "the part number is missing" end
  if not process_code then return nil, ('process code "%s" is no whole number'):format(code) end
  if not instant.parse(start) then
    return nil, ('start "%s" is no time with an offset'):format(start)
  end
  if not took or took < 0 then return nil, ('duration "%s" is no number'):format(seconds) end
  if note ~= "" and note ~= "retest" and note ~= "rework" then
    return nil, ('note "%s" is unknown'):format(note)
  end
  return {
    serial_number = serial_number,
    part_number = part_number,
    revision = revision,
    process_code = process_code,
    start = start,
    seconds = took,
    operator = operator,
    fixture = fixture,
    note = note ~= "" and note or nil,
    tests = {},
  }
end

-- How the measured value and the limits of each kind are read into a test; each returns what is
-- wrong.
local KINDS = {
  N = function(test, measured, low, high)
    test.value = measured == "OL" and math.huge or number(measured)
    if not test.value then return ('measured "%s" is no number'):format(measured) end
    local good
    test.low, good = optional(low, number)
    if not good then return ('low limit "%s" is no number'):format(low) end
    test.high, good = optional(high, number)
    if not good then return ('high limit "%s" is no number'):format(high) end
    return nil
  end,
  P = function(test, measured, low, high)
    if low .. high ~= "" then return "a test of kind P has no limits" end
    if measured ~= "PASS" and measured ~= "FAIL" then
      return ('"%s" is neither PASS nor FAIL'):format(measured)
    end
    test.value = measured == "PASS"
    return nil
  end,
  S = function(test, measured, expected, high)
    if high ~= "" then return "a test of kind S has no high limit" end
    test.value, test.expected = measured, expected ~= "" and expected or nil
    return nil
  end,
}

local function read_test(fields)
  if #fields ~= 8 then return nil, ("a TEST has 8 fields, not %d"):format(#fields) end
  local _, group, name, kind, measured, unit, low, high = table.unpack(fields)
  if not KINDS[kind] then return nil, ('kind "%s" is none of N, P, S'):format(kind) end
  if name == "" then return nil, "the test has no name" end
  if group == "" or ("/" .. group .. "/"):find("//", 1, true) then
    return nil, ('group "%s" has a level without a name'):format(group)
  end
  local test = { group = group, name = name, kind = kind, unit = unit ~= "" and unit or nil }
  local problem = KINDS[kind](test, measured, low, high)
  if problem then return nil, problem end
  return test
end

-- Adds what a line says to the runs; returns what is wrong with it.
local function read_line(runs, line, at)
  local fields = split(line)
  if not fields then return "a quote is out of place" end
  local record, problem
  if fields[1] == "RUN" then
    record, problem = read_run(fields)
    if record then record.line = at end
    runs[#runs + 1] = record
  elseif fields[1] == "TEST" then
    record, problem = read_test(fields)
    local run = runs[#runs]
    if not run then return "a TEST before the first RUN" end
    if record then record.line = at end
    run.tests[#run.tests + 1] = record
  else
    problem = ('"%s" is neither RUN nor TEST'):format(fields[1])
  end
  return problem
end

-- The runs of one log, in its order.
---@param lines fun(): string?, integer?  the lines without their ends, and their numbers
---@return wats.station_log.Run[]? runs
---@return string? problem
---@return integer? at  its line
function measurements.read(lines)
  local runs = {}
  for line, at in lines do
    if not utf8.len(line) then return nil, "is not UTF-8", at end
    if line ~= "" and line:sub(1, 1) ~= "#" then
      local problem = read_line(runs, line, at)
      if problem then return nil, problem, at end
    end
  end
  return runs
end

-- As `read`, of a text that a program has at hand; the problem names file and line.
---@param text string
---@param name string  of the file, for the message
---@return wats.station_log.Run[]? runs
---@return string? problem
function measurements.parse(text, name)
  local next_line, at = text:gmatch("([^\n]*)\n?"), 0
  local runs, problem, line = measurements.read(function()
    local found = next_line()
    at = at + 1
    return found and found:gsub("\r$", ""), at
  end)
  if not runs then return nil, ("%s:%d: %s"):format(name, line, problem) end
  return runs
end

-- "Analog/Resistors" is a sequence "Resistors" in a sequence "Analog"; each is made when it is
-- first needed.
local function sequence_for(uut, made, group)
  if not made[group] then
    local outer, name = group:match("^(.*)/([^/]*)$")
    local parent = outer and sequence_for(uut, made, outer) or uut
    made[group] = parent:sequence(name or group)
  end
  return made[group]
end

local ADD = {
  N = function(sequence, test)
    return sequence:numeric {
      name = test.name, value = test.value, unit = test.unit, low = test.low, high = test.high,
      status = test.value == math.huge and test.low and not test.high and "passed" or nil,
    }
  end,
  P = function(sequence, test)
    return sequence:pass_fail { name = test.name, passed = test.value }
  end,
  S = function(sequence, test)
    return sequence:string { name = test.name, value = test.value, limit = test.expected }
  end,
}

-- A function that adds one test after the other to a report: it returns the step's record, whose
-- status follows from what was measured.
---@param uut wats.Report
---@return fun(test: wats.station_log.Test): table
function measurements.adder(uut)
  local made = {}
  return function(test)
    return ADD[test.kind](sequence_for(uut, made, test.group), test)
  end
end

return measurements
