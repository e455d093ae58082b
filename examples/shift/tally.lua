-- shift.tally: what became of the units.

local tally = {}
tally.__index = tally

---@class shift.Failure
---@field run wats.station_log.Run
---@field tests wats.station_log.Test[]  those that failed

---@class shift.Tally
---@field runs integer          tests made, those of units that came back included
---@field units integer
---@field passed integer        units that passed in the end
---@field failed integer        units that did not
---@field first_passed integer  units that passed the first time
---@field failures shift.Failure[]
---@field package last table<string, boolean>  whether the unit's latest run passed

---@return shift.Tally
function tally.new()
  return setmetatable({
    runs = 0, units = 0, passed = 0, failed = 0, first_passed = 0, failures = {}, last = {},
  }, tally)
end

-- Counts a run. Runs of one unit must come in the order in which they were made.
---@param run wats.station_log.Run
---@param passed boolean
---@param failed_tests wats.station_log.Test[]
function tally:add(run, passed, failed_tests)
  -- serial numbers are unique within a part number only
  local unit = run.part_number .. "\0" .. run.serial_number
  local before = self.last[unit]
  self.runs = self.runs + 1
  if before == nil then
    self.units = self.units + 1
    if passed then self.first_passed = self.first_passed + 1 end
  elseif before then
    self.passed = self.passed - 1
  else
    self.failed = self.failed - 1
  end
  self.last[unit] = passed
  if passed then
    self.passed = self.passed + 1
  else
    self.failed = self.failed + 1
    self.failures[#self.failures + 1] = { run = run, tests = failed_tests }
  end
end

-- The part of the units that passed the first time, 0..1.
---@return number
function tally:first_pass_yield()
  return self.units > 0 and self.first_passed / self.units or 0
end

return tally
