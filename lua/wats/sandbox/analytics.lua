-- wats.sandbox.analytics: the statistics of the App tag, and the internal calls beside them.
--
-- Everything is worked out of the reports that are there; only the effectiveness of equipment is
-- made up in part, since nobody tells when a station stood still.

local errors = require("wats.sandbox.errors")
local flow = require("wats.sandbox.analytics.flow")
local headers = require("wats.sandbox.header")
local json = require("wats.sandbox.json")
local odata = require("wats.sandbox.odata_query")
local select_reports = require("wats.sandbox.analytics.select")
local steps = require("wats.sandbox.analytics.steps")
local yield = require("wats.sandbox.analytics.yield")

local M = {}

local v, top = json.value, select_reports.top

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

-- A handler that gets the filter of the body: fn(filter, query).
local function with_filter(fn)
  return function(request)
    local filter, reply = select_reports.read(request)
    if not filter then return reply end
    return fn(filter, request.query)
  end
end

local function refuse(name, text)
  return errors.model_state(400, "The request is invalid.", { { name, text } })
end

-- The measurements and steps of a product in an operation, and nothing else, can be compared.
local function lacks(filter)
  for _, name in ipairs { "partNumber", "testOperation" } do
    if not filter[name] then
      return refuse("filter." .. name, ("The %s filter is required."):format(name))
    end
  end
end

local function header_rows(list, count)
  return ok(odata.project({}, top(list, count), headers.names))
end

-- ---- yield ---------------------------------------------------------------

local BY_PRODUCT = "partNumber;testOperation"
local YIELDS = {
  VolumeYield = "unitCount desc;" .. BY_PRODUCT,
  HighVolume = "unitCount desc;" .. BY_PRODUCT,
  WorstYield = "fpy;unitCount desc;" .. BY_PRODUCT,
  HighVolumeByProductGroup = "unitCount desc;productGroup",
  WorstYieldByProductGroup = "fpy;unitCount desc;productGroup",
}

-- All figures, though the order names some.
local function all_figures(store, filter, list, order)
  local dimensions = {}
  for _, part in ipairs(yield.parse(order)) do
    if part.name ~= "unitCount" and part.name ~= "fpy" then
      dimensions[#dimensions + 1] = part.name
    end
  end
  local rows = yield.rows(store, filter, list, table.concat(dimensions, ";"))
  return yield.sort(rows, yield.parse(order))
end

local function yield_rows(store, filter, order)
  local list = select_reports.headers(store, filter, "T", 30)
  local kept = {}
  for _, row in ipairs(all_figures(store, filter, list, order)) do
    if row.unitCount >= (filter.minCount or 0)
      and (not filter.yield or row.fpy <= filter.yield) then
      kept[#kept + 1] = row
    end
  end
  return ok(top(kept, filter.topCount or 10))
end

local function open_yields(router, store)
  for name, order in pairs(YIELDS) do
    local path = "/api/App/" .. name
    router:add("POST", path, with_filter(function(filter)
      return yield_rows(store, filter, order)
    end))
    if not name:find("ByProductGroup", 1, true) then
      router:add("GET", path, function(request)
        return yield_rows(store, select_reports.of_query(store, request.query), order)
      end)
    end
  end
  router:add("POST", "/api/App/DynamicYield", with_filter(function(filter, query)
    local order = query.dimensions or filter.dimensions or "unitCount desc;" .. BY_PRODUCT
    local list = select_reports.headers(store, filter, "T", 30)
    return ok(top(yield.rows(store, filter, list, order), filter.topCount or 10))
  end))
  router:add("POST", "/api/App/DynamicRepair", with_filter(function(filter, query)
    local order = query.dimensions or filter.dimensions
      or "repairCount desc;repairReportCount desc;partNumber;repairOperation"
    local list = select_reports.headers(store, filter, "R", 30)
    return ok(top(yield.repair_rows(store, filter, list, order), filter.topCount or 10))
  end))
end

-- ---- reports -------------------------------------------------------------

local function repair_history(store, query)
  local filter = { partNumber = query.partnumber, revision = query.revision,
    processCode = math.tointeger(tonumber(query.repairoperationcode)) }
  local code = math.tointeger(tonumber(query.testoperationcode))
  local rows = json.array()
  for _, item in ipairs(yield.failures(store, select_reports.headers(store, filter, "R"))) do
    local report = select_reports.report(store, item.header)
    if not code or v(report.uur.processCode) == code then
      local failure = item.failure
      rows[#rows + 1] = { serialNumber = v(item.unit.sn), partNumber = v(item.unit.pn),
        revision = v(item.unit.rev), reportId = item.header.uuid, repairDate = item.header.start,
        failStepName = v(failure.refStepName), failCode = v(failure.category),
        repairCode = v(failure.code), action = v(failure.comment) }
    end
  end
  return ok(rows)
end

local function open_reports(router, store)
  for path, kind in pairs { ["/api/App/UutReport"] = "T", ["/api/App/UurReport"] = "R" } do
    router:add("POST", path, with_filter(function(filter)
      return header_rows(select_reports.headers(store, filter, kind), filter.topCount or 1000)
    end))
  end
  router:add("GET", "/api/App/UutReport", function(request)
    local query = request.query
    local filter = select_reports.of_query(store, query)
    for _, name in ipairs { "serialNumber", "partNumber", "revision", "batchNumber",
      "stationName", "testOperation", "status", "dateFrom", "dateTo" } do
      filter[name] = query[name:lower()]
    end
    local checked, reply = select_reports.check(filter)
    if not checked then return reply end
    return header_rows(select_reports.headers(store, checked, "T"), 1000)
  end)
  router:add("POST", "/api/App/SerialNumberHistory", with_filter(function(filter)
    return header_rows(select_reports.headers(store, filter), filter.topCount or 1000)
  end))
  router:add("GET", "/api/App/RelatedRepairHistory", function(request)
    return repair_history(store, request.query)
  end)
end

-- ---- steps ---------------------------------------------------------------

-- Those whose run is asked for: 1, 2, 3; -1 the last, -2 all.
local function of_run(list, run)
  if run == -2 then return list end
  local last, kept = {}, {}
  for _, header in ipairs(list) do -- newest first
    local unit = header.serialNumber .. "\0" .. header.partNumber
    if run == -1 and not last[unit] or run == header.run then kept[#kept + 1] = header end
    last[unit] = true
  end
  return kept
end

local function failed_paths(store, list)
  local paths = {}
  for _, row in ipairs(top(steps.top_failed(store, list), 10)) do paths[row.stepPath] = true end
  return paths
end

local function measurements(store, filter, query)
  local paths = query.measurementpaths
  local all = not paths and not next(filter)
  local reply = not all and lacks(filter)
  if reply then return nil, reply end
  local list = select_reports.headers(store, filter, "T", all and 7 or 30)
  local wanted = paths and steps.paths(paths) or failed_paths(store, list)
  return steps.measurements(store, list, wanted)
end

local function top_failed(store, filter)
  local list = select_reports.headers(store, filter, "T", 30)
  return ok(top(steps.top_failed(store, list), filter.topCount or 10))
end

local function open_steps(router, store)
  for _, path in ipairs { "/api/App/TopFailed", "/api/internal/App/TopFailed" } do
    router:add("POST", path, with_filter(function(filter) return top_failed(store, filter) end))
    router:add("GET", path, function(request)
      return top_failed(store, select_reports.of_query(store, request.query))
    end)
  end
  router:add("POST", "/api/App/Measurements", with_filter(function(filter, query)
    local rows, reply = measurements(store, filter, query)
    return rows and ok(rows) or reply
  end))
  router:add("POST", "/api/App/AggregatedMeasurements", with_filter(function(filter, query)
    local rows, reply = measurements(store, filter, query)
    return rows and ok(steps.aggregate(rows)) or reply
  end))
  router:add("POST", "/api/App/TestStepAnalysis", with_filter(function(filter)
    local reply = lacks(filter)
    if reply then return reply end
    local list = select_reports.headers(store, filter, "T", 30)
    return ok(steps.analysis(store, of_run(list, filter.run or 1)))
  end))
end

-- The internal lists of one step.
local function open_lists(router, store)
  for name, rows_of in pairs {
    MeasurementList = function(list, path) return steps.measurements(store, list, { [path] = true })
    end,
    StepStatusList = function(list, path) return steps.statuses(store, list, path) end,
  } do
    local function answer(filter, query)
      local path = steps.path_of(query.stepfilters or "")
      if not path then
        return refuse("stepFilters", "These are no step filters, as TopFailed gives them.")
      end
      return ok(rows_of(select_reports.headers(store, filter, "T", 30), path))
    end
    router:add("POST", "/api/internal/App/" .. name, with_filter(answer))
    router:add("GET", "/api/internal/App/" .. name, function(request)
      return answer(select_reports.of_query(store, request.query), request.query)
    end)
  end
end

-- ---- the rest ------------------------------------------------------------

-- Hours of the seven weekdays, in all; nil where they are something else.
local function available_hours(text)
  local count, sum = 0, 0
  for part in text:gmatch("[^,]+") do
    local hours = tonumber(part)
    if not hours or hours < 0 or hours > 24 then return nil end
    count, sum = count + 1, sum + hours
  end
  return count == 7 and sum or nil
end

local function effectiveness(store, filter, query)
  local hours = available_hours(query.availabletime or "")
  if not hours then
    return refuse("availableTime", "Seven numbers of hours are expected, with commas between.")
  end
  local list, good, run = select_reports.headers(store, filter, "T", 7), 0, 0
  for _, header in ipairs(list) do
    if header.result == "Passed" then good = good + 1 end
    run = run + (header.executionTime or 0) / 60
  end
  local quality = #list > 0 and 100 * good / #list or 0
  local availability = hours > 0 and math.min(100, 100 * run / (hours * 60)) or 0
  return ok { oee = availability * quality / 100, availability = availability, performance = 100,
    quality = quality, totalTime = hours * 60, runTime = run, totalCount = #list,
    goodCount = good, rejectCount = #list - good }
end

local ALARM_OF_REPORT = 1

-- A notification for each report that failed.
local function alarm_logs(store, filter, query)
  local types = ";" .. (query.includetypes or ALARM_OF_REPORT) .. ";"
  local rows = json.array()
  if types:find(";" .. ALARM_OF_REPORT .. ";", 1, true) then
    for _, header in ipairs(select_reports.headers(store, filter, "T", 30)) do
      if header.result ~= "Passed" then
        rows[#rows + 1] = { logId = #rows + 1, type = ALARM_OF_REPORT, logDate = header.start,
          name = "Report " .. header.result:lower(), reportId = header.uuid,
          serialNumber = header.serialNumber, partNumber = header.partNumber,
          calculationString = (query.includecalculationstring or ""):lower() == "true"
            and "result <> Passed" or nil }
      end
    end
  end
  return ok(top(rows, filter.topCount or 1000))
end

-- The filter of a GET, which is one parameter.
local function filter_of(query)
  local body = json.decode(query.filter or "")
  if body == nil then return nil, refuse("filter", "It is not JSON.") end
  return select_reports.check(body)
end

local function open_flow(router, store)
  local path = "/api/internal/UnitFlow"
  router:add("POST", path, with_filter(function(filter) return ok(flow.flow(store, filter)) end))
  router:add("POST", path .. "/SplitBy", with_filter(function(filter)
    if not filter.dimensions then
      return refuse("filter.dimensions", "The dimension to split by is missing.")
    end
    return ok(flow.flow(store, filter, yield.parse(filter.dimensions)[1].name))
  end))
  for _, name in ipairs { "Nodes", "Links", "Units" } do
    router:add("GET", path .. "/" .. name, function(request)
      local filter, reply = filter_of(request.query)
      if not filter then return reply end
      return ok(flow.flow(store, filter)[name:lower()])
    end)
  end
  for name, answer in pairs {
    SN = function(list) return flow.serial_numbers(store, list) end, UnitOrder = flow.ordered,
  } do
    router:add("POST", path .. "/" .. name, function(request)
      local list = request.json
      if type(list) ~= "table" or list[1] == nil and next(list) ~= nil then
        return refuse("body", "A list is expected.")
      end
      return ok(answer(list))
    end)
  end
end

--- Adds the routes.
function M.open(router, store)
  open_yields(router, store)
  open_reports(router, store)
  open_steps(router, store)
  open_lists(router, store)
  open_flow(router, store)
  router:add("POST", "/api/App/OeeAnalysis", with_filter(function(filter, query)
    return effectiveness(store, filter, query)
  end))
  router:add("POST", "/api/internal/Trigger/GetAlarmAndNotificationLogs",
    with_filter(function(filter, query) return alarm_logs(store, filter, query) end))
end

return M
