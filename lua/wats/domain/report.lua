-- wats.domain.report: client.report, building, sending, fetching and finding reports.
--
-- `submit` sends at once and returns when the server has confirmed: what it returns as nil, err was
-- not confirmed, and the report is still the caller's to keep. Sending it again is safe, since its
-- id identifies it on the server.

local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local odata = require("wats.odata")
local error_message = require("wats.error_message")
local options = require("wats.options")
local report = require("wats.report")

local fetch, fetch_list = client_module.fetch, client_module.fetch_list
local fetch_text = client_module.fetch_text
local segment, with = client_module.segment, client_module.with

-- The server's own default is 10 rows, which nobody expects who asks for a list.
local DEFAULT_TOP = 1000
local MAX_TOP = 10000

local SUBMIT = "/api/Report/WSJF"

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

-- What stands for the report in a request: its text as it is, or the record to be written.
local function payload(what)
  if type(what) == "string" then
    return { body = what, headers = { ["Content-Type"] = "application/json" } }
  end
  if type(what) ~= "table" then
    errors.raise("report:submit: a report, its record or its text expected, got %s", type(what))
  end
  if report.is_report(what) then
    what:finish()
    return { json = what.record }
  end
  return { json = what }
end

---@class wats.SubmitResult
---@field ID? string    the report's id, as sent
---@field uuid? string  the server's

-- What confirms a report: the ids that the server gave it, alone or as a list of the one. Nothing
-- else does, whatever its status: a log-in page of a proxy comes with 200 as well.
local function confirmation(answer)
  if type(answer) ~= "table" then return nil end
  local result = type(answer[1]) == "table" and answer[1] or answer
  return (type(result.ID) == "string" or type(result.uuid) == "string") and result or nil
end

local function unconfirmed(client, answer)
  local page = type(answer) == "string"
  return errors.new {
    kind = "decode", method = "POST", url = core.client_methods.base_url(client) .. SUBMIT,
    message = "the server did not confirm the report: " .. (page and "its answer is text, perhaps "
      .. "a page to log in" or "its answer holds no id of a report"),
    body = page and error_message.cut(answer, 4096) or nil,
  }
end

-- Sends a report and waits for the server's confirmation; finishes one that is not finished.
-- An answer without the report's id is an error of kind "decode": nobody confirmed.
-- POST /api/Report/WSJF
---@param what wats.Report|table|string  a report, a record in the server's format, or its JSON text
---@param opts? wats.RequestOptions
---@return wats.SubmitResult? result
---@return wats.Error? err
function Report:submit(what, opts)
  local answer, err = fetch(self[1], "POST", SUBMIT, with(opts, payload(what)))
  if answer == nil then return nil, err end
  local result = confirmation(answer)
  if not result then return nil, unconfirmed(self[1], answer) end
  return result
end

-- A report as the server has it; live, never from the cache unless asked for.
-- GET /api/Report/Wsjf/{id}
---@param id string
---@param opts? wats.RequestOptions  query: detailLevel, includeChartdata, includeAttachments
---@return wats.Report? report
---@return wats.Error? err
function Report:get_report(id, opts)
  local path = "/api/Report/Wsjf/" .. segment("report:get_report", "id", id)
  local text, err, url = fetch_text(self[1], path, opts)
  if not text then return nil, err end
  local parsed
  parsed, err = report.parse(text)
  if not parsed then err.method, err.url = "GET", url end
  return parsed, err
end

---@class wats.HeaderQuery
---@field from? number|string         start at or after this instant
---@field to? number|string           start before this instant
---@field type? "uut"|"uur"
---@field filter? table|string        fields and the values they must have (see odata.filter), or a
---                                   condition in OData's own words
---@field orderby? string             start, uuid, serialNumber or timestamp, with " desc" or not
---@field select? string[]            only these fields
---@field expand? string[]            subUnits, miscInfo, assets, attachments, ...
---@field top? integer                at most so many; default 1000 in query_headers, all in headers
---@field skip? integer
---@field page_size? integer          of headers: rows per request, default 1000

local function check_names(value)
  for i = 1, #value do
    if type(value[i]) ~= "string" then return "must be a list of field names" end
  end
  return nil
end

local QUERY = {
  from = { "number|string" },
  to = { "number|string" },
  type = { "string", choices = { "uut", "uur" } },
  filter = { "string|table" },
  orderby = { "string" },
  select = { "table", check = check_names },
  expand = { "table", check = check_names },
  top = { "integer", min = 1, max = MAX_TOP },
  skip = { "integer", min = 0 },
}

local ITERATE = { page_size = { "integer", min = 1, max = MAX_TOP, default = DEFAULT_TOP } }
for name, rule in pairs(QUERY) do ITERATE[name] = rule end
ITERATE.top = { "integer", min = 1 }

local TYPES = { uut = "T", uur = "R" }

local function conditions(query)
  return odata.all {
    query.type and odata.equals("reportType", TYPES[query.type]) or false,
    query.from and odata.compare("start", "ge", odata.instant(query.from)) or false,
    query.to and odata.compare("start", "lt", odata.instant(query.to)) or false,
    type(query.filter) == "table" and odata.filter(query.filter) or false,
    type(query.filter) == "string" and "(" .. query.filter .. ")" or false,
  }
end

local function parameters(query)
  return {
    ["$filter"] = conditions(query),
    ["$orderby"] = query.orderby,
    ["$select"] = query.select and table.concat(query.select, ","),
    ["$expand"] = query.expand and table.concat(query.expand, ","),
    ["$top"] = query.top,
    ["$skip"] = query.skip,
  }
end

-- Headers of the reports that fit, newest first unless `orderby` says otherwise; at most `top`.
-- GET /api/Report/Query/Header
---@param query? wats.HeaderQuery
---@param opts? wats.RequestOptions
---@return table[]? headers
---@return wats.Error? err
function Report:query_headers(query, opts)
  query = options.check(2, "report:query_headers", query or {}, QUERY)
  query.top = query.top or DEFAULT_TOP
  return fetch_list(self[1], "/api/Report/Query/Header",
    with(opts, { query = parameters(query) }), true)
end

-- Rows that were on the page before: a report that came in meanwhile has pushed them down.
local function without(rows, seen)
  local fresh = {}
  for _, row in ipairs(rows) do
    if row.uuid == nil or not seen[row.uuid] then fresh[#fresh + 1] = row end
  end
  return fresh
end

local function ids(rows)
  local set = {}
  for _, row in ipairs(rows) do
    if row.uuid ~= nil then set[row.uuid] = true end
  end
  return set
end

-- All headers that fit, page by page:  for header in client.report:headers { ... } do ... end
-- By default in the order in which the server took the reports in, so that one that comes in
-- meanwhile changes no page that was read. A page that fails raises the error object.
-- GET /api/Report/Query/Header
---@param query? wats.HeaderQuery
---@param opts? wats.RequestOptions
---@return fun(): table?
function Report:headers(query, opts)
  query = options.check(2, "report:headers", query or {}, ITERATE)
  query.orderby = query.orderby or "timestamp"
  local client, left = self[1], query.top or math.huge
  local rows, at, seen, finished = {}, 0, {}, false
  query.skip = query.skip or 0

  local function next_page()
    query.top = math.min(query.page_size, left)
    local page, err = fetch_list(client, "/api/Report/Query/Header",
      with(opts, { query = parameters(query) }), true)
    if not page then error(err, 0) end
    finished = #page < query.top
    query.skip = query.skip + #page
    rows, at, seen = without(page, seen), 0, ids(page)
  end

  return function()
    while at >= #rows do
      if finished or left <= 0 then return nil end
      next_page()
    end
    at, left = at + 1, left - 1
    if left <= 0 then finished = true end
    return rows[at]
  end
end

local module = {}

---@param client wats.Client
---@return wats.ReportService
function module.new(client)
  return setmetatable({ client }, Report)
end

return module
