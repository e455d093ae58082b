-- wats.domain.analytics.lists: single measurements and statuses of a step, logs of alarms, and what
-- client.app lists. Methods of client.analytics.
--
-- But for the last, the calls are internal ones of the server: another version may lack or change
-- them. A step is told by stepFilters and sequenceFilters: text that a row of
-- get_top_failed_internal holds.

local call = require("wats.call")
local choice = require("wats.choice")
local errors = require("wats.errors")
local filter = require("wats.report_filter")
local operations = require("wats.operations")
local options = require("wats.options")
local question = require("wats.domain.analytics.question")

---@class wats.Analytics
local Lists = {}

Lists.ALARM_TYPES = {
  report = 1, yield_volume = 2, serial_number = 3, measurement = 4, asset = 5,
}

-- The function that asks a GET by its parameters: fn(self, where, given, opts).
local function by_parameters(key)
  local operation, ask = operations.find(key), call.bind(key, "list")
  return function(self, where, given, opts)
    if type(given) ~= "table" then
      errors.raise("%s: a table of parameters expected, got %s", where, type(given))
    end
    return ask(self, where, filter.parameters(where, given, operation), opts)
  end
end

local measurements_of_product = by_parameters("GET /api/internal/App/MeasurementList")
local statuses_of_product = by_parameters("GET /api/internal/App/StepStatusList")
local failed_of_product = by_parameters("GET /api/internal/App/TopFailed")

-- "1;4" of names and numbers.
local function type_ids(where, types)
  if types == nil then return nil end
  if type(types) ~= "table" then types = { types } end
  local ids = {}
  if not options.length(types) then errors.raise("%s: types: the list has holes", where) end
  for i, one in ipairs(types) do
    ids[i] = tostring(choice.value(where, "types", Lists.ALARM_TYPES, one))
  end
  return ids[1] and table.concat(ids, ";") or nil
end

local measurement_list = question("/api/internal/App/MeasurementList")
local status_list = question("/api/internal/App/StepStatusList")
local failed_list = question("/api/internal/App/TopFailed")
local alarm_logs = question("/api/internal/Trigger/GetAlarmAndNotificationLogs")

-- The measurements of a step.  POST /api/internal/App/MeasurementList
---@param given wats.AnalyticsFilter|{ stepFilters: string, sequenceFilters: string }
---@param opts? wats.RequestOptions
---@return table[]? measurements
---@return wats.Error? err
function Lists:get_measurement_list(given, opts)
  return measurement_list(self, "analytics:get_measurement_list", given, opts)
end

-- The same by days, productGroupId and levelId (those left out: all).
-- GET /api/internal/App/MeasurementList
---@param given { days: integer, stepFilters: string, sequenceFilters: string,
---  productGroupId?: string, levelId?: string }
---@param opts? wats.RequestOptions
---@return table[]? measurements
---@return wats.Error? err
function Lists:get_measurement_list_by_product(given, opts)
  return measurements_of_product(self, "analytics:get_measurement_list_by_product", given, opts)
end

-- The statuses of a step.  POST /api/internal/App/StepStatusList
---@param given wats.AnalyticsFilter|{ stepFilters: string, sequenceFilters: string }
---@param opts? wats.RequestOptions
---@return table[]? statuses
---@return wats.Error? err
function Lists:get_step_status_list(given, opts)
  return status_list(self, "analytics:get_step_status_list", given, opts)
end

-- The same by days, productGroupId and levelId (those left out: all).
-- GET /api/internal/App/StepStatusList
---@param given { days: integer, stepFilters: string, sequenceFilters: string,
---  productGroupId?: string, levelId?: string }
---@param opts? wats.RequestOptions
---@return table[]? statuses
---@return wats.Error? err
function Lists:get_step_status_list_by_product(given, opts)
  return statuses_of_product(self, "analytics:get_step_status_list_by_product", given, opts)
end

-- The steps that failed most often, with the stepFilters and sequenceFilters that tell each to
-- the lists above.  POST /api/internal/App/TopFailed
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return table[]? steps
---@return wats.Error? err
function Lists:get_top_failed_internal(given, opts)
  return failed_list(self, "analytics:get_top_failed_internal", given, opts)
end

-- The same of a product in a process; count: 10 unless given.
-- GET /api/internal/App/TopFailed
---@param given { partNumber: string, processCode: string|integer, days: integer,
---  count?: integer, productGroupId?: string, levelId?: string }
---@param opts? wats.RequestOptions
---@return table[]? steps
---@return wats.Error? err
function Lists:get_top_failed_by_product(given, opts)
  if type(given) == "table" and given.count == nil then
    local counted = { count = 10 }
    for name, value in pairs(given) do counted[name] = value end
    given = counted
  end
  return failed_of_product(self, "analytics:get_top_failed_by_product", given, opts)
end

-- Alarms and notifications that the server gave.
-- POST /api/internal/Trigger/GetAlarmAndNotificationLogs
---@param types? string|integer|table  of client.analytics.ALARM_TYPES, or a list; nil: all
---@param given? wats.AnalyticsFilter|{ includeCalculationString?: boolean }  level, productGroup,
---                                      dateFrom, dateTo, topCount
---@param opts? wats.RequestOptions
---@return table[]? logs
---@return wats.Error? err
function Lists:get_alarm_logs(types, given, opts)
  local where = "analytics:get_alarm_logs"
  local ids, all = type_ids(where, types), given
  if ids and (given == nil or type(given) == "table") then
    all = { includeTypes = ids }
    for name, value in pairs(given or {}) do
      if name ~= "includeTypes" then all[name] = value end
    end
  end
  return alarm_logs(self, where, all, opts)
end

-- What the server says of itself is client.app's; in pyWATS it is asked of analytics, and here it
-- is found there too.

-- As client.app:get_version.  GET /api/App/Version
---@param opts? wats.RequestOptions
---@return string? version
---@return wats.Error? err
function Lists:get_version(opts)
  local version, err = self[1].app:get_version(opts)
  return version, err
end

-- As client.app:get_processes.  GET /api/App/Processes
---@param opts? wats.RequestOptions  query: includeTestOperations, includeInactiveProcesses, ...
---@return table[]? processes
---@return wats.Error? err
function Lists:get_processes(opts)
  local processes, err = self[1].app:get_processes(opts)
  return processes, err
end

-- As client.app:get_levels.  GET /api/App/Levels
---@param opts? wats.RequestOptions
---@return wats.record.Level[]? levels
---@return wats.Error? err
function Lists:get_levels(opts)
  local levels, err = self[1].app:get_levels(opts)
  return levels, err
end

-- As client.app:get_product_groups.  GET /api/App/ProductGroups
---@param opts? wats.RequestOptions  query: includeFilters
---@return wats.record.ProductGroup[]? groups
---@return wats.Error? err
function Lists:get_product_groups(opts)
  local groups, err = self[1].app:get_product_groups(opts)
  return groups, err
end

-- Names that these go by elsewhere.
Lists.get_measurement_list_simple = Lists.get_measurement_list_by_product
Lists.get_step_status_list_simple = Lists.get_step_status_list_by_product
Lists.get_top_failed_simple = Lists.get_top_failed_by_product

return Lists
