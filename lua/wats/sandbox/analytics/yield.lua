-- wats.sandbox.analytics.yield: yields and counts of repairs, by dimensions.
--
-- A unit (part and serial number) in an operation is counted once, whatever its number of runs:
--   fp, sp, tp, lp   units that passed in the first run, in one of the first two, of the first
--                    three, in the last one; fpy and so on are percent of all units
--   testYield        reports that passed, in percent of all reports

local json = require("wats.sandbox.json")
local select_reports = require("wats.sandbox.analytics.select")

local M = {}

local function misc(header, name)
  local first = header.miscInfo[1] or header.uurMiscInfo[1]
  return first and json.value(first[name])
end

-- The values of dimensions: fn(header, store, filter).
local DIMENSIONS = {
  productName = function(header, store)
    local product = store.by_part_number[header.partNumber]
    return product and json.value(product.name)
  end,
  testOperation = function(header) return header.processName end,
  repairOperation = function(header) return header.processName end,
  productGroup = function(header, store) return select_reports.product_group(store, header) end,
  level = function(header) return header.location end,
  period = function(header, _, filter)
    return select_reports.period(header, filter.dateGrouping)
  end,
  operator = function(header) return header.userName end,
  socketIndex = function(header) return header.testSocketIndex end,
  miscInfoDescription = function(header) return misc(header, "description") end,
  miscInfoString = function(header) return misc(header, "value") end,
  stepCausedUutFailure = function(header) return header.causedUutFailure end,
  stepPathCausedUutFailure = function(header) return header.causedUutFailurePath end,
  assetSerialNumber = function(header)
    return header.assets[1] and json.value(header.assets[1].serialNumber)
  end,
  assetName = function() return nil end,
  unitType = function() return "Main unit" end,
}
for _, name in ipairs { "partNumber", "stationName", "location", "purpose", "revision",
  "processCode", "swFilename", "swVersion", "batchNumber", "fixtureId", "errorCode" } do
  DIMENSIONS[name] = function(header) return header[name] end
end
for name, field in pairs { testStationName = "stationName", testLocation = "location",
  testLevel = "location", testPurpose = "purpose", testOperator = "userName" } do
  DIMENSIONS[name] = function(header) return header[field] end
end

-- Of a single failure in a repair: fn(failure).
local OF_FAILURE = {}
for name, field in pairs { repairCode = "code", repairCategory = "category",
  componentRef = "comRef", componentNumber = "artNumber", componentRevision = "artRev",
  componentVendor = "artVendor", componentDescription = "artDescription",
  functionBlock = "funcBlock", referencedStep = "refStepName" } do
  OF_FAILURE[name] = function(failure) return json.value(failure[field]) end
end

--- "a;b desc" as a list of { name, descending }.
---@param text string
function M.parse(text)
  local list = {}
  for part in text:gmatch("[^;]+") do
    local name, order = part:match("^%s*(%S+)%s*(%S*)%s*$")
    if name then list[#list + 1] = { name = name, descending = order:lower() == "desc" } end
  end
  return list
end

-- The groups in the order in which they were met: { values, headers, failures }.
local function group(store, filter, items, dimensions)
  local groups, by_key = {}, {}
  for _, item in ipairs(items) do
    local values, key = {}, {}
    for i, name in ipairs(dimensions) do
      local of_failure = item.failure and OF_FAILURE[name]
      local value
      if of_failure then
        value = of_failure(item.failure)
      elseif DIMENSIONS[name] then
        value = DIMENSIONS[name](item.header, store, filter)
      end
      values[name], key[i] = value, tostring(value)
    end
    key = table.concat(key, "\0")
    if not by_key[key] then
      by_key[key] = { values = values, items = {} }
      groups[#groups + 1] = by_key[key]
    end
    table.insert(by_key[key].items, item)
  end
  return groups
end

local function percent(part, all)
  return all > 0 and 100 * part / all or 0
end

-- Of each unit its runs, in their order: the items come newest first.
local function runs_of_units(items)
  local units, by_key = {}, {}
  for i = #items, 1, -1 do
    local header = items[i].header
    local key = ("%s\0%s\0%s"):format(header.partNumber, header.serialNumber, header.processCode)
    if not by_key[key] then
      by_key[key] = {}
      units[#units + 1] = by_key[key]
    end
    table.insert(by_key[key], header.result == "Passed")
  end
  return units
end

local function count_passed(units, within)
  local count = 0
  for _, runs in ipairs(units) do
    for i = 1, math.min(within, #runs) do
      if runs[i] then
        count = count + 1
        break
      end
    end
  end
  return count
end

local function yields(items)
  local units, reports, passed, last = runs_of_units(items), #items, 0, 0
  for _, runs in ipairs(units) do
    if runs[#runs] then last = last + 1 end
    for _, run in ipairs(runs) do passed = passed + (run and 1 or 0) end
  end
  local row = { unitCount = #units, testReportCount = reports, testYieldCount = passed,
    testYield = percent(passed, reports), retestCount = reports - #units,
    firstUtc = items[reports].header.start, lastUtc = items[1].header.start }
  for name, count in pairs { fp = count_passed(units, 1), sp = count_passed(units, 2),
    tp = count_passed(units, 3), lp = last } do
    row[name .. "Count"], row[name .. "FailCount"] = count, #units - count
    row[name .. "y"] = percent(count, #units)
    row["ppm" .. name:sub(1, 1):upper() .. "py"] = (#units - count) * 1000000 // #units
  end
  row.ppmTestYield = (reports - passed) * 1000000 // reports
  return row
end

local function repairs(items)
  local reports, count = {}, 0
  for _, item in ipairs(items) do
    reports[item.header.uuid] = true
    if item.failure then count = count + 1 end
  end
  local different = 0
  for _ in pairs(reports) do different = different + 1 end
  return { repairReportCount = different, repairCount = count }
end

--- Sorts rows by a parsed order; those that are equal in it stay in theirs.
function M.sort(rows, order)
  local positions = {}
  for i, row in ipairs(rows) do positions[row] = i end
  table.sort(rows, function(a, b)
    for _, by in ipairs(order) do
      local x, y = a[by.name], b[by.name]
      if x ~= y then
        if x == nil or y == nil then return (x == nil) ~= by.descending end
        if type(x) ~= type(y) then x, y = tostring(x), tostring(y) end
        return (x < y) ~= by.descending
      end
    end
    return positions[a] < positions[b]
  end)
  return rows
end

local function rows_of(store, filter, items, order, figures)
  local dimensions, wanted = {}, {}
  for _, part in ipairs(order) do
    if DIMENSIONS[part.name] or OF_FAILURE[part.name] then
      dimensions[#dimensions + 1] = part.name
    else
      wanted[part.name] = true
    end
  end
  local rows = {}
  for i, found in ipairs(group(store, filter, items, dimensions)) do
    local all, row = figures(found.items), found.values
    for name, value in pairs(all) do
      if not next(wanted) or wanted[name] then row[name] = value end
    end
    rows[i] = row
  end
  return M.sort(rows, order)
end

--- Rows of yield: the dimensions asked for, and the figures (those asked for, else all).
---@param store table
---@param filter table
---@param headers table[] newest first
---@param dimensions string
function M.rows(store, filter, headers, dimensions)
  local items = {}
  for i, header in ipairs(headers) do items[i] = { header = header } end
  return rows_of(store, filter, items, M.parse(dimensions), yields)
end

--- Each failure of repair reports: { header, failure }.
function M.failures(store, headers)
  local items = {}
  for _, header in ipairs(headers) do
    for _, unit in ipairs(json.value(select_reports.report(store, header).subUnits) or {}) do
      for _, failure in ipairs(json.value(unit.failures) or {}) do
        items[#items + 1] = { header = header, failure = failure, unit = unit }
      end
    end
  end
  return items
end

--- Rows of repairs.
function M.repair_rows(store, filter, headers, dimensions)
  local items = M.failures(store, headers)
  local with_failures = {}
  for _, item in ipairs(items) do with_failures[item.header] = true end
  for _, header in ipairs(headers) do
    if not with_failures[header] then items[#items + 1] = { header = header } end
  end
  return rows_of(store, filter, items, M.parse(dimensions), repairs)
end

return M
