-- wats.domain.export: client.export, certificates of many tests in one file.
--
-- The server makes them in the background: `queue_certificate` orders, `wait_for` waits until the
-- file is there, `get_file` fetches it. Only the user or token that ordered an export can see it.

local async = require("wats.async")
local call = require("wats.call")
local choice = require("wats.choice")
local client_module = require("wats.client")
local core = require("wats.core")
local filters = require("wats.report_filter")
local errors = require("wats.errors")
local options = require("wats.options")

local get_file = call.bind("GET /api/Export/{fileName}", "bytes")
local get_list = call.bind("GET /api/Export/List", "list")
local queue = call.bind("POST /api/Export/Certificate", "value")

---@class wats.Client
---@field export wats.ExportService

---@class wats.ExportService
local Export = {}
Export.__index = Export
Export.__name = "wats.export_service"

-- How a number is written that has no format of its own in the report.
Export.NUMERIC_FORMATS = {
  default = "default", integer = "integer", decimal = "decimal", scientific = "scientific",
  general = "general", hexadecimal = "hexadecimal", binary = "binary",
}

-- What a certificate may show, by our names.
Export.DIMENSIONS = {
  station_data = "stationData", misc_info = "miscInfo", sub_unit_info = "subUnitInfo",
  asset = "asset", batch_number = "batchNumber", execution_time = "executionTime",
  test_socket_index = "testSocketIndex", operator = "operator", error_code = "errorCode",
  error_message = "errorMessage", fixture_id = "fixtureId", test_operation = "testOperation",
  report_status = "reportStatus", comment = "comment", sw_filename = "swFilename",
  sw_version = "swVersion", step_status = "stepStatus", step_time = "stepTime",
  measurement = "measurement", units = "units", comp_operator = "compOperator",
  low_limit = "lowLimit", high_limit = "highLimit", view_step_hierarchy = "viewStepHierarchy",
  sign_certificate = "signCertificate", xy_graph = "xyGraph", page_numbers = "pageNumbers",
}

---@class wats.CertificateOptions
---@field header_data_only? boolean   default false: the steps too
---@field individual_files? boolean   default false: one document for all; true: one for each report
---@field dimensions? string[]        what to show; see DIMENSIONS; default: what the server shows
---@field numeric_format? string      see NUMERIC_FORMATS
---@field body_footer_tag? string     a tag of the product, whose value becomes the footer
---@field document_footer_tag? string the same for the footer of the document
---@field email? string               who is told; the server wants one from who comes with a token

local CERTIFICATE = {
  header_data_only = { "boolean", default = false },
  individual_files = { "boolean", default = false },
  dimensions = { "table" },
  numeric_format = { "string" },
  body_footer_tag = { "string" },
  document_footer_tag = { "string" },
  email = { "string", min = 1 },
}

local function dimension_text(where, list)
  if not list then return nil end
  local names = {}
  if not options.length(list) then errors.raise("%s: dimensions: the list has holes", where) end
  for i, name in ipairs(list) do
    names[i] = choice.value(where, "dimensions", Export.DIMENSIONS, name)
  end
  return #names > 0 and table.concat(names, ";") or nil
end

-- The names of the exports that are ready.
-- GET /api/Export/List
---@param opts? wats.RequestOptions
---@return string[]? names
---@return wats.Error? err
function Export:get_list(opts)
  local names, err = get_list(self, "export:get_list", nil, opts)
  return names, err
end

-- The file of an export, with or without its extension in the name. Large ones go to a file with
-- `opts = { sink = "name" }`; the method then returns true.
-- GET /api/Export/{fileName}
---@param file_name string
---@param opts? wats.RequestOptions
---@return string|true|nil bytes  a zip archive
---@return wats.Error? err
function Export:get_file(file_name, opts)
  local where = "export:get_file"
  client_module.segment(where, "file_name", file_name)
  local bytes, err = get_file(self, where, { fileName = file_name }, opts)
  return bytes, err
end

-- Orders the certificates of the tests that a filter selects. Orders twice what is sent twice, and
-- so is not repeated when no answer came.
-- POST /api/Export/Certificate
---@param filter wats.AnalyticsFilter  serialNumber, partNumber, dateFrom, ...
---@param certificate? wats.CertificateOptions
---@param opts? wats.RequestOptions
---@return table|true|nil answer  { exportFileName }: the name by which it will be in the list
---@return wats.Error? err
function Export:queue_certificate(filter, certificate, opts)
  local where = "export:queue_certificate"
  client_module.record(where, "filter", filter)
  local wanted, problem = options.read(certificate or {}, CERTIFICATE)
  if not wanted then errors.raise("%s: %s", where, problem) end
  local format = wanted.numeric_format
  local body = filters.split(where, filter)
  local answer, err = queue(self, where, {
    headerDataOnly = wanted.header_data_only, asIndividualFiles = wanted.individual_files,
    dimensions = dimension_text(where, wanted.dimensions),
    numericFormat = format
      and choice.value(where, "numeric_format", Export.NUMERIC_FORMATS, format),
    bodyFooterTag = wanted.body_footer_tag, documentFooterTag = wanted.document_footer_tag,
    email = wanted.email,
  }, client_module.with(opts, { json = body }))
  return answer, err
end

local WAIT = {
  timeout = { "number", above = 0, default = 300 },
  interval = { "number", above = 0, default = 5 },
}

local LAST_LOOK = 1 -- seconds

local function is_in(names, file_name)
  for _, name in ipairs(names) do
    if type(name) == "string" and (name == file_name
      or name:gsub("%.[Zz][Ii][Pp]$", "") == file_name:gsub("%.[Zz][Ii][Pp]$", "")) then
      return true
    end
  end
  return false
end

-- The options of a look at the list: it takes no longer than there is left to wait, but for the
-- second that the last one may have.
local function hurried(opts, left)
  local own = type(opts) == "table" and opts.timeout or nil
  if own ~= nil and (type(own) ~= "number" or own < left) then return opts end
  return client_module.with(opts, { timeout = math.max(left, LAST_LOOK) })
end

-- Waits until an export is in the list; asks every `interval` seconds (5), for `timeout` seconds
-- (300) at most. Inside a task other tasks run meanwhile.
-- GET /api/Export/List
---@param file_name string
---@param wait? { timeout: number?, interval: number? }
---@param opts? wats.RequestOptions
---@return true? ready
---@return wats.Error? err  of kind "timeout" when it was not there in time
function Export:wait_for(file_name, wait, opts)
  local where = "export:wait_for"
  client_module.segment(where, "file_name", file_name)
  local rules, problem = options.read(wait, WAIT)
  if not rules then errors.raise("%s: %s", where, problem) end
  call.reads(where, opts)
  local deadline = core.monotonic() + rules.timeout
  while true do
    local names, err = self:get_list(hurried(opts, deadline - core.monotonic()))
    if not names then return nil, err end
    if is_in(names, file_name) then return true end
    local left = deadline - core.monotonic()
    if left <= 0 then
      return nil, errors.new { kind = "timeout", retryable = true,
        message = ("the export %s is not ready after %g seconds"):format(file_name, rules.timeout) }
    end
    local slept, stopped = async.sleep(math.min(rules.interval, left))
    if not slept then return nil, stopped end
  end
end

local module = {}

---@param client wats.Client
---@return wats.ExportService
function module.new(client)
  return setmetatable({ client }, Export)
end

return module
