-- watch_format.lua: a file format of one's own for watch folders: the text that a tester writes.
--
--   wats watch DIR --plugin examples/watch_format.lua
--   wats submit --plugin examples/watch_format.lua unit.tst
--
-- or in Lua: queue:watch(dir, { formats = { dofile("examples/watch_format.lua") } })
--
-- Such a file has a header, one line for each measurement, and END, so that half a file is seen:
--
--   UNIT;PCBA-100;B;SN-0042
--   TEST;50;2026-03-13T08:15:00+01:00;kari
--   3V3;3.31;V;3.2;3.4
--   END

local report = require("wats.report")

local STATION = { name = "TESTER-7", location = "Oslo", purpose = "Production" }

local function fields(line)
  local list = {}
  for field in (line .. ";"):gmatch("([^;]*);") do list[#list + 1] = field end
  return list
end

-- A number, or an error that says where it is missing.
local function number(text, where)
  local value = tonumber(text)
  if not value then error(("%s: '%s' is no number"):format(where, text), 0) end
  return value
end

local function new_report(unit, test)
  if not unit or #unit ~= 4 or unit[1] ~= "UNIT" then error("line 1: no UNIT", 0) end
  if not test or #test ~= 4 or test[1] ~= "TEST" then error("line 2: no TEST", 0) end
  return report.uut({
    part_number = unit[2], revision = unit[3], serial_number = unit[4],
    process_code = math.tointeger(number(test[2], "line 2")), start = test[3], operator = test[4],
  }, STATION)
end

-- A report of all lines. What it raises is what will stand in NAME.reason.txt.
local function read(file)
  local text, reason = file:text()
  if not text then return nil, reason end
  local lines = {}
  for line in text:gmatch("[^\r\n]+") do lines[#lines + 1] = fields(line) end
  if #lines == 0 or lines[#lines][1] ~= "END" then return nil, "the last line is not END" end
  local uut = new_report(lines[1], lines[2])
  for i = 3, #lines - 1 do
    local line, where = lines[i], ("line %d"):format(i)
    if #line ~= 5 then error(where .. ": five fields expected", 0) end
    uut:numeric {
      name = line[1], value = number(line[2], where), unit = line[3],
      low = number(line[4], where), high = number(line[5], where),
    }
  end
  return uut
end

return { name = "tester", extensions = { "tst" }, read = read, tells_end = true }
