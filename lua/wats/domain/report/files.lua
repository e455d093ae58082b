-- wats.domain.report.files: what hangs on a report: attachments and its certificate.
--
-- All are bytes. Large ones go to a file with `opts = { sink = "name" }`: it is there whole, or not
-- at all; the method then returns true.

local call = require("wats.call")
local client_module = require("wats.client")
local errors = require("wats.errors")

local attachment = call.bind("GET /api/Report/Attachment", "bytes")
local attachments = call.bind("GET /api/Report/Attachments/{id}", "bytes")
local certificate = call.bind("GET /api/Report/Certificate/{id}", "bytes")

---@class wats.ReportService
local methods = {}

local function check_id(where, name, value)
  client_module.segment(where, name, value)
  return value
end

-- One attachment of a report. What it is called depends on the report: in a repair report it has an
-- id (`id` of its BinaryData, as in `uurAttachments` of a header), in a test report it belongs to a
-- step (`stepId`, as in `attachments` of a header).
-- GET /api/Report/Attachment
---@param report_id string
---@param which string|integer  an attachment's id; or the number of a step
---@param opts? wats.RequestOptions
---@return string|true|nil bytes
---@return wats.Error? err
function methods:get_attachment(report_id, which, opts)
  local where = "report:get_attachment"
  local params = { reportId = check_id(where, "report_id", report_id) }
  if math.type(which) == "integer" then
    params.stepId = which
  elseif type(which) == "string" and which ~= "" then
    params.attachmentId = which
  else
    errors.raise("%s: which: an attachment's id (string) or a step's number (integer) expected, "
      .. "got %s", where, which == "" and '""' or math.type(which) or type(which))
  end
  local bytes, err = attachment(self, where, params, opts)
  return bytes, err
end

-- All attachments of a report in one zip archive.
-- GET /api/Report/Attachments/{id}
---@param id string  the report's
---@param opts? wats.RequestOptions
---@return string|true|nil zip
---@return wats.Error? err
function methods:get_all_attachments(id, opts)
  local where = "report:get_all_attachments"
  local bytes, err = attachments(self, where, { id = check_id(where, "id", id) }, opts)
  return bytes, err
end

-- The certificate of a test report, as the server makes it (a PDF).
-- GET /api/Report/Certificate/{id}
---@param id string  the report's
---@param opts? wats.RequestOptions
---@return string|true|nil bytes
---@return wats.Error? err
function methods:get_certificate(id, opts)
  local where = "report:get_certificate"
  local bytes, err = certificate(self, where, { id = check_id(where, "id", id) }, opts)
  return bytes, err
end

return methods
