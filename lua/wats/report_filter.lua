-- wats.report_filter: which reports are meant, as statistics and exports are asked.
--
-- A filter is a plain table with the API's own names, and may hold the operation's parameters too:
-- no name stands for both. Here the two are told apart, names and values are checked (a mistake
-- raises at the line of the caller of the method), instants become text and names of dimensions
-- are joined. Keeps no state.

local choice = require("wats.choice")
local errors = require("wats.errors")
local instant = require("wats.instant")
local json = require("wats.json")
local operations = require("wats.operations")
local options = require("wats.options")

local filter = {}

---@class wats.AnalyticsFilter  all optional; the names of PublicWatsFilter
---@field serialNumber? string
---@field partNumber? string
---@field revision? string
---@field batchNumber? string
---@field stationName? string
---@field testOperation? string    name of the operation
---@field status? string           "Passed", "Failed", ...
---@field yield? integer
---@field miscDescription? string
---@field miscValue? string
---@field productGroup? string|string[]  names; a list names at least one
---@field level? string|string[]   as productGroup
---@field swFilename? string
---@field swVersion? string
---@field socket? string|integer
---@field dateFrom? number|string  epoch seconds, or ISO 8601 with an offset
---@field dateTo? number|string
---@field dateGrouping? string|integer  "none", "year", "quarter", "month", "week", "day", "hour"
---@field periodCount? integer
---@field includeCurrentPeriod? boolean
---@field maxCount? integer
---@field minCount? integer
---@field topCount? integer
---@field dimensions? string|string[]  of get_dynamic_yield and get_dynamic_repair

filter.GROUPINGS = {
  none = -1, year = 0, quarter = 1, month = 2, week = 3, day = 4, hour = 5,
}

-- What can be told apart, and what can be counted, by get_dynamic_yield and get_dynamic_repair.
local function names(text)
  local set = {}
  for name in text:gmatch("%w+") do set[name] = true end
  return set
end

filter.YIELD_DIMENSIONS = names [[
  partNumber productName stationName location purpose revision testOperation processCode swFilename
  swVersion productGroup level period batchNumber operator fixtureId socketIndex errorCode
  miscInfoDescription miscInfoString stepCausedUutFailure stepPathCausedUutFailure
  assetSerialNumber assetName
  unitCount fpCount spCount tpCount lpCount fpy spy tpy lpy testYieldCount testReportCount testYield
  firstUtc lastUtc fpFailCount spFailCount tpFailCount lpFailCount retestCount ppmFpy ppmSpy ppmTpy
  ppmLpy ppmTestYield fpColor fpAlarm fpWarning spColor spAlarm spWarning tpColor tpAlarm tpWarning
  lpColor lpAlarm lpWarning tyColor tyAlarm tyWarning
  previousUnitCount previousTestReportCount fpyTrend spyTrend tpyTrend lpyTrend unitCountTrend
  fpCountTrend spCountTrend tpCountTrend lpCountTrend testReportCountTrend testYieldCountTrend
  testYieldTrend ppmFpyTrend ppmSpyTrend ppmTpyTrend ppmLpyTrend ppmTestYieldTrend
]]
filter.REPAIR_DIMENSIONS = names [[
  partNumber revision productName productGroup unitType repairOperation period level stationName
  location purpose operator miscInfoDescription miscInfoString repairCode repairCategory repairType
  componentRef componentNumber componentRevision componentVendor componentDescription functionBlock
  referencedStep referencedStepPath testOperation testPeriod testLevel testStationName testLocation
  testPurpose testOperator batchNumber swFilename swVersion repairReportCount repairCount
]]

local check = {}

local function wrong(where, name, expected, value)
  errors.raise("%s: %s: %s expected, got %s", where, name, expected,
    type(value) == "string" and ('"%s"'):format(value:sub(1, 40):gsub("%c", "?")) or type(value))
end

function check.text(where, name, value)
  if math.type(value) == "integer" then return tostring(value) end
  if type(value) ~= "string" then wrong(where, name, "a string", value) end
  return value
end

function check.texts(where, name, value)
  if type(value) ~= "table" then return check.text(where, name, value) end
  local list, count = {}, options.length(value)
  if not count or count == 0 then
    errors.raise("%s: %s: the list is empty, or has holes", where, name)
  end
  for i, one in ipairs(value) do
    if math.type(one) == "integer" then one = tostring(one) end
    if type(one) ~= "string" or one:find(";", 1, true) then
      wrong(where, name, "a list of strings without \";\"", one)
    end
    list[i] = one
  end
  return table.concat(list, ";")
end

function check.integer(where, name, value)
  if math.type(value) ~= "integer" then wrong(where, name, "an integer", value) end
  return value
end

function check.boolean(where, name, value)
  if type(value) ~= "boolean" then wrong(where, name, "a boolean", value) end
  return value
end

function check.instant(where, name, value)
  if instant.is_epoch(value) then return instant.utc(value) end
  if type(value) == "string" and instant.parse(value) then return value end
  wrong(where, name, "epoch seconds or ISO 8601 text with an offset", value)
end

function check.grouping(where, name, value)
  return choice.value(where, name, filter.GROUPINGS, value)
end

local function dimension(where, text, known)
  local name, order = text:match("^%s*(%w+)%s*(%a*)%s*$")
  order = order and order:lower()
  if not name or order ~= "" and order ~= "asc" and order ~= "desc" then
    wrong(where, "dimensions", 'a name, with " asc" or " desc" or not,', text)
  end
  if not known[name] then
    errors.raise('%s: dimensions: unknown "%s"%s', where, name, options.suggest(name, known))
  end
  return order == "" and name or name .. " " .. order
end

-- "a;b desc", or a list of such.
function check.dimensions(where, name, value, known)
  if type(value) ~= "string" and type(value) ~= "table" then
    wrong(where, name, "a string or a list of strings", value)
  end
  if type(value) == "table" then value = check.texts(where, name, value) end
  local list = {}
  for text in value:gmatch("[^;]+") do
    list[#list + 1] = known and dimension(where, text, known) or text
  end
  return table.concat(list, ";")
end

local FIELDS = {
  serialNumber = "text", partNumber = "text", revision = "text", batchNumber = "text",
  stationName = "text", testOperation = "text", status = "text", yield = "integer",
  miscDescription = "text", miscValue = "text", productGroup = "texts", level = "texts",
  swFilename = "text", swVersion = "text", socket = "text", dateFrom = "instant",
  dateTo = "instant", dateGrouping = "grouping", periodCount = "integer",
  includeCurrentPeriod = "boolean", maxCount = "integer", minCount = "integer",
  topCount = "integer", dimensions = "dimensions",
}

-- Of the forms by GET: of several, the ids joined as the names are.
local GET_FIELDS = { productGroupId = "texts", levelId = "texts" }

local FLOW = operations.find("POST /api/internal/UnitFlow")

local function parameter_names(operation)
  local known = {}
  for _, parameter in ipairs(operation.query_parameters) do known[parameter.name] = true end
  return known
end

local function unknown(where, name, ...)
  local known = {}
  for _, set in ipairs { ... } do
    for field in pairs(set) do known[field] = true end
  end
  errors.raise('%s: unknown field "%s" of the filter%s', where, tostring(name),
    options.suggest(name, known))
end

local function given_table(where, given)
  if given == nil then return {} end
  if type(given) ~= "table" then
    errors.raise("%s: a table (filter) expected, got %s", where, type(given))
  end
  return given
end

-- The body of an operation, and its parameters.
---@param where string        the method, for messages
---@param given table?        as the caller wrote it; not changed
---@param operation? wats.Operation  nil: parameters are none of the filter
---@param how? table  extra: fields that this body has besides, and their kinds; dimensions: the
---                   names that its dimensions may have
---@param get? wats.Operation  the other form, for messages
---@return table body
---@return table<string, any> params
function filter.split(where, given, operation, how, get)
  local body, params = {}, {}
  local known, extra = operation and parameter_names(operation) or {}, how and how.extra or {}
  for name, value in pairs(given_table(where, given)) do
    local kind = FIELDS[name] or extra[name]
    if kind then
      body[name] = check[kind](where, name, value, how and how.dimensions)
    elseif known[name] then
      params[name] = value
    else
      unknown(where, name, FIELDS, known, extra, get and parameter_names(get) or {})
    end
  end
  return body, params
end

-- Does a filter ask for the form by GET? It does when a name in it is that form's alone.
---@param given table?
---@param get wats.Operation
---@return boolean
function filter.asks_get(given, get)
  if type(given) ~= "table" then return false end
  local known = parameter_names(get)
  for name in pairs(given) do
    if known[name] and not FIELDS[name] then return true end
  end
  return false
end

-- The parameters of a GET. Those of groups and levels that are required but left out stand for
-- all of them.
---@param where string
---@param given table
---@param get wats.Operation
---@return table<string, any> params
function filter.parameters(where, given, get)
  local known, params = parameter_names(get), {}
  for name, value in pairs(given_table(where, given)) do
    if FIELDS[name] and not known[name] then
      errors.raise('%s: "%s" does not go together with days, productGroupId and the like', where,
        name)
    elseif not known[name] then
      unknown(where, name, known)
    end
    local kind = GET_FIELDS[name] or FIELDS[name]
    params[name] = kind and check[kind](where, name, value) or value
  end
  for _, name in ipairs { "productGroupId", "levelId" } do
    if known[name] and params[name] == nil then params[name] = "" end
  end
  return params
end

-- A filter as text, for the operations that take it as one parameter.
---@param where string
---@param given table?
---@return string
function filter.text(where, given)
  return json.encode((filter.split(where, given, FLOW)))
end

filter.check = check

return filter
