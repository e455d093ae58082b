-- wats.sandbox.wsjf_files: judges what is attached to a report: to a step of a test, to a repair or
-- to one of its failures.

local core = require("wats.core")

local checks = require("wats.sandbox.checks")

local M = {}

local FILE = {
  { "name", "string", required = true, not_empty = true },
  { "contentType", "string" },
  { "data", "string", required = true },
  { "id", "uuid" },
}

--- Judges one file.
---@param faults table
---@param file table
---@param path string
function M.check(faults, file, path)
  checks.members(faults, file, path, FILE)
  if type(file.data) == "string" and not core.base64_decode(file.data) then
    checks.add(faults, path .. ".data", "The data is not base64.")
  end
end

--- Judges the files in a list of an object, if it is there.
---@param faults table
---@param object table
---@param path string
---@param name string
function M.check_all(faults, object, path, name)
  checks.each(faults, object, path, name, function(file, where)
    M.check(faults, file, where)
  end)
end

return M
