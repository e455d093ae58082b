-- examples/domains/software.lua runs as it stands, prints what it should, and leaves no file.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local PRINTED = [[
version 1 is here: 2 files, 44 bytes
back to review: conflict, A package that is Released cannot become Pending.
newer ones: 0
newer ones: 1
version 2 is here: 2 files, 44 bytes
revoked of mine: 1
]]

describe("examples/domains/software.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints what it should, and leaves no file behind", function()
    local directory = helper.directory()
    -- os.tmpname knows no other directory than /tmp
    helper.write(directory .. "/prepare.lua",
      ("os.tmpname = function() return %q end"):format(directory .. "/packages"))
    local ok, output = helper.sh(("timeout 120 env -u WATS_BASE_URL LUA_PATH='%s/?.lua;%s' %s "
      .. "-l prepare examples/domains/software.lua"):format(directory, package.path,
      os.getenv("LUA") or "lua5.4"))
    local _, left = helper.sh("ls " .. directory)
    helper.remove(directory)
    assert.equal(PRINTED, output)
    assert.is_true(ok)
    assert.equal("prepare.lua\n", left)
  end)
end)
