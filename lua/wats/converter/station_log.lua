-- wats.converter.station_log: the CSV that an in-circuit tester writes (examples/data): one report
-- for each run. docs/converters.md describes the format.
--
-- Status follows from the limits, which stand in the log; verdicts do not.

local converter = require("wats.converter")
local measurements = require("wats.converter.measurements")

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
  local add = measurements.adder(uut)
  for _, test in ipairs(run.tests) do
    file.line = test.line
    add(test)
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
