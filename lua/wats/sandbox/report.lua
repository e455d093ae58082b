-- wats.sandbox.report: POST and GET of reports in WSJF, and the query of their headers.
--
-- A report is kept and given back as the very text that was sent; it is decoded once, to be judged
-- and to make its header.

local errors = require("wats.sandbox.errors")
local headers = require("wats.sandbox.header")
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

local function get(store, id)
  id = id:lower()
  if not id:match("^%x+%-%x+%-%x+%-%x+%-%x+$") or #id ~= 36 then
    local text = ("The value '%s' is not valid for Guid."):format(id)
    return errors.model_state(400, "The request is invalid.", { { "id", text } })
  end
  local report = store.reports[id]
  if not report then
    return errors.message(404, ("There is no report with id %s."):format(id))
  end
  return ok(report.text)
end

local function query_headers(store, request)
  local plan, problem = odata.read(request.query, headers.collection)
  if not plan then
    return errors.exception(400, "The query specified in the URI is not valid.",
      "Microsoft.OData.ODataException", problem)
  end
  local rows = odata.run(plan, function()
    return store:headers()
  end)
  return ok(json.encode(odata.project(plan, rows, headers.names)))
end

--- Adds the routes.
function M.open(router, store)
  router:add("POST", "/api/Report/WSJF", function(request)
    return M.insert(store, request.body, request.json)
  end)
  router:add("GET", "/api/Report/Wsjf/{id}", function(request)
    return get(store, request.params.id)
  end)
  router:add("GET", "/api/Report/Query/Header", function(request)
    return query_headers(store, request)
  end)
end

return M
