-- wats.report.files: what is attached to a report, from bytes or from a file.
--
-- A file that cannot be read is no mistake of the caller: it is told as an error of kind "io".

local core = require("wats.core")
local errors = require("wats.errors")
local given = require("wats.report.given")

local files = {}

-- By the end of a file's name; what is not here is bytes.
local TYPES = {
  txt = "text/plain", log = "text/plain", csv = "text/csv", json = "application/json",
  xml = "application/xml", html = "text/html", htm = "text/html", pdf = "application/pdf",
  png = "image/png", jpg = "image/jpeg", jpeg = "image/jpeg", gif = "image/gif",
  bmp = "image/bmp", svg = "image/svg+xml", zip = "application/zip", gz = "application/gzip",
}

-- Options of whatever attaches something; `name` may be left out with `file`.
files.RULES = {
  name = { "string", min = 1, max = given.MAX_TEXT },
  data = { "string", bytes = true },
  file = { "string", min = 1 },
  content_type = { "string", min = 1 },
}

local function read(path)
  local file, problem = io.open(path, "rb")
  local data
  if file then
    data, problem = file:read("a")
    file:close()
  end
  if data then return data end
  return nil, errors.new { kind = "io", message = "attachment: " .. tostring(problem) }
end

local function type_of(name)
  local ending = name and name:match("%.(%w+)$")
  return ending and TYPES[ending:lower()] or "application/octet-stream"
end

-- The attachment of checked options.
---@param checked { name?: string, data?: string, file?: string, content_type?: string }
---@return { name: string, contentType: string, data: string }? record
---@return string? problem  a mistake of the caller
---@return wats.Error? err  or what the world did
function files.record(checked)
  local data, path = checked.data, checked.file
  if (data == nil) == (path == nil) then
    return nil, data and '"data" and "file" exclude each other' or
      'option "data" (or "file") is missing'
  end
  local base = path and path:match("[^/\\]*$")
  local name = checked.name or base
  if not name or name == "" then return nil, 'option "name" is missing (string)' end
  local length = utf8.len(name) or #name
  if length > given.MAX_TEXT then
    return nil, ("the file's name has %d characters, at most %d are possible (option \"name\")")
      :format(length, given.MAX_TEXT)
  end
  if path then
    local err
    data, err = read(path)
    if not data then return nil, nil, err end
  end
  return {
    name = name,
    contentType = checked.content_type or type_of(base or name),
    data = core.base64_encode(data),
  }
end

return files
