-- wats.converter.station_log: the CSV that an in-circuit tester writes (examples/data): one report
-- for each run. docs/converters.md describes the format.
--
-- Status follows from the limits, which stand in the log; verdicts do not. Groups become sequences.
-- An overload ("OL") is infinite: compared as such, and told in the step.

local converter = require("wats.converter")
local measurements = require("wats.converter.measurements")

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
    sequence:numeric {
      name = test.name, value = test.value, unit = test.unit, low = test.low, high = test.high,
      -- an overload is more than the meter shows: above a limit that has none over it
      status = test.value == math.huge and test.low and not test.high and "passed" or nil,
    }
  end,
  P = function(sequence, test)
    sequence:pass_fail { name = test.name, passed = test.value }
  end,
  S = function(sequence, test)
    sequence:string { name = test.name, value = test.value, limit = test.expected }
  end,
}

local function report_of(file, run)
  file.line = run.line -- what is wrong with the report lies there
  local uut = file:uut {
    part_number = run.part_number, serial_number = run.serial_number, revision = run.revision,
    process_code = run.process_code, operator = run.operator, start = run.start,
    exec_time = run.seconds, fixture_id = run.fixture,
    sequence_name = run.part_number .. " in-circuit test",
  }
  uut:misc("Fixture", run.fixture)
  if run.note then uut:misc("Note", run.note) end
  local made = {}
  for _, test in ipairs(run.tests) do
    file.line = test.line
    ADD[test.kind](sequence_for(uut, made, test.group), test)
  end
  return uut
end

return converter.new {
  name = "station_log",
  files = { "*.csv" },
  head = function(head)
    head = head:gsub("^\xEF\xBB\xBF", "")
    for line in head:gmatch("[^\r\n]+") do
      if line:sub(1, 1) ~= "#" then return line:find("^RUN,") ~= nil end
    end
    return false
  end,
  convert = function(file)
    local runs, problem, line = measurements.read(file:lines())
    if not runs then return nil, ("line %d: %s"):format(line, problem) end
    if #runs == 0 then return nil, "the log holds no run" end
    local reports = {}
    for i, run in ipairs(runs) do reports[i] = report_of(file, run) end
    return reports
  end,
}
