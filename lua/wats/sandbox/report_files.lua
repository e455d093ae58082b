-- wats.sandbox.report_files: what hangs on a report: its attachments, one by one or all in a zip,
-- and its certificate.
--
-- The certificate is canned: one page that names the report, in the form of a PDF.

local core = require("wats.core")

local errors = require("wats.sandbox.errors")
local ids = require("wats.sandbox.report_ids")
local json = require("wats.sandbox.json")
local zip = require("wats.sandbox.zip")

local M = {}

local v = json.value

local function list_of(owner, name)
  local value = v(owner[name])
  return type(value) == "table" and value or {}
end

local function file(bytes, kind, name)
  name = name:gsub('[%c"\\]', "_")
  return {
    status = 200,
    headers = {
      ["Content-Type"] = kind,
      ["Content-Disposition"] = ('attachment; filename="%s"'):format(name),
    },
    body = bytes,
  }
end

local function attachment(record, step_id)
  local id = v(record.id)
  return {
    id = id and tostring(id):lower(), step_id = step_id, name = v(record.name) or "attachment",
    kind = v(record.contentType), bytes = core.base64_decode(v(record.data) or "") or "",
  }
end

local function add_of_steps(list, step)
  local own = v(step.attachment)
  if type(own) == "table" then
    list[#list + 1] = attachment(own, math.tointeger(step.id))
  end
  for _, inner in ipairs(list_of(step, "steps")) do
    add_of_steps(list, inner)
  end
end

-- All attachments of a report: of its steps, of the report, and of the failures of its units.
local function attachments_of(report)
  local decoded, list = json.decode(report.text), {}
  for _, data in ipairs(list_of(decoded, "binaryData")) do
    list[#list + 1] = attachment(data)
  end
  for _, unit in ipairs(list_of(decoded, "subUnits")) do
    for _, failure in ipairs(list_of(unit, "failures")) do
      for _, data in ipairs(list_of(failure, "attachments")) do
        list[#list + 1] = attachment(data)
      end
    end
  end
  local root = v(decoded.root)
  if type(root) == "table" then
    add_of_steps(list, root)
  end
  return list
end

local function get_attachment(store, query)
  local report_id, id = query.reportid or "", query.attachmentid
  local step_id = query.stepid and math.tointeger(tonumber(query.stepid))
  if not id and not step_id then
    return errors.message(400, "Either attachmentId or stepId must be given.")
  elseif id and not ids.is_guid(id) then
    return ids.no_guid("attachmentId", id)
  end
  local report, refusal = ids.find(store, report_id, "reportId")
  if not report then
    return refusal
  end
  for _, found in ipairs(attachments_of(report)) do
    if id and found.id == id:lower() or not id and found.step_id == step_id then
      return file(found.bytes, found.kind or "application/octet-stream", found.name)
    end
  end
  return errors.message(404, "The report has no such attachment.")
end

local function get_attachments(store, id)
  local report, refusal = ids.find(store, id)
  if not report then
    return refusal
  end
  local members = {}
  for i, found in ipairs(attachments_of(report)) do
    members[i] = { found.name, found.bytes }
  end
  if #members == 0 then
    return errors.message(404, "The report has no attachments.")
  end
  return file(zip.archive(members), "application/zip", id:lower() .. ".zip")
end

local PAGE = [[
%%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R
  /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >> endobj
4 0 obj << /Length %d >> stream
%s
endstream endobj
trailer << /Root 1 0 R >>
%%%%EOF
]]

--- A certificate of tests: what their headers say.
---@param headers table[]
---@return string
function M.certificate(headers)
  local lines = {}
  for _, header in ipairs(headers) do
    local text = ("Certificate of test: %s %s, %s, %s"):format(header.partNumber,
      header.serialNumber, header.result, header.uuid)
    lines[#lines + 1] = ("(%s) Tj T*"):format((text:gsub("[()\\]", "\\%0")))
  end
  local content = ("BT /F1 12 Tf 50 780 Td 14 TL %s ET"):format(table.concat(lines, "\n"))
  return PAGE:format(#content, content)
end

local function get_certificate(store, id)
  local report, refusal = ids.find(store, id)
  if not report then
    return refusal
  elseif report.header.reportType ~= "T" then
    return errors.message(400, "Only a test report has a certificate.")
  end
  return file(M.certificate({ report.header }), "application/pdf", id:lower() .. ".pdf")
end

--- Adds the routes.
function M.open(router, store)
  router:add("GET", "/api/Report/Attachment", function(request)
    return get_attachment(store, request.query)
  end)
  router:add("GET", "/api/Report/Attachments/{id}", function(request)
    return get_attachments(store, request.params.id)
  end)
  router:add("GET", "/api/Report/Certificate/{id}", function(request)
    return get_certificate(store, request.params.id)
  end)
end

return M
