-- examples/domains/app.lua: what it prints.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local EXPECTED = [[
version 25.3.0.0
level 1: Oslo
level 2: Oslo line 1
level 3: Oslo line 2
product group 1: Power
product group 2: Radio
Oslo line 2 has id 3
Motors: not_found, it is none of the 2 that the server lists
/api/App/Levels	hit
/api/App/ProductGroups	hit
Operator may be: Operator
]]

describe("examples/domains/app.lua", function()
  needs.sandbox(it, pending)("prints what the server says of itself", function()
    local ok, output = helper.sh("env -u WATS_BASE_URL timeout 60 "
      .. (os.getenv("LUA") or "lua5.4") .. " examples/domains/app.lua")
    assert.equal(EXPECTED, output)
    assert.is_true(ok)
  end)
end)
