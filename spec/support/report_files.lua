-- Files as formats and converters see them, for specs.

local report_file = require("wats.queue.report_file")

local M = {}

local paths = {}

--- A file with this in it; `fields` in place of what it is else: x.csv of November 2023.
function M.new(text, fields, max_bytes)
  local path = os.tmpname()
  paths[#paths + 1] = path
  local handle = assert(io.open(path, "wb"))
  handle:write(text)
  handle:close()
  local all = { path = path, name = "x.csv", size = #text, modified = 1700000000 }
  for name, value in pairs(fields or {}) do all[name] = value end
  return report_file.new(all, max_bytes or 1000000)
end

--- Removes all that were made.
function M.remove()
  for _, path in ipairs(paths) do os.remove(path) end
  paths = {}
end

return M
