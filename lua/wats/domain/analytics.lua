-- wats.domain.analytics: client.analytics, statistics over the reports that the server has.
--
-- A method takes a filter: a plain table with the API's own names (wats.AnalyticsFilter), in which
-- the operation's parameters may stand too. Five of the statistics can be asked in another way, by
-- days and ids of groups and levels ({ days = 7, productGroupId = "1" }): such an answer may come
-- from the cache for a while, those to filters never do. Rows are returned as the server sends
-- them; its yields are percent.
--
-- The unit flow is in wats.domain.analytics.flow, internal lists and logs of alarms in .lists.

local call = require("wats.call")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local filter = require("wats.report_filter")
local flow = require("wats.domain.analytics.flow")
local lists = require("wats.domain.analytics.lists")
local question = require("wats.domain.analytics.question")

local DAY = 24 * 3600
local MANY = 1000 -- rows, where the server's default of 10 would cut a summary short

---@class wats.Client
---@field analytics wats.Analytics

---@class wats.Analytics
---@field DATE_GROUPINGS table<string, integer>  the values of dateGrouping, by name
---@field ALARM_TYPES table<string, integer>     of get_alarm_logs, by name
local Analytics = { DATE_GROUPINGS = filter.GROUPINGS }
Analytics.__index = Analytics
Analytics.__name = "wats.analytics"

local dynamic_yield = question("/api/App/DynamicYield", { dimensions = filter.YIELD_DIMENSIONS })
local dynamic_repair = question("/api/App/DynamicRepair",
  { dimensions = filter.REPAIR_DIMENSIONS })
local volume_yield = question("/api/App/VolumeYield", { get = true })
local worst_yield = question("/api/App/WorstYield", { get = true })
local high_volume = question("/api/App/HighVolume", { get = true })
local worst_by_group = question("/api/App/WorstYieldByProductGroup")
local high_by_group = question("/api/App/HighVolumeByProductGroup")
local top_failed = question("/api/App/TopFailed", { get = true })
local uut_reports = question("/api/App/UutReport", { get = true })
local uur_reports = question("/api/App/UurReport")
local history = question("/api/App/SerialNumberHistory")
-- The API's description tells of `run`, though the filter's schema does not.
local step_analysis = question("/api/App/TestStepAnalysis", { extra = { run = "integer" } })
local measurements = question("/api/App/Measurements")
local aggregated = question("/api/App/AggregatedMeasurements")
local oee = question("/api/App/OeeAnalysis", { shape = "value" })
local repair_history = call.bind("GET /api/App/RelatedRepairHistory", "list")

-- Yield by dimensions, { dimensions = "unitCount desc;partNumber;testOperation" } or a list of
-- such names; they also say what is counted and how it is sorted. Without a filter: the ten
-- commonest products and operations of the last 30 days.
-- POST /api/App/DynamicYield
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function Analytics:get_dynamic_yield(given, opts)
  return dynamic_yield(self, "analytics:get_dynamic_yield", given, opts)
end

-- Repairs by dimensions, as get_dynamic_yield.  POST /api/App/DynamicRepair
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function Analytics:get_dynamic_repair(given, opts)
  return dynamic_repair(self, "analytics:get_dynamic_repair", given, opts)
end

-- Number of units and yield.
-- POST /api/App/VolumeYield; with days: GET /api/App/VolumeYield
---@param given? wats.AnalyticsFilter|{ days: integer, productGroupId?: string, levelId?: string }
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function Analytics:get_volume_yield(given, opts)
  return volume_yield(self, "analytics:get_volume_yield", given, opts)
end

-- Yield, lowest first.
-- POST /api/App/WorstYield; with days: GET /api/App/WorstYield
---@param given? wats.AnalyticsFilter|{ days: integer, productGroupId?: string, levelId?: string }
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function Analytics:get_worst_yield(given, opts)
  return worst_yield(self, "analytics:get_worst_yield", given, opts)
end

-- Yield, most units first.
-- POST /api/App/HighVolume; with days: GET /api/App/HighVolume
---@param given? wats.AnalyticsFilter|{ days: integer, productGroupId?: string, levelId?: string }
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function Analytics:get_high_volume(given, opts)
  return high_volume(self, "analytics:get_high_volume", given, opts)
end

-- Yield of product groups, lowest first.  POST /api/App/WorstYieldByProductGroup
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function Analytics:get_worst_yield_by_product_group(given, opts)
  return worst_by_group(self, "analytics:get_worst_yield_by_product_group", given, opts)
end

-- Yield of product groups, most units first.  POST /api/App/HighVolumeByProductGroup
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function Analytics:get_high_volume_by_product_group(given, opts)
  return high_by_group(self, "analytics:get_high_volume_by_product_group", given, opts)
end

-- The steps that failed most often.
-- POST /api/App/TopFailed; with days and count: GET /api/App/TopFailed, which also wants
-- partNumber and processCode
---@param given? wats.AnalyticsFilter|table
---@param opts? wats.RequestOptions
---@return table[]? steps
---@return wats.Error? err
function Analytics:get_top_failed(given, opts)
  return top_failed(self, "analytics:get_top_failed", given, opts)
end

-- Headers of test reports, newest first; at most 1,000 unless topCount says otherwise. (Of what
-- the server has now: client.report:headers pages through all.)
-- POST /api/App/UutReport; with productGroupId or levelId: GET /api/App/UutReport
---@param given? wats.AnalyticsFilter|table
---@param opts? wats.RequestOptions
---@return table[]? headers
---@return wats.Error? err
function Analytics:get_uut_reports(given, opts)
  return uut_reports(self, "analytics:get_uut_reports", given, opts)
end

-- Headers of repair reports, as get_uut_reports.  POST /api/App/UurReport
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return table[]? headers
---@return wats.Error? err
function Analytics:get_uur_reports(given, opts)
  return uur_reports(self, "analytics:get_uur_reports", given, opts)
end

-- What became of a unit: its test and repair reports.  POST /api/App/SerialNumberHistory
---@param given string|wats.AnalyticsFilter  a serial number; or a filter with serialNumber,
---                    partNumber, batchNumber, miscValue, productGroup or level
---@param opts? wats.RequestOptions
---@return table[]? headers
---@return wats.Error? err
function Analytics:get_serial_number_history(given, opts)
  local where = "analytics:get_serial_number_history"
  if type(given) == "string" then
    if given == "" then errors.raise('%s: serialNumber: it is ""', where) end
    given = { serialNumber = given }
  end
  return history(self, where, given, opts)
end

-- Statistics of each step and measurement of a product in an operation; partNumber and
-- testOperation must be there. `run`: 1 (default), 2, 3: that run of each unit; -1 the last, -2
-- all.  POST /api/App/TestStepAnalysis
---@param given wats.AnalyticsFilter|{ run?: integer }
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function Analytics:get_test_step_analysis(given, opts)
  local where = "analytics:get_test_step_analysis"
  for _, name in ipairs { "partNumber", "testOperation" } do
    if type(given) ~= "table" or given[name] == nil then
      errors.raise("%s: a filter with partNumber and testOperation expected; %s is missing", where,
        name)
    end
  end
  return step_analysis(self, where, given, opts)
end

-- The paths of measurements, as one text.
local function with_paths(where, given)
  if type(given) ~= "table" or given.measurementPaths == nil then return given end
  local changed = {}
  for name, value in pairs(given) do changed[name] = value end
  changed.measurementPaths = filter.check.texts(where, "measurementPaths", given.measurementPaths)
  if given.partNumber == nil or given.testOperation == nil then
    errors.raise("%s: measurementPaths go together with partNumber and testOperation", where)
  end
  return changed
end

-- Numeric measurements, at most 10,000. measurementPaths: a path of `measurement_path`, or a list;
-- then partNumber and testOperation must be there too. Without a filter: those of the steps that
-- failed most often within seven days.  POST /api/App/Measurements
---@param given? wats.AnalyticsFilter|{ measurementPaths?: string|string[] }
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function Analytics:get_measurements(given, opts)
  local where = "analytics:get_measurements"
  return measurements(self, where, with_paths(where, given), opts)
end

-- Figures over numeric measurements (count, min, max, average, ...), asked as get_measurements.
-- POST /api/App/AggregatedMeasurements
---@param given? wats.AnalyticsFilter|{ measurementPaths?: string|string[] }
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function Analytics:get_aggregated_measurements(given, opts)
  local where = "analytics:get_aggregated_measurements"
  return aggregated(self, where, with_paths(where, given), opts)
end

-- The path of a measurement, as get_measurements takes it: the names of the sequences down to the
-- step, and that of the measurement where the step has several.
---@param steps string[]
---@param measurement? string
---@return string
function Analytics.measurement_path(_, steps, measurement)
  local where = "analytics:measurement_path"
  if type(steps) ~= "table" or #steps == 0 then
    errors.raise("%s: a list of names of steps expected, got %s", where,
      type(steps) == "table" and "none" or type(steps))
  end
  local path = {}
  for i, name in ipairs(steps) do path[i] = filter.check.texts(where, "steps", { name }) end
  local text = table.concat(path, "¶")
  if measurement == nil then return text end
  return text .. "¶¶" .. filter.check.texts(where, "measurement", { measurement })
end

-- Overall equipment effectiveness. availableTime: the hours of each weekday, a list of seven
-- numbers or "24,24,24,24,24,0,0". Also targetOutput, minConnectionTime, maxConnectionTime,
-- minExecutionTime, maxExecutionTime.  POST /api/App/OeeAnalysis
---@param given wats.AnalyticsFilter|{ availableTime: string|number[], targetOutput?: integer }
---@param opts? wats.RequestOptions
---@return table? analysis
---@return wats.Error? err
function Analytics:get_oee_analysis(given, opts)
  local where = "analytics:get_oee_analysis"
  if type(given) == "table" and type(given.availableTime) == "table" then
    local hours, changed = {}, {}
    for name, value in pairs(given) do changed[name] = value end
    for i, value in ipairs(given.availableTime) do
      hours[i] = type(value) == "number" and ("%g"):format(value) or "?"
    end
    changed.availableTime = table.concat(hours, ",")
    if #hours ~= 7 or changed.availableTime:find("[^%d.,]") then
      errors.raise("%s: availableTime: seven numbers of hours expected", where)
    end
    given = changed
  end
  return oee(self, where, given, opts)
end

-- Failures that were repaired in units of a product.  GET /api/App/RelatedRepairHistory
---@param part_number string
---@param revision string
---@param codes? { repairOperationCode?: string|integer, testOperationCode?: string|integer }
---@param opts? wats.RequestOptions
---@return table[]? failures
---@return wats.Error? err
function Analytics:get_related_repair_history(part_number, revision, codes, opts)
  local where = "analytics:get_related_repair_history"
  local params = {}
  for name, value in pairs(codes and client_module.record(where, "codes", codes) or {}) do
    params[name] = value
  end
  params.partNumber, params.revision = part_number, revision
  return repair_history(self, where, params, opts)
end

local function since(where, days, default)
  days = days or default
  if type(days) ~= "number" or not (days > 0 and days < 36500) then
    errors.raise("%s: days: a number above 0 expected, got %s", where,
      type(days) == "number" and tostring(days) or type(days))
  end
  return math.floor(core.time() - days * DAY)
end

-- The yield of a product in each operation, over the last days.  POST /api/App/DynamicYield
---@param part_number string
---@param revision? string  nil: all
---@param days? number      default 30
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function Analytics:get_yield_summary(part_number, revision, days, opts)
  local where = "analytics:get_yield_summary"
  client_module.segment(where, "part_number", part_number)
  return dynamic_yield(self, where, { partNumber = part_number, revision = revision,
    dateFrom = since(where, days, 30), dimensions = "partNumber;testOperation", topCount = MANY },
    opts)
end

-- The yield of a station by product and operation, over the last days.
-- POST /api/App/DynamicYield
---@param station_name string
---@param days? number  default 7
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function Analytics:get_station_yield(station_name, days, opts)
  local where = "analytics:get_station_yield"
  client_module.segment(where, "station_name", station_name)
  return dynamic_yield(self, where, { stationName = station_name,
    dateFrom = since(where, days, 7), dimensions = "stationName;partNumber;testOperation",
    topCount = MANY }, opts)
end

-- get_test_step_analysis of the last days.  POST /api/App/TestStepAnalysis
---@param part_number string
---@param test_operation string  its name
---@param how? table  days (default 30), run (default 1), other fields of a filter: revision, ...
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function Analytics:get_test_step_analysis_for_operation(part_number, test_operation, how, opts)
  local where = "analytics:get_test_step_analysis_for_operation"
  local given = {}
  for name, value in pairs(how and client_module.record(where, "how", how) or {}) do
    given[name] = value
  end
  client_module.segment(where, "part_number", part_number)
  client_module.segment(where, "test_operation", test_operation)
  given.partNumber, given.testOperation = part_number, test_operation
  given.dateFrom = given.dateFrom or since(where, given.days, 30)
  given.days = nil
  return step_analysis(self, where, given, opts)
end

for _, part in ipairs { flow, lists } do
  for name, member in pairs(part) do Analytics[name] = member end
end

local module = {}

---@param client wats.Client
---@return wats.Analytics
function module.new(client)
  return setmetatable({ client }, Analytics)
end

return module
