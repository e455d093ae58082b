-- wats.sandbox.export: certificates that are put together in the background.
--
-- A job is queued, and its file is in the list some time later: here from the second look at the
-- list on, so that whoever waits for it is put to the test. The file is a zip: of one certificate
-- for each report that fits, or of one for all. Of the filter are heeded serialNumber, partNumber,
-- revision, batchNumber, stationName, and status, dateFrom and dateTo.

local errors = require("wats.sandbox.errors")
local files = require("wats.sandbox.report_files")
local filters = require("wats.sandbox.analytics.select")
local json = require("wats.sandbox.json")
local time = require("wats.sandbox.time")
local zip = require("wats.sandbox.zip")

local M = {}

local set = require("wats.sandbox.checks").set

local DIMENSIONS = set("stationData", "miscInfo", "subUnitInfo", "asset", "batchNumber",
  "executionTime", "testSocketIndex", "operator", "errorCode", "errorMessage", "fixtureId",
  "testOperation", "reportStatus", "comment", "swFilename", "swVersion", "stepStatus", "stepTime",
  "measurement", "units", "compOperator", "lowLimit", "highLimit", "viewStepHierarchy",
  "signCertificate", "xyGraph", "pageNumbers")
local FORMATS = set("default", "integer", "decimal", "scientific", "general", "hexadecimal",
  "binary")
local EQUAL = { serialNumber = "serialNumber", partNumber = "partNumber", revision = "revision",
  batchNumber = "batchNumber", stationName = "stationName", status = "result" }

local function check(query, filter)
  local faults = {}
  for name in (query.dimensions or filter.dimensions or ""):gmatch("[^;]+") do
    if not DIMENSIONS[name] then
      faults[#faults + 1] = { "dimensions", ("There is no dimension '%s'."):format(name) }
    end
  end
  local format = query.numericformat
  if format and format ~= "" and not FORMATS[format] then
    faults[#faults + 1] = { "numericFormat", ("There is no format '%s'."):format(format) }
  end
  -- whoever comes with a token has no address of his own
  if (query.email or "") == "" then
    faults[#faults + 1] = { "email", "An email is required when a token is used." }
  end
  return faults
end

local function fitting(store, filter)
  local from, to = filter.dateFrom, filter.dateTo
  from, to = from and time.parse(from), to and time.parse(to)
  local list = {}
  for header in store:headers() do
    local fits = header.reportType == "T" and not (from and header.start_ticks < from)
      and not (to and header.start_ticks >= to)
    for name, field in pairs(EQUAL) do
      local wanted = filter[name]
      fits = fits and (wanted == nil or wanted == "" or header[field] == wanted)
    end
    list[#list + 1] = fits and header or nil
  end
  return list
end

local function make(store, filter, one_each)
  local headers, members = fitting(store, filter), {}
  if one_each then
    for i, header in ipairs(headers) do
      members[i] = { header.uuid .. ".pdf", files.certificate({ header }) }
    end
  else
    members[1] = { "certificates.pdf", files.certificate(headers) }
  end
  return zip.archive(members)
end

local function queue(store, request)
  local exports, query = store.exports, request.query
  local filter, reply = filters.read(request)
  if not filter then return reply end
  local faults = check(query, filter)
  if #faults > 0 then
    return errors.model_state(400, "The request is invalid.", faults)
  end
  local name = ("Certificates_%d"):format(#exports.jobs + 1)
  exports.jobs[#exports.jobs + 1] = {
    name = name, bytes = make(store, filter, query.asindividualfiles:lower() == "true"),
    looks = 0,
  }
  return { status = 200, headers = {},
    body = json.encode(json.record({ "exportFileName" })({ exportFileName = name })) }
end

local function list(exports)
  local names = json.array()
  for _, job in ipairs(exports.jobs) do
    job.looks = job.looks + 1
    if job.looks > 1 then
      names[#names + 1] = job.name
    end
  end
  return { status = 200, headers = {}, body = json.encode(names) }
end

local function get(exports, name)
  local plain = name:gsub("%.[Zz][Ii][Pp]$", "")
  for _, job in ipairs(exports.jobs) do
    if job.name == plain and job.looks > 1 then
      return {
        status = 200, body = job.bytes,
        headers = { ["Content-Type"] = "application/zip",
          ["Content-Disposition"] = ('attachment; filename="%s.zip"'):format(plain) },
      }
    end
  end
  return errors.message(404, ("There is no export '%s'."):format(name))
end

--- Adds the routes.
function M.open(router, store)
  store.exports = { jobs = {} }
  router:add("POST", "/api/Export/Certificate", function(request)
    return queue(store, request)
  end)
  router:add("GET", "/api/Export/List", function()
    return list(store.exports)
  end)
  router:add("GET", "/api/Export/{fileName}", function(request)
    return get(store.exports, request.params.fileName)
  end)
end

return M
