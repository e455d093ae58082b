-- Examples, run as they stand.

local assert = require("luassert")
local helper = require("spec.tools.helper")

local M = {}

--- Runs examples/NAME without a server of the environment's; it has to end well and to print this.
function M.prints(name, expected)
  local ok, output = helper.sh(("timeout 120 env -u WATS_BASE_URL %s examples/%s"):format(
    os.getenv("LUA") or "lua5.4", name))
  assert.equal(expected, output)
  assert.is_true(ok)
end

return M
