-- wats.domain.asset.values: the numbers of the server that have names; see wats.choice.

local check = require("wats.async.check")
local choice = require("wats.choice")
local errors = require("wats.errors")

local values = {}

-- What an asset's `state` may be.
values.STATES = {
  unknown = 0, in_operation = 1, in_transit = 2, in_maintenance = 3, in_calibration = 4,
  in_storage = 5, scrapped = 6,
}

-- What `alarmState` of a status may be.
values.ALARM_STATES = { ok = 0, warning = 1, alarm = 2 }

-- What `type` of a log record may be.
values.LOG_TYPES = {
  message = 0, register = 1, update = 2, reset_count = 3, calibration = 4, maintenance = 5,
  state = 6,
}

-- The server's values of one or of a list, each by name or number. Raises at the line of the
-- caller of the method, also for an empty list, which would ask for nothing.
---@param where string
---@param argument string
---@param choices table<string, integer>
---@param given any
---@return integer[]
function values.list(where, argument, choices, given)
  if type(given) ~= "table" then return { choice.value(where, argument, choices, given) } end
  check.list(where, given, argument)
  local list = {}
  for i, one in ipairs(given) do list[i] = choice.value(where, argument, choices, one) end
  if #list == 0 then
    errors.raise("%s: %s: a value or a list of at least one expected", where, argument)
  end
  return list
end

return values
