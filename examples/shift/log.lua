-- shift.log: the measurement logs of a test station (examples/data/README.md describes them), all
-- of a directory. A single one is read, and its tests made into steps, by what the library's own
-- converter does that with.

local instant = require("wats.instant")
local measurements = require("wats.converter.measurements")

local log = { parse = measurements.parse, adder = measurements.adder }

local function file_names(directory)
  local quoted = "'" .. directory:gsub("'", "'\\''") .. "'"
  local pipe = assert(io.popen("LC_ALL=C ls -1 -- " .. quoted .. " 2>&1"))
  local listed = pipe:read("a")
  if not pipe:close() then return nil, (listed:gsub("%s+$", "")) end
  local names = {}
  for name in listed:gmatch("[^\n]+%.csv%f[\n]") do names[#names + 1] = directory .. "/" .. name end
  if #names == 0 then return nil, directory .. ": no log (*.csv) in it" end
  return names
end

local function read_file(name)
  local file, problem = io.open(name, "rb")
  if not file then return nil, problem end
  local text
  text, problem = file:read("a")
  file:close()
  return text, problem
end

-- All runs of all logs (*.csv) in a directory, in the order in which the station made them.
---@param directory string
---@return wats.station_log.Run[]? runs
---@return string? problem
function log.read(directory)
  local names, problem = file_names(directory)
  if not names then return nil, problem end
  local runs, order = {}, {}
  for _, name in ipairs(names) do
    local text, found
    text, problem = read_file(name)
    if text then found, problem = log.parse(text, name) end
    if not found then return nil, problem end
    for _, run in ipairs(found) do
      runs[#runs + 1] = run
      order[run] = { instant.parse(run.start), #runs }
    end
  end
  if #runs == 0 then return nil, directory .. ": the logs hold no run" end
  table.sort(runs, function(a, b)
    local one, other = order[a], order[b]
    if one[1] ~= other[1] then return one[1] < other[1] end
    return one[2] < other[2]
  end)
  return runs
end

return log
