-- wats.sandbox.report_wsxf: reports in WSXF, the XML format, in and out.
--
-- Not a converter. What came as XML is given back as the very text that was sent, unless less of it
-- is asked for; of any other report a small valid document is made: the head, the unit, its
-- process, misc infos, sub-units, and the steps with their names and statuses, but not what they
-- measured. The other way a report is read as the library reads one, measurements and all, judged
-- as a report in WSJF would be, and can be fetched as WSJF too.

local core = require("wats.core")

local details = require("wats.sandbox.report_detail")
local errors = require("wats.sandbox.errors")
local ids = require("wats.sandbox.report_ids")
local json = require("wats.sandbox.json")
local reading = require("wats.report.reading")
local reports = require("wats.sandbox.report")
local wats_json = require("wats.json")
local xml = require("wats.xml")

local M = {}

local NAMESPACE = "http://wats.virinco.com/schemas/WATS/Report/wsxf"

local TYPES = { T = "UUT", R = "UUR" }
local RESULTS = { P = "Passed", F = "Failed", E = "Error", T = "Terminated" }
local STATUSES = { P = "Passed", F = "Failed", D = "Done", S = "Skipped", E = "Error",
  T = "Terminated", U = "Unknown" }
local GROUPS = { S = "Setup", M = "Main", C = "Cleanup" }

-- Out ---------------------------------------------------------------------------------------------

-- A value of a decoded report as XML can hold it; nil for null.
local function text_of(value)
  value = json.value(value)
  if value == nil or type(value) == "table" then
    return nil
  end
  local whole = type(value) == "number" and math.tointeger(value)
  local text = whole and ("%d"):format(whole)
    or type(value) == "number" and core.json.encode(value) or tostring(value)
  return xml.unfit(text) and text:gsub("[%z\1-\8\11\12\14-\31]", "\u{FFFD}") or text
end

-- Pairs for xml.element: "SN=sn PN=pn" takes both from the record.
local function attributes(record, names)
  local list = {}
  for name, field in names:gmatch("(%w+)=(%w+)") do
    list[#list + 1] = { name, (text_of(record[field])) }
  end
  return list
end

local function each(record, name)
  local list = json.value(record[name])
  return ipairs(type(list) == "table" and list or {})
end

local function write_step(step, index)
  local parts = {}
  local call = json.value(step.seqCall)
  if type(call) == "table" then
    parts[1] = xml.element("SequenceCall",
      attributes(call, "Name=name Version=version Filename=path Filepath=path"))
  end
  for i, inner in each(step, "steps") do
    parts[#parts + 1] = write_step(inner, i - 1)
  end
  local own = attributes(step, "Id=id Name=name StepType=stepType total_time=totTime")
  own[#own + 1] = { "Group", GROUPS[step.group] or "Main" }
  own[#own + 1] = { "Status", STATUSES[step.status] }
  own[#own + 1] = { "StepIndex", ("%d"):format(index) }
  own[#own + 1] = { "StepCausedUUTFailure",
    tostring(json.value(step.causedUUTFailure) == true) }
  return xml.element("Step", own, table.concat(parts))
end

local UNIT = "UserLoginName=user BatchSN=batchSN TestSocketIndex=testSocketIndex "
  .. "ExecutionTime=execTime FixtureId=fixtureId ErrorCode=errorCode ErrorMessage=errorMessage "
  .. "StepIdCausedUUTFailure=stepIdCausedUUTFailure"

local function write_unit(report, parts)
  local unit = json.value(report.type == "R" and report.uur or report.uut) or {}
  local comment = text_of(unit.comment)
  local is_repair = report.type == "R"
  local own = attributes(unit, is_repair and "UserLoginName=user ReferencedUUT=refUUT" or UNIT)
  local content = comment and xml.element("Comment", {}, xml.escape(comment)) or ""
  if is_repair then
    -- the test that failed; the repair itself is the report's own process
    content = content .. xml.element("Process",
      attributes(unit, "Code=processCode Name=processName"))
  end
  parts[#parts + 1] = xml.element(TYPES[report.type], own, content)
  for i, info in each(report, "miscInfos") do
    local attribute = attributes(info, "Description=description Numeric=numeric Typedef=typedef")
    attribute[#attribute + 1] = { "idx", ("%d"):format(i - 1) }
    parts[#parts + 1] = xml.element("MiscInfo", attribute, xml.escape(text_of(info.text) or ""))
  end
  for _, unit_within in each(report, "subUnits") do
    parts[#parts + 1] = xml.element("ReportUnitHierarchy",
      attributes(unit_within, "PartType=partType PN=pn SN=sn Rev=rev Idx=idx"))
  end
end

--- A report as a document in WSXF.
---@param report table decoded WSJF
---@param level integer of detail: the unit from 1 on, steps from 4 on
---@return string
function M.write(report, level)
  local head = attributes(report, "ID=id Start=start SN=sn PN=pn Rev=rev MachineName=machineName "
    .. "Location=location Purpose=purpose origin=origin ProductName=productName")
  head[#head + 1] = { "type", TYPES[report.type] }
  head[#head + 1] = { "Start_utc", text_of(report.startUTC) }
  head[#head + 1] = { "Result", RESULTS[report.result] }
  local parts = {}
  if level >= 1 then
    write_unit(report, parts)
  end
  parts[#parts + 1] = xml.element("Process",
    attributes(report, "Code=processCode Name=processName"))
  local root = json.value(report.root)
  if level >= 4 and type(root) == "table" then
    parts[#parts + 1] = write_step(root, 0)
  end
  return '<?xml version="1.0" encoding="utf-8"?>' .. xml.element("Reports",
    { { "xmlns", NAMESPACE } }, xml.element("Report", head, table.concat(parts)))
end

local function get(store, request)
  local report, refusal = ids.find(store, request.params.id)
  if not report then
    return refusal
  end
  local level, charts, attachments = details.read(request.query)
  if not level then
    return charts
  end
  local text = report.xml
  if not text or level < 7 or not charts or not attachments then
    text = M.write(json.decode(report.text), level)
  end
  return { status = 200, headers = { ["Content-Type"] = "application/xml; charset=utf-8" },
    body = text }
end

-- In ----------------------------------------------------------------------------------------------

local READ = { format = "wsxf", max_size = math.huge, unknown = "drop" }

--- The one report of a document, as a record in WSJF.
---@param text string
---@return table|nil record, string|nil problem
function M.read(text)
  local records, problem = reading.records(text, READ)
  if not records then
    return nil, problem.message
  elseif #records ~= 1 then
    return nil, ("The document must hold one report, it holds %d."):format(#records)
  end
  return records[1]
end

local function post(store, request)
  if not utf8.len(request.body) then
    return errors.text(400, "The body is not valid UTF-8.")
  end
  local record, problem = M.read(request.body)
  if not record then
    return errors.message(400, problem)
  end
  record.id = record.id or core.uuid()
  local reply = reports.insert(store, wats_json.encode(record))
  if reply.status == 200 then
    store.reports[record.id:lower()].xml = request.body
  end
  return reply
end

--- Adds the routes.
function M.open(router, store)
  router:add("GET", "/api/Report/Wsxf/{id}", function(request)
    return get(store, request)
  end)
  router:add("POST", "/api/Report/WSXF", function(request)
    return post(store, request)
  end)
end

return M
