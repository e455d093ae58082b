-- Examples, run as they stand.

local assert = require("luassert")
local helper = require("spec.tools.helper")

local M = {}

--- What examples/NAME prints, without a server of the environment's; it has to end well.
---@param name string
---@return string
function M.output(name)
  local ok, output = helper.sh(("timeout 120 env -u WATS_BASE_URL %s examples/%s"):format(
    os.getenv("LUA") or "lua5.4", name))
  assert.is_true(ok, output)
  return output
end

return M
