-- wats.sandbox.multipart: a body of multipart/form-data (RFC 7578) taken apart.
--
-- Strict where a server would be: a body that is cut short is no form. Parts keep their order.

local M = {}

--- The boundary that a Content-Type names, or nil where it is none of a form.
---@param content_type string|nil
---@return string|nil
function M.boundary(content_type)
  local parameters = (content_type or ""):match("^%s*[Mm]ultipart/[Ff]orm%-[Dd]ata%s*(;.*)$")
  if not parameters then
    return nil
  end
  local name = "[Bb][Oo][Uu][Nn][Dd][Aa][Rr][Yy]"
  return parameters:match(";%s*" .. name .. '="([^"]+)"')
    or parameters:match(";%s*" .. name .. '=([^%s;"]+)')
end

-- A parameter of a Content-Disposition, with the escapes undone that forms use.
local function parameter(field, name)
  local value = field:match("[;%s]" .. name .. '="([^"]*)"')
    or field:match("[;%s]" .. name .. "=([^;%s]+)")
  return value and value:gsub("%%22", '"'):gsub("%%0[Dd]", "\r"):gsub("%%0[Aa]", "\n")
end

-- What stands between two boundaries: fields, an empty line, the part's body.
local function read_part(text)
  local head, body = text:match("^(.-\r\n)\r\n(.*)$")
  if not head then
    return nil
  end
  local fields = {}
  for name, value in head:gmatch("([^:\r\n]+):[ \t]*([^\r\n]*)\r\n") do
    fields[name:lower()] = value
  end
  local disposition = fields["content-disposition"]
  if not disposition or not disposition:lower():find("^form%-data") then
    return nil
  end
  return {
    name = parameter(disposition, "name"),
    filename = parameter(disposition, "filename"),
    content_type = fields["content-type"],
    body = body,
  }
end

--- The parts of a form, in order: { name, filename, content_type, body }; or nil and why it is
--- none.
---@param body string
---@param boundary string
---@return table[]|nil parts
---@return string|nil problem
function M.parse(body, boundary)
  local parts, mark = {}, "\r\n--" .. boundary
  body = "\r\n" .. body
  local first, last = body:find(mark, 1, true)
  while first do
    if body:sub(last + 1, last + 2) == "--" then
      return parts
    end
    local begin = body:match("^[ \t]*\r\n()", last + 1)
    local next_first, next_last = body:find(mark, begin or last + 1, true)
    local part = begin and next_first and read_part(body:sub(begin, next_first - 1))
    if not part then
      return nil, ("part %d is not complete"):format(#parts + 1)
    end
    parts[#parts + 1] = part
    first, last = next_first, next_last
  end
  return nil, "its boundary is not in it"
end

return M
