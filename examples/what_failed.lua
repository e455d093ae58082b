-- what_failed.lua FILE...: why units failed, from files of reports as the server exports them, JSON
-- or XML, of one report or of many.
--
--   lua5.4 examples/what_failed.lua spec/support/uut_report.json spec/support/uut_report.xml
--
-- For each report a line, and below it each step in which a failure began, with what it measured.

local wats = require("wats")

local FAILS = { F = true, E = true, T = true }

-- null is a value of its own in records that were read.
local function given(value)
  if value ~= wats.null then return value end
  return nil
end

-- Files come from anywhere: where a list should be, something else may stand, and so in the list.
local function each_of(list)
  local records = {}
  for _, record in ipairs(type(list) == "table" and list or {}) do
    if type(record) == "table" then records[#records + 1] = record end
  end
  return ipairs(records)
end

local function measured(step)
  local parts = {}
  for _, field in ipairs { "numericMeas", "stringMeas", "booleanMeas" } do
    for _, each in each_of(step[field]) do
      if each.status == "F" then
        local low, high = given(each.lowLimit) or given(each.limit), given(each.highLimit)
        parts[#parts + 1] = table.concat({ tostring(given(each.name) or "it is"),
          tostring(given(each.value) or "failed"), tostring(given(each.compOp) or ""),
          tostring(low or ""), tostring(high or "") }, " "):gsub("%s+$", "")
      end
    end
  end
  return table.concat(parts, "; ")
end

-- Prints the steps that failed and have no failed step in them; whether there was one.
local function show_failures(step, path)
  if not FAILS[step.status] then return false end
  local found = false
  path = path .. "/" .. tostring(given(step.name) or "")
  for _, inner in each_of(step.steps) do found = show_failures(inner, path) or found end
  if not found then
    print((("    %s %s  %s"):format(step.status, path, measured(step)):gsub("%s+$", "")))
  end
  return true
end

local function show(report)
  local record = report.record
  print(("%s  %s %s  %s"):format(report.result or "?", given(record.pn) or "?",
    given(record.sn) or "?", given(record.start) or ""))
  if given(record.root) then show_failures(record.root, "") end
  for _, unit in each_of(record.subUnits) do
    for _, failure in each_of(unit.failures) do
      print(("    %s: %s %s"):format(unit.sn, failure.category, failure.code))
    end
  end
end

if #arg == 0 then
  io.stderr:write("Usage: what_failed.lua FILE...\n")
  os.exit(2, true)
end
local unread = 0
for _, path in ipairs(arg) do
  local file <close> = io.open(path, "rb")
  local reports, err
  if file then reports, err = wats.report.parse_all(file:read("a")) end
  if reports then
    for _, report in ipairs(reports) do show(report) end
  else
    unread = unread + 1
    io.stderr:write(("%s: %s\n"):format(path, err and err.message or "cannot be opened"))
  end
end
os.exit(unread == 0 and 0 or 1, true)
