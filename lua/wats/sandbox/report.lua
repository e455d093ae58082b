-- wats.sandbox.report: POST and GET of reports in WSJF, and the queries of their headers.
--
-- A report is kept and given back as the very text that was sent; it is decoded once, to be judged
-- and to make its header. Headers in the order of their timeStamp are walked, not sorted: that is
-- how many thousands are paged through.

local errors = require("wats.sandbox.errors")
local details = require("wats.sandbox.report_detail")
local headers = require("wats.sandbox.header")
local ids = require("wats.sandbox.report_ids")
local json = require("wats.sandbox.json")
local odata = require("wats.sandbox.odata_query")
local wsjf = require("wats.sandbox.wsjf")

local M = {}

local INSERTED = json.record({ "ID", "uuid", "Report_ID" })

local function ok(text)
  return { status = 200, headers = {}, body = text }
end

local function refuse(faults)
  local texts = {}
  for i, fault in ipairs(faults) do
    texts[i] = fault[1] .. ": " .. fault[2]
  end
  return errors.model_state(400, "The report is not valid. " .. table.concat(texts, " "), faults)
end

--- Judges and stores a report.
---@param store table
---@param text string in UTF-8
---@param report table|nil the same decoded; left out: it is decoded here
---@return table reply
function M.insert(store, text, report)
  local problem
  if report == nil then
    report, problem = json.decode(text)
  end
  if report == nil then
    return errors.text(400, "The body is not valid JSON: " .. tostring(problem))
  end
  local faults = wsjf.check(report, store, os.time())
  if #faults > 0 then
    return refuse(faults)
  end
  local process = store:find_process(math.tointeger(report.processCode))
  local header = headers.make(report, #text, process)
  local number = store:put_report(header.uuid, text, header)
  for _, listener in ipairs(store.listeners) do
    listener(report, header)
  end
  local result = { ID = header.uuid, uuid = header.uuid, Report_ID = number }
  return ok(json.encode(INSERTED(result)))
end

local function get(store, request)
  local report, refusal = ids.find(store, request.params.id)
  if not report then
    return refusal
  end
  local text
  text, refusal = details.apply(report.text, request.query)
  return text and ok(text) or refusal
end

-- Does the plan want no other order than that of timeStamp?
local function by_stamp(plan)
  local order = plan.order
  return order and #order == 1 and order[1].key == "timeStamp" and order[1]
end

local function query_headers(store, request)
  local plan, problem = odata.read(request.query, headers.collection)
  if not plan then
    return errors.exception(400, "The query specified in the URI is not valid.",
      "Microsoft.OData.ODataException", problem)
  end
  local order = by_stamp(plan)
  if order then
    plan.order = nil
  end
  local rows = odata.run(plan, function()
    if order then
      return store:headers_by_stamp(order.descending)
    end
    return store:headers()
  end)
  return ok(json.encode(odata.project(plan, rows, headers.names)))
end

local FOUND = json.record({
  "miscData", "serialNumber", "partNumber", "start", "result", "uuid", "processCode", "processName",
})
local MISC = json.record({ "description", "data" })

-- What of a header's misc infos fits; nil when none does.
local function fitting(header, query)
  local list
  for _, info in ipairs(header.miscInfo) do
    if (not query.description or info.description == query.description)
      and (not query.data or info.value == query.data) then
      list = list or json.array()
      list[#list + 1] = MISC { description = info.description, data = info.value }
    end
  end
  return list
end

-- Test reports with a misc info that fits, newest start first. A parameter that is left out, or
-- empty, narrows nothing.
local function query_by_misc_info(store, request)
  local query = {}
  for _, name in ipairs({ "processcode", "serialnumber", "description", "data" }) do
    query[name] = request.query[name] ~= "" and request.query[name] or nil
  end
  local list = json.array()
  for header in store:headers() do
    if (not query.serialnumber or header.serialNumber == query.serialnumber)
      and (not query.processcode or header.processCode == tonumber(query.processcode)) then
      local misc = fitting(header, query)
      list[#list + 1] = misc and FOUND {
        miscData = misc, serialNumber = header.serialNumber, partNumber = header.partNumber,
        start = header.start, result = header.result, uuid = header.uuid,
        processCode = header.processCode, processName = header.processName,
      }
    end
  end
  return ok(json.encode(list))
end

--- Adds the routes.
function M.open(router, store)
  router:add("POST", "/api/Report/WSJF", function(request)
    return M.insert(store, request.body, request.json)
  end)
  router:add("GET", "/api/Report/Wsjf/{id}", function(request)
    return get(store, request)
  end)
  router:add("GET", "/api/Report/Query/Header", function(request)
    return query_headers(store, request)
  end)
  router:add("GET", "/api/Report/Query/HeaderByMiscInfo", function(request)
    return query_by_misc_info(store, request)
  end)
end

return M
