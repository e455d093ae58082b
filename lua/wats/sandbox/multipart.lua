-- wats.sandbox.multipart: reads a body of multipart/form-data (RFC 7578) into its parts.
--
-- Strict, as a test server should be: a boundary that is missing or never closed, and a part
-- without a name, are a problem and no part.

local M = {}

local MAX_PARTS = 1000

-- One parameter of a header's value, quoted or not; quotes and backslashes inside are unescaped,
-- and %22, by which browsers and libcurl write a quote in a name, becomes one.
local function parameter(value, name)
  local text = ";" .. value .. ";"
  local quoted = text:match(";%s*" .. name .. '="(.-[^\\])"%s*;')
    or text:match(";%s*" .. name .. '=("")%s*;')
  if quoted == '""' then
    return ""
  elseif quoted then
    return (quoted:gsub("\\(.)", "%1"):gsub("%%22", '"'))
  end
  return text:match(";%s*" .. name .. "=([^;%s]+)%s*;")
end

local function fields_of(head)
  local fields = {}
  for line in (head .. "\r\n"):gmatch("(.-)\r\n") do
    local name, value = line:match("^([^:]+):%s*(.-)%s*$")
    if name then
      fields[name:lower()] = value
    end
  end
  return fields
end

local function part_of(text)
  if text:sub(1, 2) == "\r\n" then
    return nil, "A part has no head."
  end
  local head, body = text:match("^(.-)\r\n\r\n(.*)$")
  if not head then
    return nil, "A part has no end of its head."
  end
  local fields = fields_of(head)
  local kind, rest = (fields["content-disposition"] or ""):match("^([^;%s]*)(.*)$")
  local name = kind:lower() == "form-data" and parameter(rest, "name")
  if not name then
    return nil, "A part has no name."
  end
  return {
    name = name,
    filename = parameter(rest, "filename"),
    content_type = fields["content-type"],
    body = body,
  }
end

--- The parts of a body.
---@param body string
---@param content_type string|nil of the request
---@return { name: string, filename: string|nil, content_type: string|nil, body: string }[]|nil
---@return string|nil problem
function M.parse(body, content_type)
  local kind, rest = (content_type or ""):match("^%s*([^;%s]*)(.*)$")
  local boundary = kind:lower() == "multipart/form-data" and parameter(rest, "boundary")
  if not boundary or boundary == "" then
    return nil, "A body of multipart/form-data is expected."
  end
  local mark, parts = "\r\n--" .. boundary, {}
  local text = "\r\n" .. body
  local _, at = text:find(mark, 1, true)
  while at and #parts < MAX_PARTS do
    if text:sub(at + 1, at + 2) == "--" then
      return parts
    end
    local line_end = text:match("^[ \t]*\r\n()", at + 1)
    local next_mark, next_at = text:find(mark, line_end and line_end - 2 or #text, true)
    if not line_end or not next_mark then
      break
    end
    local part, problem = part_of(text:sub(line_end, next_mark - 1))
    if not part then
      return nil, problem
    end
    parts[#parts + 1] = part
    at = next_at
  end
  return nil, "The parts of the form are not closed."
end

return M
