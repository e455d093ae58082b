-- wats.sandbox.analytics.select: which of the stored reports a filter means.

local checks = require("wats.sandbox.checks")
local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")
local options = require("wats.options")
local time = require("wats.sandbox.time")

local M = {}

local v = json.value
local DAY = 24 * 3600

-- Seconds of a period, by dateGrouping: year, quarter, month, week, day, hour.
local PERIODS = { [0] = 365 * DAY, 91 * DAY, 30 * DAY, 7 * DAY, DAY, 3600 }
local GROUPING_DAY = 4

local TEXTS = {
  "serialNumber", "partNumber", "revision", "batchNumber", "stationName", "testOperation", "status",
  "miscDescription", "miscValue", "productGroup", "level", "swFilename", "swVersion", "socket",
  "dimensions",
}
local INTEGERS = {
  "yield", "dateGrouping", "periodCount", "maxCount", "minCount", "topCount", "run",
}

local INSTANTS = { "dateFrom", "dateTo" }

local KNOWN = { includeCurrentPeriod = true }
for _, names in ipairs { TEXTS, INTEGERS, INSTANTS } do
  for _, name in ipairs(names) do KNOWN[name] = true end
end

-- A server passes over what it does not know, and answers for more than was meant.
local function check(body)
  local faults = {}
  local function fault(name, text) faults[#faults + 1] = { "filter." .. name, text } end
  for name in pairs(body) do
    if not KNOWN[name] then
      fault(name, ("The field '%s' is not known%s."):format(name, options.suggest(name, KNOWN)))
    end
  end
  for _, name in ipairs(TEXTS) do
    checks.member(faults, body, "filter", { name, "string" })
  end
  for _, name in ipairs(INTEGERS) do
    checks.member(faults, body, "filter", { name, "integer" })
  end
  checks.member(faults, body, "filter", { "includeCurrentPeriod", "boolean" })
  for _, name in ipairs(INSTANTS) do
    local text = checks.member(faults, body, "filter", { name, "string" })
    if text and not time.parse(text) then fault(name, "It is not a date and time.") end
  end
  local grouping = v(body.dateGrouping)
  if type(grouping) == "number" and (grouping < -1 or grouping > 5) then
    fault("dateGrouping", "The value must be from -1 to 5.")
  end
  return faults
end

--- A decoded filter with nulls gone, or nil and a reply that says what is wrong.
---@param body any
function M.check(body)
  if type(body) ~= "table" or body[1] ~= nil then
    return nil, errors.model_state(400, "The request is invalid.",
      { { "filter", "A filter must be an object." } })
  end
  local faults = check(body)
  if #faults > 0 then return nil, errors.model_state(400, "The request is invalid.", faults) end
  local filter = {}
  for name, value in pairs(body) do
    value = v(value)
    filter[name] = type(value) == "number" and math.tointeger(value) or value
  end
  return filter
end

--- The filter of a request's body.
function M.read(request)
  return M.check(request.json == nil and {} or request.json)
end

local function named(list, id_field, name_field, ids)
  local names = {}
  for id in ids:gmatch("[^;]+") do
    for _, record in ipairs(list) do
      if tostring(record[id_field]) == id then names[#names + 1] = record[name_field] end
    end
  end
  return ids ~= "" and (#names > 0 and table.concat(names, ";") or "\0nothing") or nil
end

--- The filter that the parameters of a GET mean.
---@param store table
---@param query table<string, string>  names in lower case
function M.of_query(store, query)
  local days = math.tointeger(tonumber(query.days))
  return {
    productGroup = named(store.product_groups, "productGroupId", "productGroupName",
      query.productgroupid or ""),
    level = named(store.levels, "levelId", "levelName", query.levelid or ""),
    dateFrom = days and time.format((os.time() - days * DAY) * time.TICKS),
    topCount = math.tointeger(tonumber(query.count)),
    partNumber = query.partnumber ~= "" and query.partnumber or nil,
    processCode = math.tointeger(tonumber(query.processcode)),
  }
end

--- The name of the product group that a product belongs to: its category.
function M.product_group(store, header)
  local product = store.by_part_number[header.partNumber]
  return product and v(product.productCategoryName)
end

--- A report decoded, once.
function M.report(store, header)
  local stored = store.reports[header.uuid]
  stored.decoded = stored.decoded or json.decode(stored.text)
  return stored.decoded
end

local function one_of(names, value)
  if not value then return false end
  for name in names:gmatch("[^;]+") do
    if name:lower() == tostring(value):lower() then return true end
  end
  return false
end

local function has_misc(header, filter)
  for _, list in ipairs { header.miscInfo, header.uurMiscInfo } do
    for _, info in ipairs(list) do
      if (not filter.miscDescription or v(info.description) == filter.miscDescription)
        and (not filter.miscValue or v(info.value) == filter.miscValue) then
        return true
      end
    end
  end
  return false
end

local PLAIN = {
  serialNumber = "serialNumber", partNumber = "partNumber", revision = "revision",
  batchNumber = "batchNumber", stationName = "stationName", testOperation = "processName",
  status = "result", swFilename = "swFilename", swVersion = "swVersion",
  socket = "testSocketIndex", processCode = "processCode",
}

-- From when on, in ticks: as said, else so many periods, else the operation's own days.
local function first_tick(filter, days)
  if filter.dateFrom then return time.parse(filter.dateFrom) end
  local count, length = filter.periodCount, PERIODS[filter.dateGrouping or GROUPING_DAY]
  if count and length then return (os.time() - count * length) * time.TICKS end
  return days and (os.time() - days * DAY) * time.TICKS or math.mininteger
end

local function fits(store, header, filter)
  for name, field in pairs(PLAIN) do
    local wanted = filter[name]
    if wanted ~= nil and tostring(header[field] or "") ~= tostring(wanted) then return false end
  end
  if filter.level and not one_of(filter.level, header.location) then return false end
  if filter.productGroup and not one_of(filter.productGroup, M.product_group(store, header)) then
    return false
  end
  return not (filter.miscDescription or filter.miscValue) or has_misc(header, filter)
end

--- The headers that fit, newest start first.
---@param store table
---@param filter table
---@param kind "T"|"R"|nil
---@param days number|nil how far back where the filter does not say
---@return table[]
function M.headers(store, filter, kind, days)
  local from = first_tick(filter, days)
  local to = filter.dateTo and time.parse(filter.dateTo) or math.maxinteger
  local list = {}
  for header in store:headers() do
    if header.start_ticks < from then break end
    if header.start_ticks <= to and (not kind or header.reportType == kind)
      and fits(store, header, filter) then
      list[#list + 1] = header
    end
  end
  local most = filter.maxCount
  return most and table.move(list, 1, math.min(#list, most), 1, {}) or list
end

--- The first rows of a list.
function M.top(rows, count)
  return json.array(table.move(rows, 1, math.min(#rows, count), 1, {}))
end

local LABELS = {
  [0] = "%Y", [2] = "%Y-%m", [3] = "%G-W%V", [4] = "%Y-%m-%d", [5] = "%Y-%m-%dT%H:00",
}

--- The period that a report lies in, as text.
function M.period(header, grouping)
  local seconds = header.start_ticks // time.TICKS
  if grouping == 1 then
    local month = math.tointeger(tonumber(os.date("!%m", seconds)))
    return os.date("!%Y", seconds) .. "-Q" .. (month + 2) // 3
  end
  return os.date("!" .. (LABELS[grouping or GROUPING_DAY] or LABELS[GROUPING_DAY]), seconds)
end

return M
