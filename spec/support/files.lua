-- Whole files, for specs.

local M = {}

--- A file's text; nil when it cannot be opened.
function M.read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

--- A file's text; it has to be there.
function M.contents(path)
  return assert(M.read(path), path .. " cannot be read")
end

return M
