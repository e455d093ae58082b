-- wats.domain.report: client.report, building, sending and fetching reports. Finding them is in
-- report/headers.lua and report/finding.lua, what hangs on them in report/files.lua.
--
-- `submit` sends at once and returns when the server has confirmed: what it returns as nil, err was
-- not confirmed, and the report is still the caller's to keep. Sending it again is safe, since its
-- id identifies it on the server.

local call = require("wats.call")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local error_message = require("wats.error_message")
local given = require("wats.report.given")
local many = require("wats.many")
local options = require("wats.options")
local report = require("wats.report")
local uuid = require("wats.uuid")

local segment, with = client_module.segment, client_module.with

local post = call.bind("POST /api/Report/WSJF")
local post_xml = call.bind("POST /api/Report/WSXF")
local get_wsjf = call.bind("GET /api/Report/Wsjf/{id}", "text")
local get_xml = call.bind("GET /api/Report/Wsxf/{id}", "text")

---@class wats.Client
---@field report wats.ReportService

---@class wats.ReportService
local Report = {}
Report.__index = Report
Report.__name = "wats.report_service"

-- A new report on a test at this client's station; see wats.report.
---@param fields table  part_number, serial_number, revision, process_code, operator, start, ...
---@return wats.Report
function Report:uut(fields)
  local new = report.uut(fields, self[1].station, 3)
  return new
end

-- A new report on a repair at this client's station; see wats.report. No request is made: with the
-- uuid of the test alone, say what was repaired.
---@param fields table  uut (a report or its uuid), process_code, test_process_code, operator, ...
---@return wats.Report
function Report:uur(fields)
  local new = report.uur(fields, self[1].station, 3)
  return new
end

-- What stands for the report in a request: its text as it is, or the record to be written.
local function payload(where, what)
  if type(what) == "string" then return { body = what } end
  if type(what) ~= "table" then
    errors.raise("%s: a report, its record or its text expected, got %s", where, type(what))
  end
  if report.is_report(what) then
    what:finish()
    return { json = what.record }
  end
  return { json = what }
end

---@class wats.SubmitResult: wats.record.InsertReportResult
---@field ID? string    the report's id, as sent
---@field uuid? string  the server's

-- What confirms a report: the ids that the server gave it, alone or as a list of the one. Nothing
-- else does, whatever its status: a log-in page of a proxy comes with 200 as well.
local function confirmation(answer)
  if type(answer) ~= "table" then return nil end
  local result = type(answer[1]) == "table" and answer[1] or answer
  return (type(result.ID) == "string" or type(result.uuid) == "string") and result or nil
end

local UNCONFIRMED = "the server did not confirm the report: "

local function unconfirmed(client, answer, route)
  local text = type(answer) == "string"
  return errors.new {
    kind = "decode", method = "POST", url = core.client_methods.base_url(client) .. route,
    message = UNCONFIRMED .. "its answer " .. (text and "is text" or "holds no id of a report"),
    body = text and error_message.cut(core.client_methods.conceal(client, answer), 4096) or nil,
  }
end

-- The result of a report that was sent, from what the server answered.
local function confirmed(client, route, answer, err)
  if answer == nil then
    if err.kind == "decode" then err.message = UNCONFIRMED .. err.message end
    return nil, err
  end
  local result = confirmation(answer)
  if not result then return nil, unconfirmed(client, answer, route) end
  return result
end

-- Sends a report and waits for the server's confirmation; finishes one that is not finished.
-- An answer without the report's id is an error of kind "decode": nobody confirmed.
-- POST /api/Report/WSJF
---@param what wats.Report|table|string  a report, a record in the server's format, or its JSON text
---@param opts? wats.RequestOptions
---@return wats.SubmitResult? result
---@return wats.Error? err
function Report:submit(what, opts)
  local where = "report:submit"
  local result, err = confirmed(self, "/api/Report/WSJF",
    post(self, where, nil, with(opts, payload(where, what))))
  return result, err
end

Report.submit_report = Report.submit

-- Sends a report in WATS' XML format (WSXF) as it is. One text is one report: a document may hold
-- several, but the server takes no more than one at a time.
-- POST /api/Report/WSXF
---@param text string
---@param opts? wats.RequestOptions
---@return wats.SubmitResult? result
---@return wats.Error? err
function Report:submit_report_xml(text, opts)
  local where = "report:submit_report_xml"
  if type(text) ~= "string" or not text:find("%S") then
    errors.raise("%s: the text of a report expected, got %s", where,
      type(text) == "string" and "none" or type(text))
  end
  local result, err = confirmed(self, "/api/Report/WSXF",
    post_xml(self, where, nil, with(opts, { body = text })))
  return result, err
end

---@class wats.ReportDetail: wats.RequestOptions
---@field detail_level? integer         0 (what identifies the report) to 7 (all, the default)
---@field include_chartdata? boolean    default true; false: charts without their points
---@field include_attachments? boolean  default true; false: attachments without their bytes
---@field include_indexes? boolean      of XML only; default true

local DETAIL = {
  detail_level = { "integer", min = 0, max = 7 },
  include_chartdata = { "boolean" },
  include_attachments = { "boolean" },
  include_indexes = { "boolean" },
}

-- What of a report is wanted, by the API's names; and the options of the request that are left.
local function split_detail(where, opts, known)
  call.reads(where, opts)
  if opts == nil then return {}, nil end
  if type(opts) ~= "table" then
    errors.raise("%s: a table of options expected, got %s", where, type(opts))
  end
  local ours, rest = {}, {}
  for name, value in pairs(opts) do
    if DETAIL[name] then ours[name] = value else rest[name] = value end
  end
  local detail, problem = options.read(ours, known)
  if not detail then errors.raise("%s: %s", where, problem) end
  return {
    detailLevel = detail.detail_level, includeChartdata = detail.include_chartdata,
    includeAttachments = detail.include_attachments, includeIndexes = detail.include_indexes,
  }, rest
end

local DETAIL_OF_JSON = {}
for name, rule in pairs(DETAIL) do
  if name ~= "include_indexes" then DETAIL_OF_JSON[name] = rule end
end

-- What this route sends is JSON, so a page of a proxy is none; and its size was limited on its way.
local AS_SENT = { format = "wsjf", max_size = math.maxinteger }

local function check_uuid(where, id)
  if not uuid.is(id) then errors.raise('%s: a uuid expected, got "%s"', where, given.show(id)) end
end

-- A report as the server has it; live, never from the cache unless asked for.
-- GET /api/Report/Wsjf/{id}
---@param id string
---@param opts? wats.ReportDetail
---@return wats.Report? report
---@return wats.Error? err
function Report:get_report(id, opts)
  local where = "report:get_report"
  segment(where, "id", id)
  check_uuid(where .. ": id", id)
  local params, rest = split_detail(where, opts, DETAIL_OF_JSON)
  params.id = id
  local text, err = get_wsjf(self, where, params, rest)
  if not text then return nil, err end
  local parsed
  parsed, err = report.parse(text, AS_SENT)
  if not parsed then
    err.method = "GET"
    err.url = core.client_methods.base_url(self) .. "/api/Report/Wsjf/" .. id
  end
  return parsed, err
end

-- Reports by their ids, at most 16 requests at once; see wats.many.
-- GET /api/Report/Wsjf/{id}
---@param ids string[]
---@param opts? wats.ReportDetail  and concurrency, on_progress
---@return table results  reports in the order of the ids; n
---@return table? errs    errors by the same index, nil when there is none
function Report:get_many(ids, opts)
  -- a mistake raises here, before anything is asked
  split_detail("report:get_many", opts, DETAIL_OF_JSON)
  for i, id in ipairs(type(ids) == "table" and ids or {}) do
    if type(id) == "string" and id ~= "" then
      check_uuid(("report:get_many: element %d"):format(i), id)
    end
  end
  local reports, errs = many.fetch("report:get_many", ids, function(id, own)
    return self:get_report(id, own)
  end, opts)
  return reports, errs
end

-- The text of a report in WATS' XML format (WSXF); live, as get_report.
-- GET /api/Report/Wsxf/{id}
---@param id string
---@param opts? wats.ReportDetail
---@return string? text
---@return wats.Error? err
function Report:get_report_xml(id, opts)
  local where = "report:get_report_xml"
  segment(where, "id", id)
  local params, rest = split_detail(where, opts, DETAIL)
  params.id = id
  local text, err = get_xml(self, where, params, rest)
  return text, err
end

for _, part in ipairs { "headers", "finding", "files" } do
  local methods = require("wats.domain.report." .. part)
  for name, method in pairs(methods.methods or methods) do Report[name] = method end
end

local module = {}

---@param client wats.Client
---@return wats.ReportService
function module.new(client)
  return setmetatable({ client }, Report)
end

return module
