-- Small programs in C that specs need, made when they are needed.

local helper = require("spec.tools.helper")

local M = {}

--- Compiles spec/support/NAME.c; returns where it is.
---@param name string
---@param directory string
---@param flags string|nil
---@param libraries string|nil
function M.compile(name, directory, flags, libraries)
  local path = directory .. "/" .. name
  local ok, output = helper.sh(("%s -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra %s -o %s "
    .. "spec/support/%s.c %s"):format(os.getenv("CC") or "cc", flags or "", path, name,
    libraries or ""))
  assert(ok, output)
  return path
end

return M
